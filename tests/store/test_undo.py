"""What is taken back: an act soon after it, and a void whose paper printed."""

from datetime import datetime, timedelta

import pytest

from core_services.database.pool import Pool
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    LimitReached,
    NothingToUndo,
    OfAnotherDay,
    TooLate,
    WindowBusy,
    WindowNotOpen,
    WindowOfAnother,
)
from queue_server.tickets.model import Ticket
from queue_server.tickets.store_journeys import Destination
from queue_server.tickets.supervision import day_report
from tests.support.clock import ManualClock
from tests.support.journeys import act, call, issue, serve
from tests.support.queue import KEY, OTHER, STAFF, open_windows
from tests.support.recomputed import recomputed


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

    @pytest.mark.parametrize("event", ["call", "cancel"])
    async def test_nobody_is_put_back_to_wait_for_a_window_that_has_closed_since(
        self, queue: Queue, event: str
    ) -> None:
        await open_windows(queue, 5, 6, 7)
        ticket = await serve(queue)
        await journeys.transfer(
            queue, ticket.id, Destination(window=6), actor=KEY, any_window=True, reason="file"
        )
        if event == "call":
            await journeys.call_out_of_order(
                queue, 5, ticket.id, actor=KEY, any_window=True, reason="frail"
            )
        else:
            await act(queue, ticket, "cancel")
        await queue.act_on_window(6, "close", actor=KEY, actor_name="Mona", any_window=True)
        undone = await journeys.undo(queue, ticket.id, actor=KEY, any_window=True)
        assert (undone.state, undone.lane) == ("waiting", "plain")
        assert await queue.line_for(7) == (ticket.label,)
        assert [each.waiting for each in (await queue.hall()).queues if each.code == "U"] == [1]
        assert (await issue(queue)).position_at_issue == 2, "it is counted among all again"

    async def test_an_act_at_no_window_is_taken_back_by_whoever_did_it_or_acts_anywhere(
        self, queue: Queue
    ) -> None:
        for actor, anywhere in ((STAFF, False), (OTHER, True)):
            ticket = await issue(queue)
            await act(queue, ticket, "cancel", STAFF)
            with pytest.raises(NothingToUndo):
                await journeys.undo(queue, ticket.id, actor=OTHER, any_window=False)
            undone = await journeys.undo(queue, ticket.id, actor=actor, any_window=anywhere)
            assert undone.state == "waiting"

    @pytest.mark.parametrize("event", ["call", "cancel"])
    async def test_a_day_that_is_over_takes_nobody_back_into_its_line(
        self, queue: Queue, clock: ManualClock, event: str
    ) -> None:
        day, at = queue.today()
        cut_over = datetime.combine(
            day + timedelta(days=1), queue.centre.cut_over, queue.centre.zone
        )
        await clock.advance((cut_over - at).total_seconds() - 10)
        await open_windows(queue, 5)
        ticket = await issue(queue)
        if event == "call":
            await call(queue)
        else:
            await act(queue, ticket, "cancel")
        await clock.advance(15)
        with pytest.raises(OfAnotherDay):
            await journeys.undo(queue, ticket.id, actor=KEY, any_window=True)
        assert (await queue.ticket(ticket.id)).state != "waiting"

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
        report = await day_report(queue)
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

    async def test_a_void_number_that_waited_for_one_window_comes_back_where_all_see_it(
        self, queue: Queue
    ) -> None:
        await open_windows(queue, 5, 6)
        ticket = await serve(queue)
        await journeys.transfer(
            queue, ticket.id, Destination(window=6), actor=KEY, any_window=True, reason="file"
        )
        await act(queue, ticket, "void")
        await queue.act_on_window(6, "close", actor=KEY, actor_name="Mona", any_window=True)
        await journeys.reinstate(queue, ticket.id, actor=KEY)
        assert (await call(queue, 5)).id == ticket.id
