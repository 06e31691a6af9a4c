"""A display between a real server socket and a page: cuts, bursts, restarts, and what it tells."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from core_services.link.greeting_frames import Hello
from core_services.link.message_frames import BoardMessage
from core_services.link.status_frames import Status
from tests.support.clock import ManualClock
from tests.support.display import PaperPage, Running, paper_page, running_display
from tests.support.eventually import eventually
from tests.support.hall_server import (
    NEXT_EPOCH,
    HallServer,
    board,
    call,
    called,
    hall_server,
    ping,
    welcome,
    withdrawn,
)

STEP_S = 0.2
"""Nine calls, one each step, come within 2 s."""


@pytest.fixture
async def server() -> AsyncIterator[HallServer]:
    async with hall_server() as started:
        yield started


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def until_linked(server: HallServer, times: int = 1) -> None:
    await server.until(lambda: server.connections >= times)


async def until_shown(server: HallServer, *calls: int) -> None:
    await server.until(lambda: list(calls) == server.shown)


async def until_board(running: Running, revision: int) -> None:
    async def has_it() -> bool:
        return running.display.state.revision >= revision

    await eventually(has_it)


async def until_connected(running: Running, clock: ManualClock, *, connected: bool = True) -> None:
    """Let time pass in small steps until the display's link is up, or down."""

    async def is_so() -> bool:
        await clock.advance(0.1)
        return running.display.connected is connected

    await eventually(is_so)


async def until_stale(page: PaperPage, *, stale: bool) -> None:
    async def is_so() -> bool:
        return page.face.stale is stale

    await eventually(is_so)


async def pass_time(
    clock: ManualClock, server: HallServer, running: Running, page: PaperPage, seconds: float
) -> None:
    """Let time pass step by step, the server there; a painted call is told before the next step."""
    for _ in range(round(seconds / STEP_S)):
        await clock.advance(STEP_S)
        await server.send(ping())

        async def is_quiet() -> bool:
            current = running.display.glass().current
            painted = current is None or page.current[-1:] == [current.display_label]
            heard = running.display.state.contact == clock.monotonic()
            return painted and heard and set(page.rung) <= set(server.shown)

        await eventually(is_quiet)


async def test_a_display_says_who_it_is_and_shows_the_hall(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(142, call(142, "142", 5, age_s=300), call(141, "141", 2, age_s=400))
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as arabic,
        paper_page(running.url, language="en") as english,
    ):
        await arabic.shows("١٤٢")
        await english.shows("142")
        assert isinstance(server.heard[0], Hello)
        assert server.heard[0].device == "D1"
        assert arabic.face.time == "١٢:٠٥ م"
        assert arabic.face.wait == "الانتظار من ٢٠ إلى ٣٠ دقيقة"
        assert arabic.face.centre == "المركز التكنولوجي بكفر صقر"
        assert [row.label for row in english.face.previous] == ["141"]
        assert arabic.rung == english.rung == []
        assert server.shown == []


async def test_nine_calls_within_two_seconds_are_each_shown_their_time_and_announced_once(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await until_linked(server)
        began: dict[str, float] = {}

        async def watch(seconds: float) -> None:
            for _ in range(round(seconds / STEP_S)):
                for label in page.current:
                    began.setdefault(label, clock.monotonic())
                await pass_time(clock, server, running, page, STEP_S)

        calls = [call(10 + number, str(100 + number), number) for number in range(1, 10)]
        for count, one in enumerate(calls, start=1):
            await server.send(called(one), board(one.id, *reversed(calls[:count])))
            await until_board(running, one.id)
            await page.shows("١٠١")
            await watch(STEP_S)
        await watch(60)
        assert page.rung == server.shown == [one.id for one in calls]
        assert page.current == [one.display_label for one in calls]
        stood = [later - earlier for earlier, later in itertools.pairwise(began.values())]
        assert all(one >= 3.99 for one in stood)
        assert stood[-1] >= 7.99
        assert [row.window for row in page.face.previous] == ["٨", "٧", "٦", "٥"]


async def test_a_minute_without_network_during_twenty_calls_ends_with_the_right_board(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await until_linked(server)
        await server.stop()
        await until_connected(running, clock, connected=False)
        await clock.advance(60)
        await until_stale(page, stale=True)
        calls = [
            call(100 + number, str(200 + number), number % 9 + 1, age_s=60 - number * 3)
            for number in range(20)
        ]
        server.board = board(150, *list(reversed(calls))[:12])
        returned = clock.monotonic()
        await server.start()
        await until_connected(running, clock)
        assert clock.monotonic() - returned <= 2.5
        await until_board(running, 150)
        assert server.connections == 2
        await pass_time(clock, server, running, page, 60)
        assert page.rung == [one.id for one in calls[8:]]
        await until_stale(page, stale=False)


async def test_a_restarted_server_greets_the_same_display_and_nothing_rings_again(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(12, call(12, "142", 5))
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await until_shown(server, 12)
        for times in range(2, 5):
            await server.cut()
            await until_connected(running, clock, connected=False)
            await until_connected(running, clock)
            await until_linked(server, times)
            await pass_time(clock, server, running, page, 10)
        assert page.rung == [12]
        hellos = [frame for frame in server.heard if isinstance(frame, Hello)]
        assert len({frame.journal_id for frame in hellos}) == 1


async def test_silence_of_fifteen_seconds_marks_the_board_until_the_server_speaks(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await until_linked(server)
        await until_board(running, 1)
        await server.stop()
        await until_connected(running, clock, connected=False)
        await clock.advance(13)
        assert not page.face.stale
        await clock.advance(3)
        await until_stale(page, stale=True)
        assert page.face.wait is None
        await server.start()
        await until_connected(running, clock)
        await until_stale(page, stale=False)
        assert page.face.wait is not None


async def test_shown_is_told_only_once_a_page_has_painted(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url, paints=False) as blind,
    ):
        await until_linked(server)
        await server.send(called(call(7, "107", 3)))
        await blind.shows("١٠٧")
        await clock.advance(5)
        assert server.shown == []
        async with paper_page(running.url) as page:
            await page.shows("١٠٧")
            await until_shown(server, 7)
            assert page.rung == [7]


async def test_without_a_page_nothing_is_announced_and_a_page_in_time_hears_it(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(7, call(7, "107", 3))
    async with running_display(server.url, tmp_path, clock) as running:
        await until_linked(server)
        await until_board(running, 7)
        await clock.advance(30)
        assert server.shown == []
        async with paper_page(running.url) as page:
            await page.shows("١٠٧")
            await until_shown(server, 7)
            assert page.rung == [7]


async def test_what_was_shown_while_the_server_was_away_is_told_when_it_is_back(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(8, call(8, "108", 4), call(7, "107", 3))
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await until_shown(server, 7)
        await server.stop()
        await until_connected(running, clock, connected=False)
        await clock.advance(9)
        await page.shows("١٠٨")
        await server.start()
        await until_connected(running, clock)
        await until_shown(server, 7, 8)


async def test_a_withdrawn_call_leaves_the_glass_after_its_time(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(5, call(5, "105", 1, age_s=300))
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await until_linked(server)
        await server.send(called(call(7, "107", 3)))
        await page.shows("١٠٧")
        await until_shown(server, 7)
        await server.send(withdrawn(7, 8))

        async def has_left() -> bool:
            return 7 not in [one.id for one in running.display.state.calls]

        await eventually(has_left)
        await clock.advance(7)
        assert page.current[-1] == "١٠٧"
        await clock.advance(2)
        await page.shows("١٠٥")


async def test_a_killed_display_rings_for_nothing_again_and_misses_nothing(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(9, call(9, "109", 3), call(8, "108", 4), call(7, "107", 3))
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await until_shown(server, 7)
        await clock.advance(4.5)
        await page.shows("١٠٨")
        await until_shown(server, 7, 8)
        assert page.rung == [7, 8]
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await until_linked(server, 2)
        await page.shows("١٠٨")
        await pass_time(clock, server, running, page, 7)
        assert page.current[-1] == "١٠٨"
        await pass_time(clock, server, running, page, 3)
        await page.shows("١٠٩")
        assert page.rung == [9]
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await until_linked(server, 3)
        await clock.advance(30)
        await page.shows("١٠٩")
        assert page.rung == []


async def test_a_restored_server_begins_with_an_empty_board(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(100, call(100, "142", 5))
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await until_shown(server, 100)
        server.welcome = welcome(epoch=NEXT_EPOCH)
        server.board = board(3, call(3, "103", 2), epoch=NEXT_EPOCH)
        await server.cut()
        await until_connected(running, clock, connected=False)
        await until_connected(running, clock)
        await page.shows("١٠٣")
        await until_shown(server, 100, 3)
        assert page.rung == [100, 3]
        assert page.face.previous == []


async def test_the_server_hears_every_five_seconds_whether_the_glass_is_lit(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    def statuses() -> list[str | None]:
        return [frame.detail for frame in server.heard if isinstance(frame, Status)]

    async with running_display(server.url, tmp_path, clock) as running:
        await server.until(lambda: statuses() == ["no page is open"])
        await clock.advance(5.1)
        await server.until(lambda: statuses() == ["no page is open"] * 2)
        async with paper_page(running.url):
            await server.until(lambda: statuses()[-1] is None)
        await server.until(lambda: statuses()[-1] == "no page is open")


async def test_a_glass_that_was_lit_once_is_missed_when_it_is_dark_after_a_restart_too(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    def glasses() -> list[str | None]:
        return [frame.glass for frame in server.heard if isinstance(frame, Status)]

    async with running_display(server.url, tmp_path, clock) as running:
        await server.until(lambda: glasses() == [None])
        async with paper_page(running.url):
            await server.until(lambda: glasses()[-1] == "lit")
        await server.until(lambda: glasses()[-1] == "dark")
    server.heard.clear()
    async with running_display(server.url, tmp_path, clock) as running:
        await server.until(lambda: glasses() == ["dark"])
        async with paper_page(running.url):
            await server.until(lambda: glasses()[-1] == "lit")


async def test_a_page_hears_from_its_agent_every_five_seconds(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    async with (
        running_display(server.url, tmp_path, clock) as running,
        paper_page(running.url) as page,
    ):
        await until_board(running, 1)
        await clock.advance(1)
        have = len(page.faces)
        await clock.advance(5.2)

        async def has_more() -> bool:
            return len(page.faces) > have

        await eventually(has_more)


async def test_health_says_whether_the_server_is_there(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    async with (
        running_display(server.url, tmp_path, clock) as running,
        aiohttp.ClientSession() as session,
    ):
        await until_board(running, 1)
        async with session.get(f"{running.url}/healthz") as answer:
            assert answer.status == 200
            assert await answer.json() == {
                "connected": True,
                "stale": False,
                "silent_s": 0.0,
                "revision": 1,
                "pages": 0,
                "trouble": "no page is open",
                "fault": None,
            }
        await server.stop()
        await until_connected(running, clock, connected=False)
        async with session.get(f"{running.url}/healthz") as answer:
            assert (await answer.json())["connected"] is False


async def test_only_this_machine_by_its_own_name_is_answered(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    async with (
        running_display(server.url, tmp_path, clock) as running,
        aiohttp.ClientSession() as session,
    ):
        for name in ("board.example:8082", "a:b:c", "127.0.0.1:port"):
            async with session.get(running.url, headers={"Host": name}) as answer:
                assert answer.status == 403
        async with session.get(
            f"{running.url}/ws", headers={"Origin": "http://board.example"}
        ) as answer:
            assert answer.status == 403
        async with session.get(running.url, headers={"Host": "localhost:8082"}) as answer:
            assert answer.status == 200


async def test_every_answer_carries_the_content_policy(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    async with (
        running_display(server.url, tmp_path, clock) as running,
        aiohttp.ClientSession() as session,
    ):
        for path, kind in {
            "/": "text/html",
            "/static/board.css": "text/css",
            "/static/board.js": "text/javascript",
            "/static/font.woff2": "font/woff2",
            "/static/sound.js": "text/javascript",
            "/static/chime.wav": "audio/wav",
            "/static/chime-short.wav": "audio/wav",
            "/worker.js": "text/javascript",
        }.items():
            async with session.get(running.url + path) as answer:
                assert answer.status == 200
                assert answer.content_type == kind
                assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
        async with session.get(running.url + "/static/../settings.py") as answer:
            assert answer.status == 404


async def test_a_page_that_talks_nonsense_harms_nobody(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    async with (
        running_display(server.url, tmp_path, clock) as running,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{running.url}/ws") as socket,
        paper_page(running.url) as page,
    ):
        for nonsense in ("", "{", '{"painted":"x"}', '{"painted":99999}', '{"spoken":5}', "[]"):
            await socket.send_str(nonsense)
        await server.send(called(call(7, "107", 3)))
        await page.shows("١٠٧")
        await until_shown(server, 7)


async def test_the_line_of_an_outage_stands_on_the_glass_and_stays_while_cut_off(
    server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    down = BoardMessage(
        text_ar="السيستم متوقف في رخص البناء، باقي الخدمات تعمل ودورك محفوظ.",
        text_en="The system is down for Building licences. Other services work.",
    )
    async with running_display(server.url, tmp_path, clock) as running:
        await until_linked(server)
        await server.send(board(7, call(7, "142", 5), messages=(down,)))
        await until_board(running, 7)
        assert running.display.glass().news == down
        await server.stop()
        await until_connected(running, clock, connected=False)
        await clock.advance(20)
        assert running.display.glass().stale
        assert running.display.glass().news == down
