"""A thermal printer in software: takes bytes as one does, keeps them as one does, makes paper.

Status questions are answered on reception, even inside a picture; everything else waits in the
receive buffer until the printer can print. What was received is printed after the refill, also when
the sender has gone. A power cut loses it.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from drivers.clock import Clock
from drivers.printers.profiles import Profile
from drivers.virtual.lines import Line
from drivers.virtual.printer.echoes import Echoes
from drivers.virtual.printer.faults import (
    FaultChange,
    Faults,
    auto_status,
    noise_before_answer,
    read_answer,
    real_time_answer,
)
from drivers.virtual.printer.interpreter import (
    AutoStatusMask,
    Command,
    Cut,
    EchoProcess,
    Feed,
    Identify,
    Initialise,
    Interpreter,
    Picture,
    ReadStatus,
    Unrecognised,
)

_REAL_TIME = re.compile(
    rb"\x10\x04([\x01-\x04])|\x10\x05([\x00-\x02])|(\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08)"
)
_LONGEST_REAL_TIME = 10
_SIP_BYTES = 256
_STEP_ROWS = 24
_CLEARED = b"\x37\x25\x00"
_NAMES = {65: "1.00 ESC/POS", 66: "SHUBBAK", 67: "VIRTUAL", 68: "000001"}


class Mechanism:
    """One virtual printer. `run` moves its paper, `attend` serves one link at a time."""

    def __init__(
        self,
        profile: Profile,
        clock: Clock,
        *,
        on_slip: Callable[[Image.Image], None],
        rows_per_s: float = 0,
        buffer_bytes: int = 16_384,
    ) -> None:
        self.faults = Faults()
        self.received_bytes = 0
        self.unrecognised_bytes = 0
        self._profile = profile
        self._clock = clock
        self._on_slip = on_slip
        self._rows_per_s = rows_per_s
        self._buffer_bytes = buffer_bytes
        self._interpreter = Interpreter()
        self._buffer = bytearray()
        self._strips: list[Image.Image] = []
        self._auto_mask = 0
        self._line: Line | None = None
        self._tail = b""
        self._power_cuts = 0
        self._changed = asyncio.Event()
        self._hang_ups = 0
        self._echoes = Echoes(clock, lambda: self.faults, self._send)

    @property
    def is_connected(self) -> bool:
        """Whether somebody holds the link."""
        return self._line is not None

    @property
    def kept_bytes(self) -> int:
        """Return how many received bytes wait to be printed."""
        return len(self._buffer)

    def has_power(self) -> bool:
        """Tell whether it is switched on."""
        return self.faults.power == "on"

    def takes_links(self) -> bool:
        """Tell whether whoever connects now is served."""
        return self.has_power() and self.faults.connections == "accepted"

    def change(self, change: FaultChange) -> None:
        """Let something go wrong, or right again; tells by itself if it was asked to."""
        before, self.faults = self.faults, change.applied_to(self.faults)
        if change.power in ("off", "cycle"):
            self._lose_power()
        elif self._auto_mask and auto_status(before) != auto_status(self.faults):
            self._answer(auto_status(self.faults))
        self._changed.set()

    async def attend(self, line: Line) -> None:
        """Serve one link to its end."""
        self._line = line
        self._tail = b""
        try:
            while True:
                await self._until_it_reads()
                if not (data := await line.read()):
                    return
                await self._receive(self._cut_off(data))
        finally:
            if self._line is line:
                self._line = None

    async def _until_it_reads(self) -> None:
        hang_ups = self._hang_ups
        await self._until(lambda: self.faults.reads or hang_ups != self._hang_ups)

    def _cut_off(self, data: bytes) -> bytes:
        """Hang up if so many bytes were to be taken; return those that still are."""
        left = self.faults.cut_after_bytes
        if left < 0:
            return data
        if len(data) < left:
            self.faults = replace(self.faults, cut_after_bytes=left - len(data))
            return data
        self.faults = replace(self.faults, cut_after_bytes=-1)
        self._hang_up()
        return data[:left]

    async def run(self) -> None:
        """Print what is in the buffer, whenever the printer can."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._echoes.run())
            await self._print_all()

    async def _print_all(self) -> None:
        while True:
            await self._until(lambda: self.faults.can_print and bool(self._buffer))
            sip = bytes(self._buffer[:_SIP_BYTES])
            del self._buffer[:_SIP_BYTES]
            self._changed.set()
            cuts = self._power_cuts
            for command in self._interpreter.feed(sip):
                await self._obey(command)
                if cuts != self._power_cuts:
                    break

    async def _receive(self, data: bytes) -> None:
        """Obey real-time commands at once, keep the rest; waits while the buffer is full."""
        self.received_bytes += len(data)
        cuts = self._power_cuts
        if self.faults.bytes_per_s:
            await self._clock.sleep(len(data) / self.faults.bytes_per_s)
            if cuts != self._power_cuts:
                return
        seen = self._tail + data
        kept_from = 0
        for match in _REAL_TIME.finditer(seen):
            if match.end() > len(self._tail) and self._obey_at_once(match):
                kept_from = max(0, match.end() - len(self._tail))
        self._tail = seen[-(_LONGEST_REAL_TIME - 1) :]
        data = data[kept_from:]
        while data:
            await self._until(
                lambda: len(self._buffer) < self._buffer_bytes or cuts != self._power_cuts
            )
            if cuts != self._power_cuts:
                return
            room = self._buffer_bytes - len(self._buffer)
            self._buffer += data[:room]
            data = data[room:]
            self._changed.set()

    def _obey_at_once(self, match: "re.Match[bytes]") -> bool:
        """Obey a real-time command; True when it emptied the buffer."""
        question, enquiry, clear = match.groups()
        if question is not None:
            self._answer(bytes((real_time_answer(question[0], self.faults),)))
            return False
        if clear is not None:
            if not self._profile.clears_buffer:
                return False
            self._forget()
            self._answer(_CLEARED)
            return True
        if self.faults.cutter != "stuck" or enquiry[0] == 0:
            return False
        self.change(FaultChange(cutter="ok"))
        if enquiry[0] == 2 and self._profile.clears_buffer:
            self._forget()
            return True
        return False

    async def _obey(self, command: Command) -> None:
        match command:
            case Initialise():
                self._auto_mask = 0
            case Picture(image):
                await self._print(image)
            case Feed(rows) if rows:
                await self._print(Image.new("1", (self._profile.width_dots, rows), 255))
            case Cut(feed_rows):
                await self._cut(feed_rows)
            case AutoStatusMask(mask) if self._profile.asb:
                self._auto_mask = mask
                if mask:
                    self._answer(auto_status(self.faults))
            case ReadStatus():
                self._answer(read_answer(self.faults))
                if self._profile.cut == "none":
                    self._tear_off()
            case Identify(kind):
                name = _NAMES.get(kind)
                self._answer(b"\x20" if name is None else b"\x5f" + name.encode() + b"\x00")
            case EchoProcess(process_id) if self._profile.echo:
                await self._echoes.say(process_id)
            case EchoProcess() | Unrecognised():
                self.unrecognised_bytes += 1
            case _:
                pass

    async def _print(self, image: Image.Image) -> None:
        cuts = self._power_cuts
        width = self._profile.width_dots
        for top in range(0, image.height, _STEP_ROWS):
            await self._until(lambda: self.faults.can_print or cuts != self._power_cuts)
            bottom = min(top + _STEP_ROWS, image.height)
            if self._rows_per_s:
                await self._clock.sleep((bottom - top) / self._rows_per_s)
            if cuts != self._power_cuts:
                return
            strip = Image.new("1", (width, bottom - top), 255)
            strip.paste(image.crop((0, top, image.width, bottom)))
            self._strips.append(strip)

    async def _cut(self, feed_rows: int) -> None:
        if feed_rows:
            await self._print(Image.new("1", (self._profile.width_dots, feed_rows), 255))
        if self._profile.cut != "none":
            self._tear_off()

    def _tear_off(self) -> None:
        """Let the paper so far be a slip; where there is no knife a person's hand does it."""
        strips, self._strips = self._strips, []
        if not strips:
            return
        slip = Image.new("1", (self._profile.width_dots, sum(strip.height for strip in strips)))
        top = 0
        for strip in strips:
            slip.paste(strip, (0, top))
            top += strip.height
        self._on_slip(slip)

    def _answer(self, data: bytes) -> None:
        self._send(noise_before_answer(self.faults) + data)

    def _send(self, data: bytes) -> None:
        if data and self._line is not None and self.faults.replies:
            self._line.send(data)

    def _lose_power(self) -> None:
        self._power_cuts += 1
        self._forget()
        self._strips = []
        self._auto_mask = 0
        self._echoes.forget()
        self._hang_up()

    def _hang_up(self) -> None:
        self._hang_ups += 1
        if self._line is not None:
            self._line.drop()
        self._changed.set()

    def _forget(self) -> None:
        self._buffer.clear()
        self._interpreter.reset()
        self._changed.set()

    async def _until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._changed.clear()
            await self._changed.wait()
