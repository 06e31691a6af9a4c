"""Sound as numbers: reads and writes WAV, trims silence, evens out loudness, joins without clicks.

One format throughout: mono, 16 bit, 22,050 Hz: what espeak-ng speaks, and plenty for a hall.
"""

import io
import math
import struct
import sys
import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.errors import SoundUnusable

RATE_HZ = 22_050
FULL_SCALE = 32_767
CROSS_FADE_S = 0.010
SILENT_BELOW = 0.01
"""Of full scale: quieter than this is silence (-40 dB)."""
KEPT_AROUND_S = 0.02
"""Left before the first and after the last loud sample, so that no consonant loses its edge."""
TARGET_RMS = 0.12
"""Loudness of speech, silence not counted: -18 dB of full scale."""
HIGHEST_PEAK = 0.89
"""-1 dB: no converter clips it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples in the one format."""

    samples: "array[int]"

    @property
    def duration_s(self) -> float:
        return len(self.samples) / RATE_HZ

    @property
    def peak(self) -> float:
        """The loudest sample, 1.0 is full scale."""
        return max(map(abs, self.samples), default=0) / FULL_SCALE

    @property
    def rms(self) -> float:
        """The loudness of what is not silence, 1.0 is full scale."""
        loud = [sample for sample in self.samples if abs(sample) > SILENT_BELOW * FULL_SCALE]
        if not loud:
            return 0.0
        return math.sqrt(sum(sample * sample for sample in loud) / len(loud)) / FULL_SCALE

    @property
    def clipped(self) -> int:
        """Samples at full scale: speech that was recorded too loud has rows of them."""
        return sum(1 for sample in self.samples if abs(sample) >= FULL_SCALE)


def silence(seconds: float) -> Sound:
    """Return nothing to hear."""
    return Sound(array("h", bytes(2 * round(seconds * RATE_HZ))))


def read_wav(data: bytes, *, streamed: bool = False) -> Sound:
    """Return the sound of a WAV file in the one format. Raises SoundUnusable.

    espeak-ng writes the header before it knows the length and leaves 2 GB there: what is
    `streamed` may be shorter than it says, a file may not.
    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            promised = file.getnframes()
            frames = file.readframes(promised)
    except (wave.Error, EOFError, struct.error) as error:
        raise SoundUnusable(f"no WAV: {error}") from error
    if form != (1, 2, RATE_HZ):
        channels, width, rate = form
        raise SoundUnusable(
            f"{channels} channel(s) of {8 * width} bit at {rate} Hz; wanted is 1 of 16 at {RATE_HZ}"
        )
    if not streamed and len(frames) != 2 * promised:
        raise SoundUnusable("the file is cut short")
    samples = array("h", frames[: len(frames) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return Sound(samples)


def write_wav(sound: Sound) -> bytes:
    """Return a WAV file whose header tells its true length."""
    samples = sound.samples
    if sys.byteorder == "big":
        samples = array("h", samples)
        samples.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE_HZ)
        written.writeframes(samples.tobytes())
    return file.getvalue()


def trimmed(sound: Sound) -> Sound:
    """Return it without the silence at both ends. Raises SoundUnusable if there is nothing else."""
    threshold = SILENT_BELOW * FULL_SCALE
    samples = sound.samples
    first = next((i for i, sample in enumerate(samples) if abs(sample) > threshold), None)
    if first is None:
        raise SoundUnusable("there is nothing to hear")
    last = next(i for i in range(len(samples) - 1, -1, -1) if abs(samples[i]) > threshold)
    kept = round(KEPT_AROUND_S * RATE_HZ)
    return Sound(samples[max(0, first - kept) : last + kept + 1])


def levelled(sound: Sound) -> Sound:
    """Return it as loud as all others, or as loud as its peak allows."""
    rms, peak = sound.rms, sound.peak
    if rms == 0:
        return sound
    gain = min(TARGET_RMS / rms, HIGHEST_PEAK / peak)
    return Sound(array("h", (round(sample * gain) for sample in sound.samples)))


def joined(parts: Sequence[Sound]) -> Sound:
    """Return the parts one after another, each fading into the next for 10 ms.

    A part shorter than two fades is faded as far as it goes.
    """
    whole: array[int] = array("h")
    fade = round(CROSS_FADE_S * RATE_HZ)
    for part in parts:
        count = min(fade, len(whole), len(part.samples) // 2)
        start = len(whole) - count
        for index in range(count):
            share = (index + 1) / (count + 1)
            mixed = whole[start + index] * (1 - share) + part.samples[index] * share
            whole[start + index] = round(mixed)
        whole.extend(part.samples[count:])
    return Sound(whole)
