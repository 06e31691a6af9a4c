"""Recall, no-show and return: what the policy lets a clerk do, and when."""

from datetime import timedelta

import pytest

from core_services.catalogue.load import load_catalogue
from core_services.paper.missed_call import NO_RETURN_MIN, WHOLE_DAY_MIN
from queue_server.configuration import read_configuration
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    LimitReached,
    TooEarly,
    TooLate,
    UnknownWindow,
    WindowOfAnother,
)
from queue_server.tickets.model import Need, Priority, Ticket
from queue_server.tickets.store_policy import read_policy
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.journeys import act, call, issue, set_policy
from tests.support.queue import KEY, OTHER, STAFF, open_windows


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
        policy = await read_policy(queue.pool, 1)
        for returns in range(allowed):
            assert policy.return_within_min(returns) == WHOLE_DAY_MIN
            await act(queue, await call(queue), "no_show")
            await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=True)
        assert policy.return_within_min(allowed) == NO_RETURN_MIN
        await act(queue, await call(queue), "no_show")
        with pytest.raises(LimitReached):
            await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=False)

    async def test_a_return_too_late_is_the_supervisors_to_allow(
        self, queue: Queue, clock: ManualClock, database: Database
    ) -> None:
        await set_policy(database, return_within_s=1800)
        assert (await read_policy(queue.pool, 1)).return_within_min() == 30
        await open_windows(queue, 5)
        await issue(queue)
        ticket = await act(queue, await call(queue), "no_show")
        await clock.advance(1801)
        with pytest.raises(TooLate) as late:
            await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=True)
        assert late.value.seconds == 1
        back = await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=False)
        assert back.state == "waiting"

    async def test_slips_and_kiosks_are_told_the_limit_that_a_return_obeys(
        self, queue: Queue, clock: ManualClock, database: Database
    ) -> None:
        """Here it is the whole day: whoever comes back three hours after the call is taken."""
        await open_windows(queue, 5)
        ticket = await issue(queue)
        await act(queue, await call(queue), "no_show")
        told = await read_configuration(queue.pool, load_catalogue(), public_url=None)
        assert told.facts.return_within_min == WHOLE_DAY_MIN
        assert told.slip(ticket).return_within_min == WHOLE_DAY_MIN
        await clock.advance(3 * 3600)
        back = await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=True)
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

    async def test_a_return_names_no_window_but_the_clerks_own(self, queue: Queue) -> None:
        await open_windows(queue, 5, actor=STAFF)
        await open_windows(queue, 6, actor=OTHER)
        await issue(queue)
        ticket = await act(queue, await call(queue, 5, STAFF), "no_show", STAFF)
        for window, refusal in ((6, WindowOfAnother), (100, UnknownWindow)):
            with pytest.raises(refusal):
                await journeys.return_ticket(
                    queue, ticket.id, actor=STAFF, in_time_only=True, window=window
                )
        back = await journeys.return_ticket(
            queue, ticket.id, actor=STAFF, in_time_only=True, window=5
        )
        assert back.state == "waiting"
