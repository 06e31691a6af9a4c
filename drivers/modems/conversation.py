"""Speaks AT commands over one open link, and hears what the modem says unasked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.clock import Clock, within
from drivers.errors import LinkLost, ModemRestarted, NoReply
from drivers.modems.at import Echo, Final, Line, Lines, Prompt, Said
from drivers.modems.model import Patience
from drivers.modems.pdu import SubmitPdu
from drivers.transports.transport import Transport, write_all

_ESCAPE, _SEND = b"\x1b", b"\x1a"
_RESTARTED = frozenset({"RDY", "START", "^SYSSTART", "SYSSTART", "NORMAL POWER DOWN"})
"""What modems say when they begin anew: the command in hand will never be answered."""
_RESTARTED_BEFORE = frozenset({"SMS Ready", "Call Ready", "+CFUN"})
"""What some say many seconds later, or instead: by then another command may be in hand."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came for one command."""

    final: Final
    lines: tuple[Line, ...] = ()

    @property
    def is_ok(self) -> bool:
        return self.final.is_ok


@dataclass(slots=True)
class Handover:
    """One part on its way into the modem. `is_made` is exact at every moment, also after a failure:
    from then on only an answer tells what became of the part."""

    pdu: SubmitPdu
    is_made: bool = False


@dataclass(slots=True)
class _Asking:
    """The command that is being answered."""

    words: str
    heads: tuple[str, ...]
    lines: list[Line] = field(default_factory=list)
    final: Final | None = None
    is_prompted: bool = False
    is_restarted: bool = False
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_over(self) -> bool:
        return self.final is not None or self.is_restarted


class Conversation:
    """One open link; `listen` runs beside whoever asks. One command at a time."""

    def __init__(
        self,
        link: Transport,
        clock: Clock,
        patience: Patience,
        *,
        on_unasked: Callable[[Line], None],
        on_restart: Callable[[], None],
    ) -> None:
        """`on_restart` is told whenever the modem may have forgotten what it was told."""
        self.link = link
        self._clock = clock
        self._patience = patience
        self._on_unasked = on_unasked
        self._on_restart = on_restart
        self._lines = Lines()
        self._asking: _Asking | None = None
        self._is_echo_off = False
        self._stray_finals = 0

    async def listen(self) -> None:
        """Read for as long as the link lives; raises LinkLost at its end."""
        while True:
            for said in self._lines.feed(await self.link.read()):
                self._hear(said)

    async def attract(self, *, on_silence: Callable[[], None]) -> None:
        """Get an answer to a bare AT, whatever the modem was doing. Raises LinkLost after silence.

        It may still wait for the octets of a message that a dead process began, or come to do so
        late: ESC ends that, and must come before anything that would be taken for such octets.
        """
        began = self._clock.monotonic()
        self._is_echo_off = False
        self._lines.reset()
        while True:
            await self._say(_ESCAPE + b"\r")
            await self._is_quiet()
            try:
                answer = await self.command("AT", timeout_s=self._patience.attention_s)
                if answer.is_ok and await self._is_quiet():
                    return
            except NoReply:
                on_silence()
            except ModemRestarted:
                pass
            waited_s = self._clock.monotonic() - began
            if waited_s >= self._patience.silence_s:
                raise LinkLost(self.link.url, f"no answer to AT for {waited_s:.0f} s")

    async def turn_echo_off(self) -> None:
        """Say ATE0; echoes heard later mean that the modem began anew. Raises as `command`."""
        self._is_echo_off = (await self.command("ATE0")).is_ok

    async def command(self, words: str, *heads: str, timeout_s: float | None = None) -> Answer:
        """Ask one thing; lines with one of the heads belong to the answer.

        Raises NoReply, LinkLost, ModemRestarted.
        """
        asking = self._asking = _Asking(words.partition("=")[0], heads)
        try:
            await self._say(words.encode("ascii") + b"\r")
            return await self._answer(asking, timeout_s or self._patience.reply_s)
        finally:
            self._asking = None

    async def send(self, handover: Handover, *, before: Callable[[], None]) -> Answer:
        """Give the modem one part; return its answer, which may come before the part was made over.

        `before` is called right before the one byte that makes the modem send. Raises NoReply,
        LinkLost and ModemRestarted.
        """
        asking = self._asking = _Asking("AT+CMGS", ("+CMGS",))
        try:
            await self._until_prompt(asking, handover.pdu.length)
            if not asking.is_over:
                await self._say(handover.pdu.octets.hex().upper().encode("ascii"))
            if not asking.is_over:
                before()
                await self._hand_over(handover)
            longest_s = self._patience.answer_s if handover.is_made else self._patience.reply_s
            return await self._answer(asking, longest_s)
        finally:
            self._asking = None

    async def _until_prompt(self, asking: _Asking, length: int) -> None:
        """Have the modem ask for the octets, or refuse. Raises NoReply."""
        self._lines.awaits_prompt = True
        try:
            await self._say(f"AT+CMGS={length}\r".encode("ascii"))
            async with within(self._clock, self._patience.prompt_s):
                while not (asking.is_prompted or asking.is_over):
                    asking.stirred.clear()
                    await asking.stirred.wait()
        except TimeoutError:
            raise NoReply(asking.words, self._patience.prompt_s) from None
        finally:
            self._lines.awaits_prompt = False

    async def _hand_over(self, handover: Handover) -> None:
        try:
            async with within(self._clock, self._patience.write_s):
                await self.link.write(_SEND)
                handover.is_made = True
        except TimeoutError:
            raise LinkLost(
                self.link.url, f"took no bytes for {self._patience.write_s:g} s"
            ) from None

    async def _answer(self, asking: _Asking, longest_s: float) -> Answer:
        try:
            async with within(self._clock, longest_s):
                while not asking.is_over:
                    asking.stirred.clear()
                    await asking.stirred.wait()
        except TimeoutError:
            raise NoReply(asking.words, longest_s) from None
        if asking.final is None:
            raise ModemRestarted
        return Answer(asking.final, tuple(asking.lines))

    async def _is_quiet(self) -> bool:
        """Wait a little; False when an answer to an earlier command still came."""
        strays = self._stray_finals
        await self._clock.sleep(self._patience.quiet_s)
        return strays == self._stray_finals

    async def _say(self, message: bytes) -> None:
        await write_all(self.link, message, self._clock, self._patience.write_s)

    def _hear(self, said: Said) -> None:
        asking = self._asking
        match said:
            case Final():
                if asking is None or asking.final is not None:
                    self._stray_finals += 1
                else:
                    asking.final = said
            case Prompt() if asking is not None:
                asking.is_prompted = True
            case Echo() if self._is_echo_off:
                self._is_echo_off = False
                self._on_restart()
            case Line(head=head) if head in _RESTARTED:
                self._on_restart()
                if asking is not None:
                    asking.is_restarted = True
            case Line(head=head) if head in _RESTARTED_BEFORE:
                self._on_restart()
            case Line(head=head) if asking is not None and head in asking.heads:
                asking.lines.append(said)
            case Line():
                self._on_unasked(said)
            case _:
                pass
        if asking is not None:
            asking.stirred.set()
