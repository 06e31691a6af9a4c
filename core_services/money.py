"""Money as whole piastres: reading what people type, writing what machines read.

What people read is written by `l10n.format_money`.
"""

import re
from decimal import Decimal

from core_services.l10n import western

PIASTRES_PER_POUND = 100
MOST_PIASTRES = 2**63 - 1
"""What a `bigint` column holds."""

_MOST_DIGITS = 26
"""Longer than any sum that fits, grouped; keeps int() from reading a book."""
_CURRENCY = re.compile(
    r"^(?:EGP|LE|L\.E\.)\s*|\s*(?:EGP|LE|L\.E\.|ج\.م\.?|ج|جنيهًا|جنيها|جنيه)$", re.I
)
_SEPARATORS = str.maketrans({"٬": ",", "٫": "."})
_AMOUNT = re.compile(r"(?P<pounds>\d+|\d{1,3}(?:,\d{3})+)(?:\.(?P<piastres>\d+))?", re.ASCII)


class MoneyError(ValueError):
    """What was typed is not a sum of money; `text` is what it was.

    NotAnAmount, TooPrecise and TooLarge say how.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class NotAnAmount(MoneyError):
    def __str__(self) -> str:
        return f"{self.text!r} is not a sum of money"


class TooPrecise(MoneyError):
    def __str__(self) -> str:
        return f"{self.text!r} has parts of a piastre"


class TooLarge(MoneyError):
    def __str__(self) -> str:
        return f"{self.text!r} is more than the books can hold"


def parse_money(text: str) -> int:
    """Return piastres for pounds as typed: `225`, `١٬٢٥٠٫٧٥`, `1,250.5 ج`, `EGP 3.00`.

    Digits may be Eastern or Western; commas only group thousands; never negative.
    Raises NotAnAmount, TooPrecise or TooLarge.
    """
    bare = _CURRENCY.sub("", western(text).strip()).translate(_SEPARATORS)
    amount = _AMOUNT.fullmatch(bare)
    if amount is None:
        raise NotAnAmount(text)
    part = amount["piastres"] or ""
    if part[2:].strip("0"):
        raise TooPrecise(text)
    if len(amount["pounds"]) > _MOST_DIGITS:
        raise TooLarge(text)
    pounds = int(amount["pounds"].replace(",", ""))
    piastres = pounds * PIASTRES_PER_POUND + int(f"{part:0<2}"[:2])
    if piastres > MOST_PIASTRES:
        raise TooLarge(text)
    return piastres


def plain_money(piastres: int) -> str:
    """Return pounds for files and machines: `1250.75`, Western, ungrouped."""
    return f"{Decimal(piastres) / PIASTRES_PER_POUND:.2f}"
