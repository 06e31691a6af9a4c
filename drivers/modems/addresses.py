"""Phone numbers, as people write them and as a message carries them; pure.

3GPP TS 23.040, 9.1.2.5: a count, the type of number with its plan, and swapped half octets.
"""

import re
from dataclasses import dataclass

from drivers.errors import BadNumber, PduUnreadable
from drivers.modems.alphabet import text_of, unpack

INTERNATIONAL, NATIONAL, ALPHANUMERIC = 0x91, 0xA1, 0xD0
"""Types of number, the ISDN plan included; 0x81 is unknown: read as the modem's country writes."""

_DIGITS = "0123456789*#abc"
_SEPARATORS = re.compile(r"[\s()./\-\u2010-\u2015\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_EGYPTIAN_MOBILE = re.compile(r"(?:\+20|0020|20|0)(1[0125]\d{8})")
_INTERNATIONAL = re.compile(r"(?:\+|00)([1-9]\d{7,14})")


@dataclass(frozen=True, slots=True)
class Address:
    """Who sent a message, or to whom it went."""

    kind: int
    """The type-of-address octet."""
    value: str
    """Digits, without `+`; or a name."""

    @property
    def number(self) -> str:
        """Return it as we write numbers: `+20…` where that can be known, else as it came."""
        if self.kind == INTERNATIONAL:
            return f"+{self.value}"
        egyptian = _EGYPTIAN_MOBILE.fullmatch(self.value)
        return f"+20{egyptian[1]}" if egyptian else self.value


def normalised(number: str) -> str:
    """Return a number as `+` and digits. Raises BadNumber.

    Egyptian mobiles may lack their country: 010, 011, 012 and 015 and eight digits, in whichever
    digits, with whatever people put between them. Anything else needs its country.
    """
    plain = _SEPARATORS.sub("", number)
    digits = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in plain)
    egyptian = _EGYPTIAN_MOBILE.fullmatch(digits)
    if egyptian:
        return f"+20{egyptian[1]}"
    foreign = _INTERNATIONAL.fullmatch(digits)
    if foreign is None or foreign[1].startswith("201"):
        raise BadNumber(masked(number))
    return f"+{foreign[1]}"


def masked(number: str) -> str:
    """Return what of a number may be logged: the last three digits."""
    return f"…{number[-3:]}" if len(number) > 6 else "…"


def encoded(number: str) -> bytes:
    """Write a destination: `+20…` as international, digits alone as unknown. Raises BadNumber."""
    digits = number.removeprefix("+")
    if not digits or len(digits) > 20 or any(sign not in _DIGITS for sign in digits):
        raise BadNumber(masked(number))
    kind = INTERNATIONAL if number.startswith("+") else 0x81
    return bytes((len(digits), kind)) + _swapped(digits)


def encoded_service_centre(number: str | None) -> bytes:
    """Write the service centre's address, counted in octets; None: the one the SIM knows."""
    if number is None:
        return b"\x00"
    address = encoded(number)[1:]
    return bytes((len(address),)) + address


def read_address(octets: bytes, at: int) -> tuple[Address, int]:
    """Read an address; return it and where the next field begins. Raises PduUnreadable."""
    if at + 2 > len(octets):
        raise PduUnreadable("ends amid an address")
    length, kind = octets[at], octets[at + 1]
    end = at + 2 + (length + 1) // 2
    body = octets[at + 2 : end]
    if length > 20 or end > len(octets):
        raise PduUnreadable("an address is longer than it may be")
    if kind & 0x70 == ALPHANUMERIC & 0x70:
        return Address(ALPHANUMERIC, text_of(unpack(body, length * 4 // 7))), end
    halves = [half for octet in body for half in (octet & 0x0F, octet >> 4)][:length]
    if any(half >= len(_DIGITS) for half in halves):
        raise PduUnreadable("an address holds what is no digit")
    return Address(kind, "".join(_DIGITS[half] for half in halves)), end


def _swapped(digits: str) -> bytes:
    halves = [_DIGITS.index(sign) for sign in digits]
    if len(halves) % 2:
        halves.append(0x0F)
    return bytes(low | high << 4 for low, high in zip(halves[::2], halves[1::2], strict=True))
