"""The SQL of the register: which devices may connect, and the events of every change."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from core_services.database.errors import ConstraintBroken
from core_services.database.pool import Connection, Pool, Record
from core_services.devices.errors import (
    BadDeviceNameError,
    DeviceNameTakenError,
    UnknownCentreError,
    UnknownDeviceError,
)
from core_services.devices.model import Device, DeviceKind, OutOfService
from core_services.ids import new_id

DEVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


class Acting(Protocol):
    """Whoever administers devices: an id, never a name."""

    @property
    def kind(self) -> str:
        """`staff`, `key` or `system`."""
        ...

    @property
    def id(self) -> UUID | None: ...


async def insert_device(
    pool: Pool,
    *,
    centre_id: int,
    kind: DeviceKind,
    name: str,
    token_hash: bytes,
    actor: Acting,
    at: datetime,
) -> Device:
    """Add a device and commit.

    Raises DeviceNameTakenError, BadDeviceNameError or UnknownCentreError.
    """
    if not DEVICE_NAME.fullmatch(name):
        raise BadDeviceNameError(name)
    device_id = new_id(at)
    try:
        async with pool.transaction() as connection:
            await lock_centre(connection, centre_id)
            row = await connection.fetchrow(
                """
                INSERT INTO device (centre_id, id, kind, name, token_hash, created_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                RETURNING *
                """,
                centre_id,
                device_id,
                kind,
                name,
                token_hash,
                at,
            )
            await record_event(
                connection,
                centre_id=centre_id,
                device_id=device_id,
                event="added",
                actor=actor,
                at=at,
                detail={"kind": kind, "name": name},
            )
    except ConstraintBroken as error:
        if error.constraint == "device_name_unique":
            raise DeviceNameTakenError(name) from error
        raise
    return device_of(_found(row, name))


async def set_token_hash(
    pool: Pool, *, centre_id: int, device_id: UUID, token_hash: bytes, actor: Acting, at: datetime
) -> Device:
    """Replace the token of a device in use and commit; raise UnknownDeviceError."""
    async with pool.transaction() as connection:
        await lock_centre(connection, centre_id)
        row = await connection.fetchrow(
            """
            UPDATE device SET token_hash = $3
             WHERE centre_id = $1 AND id = $2 AND revoked_at IS NULL
            RETURNING *
            """,
            centre_id,
            device_id,
            token_hash,
        )
        found = _found(row, device_id)
        await record_event(
            connection,
            centre_id=centre_id,
            device_id=device_id,
            event="token_renewed",
            actor=actor,
            at=at,
            detail=None,
        )
    return device_of(found)


async def set_revoked(
    pool: Pool, *, centre_id: int, device_id: UUID, actor: Acting, at: datetime
) -> Device:
    """Shut a device in use out for ever and commit; raise UnknownDeviceError.

    What was ordered from it is ordered no more: work that it never heard of has failed, and of the
    other nobody knows. A slip's number is looked after as one whose machine stays silent.
    """
    async with pool.transaction() as connection:
        await lock_centre(connection, centre_id)
        row = await connection.fetchrow(
            """
            UPDATE device SET revoked_at = greatest($3, created_at)
             WHERE centre_id = $1 AND id = $2 AND revoked_at IS NULL
            RETURNING *
            """,
            centre_id,
            device_id,
            at,
        )
        found = _found(row, device_id)
        await _end_orders(connection, centre_id=centre_id, device_id=device_id, at=at)
        await record_event(
            connection,
            centre_id=centre_id,
            device_id=device_id,
            event="revoked",
            actor=actor,
            at=at,
            detail=None,
        )
    return device_of(found)


async def fetch_by_token(pool: Pool, *, token_hash: bytes) -> Device | None:
    """Return the device with that token unless it is revoked."""
    row = await pool.fetchrow(
        "SELECT * FROM device WHERE token_hash = $1 AND revoked_at IS NULL", token_hash
    )
    return None if row is None else device_of(row)


async def fetch_device(pool: Pool, *, centre_id: int, name: str) -> Device:
    """Return the device in use with that name; raise UnknownDeviceError."""
    row = await pool.fetchrow(
        "SELECT * FROM device WHERE centre_id = $1 AND name = $2 AND revoked_at IS NULL",
        centre_id,
        name,
    )
    return device_of(_found(row, name))


def device_of(row: Record) -> Device:
    """Read a row of `device`."""
    return Device(
        id=row["id"],
        centre_id=row["centre_id"],
        kind=row["kind"],
        name=row["name"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        out_of_service=None
        if row["out_of_service_at"] is None
        else OutOfService(
            since=row["out_of_service_at"],
            by=row["out_of_service_by"],
            text_ar=row["out_of_service_ar"],
            text_en=row["out_of_service_en"],
        ),
    )


async def lock_centre(connection: Connection, centre_id: int) -> None:
    """Take the centre's lock, first in its transaction; raise UnknownCentreError."""
    await connection.execute("SELECT lock_centre($1)", centre_id)
    if not await connection.fetchval("SELECT 1 FROM centre_head WHERE centre_id = $1", centre_id):
        raise UnknownCentreError(centre_id)


async def _end_orders(
    connection: Connection, *, centre_id: int, device_id: UUID, at: datetime
) -> None:
    await connection.execute(
        """
        UPDATE work_order w
           SET state = CASE WHEN w.state = 'ordered' AND c.delivered_to IS NULL
                            THEN 'failed' ELSE 'unknown' END,
               reason = 'revoked', changed_at = greatest($3, w.changed_at)
          FROM device_command c
         WHERE w.centre_id = $1 AND w.device_id = $2 AND w.state IN ('ordered', 'held')
           AND c.centre_id = w.centre_id AND c.id = w.id
        """,
        centre_id,
        device_id,
        at,
    )
    await connection.execute(
        """
        UPDATE device_command SET done_at = greatest($3, created_at), outcome = 'revoked'
         WHERE centre_id = $1 AND device_id = $2 AND done_at IS NULL
        """,
        centre_id,
        device_id,
        at,
    )


async def record_event(
    connection: Connection,
    *,
    centre_id: int,
    device_id: UUID,
    event: str,
    actor: Acting | None,
    at: datetime,
    detail: Mapping[str, Any] | None,
) -> None:
    """Append one event to the centre's chain; the caller holds the centre's lock.

    No actor is the system.
    """
    await connection.execute(
        """
        INSERT INTO device_event (centre_id, revision, device_id, at, event, actor_kind, actor_id,
                                  detail)
        SELECT $1, h.revision + 1, $2,
               greatest($3::timestamptz, (SELECT max(e.at) FROM device_event e
                                           WHERE e.centre_id = $1 AND e.device_id = $2)),
               $4, $5, $6, $7
          FROM centre_head h WHERE h.centre_id = $1
        """,
        centre_id,
        device_id,
        at,
        event,
        "system" if actor is None else actor.kind,
        None if actor is None else actor.id,
        detail,
    )


def _found(row: Record | None, device: object) -> Record:
    if row is None:
        raise UnknownDeviceError(device)
    return row
