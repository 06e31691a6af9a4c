"""The policy's versions in the database: drafts, publishing, concurrent editors, a day replayed."""

import asyncio
from datetime import date, time, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from core_services.audit.verify import verify
from core_services.calendar import day_bounds
from core_services.database.pool import Pool, open_pool
from queue_server.figures.reading import FiguresReading
from queue_server.figures.rollup import Rollup
from queue_server.policy import store, store_days, versions
from queue_server.policy.body import (
    Break,
    Breaks,
    Calls,
    Capacity,
    Closing,
    Credit,
    Credits,
    First,
    Numbers,
    PolicyBody,
    Returns,
)
from queue_server.policy.errors import NoPolicyDraft, PolicyDraftChanged
from queue_server.policy.model import Seen, Version
from queue_server.policy.present import read_present
from queue_server.policy.preview import Preview, Previews, days_to_replay, preview, rules_of
from queue_server.tickets import emergency, journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.emergency import Noted
from queue_server.tickets.errors import TooManyAway
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Claim, Priority, Service
from queue_server.tickets.replay import Visit, replay
from queue_server.tickets.store_journeys import Destination
from queue_server.tickets.store_policy import read_policy
from tests.store.test_centre import Loader
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, STAFF, open_windows
from tests.unit.test_centre_file import GOOD

ADMIN = Actor("staff", uuid4())
OTHER_ADMIN = Actor("staff", uuid4())
BODY = PolicyBody(
    credits=Credits(age65=Credit(minutes=20), disability=Credit(minutes=10), infant=Credit()),
    first=First(profiles=("rare",)),
    calls=Calls(recall_limit=2, no_show_after_s=45, no_show_after_more_time_s=150),
    returns=Returns(allowed=2, within_minutes=40, credit_minutes=5),
    numbers=Numbers(requests_at_most=2, capacity=(Capacity(service="collection", count=7),)),
    breaks=Breaks(away_at_most=2),
    closing=Closing(carries_over=True),
)


async def publish(queue: Queue, body: PolicyBody = BODY) -> int:
    draft = await store.read_draft(queue.pool, 1)
    seen = Seen() if draft is None else draft.seen
    saved = await versions.save(queue, body, seen=seen, actor=ADMIN)
    return await versions.publish(queue, seen=saved.seen, note="قرار", actor=ADMIN)


async def events(pool: Pool) -> list[tuple[str, int | None]]:
    rows = await pool.fetch("SELECT event, version FROM policy_event ORDER BY revision")
    return [(row["event"], row["version"]) for row in rows]


async def test_publishing_writes_all_that_commands_read_in_one_commit(queue: Queue) -> None:
    pool = queue.pool
    assert await publish(queue) == 1
    policy = await read_policy(pool, 1)
    assert (policy.version, policy.recall_limit, policy.no_show_after_more_time_s) == (1, 2, 150)
    assert (policy.returns_allowed, policy.return_within_s, policy.return_credit_s) == (
        2,
        2400,
        300,
    )
    assert (policy.requests_at_most, policy.away_at_most, policy.carries_over) == (2, 2, True)
    assert policy.capacity == {"collection": 7}
    assert await store.read_credits(pool, 1) == {"age65": 1200, "disability": 600, "infant": 0}
    profiles = await store.read_profiles(pool, 1)
    assert {code for code, _, _, is_first in profiles if is_first} == {"rare"}
    assert await pool.fetchval("SELECT config_version FROM centre") == 2
    assert await events(pool) == [("drafted", 1), ("published", 1)]
    assert (await verify(pool, 1)).is_whole


async def test_a_number_has_the_published_credit(queue: Queue) -> None:
    await publish(queue)
    ticket = await queue.issue(IssueRequest(KEY, "api", priority="age65"))
    assert (ticket.issued_at - ticket.rank_at).total_seconds() == 1200


async def test_a_second_version_retires_the_first_and_both_stay_in_the_history(
    queue: Queue, clock: ManualClock
) -> None:
    await publish(queue)
    await clock.advance(60)
    later = BODY.model_copy(update={"calls": Calls(recall_limit=0)})
    assert await publish(queue, later) == 2
    found = await store.read_versions(queue.pool, 1)
    assert [(each.version, each.state) for each in found] == [(2, "published"), (1, "retired")]
    assert [each.body for each in found] == [later, BODY]
    assert found[0].note == "قرار"
    assert (await read_policy(queue.pool, 1)).recall_limit is None
    assert (await read_present(queue.pool, 1)).body == later


async def test_before_the_first_version_the_present_policy_is_what_the_file_made(
    queue: Queue,
) -> None:
    present = await read_present(queue.pool, 1)
    assert present.version is None
    assert rules_of(present.body).credit_s == {
        "none": 0,
        "age65": 900,
        "disability": 900,
        "infant": 900,
    }
    assert present.body.first.profiles == ("first",)
    assert present.body.calls.recall_limit == 0


async def test_a_stale_draft_is_refused_and_what_the_other_saved_stays(queue: Queue) -> None:
    first = await versions.save(queue, BODY, seen=Seen(), actor=ADMIN)
    mine = BODY.model_copy(update={"returns": Returns(allowed=0)})
    other = BODY.model_copy(update={"returns": Returns(allowed=5)})
    second = await versions.save(queue, other, seen=first.seen, actor=OTHER_ADMIN)
    assert second.seen == Seen(1, 2)
    with pytest.raises(PolicyDraftChanged):
        await versions.save(queue, mine, seen=first.seen, actor=ADMIN)
    with pytest.raises(PolicyDraftChanged):
        await versions.publish(queue, seen=first.seen, note=None, actor=ADMIN)
    with pytest.raises(PolicyDraftChanged):
        await versions.discard(queue, seen=first.seen, actor=ADMIN)
    draft = await store.read_draft(queue.pool, 1)
    assert draft is not None
    assert (draft.body, draft.changed_by) == (other, OTHER_ADMIN.id)
    assert await events(queue.pool) == [("drafted", 1), ("changed", 1)]


async def test_of_many_editors_at_once_exactly_one_makes_the_draft(queue: Queue) -> None:
    bodies = [
        BODY.model_copy(update={"returns": Returns(credit_minutes=minutes)})
        for minutes in range(12)
    ]
    saves = [versions.save(queue, body, seen=Seen(), actor=ADMIN) for body in bodies]
    answers = await asyncio.gather(*saves, return_exceptions=True)
    won = [each for each in answers if isinstance(each, Version)]
    assert len(won) == 1
    assert all(isinstance(each, (Version, PolicyDraftChanged)) for each in answers)
    assert len(await events(queue.pool)) == 1


async def test_a_draft_that_is_discarded_is_gone_and_its_number_is_not_used_again(
    queue: Queue,
) -> None:
    draft = await versions.save(queue, BODY, seen=Seen(), actor=ADMIN)
    await versions.discard(queue, seen=draft.seen, actor=ADMIN)
    assert await store.read_draft(queue.pool, 1) is None
    assert await store.read_versions(queue.pool, 1) == ()
    with pytest.raises(NoPolicyDraft):
        await versions.publish(queue, seen=draft.seen, note=None, actor=ADMIN)
    assert (await versions.save(queue, BODY, seen=Seen(), actor=ADMIN)).version == 2


async def test_each_group_remembers_who_changed_it_last(queue: Queue, clock: ManualClock) -> None:
    await publish(queue)
    await clock.advance(60)
    later = BODY.model_copy(update={"returns": Returns(allowed=3)})
    await versions.save(queue, later, seen=Seen(), actor=OTHER_ADMIN)
    touches = await store.read_touches(queue.pool, 1)
    assert (touches["returns"].by, touches["credits"].by) == (OTHER_ADMIN.id, ADMIN.id)
    assert (touches["returns"].at - touches["credits"].at).total_seconds() == 60


async def test_saving_the_same_again_changes_nothing(queue: Queue) -> None:
    draft = await versions.save(queue, BODY, seen=Seen(), actor=ADMIN)
    assert await versions.save(queue, BODY, seen=draft.seen, actor=ADMIN) == draft
    assert len(await events(queue.pool)) == 1


async def test_a_stop_is_kept_with_its_day_and_taken_back(queue: Queue) -> None:
    assert await versions.stop_numbers(queue, actor=STAFF)
    assert not await versions.stop_numbers(queue, actor=STAFF)
    assert (await store.read_stop(queue.pool, 1)).day == queue.today()[0]
    assert await versions.start_numbers(queue, actor=STAFF)
    assert not await versions.start_numbers(queue, actor=STAFF)
    assert await events(queue.pool) == [("stopped", None), ("started", None)]


async def test_a_pause_beyond_the_rota_is_refused_to_a_clerk_and_allowed_to_a_supervisor(
    queue: Queue,
) -> None:
    await publish(queue)
    await open_windows(queue, 2, 3, 4, 5)

    async def pause(
        window: int, reason: str = "break", *, any_window: bool = False, beyond_rota: bool = False
    ) -> None:
        await queue.act_on_window(
            window,
            "pause",
            actor=KEY,
            actor_name="Mona",
            any_window=any_window,
            beyond_rota=beyond_rota,
            reason=reason,
        )

    await pause(2)
    await pause(3, "prayer")
    with pytest.raises(TooManyAway) as told:
        await pause(4)
    assert (told.value.away, told.value.at_most) == (2, 2)
    await pause(4, "fault")
    await queue.act_on_window(4, "open", actor=KEY, actor_name="Mona", any_window=False)
    await pause(4, beyond_rota=True)
    await pause(5, any_window=True)


async def test_a_time_with_a_limit_of_its_own_takes_the_place_of_the_general_one(
    queue: Queue, clock: ManualClock
) -> None:
    now = clock.now().astimezone(queue.centre.zone).time().replace(microsecond=0)
    prayer = Break(
        name_ar="صلاة",
        name_en="Prayer",
        opens=now,
        closes=time(23, 59, 59),
        away_at_most=1,
    )
    await publish(
        queue, BODY.model_copy(update={"breaks": Breaks(away_at_most=3, times=(prayer,))})
    )
    await open_windows(queue, 2, 3)
    await queue.act_on_window(
        2, "pause", actor=KEY, actor_name="", any_window=False, reason="prayer"
    )
    with pytest.raises(TooManyAway) as told:
        await queue.act_on_window(
            3, "pause", actor=KEY, actor_name="", any_window=False, reason="prayer"
        )
    assert told.value.at_most == 1


async def test_a_centres_file_leaves_the_published_order_alone_and_says_so(
    database: Database, pool: Pool, tmp_path: Path
) -> None:
    owner = await open_pool(database.owner_dsn, size=2, application_name="test")
    try:
        loader = Loader(owner, tmp_path)
        assert not (await loader.load(GOOD)).keeps_policy
        credits = await store.read_credits(pool, 1)
        await pool.execute(
            """
            INSERT INTO policy_version (centre_id, version, state, body, created_at, changed_at,
                   published_at, holds_since)
            VALUES (1, 1, 'published', '{}', '2026-11-22Z', '2026-11-22Z', '2026-11-22Z',
                    '2026-11-22Z')
            """
        )
        await pool.execute("UPDATE priority_credit SET credit_s = 120 WHERE priority = 'age65'")
        await pool.execute("UPDATE work_profile SET priority_first = NOT priority_first")
        before = await store.read_profiles(pool, 1)
        assert (await loader.load(GOOD)).keeps_policy
        assert (await store.read_credits(pool, 1))["age65"] == 120 != credits["age65"]
        assert await store.read_profiles(pool, 1) == before
    finally:
        await owner.close()


async def a_day(queue: Queue, clock: ManualClock) -> date:
    """Let forty people come, every third with priority, to two windows that take five minutes."""
    priorities: tuple[Priority, ...] = ("none", "none", "age65")
    await open_windows(queue, 1, 2)
    for number in range(40):
        await queue.issue(IssueRequest(KEY, "api", priority=priorities[number % 3]))
        await clock.advance(20)
    for turn in range(20):
        for window in (1, 2):
            await queue.call_next(window, actor=KEY, own_only=False, finish=turn > 0)
        await clock.advance(300)
    for window in (1, 2):
        hall = await queue.hall()
        ticket = next(each.ticket for each in hall.windows if each.number == window)
        assert ticket is not None
        await queue.act(ticket.id, "start", actor=KEY, any_window=True)
        await queue.act(ticket.id, "finish", actor=KEY, any_window=True)
        await queue.act_on_window(window, "close", actor=KEY, actor_name="", any_window=True)
    return queue.today()[0]


async def test_a_recorded_day_is_read_as_it_was_lived_and_replayed_as_it_was_called(
    queue: Queue, clock: ManualClock
) -> None:
    day = await a_day(queue, clock)
    begins, ends = day_bounds(day, queue.centre.zone, queue.centre.cut_over)
    arrivals = await store_days.read_arrivals(queue.pool, 1, day=day)
    shifts = await store_days.read_shifts(queue.pool, 1, begins=begins, ends=ends)
    assert len(arrivals) == 40
    assert [round(each.visits[0].held_s) for each in arrivals] == [300] * 40
    assert {each.window for each in shifts} == {1, 2}
    rows = await queue.pool.fetch(
        "SELECT ticket_id FROM ticket_event WHERE event = 'call' ORDER BY revision"
    )
    called = [UUID(int=row["ticket_id"].int) for row in rows]
    present = await read_present(queue.pool, 1)
    again = replay(rules_of(present.body), arrivals, shifts)
    assert {each.arrival.id for each in again} == set(called)
    elders = [each.id for each in arrivals if each.priority == "age65"]
    in_order = [each.arrival.id for each in again]
    mean = sum(in_order.index(each) for each in elders) / len(elders)
    really = sum(called.index(each) for each in elders) / len(elders)
    assert abs(mean - really) < 3


async def test_a_recorded_day_knows_lines_and_kept_places_and_nothing_that_was_undone(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 2, 3)
    sent = await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    await queue.call_next(2, actor=KEY, own_only=False)
    await clock.advance(120)
    await journeys.transfer(
        queue, sent.id, Destination(queue="X"), actor=KEY, any_window=True, reason="wrong_queue"
    )
    await clock.advance(60)
    await queue.call_next(3, actor=KEY, own_only=False)
    await clock.advance(20)
    await journeys.undo(queue, sent.id, actor=KEY, any_window=True)
    await clock.advance(40)
    await queue.call_next(3, actor=KEY, own_only=False)
    await clock.advance(30)
    await queue.act(sent.id, "no_show", actor=KEY, any_window=True)
    await clock.advance(300)
    await journeys.return_ticket(queue, sent.id, actor=KEY, in_time_only=False)
    [arrival] = await store_days.read_arrivals(queue.pool, 1, day=queue.today()[0])
    assert arrival.queue == "U"
    assert arrival.visits == (
        Visit(120.0, back_s=0.0, keeps_place=True, back_queue="X"),
        Visit(30.0, back_s=300.0),
    )


async def test_a_preview_of_a_recorded_day_tells_who_gains_and_who_loses(
    queue: Queue, clock: ManualClock
) -> None:
    day = await a_day(queue, clock)
    await clock.advance(86_400)
    [offered] = await days_to_replay(queue)
    assert (offered.day, offered.numbers) == (day, 40)
    now = (await read_present(queue.pool, 1)).body
    fairer = now.model_copy(update={"first": First(), "credits": _no_credits()})
    found = await preview(queue, now=now, then=fairer, day=day, services=())
    changes = {each.group: each for each in found.changes}
    assert (changes["all"].people, found.windows) == (40, 2)
    assert changes["age65"].lose > changes["age65"].gain
    assert changes["plain"].gain > changes["plain"].lose
    assert changes["age65"].largest_loss_s >= 300


async def test_a_preview_is_worked_out_once_until_its_day_or_a_policy_is_another(
    queue: Queue, clock: ManualClock
) -> None:
    day = queue.today()[0]
    await emergency.print_book(queue, for_day=day, count=50, actor=STAFF)
    start = clock.now()
    await a_day(queue, clock)
    await clock.advance(86_400)
    await queue.keep_house()
    previews = Previews(queue, FiguresReading(queue, lambda: 1800).made)
    now = (await read_present(queue.pool, 1)).body
    then = now.model_copy(update={"credits": _no_credits()})

    async def ask(then: PolicyBody) -> Preview:
        return await previews.preview(now=now, then=then, day=day, services=())

    assert await ask(then) is not await ask(then), "the day may still be heard of"
    rollup = Rollup(queue, lambda: 1800, process_id=uuid4())
    await rollup.look()
    first = await ask(then)
    assert await ask(then.model_copy()) is first
    assert await ask(now) != first
    assert [each.numbers for each in await previews.days()] == [40]
    noted = Noted(
        day,
        101,
        arrived_at=start,
        outcome="served",
        window=3,
        started_at=start + timedelta(minutes=9),
        finished_at=start + timedelta(minutes=12),
    )
    claim = Claim("staff:1", "POST", "/reception/book", "n", b"n" * 32)
    await emergency.key_in(queue, noted, actor=STAFF, claim=claim)
    await rollup.look()
    assert (await ask(then)).changes[0].people == 41
    assert [each.numbers for each in await previews.days()] == [41]


async def test_a_centre_without_a_past_is_previewed_on_a_simulated_day(queue: Queue) -> None:
    services = tuple(
        Service(code, line, code, code, 240, True)
        for code, line in (("reconciliation", "U"), ("collection", "X"))
    )
    now = (await read_present(queue.pool, 1)).body
    then = now.model_copy(update={"credits": _no_credits()})
    found = await preview(queue, now=now, then=then, day=None, services=services)
    again = await preview(queue, now=now, then=then, day=None, services=services)
    assert found == again
    changes = {each.group: each for each in found.changes}
    assert set(changes) == {"all", "plain", "age65", "disability", "infant", "appointment"}
    assert changes["all"].people > 400
    assert changes["age65"].lose > 0


def _no_credits() -> Credits:
    return Credits(age65=Credit(minutes=0), disability=Credit(minutes=0), infant=Credit(minutes=0))
