"""The hall screen's sound in a real Chromium that decodes and plays: order, faults, reloads."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserType, Page, expect

from core_services.link.status_frames import Status
from core_services.pulse import Pulse
from displays.announcer import Pace
from displays.recordings import Recordings
from displays.speaker import Speaker
from drivers.clock import SystemClock
from drivers.voices.espeak import Espeak
from drivers.voices.voice import Voice
from tests.support.display import Running, running_display
from tests.support.eventually import eventually
from tests.support.hall_server import HallServer, call, called, hall_server
from tests.support.pages import watch
from tests.support.running_clock import RunningClock
from tests.support.sounds import speech_program, stream_wav

MAY_SOUND = "--autoplay-policy=no-user-gesture-required"
SHORT_WORDS = "sys.stdout.buffer.write(open(os.path.join(folder, 'short.wav'), 'rb').read())"
BRISK = Pace(minimum_s=0.1, crowded_s=0.1, age_limit_s=600, voice=True)
MANY = 30

LISTEN = """
window.heard = [];
const Real = window.Audio;
window.Audio = function (url) {
  const audio = new Real(url);
  for (const kind of ["playing", "ended", "error"]) {
    audio.addEventListener(kind, () =>
      heard.push({
        kind, url, at: performance.now(), seconds: audio.duration, volume: audio.volume,
      }));
  }
  return audio;
};
"""
"""Notes every sound that the page plays; what plays it is the browser's own."""


@pytest.fixture
async def server() -> AsyncIterator[HallServer]:
    async with hall_server() as started:
        yield started


@pytest.fixture(scope="module")
async def loud_browser(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any]
) -> AsyncIterator[Browser]:
    """A browser started as a hall screen's is: it may sound without a touch."""
    arguments = [*browser_type_launch_args["args"], MAY_SOUND]
    started = await browser_type.launch(**{**browser_type_launch_args, "args": arguments})
    yield started
    await started.close()


@pytest.fixture
async def loud(loud_browser: Browser) -> AsyncIterator[Page]:
    """A page that notes what it plays; a fault of its script fails the test."""
    faults: list[str] = []
    context = await loud_browser.new_context()
    context.on("page", lambda page: watch(page, faults))
    page = await context.new_page()
    await page.add_init_script(LISTEN)
    yield page
    await context.close()
    assert faults == []


def espeak(folder: Path, body: str | None = None) -> tuple[Speaker, Recordings]:
    """Return the real voice, or a program in its place."""
    folder.mkdir(exist_ok=True)
    (folder / "short.wav").write_bytes(stream_wav(0.16))
    recordings = Recordings(folder / "voice")
    program = "espeak-ng" if body is None else speech_program(folder, body)
    clock = SystemClock()
    voice = Voice(clips=None, engine=Espeak(clock, program))
    return Speaker(voice, recordings, Pulse(clock)), recordings


async def heard(page: Page, *kinds: str) -> list[dict[str, Any]]:
    """Return what the page has played, its silent trial at the start left out."""
    notes: list[dict[str, Any]] = await page.evaluate("heard")
    return [note for note in notes if note["volume"] > 0 and note["kind"] in kinds]


async def until_ended(page: Page, words: int, *, within_s: float = 20.0) -> None:
    async def are_over() -> bool:
        ended = await heard(page, "ended")
        return len([note for note in ended if "/voice/" in note["url"]]) >= words

    await eventually(are_over, within_s=within_s)


async def open_board(page: Page, running: Running) -> None:
    await page.goto(running.url)
    await expect(page.locator("#clock")).not_to_be_empty()


async def test_a_call_is_chimed_then_spoken_to_its_last_word(
    loud: Page, server: HallServer, tmp_path: Path
) -> None:
    speaker, recordings = espeak(tmp_path)
    async with running_display(
        server.url,
        tmp_path,
        RunningClock(),
        pace=Pace(voice=True),
        speaker=speaker,
        recordings=recordings,
    ) as running:
        await open_board(loud, running)
        await server.until(lambda: server.connections == 1)
        await server.send(called(call(7, "142", 5)))
        await until_ended(loud, 1)
        chime, words = await heard(loud, "playing")
        *_, end = await heard(loud, "ended")
        assert chime["url"] == "/static/chime.wav"
        assert words["url"].startswith("/voice/")
        assert 3.0 < words["seconds"] < 6.0
        assert 0.85 <= (words["at"] - chime["at"]) / 1000 <= 1.6
        assert (end["at"] - words["at"]) / 1000 == pytest.approx(words["seconds"], abs=0.6)
        assert words["volume"] == pytest.approx(0.85)
        assert running.display.trouble is None


async def test_thirty_calls_in_a_row_are_each_spoken_whole_and_in_order(
    loud: Page, server: HallServer, tmp_path: Path
) -> None:
    speaker, recordings = espeak(tmp_path, SHORT_WORDS)
    async with running_display(
        server.url,
        tmp_path,
        RunningClock(),
        pace=BRISK,
        speaker=speaker,
        recordings=recordings,
        chime=False,
    ) as running:
        await open_board(loud, running)
        await server.until(lambda: server.connections == 1)
        calls = [call(10 + n, str(100 + n), n % 9 + 1) for n in range(MANY)]
        for one in calls:
            await server.send(called(one))
        await until_ended(loud, MANY, within_s=60)
        await server.until(lambda: server.shown == [one.id for one in calls])
        began, ended = await heard(loud, "playing"), await heard(loud, "ended")
        assert len(began) == len(ended) == len({note["url"] for note in began}) == MANY
        assert [note["url"] for note in began] == [note["url"] for note in ended]
        spoken = [line.rpartition("[[")[0] for line in (tmp_path / "runs").read_text().splitlines()]
        assert len(spoken) == MANY
        for (start, end), following in zip(
            zip(began, ended, strict=True), [*began[1:], None], strict=True
        ):
            assert end["at"] - start["at"] >= 1000 * start["seconds"] * 0.8
            assert following is None or following["at"] >= end["at"]


async def test_a_page_loaded_again_amid_the_words_speaks_them_whole(
    loud: Page, server: HallServer, tmp_path: Path
) -> None:
    speaker, recordings = espeak(tmp_path)
    async with running_display(
        server.url,
        tmp_path,
        RunningClock(),
        pace=Pace(voice=True),
        speaker=speaker,
        recordings=recordings,
    ) as running:
        await open_board(loud, running)
        await server.until(lambda: server.connections == 1)
        await server.send(called(call(7, "142", 5)), called(call(8, "143", 2)))

        async def has_begun() -> bool:
            return len(await heard(loud, "playing")) == 2

        await eventually(has_begun)
        await loud.reload()
        await until_ended(loud, 1)
        (words,) = await heard(loud, "ended")
        assert words["seconds"] > 2.0
        await expect(loud.locator("#call-label")).to_have_text("١٤٣", timeout=10_000)


async def test_a_browser_that_may_not_sound_says_so_at_its_start_and_calls_go_on(
    page: Page, server: HallServer, tmp_path: Path
) -> None:
    """Nothing is asked of the page here: Playwright's questions count as a person's touch."""
    speaker, recordings = espeak(tmp_path, SHORT_WORDS)
    async with running_display(
        server.url,
        tmp_path,
        RunningClock(),
        pace=BRISK,
        speaker=speaker,
        recordings=recordings,
    ) as running:
        await page.goto(running.url)
        silenced = "the browser sounds nothing: NotAllowedError"
        await server.until(
            lambda: any(isinstance(f, Status) and f.detail == silenced for f in server.heard)
        )
        for n in range(3):
            await server.send(called(call(10 + n, str(100 + n), 3)))
        await server.until(lambda: server.shown == [10, 11, 12])
        assert running.display.trouble == silenced


async def test_words_that_never_end_or_cannot_be_played_do_not_silence_the_day(
    loud: Page, server: HallServer, tmp_path: Path
) -> None:
    speaker, recordings = espeak(tmp_path, SHORT_WORDS)

    async def stall(route: Any) -> None:
        await asyncio.Event().wait()

    async def spoil(route: Any) -> None:
        await route.fulfill(status=200, content_type="audio/wav", body=b"RIFF no sound")

    async with running_display(
        server.url,
        tmp_path,
        RunningClock(),
        pace=BRISK,
        speaker=speaker,
        recordings=recordings,
        chime=False,
    ) as running:
        await open_board(loud, running)
        await server.until(lambda: server.connections == 1)
        await loud.route("**/voice/*.wav", spoil)
        await server.send(called(call(10, "110", 3)))

        async def is_told() -> bool:
            return "NotPlayable" in (running.display.trouble or "")

        await eventually(is_told)
        await loud.unroute("**/voice/*.wav")
        stalled = asyncio.create_task(loud.route("**/voice/*.wav", stall))
        await stalled
        await server.send(called(call(11, "111", 3)))

        async def has_given_up() -> bool:
            return "NoEnd" in (running.display.trouble or "")

        await eventually(has_given_up)
        await loud.unroute_all(behavior="ignoreErrors")
        await server.send(called(call(12, "112", 3)))
        await until_ended(loud, 1)

        async def is_well() -> bool:
            return running.display.trouble is None

        await eventually(is_well)
