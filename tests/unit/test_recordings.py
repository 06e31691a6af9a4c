"""Spoken sentences on disk: found again, bounded, harmless when it refuses; and quiet hours."""

import os
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from displays.board import Call
from displays.recordings import Recording, Recordings, name_of
from displays.settings import DisplaySettings
from displays.speaker import Loudness
from displays.voicing import loudness_of
from drivers.voices.sound import write_wav
from tests.support.sounds import tone

CAIRO = ZoneInfo("Africa/Cairo")
CALL = Call(7, "142", "١٤٢", 5)
AGAIN = Call(8, "142", "١٤٢", 5, recall=1)


def names(count: int) -> list[str]:
    return [name_of("espeak-ng-150", str(number)) for number in range(count)]


def test_what_was_kept_is_found_by_another_run_with_its_length(tmp_path: Path) -> None:
    (name,) = names(1)
    kept = Recordings(tmp_path / "voice").keep(name, tone(0.5))
    again = Recordings(tmp_path / "voice")
    assert again.find(name) == kept == Recording(name, tone(0.5).duration_s)
    assert again.read(name) == write_wav(tone(0.5))


def test_another_voice_or_another_text_has_another_name() -> None:
    assert len({name_of("a", "x"), name_of("b", "x"), name_of("a", "y")}) == 3


def test_the_sentences_used_longest_ago_make_room(tmp_path: Path) -> None:
    size = len(write_wav(tone(0.5)))
    recordings = Recordings(tmp_path, most_bytes=3 * size)
    for order, name in enumerate(names(3)):
        recordings.keep(name, tone(0.5))
        os.utime(tmp_path / f"{name}.wav", (order, order))
    recordings.find(names(3)[0])
    fourth = names(4)[3]
    recordings.keep(fourth, tone(0.5))
    assert {path.stem for path in tmp_path.iterdir()} == {names(3)[0], names(3)[2], fourth}
    assert recordings.find(names(3)[1]) is None


@pytest.mark.parametrize("name", ["", "..", "../display", "x" * 32, "A" * 32, "/etc/passwd"])
def test_only_names_of_ours_are_read(tmp_path: Path, name: str) -> None:
    assert Recordings(tmp_path).read(name) is None


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    (name,) = names(1)
    Recordings(tmp_path).keep(name, tone(0.5))
    (tmp_path / f"{name}.wav").write_bytes(write_wav(tone(0.5))[:-50])
    again = Recordings(tmp_path)
    assert again.find(name) is None
    again.keep(name, tone(0.5))
    assert Recordings(tmp_path).find(name) is not None


def test_a_disk_that_refuses_is_told_once_and_the_sentence_is_heard_all_the_same(
    tmp_path: Path,
) -> None:
    (tmp_path / "voice").write_text("a file where a folder should be")
    recordings = Recordings(tmp_path / "voice")
    with capture_logs() as logs:
        for name in names(3):
            recordings.keep(name, tone(0.5))
            assert recordings.read(name) == write_wav(tone(0.5))
    assert [line["event"] for line in logs] == ["voice_not_kept"]


def settings(**values: object) -> DisplaySettings:
    return DisplaySettings.model_validate(values)


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 22, hour, minute, tzinfo=CAIRO)


def test_a_recall_is_louder_and_quiet_hours_are_quiet() -> None:
    loudness = loudness_of(
        settings(volume=60, recall_volume=90, quiet_hours=["12:00-12:20", "22:00-06:00"])
    )
    assert loudness.of_voice(CALL, at(11, 59)) == 60
    assert loudness.of_voice(AGAIN, at(11, 59)) == 90
    quiet = [(12, 0), (12, 19), (22, 0), (3, 0), (5, 59)]
    assert [loudness.of_voice(AGAIN, at(*moment)) for moment in quiet] == [0] * 5
    assert loudness.of_voice(CALL, at(12, 20)) == 60
    assert loudness.of_voice(CALL, at(6, 0)) == 60
    assert loudness.of_voice(CALL, None) == 60


def test_the_voice_of_quiet_hours_may_be_low_instead_of_none() -> None:
    loudness = Loudness(quiet=20, quiet_hours=((time(12), time(13)),))
    assert loudness.of_voice(CALL, at(12, 30)) == 20


@pytest.mark.parametrize("hours", ["12:00", "noon", "12:00-12:00", "25:00-26:00", "12:00–12:20"])
def test_hours_that_are_none_are_refused_with_an_example(hours: str) -> None:
    with pytest.raises(ValidationError, match="write hours as 12:00-12:20"):
        settings(quiet_hours=[hours])
