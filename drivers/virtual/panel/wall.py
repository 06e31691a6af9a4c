"""A bus with its virtual panels: takes bytes as they come, with the faults it has."""

from collections.abc import Callable, Sequence

from drivers.clock import Clock
from drivers.virtual.lines import Line
from drivers.virtual.panel.faults import FaultChange, Faults
from drivers.virtual.panel.reading import Reader, Shown


class Wall:
    """The panels at some addresses, and the one link that can be held to them."""

    def __init__(self, addresses: range, clock: Clock) -> None:
        self.addresses = addresses
        self.faults = Faults()
        self.received_bytes = 0
        self._clock = clock
        self._reader: Reader | None = None
        self._line: Line | None = None

    def mount(self, make: Callable[["Wall"], Reader]) -> "Wall":
        """Give the wall its panels."""
        self._reader = make(self)
        return self

    @property
    def reader(self) -> Reader:
        """The panels. Raises RuntimeError before `mount`."""
        if self._reader is None:
            raise RuntimeError("there are no panels on this wall yet")
        return self._reader

    @property
    def is_connected(self) -> bool:
        """Whether somebody holds the link."""
        return self._line is not None

    def is_plugged(self) -> bool:
        """Tell whether a link can be opened."""
        return self.faults.plug == "in"

    def is_dead(self, address: int) -> bool:
        """Tell whether the panel at an address hangs."""
        return self.faults.dead == address

    def refuses(self) -> bool:
        """Tell whether panels answer that they failed."""
        return self.faults.answers == "refused"

    def change(self, change: FaultChange) -> None:
        """Let something go wrong, or right again."""
        self.faults = change.applied_to(self.faults)
        if change.power in ("off", "cycle"):
            self.reader.forget()
        if change.plug == "out" and self._line is not None:
            self._line.drop()

    def shown(self) -> Sequence[tuple[int, Shown]]:
        """Return what each panel shows; one without power shows nothing."""
        if self.faults.power == "off":
            return [(address, Shown()) for address in self.addresses]
        return [(address, self.reader.shown(address)) for address in self.addresses]

    async def attend(self, line: Line) -> None:
        """Serve one link to its end."""
        self._line = line
        try:
            while data := await line.read():
                self.received_bytes += len(data)
                if self.faults.bytes_per_s:
                    await self._clock.sleep(len(data) / self.faults.bytes_per_s)
                if self.faults.deaf or self.faults.power == "off":
                    continue
                answer = self.reader.feed(data)
                if answer and self.faults.answers == "garbled":
                    answer = answer[:-1] + bytes((answer[-1] ^ 0x55,))
                if answer:
                    line.send(answer)
        finally:
            if self._line is line:
                self._line = None
