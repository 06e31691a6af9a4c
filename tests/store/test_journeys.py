"""The acts beside the straight way, against PostgreSQL: what each does, and what it refuses."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    ActNotAllowed,
    DayNotLater,
    HasANumber,
    LabelTaken,
    LimitReached,
    NobodyThere,
    NothingToUndo,
    OfAnotherDay,
    ServiceFull,
    TicketOfAnother,
    TooEarly,
    TooLate,
    UnknownQueue,
    UnknownStaff,
    UnknownTicket,
    UnknownWindow,
    WindowBusy,
    WindowNotOpen,
    WindowOfAnother,
)
from queue_server.tickets.issuing import IssueRequest, PersonMarks
from queue_server.tickets.model import Actor, Claim, Need, Priority, Ticket
from queue_server.tickets.store_journeys import Destination
from queue_server.tickets.store_supervision import read_day_report
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, OTHER, STAFF, open_windows
from tests.support.recomputed import recomputed


async def issue(queue: Queue, priority: Priority = "none", **said: Any) -> Ticket:
    return await queue.issue(IssueRequest(KEY, "api", priority=priority, **said))


async def call(queue: Queue, window: int = 5, actor: Actor = KEY) -> Ticket:
    called = await queue.call_next(window, actor=actor, own_only=False)
    assert called is not None
    return called


async def act(queue: Queue, ticket: Ticket, event: Any, actor: Actor = KEY) -> Ticket:
    return await queue.act(ticket.id, event, actor=actor, any_window=True)


async def serve(queue: Queue, window: int = 5) -> Ticket:
    """Issue a ticket and serve it at the window, which stands open."""
    await issue(queue)
    return await act(queue, await call(queue, window), "start")


async def set_policy(database: Database, **said: object) -> None:
    """Publish what is said; all else stays as it is by default."""
    connection = await asyncpg.connect(database.owner_dsn)
    try:
        await connection.execute(
            "INSERT INTO policy_now (centre_id) VALUES (1) ON CONFLICT DO NOTHING"
        )
        for name, value in said.items():
            await connection.execute(f"UPDATE policy_now SET {name} = $1", value)
    finally:
        await connection.close()


async def add_clerk(database: Database, staff: Actor) -> None:
    connection = await asyncpg.connect(database.owner_dsn)
    try:
        await connection.execute(
            "INSERT INTO staff (centre_id, id, username, name_ar, name_en, role, password_hash,"
            " created_at) VALUES (1, $1, $2, 'منى', 'Mona', 'clerk', '$argon2id$x', now())",
            staff.id,
            f"c{str(staff.id)[:8]}",
        )
    finally:
        await connection.close()


class TestParking:
    async def test_a_parked_ticket_frees_its_window_and_is_called_first_when_it_resumes(
        self, queue: Queue, clock: ManualClock
    ) -> None:
        await open_windows(queue, 5)
        ticket = await serve(queue)
        later = await issue(queue)
        parked = await journeys.park(
            queue, ticket.id, actor=KEY, any_window=False, reason="copy of the card"
        )
        assert (parked.state, parked.window) == ("parked", 5)
        assert (await call(queue)).id == later.id
        await act(queue, later, "no_show")
        third = await issue(queue)
        resumed = await journeys.resume(queue, ticket.id, actor=KEY, any_window=False)
        assert (resumed.state, resumed.lane, resumed.rank_at) == (
            "waiting",
            "window:5",
            ticket.rank_at,
        )
        assert await queue.line_for(5) == (ticket.label, third.label)
        assert (await call(queue)).id == ticket.id

    async def test_other_windows_do_not_see_who_waits_for_one(self, queue: Queue) -> None:
        await open_windows(queue, 5, 6)
        ticket = await serve(queue)
        await journeys.park(queue, ticket.id, actor=KEY, any_window=False, reason="copy")
        await journeys.resume(queue, ticket.id, actor=KEY, any_window=False)
        assert await queue.call_next(6, actor=KEY, own_only=False) is None
        assert (await call(queue, 5)).id == ticket.id

    async def test_a_timer_resumes_by_itself(self, queue: Queue, clock: ManualClock) -> None:
        await open_windows(queue, 5)
        ticket = await serve(queue)
        await journeys.park(
            queue, ticket.id, actor=KEY, any_window=False, reason="copy", minutes=10
        )
        await clock.advance(599)
        await queue.keep_house()
        assert (await queue.ticket(ticket.id)).state == "parked"
        await clock.advance(1)
        await queue.keep_house()
        assert (await queue.ticket(ticket.id)).state == "waiting"
        assert (await queue.events(ticket.id))[-1].actor_kind == "system"

    async def test_when_the_window_has_closed_any_clerk_resumes_for_any_window(
        self, queue: Queue
    ) -> None:
        await open_windows(queue, 5, actor=STAFF)
        await issue(queue)
        ticket = await act(queue, await call(queue, 5, STAFF), "start", STAFF)
        await journeys.park(queue, ticket.id, actor=STAFF, any_window=False, reason="copy")
        with pytest.raises(WindowOfAnother):
            await journeys.resume(queue, ticket.id, actor=OTHER, any_window=False)
        await queue.act_on_window(5, "close", actor=STAFF, actor_name="Mona", any_window=False)
        resumed = await journeys.resume(queue, ticket.id, actor=OTHER, any_window=False)
        assert resumed.lane == "plain"

    async def test_only_the_window_that_serves_a_ticket_parks_it(self, queue: Queue) -> None:
        await open_windows(queue, 5, actor=STAFF)
        await issue(queue)
        ticket = await act(queue, await call(queue, 5, STAFF), "start", STAFF)
        with pytest.raises(WindowOfAnother):
            await journeys.park(queue, ticket.id, actor=OTHER, any_window=False, reason="copy")
        with pytest.raises(TicketOfAnother):
            await journeys.park(
                queue, ticket.id, actor=STAFF, any_window=False, window=6, reason="copy"
            )
        waiting = await issue(queue)
        with pytest.raises(ActNotAllowed) as refused:
            await journeys.park(queue, waiting.id, actor=STAFF, any_window=True, reason="copy")
        assert refused.value.allowed == ("cancel", "void")


class TestTransfer:
    async def test_a_transfer_keeps_number_and_place(
        self, queue: Queue, clock: ManualClock
    ) -> None:
        await open_windows(queue, 5, 6)
        ticket = await serve(queue)
        await clock.advance(300)
        waiting = await issue(queue)
        moved = await journeys.transfer(
            queue, ticket.id, Destination(queue="X"), actor=KEY, any_window=True, reason="cash"
        )
        assert (moved.label, moved.queue, moved.rank_at, moved.window) == (
            ticket.label,
            "X",
            ticket.rank_at,
            None,
        )
        assert [(await call(queue, n)).id for n in (5, 6)] == [ticket.id, waiting.id]

    async def test_to_a_window_means_that_window_and_no_other(self, queue: Queue) -> None:
        await open_windows(queue, 5, 6, 7)
        ticket = await serve(queue)
        await journeys.transfer(
            queue, ticket.id, Destination(window=6), actor=KEY, any_window=True, reason="cash"
        )
        assert await queue.call_next(7, actor=KEY, own_only=False) is None
        assert (await call(queue, 6)).id == ticket.id

    async def test_to_a_person_means_the_window_where_they_sit(
        self, queue: Queue, database: Database
    ) -> None:
        for clerk in (STAFF, OTHER):
            await add_clerk(database, clerk)
        await open_windows(queue, 5, actor=STAFF)
        await open_windows(queue, 6, actor=OTHER)
        await open_windows(queue, 7)
        await issue(queue)
        ticket = await call(queue, 5, STAFF)
        assert OTHER.id is not None
        await journeys.transfer(
            queue,
            ticket.id,
            Destination(staff=OTHER.id),
            actor=STAFF,
            any_window=False,
            reason="asked for a woman",
        )
        assert await queue.call_next(7, actor=KEY, own_only=False) is None
        assert await queue.line_for(6) == (ticket.label,)
        assert (await call(queue, 6, OTHER)).id == ticket.id

    async def test_a_window_that_closes_lets_all_see_who_waited_for_it(
        self, queue: Queue, pool: Pool, database: Database
    ) -> None:
        await add_clerk(database, STAFF)
        await open_windows(queue, 5, actor=STAFF)
        await open_windows(queue, 6, 7)
        bound: list[Ticket] = []
        for to in (Destination(window=5), Destination(staff=STAFF.id)):
            ticket = await serve(queue, 6)
            bound.append(ticket)
            await journeys.transfer(queue, ticket.id, to, actor=KEY, any_window=True, reason="file")
        await queue.act_on_window(5, "close", actor=STAFF, actor_name="Mona", any_window=False)
        assert [(await call(queue, n)).id for n in (6, 7)] == [each.id for each in bound]
        for ticket in bound:
            assert "release" in [event.event for event in await queue.events(ticket.id)]
        assert (await verify(pool, 1)).is_whole

    async def test_nobody_is_sent_where_nobody_is(self, queue: Queue, database: Database) -> None:
        await open_windows(queue, 5)
        ticket = await serve(queue)
        absent = Actor("staff", uuid4())
        await add_clerk(database, absent)
        refusals: list[tuple[Destination, type[Exception]]] = [
            (Destination(window=8), NobodyThere),
            (Destination(window=100), UnknownWindow),
            (Destination(queue="no-such"), UnknownQueue),
            (Destination(staff=absent.id), NobodyThere),
            (Destination(staff=uuid4()), UnknownStaff),
        ]
        for to, refusal in refusals:
            with pytest.raises(refusal):
                await journeys.transfer(
                    queue, ticket.id, to, actor=KEY, any_window=True, reason="file"
                )
        assert (await queue.ticket(ticket.id)).state == "serving"

    async def test_a_called_number_that_went_elsewhere_is_withdrawn_from_the_screens(
        self, queue: Queue
    ) -> None:
        await open_windows(queue, 5)
        await issue(queue)
        ticket = await call(queue)
        assert [each.label for each in (await queue.hall()).calls] == [ticket.label]
        await journeys.transfer(
            queue, ticket.id, Destination(queue="X"), actor=KEY, any_window=True, reason="file"
        )
        assert (await queue.hall()).calls == ()


class TestNoShow:
    @pytest.mark.parametrize(
        ("needs", "after_s", "may"),
        [
            ((), 44, False),
            ((), 45, True),
            (("more_time",), 119, False),
            (("more_time",), 120, True),
        ],
    )
    async def test_a_clerk_waits_as_long_as_the_policy_says(
        self,
        queue: Queue,
        clock: ManualClock,
        database: Database,
        needs: tuple[Need, ...],
        after_s: int,
        may: bool,
    ) -> None:
        await set_policy(database, no_show_after_s=45, no_show_after_more_time_s=120)
        await open_windows(queue, 5)
        await issue(queue, needs=needs)
        ticket = await call(queue)
        await clock.advance(after_s)
        missed = queue.act(ticket.id, "no_show", actor=KEY, any_window=False)
        if may:
            assert (await missed).state == "no_show"
        else:
            with pytest.raises(TooEarly) as early:
                await missed
            assert early.value.seconds == 1

    async def test_a_supervisor_need_not_wait(self, queue: Queue, database: Database) -> None:
        await set_policy(database, no_show_after_s=45)
        await open_windows(queue, 5)
        await issue(queue)
        assert (await act(queue, await call(queue), "no_show")).state == "no_show"

    async def test_recalls_have_a_limit_and_an_interval(
        self, queue: Queue, clock: ManualClock, database: Database
    ) -> None:
        await set_policy(database, recall_limit=2, recall_interval_s=15)
        await open_windows(queue, 5)
        await issue(queue)
        ticket = await call(queue)

        async def recall() -> Ticket:
            return await queue.act(ticket.id, "recall", actor=KEY, any_window=False)

        with pytest.raises(TooEarly):
            await recall()
        for count in (1, 2):
            await clock.advance(15)
            assert (await recall()).recalls == count
        await clock.advance(15)
        with pytest.raises(LimitReached) as refused:
            await recall()
        assert refused.value.limit == 2

    @pytest.mark.parametrize(
        ("priority", "return_credit_s", "credit_s"),
        [("none", 0, 0), ("none", 300, 300), ("age65", 300, 900), ("age65", 1200, 1200)],
    )
    async def test_a_return_is_placed_by_its_moment_and_the_larger_credit(
        self,
        queue: Queue,
        clock: ManualClock,
        database: Database,
        priority: Priority,
        return_credit_s: int,
        credit_s: int,
    ) -> None:
        await set_policy(database, return_credit_s=return_credit_s)
        await open_windows(queue, 5)
        await issue(queue, priority)
        ticket = await act(queue, await call(queue), "no_show")
        await clock.advance(1000)
        back = await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=True)
        assert back.rank_at == clock.now() - timedelta(seconds=credit_s)
        assert (back.state, back.returns, back.call_id, back.window) == ("waiting", 1, None, None)

    @pytest.mark.parametrize("allowed", [0, 1, 2])
    async def test_a_ticket_returns_as_often_as_the_policy_says(
        self, queue: Queue, database: Database, allowed: int
    ) -> None:
        await set_policy(database, returns_allowed=allowed)
        await open_windows(queue, 5)
        ticket = await issue(queue)
        for _ in range(allowed):
            await act(queue, await call(queue), "no_show")
            await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=True)
        await act(queue, await call(queue), "no_show")
        with pytest.raises(LimitReached):
            await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=False)

    async def test_a_return_too_late_is_the_supervisors_to_allow(
        self, queue: Queue, clock: ManualClock, database: Database
    ) -> None:
        await set_policy(database, return_within_s=1800)
        await open_windows(queue, 5)
        await issue(queue)
        ticket = await act(queue, await call(queue), "no_show")
        await clock.advance(1801)
        with pytest.raises(TooLate) as late:
            await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=True)
        assert late.value.seconds == 1
        back = await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=False)
        assert back.state == "waiting"

    async def test_absentees_never_stand_before_those_who_wait(
        self, queue: Queue, clock: ManualClock
    ) -> None:
        """Twenty no-shows come back at once: they stand behind everybody who is there."""
        await open_windows(queue, 5)
        absent = [await issue(queue) for _ in range(20)]
        for _ in absent:
            await act(queue, await call(queue), "no_show")
        await clock.advance(60)
        present = [await issue(queue) for _ in range(5)]
        await clock.advance(60)
        for ticket in absent:
            await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=True)
        order = await queue.line_for(5, limit=25)
        assert order == tuple(each.label for each in [*present, *absent])


class TestPastTheLine:
    async def test_a_chosen_ticket_is_called_by_id_or_label_and_marked(self, queue: Queue) -> None:
        await open_windows(queue, 5, 6)
        await issue(queue)
        second, third = await issue(queue), await issue(queue)
        for window, chosen in ((5, second.id), (6, third.label)):
            called = await journeys.call_out_of_order(
                queue, window, chosen, actor=KEY, any_window=False, reason="frail"
            )
            event = (await queue.events(called.id))[-1]
            assert (event.event, event.reason, event.detail) == (
                "call",
                "frail",
                {"out_of_order": True},
            )
            assert called.call_id == event.revision
        assert [each.label for each in (await queue.hall()).calls] == [third.label, second.label]

    async def test_out_of_order_needs_an_open_own_free_window_and_a_waiting_ticket(
        self, queue: Queue
    ) -> None:
        await open_windows(queue, 5, actor=STAFF)
        ticket = await issue(queue)

        async def choose(chosen: UUID | str, window: int = 5, actor: Actor = STAFF) -> Ticket:
            return await journeys.call_out_of_order(
                queue, window, chosen, actor=actor, any_window=False, reason="frail"
            )

        with pytest.raises(WindowOfAnother):
            await choose(ticket.id, actor=OTHER)
        with pytest.raises(UnknownTicket):
            await choose("999")
        await choose(ticket.id)
        with pytest.raises(WindowBusy):
            await choose((await issue(queue)).id)
        await act(queue, ticket, "no_show")
        with pytest.raises(ActNotAllowed):
            await choose(ticket.id)
        await queue.act_on_window(5, "pause", actor=STAFF, actor_name="Mona", any_window=False)
        with pytest.raises(WindowNotOpen):
            await choose(ticket.id)

    async def test_somebody_without_a_number_is_served_and_counted_but_not_announced(
        self, queue: Queue, pool: Pool
    ) -> None:
        await open_windows(queue, 5)
        before = await issue(queue)
        ticket = await journeys.walk_direct(
            queue, 5, service="collection", actor=KEY, any_window=False, reason="wheelchair"
        )
        assert (ticket.state, ticket.window, ticket.label) == ("serving", 5, "A101")
        assert [event.event for event in await queue.events(ticket.id)] == [
            "issue",
            "call",
            "start",
        ]
        hall = await queue.hall()
        assert hall.calls == ()
        assert hall.waiting == 1
        await act(queue, ticket, "finish")
        await call(queue)
        report = await read_day_report(pool, 1, day=queue.today()[0])
        assert (report.counts.issued, report.counts.finished) == (2, 1)
        assert [each.people for each in report.waits if each.queue is None] == [1], before.label
        found = await recomputed(pool)
        assert {line.measure for line in found.durations_us if line.queue == "X"} == {
            "walk",
            "service",
        }

    async def test_a_walk_in_pressed_twice_is_one_ticket(self, queue: Queue) -> None:
        await open_windows(queue, 5)
        claim = Claim("key", "POST", "/windows/5/walk-direct", "k", b"body")
        tickets = await asyncio.gather(
            *(
                journeys.walk_direct(
                    queue, 5, service=None, actor=KEY, any_window=True, claim=claim
                )
                for _ in range(3)
            )
        )
        assert len({each.id for each in tickets}) == 1


class TestUndo:
    @pytest.mark.parametrize("event", ["call", "start", "finish", "no_show", "park", "cancel"])
    async def test_what_can_be_undone_leaves_the_ticket_as_it_was(
        self, queue: Queue, event: str
    ) -> None:
        await open_windows(queue, 5)
        before = await issue(queue)
        if event != "call":
            before = await call(queue)
        if event in ("finish", "park"):
            before = await act(queue, before, "start")
        if event == "call":
            await call(queue)
        elif event == "park":
            await journeys.park(queue, before.id, actor=KEY, any_window=False, reason="copy")
        else:
            await act(queue, before, event)
        undone = await journeys.undo(queue, before.id, actor=KEY, any_window=False)
        changed = {
            name for name in Ticket.__slots__ if getattr(undone, name) != getattr(before, name)
        }
        assert changed == {"revision"}

    async def test_finish_and_call_next_is_undone_act_by_act(self, queue: Queue) -> None:
        await open_windows(queue, 5)
        first = await serve(queue)
        second = await issue(queue)
        called = await queue.call_next(5, actor=KEY, own_only=False, finish=True)
        assert called is not None
        assert called.id == second.id
        with pytest.raises(WindowBusy) as busy:
            await journeys.undo(queue, first.id, actor=KEY, any_window=False)
        assert busy.value.label == second.label
        for expected in (second, first):
            undoable = await journeys.last_undoable(queue, 5)
            assert undoable is not None
            assert undoable.ticket_id == expected.id
            await journeys.undo(queue, undoable.ticket_id, actor=KEY, any_window=False)
        assert (await queue.ticket(first.id)).state == "serving"
        assert (await queue.ticket(second.id)).state == "waiting"
        assert await journeys.last_undoable(queue, 5) is None

    async def test_an_undo_comes_within_its_time_and_once(
        self, queue: Queue, clock: ManualClock
    ) -> None:
        await open_windows(queue, 5)
        ticket = await serve(queue)
        await clock.advance(31)
        with pytest.raises(TooLate):
            await journeys.undo(queue, ticket.id, actor=KEY, any_window=False)
        assert await journeys.last_undoable(queue, 5) is None
        await act(queue, ticket, "finish")
        await clock.advance(30)
        await journeys.undo(queue, ticket.id, actor=KEY, any_window=False)
        with pytest.raises(NothingToUndo):
            await journeys.undo(queue, ticket.id, actor=KEY, any_window=False)

    async def test_another_window_undoes_nothing(self, queue: Queue) -> None:
        await open_windows(queue, 5, actor=STAFF)
        await issue(queue)
        ticket = await call(queue, 5, STAFF)
        with pytest.raises(NothingToUndo):
            await journeys.undo(queue, ticket.id, actor=STAFF, any_window=True, window=6)
        with pytest.raises(WindowOfAnother):
            await journeys.undo(queue, ticket.id, actor=OTHER, any_window=False)

    async def test_a_window_that_closed_takes_nothing_back(self, queue: Queue) -> None:
        await open_windows(queue, 5)
        ticket = await act(queue, await serve(queue), "finish")
        await queue.act_on_window(5, "pause", actor=KEY, actor_name="Mona", any_window=True)
        with pytest.raises(WindowNotOpen):
            await journeys.undo(queue, ticket.id, actor=KEY, any_window=True)

    @pytest.mark.parametrize("event", ["void", "transfer", "issue"])
    async def test_what_others_acted_upon_is_not_undone(self, queue: Queue, event: str) -> None:
        await open_windows(queue, 5)
        ticket = await issue(queue)
        if event == "void":
            await act(queue, ticket, "void")
        if event == "transfer":
            await journeys.transfer(
                queue,
                (await call(queue)).id,
                Destination(queue="X"),
                actor=KEY,
                any_window=True,
                reason="file",
            )
        with pytest.raises(NothingToUndo):
            await journeys.undo(queue, ticket.id, actor=KEY, any_window=True)

    async def test_the_days_figures_and_the_pace_leave_out_what_was_undone(
        self, queue: Queue, clock: ManualClock, pool: Pool
    ) -> None:
        await open_windows(queue, 5, 6)
        for _ in range(2):
            hand = await serve(queue)
            await clock.advance(100)
            await act(queue, hand, "finish")
        await journeys.undo(queue, hand.id, actor=KEY, any_window=True)
        other = await issue(queue)
        await act(queue, await call(queue, 6), "no_show")
        await journeys.undo(queue, other.id, actor=KEY, any_window=True)
        report = await read_day_report(pool, 1, day=queue.today()[0])
        counts = report.counts
        assert (counts.called, counts.finished, counts.no_show) == (3, 1, 0)
        pace = await pool.fetchrow("SELECT recent_s, mean_s FROM queue_pace WHERE queue = 'U'")
        assert pace is not None
        assert (pace["recent_s"], pace["mean_s"]) == ([100], 100)
        assert (await recomputed(pool)).services_s["U"] == [100]


class TestReinstate:
    async def test_a_void_number_whose_paper_printed_after_all_waits_at_its_place_once(
        self, queue: Queue
    ) -> None:
        await open_windows(queue, 5)
        first, second = await issue(queue), await issue(queue)
        await act(queue, first, "void")
        back = await journeys.reinstate(queue, first.id, actor=KEY, reason="paper found")
        assert (back.state, back.rank_at) == ("waiting", first.rank_at)
        assert await queue.line_for(5) == (first.label, second.label)
        await act(queue, first, "void")
        with pytest.raises(LimitReached):
            await journeys.reinstate(queue, first.id, actor=KEY)


class TestNeedsAndRequests:
    async def test_who_needs_an_accessible_window_is_called_by_such_a_window_alone(
        self, queue: Queue, database: Database
    ) -> None:
        connection = await asyncpg.connect(database.owner_dsn)
        await connection.execute("UPDATE service_window SET is_accessible = true WHERE number = 4")
        await connection.close()
        await open_windows(queue, 4, 5)
        ticket = await issue(queue, needs=("accessible_window",))
        assert ticket.lane == "accessible"
        assert await queue.call_next(5, actor=KEY, own_only=False) is None
        assert (await call(queue, 4)).id == ticket.id

    async def test_three_requests_on_a_number_count_three_in_everybodys_wait(
        self, queue: Queue
    ) -> None:
        await open_windows(queue, 5)
        waits = []
        for requests in (3, 2, 1):
            ticket = await issue(queue, requests=requests)
            assert ticket.wait_at_issue is not None
            waits.append(ticket.wait_at_issue.likely_s)
        assert waits == [0, 3 * 300, 5 * 300]
        place = await queue.hall()
        assert [each.wait.likely_s for each in place.queues if each.wait and each.code == "U"] == [
            6 * 300
        ]
        assert ticket.position_at_issue == 3

    async def test_more_than_three_requests_are_refused_by_the_database(self, queue: Queue) -> None:
        with pytest.raises(Exception, match="ticket_carries_one_to_three_requests"):
            await issue(queue, requests=4)


class TestLimitsAtIssue:
    async def test_a_service_gives_as_many_numbers_a_day_as_its_capacity(
        self, queue: Queue, database: Database, clock: ManualClock
    ) -> None:
        await set_policy(database, capacity='{"collection": 2}')
        answers = await asyncio.gather(
            *(issue(queue, service="collection") for _ in range(5)),
            issue(queue, service="reconciliation"),
            return_exceptions=True,
        )
        given = [each for each in answers if isinstance(each, Ticket)]
        assert sorted(each.label for each in given) == ["101", "A101", "A102"]
        assert all(isinstance(each, Ticket | ServiceFull) for each in answers)
        await act(queue, next(each for each in given if each.label == "A101"), "void")
        assert (await issue(queue, service="collection")).label == "A103"
        await clock.advance(24 * 3600)
        assert (await issue(queue, service="collection")).label == "A101"

    @pytest.mark.parametrize("by", ["phone", "national_id"])
    async def test_one_person_has_one_live_number(
        self, queue: Queue, database: Database, by: str
    ) -> None:
        def marks(hashed: bytes) -> PersonMarks:
            if by == "phone":
                return PersonMarks(phone_hashes=(hashed,), phone_sealed=b"sealed")
            return PersonMarks(national_id_hashes=(hashed,), national_id_sealed=b"sealed")

        person, other = marks(b"p" * 32), marks(b"o" * 32)
        await issue(queue, person=person)
        await issue(queue, person=person)  # without the rule nobody is refused
        await set_policy(database, **{f"one_live_per_{by}": True})
        first = await issue(queue, person=other)
        refusals = await asyncio.gather(
            *(issue(queue, person=other) for _ in range(4)), return_exceptions=True
        )
        for refused in refusals:
            assert isinstance(refused, HasANumber)
            assert (refused.label, refused.state) == (first.label, "waiting")
        await act(queue, first, "cancel")
        assert (await issue(queue, person=other)).state == "waiting"

    async def test_a_number_that_stands_on_paper_is_taken_once(self, queue: Queue) -> None:
        ticket = await queue.issue(IssueRequest(KEY, "emergency", fixed_label=("T", 7)))
        assert (ticket.label, ticket.series, ticket.number) == ("T7", "T", 7)
        with pytest.raises(LabelTaken) as taken:
            await queue.issue(IssueRequest(KEY, "emergency", fixed_label=("T", 7)))
        assert taken.value.label == "T7"
        assert (await issue(queue)).label == "101"

    async def test_a_slot_counts_as_the_arrival_of_its_holder(
        self, queue: Queue, clock: ManualClock
    ) -> None:
        await open_windows(queue, 5)
        early = await issue(queue)
        slot = clock.now() - timedelta(minutes=5)
        booked = await issue(queue, arrived_at=slot)
        assert (booked.rank_at, booked.position_at_issue) == (slot, 1)
        assert await queue.line_for(5) == (booked.label, early.label)


class TestCarryOver:
    async def test_numbers_kept_for_another_day_are_its_first_with_label_and_address(
        self, queue: Queue, clock: ManualClock, pool: Pool
    ) -> None:
        await open_windows(queue, 5)
        tickets = [await issue(queue) for _ in range(3)]
        ended = await act(queue, await call(queue), "no_show")
        parked = await act(queue, await call(queue), "start")
        await journeys.park(queue, parked.id, actor=KEY, any_window=True, reason="copy")
        day = queue.today()[0]
        kept = await journeys.carry_over(queue, day + timedelta(days=1), actor=KEY)
        assert kept == 2
        assert (await queue.ticket(ended.id)).state == "no_show"
        for was in tickets[1:]:
            old = await queue.ticket(was.id)
            assert (old.state, (await queue.events(was.id))[-1].reason) == (
                "lapsed",
                "carried_over",
            )
            new = await queue.ticket_by_token(was.token)
            assert (new.label, new.business_day, new.carried_from, new.rank_at) == (
                was.label,
                day + timedelta(days=1),
                was.id,
                was.rank_at,
            )
            with pytest.raises(OfAnotherDay):
                await journeys.call_out_of_order(
                    queue, 5, new.id, actor=KEY, any_window=True, reason="early"
                )
        assert await queue.call_next(5, actor=KEY, own_only=False) is None
        await clock.advance(24 * 3600)
        fresh = [await issue(queue) for _ in range(3)]
        assert [each.label for each in fresh] == ["101", "104", "105"]
        assert await queue.line_for(5) == ("102", "103", "101", "104", "105")
        assert (await verify(pool, 1)).is_whole

    async def test_the_policy_keeps_what_a_day_left_at_its_end(
        self, queue: Queue, clock: ManualClock, database: Database
    ) -> None:
        await set_policy(database, carries_over=True)
        kept = await issue(queue)
        dropped = await queue.issue(
            IssueRequest(Actor("device", uuid4()), "kiosk", device_id=uuid4())
        )
        await clock.advance(24 * 3600)
        await queue.keep_house()
        assert (await queue.ticket_by_token(kept.token)).state == "waiting"
        after = await queue.tickets(label=dropped.label)
        assert [each.state for each in after] == ["waiting"]  # its kiosk fell silent: it waited

    async def test_a_hundred_labels_are_skipped_in_one_batch(
        self, queue: Queue, clock: ManualClock
    ) -> None:
        for number in (102, 103, 105):
            await queue.issue(IssueRequest(KEY, "api", fixed_label=("", number)))
        await journeys.carry_over(queue, queue.today()[0] + timedelta(days=1), actor=KEY)
        await clock.advance(24 * 3600)
        given = await asyncio.gather(*(issue(queue) for _ in range(100)))
        expected = [n for n in range(101, 204) if n not in (102, 103, 105)]
        assert sorted(each.number for each in given) == expected
        assert (await issue(queue)).number == 204

    async def test_a_day_that_is_not_later_is_refused(self, queue: Queue) -> None:
        with pytest.raises(DayNotLater):
            await journeys.carry_over(queue, queue.today()[0], actor=KEY)
