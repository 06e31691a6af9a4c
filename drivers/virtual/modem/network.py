"""The network behind a virtual modem: takes parts, shows what phones show, reports, brings mail."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from drivers.clock import Clock, within
from drivers.virtual.modem.octets import Submitted, write_deliver, write_status_report

CAIRO = ZoneInfo("Africa/Cairo")
LATE_S = 60.0
_UNITS_TOGETHER = 67
_NOT_DELIVERED = 0x46
"""TP-Status: the service centre gave up, the message's validity ended."""

Fate = Literal["sent", "delivered", "failed"]


@dataclass(slots=True)
class Sent:
    """One message as the phone shows it, part by part."""

    number: int
    """From 1, in the order of the first parts."""
    to: str
    at: datetime
    total: int
    reference: int
    texts: dict[int, str] = field(default_factory=dict)
    fate: Fate = "sent"
    coding: str = "gsm"

    @property
    def text(self) -> str:
        return "".join(self.texts.get(part, "[…]") for part in range(1, self.total + 1))


@dataclass(frozen=True, slots=True)
class Pdu:
    """Octets on their way to the modem."""

    octets: bytes
    length: int
    is_report: bool = False


class Network:
    """One subscriber's network. `run` brings reports when their time has come."""

    def __init__(self, clock: Clock, *, on_pdu: Callable[[Pdu], None]) -> None:
        self.sent: list[Sent] = []
        self.parts: list[Submitted] = []
        """Every part that was taken, in order; a part sent twice is here twice."""
        self._clock = clock
        self._on_pdu = on_pdu
        self._references = itertools.count(1)
        self._own_references = itertools.count(1)
        self._due: list[tuple[float, Pdu, Sent, Fate]] = []
        self._changed = asyncio.Event()

    def take(self, part: Submitted) -> tuple[int, Sent]:
        """Take a part; return its reference and the message it belongs to."""
        self.parts.append(part)
        message = next((sent for sent in reversed(self.sent) if _belongs(part, sent)), None)
        if message is None:
            message = Sent(
                len(self.sent) + 1,
                part.to,
                self._clock.now(),
                part.total,
                part.reference,
                coding=part.coding,
            )
            self.sent.append(message)
        message.texts[part.part] = part.text
        return next(self._references) % 256, message

    def report(self, reference: int, message: Sent, *, is_delivered: bool, after_s: float) -> None:
        """Report on a part after so many seconds; 0: before this returns."""
        now = self._clock.now().astimezone(CAIRO)
        status = 0x00 if is_delivered else _NOT_DELIVERED
        octets, length = write_status_report(reference, message.to, now, now, status)
        fate: Fate = "delivered" if is_delivered else "failed"
        pdu = Pdu(octets, length, is_report=True)
        if after_s <= 0:
            self._bring(pdu, message, fate)
            return
        self._due.append((self._clock.monotonic() + after_s, pdu, message, fate))
        self._changed.set()

    def receive(self, sender: str, text: str) -> None:
        """Let somebody write to the modem's number."""
        at = self._clock.now().astimezone(CAIRO)
        pieces = _pieces(text)
        reference = next(self._own_references) % 256
        for part, piece in enumerate(pieces, 1):
            place = (reference, len(pieces), part) if len(pieces) > 1 else None
            self._on_pdu(Pdu(*write_deliver(sender, piece, at, place)))

    async def run(self) -> None:
        """Bring what is due, until cancelled."""
        while True:
            self._changed.clear()
            now = self._clock.monotonic()
            for each in [due for due in self._due if due[0] <= now]:
                self._due.remove(each)
                self._bring(*each[1:])
            if not self._due:
                await self._changed.wait()
                continue
            try:
                async with within(self._clock, max(0.001, min(due[0] for due in self._due) - now)):
                    await self._changed.wait()
            except TimeoutError:
                pass

    def _bring(self, pdu: Pdu, message: Sent, fate: Fate) -> None:
        message.fate = fate
        self._on_pdu(pdu)


def _belongs(part: Submitted, sent: Sent) -> bool:
    return (
        part.total > 1
        and (part.to, part.total, part.reference) == (sent.to, sent.total, sent.reference)
        and part.part not in sent.texts
    )


def _pieces(text: str) -> list[str]:
    if len(text.encode("utf-16-be")) // 2 <= 70:
        return [text]
    pieces, piece, units = [], "", 0
    for sign in text:
        cost = 2 if sign > "\uffff" else 1
        if units + cost > _UNITS_TOGETHER:
            pieces.append(piece)
            piece, units = "", 0
        piece += sign
        units += cost
    return [*pieces, piece]
