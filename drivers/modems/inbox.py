"""Reads what came in: messages, which are then deleted so that the SIM never fills, and reports."""

import re
from collections.abc import Callable
from datetime import timedelta

import structlog

from drivers.clock import Clock
from drivers.errors import PduUnreadable
from drivers.modems.at import Line
from drivers.modems.conversation import Conversation
from drivers.modems.model import Incoming, Patience
from drivers.modems.outbox import Outbox
from drivers.modems.pdu import Deliver, StatusReport, read_pdu
from drivers.modems.reassembly import Collector, Key, key_of

logger = structlog.get_logger()

_PLACE = re.compile(r'"(\w{2})" ?, ?(\d+)')
_MOST_PLACES = 256
"""More notices than that wait only where somebody floods the modem: a sweep finds them all."""


class Inbox:
    """What the modem holds for us. A message may be given out again after a kill, never lost."""

    def __init__(
        self,
        outbox: Outbox,
        clock: Clock,
        patience: Patience,
        *,
        on_incoming: Callable[[Incoming], None] | None,
        on_report: Callable[[StatusReport], None],
    ) -> None:
        """Without `on_incoming` messages are deleted unread, and counted; no part is kept."""
        self.dropped = 0
        """Parts of messages that were deleted unread."""
        self._outbox = outbox
        self._clock = clock
        self._on_incoming = on_incoming
        self._on_report = on_report
        self._collector = Collector(timedelta(seconds=patience.incoming_parts_s))
        self._places: dict[tuple[str, int], None] = {}
        self._is_swept = False

    def load(self) -> None:
        """Take up the parts that an earlier process kept."""
        for pdu, length, came_at in self._outbox.sim.incoming():
            part = read_pdu(bytes.fromhex(pdu), length)
            if isinstance(part, Deliver):
                self._collector.add(part, came_at)

    def must_sweep(self) -> None:
        """Have everything looked through at the next `fetch`: notices may have been lost."""
        self._is_swept = False

    def hear(self, line: Line) -> bool:
        """Take a line that was said unasked; True: there is something to fetch now."""
        if line.head in ("+CDS", "+CMT") and line.pdu is not None:
            self._take(line)
        elif line.head in ("+CMTI", "+CDSI") and (place := _PLACE.match(line.rest)):
            if len(self._places) >= _MOST_PLACES:
                self._is_swept = False
            else:
                self._places[place[1], int(place[2])] = None
            return True
        return False

    async def fetch(self, talk: Conversation) -> None:
        """Read and delete what is there. Raises NoReply, LinkLost, ModemRestarted."""
        if not self._is_swept:
            await talk.command('AT+CPMS="SM","SM","SM"', "+CPMS")
            await self._sweep(talk)
            self._is_swept = True
        while self._places:
            memory, index = next(iter(self._places))
            # Forgotten first: the place may be filled, and told of, while it is being emptied. If
            # the modem stops answering amid this, the sweep that follows finds what is left.
            del self._places[memory, index]
            await talk.command(f'AT+CPMS="{memory}"', "+CPMS")
            for line in (await talk.command(f"AT+CMGR={index}", "+CMGR")).lines:
                self._take(line)
            await talk.command(f"AT+CMGD={index}")
        self._give_up_waiting()

    async def _sweep(self, talk: Conversation) -> None:
        answer = await talk.command("AT+CMGL=4", "+CMGL")
        for line in answer.lines:
            index = line.rest.split(",")[0].strip()
            if index.isdecimal():
                self._take(line)
                await talk.command(f"AT+CMGD={index}")

    def _take(self, line: Line) -> None:
        """Read one message; what can't be read is told without a word of it, and deleted too."""
        if not line.pdu:
            return
        try:
            length = int(line.rest.split(",")[-1].strip())
            message = read_pdu(bytes.fromhex(line.pdu), length)
        except (PduUnreadable, ValueError) as error:
            reason = error.reason if isinstance(error, PduUnreadable) else "no length"
            logger.warning("message_unreadable", reason=reason)
            return
        if isinstance(message, StatusReport):
            self._on_report(message)
        elif self._on_incoming is not None:
            self._collect(message, line.pdu, length)
        else:
            self.dropped += 1
            logger.info("message_dropped", so_far=self.dropped)

    def _collect(self, part: Deliver, pdu: str, length: int) -> None:
        key = key_of(part)
        whole = self._collector.add(part, self._clock.now())
        if key is not None and self._collector.is_waiting(key):
            if whole:
                self._outbox.sim.forget_incoming(_written(key))
            self._outbox.sim.keep_incoming(_written(key), pdu, length)
        self._give(whole)
        if key is not None and not self._collector.is_waiting(key):
            self._outbox.sim.forget_incoming(_written(key))

    def _give_up_waiting(self) -> None:
        for key, incomplete in self._collector.expired(self._clock.now()):
            self._give([incomplete])
            self._outbox.sim.forget_incoming(_written(key))

    def _give(self, messages: list[Incoming]) -> None:
        if self._on_incoming is not None:
            for message in messages:
                self._on_incoming(message)


def _written(key: Key) -> str:
    return "/".join(map(str, key))
