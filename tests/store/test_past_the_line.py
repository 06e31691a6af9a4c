"""The two ways past the line: a chosen number, and somebody without one."""

import asyncio
from uuid import UUID

import pytest

from core_services.database.pool import Pool
from queue_server.policy.published import kept_order
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    ActNotAllowed,
    UnknownTicket,
    WindowBusy,
    WindowNotOpen,
    WindowOfAnother,
)
from queue_server.tickets.model import Actor, Claim, Ticket
from queue_server.tickets.store_order import OutOfOrder
from queue_server.tickets.supervision import day_report
from tests.support.clock import ManualClock
from tests.support.journeys import act, call, issue
from tests.support.queue import KEY, OTHER, STAFF, open_windows
from tests.support.recomputed import recomputed


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
        report = await day_report(queue)
        assert (report.counts.issued, report.counts.finished) == (2, 1)
        assert [each.people for each in report.waits if each.queue is None] == [1], before.label
        found = await recomputed(pool)
        assert {line.measure for line in found.durations_us if line.queue == "X"} == {
            "walk",
            "service",
        }

    async def test_what_is_published_of_the_order_is_counted_from_the_events_without_the_undone(
        self, queue: Queue, clock: ManualClock
    ) -> None:
        await open_windows(queue, 5, 6, 7)

        async def choose(window: int) -> Ticket:
            return await journeys.call_out_of_order(
                queue, window, (await issue(queue)).id, actor=KEY, any_window=False, reason="frail"
            )

        await choose(5)
        await clock.advance(86_400)
        await choose(6)
        await journeys.undo(queue, (await choose(7)).id, actor=KEY, any_window=True)
        await journeys.walk_direct(
            queue, 7, service="collection", actor=KEY, any_window=False, reason="wheelchair"
        )
        kept = await kept_order(queue)
        assert (kept.today, kept.seven_days) == (OutOfOrder(1, 1), OutOfOrder(2, 1))
        await clock.advance(6 * 86_400)
        kept = await kept_order(queue)
        assert (kept.today, kept.seven_days) == (OutOfOrder(0, 0), OutOfOrder(1, 1))

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
