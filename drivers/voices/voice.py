"""One voice from what there is: a person's recordings, else the machine's speech, else nothing."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import structlog

from drivers.errors import ClipsMissing, VoiceFailed
from drivers.voices.clips import Clips
from drivers.voices.sound import Sound, joined, silence
from drivers.voices.words import Utterance

logger = structlog.get_logger()

LANGUAGE_PAUSE_S = 0.45


class Engine(Protocol):
    """A program that speaks any sentence."""

    @property
    def name(self) -> str: ...

    async def say(self, utterance: Utterance) -> Sound: ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """Sentences as one sound."""

    sound: Sound
    by: tuple[str, ...]
    """Who said each: `clips` or `engine`."""


class Voice:
    """Says sentences by the best means that can say each one whole.

    Recordings are read and joined on one thread of their own. A trouble that begins or ends is
    logged once.
    """

    def __init__(self, *, clips: Clips | None, engine: Engine | None) -> None:
        self._clips = clips
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="clips") if clips else None
        self.trouble: str | None = None
        """Why the last sentence could not be said; None when it could."""

    @property
    def name(self) -> str:
        """What makes its sounds differ from another voice's; blocking."""
        names = [each.name for each in (self._clips, self._engine) if each is not None]
        return "+".join(names)

    async def say(self, utterances: Sequence[Utterance]) -> Spoken:
        """Return the sentences one after another. Raises VoiceFailed if one can't be said."""
        parts: list[Sound] = []
        by: list[str] = []
        try:
            for utterance in utterances:
                if parts:
                    parts.append(silence(LANGUAGE_PAUSE_S))
                sound, who = await self._say(utterance)
                parts.append(sound)
                by.append(who)
        except VoiceFailed as failed:
            self._be_troubled(str(failed))
            raise
        self._be_troubled(None)
        return Spoken(joined(parts), tuple(by))

    def close(self) -> None:
        """End the thread; what it does now, it finishes."""
        if self._thread is not None:
            self._thread.shutdown(wait=False)

    async def _say(self, utterance: Utterance) -> tuple[Sound, str]:
        reason = "there is neither a recording nor a speech program"
        if self._clips is not None and self._thread is not None:
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._thread, self._clips.say, utterance), "clips"
            except ClipsMissing as missing:
                reason = str(missing)
        if self._engine is None:
            raise VoiceFailed("voice", reason)
        return await self._engine.say(utterance), "engine"

    def _be_troubled(self, trouble: str | None) -> None:
        if (trouble is None) != (self.trouble is None):
            if trouble is None:
                logger.info("voice_is_back")
            else:
                logger.warning("voice_is_lost", reason=trouble)
        self.trouble = trouble
