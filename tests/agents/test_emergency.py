"""An emergency on real machines: shown, spoken, told of, kept without a server and a restart."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core_services.clock import SystemClock
from core_services.link.message_frames import MessageShown
from displays.agent import ALERT_EVERY_S
from displays.announcer import Pace
from displays.face import AlertFace
from kiosk.shell import Shell
from tests.agents.test_display_voice import speaking
from tests.support.clock import ManualClock
from tests.support.display import PaperPage, Running, paper_page, running_display
from tests.support.eventually import eventually
from tests.support.hall_server import HallServer, board, call, hall_server
from tests.support.kiosk import hall
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import kiosk_server
from tests.support.kiosk_site import looking_at, running_kiosk
from tests.unit.test_emergency_screens import LEAVE, QUIET


@pytest.fixture
async def server() -> AsyncIterator[HallServer]:
    async with hall_server() as started:
        yield started


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def stands(page: PaperPage, *, over: bool = True) -> None:
    async def is_so() -> bool:
        return bool(page.faces) and (page.face.emergency is not None) is over

    await eventually(is_so)


def told(heard: list[object]) -> list[object]:
    return [frame.message for frame in heard if isinstance(frame, MessageShown)]


async def test_a_display_shows_it_in_both_languages_and_tells_once_that_it_does(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(1, messages=(LEAVE, QUIET))
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url, language="en") as page,
    ):
        await stands(page)
        said = page.face.emergency
        assert said is not None
        assert (said.title_ar, said.text_ar) == ("طوارئ", LEAVE.text_ar)
        assert (said.title_en, said.text_en) == ("Emergency", LEAVE.text_en)
        assert page.face.messages == [str(LEAVE.id)]
        for _ in range(2):
            await page.says(told=str(LEAVE.id))
        await page.says(told=str(QUIET.id))
        await server.until(lambda: told([*server.heard]) == [LEAVE.id])
        await server.send(board(2, messages=(QUIET,)))
        await stands(page, over=False)
        await page.says(told=str(QUIET.id))
        await server.until(lambda: told([*server.heard]) == [LEAVE.id, QUIET.id])


async def test_no_number_is_announced_while_it_stands_unless_calls_go_on(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(142, call(142, "142", 5), messages=(LEAVE,))
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await stands(page)
        await clock.advance(3)
        assert page.rung == []
        aloud = LEAVE.model_copy(update={"calls_go_on": True})
        await server.send(board(143, call(142, "142", 5, age_s=3), messages=(aloud,)))

        async def has_rung() -> bool:
            await clock.advance(0.1)
            return page.rung == [142]

        await eventually(has_rung)
        assert page.face.emergency is not None
        assert page.face.emergency.calls


async def until_alert(page: PaperPage, clock: ManualClock, alert_id: int) -> AlertFace:
    """Wait until an emergency is to be heard for the nth time, counted below zero."""

    async def is_so() -> bool:
        await clock.advance(0.1)
        alert = page.face.alert if page.faces else None
        return alert is not None and alert.id == alert_id

    await eventually(is_so)
    assert page.face.alert is not None
    return page.face.alert


async def test_a_ready_emergency_is_spoken_and_said_again_as_long_as_it_stands(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(1, messages=(LEAVE,))
    speaker, recordings = speaking(tmp_path / "voice")
    async with (
        running_display(
            server.url,
            tmp_path,
            clock,
            pace=Pace(voice=True),
            speaker=speaker,
            recordings=recordings,
        ) as running,
        paper_page(running.url) as page,
    ):
        first = await until_alert(page, clock, -1)
        assert first.url is not None
        assert first.duration_ms > 0
        await clock.advance(ALERT_EVERY_S)
        await until_alert(page, clock, -2)
        own = LEAVE.model_copy(update={"phrase": None, "text_ar": "اخرجوا من الباب الخلفي."})
        await server.send(board(2, messages=(own,)))
        assert (await until_alert(page, clock, -3)).url is None
        await server.send(board(3))
        await stands(page, over=False)
        assert page.face.alert is None


async def test_a_display_keeps_it_without_a_server_and_over_its_own_restart(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(1, messages=(LEAVE,))
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await stands(page)
        await server.stop()
        await clock.advance(60)
        assert page.face.emergency is not None
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await stands(page)
        server.board = board(9)
        await server.start()
        await over(running, clock)
        await stands(page, over=False)


async def over(running: Running, clock: ManualClock) -> None:
    """Let time pass until the display has heard a board."""

    async def is_so() -> bool:
        await clock.advance(0.5)
        return running.display.state.revision >= 9

    await eventually(is_so)


async def test_a_kiosk_shows_it_gives_nothing_and_keeps_it_over_a_restart(
    shell: Shell, tmp_path: Path
) -> None:
    clock = SystemClock()
    async with kiosk_server() as server:
        async with (
            running_kiosk(server.url, tmp_path, clock, shell) as running,
            looking_at(running) as glass,
        ):
            await glass.until(lambda face: "take" in face.touches)
            await server.show(hall(2, messages=[LEAVE], issuing=False))
            face = await glass.until_step("emergency")
            assert face.touches == ["help"]
            assert LEAVE.text_ar in face.html
            assert LEAVE.text_en in face.html
            await server.until(lambda: told([*server.heard]) == [LEAVE.id])
            await server.stop()
            await glass.touch("take")
            await glass.touch("help")
            assert (await glass.until(lambda face: "لم يصل" in face.html)).step == "emergency"
        async with (
            running_kiosk(server.url, tmp_path, clock, shell) as running,
            looking_at(running) as glass,
        ):
            await glass.until_step("emergency")
            await server.start()
            await server.show(hall(3))
            await glass.until_step("home")
