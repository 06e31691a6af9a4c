"""A display that speaks: its agent, its files and a page that answers as a browser does."""

import asyncio
from collections.abc import AsyncIterator
from datetime import time
from pathlib import Path

import aiohttp
import pytest

from core_services.link.board_frames import BoardCall
from core_services.link.status_frames import Status
from core_services.pulse import Pulse
from displays.announcer import ANSWER_S, LATE_S, LEAD_S, Pace
from displays.board import Call
from displays.face import VoiceFace
from displays.memory import Memory
from displays.recordings import Recordings
from displays.speaker import Loudness, Speaker
from drivers.clock import SystemClock
from drivers.voices.espeak import Espeak
from drivers.voices.sound import read_wav
from drivers.voices.voice import Voice
from tests.support.clock import ManualClock
from tests.support.display import PaperPage, paper_page, running_display
from tests.support.eventually import eventually
from tests.support.hall_server import HallServer, board, call, called, hall_server
from tests.support.sounds import speech_program
from tests.unit.test_emergency_screens import LEAVE

WORDS_S = 2.0
SPEAKS = (
    f"from tests.support.sounds import stream_wav\nsys.stdout.buffer.write(stream_wav({WORDS_S}))"
)
PACE = Pace(voice=True)


@pytest.fixture
async def server() -> AsyncIterator[HallServer]:
    async with hall_server() as started:
        yield started


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def speaking(folder: Path, body: str = SPEAKS) -> tuple[Speaker, Recordings]:
    """Return a voice whose program is `body`, on the machine's own clock."""
    folder.mkdir(parents=True, exist_ok=True)
    recordings = Recordings(folder / "voice")
    engine = Espeak(SystemClock(), speech_program(folder, body))
    speaker = Speaker(Voice(clips=None, engine=engine), recordings, Pulse(SystemClock()))
    return speaker, recordings


async def until_voiced(page: PaperPage, call_id: int) -> VoiceFace:
    async def has_words() -> bool:
        voice = page.face.voice if page.faces else None
        return voice is not None and voice.call == call_id

    await eventually(has_words)
    assert page.face.voice is not None
    return page.face.voice


def details(server: HallServer) -> list[str | None]:
    return [frame.detail for frame in server.heard if isinstance(frame, Status)]


async def send(server: HallServer, *calls: BoardCall) -> None:
    for one in calls:
        await server.send(called(one))


async def test_the_words_come_after_the_chime_and_are_a_file_that_any_browser_may_keep(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path)
    async with (
        running_display(
            server.url, tmp_path, clock, pace=PACE, speaker=speaker, recordings=recordings
        ) as running,
        paper_page(running.url) as page,
        aiohttp.ClientSession() as session,
    ):
        await server.until(lambda: server.connections == 1)
        await send(server, call(7, "107", 3))
        voice = await until_voiced(page, 7)
        assert page.rung == [7]
        assert not page.face.hurried
        assert voice.volume == 85
        assert voice.duration_ms == pytest.approx(WORDS_S * 1000, abs=60)
        async with session.get(running.url + voice.url) as answer:
            assert answer.status == 200
            assert answer.content_type == "audio/wav"
            assert "immutable" in answer.headers["Cache-Control"]
            tag = answer.headers["ETag"]
            sound = read_wav(await answer.read())
        assert sound.duration_s * 1000 == pytest.approx(voice.duration_ms, abs=1)
        async with session.get(running.url + voice.url, headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304
        for wrong in ("0" * 32, "../display"):
            async with session.get(f"{running.url}/voice/{wrong}.wav") as answer:
                assert answer.status == 404


async def test_a_call_stands_until_its_words_were_heard_and_is_then_not_spoken_again(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path)
    async with (
        running_display(
            server.url, tmp_path, clock, pace=PACE, speaker=speaker, recordings=recordings
        ) as running,
        paper_page(running.url) as page,
    ):
        await server.until(lambda: server.connections == 1)
        await send(server, call(7, "107", 3), call(8, "108", 4))
        await until_voiced(page, 7)
        await clock.advance(LEAD_S + WORDS_S + 1.0)
        assert page.current[-1] == "١٠٧"
        await page.says(spoken=7)

        async def is_quiet() -> bool:
            return page.face.voice is None

        await eventually(is_quiet)
        await clock.advance(1.0)
        await page.shows("١٠٨")
        assert (await until_voiced(page, 8)).call == 8
        assert page.face.hurried


async def test_a_page_that_never_ends_its_words_holds_the_next_call_two_seconds_at_most(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path)
    async with (
        running_display(
            server.url, tmp_path, clock, pace=PACE, speaker=speaker, recordings=recordings
        ) as running,
        paper_page(running.url) as page,
    ):
        await server.until(lambda: server.connections == 1)
        await send(server, call(7, "107", 3), call(8, "108", 4))
        await until_voiced(page, 7)
        await server.until(lambda: server.shown == [7])
        await clock.advance(LEAD_S + WORDS_S + LATE_S - 0.3)
        assert page.current[-1] == "١٠٧"
        await clock.advance(0.6)
        await page.shows("١٠٨")


async def test_one_page_alone_speaks_and_its_heir_speaks_what_was_not_heard(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path)
    async with (
        running_display(
            server.url, tmp_path, clock, pace=PACE, speaker=speaker, recordings=recordings
        ) as running,
        paper_page(running.url, language="en") as heir,
    ):
        await server.until(lambda: server.connections == 1)
        async with paper_page(running.url) as other:
            await send(server, call(7, "107", 3))
            await until_voiced(heir, 7)
            await other.shows("١٠٧")
            assert other.face.voice is None
        await heir.says(spoken=7)
        async with paper_page(running.url) as second:
            await clock.advance(20)
            await send(server, call(8, "108", 4))
            await second.shows("١٠٨")
            await until_voiced(heir, 8)
            assert second.face.voice is None


async def test_a_page_loaded_again_amid_the_words_speaks_them_whole_without_a_second_chime(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path)
    async with running_display(
        server.url, tmp_path, clock, pace=PACE, speaker=speaker, recordings=recordings
    ) as running:
        await server.until(lambda: server.connections == 1)
        async with paper_page(running.url) as page:
            await send(server, call(7, "107", 3), call(8, "108", 4))
            await until_voiced(page, 7)
            await server.until(lambda: server.shown == [7])
        async with paper_page(running.url) as page:
            await until_voiced(page, 7)
            assert page.rung == []
            await clock.advance(LEAD_S + WORDS_S)
            assert page.current[-1] == "١٠٧"
            await page.says(spoken=7)
            await clock.advance(4)
            await page.shows("١٠٨")


async def test_a_second_page_that_may_not_sound_ends_no_words_and_makes_no_trouble(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path)
    async with (
        running_display(
            server.url, tmp_path, clock, pace=PACE, speaker=speaker, recordings=recordings
        ) as running,
        paper_page(running.url) as page,
        paper_page(running.url, language="en") as mute,
    ):
        await server.until(lambda: server.connections == 1)
        await send(server, call(7, "107", 3), call(8, "108", 4))
        await until_voiced(page, 7)
        await mute.says(unheard=7, reason="NotAllowedError")
        await mute.says(spoken=7)
        await mute.says(unheard=7, reason="NotAllowedError")
        await mute.says(painted=7)
        await server.until(lambda: server.shown == [7])
        await clock.advance(LEAD_S + WORDS_S + 1.2)
        assert page.current[-1] == "١٠٧", "the words were not over"
        await page.says(spoken=7)
        await clock.advance(1)
        await page.shows("١٠٨")
        await clock.advance(5.1)
        assert details(server)[-1] is None


async def test_words_go_to_the_first_page_that_may_sound(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path)
    async with (
        running_display(
            server.url, tmp_path, clock, pace=PACE, speaker=speaker, recordings=recordings
        ) as running,
        paper_page(running.url) as mute,
        paper_page(running.url, language="en") as page,
    ):
        await server.until(lambda: server.connections == 1)
        await send(server, call(7, "107", 3))
        await until_voiced(mute, 7)
        await mute.says(unheard=7, reason="NotAllowedError")
        await until_voiced(page, 7)
        await mute.says(heard=True)
        await clock.advance(5.1)
        assert mute.face.voice is None, "two voices would speak the same call"
        assert running.display.trouble is None


async def test_a_browser_that_may_not_sound_is_told_to_the_supervisor_and_calls_go_on(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path)
    async with (
        running_display(
            server.url, tmp_path, clock, pace=PACE, speaker=speaker, recordings=recordings
        ) as running,
        paper_page(running.url) as page,
    ):
        await server.until(lambda: details(server)[-1:] == [None])
        await page.says(unheard=0, reason="NotAllowedError")
        silenced = "the browser sounds nothing: NotAllowedError"
        await server.until(lambda: details(server)[-1] == silenced)
        await send(server, call(7, "107", 3), call(8, "108", 4))
        await until_voiced(page, 7)
        await page.says(unheard=7, reason="NotAllowedError")
        await clock.advance(4.2)
        await page.shows("١٠٨")
        await page.says(spoken=8)
        await clock.advance(5.1)
        await server.until(lambda: details(server)[-1] is None)


@pytest.mark.parametrize(
    ("body", "reason"), [("sys.exit(1)", "ended with 1"), ("", "no WAV")], ids=["fails", "empty"]
)
async def test_without_words_the_chime_still_calls_and_the_supervisor_is_told(
    server: HallServer, clock: ManualClock, tmp_path: Path, body: str, reason: str
) -> None:
    speaker, recordings = speaking(tmp_path, body)
    async with (
        running_display(
            server.url, tmp_path, clock, pace=PACE, speaker=speaker, recordings=recordings
        ) as running,
        paper_page(running.url) as page,
    ):
        await server.until(lambda: server.connections == 1)
        await send(server, call(7, "107", 3), call(8, "108", 4))
        await page.shows("١٠٧")

        async def is_told() -> bool:
            return running.display.trouble is not None and reason in running.display.trouble

        await eventually(is_told)
        await clock.advance(5.1)
        await page.shows("١٠٨")
        assert page.rung == [7, 8]
        assert page.face.voice is None
        await server.until(lambda: any(reason in (each or "") for each in details(server)))


async def test_a_program_that_hangs_delays_the_next_call_by_no_more_than_its_time(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path, "time.sleep(60)")
    async with (
        running_display(
            server.url, tmp_path, clock, pace=PACE, speaker=speaker, recordings=recordings
        ) as running,
        paper_page(running.url) as page,
    ):
        await server.until(lambda: server.connections == 1)
        await send(server, call(7, "107", 3), call(8, "108", 4))
        await page.shows("١٠٧")
        await server.until(lambda: server.shown == [7])
        await clock.advance(ANSWER_S + 0.3)
        await page.shows("١٠٨")


async def test_in_quiet_hours_the_chime_calls_alone(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path)
    noon = Loudness(quiet_hours=((time(12, 0), time(12, 20)),))
    async with (
        running_display(
            server.url,
            tmp_path,
            clock,
            pace=PACE,
            speaker=speaker,
            recordings=recordings,
            loudness=noon,
        ) as running,
        paper_page(running.url) as page,
    ):
        await server.until(lambda: server.connections == 1)
        await send(server, call(7, "107", 3), call(8, "108", 4))
        await page.shows("١٠٧")

        async def is_made() -> bool:
            return any((tmp_path / "voice").glob("*.wav"))

        await eventually(is_made)
        await clock.advance(4.3)
        await page.shows("١٠٨")
        assert page.rung == [7, 8]
        assert all(face.voice is None for face in page.faces)
        assert running.display.trouble is None


async def test_the_same_call_of_another_day_needs_no_program(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path)
    one = call(7, "107", 3)
    server.board = board(7, one)
    for _ in range(2):
        async with (
            running_display(
                server.url,
                tmp_path / "display",
                clock,
                pace=PACE,
                speaker=speaker,
                recordings=recordings,
            ) as running,
            paper_page(running.url) as page,
        ):
            await until_voiced(page, 7)
    assert len((tmp_path / "runs").read_text().splitlines()) == 1


async def test_too_many_wishes_leave_out_the_oldest(tmp_path: Path) -> None:
    speaker, _ = speaking(tmp_path)
    for number in range(1, 13):
        speaker.ask(Call(number, str(100 + number), str(100 + number), 5), hurried=True)
    made: list[int] = []

    async def note(call_id: int, recording: object) -> None:
        made.append(call_id)

    running = asyncio.create_task(speaker.run(note))

    async def are_made() -> bool:
        return len(made) == 8

    await eventually(are_made)
    running.cancel()
    assert made == list(range(5, 13))


async def test_a_display_of_a_training_centre_shows_calls_and_sounds_nothing(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    speaker, recordings = speaking(tmp_path)
    centre = server.welcome.centre
    assert centre is not None
    told = {"centre": centre.model_copy(update={"training": True})}
    server.welcome = server.welcome.model_copy(update=told)
    async with (
        running_display(
            server.url, tmp_path, clock, pace=PACE, speaker=speaker, recordings=recordings
        ) as running,
        paper_page(running.url) as page,
    ):
        await server.until(lambda: server.connections == 1)
        await send(server, call(7, "107", 3))
        await page.shows("١٠٧")
        await clock.advance(LEAD_S + ANSWER_S)
        await send(server, call(8, "108", 4))
        await page.shows("١٠٨")
        assert page.face.training is not None
        await server.send(board(20, messages=(LEAVE,)))

        async def stands() -> bool:
            return page.face.emergency is not None

        await eventually(stands)
        await clock.advance(60.0)
        assert [face for face in page.faces if face.voice or face.alert] == []
    kept = Memory(tmp_path)
    assert kept.emergency(clock.now()) is None  # a later start would sound it before the welcome
