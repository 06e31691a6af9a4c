"""The SQL of API keys."""

from datetime import datetime
from uuid import UUID

from core_services.database.errors import ConstraintBroken
from core_services.database.pool import Pool, Record
from core_services.ids import new_id
from core_services.people.errors import KeyNameTakenError, UnknownKeyError
from core_services.people.model import Acting, ApiKey, Scope
from core_services.people.store import lock_centre, record


async def insert_key(
    pool: Pool,
    *,
    centre_id: int,
    name: str,
    scopes: tuple[Scope, ...],
    prefix: str,
    key_hash: bytes,
    actor: Acting,
    at: datetime,
) -> ApiKey:
    """Add a key and commit; raise KeyNameTakenError or UnknownCentreError."""
    key_id = new_id(at)
    try:
        async with pool.transaction() as connection:
            await lock_centre(connection, centre_id)
            row = await connection.fetchrow(
                """
                INSERT INTO api_key (centre_id, id, name, prefix, key_hash, scopes, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                RETURNING *
                """,
                centre_id,
                key_id,
                name,
                prefix,
                key_hash,
                list(scopes),
                at,
            )
            await record(
                connection,
                centre_id=centre_id,
                event="added",
                subject=("key", key_id),
                actor=actor,
                at=at,
                detail={"scopes": list(scopes)},
            )
    except ConstraintBroken as error:
        if error.constraint == "api_key_name_unique":
            raise KeyNameTakenError(name) from error
        raise
    return _key_of(_found(row, name))


async def set_revoked(
    pool: Pool, *, centre_id: int, key_id: UUID, actor: Acting, at: datetime
) -> ApiKey:
    """Revoke a key that still holds and commit; raise UnknownKeyError."""
    async with pool.transaction() as connection:
        await lock_centre(connection, centre_id)
        row = await connection.fetchrow(
            """
            UPDATE api_key SET revoked_at = greatest($3, created_at)
             WHERE centre_id = $1 AND id = $2 AND revoked_at IS NULL
            RETURNING *
            """,
            centre_id,
            key_id,
            at,
        )
        found = _found(row, key_id)
        await record(
            connection,
            centre_id=centre_id,
            event="revoked",
            subject=("key", key_id),
            actor=actor,
            at=at,
            detail=None,
        )
    return _key_of(found)


async def fetch_key(pool: Pool, *, key_hash: bytes) -> ApiKey | None:
    """Return the key with that hash unless it is revoked."""
    row = await pool.fetchrow(
        "SELECT * FROM api_key WHERE key_hash = $1 AND revoked_at IS NULL", key_hash
    )
    return None if row is None else _key_of(row)


async def note_use(pool: Pool, *, centre_id: int, key_id: UUID, hour: datetime) -> None:
    """Write the hour in which a key was last used."""
    await pool.execute(
        """
        UPDATE api_key SET last_used_at = $3
         WHERE centre_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $3)
        """,
        centre_id,
        key_id,
        hour,
    )


async def list_keys(pool: Pool, *, centre_id: int) -> list[ApiKey]:
    """Return all keys, the revoked too, oldest first."""
    rows = await pool.fetch(
        "SELECT * FROM api_key WHERE centre_id = $1 ORDER BY created_at, id", centre_id
    )
    return [_key_of(row) for row in rows]


def _key_of(row: Record) -> ApiKey:
    return ApiKey(
        id=row["id"],
        centre_id=row["centre_id"],
        name=row["name"],
        prefix=row["prefix"],
        scopes=tuple(row["scopes"]),
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )


def _found(row: Record | None, key: object) -> Record:
    if row is None:
        raise UnknownKeyError(key)
    return row
