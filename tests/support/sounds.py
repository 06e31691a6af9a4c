"""Sounds for tests: tones for recordings, and programs that speak, or fail to."""

import math
import sys
from array import array
from pathlib import Path

from drivers.voices.sound import RATE_HZ, Sound, silence, write_wav


def tone(
    seconds: float = 0.4, *, level: float = 0.3, hz: float = 220.0, around_s: float = 0.0
) -> Sound:
    """Return a tone with silence around it; `level` is its peak, above 1.0 it is clipped."""
    samples = array(
        "h",
        (
            max(-32767, min(32767, round(level * 32767 * math.sin(math.tau * hz * i / RATE_HZ))))
            for i in range(round(seconds * RATE_HZ))
        ),
    )
    if not around_s:
        return Sound(samples)
    return Sound(silence(around_s).samples + samples + silence(around_s).samples)


def wav(seconds: float = 0.4, *, level: float = 0.3, around_s: float = 0.0) -> bytes:
    """Return the same as a file."""
    return write_wav(tone(seconds, level=level, around_s=around_s))


def stream_wav(seconds: float) -> bytes:
    """Return a file as espeak-ng streams it: its header promises 2 GB."""
    data = bytearray(wav(seconds))
    data[4:8] = b"\x24\xf0\xff\x7f"
    data[40:44] = b"\x00\xf0\xff\x7f"
    return bytes(data)


def speech_program(folder: Path, body: str) -> str:
    """Write a program that is run as espeak-ng is; `body` is Python with `text` and `arguments`.

    It keeps a line for each time that it was run in `runs`.
    """
    path = folder / "speech-program"
    path.write_text(
        f"#!{sys.executable}\n"
        "import os, sys, time\n"
        f"folder = {str(folder)!r}\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "text, arguments = sys.stdin.read(), sys.argv[1:]\n"
        "with open(os.path.join(folder, 'runs'), 'a') as runs:\n"
        "    print(os.getpid(), *arguments, text.strip(), file=runs, flush=True)\n"
        f"{body}\n"
    )
    path.chmod(0o755)
    return str(path)


def loudest_step(sound: Sound) -> int:
    """Return the largest jump from one sample to the next: a click is one."""
    samples = sound.samples
    return max(abs(samples[i + 1] - samples[i]) for i in range(len(samples) - 1))
