"""What the forward run starts from is what the hall holds, and what it learns is what ended."""

from datetime import timedelta
from typing import Final

from core_services.database.pool import Pool
from queue_server.appointments.acts import Appointments
from queue_server.estimate.model import Visit
from queue_server.estimate.situation import Expected, situation_of
from queue_server.estimate.store_situation import LARGEST_LINE, HallFacts, read_hall_facts
from queue_server.estimate.store_visits import (
    CameTrue,
    Lesson,
    WindowChanged,
    lessons_since,
    open_times,
    stays_on,
)
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Told, Wait
from tests.support.appointments import add_plan, at_wall, book
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.journeys import act, call, issue
from tests.support.queue import KEY, open_windows
from tests.support.seeding import seed_tickets

UNDO_S: Final = 31
"""After so long nothing can be undone any more."""


async def facts_of(queue: Queue) -> HallFacts:
    day, at = queue.today()
    return await read_hall_facts(queue.pool, queue.centre.id, day=day, at=at)


async def lessons_of(queue: Queue, *, at_once: int = 2000) -> list[Lesson]:
    """Read everything that may be learned, so many events at a time."""
    found: list[Lesson] = []
    revision = 0
    while True:
        read = await lessons_since(
            queue.pool, 1, revision=revision, at=queue.clock.now(), at_most=at_once
        )
        found += read.lessons
        revision = read.revision
        if read.is_all:
            return found


async def test_everybody_in_line_and_in_hand_is_read_as_the_rows_say(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5, 6)
    await queue.issue(IssueRequest(KEY, "api", service="reconciliation", requests=2))
    await clock.advance(60)
    in_hand = await call(queue, 5)
    await clock.advance(30)
    await queue.act(in_hand.id, "start", actor=KEY, any_window=True)
    waiting = [
        await queue.issue(IssueRequest(KEY, "api", priority="age65")),
        await queue.issue(IssueRequest(KEY, "kiosk", service="reconciliation")),
        await queue.issue(IssueRequest(KEY, "api", needs=("accessible_window", "female_clerk"))),
    ]
    facts = await facts_of(queue)
    assert facts.standing is not None
    assert {each.id: each for each in facts.standing}.keys() == {each.id for each in waiting}
    for ticket in waiting:
        [read] = [each for each in facts.standing if each.id == ticket.id]
        assert (read.queue, read.lane, read.service, read.priority) == (
            ticket.queue,
            ticket.lane,
            ticket.service,
            ticket.priority,
        )
        assert read.rank_at == ticket.rank_at.timestamp()
        assert read.since == ticket.waiting_since.timestamp()
        assert read.asks_for_woman == ("female_clerk" in ticket.needs)
    assert list(facts.standing) == sorted(facts.standing, key=lambda each: (each.rank_at, each.id))
    [window] = [each for each in facts.windows if each.number == 5]
    assert window.in_hand is not None
    assert (window.in_hand.service, window.in_hand.requests) == ("reconciliation", 2)
    started = window.in_hand.started_at
    assert started is not None
    assert started - window.in_hand.called_at == 30
    assert facts.revision == (await queue.hall()).revision


async def test_an_appointment_counts_until_its_grace_is_over(
    queue: Queue, clock: ManualClock
) -> None:
    await add_plan(queue)
    appointments = Appointments(queue)
    slot = at_wall(queue, "10:30")
    await book(appointments, slot, service="collection")
    [booked] = (await facts_of(queue)).booked
    assert (booked.queue, booked.service, booked.slot) == ("X", "collection", slot.timestamp())
    await clock.jump((slot - clock.now()).total_seconds() + 16 * 60)
    assert (await facts_of(queue)).booked == ()


async def test_a_line_longer_than_any_hall_is_not_read(queue: Queue, database: Database) -> None:
    day, at = queue.today()
    await seed_tickets(database.app_dsn, LARGEST_LINE + 1, day=day, at=at)
    assert (await facts_of(queue)).standing is None


async def test_what_windows_serve_and_how_long_they_let_people_wait_is_taken_as_it_is(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 1, 5, 6)
    await queue.act_on_window(6, "pause", actor=KEY, actor_name="", any_window=True, reason="break")
    await issue(queue)
    held = await call(queue, 5)
    await issue(queue)
    await clock.advance(40)
    facts = await facts_of(queue)
    situation = situation_of(facts, Expected(zone=queue.centre.zone))
    windows = {each.number: each for each in situation.windows}
    assert windows.keys() == {1, 5, 6}
    assert windows[1].priority_first
    assert windows[1].away_since == held.issued_at.timestamp()
    assert windows[5].in_hand is not None
    assert windows[5].away_since is None
    assert windows[6].away_since == clock.now().timestamp() - 40
    assert windows[5].lanes == {"plain", "priority", "window:5"}
    assert windows[5].queues == {"U", "X"}


async def test_each_stay_teaches_once_and_in_the_order_of_the_ends(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5, 6)
    missed, served, parked = [await issue(queue) for _ in range(3)]
    await clock.advance(60)
    await call(queue, 5)
    await clock.advance(45)
    await act(queue, missed, "no_show")
    await call(queue, 6)
    await act(queue, served, "start")
    await call(queue, 5)
    await act(queue, parked, "start")
    await clock.advance(90)
    await journeys.park(queue, parked.id, actor=KEY, any_window=True, reason="document")
    await clock.advance(30)
    await act(queue, served, "finish")
    await journeys.return_ticket(queue, missed.id, actor=KEY, in_time_only=False)
    await call(queue, 6)
    await act(queue, missed, "start")
    await clock.advance(200)
    await act(queue, missed, "finish")
    await clock.advance(UNDO_S)
    visits = [each for each in await lessons_of(queue) if isinstance(each, Visit)]
    assert [(each.ticket, each.outcome, each.window) for each in visits] == [
        (str(missed.id), "no_show", 5),
        (str(parked.id), "finished", 5),
        (str(served.id), "finished", 6),
        (f"{missed.id}/2", "finished", 6),
    ]
    holds = [(each.finished_at or 0) - (each.called_at or 0) for each in visits]
    assert holds == [45, 90, 120, 200]
    assert visits[3].issued_at - visits[0].issued_at == 225
    day, _ = queue.today()
    on_day = await stays_on(queue.pool, 1, day=day)
    assert sorted(on_day, key=lambda each: each.ticket) == sorted(
        visits, key=lambda each: each.ticket
    )


async def test_however_many_events_are_read_at_once_the_lessons_are_the_same(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5, 6)
    for nth in range(12):
        await issue(queue, "age65" if nth % 4 == 0 else "none")
        ticket = await call(queue, 5 + nth % 2)
        await clock.advance(100 + nth)
        for event in ("no_show",) if nth % 5 == 0 else ("start", "finish"):
            await act(queue, ticket, event)
    await queue.act_on_window(5, "close", actor=KEY, actor_name="", any_window=True)
    await clock.advance(UNDO_S)
    at_once = await lessons_of(queue)
    assert len([each for each in at_once if isinstance(each, Visit)]) == 12
    assert [each for each in at_once if isinstance(each, WindowChanged)][:2] == [
        WindowChanged(5, clock.now().timestamp() - UNDO_S - sum(range(100, 112)), True),
        WindowChanged(6, clock.now().timestamp() - UNDO_S - sum(range(100, 112)), True),
    ]
    for some in (1, 2, 7):
        assert await lessons_of(queue, at_once=some) == at_once


async def test_the_evenings_closing_is_learned_though_no_number_moves_after_it(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    await issue(queue)
    ticket = await call(queue)
    await act(queue, ticket, "start")
    await clock.advance(100)
    await act(queue, ticket, "finish")
    await clock.advance(UNDO_S)
    await queue.act_on_window(5, "close", actor=KEY, actor_name="", any_window=True)
    closed = WindowChanged(5, clock.now().timestamp(), False)
    assert (await lessons_of(queue))[-1] == closed
    assert (await lessons_of(queue, at_once=1))[-1] == closed


async def test_nothing_is_learned_that_may_still_be_undone_and_nothing_that_was(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    await issue(queue)
    ticket = await call(queue)
    await act(queue, ticket, "start")
    await clock.advance(100)
    await act(queue, ticket, "finish")
    await clock.advance(20)
    assert [each for each in await lessons_of(queue) if isinstance(each, Visit)] == []
    await journeys.undo(queue, ticket.id, actor=KEY, any_window=True, window=5)
    await clock.advance(60)
    await act(queue, ticket, "finish")
    await clock.advance(UNDO_S)
    [visit] = [each for each in await lessons_of(queue) if isinstance(each, Visit)]
    assert visit.called_at is not None
    assert visit.finished_at is not None
    assert visit.finished_at - visit.called_at == 180


async def test_a_reinstated_number_stands_in_line_from_then_on_and_a_void_one_never_did(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    for_good, for_a_while = await issue(queue), await issue(queue)
    await clock.advance(30)
    for each in (for_good, for_a_while):
        await act(queue, each, "void")
    await clock.advance(600)
    await journeys.reinstate(queue, for_a_while.id, actor=KEY)
    back = clock.now().timestamp()
    await clock.advance(60)
    await act(queue, await call(queue), "start")
    await clock.advance(200)
    await act(queue, for_a_while, "finish")
    await clock.advance(UNDO_S)
    day, _ = queue.today()
    [visit] = await stays_on(queue.pool, 1, day=day)
    assert [each for each in await lessons_of(queue) if isinstance(each, Visit)] == [visit]
    assert (visit.ticket, visit.issued_at) == (str(for_a_while.id), back)
    assert (visit.called_at, visit.finished_at) == (back + 60, back + 260)
    assert visit.rank_at == for_a_while.rank_at.timestamp()


async def test_a_number_that_was_heard_of_later_stands_in_line_since_its_citizen_came(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    came = clock.now()
    await clock.advance(1200)
    await queue.issue(IssueRequest(KEY, "emergency", arrived_at=came, fixed_label=("T", 101)))
    called = await call(queue)
    await clock.advance(100)
    await act(queue, called, "start")
    await act(queue, called, "finish")
    day, _ = queue.today()
    [visit] = await stays_on(queue.pool, 1, day=day)
    assert visit.issued_at == came.timestamp()
    assert visit.called_at == came.timestamp() + 1200


async def test_a_stay_tells_when_its_service_was_known(queue: Queue, clock: ManualClock) -> None:
    await open_windows(queue, 5, 6)
    unsaid = await issue(queue)
    said = await issue(queue, service="reconciliation")
    for window, ticket in ((5, unsaid), (6, said)):
        await call(queue, window)
        await act(queue, ticket, "start")
    await clock.advance(20)
    told_at = clock.now().timestamp()
    for ticket in (unsaid, said):
        await queue.act(ticket.id, "set_service", actor=KEY, any_window=True, service="collection")
    await clock.advance(100)
    for ticket in (unsaid, said):
        await act(queue, ticket, "finish")
    day, _ = queue.today()
    stays = {each.ticket: each for each in await stays_on(queue.pool, 1, day=day)}
    one, other = stays[str(unsaid.id)], stays[str(said.id)]
    assert (one.service, one.service_at_issue, one.service_known_at) == (
        "collection",
        None,
        told_at,
    )
    assert (other.service, other.service_known_at) == ("collection", None)


async def test_a_window_was_open_between_its_events(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    begins = clock.now()
    await open_windows(queue, 5)
    await clock.advance(600)
    await queue.act_on_window(5, "pause", actor=KEY, actor_name="", any_window=True, reason="break")
    await clock.advance(300)
    await open_windows(queue, 5)
    await clock.advance(900)
    spans = await open_times(pool, 1, begins=begins, ends=clock.now())
    assert [(each.window, each.closed_at - each.opened_at) for each in spans] == [
        (5, 600),
        (5, 900),
    ]
    later = await open_times(pool, 1, begins=begins + timedelta(seconds=1000), ends=clock.now())
    assert [each.closed_at - each.opened_at for each in later] == [800]


async def test_a_wait_that_was_foreseen_is_judged_by_its_first_call(
    queue: Queue, clock: ManualClock
) -> None:
    told = Told(Wait(300, 420, 600), 333, 555, middle_s=400, scale_s=90, model="run")

    class Oracle:
        """Says the same to everybody."""

        def foresee(self, asked: list[object]) -> list[Told]:
            return [told] * len(asked)

        def note_issued(self, tickets: object) -> None:
            """Keep nothing."""

    queue.issuer._foresight = Oracle()  # type: ignore[assignment]
    await open_windows(queue, 5)
    ticket = await issue(queue, service="reconciliation")
    assert ticket.wait_at_issue == told.wait
    await clock.advance(500)
    await call(queue)
    await clock.advance(UNDO_S)
    [true] = [each for each in await lessons_of(queue) if isinstance(each, CameTrue)]
    assert (true.wait_s, true.service, true.model) == (500, "reconciliation", "run")
    assert (true.said.low_s, true.said.high_s, true.middle_s, true.scale_s) == (333, 555, 400, 90)


async def test_no_wait_is_foreseen_where_no_window_serves(queue: Queue) -> None:
    told = Told(Wait(300, 420, 600), 333, 555, middle_s=400, scale_s=90, model="run")

    class Oracle:
        """Says the same to everybody."""

        def foresee(self, asked: list[object]) -> list[Told]:
            return [told] * len(asked)

        def note_issued(self, tickets: object) -> None:
            """Keep nothing."""

    queue.issuer._foresight = Oracle()  # type: ignore[assignment]
    ticket = await issue(queue)
    assert ticket.wait_at_issue is None
    [event] = await queue.events(ticket.id)
    assert event.detail is not None
    assert "model" not in event.detail
