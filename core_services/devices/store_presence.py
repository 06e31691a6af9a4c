"""The SQL of presence, commands and deliveries: rows that take no lock of the centre."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from core_services.devices.model import (
    UP_FOR,
    Attached,
    Beat,
    CommandKind,
    Device,
    DeviceCommand,
    DeviceState,
    Presence,
)
from core_services.devices.offline import OfflineRange
from core_services.devices.store import device_of

DELIVER_AGAIN_AFTER: Final = timedelta(seconds=30)
"""A command that was delivered and not done in this time is offered again."""


async def note_beat(
    pool: Pool, device: Device, beat: Beat, *, process_id: UUID, at: datetime
) -> None:
    """Keep a device's word and which server process holds its socket, believed for `UP_FOR`.

    A word that is older than the kept one changes nothing, unless the clock was set back since;
    fields that are None keep what was said, except of a printer that is not there any more.
    """
    await pool.execute(
        """
        INSERT INTO device_presence AS p
               (centre_id, device_id, seen_at, version, journal_id, printer, paper, cover, detail,
                jobs, connected_by, connected_until, roll, attached, undelivered)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, '{}'::jsonb), $11,
                $3::timestamptz + $12::interval, $13, coalesce($14, '[]'::jsonb), $15)
        ON CONFLICT ON CONSTRAINT device_presence_pk DO UPDATE
           SET seen_at = excluded.seen_at,
               version = excluded.version,
               journal_id = coalesce(excluded.journal_id, p.journal_id),
               printer = coalesce(excluded.printer, p.printer),
               paper = CASE WHEN excluded.printer = 'absent' THEN excluded.paper
                            ELSE coalesce(excluded.paper, p.paper) END,
               cover = CASE WHEN excluded.printer = 'absent' THEN excluded.cover
                            ELSE coalesce(excluded.cover, p.cover) END,
               detail = excluded.detail,
               jobs = coalesce($10, p.jobs),
               roll = CASE WHEN excluded.printer = 'absent' THEN excluded.roll
                           ELSE coalesce(excluded.roll, p.roll) END,
               attached = coalesce($14, p.attached),
               undelivered = coalesce($15, p.undelivered),
               connected_by = excluded.connected_by,
               connected_until = excluded.connected_until
         WHERE p.seen_at <= excluded.seen_at OR p.seen_at > excluded.seen_at + $12::interval
        """,
        device.centre_id,
        device.id,
        at,
        beat.version,
        beat.journal_id,
        beat.printer,
        beat.paper,
        beat.cover,
        beat.detail,
        None if beat.jobs is None else dict(beat.jobs),
        process_id,
        UP_FOR,
        None if beat.roll is None else dict(beat.roll),
        None if beat.attached is None else [asdict(each) for each in beat.attached],
        beat.undelivered,
    )


async def note_gone(
    pool: Pool, device: Device, *, process_id: UUID, lost_at: datetime | None = None
) -> None:
    """Note that this process no longer holds the device's socket, unless another one does.

    What was heard soon after `lost_at` came over a newer socket of this process, which stays.
    """
    await pool.execute(
        """
        UPDATE device_presence SET connected_by = NULL, connected_until = NULL
         WHERE centre_id = $1 AND device_id = $2 AND connected_by = $3
           AND ($4::timestamptz IS NULL OR seen_at <= $4 OR seen_at > $4 + $5::interval)
        """,
        device.centre_id,
        device.id,
        process_id,
        lost_at,
        UP_FOR,
    )


async def list_devices(pool: Pool, *, centre_id: int, at: datetime) -> tuple[DeviceState, ...]:
    """Return every device in use and what is known of it at that moment, by kind and name."""
    rows = await pool.fetch(
        """
        SELECT d.*, p.seen_at, p.version, p.journal_id, p.printer, p.paper, p.cover, p.detail,
               p.jobs, p.roll, p.attached, p.undelivered, s.letter, s.first_number,
               CASE WHEN p.connected_until > $2 THEN p.connected_by END AS connected_by
          FROM device d
          LEFT JOIN device_presence p ON p.centre_id = d.centre_id AND p.device_id = d.id
          LEFT JOIN LATERAL (
               SELECT o.letter, o.first_number FROM offline_series o
                WHERE o.centre_id = d.centre_id AND o.device_id = d.id
                  AND o.journal_id = p.journal_id
                ORDER BY o.given_at DESC, o.first_number DESC LIMIT 1) s ON true
         WHERE d.centre_id = $1 AND d.revoked_at IS NULL
         ORDER BY d.kind, d.name
        """,
        centre_id,
        at,
    )
    return tuple(_state_of(row, at) for row in rows)


async def insert_command(
    database: "Pool | Connection",
    *,
    centre_id: int,
    command_id: UUID,
    device_id: UUID,
    kind: CommandKind,
    payload: Mapping[str, Any],
    at: datetime,
) -> bool:
    """Leave a command for a device; False when one with that id is there already.

    Given a connection it becomes part of the caller's transaction.
    """
    tag = await database.execute(
        """
        INSERT INTO device_command (centre_id, id, device_id, kind, payload, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT ON CONSTRAINT device_command_pk DO NOTHING
        """,
        centre_id,
        command_id,
        device_id,
        kind,
        dict(payload),
        at,
    )
    return tag == "INSERT 0 1"


async def claim_commands(
    pool: Pool, device: Device, *, process_id: UUID, at: datetime
) -> list[DeviceCommand]:
    """Take the commands to send over this device's socket now, oldest first, and commit.

    Those are the undelivered ones, and those delivered `DELIVER_AGAIN_AFTER` ago and not yet done;
    or as far ahead, by a clock that was set back since. Of several processes each command is taken
    by one. One that an earlier journal of the device heard of is doubtful for as long as it is
    open.
    """
    rows = await pool.fetch(
        """
        WITH open AS (
            SELECT c.centre_id, c.id, p.journal_id FROM device_command c
              LEFT JOIN device_presence p
                ON p.centre_id = c.centre_id AND p.device_id = c.device_id
             WHERE c.centre_id = $1 AND c.device_id = $2 AND c.done_at IS NULL
               AND (c.delivered_at IS NULL OR c.delivered_at <= $4::timestamptz - $5::interval
                    OR c.delivered_at > $4::timestamptz + $5::interval)
             ORDER BY c.created_at, c.id LIMIT 50 FOR UPDATE OF c SKIP LOCKED
        )
        UPDATE device_command c SET claimed_by = $3, delivered_at = $4,
               delivered_to = coalesce(c.delivered_to, open.journal_id)
          FROM open WHERE c.centre_id = open.centre_id AND c.id = open.id
        RETURNING c.*, c.delivered_to IS DISTINCT FROM open.journal_id AS is_doubtful
        """,
        device.centre_id,
        device.id,
        process_id,
        at,
        DELIVER_AGAIN_AFTER,
    )
    return sorted(
        (_command_of(row, is_doubtful=row["is_doubtful"]) for row in rows),
        key=lambda command: (command.created_at, command.id),
    )


async def release_commands(pool: Pool, device: Device, *, process_id: UUID | None) -> None:
    """Give back what this process took and saw no answer to, when the socket is lost.

    None gives back what any process took: a device that connects anew has no other socket.
    """
    await pool.execute(
        """
        UPDATE device_command SET claimed_by = NULL, delivered_at = NULL
         WHERE centre_id = $1 AND device_id = $2 AND ($3::uuid IS NULL OR claimed_by = $3)
           AND done_at IS NULL
        """,
        device.centre_id,
        device.id,
        process_id,
    )


async def settle_command(
    pool: Pool, device: Device, *, command_id: UUID, outcome: str, at: datetime
) -> bool:
    """Note what became of a command; False when it is not this device's or settled already."""
    tag = await pool.execute(
        """
        UPDATE device_command SET done_at = greatest($4, created_at), outcome = $5
         WHERE centre_id = $1 AND device_id = $2 AND id = $3 AND done_at IS NULL
        """,
        device.centre_id,
        device.id,
        command_id,
        at,
        outcome,
    )
    return tag == "UPDATE 1"


async def find_command(pool: Pool, device: Device, *, command_id: UUID) -> DeviceCommand | None:
    """Return a device's own command, done or not."""
    row = await pool.fetchrow(
        "SELECT * FROM device_command WHERE centre_id = $1 AND device_id = $2 AND id = $3",
        device.centre_id,
        device.id,
        command_id,
    )
    return None if row is None else _command_of(row)


async def open_commands(pool: Pool, *, centre_id: int) -> list[DeviceCommand]:
    """Return the commands that no device has done yet, oldest first."""
    rows = await pool.fetch(
        """
        SELECT * FROM device_command WHERE centre_id = $1 AND done_at IS NULL
         ORDER BY created_at, id
        """,
        centre_id,
    )
    return [_command_of(row) for row in rows]


async def is_ordered(
    connection: Connection, *, centre_id: int, device_id: UUID, ticket_id: UUID
) -> bool:
    """Say whether a slip of that ticket is ordered from this device and not reported yet."""
    found: bool = await connection.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM device_command
                        WHERE centre_id = $1 AND device_id = $2 AND kind = 'reprint'
                          AND done_at IS NULL AND payload ->> 'ticket' = $3)
        """,
        centre_id,
        device_id,
        str(ticket_id),
    )
    return found


async def withdraw_orders(
    database: "Pool | Connection",
    *,
    centre_id: int,
    ticket_id: UUID,
    other_than: UUID | None,
    at: datetime,
) -> int:
    """Close the open orders for a ticket's slip at every device but one; return how many.

    What a kiosk has heard already it may still print; it is not told again.
    """
    tag = await database.execute(
        """
        UPDATE device_command SET done_at = greatest($4, created_at), outcome = 'withdrawn'
         WHERE centre_id = $1 AND kind = 'reprint' AND done_at IS NULL
           AND payload ->> 'ticket' = $2 AND ($3::uuid IS NULL OR device_id <> $3)
        """,
        centre_id,
        str(ticket_id),
        other_than,
        at,
    )
    return int(tag.rpartition(" ")[2])


async def was_ordered(pool: Pool, device: Device, *, ticket_id: UUID) -> bool:
    """Say whether a slip of that ticket was ever ordered from this device."""
    found: bool = await pool.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM device_command
                        WHERE centre_id = $1 AND device_id = $2 AND kind = 'reprint'
                          AND payload ->> 'ticket' = $3)
        """,
        device.centre_id,
        device.id,
        str(ticket_id),
    )
    return found


async def note_shown(pool: Pool, device: Device, *, call_revision: int, shown_at: datetime) -> bool:
    """Note that a call stands on a display's glass; False when that is known already."""
    tag = await pool.execute(
        """
        INSERT INTO call_delivery (centre_id, call_revision, device_id, shown_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT call_delivery_pk DO NOTHING
        """,
        device.centre_id,
        call_revision,
        device.id,
        shown_at,
    )
    return tag == "INSERT 0 1"


def _state_of(row: Record, at: datetime) -> DeviceState:
    device = device_of(row)
    if row["seen_at"] is None:
        return DeviceState(device, None, is_up=False)
    beat = Beat(
        version=row["version"],
        journal_id=row["journal_id"],
        printer=row["printer"],
        paper=row["paper"],
        cover=row["cover"],
        detail=row["detail"],
        jobs=row["jobs"],
        roll=row["roll"],
        attached=tuple(Attached(**each) for each in row["attached"]) or None,
        undelivered=row["undelivered"],
    )
    presence = Presence(row["seen_at"], beat, row["connected_by"])
    held = None if row["letter"] is None else OfflineRange(row["letter"], row["first_number"])
    return DeviceState(device, presence, is_up=abs(at - presence.seen_at) <= UP_FOR, offline=held)


def _command_of(row: Record, *, is_doubtful: bool = False) -> DeviceCommand:
    return DeviceCommand(
        id=row["id"],
        centre_id=row["centre_id"],
        device_id=row["device_id"],
        kind=row["kind"],
        payload=row["payload"],
        created_at=row["created_at"],
        delivered_at=row["delivered_at"],
        done_at=row["done_at"],
        outcome=row["outcome"],
        is_doubtful=is_doubtful,
    )


async def devices_with_orders(pool: Pool, *, centre_id: int) -> list[Device]:
    """Return the devices in use that a command waits for."""
    rows = await pool.fetch(
        """
        SELECT d.* FROM device d
         WHERE d.centre_id = $1 AND d.revoked_at IS NULL
           AND EXISTS (SELECT 1 FROM device_command c
                        WHERE c.centre_id = d.centre_id AND c.device_id = d.id
                          AND c.done_at IS NULL)
         ORDER BY d.name
        """,
        centre_id,
    )
    return [device_of(row) for row in rows]


async def nudge_pages(pool: Pool, *, centre_id: int) -> None:
    """Have the pages of every server process look again: presence or a delivery has changed."""
    await pool.execute("SELECT pg_notify('shubbak', $1 || ':nudge')", str(centre_id))


async def revoked_among(
    pool: Pool, *, centre_id: int, device_ids: Collection[UUID]
) -> frozenset[UUID]:
    """Return those of the devices that were taken out of service."""
    rows = await pool.fetch(
        "SELECT id FROM device WHERE centre_id = $1 AND id = ANY ($2) AND revoked_at IS NOT NULL",
        centre_id,
        list(device_ids),
    )
    return frozenset(row["id"] for row in rows)
