"""What a number carries and when none is given: needs, requests, limits."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    HasANumber,
    LabelTaken,
    ServiceFull,
    TooManyRequests,
)
from queue_server.tickets.issuing import IssueRequest, PersonMarks
from queue_server.tickets.model import Claim, Ticket
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.journeys import act, call, issue, set_policy
from tests.support.queue import KEY, open_windows


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

    async def test_more_than_three_requests_are_refused_where_no_policy_says_so(
        self, queue: Queue
    ) -> None:
        with pytest.raises(TooManyRequests):
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

    async def test_a_request_that_is_answered_again_takes_no_place_from_who_comes_with_it(
        self, queue: Queue, database: Database
    ) -> None:
        await set_policy(database, capacity='{"collection": 2}')
        claim = Claim("key", "POST", "/tickets", "k", b"body")
        first = await issue(queue, service="collection", claim=claim)
        again, second = await asyncio.gather(
            issue(queue, service="collection", claim=claim), issue(queue, service="collection")
        )
        assert (again.id, second.label) == (first.id, "A102")

    async def test_a_number_on_paper_is_keyed_in_though_the_service_is_full(
        self, queue: Queue, database: Database
    ) -> None:
        await set_policy(database, capacity='{"collection": 0}')
        with pytest.raises(ServiceFull):
            await issue(queue, service="collection")
        kept = await queue.issue(
            IssueRequest(KEY, "emergency", service="collection", fixed_label=("T", 7))
        )
        assert (kept.label, kept.state) == ("T7", "waiting")

    async def test_a_number_carries_as_many_requests_as_the_policy_says(
        self, queue: Queue, database: Database
    ) -> None:
        await set_policy(database, requests_at_most=2)
        claim = Claim("key", "POST", "/tickets", "k", b"body")
        for _ in range(2):
            with pytest.raises(TooManyRequests):
                await issue(queue, requests=3, claim=claim)
        assert (await issue(queue, requests=2)).requests == 2

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
