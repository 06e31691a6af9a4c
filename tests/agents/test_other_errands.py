"""Errands of hall screens and workstations."""

import asyncio
from datetime import timedelta
from pathlib import Path

from core_services.link.errand_frames import DeviceNotice, Errand, PictureTaken
from core_services.link.glass_picture import GlassPicture, NoPicture
from core_services.link.work_frames import Outcome
from tests.support.clock import ManualClock
from tests.support.display import paper_page, running_display
from tests.support.eventually import eventually
from tests.support.hall_server import HallServer, board, hall_server
from tests.support.kiosk_server import kiosk_server
from tests.support.station_site import running_station
from tests.support.webp import WEBP, in_frame


def words(server: HallServer, job: str) -> list[tuple[str, str | None]]:
    return [
        (frame.state, frame.reason)
        for frame in server.heard
        if isinstance(frame, Outcome) and frame.job == job
    ]


async def test_a_display_restarts_by_order_once_and_its_next_run_answers(tmp_path: Path) -> None:
    clock, order = ManualClock(), Errand(job="restart-00001", do="restart")
    async with hall_server() as server:
        async with running_display(server.url, tmp_path, clock) as first:
            await server.until(lambda: server.connections == 1)
            await server.send(order)
            await asyncio.wait_for(first.work, 10)
        async with running_display(server.url, tmp_path, clock) as second:
            await server.until(lambda: server.connections == 2)
            await server.send(order)
            await server.until(lambda: words(server, order.job) == [("done", None)])
            assert not second.work.done()


async def test_a_line_stands_on_one_display_through_a_restart_until_its_end(
    tmp_path: Path,
) -> None:
    clock, text = ManualClock(), "شاشة تحت الصيانة"
    notice = DeviceNotice(text_ar=text, until=clock.now() + timedelta(seconds=20))
    async with hall_server() as server:
        async with running_display(server.url, tmp_path, clock) as running:
            await server.until(lambda: server.connections == 1)
            await server.send(board(1), Errand(job="notice-00001", do="notice", notice=notice))
            await server.until(lambda: words(server, "notice-00001") == [("done", None)])
            glass = running.display.glass()
            assert glass.news is not None
            assert (glass.news.text_ar, glass.shown) == (text, ())
        async with (
            running_display(server.url, tmp_path, clock) as running,
            paper_page(running.url) as page,
        ):

            async def stands() -> bool:
                return bool(page.faces) and page.face.news is not None

            await eventually(stands)
            await clock.advance(21)
            assert running.display.glass().news is None


async def test_a_display_sends_the_picture_of_its_glass_or_says_why_not(tmp_path: Path) -> None:
    answers: list[GlassPicture | None] = [None, GlassPicture(WEBP, ("", ""))]

    async def take() -> GlassPicture:
        if (answer := answers.pop(0)) is None:
            raise NoPicture("no_page")
        return answer

    async with (
        hall_server() as server,
        running_display(server.url, tmp_path, ManualClock(), take_picture=take),
    ):
        await server.until(lambda: server.connections == 1)
        await server.send(Errand(job="picture-0001", do="picture"))
        await server.until(lambda: words(server, "picture-0001") == [("failed", "no_page")])
        await server.send(Errand(job="picture-0002", do="picture"))
        taken = PictureTaken(job="picture-0002", webp=in_frame(WEBP))
        await server.until(lambda: taken in server.heard)


async def test_a_display_that_cannot_write_an_order_down_does_not_end(tmp_path: Path) -> None:
    async with (
        hall_server() as server,
        running_display(server.url, tmp_path, ManualClock()) as running,
    ):
        await server.until(lambda: server.connections == 1)
        (tmp_path / "display.json").unlink()
        (tmp_path / "display.json").mkdir()
        await server.send(Errand(job="restart-00002", do="restart"))
        await server.send(Errand(job="dance-000001", do="dance"))
        await server.until(lambda: words(server, "dance-000001") == [("failed", "unknown_kind")])
        assert not running.work.done()


async def test_a_workstation_restarts_by_order_once_and_does_no_other_errand(
    tmp_path: Path,
) -> None:
    order = Errand(job="restart-00003", do="restart")
    async with kiosk_server() as server:
        server.orders = [order]
        async with running_station(server.url, tmp_path, {}) as first:
            await asyncio.wait_for(first.work, 10)
            assert server.outcomes(order.job) == []
        async with running_station(server.url, tmp_path, {}) as second:
            await server.until(lambda: server.outcomes(order.job) == ["done"])
            await server.send(Errand(job="trial-000009", do="trial"))
            await server.until(lambda: server.outcomes("trial-000009") == ["failed"])
            assert not second.work.done()
