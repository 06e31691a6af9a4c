"""Sound as numbers: WAV in and out, silence, loudness, joints; and a speaker's recordings."""

import io
import wave
from array import array
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ClipsMissing, SoundUnusable
from drivers.voices.arabic_numbers import number
from drivers.voices.clips import CLAUSE_PAUSE_S, Clips, checked
from drivers.voices.sound import (
    CROSS_FADE_S,
    FULL_SCALE,
    HIGHEST_PEAK,
    KEPT_AROUND_S,
    RATE_HZ,
    TARGET_RMS,
    Sound,
    joined,
    levelled,
    read_wav,
    silence,
    trimmed,
    write_wav,
)
from drivers.voices.words import Utterance, Word
from tests.support.sounds import loudest_step, stream_wav, tone, wav

WORD = Word("5", "خَمْسَة")


@given(st.lists(st.integers(-32768, 32767), max_size=400))
def test_a_wav_that_was_written_reads_back_the_same(samples: list[int]) -> None:
    sound = Sound(array("h", samples))
    assert read_wav(write_wav(sound)) == sound
    with wave.open(io.BytesIO(write_wav(sound))) as file:
        assert file.getnframes() == len(samples)


def test_a_header_that_promises_two_gigabytes_ends_with_its_file() -> None:
    assert read_wav(stream_wav(0.5), streamed=True) == tone(0.5)


def test_a_file_that_is_cut_short_is_no_sound() -> None:
    with pytest.raises(SoundUnusable, match="cut short"):
        read_wav(wav(0.5)[:-2000])


@pytest.mark.parametrize("cut", [0, 3, 12, 30, 43])
def test_half_a_header_is_no_sound(cut: int) -> None:
    with pytest.raises(SoundUnusable, match="no WAV"):
        read_wav(wav()[:cut])


@pytest.mark.parametrize(
    ("channels", "width", "rate"), [(2, 2, 22050), (1, 1, 22050), (1, 2, 48000)]
)
def test_another_form_of_sound_is_named(channels: int, width: int, rate: int) -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(channels)
        written.setsampwidth(width)
        written.setframerate(rate)
        written.writeframes(bytes(400))
    with pytest.raises(SoundUnusable, match=f"{channels} channel.* at {rate} Hz"):
        read_wav(file.getvalue())


def test_trimming_leaves_the_word_and_the_edge_of_its_consonants() -> None:
    word = trimmed(tone(0.4, around_s=1.0))
    assert word.duration_s == pytest.approx(0.4 + 2 * KEPT_AROUND_S, abs=0.005)
    with pytest.raises(SoundUnusable, match="nothing to hear"):
        trimmed(silence(1.0))


@pytest.mark.parametrize("level", [0.02, 0.1, 0.5, 0.99])
def test_every_recording_becomes_equally_loud_and_none_is_clipped(level: float) -> None:
    sound = levelled(tone(0.4, level=level))
    assert sound.rms == pytest.approx(TARGET_RMS, rel=0.15)
    assert sound.clipped == 0


def test_a_recording_with_one_loud_knock_stays_below_full_scale() -> None:
    knocked = tone(0.4, level=0.02)
    knocked.samples[100] = FULL_SCALE
    assert levelled(knocked).peak == pytest.approx(HIGHEST_PEAK, abs=0.01)
    assert levelled(silence(0.1)) == silence(0.1)


def test_joints_do_not_click_and_each_takes_ten_milliseconds() -> None:
    first, second = tone(0.3, hz=200), tone(0.3, hz=333)
    whole = joined([first, second])
    assert whole.duration_s == pytest.approx(0.6 - CROSS_FADE_S, abs=1e-3)
    assert loudest_step(whole) <= max(map(loudest_step, (first, second))) * 1.2
    cut = Sound(array("h", [20000] * 1000))
    abrupt = Sound(cut.samples + array("h", [-20000] * 1000))
    gentle = joined([cut, Sound(array("h", [-20000] * 1000))])
    assert loudest_step(gentle) < loudest_step(abrupt) / 50


@given(st.lists(st.integers(0, 600), max_size=8))
def test_parts_of_any_length_can_be_joined(lengths: list[int]) -> None:
    whole = joined([Sound(array("h", [1000] * length)) for length in lengths])
    assert max(lengths, default=0) <= len(whole.samples) <= sum(lengths)
    assert all(990 <= sample <= 1000 for sample in whole.samples)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (wav(0.5, level=1.6), "too loud"),
        (wav(0.5, level=0.05), "too quiet"),
        (wav(0.05), "too short"),
        (wav(5.0), "too long"),
        (write_wav(silence(1.0)), "nothing to hear"),
        (b"RIFF", "no WAV"),
    ],
)
def test_a_recording_that_will_not_do_is_refused_in_words(data: bytes, reason: str) -> None:
    with pytest.raises(SoundUnusable, match=reason):
        checked(data)


@pytest.fixture
def clips(tmp_path: Path) -> Clips:
    """A speaker who has recorded every word of 142 and of window 5."""
    clips = Clips(tmp_path)
    for order, word in enumerate((*number(142), *number(5))):
        clips.save("ar", word, wav(0.3 + order / 10, level=0.1 + order / 5, around_s=0.4))
    return clips


def sentence(value: int) -> Utterance:
    return Utterance("ar", (number(value), number(5)))


def test_recordings_are_joined_trimmed_even_and_with_a_pause_between_clauses(clips: Clips) -> None:
    said = clips.say(sentence(142))
    words = sum(0.3 + order / 10 for order in range(4)) + 4 * 2 * KEPT_AROUND_S
    assert said.duration_s == pytest.approx(words + CLAUSE_PAUSE_S - 4 * CROSS_FADE_S, abs=0.02)
    assert said.rms == pytest.approx(TARGET_RMS, rel=0.05)
    assert said.clipped == 0
    quiet = [abs(sample) < 300 for sample in said.samples]
    runs = [
        later - earlier
        for earlier, later in pairwise(
            [-1, *(i for i, is_quiet in enumerate(quiet) if not is_quiet), len(quiet)]
        )
    ]
    assert sorted(runs)[-1] >= CLAUSE_PAUSE_S * RATE_HZ


def test_a_sentence_with_one_word_missing_is_not_said_and_the_word_is_named(clips: Clips) -> None:
    with pytest.raises(ClipsMissing) as raised:
        clips.say(sentence(143))
    assert raised.value.names == ("ar/and-3",)
    assert str(raised.value) == "no recording of ar/and-3"


@pytest.mark.parametrize(
    "spoilt", [b"", b"RIFFxxxx", wav(0.4)[:-100], write_wav(silence(0.4)), bytes(1_000_001)]
)
def test_a_damaged_recording_counts_as_missing(clips: Clips, spoilt: bytes) -> None:
    clips.say(sentence(142))
    clips.path("ar", WORD).write_bytes(spoilt)
    assert clips.missing("ar", number(5)) == number(5)
    with pytest.raises(ClipsMissing, match="ar/5"):
        clips.say(sentence(142))


def test_a_word_recorded_anew_is_heard_at_once_and_changes_the_voices_name(clips: Clips) -> None:
    before, name = clips.say(sentence(142)), clips.name
    clips.save("ar", WORD, wav(1.5))
    assert clips.name != name
    assert clips.say(sentence(142)).duration_s > before.duration_s + 0.5


def test_an_empty_folder_is_a_speaker_who_has_said_nothing(tmp_path: Path) -> None:
    clips = Clips(tmp_path / "none")
    assert clips.missing("ar", number(142)) == number(142)
    assert clips.name == Clips(tmp_path / "neither").name
