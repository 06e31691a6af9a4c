"""What an administrator does with the policy: save a draft, discard it, publish it; and the stop of
numbers that a supervisor orders for the rest of a day."""

from queue_server.policy import store
from queue_server.policy.body import GROUPS, PolicyBody
from queue_server.policy.difference import changed_groups
from queue_server.policy.model import Seen, Version
from queue_server.policy.present import read_present
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor


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


async def publish(queue: Queue, *, seen: Seen, note: str | None, actor: Actor) -> int:
    """Let the draft that was seen hold from now on; return its version.

    Raises NoPolicyDraft, PolicyDraftChanged.
    """
    return await store.publish_draft(
        queue.pool, queue.centre.id, seen=seen, note=note, actor=actor, at=queue.clock.now()
    )


async def stop_numbers(queue: Queue, *, actor: Actor) -> bool:
    """Give no more numbers today; False: it was so already."""
    day, at = queue.today()
    return await store.set_stop(queue.pool, queue.centre.id, day=day, actor=actor, at=at)


async def start_numbers(queue: Queue, *, actor: Actor) -> bool:
    """Give numbers again; False: nobody had stopped them."""
    _, at = queue.today()
    return await store.set_stop(queue.pool, queue.centre.id, day=None, actor=actor, at=at)
