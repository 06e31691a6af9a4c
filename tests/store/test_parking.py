"""A number put aside until a paper comes: its window, its timer and its way back."""

import pytest

from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    ActNotAllowed,
    TicketOfAnother,
    WindowOfAnother,
)
from tests.support.clock import ManualClock
from tests.support.journeys import act, call, issue, serve
from tests.support.queue import KEY, OTHER, STAFF, open_windows


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
