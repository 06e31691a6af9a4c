"""A number sent elsewhere, at its old place: to a queue, a window or a person."""

from uuid import uuid4

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from queue_server.tickets import journeys, windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    NobodyThere,
    UnknownQueue,
    UnknownStaff,
    UnknownWindow,
)
from queue_server.tickets.model import Actor, Ticket
from queue_server.tickets.store_journeys import Destination
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.journeys import add_clerk, call, issue, serve
from tests.support.queue import KEY, OTHER, STAFF, open_windows


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

    async def test_a_window_of_another_profile_lets_all_see_whom_it_no_longer_serves(
        self, queue: Queue
    ) -> None:
        await open_windows(queue, 5, 6, 7)
        bound = []
        for service in ("reconciliation", "collection"):
            await issue(queue, service=service)
            bound.append(await call(queue, 5))
            await journeys.transfer(
                queue,
                bound[-1].id,
                Destination(window=6),
                actor=KEY,
                any_window=True,
                reason="file",
            )
        assert await queue.line_for(7) == ()
        await windows.set_profile(queue, 6, profile="rare", actor=KEY)
        assert await queue.line_for(7) == (bound[0].label,)
        assert await queue.line_for(6) == (bound[1].label,)
