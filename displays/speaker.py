"""Turns what is to be said into recordings, one at a time, and knows why it has no voice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time

import structlog

from core_services.pulse import Pulse
from displays.board import Call
from displays.recordings import Recording, Recordings, name_of
from displays.spoken import call_words
from drivers.errors import VoiceFailed
from drivers.voices.voice import Voice
from drivers.voices.words import Utterance

logger = structlog.get_logger()

OnWords = Callable[[int, Recording | None], Awaitable[None]]
_MOST_ASKED = 8
_BOUND_S = 60.0
"""The speech program has 3 s for a sentence; recordings come from a disk."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud a screen's part of the hall is, in per cent."""

    usual: int = 85
    recall: int = 100
    quiet: int = 0
    """Of the voice within quiet hours; the chime stays as it is."""
    quiet_hours: tuple[tuple[time, time], ...] = ()
    """From and until, by the centre's wall; one may pass midnight."""

    def is_quiet(self, now: datetime | None) -> bool:
        """Say whether a local moment lies within quiet hours; an unknown one does not."""
        if now is None:
            return False
        at = now.time()
        return any(
            start <= at < end if start <= end else at >= start or at < end
            for start, end in self.quiet_hours
        )

    def of_voice(self, call: Call, now: datetime | None) -> int:
        """Return the loudness of a call's words."""
        if self.is_quiet(now):
            return self.quiet
        return self.recall if call.recall else self.usual


class Speaker:
    """Makes the words of the calls it is asked for; the owner of the voice."""

    def __init__(self, voice: Voice, recordings: Recordings, pulse: Pulse) -> None:
        self._voice = voice
        self._pulse = pulse
        self._recordings = recordings
        self._asked: asyncio.Queue[tuple[int, tuple[Utterance, ...]]] = asyncio.Queue(_MOST_ASKED)

    @property
    def trouble(self) -> str | None:
        """Why the last call was not spoken; None when it was."""
        return self._voice.trouble

    def ask(self, call: Call, *, hurried: bool) -> None:
        """Have a call's words made; the oldest wish goes when there are too many."""
        self.ask_for(call.id, call_words(call, hurried=hurried))

    def ask_for(self, key: int, utterances: tuple[Utterance, ...]) -> None:
        """Have sentences made, which come back under a key."""
        if self._asked.full():
            self._asked.get_nowait()
        self._asked.put_nowait((key, utterances))

    async def run(self, on_words: OnWords) -> None:
        """Make words until cancelled; `on_words` gets None where nothing can be said."""
        while True:
            key, utterances = await self._asked.get()
            with self._pulse.bounded("the voice", _BOUND_S):
                words = await self._words(key, utterances)
            await on_words(key, words)

    async def words(self, call: Call, *, hurried: bool) -> Recording | None:
        """Return a call's words from the disk or made anew; None if nothing can say them."""
        return await self._words(call.id, call_words(call, hurried=hurried))

    async def _words(self, key: int, utterances: tuple[Utterance, ...]) -> Recording | None:
        if not utterances:
            logger.warning("not_speakable", call=key)
            return None
        name = name_of(self._voice.name, "\n".join(each.text for each in utterances))
        kept = self._recordings.find(name)
        if kept is not None:
            return kept
        try:
            spoken = await self._voice.say(utterances)
        except VoiceFailed:
            return None
        return self._recordings.keep(name, spoken.sound)
