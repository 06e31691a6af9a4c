"""When and how a virtual printer says that paper is out: at once, late, wrong, in pieces, never."""

import asyncio
from collections.abc import Callable

from drivers.clock import Clock
from drivers.virtual.printer.faults import Faults, echo_of, noise_before_answer


class Echoes:
    """The echoes of one printer; those that are delayed are sent in their order by `run`."""

    def __init__(
        self, clock: Clock, faults: Callable[[], Faults], send: Callable[[bytes], None]
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._send = send
        self._lost = 0
        self._delayed: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def say(self, process_id: bytes) -> None:
        """Send a process id back as the faults have it."""
        delay_s = self._faults().echo_delay_ms / 1000
        if delay_s:
            self._delayed.put_nowait((self._clock.monotonic() + delay_s, process_id))
        else:
            await self._send_in_pieces(process_id)

    def forget(self) -> None:
        """Lose what was not sent yet, as a power cut does."""
        self._lost += 1
        while not self._delayed.empty():
            self._delayed.get_nowait()

    async def run(self) -> None:
        """Send the delayed ones as they fall due, until cancelled."""
        while True:
            due_at, process_id = await self._delayed.get()
            lost = self._lost
            await self._clock.sleep(max(0.0, due_at - self._clock.monotonic()))
            if lost == self._lost:
                await self._send_in_pieces(process_id)

    async def _send_in_pieces(self, process_id: bytes) -> None:
        faults = self._faults()
        for number, piece in enumerate(echo_of(process_id, faults)):
            if number == 0 or faults.noise == "xon":  # which comes between any two bytes
                self._send(noise_before_answer(faults))
            self._send(piece)
            await asyncio.sleep(0)
