"""Work orders on a real database: given once, moved as their states lead, settled, forgotten."""

from datetime import timedelta
from itertools import product
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from core_services.database.pool import Pool
from core_services.devices.model import Beat, Device
from core_services.devices.register import (
    claim_commands,
    note_beat,
    open_commands,
    revoke_device,
)
from core_services.devices.store_presence import DELIVER_AGAIN_AFTER, release_commands
from core_services.devices.work import (
    LAST_WORDS,
    TRANSITIONS,
    WANTS_SOMEBODY,
    WorkKind,
    WorkState,
    origins,
)
from core_services.link.answer_frames import Refused, Settled
from core_services.link.work_frames import Cancel, Outcome, OutcomeState, Work
from queue_server.tickets.acts import Queue
from queue_server.work import KEPT, LATE_AFTER, WorkOrders
from tests.support.clock import ManualClock
from tests.support.work import (
    MARKED_PAGE,
    PAGE,
    SUPERVISOR,
    order_message,
    order_page,
    order_receipt,
    register,
    work_orders,
)

HERE, THERE = UUID(int=1), UUID(int=2)
PHONE, TEXT = "+201012345678", "رسالة تجربة من المركز التكنولوجي بكفر صقر"


@pytest.fixture
def work(queue: Queue) -> WorkOrders:
    return work_orders(queue)


@pytest.fixture
async def device(queue: Queue) -> Device:
    return await register(queue)


async def say(
    work: WorkOrders, device: Device, order: UUID, state: OutcomeState, **facts: Any
) -> str:
    answer = await work.outcome(device, Outcome(job=str(order), state=state, **facts))
    assert isinstance(answer, Settled)
    assert answer.about == str(order)
    return answer.state


async def test_an_order_given_twice_is_one_order_and_one_command(
    queue: Queue, work: WorkOrders, device: Device
) -> None:
    order = uuid4()
    for _ in range(2):
        await order_page(work, queue, device, order)
    [command] = await open_commands(queue.pool, centre_id=1)
    assert (command.id, command.kind, command.device_id) == (order, "work", device.id)
    known = await work.find(order)
    assert known is not None
    assert (known.kind, known.state, known.ordered_by) == ("page", "ordered", SUPERVISOR.id)


async def test_what_is_printed_is_kept_once_and_given_to_its_machine_alone(
    queue: Queue, work: WorkOrders, device: Device
) -> None:
    other = await register(queue, "W2")
    first, second = [await order_page(work, queue, each) for each in (device, other)]
    assert await queue.pool.fetchval("SELECT count(*) FROM work_document") == 2
    assert await work.document(device, first) == PAGE
    assert await work.document(device, second) is None
    assert await work.document(device, uuid4()) is None
    await say(work, device, first, "done", confirmed_by="ipp")
    assert await work.document(device, first) is None


async def test_a_machine_speaks_of_its_own_orders_alone(
    queue: Queue, work: WorkOrders, device: Device
) -> None:
    other = await register(queue, "W2")
    order = await order_page(work, queue, other)
    for job in (str(order), str(uuid4()), "not an id"):
        answer = await work.outcome(device, Outcome(job=job, state="done"))
        assert isinstance(answer, Refused)
        assert answer.problem["status"] == 404
    known = await work.find(order)
    assert known is not None
    assert known.state == "ordered"


@pytest.mark.parametrize("kind", get_args(WorkKind))
async def test_an_order_goes_only_where_its_state_leads(
    queue: Queue, work: WorkOrders, device: Device, kind: WorkKind
) -> None:
    ways = {(before, to) for to in get_args(OutcomeState) for before in origins(kind, to)}
    for before, to in product(get_args(WorkState), get_args(OutcomeState)):
        if kind != "message" and before == "sent":
            continue
        order = (
            await order_message(work, queue, device, PHONE, TEXT)
            if kind == "message"
            else await order_page(work, queue, device)
        )
        await queue.pool.execute("UPDATE work_order SET state = $2 WHERE id = $1", order, before)
        assert await say(work, device, order, to) == (to if (before, to) in ways else before)


def test_the_ends_lead_nowhere_and_a_person_can_end_whatever_is_in_doubt() -> None:
    assert {state for state in TRANSITIONS if not TRANSITIONS[state]} == {"done", "closed"}
    for state in WANTS_SOMEBODY:
        assert "closed" in TRANSITIONS[state]
    assert set(TRANSITIONS) == set(get_args(WorkState))
    assert {"ordered", "held"} == set(TRANSITIONS) - LAST_WORDS


async def test_a_last_word_ends_the_delivery_and_a_late_one_is_still_heard(
    queue: Queue, work: WorkOrders, device: Device
) -> None:
    order = await order_receipt(work, queue, device)
    assert await say(work, device, order, "held") == "held"
    assert len(await open_commands(queue.pool, centre_id=1)) == 1
    assert await say(work, device, order, "unknown") == "unknown"
    assert await open_commands(queue.pool, centre_id=1) == []
    assert await say(work, device, order, "failed") == "unknown"
    assert await say(work, device, order, "done", confirmed_by="echo") == "done"
    assert await say(work, device, order, "unknown") == "done"
    known = await work.find(order)
    assert known is not None
    assert known.confirmed_by == "echo"


async def test_an_order_is_sent_again_until_it_is_answered_and_by_one_process_at_a_time(
    queue: Queue, pool: Pool, clock: ManualClock, work: WorkOrders, device: Device
) -> None:
    order = await order_page(work, queue, device)

    async def claimed(process: UUID) -> list[UUID]:
        found = await claim_commands(pool, device, process_id=process, at=clock.now())
        return [each.id for each in found]

    assert await claimed(HERE) == [order]
    assert await claimed(THERE) == []
    await clock.advance(DELIVER_AGAIN_AFTER.total_seconds())
    assert await claimed(THERE) == [order]
    await release_commands(pool, device, process_id=THERE)
    assert await claimed(HERE) == [order]
    await say(work, device, order, "done")
    await clock.advance(60)
    assert await claimed(HERE) == []


async def test_what_a_lost_journal_heard_of_is_doubtful_and_what_it_did_not_is_sent(
    queue: Queue, pool: Pool, clock: ManualClock, work: WorkOrders, device: Device
) -> None:
    async def connect(journal: str) -> None:
        beat = Beat("0.1.0", journal_id=journal)
        await note_beat(pool, device, beat, process_id=HERE, at=clock.now())

    await connect("first-disk")
    heard = await order_page(work, queue, device)
    [command] = await claim_commands(pool, device, process_id=HERE, at=clock.now())
    assert not command.is_doubtful
    await release_commands(pool, device, process_id=HERE)
    await clock.advance(1)
    await connect("second-disk")
    unheard = await order_page(work, queue, device)
    claimed = await claim_commands(pool, device, process_id=HERE, at=clock.now())
    assert {each.id: each.is_doubtful for each in claimed} == {heard: True, unheard: False}


async def test_a_paper_in_doubt_is_ordered_again_with_its_mark_and_closed(
    queue: Queue, clock: ManualClock, work: WorkOrders, device: Device
) -> None:
    other = await register(queue, "W2")
    order = await order_page(work, queue, device)
    assert not await work.repeat(order, other.id, attached=None, actor=SUPERVISOR)
    await say(work, device, order, "unknown")
    await clock.advance(1)
    assert await work.repeat(order, other.id, attached="a4", actor=SUPERVISOR)
    [latest, first] = await work.latest(limit=9)
    assert (first.id, first.state) == (order, "closed")
    assert (latest.copy_of, latest.attached, latest.device_id) == (order, "a4", other.id)
    assert await work.document(other, latest.id) == MARKED_PAGE
    assert not await work.repeat(order, other.id, attached=None, actor=SUPERVISOR)


async def test_a_paper_of_which_not_one_byte_left_is_ordered_again_without_a_mark(
    queue: Queue, clock: ManualClock, work: WorkOrders, device: Device
) -> None:
    order = await order_page(work, queue, device)
    await say(work, device, order, "failed", reason="no_device")
    await clock.advance(1)
    assert await work.repeat(order, device.id, attached=None, actor=SUPERVISOR)
    latest, _ = await work.latest(limit=9)
    assert await work.document(device, latest.id) == PAGE
    await say(work, device, latest.id, "unknown")
    await clock.advance(1)
    assert await work.repeat(latest.id, device.id, attached=None, actor=SUPERVISOR)
    third = (await work.latest(limit=9))[0]
    assert await work.document(device, third.id) == MARKED_PAGE


async def test_a_paper_that_came_out_can_be_had_again_marked(
    queue: Queue, clock: ManualClock, work: WorkOrders, device: Device
) -> None:
    order = await order_receipt(work, queue, device)
    await say(work, device, order, "done", confirmed_by="echo")
    await clock.advance(1)
    assert await work.repeat(order, device.id, attached=None, actor=SUPERVISOR)
    latest, first = await work.latest(limit=9)
    assert (first.state, latest.state, latest.copy_of) == ("done", "ordered", order)


async def test_a_person_who_saw_the_paper_settles_the_doubt_once(
    queue: Queue, work: WorkOrders, device: Device
) -> None:
    order = await order_page(work, queue, device)
    await say(work, device, order, "unknown")
    assert await work.note_done(order, actor=SUPERVISOR)
    assert not await work.note_done(order, actor=SUPERVISOR)
    assert not await work.close(order, actor=SUPERVISOR)
    known = await work.find(order)
    assert known is not None
    assert (known.state, known.confirmed_by) == ("done", "staff")
    assert not await work.close(uuid4(), actor=SUPERVISOR)


async def test_what_wants_somebody_is_listed_and_what_is_only_late_after_a_minute(
    queue: Queue, clock: ManualClock, work: WorkOrders, device: Device
) -> None:
    states: tuple[OutcomeState | None, ...] = (None, "held", "unknown", "failed", "done")
    orders = []
    for state in states:
        orders.append(await order_page(work, queue, device))
        if state is not None:
            await say(work, device, orders[-1], state)
        await clock.advance(0.01)
    assert [each.id for each in await work.in_doubt(limit=9)] == orders[2:4]
    await clock.advance(LATE_AFTER.total_seconds())
    assert [each.id for each in await work.in_doubt(limit=9)] == orders[:4]
    assert await work.close(orders[0], actor=SUPERVISOR)
    open_ones = [each.id for each in await open_commands(queue.pool, centre_id=1)]
    assert open_ones == [orders[1]]


async def test_phone_and_text_are_sealed_and_erased_once_they_are_sent(
    queue: Queue, pool: Pool, work: WorkOrders, device: Device
) -> None:
    order = await order_message(work, queue, device, PHONE, TEXT)
    row = await pool.fetchval("SELECT to_jsonb(w)::text FROM work_order w")
    assert PHONE[4:] not in row
    assert TEXT not in row
    [command] = await open_commands(pool, centre_id=1)
    frame = await work.frame_of(command)
    assert isinstance(frame, Work)
    assert frame.message is not None
    assert (frame.message.to, frame.message.text) == (PHONE, TEXT)
    assert await say(work, device, order, "sent", confirmed_by="network") == "sent"
    assert await pool.fetchval("SELECT sealed IS NULL FROM work_order")
    assert await say(work, device, order, "done", confirmed_by="report") == "done"
    assert await work.frame_of(command) is None


async def test_a_message_in_doubt_is_sent_again_only_by_a_person(
    queue: Queue, work: WorkOrders, device: Device
) -> None:
    order = await order_message(work, queue, device, PHONE, TEXT)
    await say(work, device, order, "unknown")
    assert await open_commands(queue.pool, centre_id=1) == []
    assert await work.repeat(order, device.id, attached=None, actor=SUPERVISOR)
    [command] = await open_commands(queue.pool, centre_id=1)
    frame = await work.frame_of(command)
    assert isinstance(frame, Work)
    assert frame.message is not None
    assert frame.message.to == PHONE
    before = await work.find(order)
    assert before is not None
    assert (before.state, before.sealed) == ("closed", None)


async def test_a_message_whose_key_is_lost_is_not_delivered_and_can_only_be_closed(
    queue: Queue, pool: Pool, work: WorkOrders, device: Device
) -> None:
    order = await order_message(work, queue, device, PHONE, TEXT)
    await pool.execute("UPDATE work_order SET sealed = 'moved here from another row'")
    [command] = await open_commands(pool, centre_id=1)
    assert await work.frame_of(command) is None
    await say(work, device, order, "failed")
    assert not await work.repeat(order, device.id, attached=None, actor=SUPERVISOR)
    assert await work.close(order, actor=SUPERVISOR)


async def test_orders_and_what_they_print_are_forgotten_after_a_week(
    queue: Queue, pool: Pool, clock: ManualClock, work: WorkOrders, device: Device
) -> None:
    await order_page(work, queue, device)
    await clock.advance((KEPT - timedelta(hours=1)).total_seconds())
    kept = await order_receipt(work, queue, device)
    await clock.advance(2 * 3600)
    await work.forget()
    assert [each.id for each in await work.latest(limit=9)] == [kept]
    assert await pool.fetchval("SELECT count(*) FROM work_document") == 2
    assert [each.id for each in await open_commands(pool, centre_id=1)] == [kept]


async def test_the_reading_role_sees_no_message_and_no_document(pool: Pool) -> None:
    columns = await pool.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name IN"
        " ('work_order', 'work_document') AND has_column_privilege('shubbak_read',"
        " table_name::text, column_name::text, 'SELECT')"
    )
    names = {row["column_name"] for row in columns}
    assert names.isdisjoint({"sealed", "content", "title_ar", "title_en"})
    assert {"state", "device_id"} <= names


async def test_an_order_closed_before_its_machine_heard_of_it_is_simply_gone(
    queue: Queue, work: WorkOrders, device: Device
) -> None:
    order = await order_page(work, queue, device)
    assert await work.close(order, actor=SUPERVISOR)
    assert await open_commands(queue.pool, centre_id=1) == []


@pytest.mark.parametrize("word", ["done", "failed"])
async def test_a_machine_that_heard_of_a_closed_order_is_asked_to_take_it_back(
    queue: Queue,
    pool: Pool,
    clock: ManualClock,
    work: WorkOrders,
    device: Device,
    word: OutcomeState,
) -> None:
    order = await order_page(work, queue, device)
    await claim_commands(pool, device, process_id=HERE, at=clock.now())
    assert await work.close(order, actor=SUPERVISOR)
    [command] = await open_commands(pool, centre_id=1)
    frame = await work.frame_of(command)
    assert isinstance(frame, Cancel)
    assert (frame.key, frame.job) == (str(command.id), str(order))
    stranger = await register(queue, "W2")
    refused = await work.outcome(stranger, Outcome(job=frame.key, state=word))
    assert isinstance(refused, Refused)
    for _ in range(2):
        answer = await work.outcome(device, Outcome(job=frame.key, state=word))
        assert answer == Settled(about=frame.key, state=word)
    assert await open_commands(pool, centre_id=1) == []
    known = await work.find(order)
    assert known is not None
    assert (known.state, known.reason) == ("closed", None if word == "done" else "too_late")


async def test_what_a_revoked_machine_was_to_do_is_left_to_a_person_at_once(
    queue: Queue, work: WorkOrders, device: Device
) -> None:
    async def take() -> None:
        at = queue.clock.now()
        beat = Beat("0.1.0", "disk-1")
        await note_beat(queue.pool, device, beat, process_id=HERE, at=at)
        await claim_commands(queue.pool, device, process_id=HERE, at=at)

    heard, printed = [await order_page(work, queue, device) for _ in range(2)]
    await take()
    await say(work, device, printed, "done", confirmed_by="ipp")
    unheard = await order_message(work, queue, device, PHONE, TEXT)
    await revoke_device(
        queue.pool, centre_id=1, device_id=device.id, actor=SUPERVISOR, at=queue.clock.now()
    )
    stands = {each.id: (each.state, each.reason) for each in await work.latest(limit=9)}
    assert stands == {
        heard: ("unknown", "revoked"),
        printed: ("done", None),
        unheard: ("failed", "revoked"),
    }
    assert {each.id for each in await work.in_doubt(limit=9)} == {heard, unheard}
    assert await open_commands(queue.pool, centre_id=1) == []
    for order in (heard, unheard):
        assert await work.close(order, actor=SUPERVISOR)
    assert await open_commands(queue.pool, centre_id=1) == []
