"""The hub: one reading for many marks, nothing older after something newer, nobody waited for."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from core_services.database.errors import DatabaseGone
from core_services.link.hall_frames import ServiceCard
from queue_server.live.board import HallFacts
from queue_server.live.hub import Hub, HubClosed
from queue_server.live.subscriber import QUEUED_FRAMES, Audience, Subscriber
from queue_server.tickets.model import Hall
from tests.support.clock import ManualClock
from tests.support.halls import EPOCH, OPENING, a_hall, a_morning, with_call, without_call


class Centre:
    """A hall whose readings finish when the test says so, and a hub that reads it."""

    def __init__(self, hall: Hall | None = None) -> None:
        self.clock = ManualClock(OPENING)
        self.hall = hall or a_morning(12)
        self.facts = HallFacts()
        self.readings: list[asyncio.Future[Hall]] = []
        self.begun = 0
        self.is_slow = False
        self.hub = Hub(self._read, self.clock, facts=lambda: self.facts)

    async def _read(self) -> Hall:
        self.begun += 1
        if not self.is_slow:
            return self.hall
        reading: asyncio.Future[Hall] = asyncio.get_running_loop().create_future()
        self.readings.append(reading)
        return await reading

    async def settle(self) -> None:
        await self.clock.advance(0)

    def finish_reading(self, hall: Hall | None = None) -> None:
        self.readings.pop(0).set_result(hall or self.hall)


class Screen:
    """A subscriber whose socket takes frames when the test says so."""

    def __init__(self, hub: Hub, audience: Audience = "display") -> None:
        self.cuts = 0
        self._subscription = hub.subscription(audience, self._cut)
        self.subscriber: Subscriber = self._subscription.__enter__()
        self.taken: list[dict[str, Any]] = []

    def _cut(self) -> None:
        self.cuts += 1

    async def take(self) -> dict[str, Any] | None:
        """Take one frame; None when there is none."""
        try:
            async with asyncio.timeout(0):
                frame = await self.subscriber.next()
        except TimeoutError:
            return None
        if frame is None:
            return None
        self.taken.append(json.loads(frame))
        return self.taken[-1]

    async def take_all(self) -> list[dict[str, Any]]:
        frames = []
        while (frame := await self.take()) is not None:
            frames.append(frame)
        return frames

    def leave(self) -> None:
        self._subscription.__exit__(None, None, None)


@asynccontextmanager
async def running(centre: Centre) -> AsyncIterator[None]:
    """Run a centre's hub for the length of the block."""
    async with asyncio.TaskGroup() as tasks:
        hub = tasks.create_task(centre.hub.run())
        await centre.settle()
        yield
        hub.cancel()


async def test_a_new_display_is_shown_the_hall_at_once() -> None:
    centre = Centre()
    async with running(centre):
        screen = Screen(centre.hub)
        await centre.settle()
        frames = await screen.take_all()
    assert [frame["type"] for frame in frames] == ["board"]
    assert frames[0]["revision"] == centre.hall.revision
    assert len(frames[0]["calls"]) == 12


async def test_any_number_of_marks_during_a_reading_cause_exactly_one_more() -> None:
    centre = Centre()
    async with running(centre):
        centre.is_slow = True
        centre.hub.mark(centre.hall.revision)
        await centre.settle()
        assert centre.begun == 1
        for revision in range(600, 650):
            centre.hub.mark(revision)
        await centre.settle()
        assert centre.begun == 1
        centre.finish_reading()
        await centre.settle()
        assert centre.begun == 2
        centre.finish_reading()
        await centre.settle()
        assert centre.begun == 2


async def test_a_revision_that_was_shown_already_causes_no_reading() -> None:
    centre = Centre()
    async with running(centre):
        centre.hub.mark()
        await centre.settle()
        centre.hub.mark(centre.hall.revision - 1)
        await centre.settle()
        assert centre.begun == 1
        centre.hub.mark(centre.hall.revision)
        await centre.settle()
        assert centre.begun == 2


async def test_one_encoding_is_shared_by_all_displays() -> None:
    centre = Centre()
    async with running(centre):
        screens = [Screen(centre.hub) for _ in range(100)]
        await centre.settle()
        frames = {id(await screen.subscriber.next()) for screen in screens}
    assert len(frames) == 1
    assert centre.begun == 1


async def test_a_call_is_announced_before_the_board_that_holds_it() -> None:
    centre = Centre()
    async with running(centre):
        screen = Screen(centre.hub)
        await centre.settle()
        await screen.take_all()
        await centre.clock.advance(3)
        centre.hall = with_call(
            centre.hall, "113", window=4, at=centre.clock.now() - timedelta(milliseconds=40)
        )
        centre.hall = replace(centre.hall, at=centre.clock.now())
        centre.hub.mark(centre.hall.revision)
        await centre.settle()
        called, board = await screen.take_all()
    assert called["type"] == "called"
    assert called["call"]["label"] == "113"
    assert called["call"]["window"] == 4
    assert called["call"]["age_ms"] == 40
    assert board["type"] == "board"
    assert board["calls"][0]["id"] == called["call"]["id"]


async def test_a_no_show_is_withdrawn() -> None:
    centre = Centre()
    async with running(centre):
        screen = Screen(centre.hub)
        await centre.settle()
        await screen.take_all()
        gone = centre.hall.calls[0]
        centre.hall = without_call(centre.hall, gone.label)
        centre.hub.mark(centre.hall.revision)
        await centre.settle()
        withdrawn, board = await screen.take_all()
    assert withdrawn == {
        "type": "withdrawn",
        "epoch": str(EPOCH),
        "revision": centre.hall.revision,
        "call": gone.id,
    }
    assert all(call["id"] != gone.id for call in board["calls"])


async def test_a_display_that_was_never_shown_a_board_gets_no_single_call() -> None:
    centre = Centre()
    async with running(centre):
        centre.hub.mark()
        await centre.settle()
        centre.hall = with_call(centre.hall, "113")
        screen = Screen(centre.hub)
        await centre.settle()
        frames = await screen.take_all()
    assert [frame["type"] for frame in frames] == ["board"]
    assert frames[0]["calls"][0]["label"] == "113"


async def test_a_newcomer_costs_those_who_are_there_nothing() -> None:
    centre = Centre()
    async with running(centre):
        resident = Screen(centre.hub)
        await centre.settle()
        await resident.take_all()
        Screen(centre.hub)
        await centre.settle()
        assert await resident.take_all() == []


async def test_a_slow_display_finds_only_the_latest_board_but_every_call() -> None:
    centre = Centre()
    async with running(centre):
        screen = Screen(centre.hub)
        await centre.settle()
        await screen.take_all()
        for number in range(9):
            centre.hall = with_call(centre.hall, str(113 + number), window=number + 1)
            centre.hub.mark(centre.hall.revision)
            await centre.settle()
        frames = await screen.take_all()
    assert [frame["type"] for frame in frames] == ["called"] * 9 + ["board"]
    assert [frame["call"]["label"] for frame in frames[:9]] == [str(113 + n) for n in range(9)]
    assert frames[-1]["revision"] == centre.hall.revision


async def test_a_display_that_takes_nothing_is_cut_and_the_others_get_every_call() -> None:
    centre = Centre()
    async with running(centre):
        stalled, *others = [Screen(centre.hub) for _ in range(50)]
        await centre.settle()
        for screen in (stalled, *others):
            await screen.take_all()
        for number in range(QUEUED_FRAMES + 1):
            centre.hall = with_call(centre.hall, str(200 + number), window=number % 9 + 1)
            centre.hub.mark(centre.hall.revision)
            await centre.settle()
            for screen in others:
                await screen.take_all()
    assert stalled.cuts == 1
    assert stalled.subscriber.ending is not None
    assert "too slow" in stalled.subscriber.ending.reason
    for screen in others:
        called = [frame["call"]["label"] for frame in screen.taken if frame["type"] == "called"]
        assert called == [str(200 + number) for number in range(QUEUED_FRAMES + 1)]
        assert screen.cuts == 0


async def test_a_new_epoch_drops_old_calls_and_shows_its_lower_revision() -> None:
    centre = Centre()
    restored = uuid5(EPOCH, "restored")
    async with running(centre):
        screen = Screen(centre.hub)
        await centre.settle()
        await screen.take_all()
        centre.hall = with_call(centre.hall, "113")
        centre.hub.mark(centre.hall.revision)
        await centre.settle()
        centre.hall = replace(a_morning(3), epoch=restored)
        centre.hub.mark()
        await centre.settle()
        frames = await screen.take_all()
    assert [(frame["type"], frame["epoch"]) for frame in frames] == [("board", str(restored))]
    assert frames[0]["revision"] == centre.hall.revision == 102


async def test_a_refresh_shows_screens_older_ages_and_leaves_pages_alone() -> None:
    centre = Centre()
    async with running(centre):
        screen, page = Screen(centre.hub), Screen(centre.hub, "page")
        await centre.settle()
        await screen.take_all()
        assert [frame["type"] for frame in await page.take_all()] == ["changed"]
        await centre.clock.advance(4)
        centre.hall = replace(centre.hall, at=centre.clock.now())
        centre.hub.refresh()
        await centre.settle()
        (board,) = await screen.take_all()
        assert board["calls"][0]["age_ms"] == 4000
        assert await page.take_all() == []


async def test_a_refresh_that_finds_a_change_tells_pages_too() -> None:
    centre = Centre()
    async with running(centre):
        screen, page = Screen(centre.hub), Screen(centre.hub, "page")
        await centre.settle()
        await screen.take_all()
        await page.take_all()
        centre.hall = with_call(centre.hall, "113")
        centre.hub.refresh()
        await centre.settle()
        assert [frame["type"] for frame in await screen.take_all()] == ["called", "board"]
        assert (await page.take_all())[0]["revision"] == centre.hall.revision


async def test_a_hundred_nudges_reach_pages_twice_and_screens_never_and_cost_no_reading() -> None:
    centre = Centre()
    async with running(centre):
        screen, page = Screen(centre.hub), Screen(centre.hub, "page")
        await centre.settle()
        await screen.take_all()
        await page.take_all()
        for _ in range(100):
            centre.hub.nudge()
            await centre.settle()
            await page.take_all()
        await centre.clock.advance(2)
        await page.take_all()
        assert [frame["type"] for frame in page.taken] == ["changed"] * 3
        assert await screen.take_all() == []
        assert centre.begun == 1


async def test_a_kiosk_gets_the_services_once_and_again_when_they_change() -> None:
    centre = Centre()
    card = ServiceCard(
        code="s", name_ar="خدمة", name_en="Service", papers_ar=[], papers_en=[],
        fee_piastres=22_500, group_ar="أ", group_en="A",
    )  # fmt: skip
    centre.facts = HallFacts(services=(card,))
    async with running(centre):
        kiosk = Screen(centre.hub, "kiosk")
        await centre.settle()
        centre.hub.refresh()
        await centre.settle()
        assert [frame["services"] is not None for frame in await kiosk.take_all()] == [True]
        centre.hub.refresh()
        await centre.settle()
        assert [frame["services"] is not None for frame in await kiosk.take_all()] == [False]
        centre.facts = HallFacts(services=(card.model_copy(update={"open": False}),))
        centre.hub.refresh()
        await centre.settle()
        (hall,) = await kiosk.take_all()
        assert hall["services"][0]["open"] is False


async def test_everyone_but_pages_is_pinged_every_five_seconds() -> None:
    centre = Centre()
    async with running(centre):
        screen, device, page = (Screen(centre.hub, kind) for kind in ("display", "device", "page"))
        await centre.settle()
        for listener in (screen, device, page):
            await listener.take_all()
        await centre.clock.advance(5)
        assert [frame["type"] for frame in await screen.take_all()] == ["ping"]
        assert [frame["type"] for frame in await device.take_all()] == ["ping"]
        assert await page.take_all() == []


async def test_pings_go_on_while_the_hall_cannot_be_read() -> None:
    centre = Centre()
    async with running(centre):
        screen = Screen(centre.hub)
        await centre.settle()
        await screen.take_all()
        centre.is_slow = True
        centre.hub.mark()
        await centre.clock.advance(5)
        assert [frame["type"] for frame in await screen.take_all()] == ["ping"]


async def test_an_unreadable_hall_is_read_again_and_nothing_is_lost() -> None:
    centre = Centre()
    async with running(centre):
        screen = Screen(centre.hub)
        await centre.settle()
        await screen.take_all()
        centre.is_slow = True
        centre.hall = with_call(centre.hall, "113")
        centre.hub.mark(centre.hall.revision)
        await centre.settle()
        centre.readings.pop(0).set_exception(ConnectionResetError("the database went away"))
        await centre.settle()
        assert await screen.take_all() == []
        centre.is_slow = False
        await centre.clock.advance(1)
        assert [frame["type"] for frame in await screen.take_all()] == ["called", "board"]


async def test_a_database_that_is_away_is_told_once_and_without_a_traceback() -> None:
    away = DatabaseGone("it was stopped")
    centre = Centre()
    async with running(centre):
        await centre.settle()
        centre.is_slow = True
        with capture_logs() as logs:
            centre.hub.mark(centre.hall.revision)
            for _ in range(2):
                await centre.settle()
                centre.readings.pop(0).set_exception(away)
                await centre.settle()
                await centre.clock.advance(1)
    told = [log for log in logs if log["event"] == "hall_unreadable"]
    assert told == [{"event": "hall_unreadable", "log_level": "warning", "why": str(away)}]


async def test_a_flood_of_changes_is_read_forty_times_a_second() -> None:
    centre = Centre()
    async with running(centre):
        for _ in range(600):
            centre.hub.mark()
            await centre.clock.advance(0.005)
        assert 215 <= centre.begun <= 225  # three seconds' allowance, and what was saved


async def test_single_changes_are_read_at_once_however_long_a_reading_takes() -> None:
    centre = Centre()
    async with running(centre):
        centre.is_slow = True
        for number in range(1, 20):
            centre.hub.mark()
            await centre.settle()
            assert centre.begun == number
            await centre.clock.advance(0.5)
            centre.finish_reading()
            await centre.settle()


class Socket:
    """The socket of a screen whose task writes: what was given to it at once, and by the task."""

    def __init__(self, screen: Screen) -> None:
        self.has_room = True
        self.at_once: list[str] = []
        self.by_task: list[str] = []
        self.subscriber = screen.subscriber
        self.subscriber.write_at_once = self._write

    def _write(self, frame: bytes) -> bool:
        if self.has_room:
            self.at_once.append(json.loads(frame)["type"])
        return self.has_room

    async def run(self) -> None:
        while (frame := await self.subscriber.next()) is not None:
            self.by_task.append(json.loads(frame)["type"])


async def test_a_screen_with_nothing_pending_is_written_to_at_once_the_call_first() -> None:
    centre = Centre()
    async with running(centre), asyncio.TaskGroup() as tasks:
        socket = Socket(Screen(centre.hub))
        writing = tasks.create_task(socket.run())
        await centre.settle()
        centre.hall = with_call(centre.hall, "142")
        centre.hub.mark()
        await centre.settle()
        assert socket.by_task == ["board"]
        assert socket.at_once == ["called", "board"]
        writing.cancel()


async def test_a_screen_without_room_gets_its_frames_in_order_by_its_task() -> None:
    centre = Centre()
    async with running(centre), asyncio.TaskGroup() as tasks:
        socket = Socket(Screen(centre.hub))
        writing = tasks.create_task(socket.run())
        await centre.settle()
        socket.has_room = False
        centre.hall = with_call(centre.hall, "142")
        centre.hub.mark()
        await centre.settle()
        assert socket.by_task == ["board", "called", "board"]
        socket.has_room = True
        centre.hub.refresh()
        await centre.settle()
        assert socket.at_once == ["board"]
        writing.cancel()


async def test_frames_that_wait_are_never_overtaken_by_one_written_at_once() -> None:
    centre = Centre()
    async with running(centre):
        socket = Socket(Screen(centre.hub))
        await centre.settle()
        centre.hall = with_call(centre.hall, "142")
        centre.hub.mark()
        await centre.settle()
        assert socket.at_once == []  # its task has not asked for anything yet


async def test_a_closing_hub_sends_everyone_away_and_takes_nobody_new() -> None:
    centre = Centre()
    async with running(centre):
        screen, page = Screen(centre.hub), Screen(centre.hub, "page")
        await centre.settle()
        centre.hub.close()
        for listener in (screen, page):
            assert await listener.take() is None
            assert listener.subscriber.ending is not None
            assert listener.subscriber.ending.code == 1012
        with pytest.raises(HubClosed):
            Screen(centre.hub)


async def test_a_subscriber_that_left_is_forgotten() -> None:
    centre = Centre()
    async with running(centre):
        screen = Screen(centre.hub)
        screen.leave()
        await centre.settle()
        centre.hub.mark()
        await centre.settle()
        assert await screen.take_all() == []


CHANGES = ("call", "recall", "no_show", "restore", "mark", "refresh")
READINGS = ("finish", "finish", "stale", "fail", "second")
SCREENS = ("join", "take", "take_all")
ACTS = st.sampled_from((*CHANGES, *READINGS, *SCREENS))


@settings(max_examples=200)
@given(acts=st.lists(ACTS, max_size=60))
def test_whatever_the_interleaving_nothing_older_follows_something_newer(acts: list[str]) -> None:
    with capture_logs():
        asyncio.run(_play(acts))


async def _play(acts: list[str]) -> None:
    """Play the acts on a hub, then let it come to rest; check what each screen was sent."""
    centre = Centre(a_hall(500))
    centre.is_slow = True
    older = centre.hall
    screens: list[Screen] = []
    calls = 0
    restores = 0
    async with running(centre):
        for act in acts:
            match act:
                case "call":
                    calls += 1
                    centre.hall = with_call(centre.hall, str(100 + calls), at=centre.clock.now())
                    centre.hub.mark(centre.hall.revision)
                case "recall" if centre.hall.calls:
                    label = centre.hall.calls[-1].label
                    centre.hall = with_call(centre.hall, label, at=centre.clock.now())
                    centre.hub.mark(centre.hall.revision)
                case "no_show" if centre.hall.calls:
                    centre.hall = without_call(centre.hall, centre.hall.calls[0].label)
                    centre.hub.mark(centre.hall.revision)
                case "restore":
                    restores += 1
                    epoch = uuid5(EPOCH, str(restores))
                    older = centre.hall = replace(a_hall(10 * restores), epoch=epoch)
                    centre.hub.mark()
                case "mark":
                    centre.hub.mark()
                case "refresh":
                    centre.hub.refresh()
                case "finish" if centre.readings:
                    centre.finish_reading()
                    older = centre.hall
                case "stale" if centre.readings:
                    centre.finish_reading(older)
                case "fail" if centre.readings:
                    centre.readings.pop(0).set_exception(OSError("cut"))
                case "take":
                    for screen in screens:
                        await screen.take()
                case "take_all":
                    for screen in screens[::2]:
                        await screen.take_all()
                case "join":
                    screens.append(Screen(centre.hub))
                case "second":
                    await centre.clock.advance(1)
            await centre.settle()
        centre.is_slow = False
        while centre.readings:
            centre.finish_reading()
            await centre.settle()
        centre.hub.mark()
        await centre.clock.advance(30)
        for screen in screens:
            await screen.take_all()
    for screen in screens:
        _check(screen, centre.hall)


def _check(screen: Screen, hall: Hall) -> None:
    frames = [frame for frame in screen.taken if frame["type"] != "ping"]
    epochs: list[str] = []
    revision = -1
    announced: set[tuple[str, int]] = set()
    for frame in frames:
        if not epochs or frame["epoch"] != epochs[-1]:
            assert frame["type"] == "board", "an epoch begins with a board"
            assert frame["epoch"] not in epochs, "an epoch that ended does not come back"
            epochs.append(frame["epoch"])
            revision = -1
        assert frame["revision"] >= revision, "nothing older after something newer"
        revision = frame["revision"]
        if frame["type"] == "called":
            call = (frame["epoch"], frame["call"]["id"])
            assert call not in announced, "a call is announced once"
            announced.add(call)
    last = frames[-1]
    assert last["type"] == "board"
    assert UUID(last["epoch"]) == hall.epoch
    assert last["revision"] == hall.revision
    assert [call["id"] for call in last["calls"]] == [call.id for call in hall.calls]
