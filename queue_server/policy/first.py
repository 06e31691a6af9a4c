"""The first version of a policy, which the hours of a centre's description make."""

from datetime import datetime

from core_services.database.pool import Pool
from queue_server.policy import store, store_publication
from queue_server.policy.body import OpeningHours, Week
from queue_server.policy.model import Seen
from queue_server.policy.present import read_present
from queue_server.tickets.model import Actor


async def publish_first_hours(
    pool: Pool, centre_id: int, week: Week, *, actor: Actor, at: datetime
) -> bool:
    """Let numbers be given within these hours where nobody has written a policy yet.

    All else stays as it holds already. False: a policy is there, or somebody drafts one.
    """
    if await store.read_versions(pool, centre_id) or await store.read_draft(pool, centre_id):
        return False
    present = await read_present(pool, centre_id)
    hours = OpeningHours(applies=True, week=week)
    draft = await store.save_draft(
        pool,
        centre_id,
        body=present.body.model_copy(update={"hours": hours}),
        groups=("hours",),
        seen=Seen(),
        actor=actor,
        at=at,
    )
    await store_publication.publish_draft(
        pool, centre_id, seen=draft.seen, note=None, holds_from=None, actor=actor, at=at
    )
    return True
