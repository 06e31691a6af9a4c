"""What an administrator does with the policy: save a draft, discard it, publish it for now or for a
day to come; and the stop of numbers that a supervisor orders for the rest of a day."""

from datetime import date, timedelta
from typing import Final

from queue_server.policy import store, store_publication
from queue_server.policy.body import GROUPS, PolicyBody
from queue_server.policy.difference import changed_groups
from queue_server.policy.errors import DayNotToCome
from queue_server.policy.model import Seen, Version
from queue_server.policy.present import read_present
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor

AHEAD_AT_MOST: Final = timedelta(days=366)
"""A version is published for a day of the next year at most."""


async def save(queue: Queue, body: PolicyBody, *, seen: Seen, actor: Actor) -> Version:
    """Make the draft or save over the one that was seen, and return it.

    Raises PolicyDraftChanged when another editor came first; nothing is changed then.
    """
    pool, centre_id = queue.pool, queue.centre.id
    draft = await store.read_draft(pool, centre_id)
    if draft is not None and draft.seen == seen and draft.body == body:
        return draft
    before = draft.body if draft is not None else (await read_present(pool, centre_id)).body
    return await store.save_draft(
        pool,
        centre_id,
        body=body,
        groups=changed_groups(before, body) or (GROUPS if draft is None else ()),
        seen=seen,
        actor=actor,
        at=queue.clock.now(),
    )


async def discard(queue: Queue, *, seen: Seen, actor: Actor) -> None:
    """Give the draft up. Raises NoPolicyDraft, PolicyDraftChanged."""
    await store.discard_draft(
        queue.pool, queue.centre.id, seen=seen, actor=actor, at=queue.clock.now()
    )


async def publish(
    queue: Queue, *, seen: Seen, note: str | None, actor: Actor, holds_from: date | None = None
) -> int:
    """Let the draft that was seen hold now, or from the opening of a later business day.

    Returns its version. Raises NoPolicyDraft, PolicyDraftChanged, DayNotToCome.
    """
    today, at = queue.today()
    if holds_from is not None and not today < holds_from <= today + AHEAD_AT_MOST:
        raise DayNotToCome(state="published")
    return await store_publication.publish_draft(
        queue.pool,
        queue.centre.id,
        seen=seen,
        note=note,
        holds_from=holds_from,
        actor=actor,
        at=at,
    )


async def withdraw(queue: Queue, version: int, *, actor: Actor) -> None:
    """Take back a version that waits for its day. Raises NoPolicyToCome."""
    await store_publication.withdraw(
        queue.pool, queue.centre.id, version=version, actor=actor, at=queue.clock.now()
    )


async def bring_into_force(queue: Queue) -> int | None:
    """Let the version whose day has begun hold; None: there is none, or it has to wait a moment."""
    today, at = queue.today()
    return await store_publication.bring_into_force(queue.pool, queue.centre.id, today=today, at=at)


async def stop_numbers(queue: Queue, *, actor: Actor) -> bool:
    """Give no more numbers today; False: it was so already."""
    day, at = queue.today()
    return await store.set_stop(queue.pool, queue.centre.id, day=day, actor=actor, at=at)


async def start_numbers(queue: Queue, *, actor: Actor) -> bool:
    """Give numbers again; False: nobody had stopped them."""
    _, at = queue.today()
    return await store.set_stop(queue.pool, queue.centre.id, day=None, actor=actor, at=at)
