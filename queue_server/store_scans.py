"""The SQL of scans at windows: the last one at each, and what it found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from core_services.database.pool import Pool
from core_services.devices.model import Device

Meaning = Literal["ticket", "appointment", "unknown"]


@dataclass(frozen=True, slots=True)
class Scan:
    """The last code that was scanned at a window."""

    id: UUID
    at: datetime
    meaning: Meaning
    ticket_id: UUID | None = None
    appointment_id: UUID | None = None


async def keep_scan(pool: Pool, device: Device, *, window: int, scan: Scan) -> bool:
    """Keep a scan as its window's last; False where the window is closed or there is none."""
    tag = await pool.execute(
        """
        INSERT INTO window_scan (centre_id, window_number, id, device_id, scanned_at, meaning,
                                 ticket_id, appointment_id)
        SELECT w.centre_id, w.number, $3, $4, $5, $6, $7, $8
          FROM service_window w
         WHERE w.centre_id = $1 AND w.number = $2 AND w.state <> 'closed'
        ON CONFLICT ON CONSTRAINT window_scan_pk DO UPDATE
           SET id = excluded.id, device_id = excluded.device_id,
               scanned_at = greatest(excluded.scanned_at, window_scan.scanned_at),
               meaning = excluded.meaning, ticket_id = excluded.ticket_id,
               appointment_id = excluded.appointment_id
        """,
        device.centre_id,
        window,
        scan.id,
        device.id,
        scan.at,
        scan.meaning,
        scan.ticket_id,
        scan.appointment_id,
    )
    return tag == "INSERT 0 1"


async def last_scan(pool: Pool, centre_id: int, *, window: int, since: datetime) -> Scan | None:
    """Return the last scan at a window since then."""
    row = await pool.fetchrow(
        "SELECT id, scanned_at AS at, meaning, ticket_id, appointment_id FROM window_scan"
        " WHERE centre_id = $1 AND window_number = $2 AND scanned_at >= $3",
        centre_id,
        window,
        since,
    )
    return None if row is None else Scan(**dict(row))
