"""Guides a speaker through the words without a recording, and refuses what will not do."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from displays.spoken import every_word
from drivers.errors import SoundUnusable, VoiceFailed
from drivers.voices.clips import Clips, checked
from drivers.voices.sound import RATE_HZ
from drivers.voices.words import Language, Word

TAKE_S = 3
"""How long one word is listened to."""
PATIENCE_S = 5.0
"""How much longer than that the recording program may take."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A recording that will not do, or a file that no word has."""

    name: str
    reason: str


def take(program: str, seconds: int = TAKE_S) -> bytes:
    """Record for so many seconds with a program as `arecord`. Raises VoiceFailed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take.wav"
        form = ("-t", "wav", "-f", "S16_LE", "-c", "1", "-r", str(RATE_HZ))
        command = [program, "-q", *form, "-d", str(seconds), str(path)]
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=seconds + PATIENCE_S, check=False
            )
            if done.returncode != 0:
                words = done.stderr.decode(errors="replace").strip()
                raise VoiceFailed(program, words or f"ended with {done.returncode}")
            return path.read_bytes()
        except FileNotFoundError as error:
            raise VoiceFailed(program, "is not installed, or recorded nothing") from error
        except subprocess.TimeoutExpired as error:
            raise VoiceFailed(program, "does not come to an end") from error
        except OSError as error:
            raise VoiceFailed(program, str(error)) from error


def missing(clips: Clips, language: Language) -> tuple[Word, ...]:
    """Return the words that calls need and that have no recording that can be used."""
    return clips.missing(language, every_word(language))


def faults(clips: Clips, language: Language) -> Iterator[Fault]:
    """Yield what is wrong with the recordings that are there."""
    words = {word.clip for word in every_word(language)}
    for path in sorted((clips.folder / language).glob("*.wav")):
        if path.stem not in words:
            yield Fault(f"{language}/{path.name}", "no call has this word")
            continue
        try:
            checked(path.read_bytes())
        except (SoundUnusable, OSError) as error:
            yield Fault(f"{language}/{path.name}", str(error))


def take_in(clips: Clips, language: Language, folder: Path) -> tuple[int, tuple[Fault, ...]]:
    """Keep the recordings of a folder whose names are words'; return how many, and the refused."""
    kept, refused = 0, []
    for word in every_word(language):
        path = folder / f"{word.clip}.wav"
        if not path.exists():
            continue
        try:
            clips.save(language, word, path.read_bytes())
            kept += 1
        except (SoundUnusable, OSError) as error:
            refused.append(Fault(path.name, str(error)))
    return kept, tuple(refused)


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting with a speaker."""

    clips: Clips
    language: Language
    record: Callable[[], bytes]
    ask: Callable[[str], str]
    """Shows a line and returns what was typed: nothing to record, `s` to skip, `q` to end."""
    tell: Callable[[str], None]

    def run(self) -> int:
        """Go through the missing words until they are recorded or the speaker ends; return how
        many were recorded. A take that will not do is asked for again. Raises VoiceFailed, OSError.
        """
        words = missing(self.clips, self.language)
        recorded = 0
        for place, word in enumerate(words, start=1):
            answer = self._record(f"{place}/{len(words)}  {shown(word)}", word)
            if answer == "q":
                break
            recorded += answer == ""
        return recorded

    def _record(self, line: str, word: Word) -> str:
        while True:
            answer = self.ask(line).strip().lower()
            if answer in ("s", "q"):
                return answer
            try:
                sound = self.clips.save(self.language, word, self.record())
            except SoundUnusable as error:
                self.tell(f"Once more: {error}.")
                continue
            self.tell(f"Good: {sound.duration_s:.1f} s.")
            return ""


def shown(word: Word) -> str:
    """Return a word as a speaker reads it, with its vowels and without signs for programs."""
    return word.text.replace("\u2060", "").replace("ٱ", "ا")
