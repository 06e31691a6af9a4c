"""Makes, revokes and recognises API keys."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core_services.clock import Clock
from core_services.credentials import hash_token, new_token
from core_services.database.pool import Pool
from core_services.people import store_keys
from core_services.people.errors import UnknownKeyError
from core_services.people.model import Acting, ApiKey, NewApiKey, Scope

KEY_PREFIX: Final = "shubbak_"
KEY_BITS: Final = 160
REMEMBERED_S: Final = 2.0
"""A revoked key works at most this much longer in a process that has just seen it."""
REMEMBERED_KEYS: Final = 256

list_keys = store_keys.list_keys
revoke_key = store_keys.set_revoked


async def add_key(
    pool: Pool,
    *,
    centre_id: int,
    name: str,
    scopes: Sequence[Scope],
    actor: Acting,
    at: datetime,
) -> NewApiKey:
    """Make a key; its text is in the answer and nowhere else. Raises KeyNameTakenError."""
    text = new_token(KEY_BITS, prefix=KEY_PREFIX)
    key = await store_keys.insert_key(
        pool,
        centre_id=centre_id,
        name=name,
        scopes=tuple(dict.fromkeys(scopes)),
        prefix=text[: len(KEY_PREFIX) + 4],
        key_hash=hash_token(text),
        actor=actor,
        at=at,
    )
    return NewApiKey(text, key)


async def revoke_key_named(
    pool: Pool, *, centre_id: int, name: str, actor: Acting, at: datetime
) -> ApiKey:
    """Revoke the key in use with that name; raise UnknownKeyError."""
    for key in await store_keys.list_keys(pool, centre_id=centre_id):
        if key.name == name and key.revoked_at is None:
            return await store_keys.set_revoked(
                pool, centre_id=centre_id, key_id=key.id, actor=actor, at=at
            )
    raise UnknownKeyError(name)


class ApiKeys:
    """Recognises keys for one process, asking the database at most every two seconds a key."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._seen: OrderedDict[bytes, tuple[float, ApiKey]] = OrderedDict()

    async def verify(self, text: str) -> ApiKey | None:
        """Return the key that the text is, or None; note the hour of its use."""
        if not text.startswith(KEY_PREFIX):
            return None
        digest = hash_token(text)
        now = self._clock.monotonic()
        seen = self._seen.get(digest)
        if seen is not None and now - seen[0] < REMEMBERED_S:
            return seen[1]
        key = await store_keys.fetch_key(self._pool, key_hash=digest)
        if key is None:
            self._seen.pop(digest, None)
            return None
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        if key.last_used_at is None or key.last_used_at < hour:
            await store_keys.note_use(self._pool, centre_id=key.centre_id, key_id=key.id, hour=hour)
        self._seen[digest] = (now, key)
        self._seen.move_to_end(digest)
        if len(self._seen) > REMEMBERED_KEYS:
            self._seen.popitem(last=False)
        return key
