"""Service states against PostgreSQL: what is down, one word a change, time down by the events."""

import asyncio
from datetime import timedelta

import pytest

from core_services.audit.verify import verify
from core_services.catalogue.load import load_catalogue
from core_services.database.pool import Pool
from queue_server.service_states.errors import UnknownServiceGroup
from queue_server.service_states.model import PAYMENT, States, Subject
from queue_server.service_states.states import ServiceStates
from queue_server.service_states.store import change_state
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import KeyReused, UnknownService
from queue_server.tickets.model import Claim
from tests.support.clock import ManualClock
from tests.support.queue import KEY, STAFF

SERVICE = Subject("service", "reconciliation")
GROUP = Subject("group", "reconciliation")


@pytest.fixture
def told() -> list[States]:
    return []


@pytest.fixture
def states(queue: Queue, told: list[States]) -> ServiceStates:
    return ServiceStates(queue, load_catalogue(), told.append)


async def test_a_service_is_down_from_the_word_until_the_next(
    states: ServiceStates, clock: ManualClock
) -> None:
    back = clock.now() + timedelta(hours=1)
    assert await states.mark_down(SERVICE, "network", expected=back, actor=STAFF)
    outage = (await states.now()).of("reconciliation")
    assert outage is not None
    assert (outage.reason, outage.since, outage.expected) == ("network", clock.now(), back)
    await clock.advance(600)
    assert await states.mark_up(SERVICE, actor=KEY)
    assert (await states.now()).outages == {}
    history = await states.history(states.queue.today()[0])
    assert [(each.event, each.reason, each.actor_kind) for each in history] == [
        ("down", "network", "staff"),
        ("up", None, "key"),
    ]


async def test_the_same_word_again_makes_no_event(states: ServiceStates) -> None:
    assert await states.mark_down(SERVICE, "power", actor=STAFF)
    assert not await states.mark_down(SERVICE, "power", actor=STAFF)
    assert await states.mark_up(SERVICE, actor=STAFF)
    assert not await states.mark_up(SERVICE, actor=STAFF)
    assert not await states.mark_up(PAYMENT, actor=STAFF)
    assert len(await states.history(states.queue.today()[0])) == 2


async def test_another_reason_changes_the_word_and_not_the_time_it_began(
    states: ServiceStates, clock: ManualClock
) -> None:
    await states.mark_down(SERVICE, "other", actor=STAFF)
    began = clock.now()
    await clock.advance(60)
    await states.mark_down(SERVICE, "ministry_system", actor=STAFF)
    outage = await states.outage(SERVICE)
    assert outage is not None
    assert (outage.reason, outage.since) == ("ministry_system", began)
    events = [each.event for each in await states.history(states.queue.today()[0])]
    assert events == ["down", "change"]


async def test_a_service_is_down_with_its_group_and_up_with_it(states: ServiceStates) -> None:
    group = states.group_of["reconciliation"]
    await states.mark_down(Subject("group", group), "ministry_system", actor=STAFF)
    outage = await states.outage(SERVICE)
    assert outage is not None
    assert outage.subject == Subject("group", group)
    await states.mark_up(SERVICE, actor=STAFF)
    assert await states.outage(SERVICE) is not None
    await states.mark_up(Subject("group", group), actor=STAFF)
    assert await states.outage(SERVICE) is None


async def test_what_nobody_knows_is_refused_and_leaves_no_event(states: ServiceStates) -> None:
    with pytest.raises(UnknownService):
        await states.mark_down(Subject("service", "nothing"), "other", actor=STAFF)
    with pytest.raises(UnknownServiceGroup):
        await states.mark_down(Subject("group", "nothing"), "other", actor=STAFF)
    assert await states.history(states.queue.today()[0]) == ()


async def test_the_same_key_works_once_and_another_meaning_under_it_is_refused(
    states: ServiceStates,
) -> None:
    claim = Claim("key:1", "POST", "/services/reconciliation/down", "k-1-down", b"network")
    assert await states.mark_down(SERVICE, "network", actor=KEY, claim=claim)
    await states.mark_up(SERVICE, actor=KEY)
    assert await states.mark_down(SERVICE, "network", actor=KEY, claim=claim)
    assert (await states.now()).outages == {}
    other = Claim("key:1", "POST", "/services/reconciliation/down", "k-1-down", b"power")
    with pytest.raises(KeyReused):
        await states.mark_down(SERVICE, "power", actor=KEY, claim=other)


async def test_two_processes_that_say_it_at_once_make_one_event(states: ServiceStates) -> None:
    other = ServiceStates(states.queue, states.catalogue, lambda _: None)
    said = await asyncio.gather(
        *(each.mark_down(PAYMENT, "network", actor=STAFF) for each in (states, other) for _ in "12")
    )
    assert sorted(said) == [False, False, False, True]
    assert len(await states.history(states.queue.today()[0])) == 1


async def test_a_process_hears_within_one_look_of_what_another_was_told(
    states: ServiceStates, told: list[States]
) -> None:
    await states.look()
    other = ServiceStates(states.queue, states.catalogue, lambda _: None)
    await other.mark_down(PAYMENT, "network", actor=STAFF)
    await states.look()
    await states.look()
    assert [each.payment is not None for each in told] == [False, True]


async def test_time_down_is_counted_from_the_events_and_ends_at_the_days_bounds(
    states: ServiceStates, clock: ManualClock
) -> None:
    today = states.queue.today()[0]
    await states.mark_down(SERVICE, "network", actor=STAFF)
    await clock.advance(90)
    await states.mark_down(SERVICE, "power", actor=STAFF)
    await clock.advance(90)
    await states.mark_up(SERVICE, actor=STAFF)
    await clock.advance(3600)
    await states.mark_down(PAYMENT, "network", actor=STAFF)
    await clock.advance(60)
    found = await states.downtimes(today, today)
    assert [(each.subject, each.seconds, each.minutes) for each in found] == [
        (SERVICE, 180, 3),
        (PAYMENT, 60, 1),
    ]
    assert await states.downtimes(today - timedelta(days=7), today - timedelta(days=1)) == ()


async def test_a_clock_that_ran_back_never_turns_the_order_of_two_words(
    states: ServiceStates, clock: ManualClock
) -> None:
    at = clock.now()
    await states.mark_down(SERVICE, "network", actor=STAFF)
    await change_state(
        states.queue.pool,
        1,
        subject=SERVICE,
        reason=None,
        expected=None,
        actor=STAFF,
        at=at - timedelta(minutes=5),
        claim=None,
    )
    first, second = await states.history(states.queue.today()[0])
    assert first.at == second.at == at


async def test_states_are_in_the_chain(states: ServiceStates, pool: Pool) -> None:
    await states.mark_down(GROUP, "network", actor=STAFF)
    await states.mark_up(GROUP, actor=STAFF)
    verdict = await verify(pool, 1)
    assert verdict.is_whole
