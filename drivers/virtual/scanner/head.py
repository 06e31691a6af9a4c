"""A barcode scanner in software: told what it sees, it sends that as one would, faults and all."""

import asyncio
from collections import deque

from drivers.clock import Clock
from drivers.virtual.lines import Line
from drivers.virtual.scanner.faults import FaultChange, Faults
from drivers.virtual.scanner.speech import NOISE_BYTES, Speech

ENDLESS_BYTES = 12_288
_AT_ONCE = 128
_BREATH_S = 0.002
"""Between so many bytes or keys: the fastest scanner is no faster than its cable."""
_REMEMBERED = 8
_WAITING = 64


class Head:
    """One virtual scanner. `run` sends what it reads, `attend` serves one link at a time."""

    def __init__(
        self,
        clock: Clock,
        speech: Speech,
        *,
        trigger_on: bytes = b"",
        trigger_off: bytes = b"",
    ) -> None:
        """With `trigger_on` it reads only after that order, once for each."""
        self.faults = Faults()
        self.sent_scans = 0
        self.missed_scans = 0
        """Codes it was shown while nobody listened, or while it had no order to look."""
        self.recent: deque[str] = deque(maxlen=_REMEMBERED)
        """What people typed for it, newest first."""
        self._clock = clock
        self._speech = speech
        self._trigger_on = trigger_on
        self._trigger_off = trigger_off
        self._is_looking = not trigger_on
        self._line: Line | None = None
        self._heard = b""
        self._to_send: asyncio.Queue[list[bytes]] = asyncio.Queue(_WAITING)
        self._plugged = asyncio.Event()
        self._plugged.set()

    @property
    def is_connected(self) -> bool:
        """Whether somebody holds the link, as far as this side can see."""
        return self._line is not None

    @property
    def is_looking(self) -> bool:
        """Whether a code held before it now would be read."""
        return self._is_looking

    def is_plugged(self) -> bool:
        """Whether the cable is in."""
        return self.faults.plug == "in"

    async def until_plugged(self) -> None:
        """Return once the cable is in."""
        await self._plugged.wait()

    def change(self, change: FaultChange) -> None:
        """Take a change of faults; read what it names."""
        self.faults = change.applied_to(self.faults)
        if change.plug in ("out", "cycle"):
            self._unplug()
        if self.is_plugged():
            self._plugged.set()
        if change.asked_for is not None:
            if change.scan is not None:
                if change.scan in self.recent:
                    self.recent.remove(change.scan)
                self.recent.appendleft(change.scan)
            self.scan(*change.asked_for)

    def scan(self, text: str, kind: str = "QR") -> None:
        """Hold a code before it; missed where it does not look or nobody listens."""
        if self._line is None or not self._is_looking or self._to_send.full():
            self.missed_scans += 1
            return
        faults = self.faults
        match faults.sends:
            case "endless":
                pieces = self._speech.noise(ENDLESS_BYTES)
            case "garbage":
                pieces = self._speech.noise(NOISE_BYTES)
            case "code":
                pieces = self._speech.code(
                    text, kind, identifier=faults.identifier, suffix=faults.suffix
                )
        self._to_send.put_nowait(pieces * (2 if faults.doubled else 1))
        self._is_looking = not self._trigger_on
        self.sent_scans += 1

    async def run(self) -> None:
        """Send what was read, at its pace, until cancelled."""
        while True:
            pieces = await self._to_send.get()
            line, per_s = self._line, self.faults.per_s
            at_once = 1 if per_s else _AT_ONCE
            for start in range(0, len(pieces), at_once):
                if line is None or line is not self._line:
                    break  # unplugged amid the code: the rest is lost
                if start:
                    await self._clock.sleep(1 / per_s if per_s else _BREATH_S)
                line.send(b"".join(pieces[start : start + at_once]))

    async def attend(self, line: Line) -> None:
        """Hold a link until it ends; obey orders that come over it."""
        self._line = line
        try:
            while data := await line.read():
                self._obey(data)
        finally:
            if self._line is line:
                self._line = None

    def _obey(self, data: bytes) -> None:
        if not self._trigger_on:
            return
        heard = self._heard + data
        at = {True: heard.rfind(self._trigger_on), False: -1}
        if self._trigger_off:
            at[False] = heard.rfind(self._trigger_off)
        if max(at.values()) >= 0:
            self._is_looking = at[True] > at[False]
            heard = b""
        self._heard = heard[-max(len(self._trigger_on), len(self._trigger_off)) :]

    def _unplug(self) -> None:
        self._plugged.clear()
        while not self._to_send.empty():
            self._to_send.get_nowait()
        line, self._line = self._line, None
        self._is_looking = not self._trigger_on
        if line is not None:
            line.drop()
