"""The SQL of calls for help from kiosks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core_services.database.pool import Pool
from core_services.devices.model import Device


@dataclass(frozen=True, slots=True)
class HelpCall:
    """A citizen stands at a device and asked for a person."""

    id: UUID
    device_name: str
    asked_at: datetime


async def ask_for_help(pool: Pool, device: Device, *, call_id: UUID, at: datetime) -> bool:
    """Note a call for help; False when one from this device is still open."""
    row = await pool.fetchval(
        "INSERT INTO help_call (centre_id, id, device_id, asked_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (centre_id, device_id) WHERE answered_at IS NULL DO NOTHING RETURNING true",
        device.centre_id,
        call_id,
        device.id,
        at,
    )
    return bool(row)


async def open_help_calls(pool: Pool, *, centre_id: int) -> tuple[HelpCall, ...]:
    """Return the calls nobody has answered yet, oldest first."""
    rows = await pool.fetch(
        "SELECT h.id, d.name AS device_name, h.asked_at FROM help_call h"
        " JOIN device d ON d.centre_id = h.centre_id AND d.id = h.device_id"
        " WHERE h.centre_id = $1 AND h.answered_at IS NULL ORDER BY h.asked_at",
        centre_id,
    )
    return tuple(HelpCall(**dict(row)) for row in rows)


async def answer_help(
    pool: Pool, *, centre_id: int, call_id: UUID, staff_id: UUID, at: datetime
) -> bool:
    """Note that somebody has gone there; False when that is known already."""
    row = await pool.fetchval(
        "UPDATE help_call SET answered_at = greatest($3, asked_at), answered_by = $4"
        " WHERE centre_id = $1 AND id = $2 AND answered_at IS NULL RETURNING true",
        centre_id,
        call_id,
        at,
        staff_id,
    )
    return bool(row)
