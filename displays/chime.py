"""Makes the chime that comes before a call: two soft bell tones, or one, as WAV bytes."""

import io
import math
import wave
from array import array

RATE_HZ = 22_050
DURATION_S = 1.7
HURRIED_S = 0.7
"""Of the one tone before a call that others wait behind: its words follow after 0.3 s."""
_SECOND_AFTER_S = 0.42
_TONES_HZ = (659.26, 523.25)
"""E5 then C5: a falling major third, heard everywhere as "attention, please", alarming nobody."""
_PARTIALS = ((1.0, 1.0, 2.6), (2.0, 0.32, 4.2), (3.0, 0.10, 6.5))
"""Multiple of the tone, its strength, and how fast it dies (per second)."""
_ATTACK_S = 0.008
_FADE_S = 0.12
_PEAK = 0.7


def chime_wav(*, hurried: bool = False) -> bytes:
    """Return the chime: mono, 16 bit, 22,050 Hz, 1.7 s, its loudest sample 70 % of full scale.

    `hurried` returns its first tone alone, in 0.7 s.
    """
    count = int(RATE_HZ * (HURRIED_S if hurried else DURATION_S))
    samples = array("d", bytes(8 * count))
    for order, tone_hz in enumerate(_TONES_HZ[:1] if hurried else _TONES_HZ):
        first = int(order * _SECOND_AFTER_S * RATE_HZ)
        for index in range(first, count):
            samples[index] += _bell(tone_hz, (index - first) / RATE_HZ)
    fade = int(_FADE_S * RATE_HZ)
    for index in range(fade):
        samples[count - 1 - index] *= index / fade
    loudest = max(map(abs, samples))
    pulses = array("h", (round(sample / loudest * _PEAK * 32767) for sample in samples))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(pulses.tobytes())
    return file.getvalue()


def _bell(tone_hz: float, t: float) -> float:
    """Return the amplitude of a struck bell `t` seconds after the stroke."""
    attack = min(1.0, t / _ATTACK_S)
    return attack * sum(
        strength * math.exp(-decay * t) * math.sin(2 * math.pi * tone_hz * multiple * t)
        for multiple, strength, decay in _PARTIALS
    )
