"""The SQL of errands: given, told of, done; being out of service; pictures of the glass."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from core_services.devices.errands import Errand, Picture
from core_services.devices.model import Device, ErrandKind
from core_services.devices.store import Acting, device_of, record_event


async def replace_errand(
    connection: Connection,
    *,
    centre_id: int,
    errand_id: UUID,
    device_id: UUID,
    kind: ErrandKind,
    payload: Mapping[str, Any],
    by: UUID | None,
    at: datetime,
) -> bool:
    """Give an errand in the place of open ones of its kind.

    It is part of the caller's transaction. False when it is given already, or the machine is not in
    use any more.
    """
    tag = await connection.execute(
        """
        INSERT INTO device_command (centre_id, id, device_id, kind, payload, created_at, ordered_by)
        SELECT $1, $2, d.id, $4, $5, $6, $7 FROM device d
         WHERE d.centre_id = $1 AND d.id = $3 AND d.revoked_at IS NULL
        ON CONFLICT ON CONSTRAINT device_command_pk DO NOTHING
        """,
        centre_id,
        errand_id,
        device_id,
        kind,
        dict(payload),
        at,
        by,
    )
    if tag != "INSERT 0 1":
        return False
    await connection.execute(
        """
        UPDATE device_command SET done_at = greatest($5, created_at), outcome = 'withdrawn'
         WHERE centre_id = $1 AND device_id = $3 AND kind = $4 AND id <> $2 AND done_at IS NULL
        """,
        centre_id,
        errand_id,
        device_id,
        kind,
        at,
    )
    return True


async def set_out_of_service(
    connection: Connection,
    *,
    centre_id: int,
    errand_id: UUID,
    device_id: UUID,
    words: tuple[str, str] | None,
    actor: Acting,
    at: datetime,
) -> bool:
    """Put a kiosk in use out of service with these words, or back; and order that it hears of it.

    It is part of the caller's transaction, which holds the centre's lock. False when that errand
    was given already, or the machine is no kiosk in use, or stands so.
    """
    changed = await connection.fetchval(
        """
        UPDATE device
           SET out_of_service_at = CASE WHEN $4::text IS NOT NULL
                                    THEN coalesce(out_of_service_at, $3::timestamptz) END,
               out_of_service_by = CASE WHEN $4::text IS NULL THEN NULL ELSE $6::uuid END,
               out_of_service_ar = $4, out_of_service_en = $5
         WHERE centre_id = $1 AND id = $2 AND revoked_at IS NULL AND kind = 'kiosk'
           AND (out_of_service_ar IS DISTINCT FROM $4 OR out_of_service_en IS DISTINCT FROM $5)
           AND NOT EXISTS (SELECT 1 FROM device_command c WHERE c.centre_id = $1 AND c.id = $7)
        RETURNING true
        """,
        centre_id,
        device_id,
        at,
        None if words is None else words[0],
        None if words is None else words[1],
        actor.id,
        errand_id,
    )
    if not changed:
        return False
    detail = None if words is None else {"text_ar": words[0], "text_en": words[1]}
    await record_event(
        connection,
        centre_id=centre_id,
        device_id=device_id,
        event="put_into_service" if words is None else "put_out_of_service",
        actor=actor,
        at=at,
        detail=detail,
    )
    return await replace_errand(
        connection,
        centre_id=centre_id,
        errand_id=errand_id,
        device_id=device_id,
        kind="duty",
        payload=detail or {},
        by=actor.id,
        at=at,
    )


async def is_out_of_service(pool: Pool, device: Device) -> bool:
    """Say whether a machine gives no numbers now."""
    found: bool = await pool.fetchval(
        "SELECT out_of_service_at IS NOT NULL FROM device WHERE centre_id = $1 AND id = $2",
        device.centre_id,
        device.id,
    )
    return found


async def fetch_anew(pool: Pool, device: Device) -> Device:
    """Return a device as it stands now."""
    row = await pool.fetchrow(
        "SELECT * FROM device WHERE centre_id = $1 AND id = $2", device.centre_id, device.id
    )
    return device if row is None else device_of(row)


async def settle_errand(
    pool: Pool,
    device: Device,
    *,
    errand_id: UUID,
    outcome: str,
    reason: str | None,
    at: datetime,
) -> bool:
    """Note what became of a machine's own errand; said again it changes nothing.

    A word that comes after the errand was given up is the truer one. False: no such errand.
    """
    known = await pool.fetchval(
        """
        WITH settled AS (
            UPDATE device_command
               SET done_at = greatest($4, created_at), outcome = $5, reason = $6
             WHERE centre_id = $1 AND device_id = $2 AND id = $3
               AND kind NOT IN ('reprint', 'work') AND (done_at IS NULL OR outcome = 'withdrawn')
        )
        SELECT EXISTS (SELECT 1 FROM device_command
                        WHERE centre_id = $1 AND device_id = $2 AND id = $3
                          AND kind NOT IN ('reprint', 'work'))
        """,
        device.centre_id,
        device.id,
        errand_id,
        at,
        outcome,
        reason,
    )
    return bool(known)


async def give_up(
    pool: Pool, *, centre_id: int, kinds: Collection[ErrandKind], before: datetime, at: datetime
) -> int:
    """Withdraw the errands of these kinds that were given before then; return how many."""
    tag = await pool.execute(
        """
        UPDATE device_command SET done_at = greatest($4, created_at), outcome = 'withdrawn'
         WHERE centre_id = $1 AND kind = ANY ($2) AND created_at < $3 AND done_at IS NULL
        """,
        centre_id,
        list(kinds),
        before,
        at,
    )
    return int(tag.rpartition(" ")[2])


async def has_errand(pool: Pool, device: Device, *, errand_id: UUID) -> bool:
    """Say whether that is an errand of this machine's own."""
    found: bool = await pool.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM device_command
                        WHERE centre_id = $1 AND device_id = $2 AND id = $3
                          AND kind NOT IN ('reprint', 'work'))
        """,
        device.centre_id,
        device.id,
        errand_id,
    )
    return found


async def list_errands(
    pool: Pool, *, centre_id: int, device_id: UUID, limit: int
) -> tuple[Errand, ...]:
    """Return a machine's errands, the latest first."""
    rows = await pool.fetch(
        """
        SELECT * FROM device_command
         WHERE centre_id = $1 AND device_id = $2
           AND kind IN ('trial', 'restart', 'duty', 'notice', 'picture')
         ORDER BY created_at DESC, id DESC LIMIT $3
        """,
        centre_id,
        device_id,
        limit,
    )
    return tuple(_errand_of(row) for row in rows)


async def fetch_errand(pool: Pool, *, centre_id: int, errand_id: UUID) -> Errand | None:
    """Return an errand of any machine."""
    row = await pool.fetchrow(
        "SELECT * FROM device_command WHERE centre_id = $1 AND id = $2"
        " AND kind NOT IN ('reprint', 'work')",
        centre_id,
        errand_id,
    )
    return None if row is None else _errand_of(row)


async def keep_picture(
    pool: Pool, device: Device, *, errand_id: UUID, content: bytes, at: datetime
) -> bool:
    """Keep the picture that a machine was asked for, in the place of its last; the errand is done.

    False when this machine was not asked for it, or an answer is there already.
    """
    async with pool.transaction() as connection:
        asked = await connection.fetchval(
            """
            UPDATE device_command
               SET done_at = greatest($4, created_at), outcome = 'done', reason = NULL
             WHERE centre_id = $1 AND device_id = $2 AND id = $3 AND kind = 'picture'
               AND done_at IS NULL
            RETURNING true
            """,
            device.centre_id,
            device.id,
            errand_id,
            at,
        )
        if not asked:
            return False
        await connection.execute(
            """
            INSERT INTO device_picture (centre_id, device_id, errand_id, taken_at, content)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT ON CONSTRAINT device_picture_pk DO UPDATE
               SET errand_id = excluded.errand_id, taken_at = excluded.taken_at,
                   content = excluded.content
            """,
            device.centre_id,
            device.id,
            errand_id,
            at,
            content,
        )
        return True


async def fetch_picture(pool: Pool, *, centre_id: int, device_id: UUID) -> Picture | None:
    """Return the last picture of a machine's glass."""
    row = await pool.fetchrow(
        "SELECT taken_at, content FROM device_picture WHERE centre_id = $1 AND device_id = $2",
        centre_id,
        device_id,
    )
    return None if row is None else Picture(row["taken_at"], row["content"])


async def picture_taken_at(pool: Pool, *, centre_id: int, device_id: UUID) -> datetime | None:
    """Return when the last picture of a machine's glass was taken; None: there is none."""
    found: datetime | None = await pool.fetchval(
        "SELECT taken_at FROM device_picture WHERE centre_id = $1 AND device_id = $2",
        centre_id,
        device_id,
    )
    return found


async def forget_pictures(pool: Pool, *, centre_id: int, before: datetime) -> None:
    """Forget pictures taken before then."""
    await pool.execute(
        "DELETE FROM device_picture WHERE centre_id = $1 AND taken_at < $2", centre_id, before
    )


def _errand_of(row: Record) -> Errand:
    return Errand(
        id=row["id"],
        device_id=row["device_id"],
        kind=row["kind"],
        payload=row["payload"],
        ordered_at=row["created_at"],
        ordered_by=row["ordered_by"],
        delivered_at=row["delivered_at"],
        done_at=row["done_at"],
        outcome=row["outcome"],
        reason=row["reason"],
    )
