"""Numbers kept for another day: first in its line, label and address theirs."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    DayNotLater,
    DayTooFar,
    KeyReused,
    OfAnotherDay,
)
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Claim
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.journeys import act, call, issue, set_policy
from tests.support.queue import KEY, open_windows


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

    async def test_a_label_that_is_taken_lapses_its_own_number_and_nobody_elses(
        self, queue: Queue, clock: ManualClock, database: Database
    ) -> None:
        """Two days were left as they were; the third gave 101 before its house was kept."""
        await set_policy(database, carries_over=True)
        taken = await issue(queue)
        await clock.advance(24 * 3600)
        await act(queue, await issue(queue), "cancel")
        kept = await issue(queue)
        await clock.advance(24 * 3600)
        newer = await issue(queue)
        await queue.keep_house()
        assert taken.label == newer.label != kept.label
        assert (await queue.ticket(taken.id)).state == "lapsed"
        assert (await queue.ticket_by_token(kept.token)).state == "waiting"

    async def test_places_are_counted_in_each_line_apart(self, queue: Queue) -> None:
        tickets = [
            await issue(queue, service=service) for service in ("reconciliation", "collection") * 2
        ]
        to_day = queue.today()[0] + timedelta(days=1)
        await journeys.carry_over(queue, to_day, actor=KEY)
        kept = [await queue.ticket_by_token(each.token) for each in tickets]
        assert [(each.label, each.position_at_issue) for each in kept] == [
            ("101", 1),
            ("A101", 1),
            ("102", 2),
            ("A102", 2),
        ]

    async def test_a_key_is_answered_once_whoever_came_since(self, queue: Queue) -> None:
        to_day = queue.today()[0] + timedelta(days=1)
        claim = Claim("key", "POST", "/day/carry-over", "k", b"body")
        await issue(queue)
        assert await journeys.carry_over(queue, to_day, actor=KEY, claim=claim) == 1
        later = await issue(queue)
        assert await journeys.carry_over(queue, to_day, actor=KEY, claim=claim) == 1
        assert (await queue.ticket(later.id)).state == "waiting"
        other = Claim("key", "POST", "/day/carry-over", "k", b"another body")
        with pytest.raises(KeyReused):
            await journeys.carry_over(queue, to_day, actor=KEY, claim=other)

    async def test_a_day_that_nobody_remembers_is_refused(self, queue: Queue) -> None:
        ticket = await issue(queue)
        with pytest.raises(DayTooFar):
            await journeys.carry_over(queue, queue.today()[0] + timedelta(days=32), actor=KEY)
        assert (await queue.ticket(ticket.id)).state == "waiting"

    async def test_a_night_is_no_wait_of_the_line(self, queue: Queue, clock: ManualClock) -> None:
        await issue(queue)
        await journeys.carry_over(queue, queue.today()[0] + timedelta(days=1), actor=KEY)
        await clock.advance(24 * 3600)
        await issue(queue)
        await clock.advance(60)
        waits = {each.code: each.longest_wait_s for each in (await queue.hall()).queues}
        assert waits == {"U": 60, "X": 0}
