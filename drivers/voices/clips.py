"""A person's voice from a folder: one recording a word, joined to sentences.

A sentence with one missing word is not said at all here: half a person and half a machine is harder
to understand than either. The folder is `ar/and-40.wav`, `en/window.wav` and so on.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from drivers.errors import ClipsMissing, SoundUnusable
from drivers.voices.sound import Sound, joined, levelled, read_wav, silence, trimmed, write_wav
from drivers.voices.words import Language, Utterance, Word

CLAUSE_PAUSE_S = 0.30
LARGEST_CLIP_BYTES = 1_000_000
LOUD_ENOUGH_PEAK = 0.08
SHORTEST_S, LONGEST_S = 0.15, 4.0
CLIPPED_AT_MOST = 3
"""Samples at full scale in one recording: more is heard as a crackle."""


@dataclass(frozen=True, slots=True)
class Clips:
    """Recordings of one speaker; each is read once, trimmed and made as loud as the others."""

    folder: Path
    _read: dict[tuple[Language, str], tuple[int, Sound]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What makes its sound differ from another's: every recording's name and age."""
        marks = sorted(
            f"{path.parent.name}/{path.name}:{_age(path)}" for path in self.folder.glob("*/*.wav")
        )
        return f"clips-{hashlib.sha256(' '.join(marks).encode()).hexdigest()[:16]}"

    def path(self, language: Language, word: Word) -> Path:
        """Return where a word's recording lies."""
        return self.folder / language / f"{word.clip}.wav"

    def missing(self, language: Language, words: Iterable[Word]) -> tuple[Word, ...]:
        """Return the words without a recording that can be used; blocking."""
        return tuple(word for word in words if self._clip(language, word) is None)

    def say(self, utterance: Utterance) -> Sound:
        """Return the sentence; blocking for some 10 ms. Raises ClipsMissing."""
        missing = self.missing(utterance.language, utterance.words)
        if missing:
            raise ClipsMissing(tuple(f"{utterance.language}/{word.clip}" for word in missing))
        parts: list[Sound] = []
        for clause in utterance.clauses:
            if parts:
                parts.append(silence(CLAUSE_PAUSE_S))
            parts.extend(
                clip
                for word in clause
                if (clip := self._clip(utterance.language, word)) is not None
            )
        return joined(parts)

    def save(self, language: Language, word: Word, data: bytes) -> Sound:
        """Check a recording and keep it. Raises SoundUnusable with what is wrong, and OSError."""
        sound = checked(data)
        path = self.path(language, word)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write_wav(sound))
        return sound

    def _clip(self, language: Language, word: Word) -> Sound | None:
        path = self.path(language, word)
        try:
            mark = path.stat().st_mtime_ns
            known = self._read.get((language, word.clip))
            if known is not None and known[0] == mark:
                return known[1]
            if path.stat().st_size > LARGEST_CLIP_BYTES:
                return None
            sound = levelled(trimmed(read_wav(path.read_bytes())))
        except (OSError, SoundUnusable):
            return None
        self._read[language, word.clip] = (mark, sound)
        return sound


def checked(data: bytes) -> Sound:
    """Return a recording without the silence around it. Raises SoundUnusable: too short, too long,
    too quiet or too loud, in words for whoever records."""
    sound = read_wav(data)
    if sound.clipped > CLIPPED_AT_MOST:
        raise SoundUnusable("too loud: it crackles; move away from the microphone")
    sound = trimmed(sound)
    if sound.peak < LOUD_ENOUGH_PEAK:
        raise SoundUnusable("too quiet: come nearer or speak up")
    if sound.duration_s < SHORTEST_S:
        raise SoundUnusable(f"too short: {sound.duration_s:.2f} s")
    if sound.duration_s > LONGEST_S:
        raise SoundUnusable(f"too long: {sound.duration_s:.1f} s; is it quiet around you?")
    return sound


def _age(path: Path) -> int:
    """Return when a recording was written; 0 once it is gone, or only points at what is gone."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
