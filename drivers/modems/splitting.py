"""Chooses how a text is written and cuts it into parts that fit; pure.

A short message has 140 octets: 160 septets of the GSM alphabet or 70 units of UCS-2. Parts of a
longer text give some away to a header that tells a phone how to join them (3GPP TS 23.040,
9.2.3.24.1 with a reference of 8 bits, 9.2.3.24.8 with one of 16).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from drivers.errors import BadText
from drivers.modems.alphabet import septets_of

Coding = Literal["gsm", "ucs2"]
ReferenceBits = Literal[8, 16]

MOST_PARTS = 255
_ALONE: dict[Coding, int] = {"gsm": 160, "ucs2": 70}
_TOGETHER: dict[tuple[Coding, ReferenceBits], int] = {
    ("gsm", 8): 153,
    ("gsm", 16): 152,
    ("ucs2", 8): 67,
    ("ucs2", 16): 66,
}


@dataclass(frozen=True, slots=True)
class Split:
    """A text and how it is sent."""

    coding: Coding
    parts: tuple[str, ...]


def split(text: str, *, reference_bits: ReferenceBits = 8) -> Split:
    """Cut a text into as few parts as there can be. Raises BadText.

    The GSM alphabet is never dearer than UCS-2, so it is taken wherever it has every sign. Neither
    a sign that needs an escape nor a surrogate pair is ever cut in two.
    """
    if not text.strip():
        raise BadText("there is nothing to say")
    text = text.replace("\r\n", "\n")
    coding: Coding = "gsm" if all(septets_of(sign) is not None for sign in text) else "ucs2"
    if sum(_costs(text, coding)) <= _ALONE[coding]:
        return Split(coding, (text,))
    parts = tuple(_cut(text, coding, _TOGETHER[coding, reference_bits]))
    if len(parts) > MOST_PARTS:
        raise BadText(f"it would need {len(parts)} parts")
    return Split(coding, parts)


def _costs(text: str, coding: Coding) -> Iterable[int]:
    """Return what each sign takes: septets, or units of 16 bits."""
    if coding == "gsm":
        return [len(septets_of(sign) or ()) for sign in text]
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadText("it holds half a sign")
    return [2 if sign > "\uffff" else 1 for sign in text]


def _cut(text: str, coding: Coding, room: int) -> Iterator[str]:
    begin, used = 0, 0
    for position, cost in enumerate(_costs(text, coding)):
        if used + cost > room:
            yield text[begin:position]
            begin, used = position, 0
        used += cost
    yield text[begin:]
