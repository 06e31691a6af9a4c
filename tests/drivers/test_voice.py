"""The voice in its three ways: a speaker's recordings, espeak-ng, silence that is told."""

import asyncio
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from drivers.clock import SystemClock
from drivers.errors import VoiceFailed
from drivers.voices.arabic_numbers import every_word, number
from drivers.voices.clips import Clips
from drivers.voices.english_numbers import number as english_number
from drivers.voices.espeak import Espeak
from drivers.voices.voice import LANGUAGE_PAUSE_S, Voice
from drivers.voices.words import Utterance, Word
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.sounds import speech_program, wav

SPEAKS = (
    "from tests.support.sounds import stream_wav\n"
    "sys.stdout.buffer.write(stream_wav(0.3 + len(text) / 100))"
)
RAQM, SHUBBAK = Word("number", "رَقْم"), Word("window", "شُبَّاك")


def sentence(value: int, window: int = 5, *, hurried: bool = False) -> Utterance:
    clauses = ((RAQM, *number(value)), (SHUBBAK, RAQM, *number(window)))
    return Utterance("ar", clauses, hurried)


ENGLISH = Utterance("en", (english_number(142),))


def runs(folder: Path) -> list[str]:
    return (folder / "runs").read_text().splitlines()


@pytest.mark.parametrize("value", [1, 12, 45, 101, 142, 200, 777, 1042, 9999])
async def test_espeak_says_a_number_loud_enough_never_clipped_and_in_a_few_seconds(
    value: int,
) -> None:
    espeak = Espeak(SystemClock())
    plain, hurried = [await espeak.say(sentence(value, hurried=haste)) for haste in (False, True)]
    for sound in (plain, hurried):
        assert 0.05 <= sound.rms <= 0.25
        assert 0.3 <= sound.peak <= 0.95
        assert sound.clipped == 0
    words = len(number(value))
    assert 1.5 + 0.3 * words <= plain.duration_s <= 3.5 + 0.9 * words
    assert 0.8 * plain.duration_s < hurried.duration_s < 0.95 * plain.duration_s


async def test_each_language_is_said_by_its_own_voice_with_a_pause_between() -> None:
    voice = Voice(clips=None, engine=Espeak(SystemClock()))
    arabic = (await voice.say([sentence(142)])).sound
    english = (await voice.say([ENGLISH])).sound
    both = await voice.say([sentence(142), ENGLISH])
    assert both.by == ("engine", "engine")
    together = arabic.duration_s + LANGUAGE_PAUSE_S + english.duration_s
    assert both.sound.duration_s == pytest.approx(together, abs=0.05)


async def test_the_program_is_given_its_text_on_standard_input_and_no_shell(tmp_path: Path) -> None:
    espeak = Espeak(SystemClock(), speech_program(tmp_path, SPEAKS), 100)
    await espeak.say(sentence(5, hurried=True))
    (run,) = runs(tmp_path)
    assert run.partition(" ")[2] == (
        "-v ar -s 115 --stdin --stdout [[R'aqm x'amsa]], [[Sub:'a:k R'aqm x'amsa]]."
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("sys.exit(3)", "ended with 3"),
        ("", "no WAV"),
        ("os.kill(os.getpid(), 11)", "ended with -11"),
        ("sys.stdout.buffer.write(b'RIFF' + bytes(400))", "no WAV"),
        (
            "from tests.support.sounds import wav\nsys.stdout.buffer.write(wav(1.0, level=0.001))",
            "nothing to hear",
        ),
        ("while True: sys.stdout.buffer.write(bytes(65536))", "does not come to an end"),
    ],
    ids=["fails", "says-nothing", "crashes", "no-sound", "silence", "endless"],
)
async def test_a_program_that_cannot_speak_is_named_with_its_reason(
    tmp_path: Path, body: str, reason: str
) -> None:
    program = speech_program(tmp_path, body)
    with pytest.raises(VoiceFailed) as raised:
        await Espeak(SystemClock(), program).say(sentence(5))
    assert raised.value.program == program
    assert reason in raised.value.reason


async def test_a_program_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(VoiceFailed, match="no-such-espeak: is not installed"):
        await Espeak(SystemClock(), "no-such-espeak").say(sentence(5))


async def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_program_that_hangs_is_ended_when_its_time_is_over(tmp_path: Path) -> None:
    clock = ManualClock()
    espeak = Espeak(clock, speech_program(tmp_path, "time.sleep(60)"))
    saying = asyncio.create_task(espeak.say(sentence(5)))

    async def has_begun() -> bool:
        return (tmp_path / "runs").exists() and bool(runs(tmp_path))

    await eventually(has_begun)
    await clock.advance(2.9)
    assert not saying.done()
    await clock.advance(0.2)
    with pytest.raises(VoiceFailed, match="said nothing for 3 s"):
        await saying
    assert await is_gone(int(runs(tmp_path)[0].split()[0]))


async def test_a_cancelled_sentence_leaves_no_process_behind(tmp_path: Path) -> None:
    espeak = Espeak(SystemClock(), speech_program(tmp_path, "time.sleep(60)"))
    saying = asyncio.create_task(espeak.say(sentence(5)))

    async def has_begun() -> bool:
        return (tmp_path / "runs").exists() and bool(runs(tmp_path))

    await eventually(has_begun)
    saying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saying
    assert await is_gone(int(runs(tmp_path)[0].split()[0]))


def is_over(pid: int) -> bool:
    """Say whether a process has ended, even if whoever is its parent has not buried it yet."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


async def test_a_script_that_hangs_is_ended_with_the_programs_that_it_started(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    script = (
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "open(os.path.join(folder, 'child'), 'w').write(f'{child.pid}\\n')\n"
        "child.wait()"
    )
    espeak = Espeak(clock, speech_program(tmp_path, script))
    saying = asyncio.create_task(espeak.say(sentence(5)))
    child = tmp_path / "child"

    async def has_begun() -> bool:
        return child.exists() and child.read_text().endswith("\n")

    await eventually(has_begun)
    await clock.advance(3.1)
    with pytest.raises(VoiceFailed, match="said nothing for 3 s"):
        async with asyncio.timeout(5):
            await saying
    pid = int(child.read_text())

    async def has_ended() -> bool:
        return is_over(pid)

    await eventually(has_ended)


@pytest.fixture
def clips(tmp_path: Path) -> Clips:
    """A speaker who has recorded everything but the word for 7."""
    clips = Clips(tmp_path / "clips")
    for word in (RAQM, SHUBBAK, *every_word()):
        if word.clip not in ("7", "and-7"):
            clips.save("ar", word, wav(0.3))
    return clips


async def test_a_sentence_is_a_persons_or_the_machines_never_half_and_half(
    clips: Clips, tmp_path: Path
) -> None:
    voice = Voice(clips=clips, engine=Espeak(SystemClock(), speech_program(tmp_path, SPEAKS)))
    assert (await voice.say([sentence(142)])).by == ("clips",)
    assert not (tmp_path / "runs").exists()
    assert (await voice.say([sentence(147)])).by == ("engine",)
    assert len(runs(tmp_path)) == 1
    assert (await voice.say([sentence(142), ENGLISH])).by == ("clips", "engine")
    voice.close()


def test_a_recording_that_goes_while_it_is_looked_for_is_no_error(clips: Clips) -> None:
    before = clips.name
    (clips.folder / "ar" / "7.wav").symlink_to(clips.folder / "gone.wav")
    assert clips.name != before
    assert clips.say(sentence(8)).duration_s > 0


async def test_without_a_program_recordings_still_speak_and_trouble_is_logged_once_each_way(
    clips: Clips,
) -> None:
    voice = Voice(clips=clips, engine=Espeak(SystemClock(), "no-such-espeak"))
    with capture_logs() as logs:
        assert (await voice.say([sentence(142)])).by == ("clips",)
        for _ in range(3):
            with pytest.raises(VoiceFailed):
                await voice.say([sentence(147)])
        told: str | None = voice.trouble
        assert told == "no-such-espeak: is not installed"
        await voice.say([sentence(142)])
        await voice.say([sentence(143)])
    assert (await voice.say([sentence(144)])).by == ("clips",)
    assert [line["event"] for line in logs] == ["voice_is_lost", "voice_is_back"]
    voice.close()


async def test_a_voice_of_nothing_says_so() -> None:
    voice = Voice(clips=None, engine=None)
    with pytest.raises(VoiceFailed, match="neither"):
        await voice.say([sentence(1)])
