"""The SQL of pairings: codes that are open, attempts at them, and the events of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final, Literal
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from core_services.devices.errors import BadDeviceNameError, DeviceNameTakenError
from core_services.devices.model import Device, DeviceKind
from core_services.devices.store import (
    DEVICE_NAME,
    Acting,
    device_of,
    lock_centre,
    record_event,
)
from core_services.ids import new_id

VALID_FOR: Final = timedelta(minutes=10)
ATTEMPTS: Final = 3
"""A code that three machines could not prove is over."""
PER_ADDRESS: Final = 10
"""So many attempts at any code, right ones too, from one address within the span."""
SPAN: Final = timedelta(minutes=15)
UNDER_WAY: Final = timedelta(minutes=1)
"""An attempt is over by then, one way or the other."""

Outcome = Literal["paired", "withdrawn", "replaced", "burned", "expired"]


@dataclass(frozen=True, slots=True)
class Pairing:
    """A code that was opened for a machine; the code itself is kept nowhere."""

    id: UUID
    centre_id: int
    kind: DeviceKind
    name: str
    salt: bytes
    opened_at: datetime
    expires_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Taken:
    """One attempt at a code, counted already."""

    pairing: Pairing
    secret: bytes


async def insert_pairing(
    pool: Pool,
    *,
    centre_id: int,
    kind: DeviceKind,
    name: str,
    salt: bytes,
    secret: bytes,
    actor: Acting,
    at: datetime,
) -> Pairing:
    """Open a code and commit; one that was open for the same name is over.

    Raises BadDeviceNameError, DeviceNameTakenError (by a machine of another kind),
    UnknownCentreError.
    """
    if not DEVICE_NAME.fullmatch(name):
        raise BadDeviceNameError(name)
    async with pool.transaction() as connection:
        await lock_centre(connection, centre_id)
        known = await _device_named(connection, centre_id, name)
        if known is not None and known.kind != kind:
            raise DeviceNameTakenError(name)
        open_id = await connection.fetchval(
            "SELECT id FROM device_pairing WHERE centre_id = $1 AND name = $2 AND ended_at IS NULL",
            centre_id,
            name,
        )
        if open_id is not None:
            await _end(connection, centre_id, open_id, "replaced", actor=actor, at=at)
        row = await connection.fetchrow(
            """
            INSERT INTO device_pairing (centre_id, id, kind, name, salt, secret, opened_at,
                                        expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *
            """,
            centre_id,
            new_id(at),
            kind,
            name,
            salt,
            secret,
            at,
            at + VALID_FOR,
        )
        pairing = _pairing_of(row)
        detail = {"kind": kind, "name": name}
        await _record(connection, pairing.id, centre_id, "opened", actor, at, detail)
    return pairing


async def open_pairings(pool: Pool, *, centre_id: int, at: datetime) -> tuple[Pairing, ...]:
    """Return the codes that may still be proved, the oldest first."""
    rows = await pool.fetch(
        """
        SELECT * FROM device_pairing
         WHERE centre_id = $1 AND ended_at IS NULL AND expires_at > $2 AND attempts < $3
         ORDER BY opened_at, id
        """,
        centre_id,
        at,
        ATTEMPTS,
    )
    return tuple(_pairing_of(row) for row in rows)


async def count_attempt(pool: Pool, *, centre_id: int, address: bytes, at: datetime) -> int:
    """Count an attempt of an address and commit; return 0, or the seconds to wait when too many.

    What is refused is not counted, so that waiting helps. `address` is a SHA-256 hash.
    """
    counted = await pool.fetchval(
        """
        INSERT INTO pairing_attempt AS a (centre_id, address, since, n) VALUES ($1, $2, $3, 1)
        ON CONFLICT ON CONSTRAINT pairing_attempt_pk DO UPDATE
           SET since = CASE WHEN a.since <= $3 - $4::interval THEN $3 ELSE a.since END,
               n = CASE WHEN a.since <= $3 - $4::interval THEN 1 ELSE a.n + 1 END
         WHERE a.since <= $3 - $4::interval OR a.n < $5
        RETURNING a.n
        """,
        centre_id,
        address,
        at,
        SPAN,
        PER_ADDRESS,
    )
    if counted is not None:
        return 0
    since = await pool.fetchval(
        "SELECT since FROM pairing_attempt WHERE centre_id = $1 AND address = $2",
        centre_id,
        address,
    )
    return 1 if since is None else max(1, ceil((since + SPAN - at).total_seconds()))


async def take_attempt(
    pool: Pool, *, centre_id: int, pairing_id: UUID, at: datetime
) -> Taken | None:
    """Count one attempt at a code before anything is said of it, and commit; None: it is over."""
    row = await pool.fetchrow(
        """
        UPDATE device_pairing SET attempts = attempts + 1, tried_at = $3
         WHERE centre_id = $1 AND id = $2 AND ended_at IS NULL AND expires_at > $3
           AND attempts < $4
        RETURNING *
        """,
        centre_id,
        pairing_id,
        at,
        ATTEMPTS,
    )
    return None if row is None else Taken(_pairing_of(row), row["secret"])


async def end_pairing(
    pool: Pool,
    *,
    centre_id: int,
    pairing_id: UUID,
    outcome: Literal["withdrawn", "burned"],
    actor: Acting,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> bool:
    """End an open code and commit; False when it was over already."""
    async with pool.transaction() as connection:
        await lock_centre(connection, centre_id)
        return await _end(
            connection, centre_id, pairing_id, outcome, actor=actor, at=at, detail=detail
        )


async def complete_pairing(
    pool: Pool, pairing: Pairing, *, token_hash: bytes, actor: Acting, at: datetime
) -> Device | None:
    """Make the device, or give it another token, and commit; None: the code is over.

    The code is used by whoever comes first, and the device's old token ends in the same commit.
    """
    centre_id = pairing.centre_id
    async with pool.transaction() as connection:
        await lock_centre(connection, centre_id)
        if not await _end(connection, centre_id, pairing.id, "paired", actor=actor, at=at):
            return None
        known = await _device_named(connection, centre_id, pairing.name)
        row = await connection.fetchrow(
            """
            INSERT INTO device AS d (centre_id, id, kind, name, token_hash, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT ON CONSTRAINT device_pk DO UPDATE SET token_hash = $5
            RETURNING *
            """,
            centre_id,
            new_id(at) if known is None else known.id,
            pairing.kind,
            pairing.name,
            token_hash,
            at,
        )
        device = device_of(_found(row))
        await record_event(
            connection,
            centre_id=centre_id,
            device_id=device.id,
            event="added" if known is None else "token_renewed",
            actor=actor,
            at=at,
            detail={"kind": pairing.kind, "name": pairing.name, "pairing": str(pairing.id)},
        )
    return device


async def keep_pairings(pool: Pool, *, centre_id: int, actor: Acting, at: datetime) -> None:
    """End codes that were tried out or whose time is over, and forget counts that limit nobody.

    A last attempt that may still be under way is left alone. Raises LockTimeout.
    """
    tried_out = await pool.fetch(
        """
        SELECT id FROM device_pairing
         WHERE centre_id = $1 AND ended_at IS NULL AND attempts >= $2 AND tried_at <= $3
         ORDER BY id
        """,
        centre_id,
        ATTEMPTS,
        at - UNDER_WAY,
    )
    for row in tried_out:
        await end_pairing(
            pool,
            centre_id=centre_id,
            pairing_id=row["id"],
            outcome="burned",
            actor=actor,
            at=at,
            detail={"why": "too many attempts"},
        )
    await pool.execute(
        """
        UPDATE device_pairing SET ended_at = $2, outcome = 'expired', secret = NULL
         WHERE centre_id = $1 AND ended_at IS NULL AND expires_at <= $2
        """,
        centre_id,
        at,
    )
    await pool.execute(
        "DELETE FROM pairing_attempt WHERE centre_id = $1 AND since <= $2", centre_id, at - SPAN
    )


async def _end(
    connection: Connection,
    centre_id: int,
    pairing_id: UUID,
    outcome: Outcome,
    *,
    actor: Acting,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> bool:
    """End an open code with its event; the caller holds the centre's lock."""
    ended = await connection.fetchval(
        """
        UPDATE device_pairing SET ended_at = greatest($4, opened_at), outcome = $3, secret = NULL
         WHERE centre_id = $1 AND id = $2 AND ended_at IS NULL
        RETURNING id
        """,
        centre_id,
        pairing_id,
        outcome,
        at,
    )
    if ended is None:
        return False
    await _record(connection, pairing_id, centre_id, outcome, actor, at, detail)
    return True


async def _device_named(connection: Connection, centre_id: int, name: str) -> Device | None:
    row = await connection.fetchrow(
        "SELECT * FROM device WHERE centre_id = $1 AND name = $2 AND revoked_at IS NULL",
        centre_id,
        name,
    )
    return None if row is None else device_of(row)


async def _record(
    connection: Connection,
    pairing_id: UUID,
    centre_id: int,
    event: str,
    actor: Acting,
    at: datetime,
    detail: Mapping[str, Any] | None,
) -> None:
    """Append one event to the centre's chain; the caller holds the centre's lock."""
    await connection.execute(
        """
        INSERT INTO pairing_event (centre_id, revision, pairing_id, at, event, actor_kind,
                                   actor_id, detail)
        SELECT $1, h.revision + 1, $2,
               greatest($3::timestamptz, (SELECT max(e.at) FROM pairing_event e
                                           WHERE e.centre_id = $1 AND e.pairing_id = $2)),
               $4, $5, $6, $7
          FROM centre_head h WHERE h.centre_id = $1
        """,
        centre_id,
        pairing_id,
        at,
        event,
        actor.kind,
        actor.id,
        detail,
    )


def _pairing_of(row: Record | None) -> Pairing:
    row = _found(row)
    return Pairing(
        id=row["id"],
        centre_id=row["centre_id"],
        kind=row["kind"],
        name=row["name"],
        salt=row["salt"],
        opened_at=row["opened_at"],
        expires_at=row["expires_at"],
        attempts=row["attempts"],
    )


def _found(row: Record | None) -> Record:
    if row is None:
        raise LookupError("a row that was just written is not there")
    return row
