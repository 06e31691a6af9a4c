"""What a code held before the scanner is: one of the centre's papers, or something else; pure.

Only the path of an address counts, not the host before it: a centre may change its address, and
the server alone knows its tokens.
"""

import re
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

from core_services.l10n import western

_TOKEN: Final = re.compile(r"[A-Za-z2-7]{16}")
_CODE: Final = re.compile(r"[1-9]{8}")
_BETWEEN: Final = re.compile(r"[\s\u200e\u200f\-]+")
_LONGEST: Final = 500
"""More than any paper of ours carries."""

WhatElse = Literal["application", "licence", "card", "foreign", "unreadable"]
"""`application` and `licence` are papers of the centre that say nothing here · `card` the
back of a national ID card, whose code is encrypted · `foreign` anything else · `unreadable` no code
at all."""


@dataclass(frozen=True, slots=True)
class SlipShown:
    """The slip of a number; `token` is the end of its address."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AppointmentShown:
    """An appointment's paper or page: its code, or the end of its address."""

    code: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


Shown = SlipShown | AppointmentShown | WhatElse


def what_is(text: str, symbology: str | None) -> Shown:
    """Tell what a scanned code is; `symbology` is its kind where the scanner tells it."""
    if symbology == "PDF417":
        return "card"
    if len(text) > _LONGEST:
        return "foreign"
    text = text.strip()
    if _TOKEN.fullmatch(text):
        return SlipShown(text.upper())
    digits = _BETWEEN.sub("", western(text))
    if digits.isascii() and digits.isdecimal():
        if len(digits) == 14 and digits[0] in "23":
            return "card"  # somebody's own print of it: never looked up, never kept
        is_code = _CODE.fullmatch(digits) is not None and symbology != "EAN"
        return AppointmentShown(code=digits) if is_code else "foreign"
    return _what_address_is(text)


def what_is_unreadable(symbology: str | None, size_bytes: int) -> WhatElse:
    """Tell what bytes were that made no code: a card's code holds a lot, and no text."""
    return "card" if symbology == "PDF417" or size_bytes >= 200 else "unreadable"


def _what_address_is(text: str) -> Shown:
    try:
        parts = urlsplit(text)
    except ValueError:
        return "foreign"
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return "foreign"
    kind, _, rest = parts.path.strip("/").partition("/")
    token = rest.partition("/")[0]
    if kind.lower() not in ("t", "b", "a", "v") or not _TOKEN.fullmatch(token):
        return "foreign"
    match kind.lower():
        case "t":
            return SlipShown(token.upper())
        case "b":
            return AppointmentShown(token=token.upper())
        case "a":
            return "application"
        case _:
            return "licence"
