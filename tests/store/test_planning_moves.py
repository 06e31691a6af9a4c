"""Suggested moves in the database: what may be moved, what was said, and whether it came true."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import connect
from queue_server.estimate.model import Range
from queue_server.estimate.stays import LONGEST_HOLD
from queue_server.planning.model import Move, Suggestion
from queue_server.planning.store_arrivals import count_came, read_mean_hold_s
from queue_server.planning.store_moves import (
    MoveTruth,
    Overstayed,
    read_move_truth,
    read_overstayed,
    read_places,
    record_moves,
    record_taken,
)
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import WindowAct
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, open_windows
from tests.support.seeding import seed_tickets


def suggestion(queue: Queue, *, window: int = 7, likely_s: float = 1320.0) -> Suggestion:
    at = queue.clock.now().timestamp()
    return Suggestion(
        move=Move("open", window, until=at + 3600),
        before=Range(2400.0, 2880.0, 3600.0),
        after=Range(min(900.0, likely_s), likely_s, 1800.0),
        by=at + 3600,
        people=80,
        gain=1500.0,
    )


async def said(queue: Queue, *suggestions: Suggestion) -> int:
    day, at = queue.today()
    return await record_moves(queue.pool, queue.centre.id, day=day, at=at, said=suggestions)


async def truth(queue: Queue) -> MoveTruth:
    day, _ = queue.today()
    return await read_move_truth(
        queue.pool, queue.centre.id, since=day, before=day + timedelta(days=1)
    )


async def test_windows_and_profiles_are_read_as_they_stand(queue: Queue) -> None:
    await open_windows(queue, 1, 2)
    await queue.act_on_window(
        2, "pause", actor=KEY, actor_name="Mona", any_window=True, reason="prayer"
    )
    places, profiles = await read_places(queue.pool, 1)
    first, second, third = places[:3]
    assert (first.number, first.state, first.profile) == (1, "open", "first")
    assert first.lanes == {"plain", "priority", "window:1"}
    assert (second.state, second.must_rest) == ("paused", True)
    assert (third.state, third.must_rest) == ("closed", False)
    assert {each.code: each.priority_first for each in profiles} == {
        "first": True,
        "rare": False,
        "unified": False,
    }


async def test_a_suggestion_is_an_event_and_the_same_promise_is_recorded_once(
    queue: Queue, clock: ManualClock
) -> None:
    before = await truth(queue)
    assert await said(queue, suggestion(queue)) == 1
    assert await said(queue, suggestion(queue)) == 0
    await clock.advance(60)
    assert await said(queue, suggestion(queue, likely_s=300)) == 0
    await clock.advance(300)
    assert await said(queue, suggestion(queue, likely_s=1400)) == 0
    assert await said(queue, suggestion(queue, likely_s=600)) == 1
    assert await said(queue, suggestion(queue, likely_s=600), suggestion(queue, window=8)) == 1
    assert (before.said, (await truth(queue)).said) == (0, 3)
    assert (await verify(queue.pool, 1)).is_whole


async def test_the_same_promise_until_another_half_hour_is_another_suggestion(
    queue: Queue, clock: ManualClock
) -> None:
    first = suggestion(queue)
    assert first.move.until is not None
    longer = replace(first, move=replace(first.move, until=first.move.until + 1800))
    assert await said(queue, first) == 1
    await clock.advance(60)
    assert await said(queue, longer) == 0
    await clock.advance(300)
    assert await said(queue, first) == 0
    assert await said(queue, longer) == 1
    ends = await queue.pool.fetch("SELECT until FROM move_event ORDER BY revision")
    assert [each["until"].timestamp() for each in ends] == [first.move.until, longer.move.until]


async def test_a_call_that_was_undone_proves_nothing(
    database: Database, queue: Queue, clock: ManualClock
) -> None:
    day, at = queue.today()
    await open_windows(queue, 1)
    await said(queue, suggestion(queue))
    await seed_tickets(database.app_dsn, 1, day=day, at=at, priority=False)
    await clock.advance(120)
    await open_windows(queue, 7)
    called = await queue.call_next(7, actor=KEY, own_only=False)
    assert called is not None
    await clock.advance(5)
    await journeys.undo(queue, called.id, actor=KEY, any_window=True, window=7)
    assert (await truth(queue)).followed == 1
    await clock.advance(1075)
    assert await queue.call_next(1, actor=KEY, own_only=False) is not None
    await clock.advance(3600)
    assert await truth(queue) == MoveTruth(said=1, followed=1, held=1)


async def test_moves_without_a_window_and_without_an_end_of_waiting_are_kept_too(
    queue: Queue,
) -> None:
    at = queue.clock.now().timestamp()
    stop = replace(suggestion(queue), move=Move("stop", at=at + 1800))
    profile = replace(suggestion(queue), move=Move("profile", 2, profile="first"))
    endless = replace(
        suggestion(queue, window=3),
        move=Move("resume", 3),
        before=Range(float("inf"), float("inf"), float("inf")),
    )
    assert await said(queue, stop, profile, endless) == 3


@pytest.mark.parametrize(("wait_s", "held"), [(1200, 1), (2500, 0)])
async def test_the_truth_of_an_opened_window_is_the_wait_that_followed(
    database: Database, queue: Queue, clock: ManualClock, wait_s: int, held: int
) -> None:
    day, at = queue.today()
    await open_windows(queue, 1)
    await said(queue, suggestion(queue))
    await seed_tickets(database.app_dsn, 5, day=day, at=at, priority=False)
    await clock.advance(120)
    await open_windows(queue, 7)
    assert (await truth(queue)).held == 0
    await clock.advance(wait_s - 120)
    for window in (1, 7):
        assert await queue.call_next(window, actor=KEY, own_only=False) is not None
    await clock.advance(3600)
    assert await truth(queue) == MoveTruth(said=1, followed=1, held=held)


async def test_a_window_that_nobody_opened_is_no_proof(queue: Queue, clock: ManualClock) -> None:
    await said(queue, suggestion(queue))
    await clock.advance(700)
    await open_windows(queue, 7)
    assert await truth(queue) == MoveTruth(said=1, followed=0, held=0)


async def test_a_window_that_was_to_be_kept_open_first_and_opened_later_is_proof(
    queue: Queue, clock: ManualClock
) -> None:
    later = suggestion(queue)
    keep = replace(later, move=replace(later.move, kind="keep"))
    await said(queue, keep)
    await clock.advance(60)
    await said(queue, later)
    await open_windows(queue, 7)
    assert await truth(queue) == MoveTruth(said=2, followed=1, held=0)


async def test_the_mean_hold_is_that_of_those_who_were_served(
    database: Database, queue: Queue
) -> None:
    day, at = queue.today()
    tickets = await seed_tickets(database.app_dsn, 60, day=day, at=at, priority=False)
    assert await count_came(queue.pool, 1, day=day) == 60
    owner = await connect(database.owner_dsn, application_name="test")
    try:
        await owner.execute(
            """
            UPDATE ticket SET state = 'finished', window_number = 1, called_at = issued_at,
                   started_at = issued_at + interval '20 s',
                   finished_at = issued_at + CASE WHEN id = $1 THEN $2::interval
                                                  ELSE interval '200 s' END
            """,
            tickets[0].id,
            LONGEST_HOLD + timedelta(seconds=1),
        )
    finally:
        await owner.close()
    after = day + timedelta(days=1)
    assert await read_mean_hold_s(queue.pool, 1, before=after, days=7) == pytest.approx(200)
    assert await read_mean_hold_s(queue.pool, 1, before=day, days=7) is None


async def test_a_window_that_was_opened_for_a_time_is_told_of_after_it_until_it_closes(
    queue: Queue, clock: ManualClock
) -> None:
    async def overstayed() -> tuple[Overstayed, ...]:
        day, at = queue.today()
        return await read_overstayed(queue.pool, 1, day=day, at=at)

    async def act(window: int, act: WindowAct) -> None:
        await queue.act_on_window(window, act, actor=KEY, actor_name="Hoda", any_window=True)

    day, _ = queue.today()
    await said(queue, suggestion(queue))
    await clock.advance(1500)
    taken = suggestion(queue)
    await record_taken(queue.pool, 1, day=day, at=queue.clock.now(), said=taken)
    await act(7, "open")
    await act(8, "open")
    assert taken.move.until is not None
    until = datetime.fromtimestamp(taken.move.until, UTC)
    await clock.advance(3599)
    assert await overstayed() == ()
    await clock.advance(1)
    assert await overstayed() == (Overstayed(7, until),)
    keep = replace(taken, move=Move("keep", 7, until=taken.move.until + 1800), by=taken.by + 1800)
    await said(queue, keep)
    assert await overstayed() == ()
    await clock.advance(1800)
    assert await overstayed() == (Overstayed(7, until + timedelta(seconds=1800)),)
    await act(7, "close")
    assert await overstayed() == ()
    await act(7, "open")
    assert await overstayed() == ()
