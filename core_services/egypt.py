"""Reads what Egyptians write of themselves: the national number of their card, and a phone number.

The structure of the national number (century, birth date, governorate of birth, serial number, one
last digit) is that of the civil registry under law 143/1994, as
https://en.wikipedia.org/wiki/Egyptian_National_Identity_Card tells it. No rule of the last digit
has been published; those that go about (Luhn, weights modulo 11) call true cards of people born
after 2000 wrong. So none is held against anybody here.

An error of this module never repeats what was written: it would stand in logs.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from core_services.l10n import western

_GOVERNORATES: Final = frozenset(
    [
        *("01", "02", "03", "04"),
        *("11", "12", "13", "14", "15", "16", "17", "18", "19"),
        *("21", "22", "23", "24", "25", "26", "27", "28", "29"),
        *("31", "32", "33", "34", "35"),
        "88",
    ]
)
"""Where somebody was born, by the eighth and ninth digit: 13 is Sharqia, 88 any place abroad."""

_DAYS: Final = (
    "(0[13578]|1[02])(0[1-9]|[12][0-9]|3[01])|(0[469]|11)(0[1-9]|[12][0-9]|30)"
    "|02(0[1-9]|1[0-9]|2[0-8])"
)
NATIONAL_ID_PATTERN: Final = (
    f"^((2[0-9]{{2}}|3([01][0-9]|2[0-5]))({_DAYS})"
    "|(2(0[48]|[13579][26]|[2468][048])|3(0[048]|1[26]|2[04]))0229)"
    f"({'|'.join(sorted(_GOVERNORATES))})[0-9]{{5}}$"
)
"""The numbers of all who were born from 1900 to 2025, for documents that know no calendar."""
_CENTURIES: Final = {"2": 1900, "3": 2000}
_BETWEEN_DIGITS: Final = re.compile(r"[\s\u200e\u200f\u202a-\u202e\u2066-\u2069.\-/()]+")
"""What people put between digits, and the marks that copying brings along."""

NationalIdFault = Literal["length", "century", "birth_date", "governorate"]


class NotANationalId(ValueError):
    """Not the number of an Egyptian card; `fault` says which part cannot be."""

    def __init__(self, fault: NationalIdFault) -> None:
        super().__init__(f"no national number: {fault}")
        self.fault: NationalIdFault = fault


class NotAPhone(ValueError):
    """Not a number of the Egyptian telephone network."""

    def __init__(self) -> None:
        super().__init__("no Egyptian phone number")


@dataclass(frozen=True, slots=True)
class NationalId:
    """A number whose structure holds; whether there is such a card nobody here knows."""

    digits: str = field(repr=False)
    """All 14, Western."""
    birth_date: date = field(repr=False)

    @property
    def last_four(self) -> str:
        """What may be shown of it."""
        return self.digits[-4:]

    def age_on(self, day: date) -> int:
        """Return the whole years of life on a day."""
        born = self.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def read_national_id(text: str, *, today: date) -> NationalId:
    """Read a national number in Western, Eastern or Persian digits, however they are spaced.

    Nobody is born after `today`. Raises NotANationalId.
    """
    digits = _BETWEEN_DIGITS.sub("", western(text))
    if len(digits) != 14 or not (digits.isascii() and digits.isdecimal()):
        raise NotANationalId("length")
    if digits[0] not in _CENTURIES:
        raise NotANationalId("century")
    try:
        born = date(_CENTURIES[digits[0]] + int(digits[1:3]), int(digits[3:5]), int(digits[5:7]))
    except ValueError:
        raise NotANationalId("birth_date") from None
    if born > today:
        raise NotANationalId("birth_date")
    if digits[7:9] not in _GOVERNORATES:
        raise NotANationalId("governorate")
    return NationalId(digits, born)


def fault_so_far(digits: str, *, today: date) -> NationalIdFault | None:
    """Return which part of a number that is being typed cannot be; None while it may become one.

    `digits` are Western, at most 14. The last digit is held against nobody.
    """
    if digits[:1] and digits[0] not in _CENTURIES:
        return "century"
    if (len(digits) >= 4 and digits[3] not in "01") or (len(digits) >= 5 and not _is_month(digits)):
        return "birth_date"
    if len(digits) >= 6 and digits[5] not in "0123":
        return "birth_date"
    if len(digits) >= 7:
        try:
            born = date(
                _CENTURIES[digits[0]] + int(digits[1:3]), int(digits[3:5]), int(digits[5:7])
            )
        except ValueError:
            return "birth_date"
        if born > today:
            return "birth_date"
    governorate = digits[7:9]
    if governorate and not any(each.startswith(governorate) for each in _GOVERNORATES):
        return "governorate"
    return None


def _is_month(digits: str) -> bool:
    return "01" <= digits[3:5] <= "12"


def read_phone(text: str) -> str:
    """Return an Egyptian phone number as E.164 (`+201012345678`), whatever its usual form.

    Western or Eastern digits, with spaces, hyphens or brackets, with 0, +20, 0020 or 20 before it
    or with nothing. Landlines are numbers too. Raises NotAPhone.
    """
    # Its tables are large and most of our programs never read a phone number.
    from phonenumbers import (
        NumberParseException,
        PhoneNumberFormat,
        format_number,
        is_valid_number_for_region,
        parse,
    )

    written = _BETWEEN_DIGITS.sub("", western(text))
    if not re.fullmatch(r"\+?[0-9]{5,16}", written):
        raise NotAPhone
    try:
        number = parse(written, "EG")
    except NumberParseException:
        raise NotAPhone from None
    if not is_valid_number_for_region(number, "EG"):
        raise NotAPhone
    return str(format_number(number, PhoneNumberFormat.E164))


def mask_phone(phone: str) -> str:
    """Return what may be shown of a phone number: its country and its last two digits."""
    return f"{phone[:3]}{'•' * (len(phone) - 5)}{phone[-2:]}"
