"""Asks a printer questions over one open link, and hears what it says unasked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from drivers.clock import Clock, within
from drivers.errors import LinkLost, NoReply
from drivers.printers.commands import (
    CUT,
    IDENTIFY_MAKER,
    IDENTIFY_MODEL,
    INITIALISE,
    PROBE_ID,
    READ_STATUS,
    echo_request,
    real_time_status,
)
from drivers.printers.model import Patience
from drivers.printers.profiles import Profile
from drivers.printers.replies import (
    AutoStatus,
    Block,
    ProcessEcho,
    RealTimeStatus,
    Replies,
    Reply,
    ShortReply,
)
from drivers.printers.status import Condition, condition_of_answers, condition_of_auto_status
from drivers.transports.transport import Transport, write_all


@dataclass(frozen=True, slots=True)
class Identity:
    """What a printer calls itself; empty where it does not say."""

    maker: str
    model: str


class Conversation:
    """One open link; `listen` runs beside whoever asks."""

    def __init__(
        self,
        link: Transport,
        profile: Profile,
        clock: Clock,
        patience: Patience,
        *,
        on_condition: Callable[[Condition], None],
        on_echo: Callable[[bytes], None],
    ) -> None:
        self.link = link
        self.identity: Identity | None = None
        self.condition: Condition | None = None
        """The last that was heard, asked or not."""
        self._profile = profile
        self._clock = clock
        self._patience = patience
        self._on_condition = on_condition
        self._on_echo = on_echo
        self._replies = Replies()
        self._answers: asyncio.Queue[int] = asyncio.Queue()
        self._names: asyncio.Queue[str] = asyncio.Queue()
        self._probed = asyncio.Event()
        self.read_answered = asyncio.Event()
        """Set by the answer to GS r."""
        self._alive_at = clock.monotonic()
        self._pending = 0
        self._said_by_itself = 0
        """So many automatic statuses came."""

    async def listen(self) -> None:
        """Read for as long as the link lives; raises LinkLost at its end."""
        while True:
            data = await self.link.read()
            self._alive_at = self._clock.monotonic()
            for reply in self._replies.feed(data):
                self._hear(reply)

    @property
    def echoes(self) -> bool:
        """Whether the printer proved that it echoes process ids, be it late."""
        return self._probed.is_set()

    def silent_s(self) -> float:
        """Return for how long the printer neither said anything nor took any bytes."""
        pending = self.link.pending()
        if pending < self._pending:
            self._alive_at = self._clock.monotonic()
        self._pending = pending
        return self._clock.monotonic() - self._alive_at

    def must_be_alive(self) -> None:
        """Raise LinkLost once the printer has been silent for too long."""
        if self.silent_s() >= self._patience.silence_s:
            raise LinkLost(self.link.url, f"silent for {self._patience.silence_s:g} s")

    async def ask_condition(self) -> Condition:
        """Ask DLE EOT 1 to 4, one after the other. Raises NoReply, LinkLost.

        What the printer says by itself meanwhile is one look and newer than the first of these:
        it counts, or a cover closed between two answers would be open once more.
        """
        before = self._said_by_itself
        while not self._answers.empty():
            self._answers.get_nowait()
        answers = []
        for question in (1, 2, 3, 4):
            try:
                async with within(self._clock, self._patience.reply_s):
                    await self._say(real_time_status(question))
                    answers.append(await self._answers.get())
            except TimeoutError:
                self._replies.reset()
                raise NoReply(f"DLE EOT {question}", self._patience.reply_s) from None
        if self.condition is not None and self._said_by_itself != before:
            return self.condition
        printer, offline, error, paper = answers
        condition = condition_of_answers(printer, offline, error, paper)
        self._learn(condition)
        return condition

    async def end_cut_off_picture(self, longest_bytes: int) -> None:
        """Free a printer from a picture whose rest never came, and cut off what there is of it.

        It takes the NULs for the rest of the picture, where it would else take the next job;
        a printer that waits for nothing ignores them.
        """
        await self._say(bytes(longest_bytes) + INITIALISE + CUT)

    async def introduce(self) -> None:
        """Learn the printer's name, and whether it echoes; silence is an answer too."""
        maker = await self._name(IDENTIFY_MAKER)
        model = await self._name(IDENTIFY_MODEL) if maker else ""
        self.identity = Identity(maker, model)
        if self._profile.echo:
            await self._say(echo_request(PROBE_ID))
            await self.wait(self._probed, self._patience.probe_s)

    def proof_request(self, process_id: bytes) -> bytes:
        """Return what to send after a job so that the printer tells when it is done with it."""
        self.read_answered.clear()
        if self.echoes:
            return echo_request(process_id)
        return READ_STATUS if self._profile.answers else b""

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for an event; False when it did not come in time."""
        try:
            async with within(self._clock, seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True

    async def _say(self, message: bytes) -> None:
        await write_all(self.link, message, self._clock, self._patience.silence_s)

    async def _name(self, question: bytes) -> str:
        await self._say(question)
        try:
            async with within(self._clock, self._patience.reply_s):
                return await self._names.get()
        except TimeoutError:
            return ""

    def _hear(self, reply: Reply) -> None:
        match reply:
            case RealTimeStatus(bits):
                self._answers.put_nowait(bits)
            case AutoStatus():
                self._said_by_itself += 1
                self._learn(condition_of_auto_status(reply))
            case ProcessEcho(echoed) if echoed == PROBE_ID:
                self._probed.set()
            case ProcessEcho(echoed):
                self._on_echo(echoed)
            case ShortReply():
                self.read_answered.set()
            case Block(start=0x5F, body=body):
                self._names.put_nowait(body.decode("ascii", "replace"))
            case _:
                pass

    def _learn(self, condition: Condition) -> None:
        self.condition = condition
        self._on_condition(condition)
