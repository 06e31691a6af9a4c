"""Writes and reads the octets of short messages; pure (3GPP TS 23.040, section 9.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from drivers.errors import PduUnreadable
from drivers.modems.addresses import Address, encoded, encoded_service_centre, read_address
from drivers.modems.alphabet import pack, septets_of, text_of, unpack
from drivers.modems.splitting import Coding, ReferenceBits, Split

_SUBMIT, _RELATIVE_VALIDITY, _WANTS_REPORT, _HAS_HEADER = 0x01, 0x10, 0x20, 0x40
_DELIVER, _STATUS_REPORT, _KINDS = 0x00, 0x02, 0x03
_LONGEST_USER_DATA = 140


@dataclass(frozen=True, slots=True)
class Concatenation:
    """Where a part belongs."""

    reference: int
    total: int
    number: int
    """From 1."""
    reference_bits: ReferenceBits = 8


@dataclass(frozen=True, slots=True)
class SubmitPdu:
    """One part as AT+CMGS takes it."""

    octets: bytes
    """With the service centre's address in front."""
    length: int
    """What AT+CMGS is told: octets without the service centre's address."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """A message, or a part of one, that came in."""

    sender: Address
    sent_at: datetime | None
    """The service centre's time; None where it makes no sense."""
    text: str
    """May begin or end in half a sign, where the sender cut one in two: `reassembly` joins them."""
    concatenation: Concatenation | None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What became of one part that we sent."""

    reference: int
    """TP-MR, which `+CMGS` told; 0 to 255 and again from 0."""
    recipient: Address
    sent_at: datetime | None
    done_at: datetime | None
    status: int
    """TP-Status."""


def submit_pdus(
    to: str,
    split: Split,
    *,
    reference: int,
    valid_for: timedelta,
    service_centre: str | None = None,
    reference_bits: ReferenceBits = 8,
) -> list[SubmitPdu]:
    """Write the parts of a text for one number. Raises BadNumber.

    `reference` joins the parts; more than its bits hold is cut off. Reports are asked for; the
    message reference is left to the modem.
    """
    total = len(split.parts)
    return [
        _submit_pdu(
            to,
            split.coding,
            part,
            Concatenation(reference % (1 << reference_bits), total, number, reference_bits)
            if total > 1
            else None,
            valid_for,
            service_centre,
        )
        for number, part in enumerate(split.parts, 1)
    ]


def read_pdu(octets: bytes, length: int) -> Deliver | StatusReport:
    """Read what a modem shows. Raises PduUnreadable, also for what is no text.

    `length` is what the modem told: octets without the service centre's address, which some modems
    leave out.
    """
    if not 0 < length <= len(octets):
        raise PduUnreadable("it is shorter than the modem says")
    tpdu = octets[len(octets) - length :]
    kind = tpdu[0] & _KINDS
    try:
        if kind == _DELIVER:
            return _read_deliver(tpdu)
        if kind == _STATUS_REPORT:
            return _read_status_report(tpdu)
    except IndexError:
        raise PduUnreadable("it ends too early") from None
    raise PduUnreadable(f"its kind is {kind}")


def validity_octet(valid_for: timedelta) -> int:
    """Return the longest relative validity period that is not longer than this (9.2.3.12.1).

    5 minutes are the shortest there is, 63 weeks the longest.
    """
    minutes = int(valid_for.total_seconds() // 60)
    days = minutes // (24 * 60)
    if minutes < 12 * 60 + 30:
        return max(0, min(143, minutes // 5 - 1))
    if days < 2:
        return min(167, 143 + (minutes - 12 * 60) // 30)
    if days < 35:
        return min(196, days + 166)
    return min(255, days // 7 + 192)


def _submit_pdu(
    to: str,
    coding: Coding,
    text: str,
    concatenation: Concatenation | None,
    valid_for: timedelta,
    service_centre: str | None,
) -> SubmitPdu:
    header = b"" if concatenation is None else _header(concatenation)
    first = _SUBMIT | _RELATIVE_VALIDITY | _WANTS_REPORT | (_HAS_HEADER if header else 0)
    count, body = _user_data(coding, text, header)
    data_coding = 0x00 if coding == "gsm" else 0x08
    tpdu = (
        bytes((first, 0))
        + encoded(to)
        + bytes((0, data_coding, validity_octet(valid_for), count))
        + body
    )
    return SubmitPdu(encoded_service_centre(service_centre) + tpdu, len(tpdu))


def _header(concatenation: Concatenation) -> bytes:
    if concatenation.reference_bits == 8:
        element = bytes((0x00, 3, concatenation.reference))
    else:
        element = b"\x08\x04" + concatenation.reference.to_bytes(2, "big")
    element += bytes((concatenation.total, concatenation.number))
    return bytes((len(element),)) + element


def _user_data(coding: Coding, text: str, header: bytes) -> tuple[int, bytes]:
    """Return TP-UDL and TP-UD: the length counts septets of GSM text, octets of any other."""
    if coding == "ucs2":
        body = header + text.encode("utf-16-be")
        return len(body), body
    septets = [septet for sign in text for septet in septets_of(sign) or ()]
    # The text begins on a septet's border, counted from the first bit of the header.
    fill_bits = -len(header) * 8 % 7
    header_septets = (len(header) * 8 + fill_bits) // 7
    return header_septets + len(septets), header + pack(septets, fill_bits=fill_bits)


def _read_deliver(tpdu: bytes) -> Deliver:
    sender, at = read_address(tpdu, 1)
    coding = _coding_of(tpdu[at + 1])
    sent_at = _moment(tpdu[at + 2 : at + 9])
    count = tpdu[at + 9]
    body = tpdu[at + 10 :]
    header_octets = body[0] + 1 if tpdu[0] & _HAS_HEADER else 0
    if len(body) > _LONGEST_USER_DATA or header_octets > len(body):
        raise PduUnreadable("its text has the wrong length")
    if coding == "gsm":
        fill_bits = -header_octets * 8 % 7
        header_septets = (header_octets * 8 + fill_bits) // 7
        text = text_of(unpack(body[header_octets:], count - header_septets, fill_bits=fill_bits))
    else:
        whole = body[header_octets:count]
        text = whole[: len(whole) // 2 * 2].decode("utf-16-be", "surrogatepass")
    return Deliver(sender, sent_at, text, _concatenation_in(body[1:header_octets]))


def _read_status_report(tpdu: bytes) -> StatusReport:
    recipient, at = read_address(tpdu, 2)
    return StatusReport(
        reference=tpdu[1],
        recipient=recipient,
        sent_at=_moment(tpdu[at : at + 7]),
        done_at=_moment(tpdu[at + 7 : at + 14]),
        status=tpdu[at + 14],
    )


def _coding_of(octet: int) -> Coding:
    """Read TP-DCS (3GPP TS 23.038, 4). Raises PduUnreadable for what is no text."""
    group = octet >> 4
    if group < 8:  # general, and the same with automatic deletion
        if octet & 0x20:
            raise PduUnreadable("it is compressed")
        alphabet = octet >> 2 & 0x03
    elif group == 0xE:
        alphabet = 2
    elif group == 0xF:
        alphabet = octet >> 2 & 0x01
    else:
        alphabet = 0
    if alphabet == 1:
        raise PduUnreadable("it holds data, no text")
    return "ucs2" if alphabet == 2 else "gsm"


def _concatenation_in(header: bytes) -> Concatenation | None:
    """Find the element that joins parts; one that makes no sense is left out (9.2.3.24.1)."""
    at = 0
    found: Concatenation | None = None
    while at + 2 <= len(header):
        name, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        at += 2 + length
        if name == 0x00 and len(value) == 3:
            found = Concatenation(value[0], value[1], value[2], 8)
        elif name == 0x08 and len(value) == 4:
            found = Concatenation(int.from_bytes(value[:2], "big"), value[2], value[3], 16)
    if found is None or not 0 < found.number <= found.total:
        return None
    return found


def _moment(octets: bytes) -> datetime | None:
    """Read seven swapped half octets; the last is quarters of an hour with a sign (9.2.3.11)."""
    if len(octets) < 7:
        raise IndexError
    fields = [(octet & 0x0F) * 10 + (octet >> 4) for octet in octets[:6]]
    quarters = (octets[6] & 0x07) * 10 + (octets[6] >> 4)
    offset = timedelta(minutes=15 * quarters * (-1 if octets[6] & 0x08 else 1))
    year, month, day, hour, minute, second = fields
    try:
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=timezone(offset))
    except ValueError:
        return None
