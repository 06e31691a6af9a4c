"""The network's side of a message's octets: strict where it reads, plain where it writes; pure.

Written from 3GPP TS 23.040 and 23.038 apart from the driver's codec, and sharing nothing with it,
so that a mistake in one of them does not hide behind the same mistake in the other.
"""

from dataclasses import dataclass
from datetime import datetime

_TABLE = {
    0x00: "@£$¥èéùìòÇ\nØø\rÅå",
    0x10: "Δ_ΦΓΛΩΠΨΣΘΞ\x00ÆæßÉ",
    0x20: " !\"#¤%&'()*+,-./",
    0x30: "0123456789:;<=>?",
    0x40: "¡ABCDEFGHIJKLMNO",
    0x50: "PQRSTUVWXYZÄÖÑÜ§",
    0x60: "¿abcdefghijklmno",
    0x70: "pqrstuvwxyzäöñüà",
}
_AFTER_ESCAPE = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_ESCAPE = 0x1B


class OctetsRefused(Exception):
    """The network can't take these octets; says which rule they break."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """One part that somebody wants sent."""

    to: str
    text: str
    reference: int
    total: int
    part: int
    coding: str
    validity_minutes: int
    wants_report: bool
    service_centre: str
    units: int
    """Septets or units of 16 bits that the text takes."""


class _Reader:
    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.at = 0

    def take(self, count: int, what: str) -> bytes:
        piece = self._octets[self.at : self.at + count]
        if len(piece) < count:
            raise OctetsRefused(f"too short for {what}")
        self.at += count
        return piece

    def one(self, what: str) -> int:
        return self.take(1, what)[0]

    def is_at_end(self) -> bool:
        return self.at == len(self._octets)


def read_submit(octets: bytes, length: int) -> Submitted:
    """Read a message with the service centre's address in front. Raises OctetsRefused."""
    reader = _Reader(octets)
    centre_length = reader.one("the service centre's length")
    centre = reader.take(centre_length, "the service centre")
    if len(octets) - 1 - centre_length != length:
        raise OctetsRefused(f"{len(octets) - 1 - centre_length} octets, {length} were announced")
    first = reader.one("the first octet")
    if first & 0x03 != 0x01:
        raise OctetsRefused("no SMS-SUBMIT")
    if first & 0x84:
        raise OctetsRefused("reply path or rejection of duplicates, which nobody asked for")
    reader.one("the message reference")
    to = _number(reader)
    if reader.one("the protocol") != 0:
        raise OctetsRefused("a protocol other than short messages")
    coding = {0x00: "gsm", 0x08: "ucs2"}.get(reader.one("the coding"))
    if coding is None:
        raise OctetsRefused("a coding that is neither GSM nor UCS-2")
    if first >> 3 & 0x03 != 0x02:
        raise OctetsRefused("no relative validity period")
    validity = _minutes(reader.one("the validity"))
    count = reader.one("the length of the text")
    reference, total, part, header_octets, header = 0, 1, 1, 0, b""
    if first & 0x40:
        header_octets = reader.one("the header's length") + 1
        header = reader.take(header_octets - 1, "the header")
        reference, total, part = _place(header)
    if coding == "ucs2":
        text_octets = count - header_octets
        if text_octets < 0 or text_octets % 2:
            raise OctetsRefused("half a unit of UCS-2")
        raw = reader.take(text_octets, "the text")
        units = text_octets // 2
        try:
            text = raw.decode("utf-16-be")
        except UnicodeDecodeError:
            raise OctetsRefused("a sign was cut in two") from None
    else:
        bits = _bits(bytes((header_octets - 1,)) + header if header_octets else b"")
        body = reader.take(-(-count * 7 // 8) - header_octets, "the text")
        bits += _bits(body)
        skipped = -(-header_octets * 8 // 7)
        if any(bits[header_octets * 8 : skipped * 7]) or any(bits[count * 7 :]):
            raise OctetsRefused("fill bits that are not zero")
        units = count - skipped
        text = _gsm(bits, skipped, count)
    if not reader.is_at_end():
        raise OctetsRefused("octets after the text")
    if count > (160 if coding == "gsm" else 140):
        raise OctetsRefused("more text than a message holds")
    return Submitted(
        to,
        text,
        reference,
        total,
        part,
        coding,
        validity,
        bool(first & 0x20),
        _semi_octets(centre[1:]).rstrip("f") if centre else "",
        units,
    )


def write_deliver(
    sender: str, text: str, at: datetime, place: tuple[int, int, int] | None = None
) -> tuple[bytes, int]:
    """Write a message that came in, in UCS-2; return octets and what a modem says of their length.

    `place` is reference, total and part.
    """
    header = b"" if place is None else bytes((5, 0, 3, *place))
    body = header + text.encode("utf-16-be")
    if len(body) > 140:
        raise ValueError("more than one part")
    tpdu = (
        bytes((0x04 | (0x40 if header else 0),))
        + _address(sender)
        + b"\x00\x08"
        + _moment(at)
        + bytes((len(body),))
        + body
    )
    return _centre() + tpdu, len(tpdu)


def write_status_report(
    reference: int, recipient: str, sent_at: datetime, done_at: datetime, status: int
) -> tuple[bytes, int]:
    """Write what became of a part."""
    tpdu = (
        bytes((0x06, reference))
        + _address(recipient)
        + _moment(sent_at)
        + _moment(done_at)
        + bytes((status,))
    )
    return _centre() + tpdu, len(tpdu)


def _number(reader: _Reader) -> str:
    count = reader.one("the number's length")
    kind = reader.one("the number's kind")
    if kind not in (0x81, 0x91) or not 3 <= count <= 20:
        raise OctetsRefused("a number of a kind that is not called from here")
    digits = _semi_octets(reader.take((count + 1) // 2, "the number"))
    if count % 2 and not digits.endswith("f"):
        raise OctetsRefused("a number that does not end with its fill")
    number = digits[:count]
    if not number.isdecimal():
        raise OctetsRefused("a number with signs that are no digits")
    return f"+{number}" if kind == 0x91 else number


def _semi_octets(octets: bytes) -> str:
    return "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in octets)


def _minutes(octet: int) -> int:
    if octet <= 143:
        return (octet + 1) * 5
    if octet <= 167:
        return 720 + (octet - 143) * 30
    if octet <= 196:
        return (octet - 166) * 1440
    return (octet - 192) * 10080


def _place(header: bytes) -> tuple[int, int, int]:
    if len(header) == 5 and header[:2] == b"\x00\x03":
        reference, total, part = header[2:]
    elif len(header) == 6 and header[:2] == b"\x08\x04":
        reference, (total, part) = header[2] << 8 | header[3], header[4:]
    else:
        raise OctetsRefused("a header that joins no parts")
    if not 1 <= part <= total:
        raise OctetsRefused(f"part {part} of {total}")
    return reference, total, part


def _bits(octets: bytes) -> list[int]:
    return [octet >> place & 1 for octet in octets for place in range(8)]


def _gsm(bits: list[int], begin: int, end: int) -> str:
    text, is_escaped = "", False
    for place in range(begin, end):
        septet = sum(bit << power for power, bit in enumerate(bits[place * 7 : place * 7 + 7]))
        if is_escaped:
            if septet not in _AFTER_ESCAPE:
                raise OctetsRefused("an escape before what needs none")
            text += _AFTER_ESCAPE[septet]
            is_escaped = False
        elif septet == _ESCAPE:
            is_escaped = True
        else:
            text += _TABLE[septet & 0x70][septet & 0x0F]
    if is_escaped:
        raise OctetsRefused("a sign was cut in two")
    return text


def _address(number: str) -> bytes:
    if not number.lstrip("+").isdecimal():
        septets = "".join(
            f"{ord(sign):07b}"[::-1] for sign in number if sign.isascii() and sign.isalnum()
        )
        octets = bytes(
            int(septets[at : at + 8].ljust(8, "0")[::-1], 2) for at in range(0, len(septets), 8)
        )
        return bytes((-(-len(septets) // 4), 0xD0)) + octets
    digits = number.lstrip("+")
    filled = digits + "f" * (len(digits) % 2)
    swapped = bytes(int(filled[at + 1] + filled[at], 16) for at in range(0, len(filled), 2))
    return bytes((len(digits), 0x91 if number.startswith("+") else 0x81)) + swapped


def _centre() -> bytes:
    address = _address("+20105996500")[1:]
    return bytes((len(address),)) + address


def _moment(at: datetime) -> bytes:
    """Write local time and its distance from UTC in quarters of an hour."""
    offset = at.utcoffset()
    quarters = 0 if offset is None else round(offset.total_seconds() / 900)
    pairs = [at.year % 100, at.month, at.day, at.hour, at.minute, at.second, abs(quarters)]
    octets = [pair % 10 << 4 | pair // 10 for pair in pairs]
    if quarters < 0:
        octets[6] |= 0x08
    return bytes(octets)
