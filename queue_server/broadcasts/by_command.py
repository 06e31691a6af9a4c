"""Ready messages that a command sends to the hall and ends again, in the name of its own key."""

from datetime import datetime
from uuid import UUID

from core_services.database.pool import Pool
from queue_server.broadcasts import store
from queue_server.broadcasts.phrases import PHRASES
from queue_server.broadcasts.wording import compose
from queue_server.tickets.model import Actor


async def send_phrase(
    pool: Pool, centre_id: int, phrase: str, *, key_id: UUID, at: datetime
) -> None:
    """Send it unless it stands already, whoever sent it. Raises DatabaseError."""
    opened = await store.read_open(pool, centre_id, at=at)
    if any(each.phrase == phrase and each.stands(at) for each in opened):
        return
    await store.send(
        pool,
        centre_id,
        at=at,
        compose=lambda: compose(PHRASES[phrase].kind, at=at, phrase=phrase),
        actor=Actor("key", key_id),
        claim=None,
    )


async def end_phrase(
    pool: Pool, centre_id: int, phrase: str, *, key_id: UUID, at: datetime
) -> None:
    """End those of these messages that this key sent. Raises DatabaseError."""
    for each in await store.read_open(pool, centre_id, at=at):
        if each.phrase == phrase and each.sent_by == key_id:
            await store.end(
                pool,
                centre_id,
                at=at,
                broadcast_id=each.id,
                actor=Actor("key", key_id),
                claim=None,
            )
