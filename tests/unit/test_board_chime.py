"""The chime: a sound file that any browser plays, pleasant by its numbers."""

import io
import struct
import wave

from displays.chime import DURATION_S, HURRIED_S, RATE_HZ, chime_wav


def samples(*, hurried: bool = False) -> list[int]:
    with wave.open(io.BytesIO(chime_wav(hurried=hurried))) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE_HZ)
        frames = sound.readframes(sound.getnframes())
    return list(struct.unpack(f"<{len(frames) // 2}h", frames))


def test_the_chime_lasts_less_than_two_seconds_and_is_never_clipped() -> None:
    sound = samples()
    assert len(sound) == int(RATE_HZ * DURATION_S)
    assert DURATION_S < 2
    assert 0.69 * 32767 <= max(map(abs, sound)) <= 0.71 * 32767


def test_the_chime_begins_and_ends_without_a_click() -> None:
    sound = samples()
    assert abs(sound[0]) < 300
    assert max(map(abs, sound[-20:])) < 100


def test_the_second_tone_is_heard_after_the_first() -> None:
    sound = samples()
    loudness = [
        max(map(abs, sound[start : start + RATE_HZ // 20]))
        for start in range(0, len(sound) - RATE_HZ // 20, RATE_HZ // 20)
    ]
    before, after = max(loudness[6:8]), max(loudness[8:11])
    assert after > before * 1.3
    assert loudness[-1] < max(loudness) * 0.1


def test_the_chime_is_always_the_same() -> None:
    assert chime_wav() == chime_wav()


def test_the_short_chime_is_one_tone_that_ends_without_a_click() -> None:
    sound = samples(hurried=True)
    assert len(sound) == int(RATE_HZ * HURRIED_S)
    assert max(map(abs, sound[-20:])) < 100
    third = len(sound) // 3
    assert max(map(abs, sound[:third])) > max(map(abs, sound[-third:])) * 1.5
