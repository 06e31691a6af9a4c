"""A version that is published for a later business day holds from its opening, and no sooner."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from queue_server.policy import store, versions
from queue_server.policy.body import Closing, Credit, Credits, PolicyBody
from queue_server.policy.errors import DayNotToCome, NoPolicyToCome
from queue_server.policy.model import Seen
from queue_server.policy.present import read_present
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor
from queue_server.tickets.store_policy import read_policy
from tests.support.clock import ManualClock
from tests.support.queue import KEY

ADMIN = Actor("staff", uuid4())
NOW = PolicyBody(closing=Closing(carries_over=True))
LATER = PolicyBody(credits=Credits(age65=Credit(minutes=40)))


async def publish(queue: Queue, body: PolicyBody, *, holds_from: date | None = None) -> int:
    saved = await versions.save(queue, body, seen=Seen(), actor=ADMIN)
    return await versions.publish(
        queue, seen=saved.seen, note=None, actor=ADMIN, holds_from=holds_from
    )


def tomorrow(queue: Queue) -> date:
    return queue.today()[0] + timedelta(days=1)


async def to_the_opening_of_tomorrow(queue: Queue, clock: ManualClock) -> None:
    """Let the business day turn, to the microsecond."""
    day = tomorrow(queue)
    while queue.today()[0] < day:
        await clock.advance(3600)
    assert queue.today()[0] == day


async def events(pool: Pool) -> list[tuple[str, int | None, str]]:
    rows = await pool.fetch("SELECT event, version, actor_kind FROM policy_event ORDER BY revision")
    return [(row["event"], row["version"], row["actor_kind"]) for row in rows]


async def test_a_version_for_a_later_day_changes_nothing_before_it_and_holds_from_its_opening(
    queue: Queue, clock: ManualClock
) -> None:
    await publish(queue, NOW)
    assert await publish(queue, LATER, holds_from=tomorrow(queue)) == 2
    assert await versions.bring_into_force(queue) is None
    assert (await read_policy(queue.pool, 1)).version == 1
    assert (await read_present(queue.pool, 1)).body == NOW
    ticket = await queue.issue(IssueRequest(KEY, "api", priority="age65"))
    assert (ticket.issued_at - ticket.rank_at).total_seconds() == 900
    await to_the_opening_of_tomorrow(queue, clock)
    await queue.keep_house()
    assert await versions.bring_into_force(queue) == 2
    assert await versions.bring_into_force(queue) is None
    ticket = await queue.issue(IssueRequest(KEY, "api", priority="age65"))
    assert (ticket.issued_at - ticket.rank_at).total_seconds() == 2400
    assert (await read_present(queue.pool, 1)).body == LATER
    assert (await events(queue.pool))[-2:] == [("published", 2, "staff"), ("in_force", 2, "system")]
    assert (await verify(queue.pool, 1)).is_whole


async def test_no_moment_has_two_versions_and_none_is_without(
    queue: Queue, clock: ManualClock
) -> None:
    await publish(queue, NOW)
    await publish(queue, LATER, holds_from=tomorrow(queue))
    await publish(queue, NOW.model_copy(update={"credits": Credits()}))
    await to_the_opening_of_tomorrow(queue, clock)
    await versions.bring_into_force(queue)
    rows = await queue.pool.fetch(
        "SELECT version, holds_since, retired_at FROM policy_version"
        " WHERE holds_since IS NOT NULL ORDER BY holds_since, version"
    )
    assert [row["version"] for row in rows] == [1, 3, 2]
    assert [row["retired_at"] for row in rows[:-1]] == [row["holds_since"] for row in rows[1:]]
    assert rows[-1]["retired_at"] is None


async def test_the_day_before_ends_by_its_own_rules(queue: Queue, clock: ManualClock) -> None:
    """The rules of today keep numbers for tomorrow; those of tomorrow would let them lapse."""
    await publish(queue, NOW)
    waiting = await queue.issue(IssueRequest(KEY, "api"))
    await publish(queue, LATER, holds_from=tomorrow(queue))
    await to_the_opening_of_tomorrow(queue, clock)
    assert await versions.bring_into_force(queue) is None
    await queue.keep_house()
    assert await versions.bring_into_force(queue) == 2
    kept = await queue.pool.fetchrow(
        "SELECT state, label FROM ticket WHERE carried_from = $1", waiting.id
    )
    assert kept is not None
    assert (kept["state"], kept["label"]) == ("waiting", waiting.label)


async def test_a_server_that_slept_over_the_day_still_brings_it_into_force(
    queue: Queue, clock: ManualClock
) -> None:
    await publish(queue, LATER, holds_from=tomorrow(queue))
    for _ in range(3):
        await to_the_opening_of_tomorrow(queue, clock)
    assert await versions.bring_into_force(queue) == 1


async def test_another_version_with_a_day_takes_its_place_and_one_for_now_leaves_it(
    queue: Queue,
) -> None:
    await publish(queue, LATER, holds_from=tomorrow(queue))
    await publish(queue, NOW)
    coming = await store.read_coming(queue.pool, 1)
    assert coming is not None
    assert coming.version == 1
    await publish(queue, LATER, holds_from=tomorrow(queue) + timedelta(days=1))
    coming = await store.read_coming(queue.pool, 1)
    assert coming is not None
    assert (coming.version, coming.holds_from) == (3, tomorrow(queue) + timedelta(days=1))
    assert ("withdrawn", 1, "staff") in await events(queue.pool)


async def test_a_version_that_was_withdrawn_never_holds(queue: Queue, clock: ManualClock) -> None:
    version = await publish(queue, LATER, holds_from=tomorrow(queue))
    with pytest.raises(NoPolicyToCome):
        await versions.withdraw(queue, version + 1, actor=ADMIN)
    await versions.withdraw(queue, version, actor=ADMIN)
    with pytest.raises(NoPolicyToCome):
        await versions.withdraw(queue, version, actor=ADMIN)
    await to_the_opening_of_tomorrow(queue, clock)
    assert await versions.bring_into_force(queue) is None
    assert (await read_present(queue.pool, 1)).version is None
    [found] = await store.read_versions(queue.pool, 1)
    assert found.state == "withdrawn"


@pytest.mark.parametrize("days", [-1, 0, 367])
async def test_a_day_that_has_begun_or_is_far_off_is_refused(queue: Queue, days: int) -> None:
    with pytest.raises(DayNotToCome):
        await publish(queue, LATER, holds_from=queue.today()[0] + timedelta(days=days))
    assert await store.read_draft(queue.pool, 1) is not None
