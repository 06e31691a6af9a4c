"""espeak-ng as a voice: a program of its own that is given a sentence and answers with a WAV.

It runs beside us, never inside (it is GPL, and a crash of it is not ours). Arabic goes to it as the
phonemes of `arabic`, in its own signs between double brackets, since its Arabic rules are wrong in
places that a hall would hear; English goes as words.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drivers.clock import Clock, within
from drivers.errors import SoundUnusable, VoiceFailed
from drivers.voices.arabic import EMPHATIC, Phoneme, phonemes
from drivers.voices.sound import Sound, read_wav, trimmed
from drivers.voices.words import Clause, Language, Utterance

PROGRAM = "espeak-ng"
TIMEOUT_S = 3.0
"""A sentence takes 20 to 50 ms on the smallest machine we know."""
END_S = 1.0
"""How long a killed program's pipes may stay open: one that let go of its session may hold them."""
HURRY = 1.15
"""How much faster it speaks where others wait."""
LONGEST_BYTES = 30 * 44_100
"""Half a minute: more is no sentence of a hall."""

VOICES: Mapping[Language, str] = MappingProxyType({"ar": "ar", "en": "en-gb"})
"""British English is what Egyptian schools teach."""

SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "θ": "T",
        "ɡ": "g",
        "ħ": "H",
        "ð": "D",
        "r": "R",
        "ʃ": "S",
        "sˤ": "s[",
        "dˤ": "dH",
        "tˤ": "t[",
        "ðˤ": "Z",
        "ʕ": "A",
        "ɣ": "Q",
        "ʔ": "?",
    }
)
"""espeak-ng's mnemonics where they are not the IPA's own letters (its phsource/ph_arabic)."""


@dataclass(frozen=True, slots=True)
class Espeak:
    """Speaks sentences, one process each."""

    clock: Clock
    program: str = PROGRAM
    words_a_minute: int = 150
    timeout_s: float = TIMEOUT_S

    @property
    def name(self) -> str:
        """What makes its sound differ from another's; part of a cached file's name."""
        return f"{self.program}-{self.words_a_minute}"

    async def say(self, utterance: Utterance) -> Sound:
        """Return the sentence as sound, without silence at its ends. Raises VoiceFailed.

        The process, and what it started in its session, is gone when this returns, is cancelled or
        fails.
        """
        voice, text = VOICES[utterance.language], fed(utterance)
        pace = round(self.words_a_minute * (HURRY if utterance.hurried else 1))
        arguments = ("-v", voice, "-s", str(pace), "--stdin", "--stdout")
        data = await self._run(arguments, text.encode())
        try:
            return trimmed(read_wav(data, streamed=True))
        except SoundUnusable as error:
            raise VoiceFailed(self.program, error.reason) from error

    async def _run(self, arguments: tuple[str, ...], text: bytes) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(
                self.program,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            reason = "is not installed" if isinstance(error, FileNotFoundError) else str(error)
            raise VoiceFailed(self.program, reason) from error
        try:
            async with within(self.clock, self.timeout_s):
                data = await _feed(process, text)
                if len(data) > LONGEST_BYTES:
                    raise VoiceFailed(self.program, "does not come to an end")
                code = await process.wait()
        except TimeoutError:
            raise VoiceFailed(self.program, f"said nothing for {self.timeout_s:g} s") from None
        finally:
            await self._end(process)
        if code != 0:
            raise VoiceFailed(self.program, f"ended with {code}")
        return data

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """Leave no process behind: a program may be a script whose own programs hold the pipes."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            async with within(self.clock, END_S):
                await process.communicate()  # what it said is taken, else its end is never heard of


def fed(utterance: Utterance) -> str:
    """Return exactly what is written to the program for a sentence."""
    if utterance.language == "en":
        return f"{utterance.text}."
    return ", ".join(f"[[{_clause(clause)}]]" for clause in utterance.clauses) + "."


def _clause(clause: Clause) -> str:
    said = phonemes(" ".join(word.text for word in clause))
    return " ".join("".join(_signs(word)) for word in said)


def _signs(word: tuple[Phoneme, ...]) -> list[str]:
    """Return the signs of one word; a vowel after an emphatic consonant is a dark one."""
    signs = []
    is_dark = False
    for phoneme in word:
        sign = SIGNS.get(phoneme.ipa, phoneme.ipa)
        if phoneme.is_vowel and is_dark:
            sign += "."
        is_dark = phoneme.ipa in EMPHATIC
        stress = "'" if phoneme.is_stressed else ""
        signs.append(f"{stress}{sign}{':' if phoneme.is_long else ''}")
    return signs


async def _feed(process: asyncio.subprocess.Process, text: bytes) -> bytes:
    """Write the text and read the sound, at most a little more than the longest allowed."""
    if process.stdin is None or process.stdout is None:
        return b""
    with contextlib.suppress(ConnectionError):
        process.stdin.write(text)
        await process.stdin.drain()
    process.stdin.close()
    data = bytearray()
    while len(data) <= LONGEST_BYTES and (chunk := await process.stdout.read(65_536)):
        data += chunk
    return bytes(data)
