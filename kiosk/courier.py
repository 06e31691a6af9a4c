"""Carries the outbox's words to the server until settled, one at a time about each thing."""

import asyncio
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from core_services.clock import Clock
from core_services.link.frame import Frame
from drivers.clock import within
from kiosk.wordbook import KeptWord, WordBook

logger = structlog.get_logger()

AT_ONCE = 16
"""Words on their way at a time: the server does eight of a device's commands at once."""
LOOKED_AT = 256
"""Words looked at in one round; those that a server fails at must not stand in the others' way."""
RESEND_S = 15.0
"""A server that answers nothing for so long may have failed at the word: say it again."""
RETRY_S = 3.0
"""When the server asks to be asked later, or takes this machine for another."""
_LATER = (403, 429, 502, 503, 504)
"""403: the token is that of another kind of device, for which no word is forgotten."""


class Line(Protocol):
    """What takes frames to the server."""

    async def send(self, frame: Frame) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Sent:
    word: KeptWord
    again_at: float
    unanswered: int
    """So often it was said on this line without an answer yet."""


class Courier:
    """The words of one outbox on their way to one server."""

    def __init__(self, outbox: WordBook, line: Line, clock: Clock) -> None:
        self._outbox = outbox
        self._line = line
        self._clock = clock
        self._epoch: UUID | None = None
        self._sent: dict[str, _Sent] = {}
        self._echoes: dict[str, int] = {}
        """Answers that may still come to a word that was said twice and is settled: the next word
        about the same thing is not settled by them."""
        self._wake = asyncio.Event()

    def line_up(self, epoch: UUID) -> None:
        """A server of this epoch listens; what it has not settled is said again."""
        self._forget_line()
        self._epoch = epoch
        self._wake.set()

    def line_down(self) -> None:
        """Nobody listens; answers that were on their way are lost."""
        self._forget_line()
        self._epoch = None

    def wake(self) -> None:
        """A word was written down."""
        self._wake.set()

    def settled(self, about: str, ticket: UUID | None = None) -> None:
        """The server has recorded the word about this; `ticket` as it names it."""
        if self._is_echo(about):
            return
        sent = self._sent.pop(about, None)
        if sent is not None and self._epoch is not None:
            if sent.unanswered > 1:
                self._echoes[about] = sent.unanswered - 1
            self._outbox.answered(sent.word, self._epoch, ticket)
            self._wake.set()

    def refused(self, about: str, status: object) -> bool:
        """The server refused what was said about this; False: no word about it was on its way.

        A refusal settles the word: the server has its reasons and said them, and saying the same
        again changes nothing; unless it asks to be asked later.
        """
        if self._is_echo(about):
            return True
        sent = self._sent.get(about)
        if sent is None:
            return False
        if status in _LATER:
            again_at = self._clock.monotonic() + RETRY_S
            self._sent[about] = _Sent(sent.word, again_at, sent.unanswered - 1)
            self._wake.set()
            return True
        logger.warning("word_refused", about=about, status=status)
        self.settled(about)
        return True

    async def run(self) -> None:
        """Carry words until cancelled."""
        while True:
            self._wake.clear()
            await self._send_due()
            now = self._clock.monotonic()
            waits = [sent.again_at - now for sent in self._sent.values() if sent.again_at > now]
            try:
                async with within(self._clock, max(0.01, min(waits, default=RESEND_S))):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _send_due(self) -> None:
        """Say what is due, first what this line has not heard: a word that the server fails at
        stands in nobody's way."""
        if self._epoch is None:
            return
        now = self._clock.monotonic()
        on_their_way = {about for about, sent in self._sent.items() if sent.again_at > now}
        words = self._outbox.unsettled(self._epoch, limit=LOOKED_AT)
        due = [word for word in words if word.about not in on_their_way]
        due.sort(key=lambda word: word.about in self._sent)
        for word in due[: max(0, AT_ONCE - len(on_their_way))]:
            if not await self._send(word):
                return

    async def _send(self, word: KeptWord) -> bool:
        """Send a word; it counts as sent before the answer can come."""
        before = self._sent.get(word.about)
        unanswered = 1 if before is None else before.unanswered + 1
        self._sent[word.about] = _Sent(word, self._clock.monotonic() + RESEND_S, unanswered)
        if await self._line.send(word.frame):
            return True
        self._sent.pop(word.about, None)
        return False

    def _is_echo(self, about: str) -> bool:
        """Say whether an answer is a second one to what is settled, and count it."""
        left = self._echoes.pop(about, 0)
        if left > 1:
            self._echoes[about] = left - 1
        return left > 0

    def _forget_line(self) -> None:
        """No answer of another line ever comes."""
        self._sent.clear()
        self._echoes.clear()
