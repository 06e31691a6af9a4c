"""`shubbak-display voice`: a speaker at a microphone that is a program, and what came of it."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from displays.cli import cli
from displays.spoken import every_word
from drivers.voices.sound import read_wav, silence, write_wav
from tests.support.sounds import wav

WORDS = len(every_word("ar"))


def run(*arguments: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(cli, ["voice", *map(str, arguments)], input=typed)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    return tmp_path / "clips"


def microphone(folder: Path, *takes: bytes) -> Path:
    """Return a program that records as arecord does: its takes one after another, then the last."""
    for order, take in enumerate(takes, start=1):
        (folder / f"take-{order}").write_bytes(take)
    program = folder / "arecord"
    program.write_text(
        "#!/bin/sh\n"
        f"cd {folder}\n"
        "for last; do :; done\n"
        'echo "$@" >> recorded\n'
        "run=$(wc -l < recorded)\n"
        f"[ $run -gt {len(takes)} ] && run={len(takes)}\n"
        'cp take-$run "$last"\n'
    )
    program.chmod(0o755)
    return program


def test_everything_is_missing_at_first_and_each_word_is_shown_with_its_vowels(clips: Path) -> None:
    result = run("missing", "--clips", clips)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert len(lines) == WORDS
    assert "ar/and-40.wav\tوَأَرْبَعِين" in lines
    assert "ar/2.wav\tاثْنَيْن" in lines


def test_a_speaker_is_led_through_the_words_and_asked_again_for_what_will_not_do(
    clips: Path, tmp_path: Path
) -> None:
    program = microphone(
        tmp_path, wav(0.6, level=1.6), wav(0.6, level=0.03), write_wav(silence(3)), wav(0.6)
    )
    result = run(
        *("record", "--clips", clips, "--program", program, "--seconds", "2"),
        typed="\n\n\n\n" + "s\n" + "\n" + "q\n",
    )
    assert result.exit_code == 0, result.output
    assert "too loud" in result.stdout
    assert "too quiet" in result.stdout
    assert "nothing to hear" in result.stdout
    assert f"Recorded: 2. Still missing: {WORDS - 2}." in result.stdout
    assert sorted(path.name for path in (clips / "ar").iterdir()) == ["letter.wav", "number.wav"]
    recorded = (tmp_path / "recorded").read_text()
    assert recorded.startswith("-q -t wav -f S16_LE -c 1 -r 22050 -d 2 ")


def test_a_speaker_who_goes_on_another_day_is_asked_only_for_the_rest(
    clips: Path, tmp_path: Path
) -> None:
    program = microphone(tmp_path, wav(0.6))
    run("record", "--clips", clips, "--program", program, typed="\n" * 20 + "q\n")
    again = run("record", "--clips", clips, "--program", program, typed="\n" * WORDS)
    assert f"1/{WORDS - 20}  " in again.stdout
    assert "Still missing: 0." in again.stdout
    assert run("missing", "--clips", clips).exit_code == 0
    assert run("check", "--clips", clips).exit_code == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [(None, "is not installed"), ("sys.exit('no soundcards found')", "no soundcards found")],
)
def test_without_a_microphone_the_reason_is_told(
    clips: Path, tmp_path: Path, body: str | None, reason: str
) -> None:
    program = tmp_path / "arecord"
    if body is not None:
        program.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
        program.chmod(0o755)
    result = run("record", "--clips", clips, "--program", program, typed="\n")
    assert result.exit_code == 1
    assert reason in result.output


def test_a_folder_of_files_is_taken_in_and_its_bad_ones_are_named(
    clips: Path, tmp_path: Path
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for word in every_word("ar"):
        (given / f"{word.clip}.wav").write_bytes(wav(0.5))
    (given / "7.wav").write_bytes(wav(6.0))
    (given / "holiday.wav").write_bytes(wav(0.5))
    result = run("record", "--clips", clips, "--from", given)
    assert result.exit_code == 1
    assert "7.wav\ttoo long: 6.0 s" in result.stdout
    assert f"Recorded: {WORDS - 1}. Still missing: 1." in result.stdout


def test_check_names_spoilt_recordings_and_files_that_no_call_needs(clips: Path) -> None:
    (clips / "ar").mkdir(parents=True)
    (clips / "ar" / "5.wav").write_bytes(wav(0.5)[:-10])
    (clips / "ar" / "holiday.wav").write_bytes(wav(0.5))
    (clips / "ar" / "6.wav").write_bytes(wav(0.5))
    result = run("check", "--clips", clips)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "ar/5.wav\tthe file is cut short",
        "ar/holiday.wav\tno call has this word",
    ]


def test_a_call_is_said_into_a_file_by_recordings_or_by_the_program(
    clips: Path, tmp_path: Path
) -> None:
    output = tmp_path / "call.wav"
    say = ("say", "A142", "5", "--output", output, "--clips", clips, "--english")
    by_machine = run(*say)
    assert by_machine.exit_code == 0, by_machine.output
    assert by_machine.stdout.startswith("espeak-ng: رَقْم حَرْف أَلِف، ")
    assert read_wav(output.read_bytes()).duration_s > 6
    given = tmp_path / "given"
    given.mkdir()
    for word in every_word("ar"):
        (given / f"{word.clip}.wav").write_bytes(wav(0.3))
    run("record", "--clips", clips, "--from", given)
    by_both = run(*say, "--hurried", "--recall", "1")
    assert by_both.stdout.startswith("recordings: نِدَاء ثَانٍ، حَرْف أَلِف، ")
    assert "espeak-ng: second call, letter A, one hundred" in by_both.stdout


def test_what_cannot_be_said_ends_with_a_reason(clips: Path, tmp_path: Path) -> None:
    assert run("say", "Q12", "5", "--clips", clips).exit_code == 2
    assert run("missing", "--language", "fr").exit_code == 2
    config = tmp_path / "display.toml"
    config.write_text('voice_program = "no-such-espeak"\ndata_dir = "data"\n')
    result = run("say", "142", "5", "--config", config, "--output", tmp_path / "call.wav")
    assert result.exit_code == 1
    assert "no-such-espeak: is not installed" in result.output
    config.write_text("colour = 1\n")
    assert run("check", "--config", config).exit_code == 2
