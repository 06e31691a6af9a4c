"""A slip that the desk makes live before the server has heard of it, and the kiosk's later word."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.adoption import Slip, adopt
from queue_server.tickets.errors import (
    LabelNotGiven,
    LabelTaken,
    OfTheBook,
    QueueError,
    UnknownService,
    WindowBusy,
    WindowOfAnother,
)
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Claim, Ticket
from tests.support.clock import ManualClock
from tests.support.cut_off import MINUTE, CutOff, a_cut_off_kiosk, events_of
from tests.support.database import Database
from tests.support.queue import KEY, STAFF, open_queue, open_windows

RACES = 6


@pytest.fixture
async def kiosk(queue: Queue) -> CutOff:
    return await a_cut_off_kiosk(queue)


@pytest.fixture
def now(clock: ManualClock) -> datetime:
    return clock.now()


async def test_at_a_window_a_slip_is_served_at_once_and_announced_by_nothing(
    queue: Queue, pool: Pool
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    ticket = await adopt(queue, Slip("K105", service="reconciliation"), actor=STAFF, window=5)
    assert (ticket.state, ticket.window, ticket.channel) == ("serving", 5, "adopted")
    assert (ticket.paper, ticket.service) == ("printed", "reconciliation")
    assert (await queue.hall()).calls == ()
    assert [event for event, _, _ in await events_of(pool, ticket)] == ["issue", "call", "start"]
    with pytest.raises(WindowBusy):
        await adopt(queue, Slip("K106"), actor=STAFF, window=5)
    await queue.act(ticket.id, "finish", actor=STAFF, any_window=False, window=5, outcome="served")
    assert (await verify(pool, 1)).is_whole
    await open_windows(queue, 6)
    with pytest.raises(WindowOfAnother):
        await adopt(queue, Slip("K106"), actor=STAFF, window=6)


async def test_at_reception_a_slip_goes_into_line_as_of_when_its_holder_came(
    queue: Queue, clock: ManualClock, now: datetime
) -> None:
    first = await queue.issue(IssueRequest(KEY, "api"))
    typed = await adopt(
        queue, Slip("N1102", priority="age65", arrived_at=now - 20 * MINUTE), actor=STAFF
    )
    unknown = await adopt(queue, Slip("K101"), actor=STAFF)
    await clock.advance(1)
    later = await adopt(queue, Slip("K102", arrived_at=now + 9 * MINUTE), actor=STAFF)
    assert typed.rank_at == now - 35 * MINUTE
    assert [ticket.arrived_at for ticket in (unknown, later)] == [now, clock.now()]
    assert await queue.position(first) == 2
    assert await queue.line_for(1) == ("N1102", "101", "K101", "K102")


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("K100", LabelNotGiven),
        ("K1050", LabelNotGiven),
        ("D101", LabelNotGiven),
        ("99", LabelNotGiven),
        ("602", LabelNotGiven),
        ("1420", LabelNotGiven),
        ("K0101", LabelNotGiven),
        ("T105", OfTheBook),
    ],
)
async def test_what_nobody_here_can_have_given_is_told_so(
    queue: Queue, label: str, why: type[QueueError]
) -> None:
    await queue.issue(IssueRequest(KEY, "api"))
    with pytest.raises(why):
        await adopt(queue, Slip(label), actor=STAFF)
    with pytest.raises(UnknownService):
        await adopt(queue, Slip("K101", service="none such"), actor=STAFF)


async def test_a_label_that_the_server_knows_is_answered_with_where_it_stands(
    queue: Queue,
) -> None:
    await open_windows(queue, 5)
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    await queue.call_next(5, actor=KEY, own_only=False)
    with pytest.raises(LabelTaken) as refused:
        await adopt(queue, Slip("101"), actor=STAFF)
    facts = refused.value.facts
    assert (facts["ticket"], facts["state"], facts["window"]) == (str(ticket.id), "called", 5)


async def test_a_slip_of_before_a_restore_is_passed_over_by_the_counter(queue: Queue) -> None:
    await queue.issue(IssueRequest(KEY, "api"))
    for label in ("103", "A101"):
        adopted = await adopt(queue, Slip(label, service="collection"), actor=STAFF)
        assert (adopted.label, adopted.state) == (label, "waiting")
    issued = [await queue.issue(IssueRequest(KEY, "api")) for _ in range(2)]
    assert [ticket.label for ticket in issued] == ["102", "104"]
    other = await queue.issue(IssueRequest(KEY, "api", service="collection"))
    assert other.label == "A102"


async def test_the_same_press_is_one_ticket(queue: Queue) -> None:
    claim = Claim("staff:1", "POST", "/adopt", "press-1", b"x" * 32)
    made = [await adopt(queue, Slip("K101"), actor=STAFF, claim=claim) for _ in range(2)]
    assert made[0] == made[1]


async def test_the_kiosks_word_fills_what_the_desk_left_open(
    queue: Queue, pool: Pool, kiosk: CutOff, now: datetime
) -> None:
    adopted = await adopt(queue, Slip("K101"), actor=STAFF)
    came = now - 50 * MINUTE
    merged = await kiosk.deliver(101, came, priority="infant", language="en", token="D" * 16)
    assert merged.id == adopted.id
    assert (merged.service, merged.priority, merged.lane) == (
        "reconciliation", "infant", "priority",
    )  # fmt: skip
    assert (merged.arrived_at, merged.rank_at) == (came, came - 15 * MINUTE)
    assert (merged.language, merged.token, merged.device_id) == ("en", "D" * 16, kiosk.device.id)
    assert (merged.state, merged.channel) == ("waiting", "adopted")
    assert (await queue.ticket(adopted.id)) == merged
    assert [event for event, _, _ in await events_of(pool, merged)] == ["issue", "given"]
    assert (await queue.hall()).waiting == 1
    assert (await verify(pool, 1)).is_whole


async def test_what_the_desk_set_stays(queue: Queue, kiosk: CutOff, now: datetime) -> None:
    typed = now - 30 * MINUTE
    slip = Slip("K101", service="collection", priority="age65", arrived_at=typed)
    await adopt(queue, slip, actor=STAFF)
    merged = await kiosk.deliver(101, now - 50 * MINUTE, priority="infant")
    assert (merged.service, merged.priority, merged.arrived_at) == ("collection", "age65", typed)
    assert merged.rank_at == typed - 15 * MINUTE


Act = Callable[[Queue, Ticket], Awaitable[object]]


async def _serve(queue: Queue, ticket: Ticket) -> None:
    await queue.call_next(5, actor=STAFF, own_only=True)
    await queue.act(ticket.id, "start", actor=STAFF, any_window=False, window=5)


async def _finish(queue: Queue, ticket: Ticket) -> None:
    await _serve(queue, ticket)
    await queue.act(ticket.id, "finish", actor=STAFF, any_window=False, window=5, outcome="served")


async def _miss(queue: Queue, ticket: Ticket) -> None:
    await queue.call_next(5, actor=STAFF, own_only=True)
    await queue.act(ticket.id, "no_show", actor=STAFF, any_window=False, window=5)


async def _come_back(queue: Queue, ticket: Ticket) -> None:
    await _miss(queue, ticket)
    await journeys.return_ticket(queue, ticket.id, actor=STAFF, in_time_only=True)


async def _void(queue: Queue, ticket: Ticket) -> None:
    await queue.act(ticket.id, "void", actor=STAFF, any_window=True)


@pytest.mark.parametrize("act", [_serve, _finish, _miss, _come_back, _void])
async def test_no_act_done_meanwhile_is_lost(
    queue: Queue, pool: Pool, kiosk: CutOff, now: datetime, act: Act
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    adopted = await adopt(queue, Slip("K101"), actor=STAFF)
    await act(queue, adopted)
    before = await queue.ticket(adopted.id)
    merged = await kiosk.deliver(101, now - 50 * MINUTE)
    assert (merged.state, merged.window, merged.rank_at) == (
        before.state, before.window, before.rank_at,
    )  # fmt: skip
    assert (merged.called_at, merged.started_at, merged.finished_at) == (
        before.called_at, before.started_at, before.finished_at,
    )  # fmt: skip
    assert (await verify(pool, 1)).is_whole


async def test_an_act_may_still_be_undone_after_the_kiosks_word(
    queue: Queue, kiosk: CutOff, now: datetime
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    adopted = await adopt(queue, Slip("K101"), actor=STAFF)
    await _finish(queue, adopted)
    await kiosk.deliver(101, now - 50 * MINUTE)
    undone = await journeys.undo(queue, adopted.id, actor=STAFF, any_window=False, window=5)
    assert undone.state == "serving"


async def test_a_second_number_of_the_same_label_is_refused_after_the_merge(
    queue: Queue, kiosk: CutOff, now: datetime
) -> None:
    adopted = await adopt(queue, Slip("K101"), actor=STAFF)
    assert (await kiosk.deliver(101, now)).id == adopted.id
    assert (await kiosk.deliver(101, now)).id == adopted.id
    with pytest.raises(LabelTaken):
        await kiosk.deliver(101, now, key="another-number")


async def test_adopted_and_delivered_at_once_by_two_processes_it_is_one_ticket(
    queue: Queue, pool: Pool, database: Database, clock: ManualClock, kiosk: CutOff, now: datetime
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    async with open_queue(pool, database.app_dsn, clock) as other:
        for number in range(101, 101 + RACES):
            told = await asyncio.gather(
                adopt(queue, Slip(f"K{number}"), actor=STAFF),
                other.give(kiosk.number(number, now - MINUTE)),
                queue.give(kiosk.number(number, now - MINUTE)),
                return_exceptions=True,
            )
            ids = {each.id for each in told if isinstance(each, Ticket)}
            ids |= {UUID(each.ticket or "") for each in told if isinstance(each, LabelTaken)}
            assert len(ids) == 1, told
    rows = await pool.fetch("SELECT label, count(*) AS n FROM ticket GROUP BY label")
    assert {row["label"]: row["n"] for row in rows} == {
        f"K{number}": 1 for number in range(101, 101 + RACES)
    }
    assert (await queue.hall()).waiting == RACES
    assert (await verify(pool, 1)).is_whole
