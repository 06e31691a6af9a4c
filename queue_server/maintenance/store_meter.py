"""The SQL of counting: what kiosks tell of their printers is added to the pieces in them."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core_services.calendar import business_day, day_bounds
from core_services.database.pool import Connection, Pool, Record
from queue_server.maintenance.metering import Reading, advance, reading_of
from queue_server.maintenance.model import Counts

SETTLES: Final = timedelta(minutes=10)
"""So long after a day's turn a kiosk may still tell of the day before."""


async def count(pool: Pool, centre_id: int, *, zone: ZoneInfo, cut_over: time) -> None:
    """Add what was printed since the last look to every slip printer in use, and commit.

    Each piece is counted under its row's lock by what its machine told last, so that several
    processes count nothing twice.
    """
    rows = await pool.fetch(
        "SELECT e.id FROM equipment e"
        " JOIN device d ON d.centre_id = e.centre_id AND d.id = e.device_id"
        " WHERE e.centre_id = $1 AND e.kind = 'printer' AND d.kind = 'kiosk'",
        centre_id,
    )
    for row in rows:
        async with pool.transaction() as connection:
            await count_piece(connection, centre_id, row["id"], zone=zone, cut_over=cut_over)


async def count_piece(
    connection: Connection, centre_id: int, equipment_id: object, *, zone: ZoneInfo, cut_over: time
) -> None:
    """Bring one piece's counts up to what its machine told last; others stay as they are.

    A kiosk whose program has no printer tells nothing of one: what is kept of it is from before.
    """
    piece = await connection.fetchrow(
        "SELECT slips, metres, rolls, seen, device_id, kind FROM equipment"
        " WHERE centre_id = $1 AND id = $2 FOR UPDATE",
        centre_id,
        equipment_id,
    )
    if piece is None or piece["device_id"] is None or piece["kind"] != "printer":
        return
    told = await connection.fetchrow(
        """
        SELECT p.device_id, p.journal_id, p.seen_at, p.jobs, p.roll
          FROM device_presence p JOIN device d ON d.centre_id = p.centre_id AND d.id = p.device_id
         WHERE p.centre_id = $1 AND p.device_id = $2 AND d.kind = 'kiosk'
           AND p.printer IS DISTINCT FROM 'absent'
        """,
        centre_id,
        piece["device_id"],
    )
    now = None if told is None else _reading(told, zone, cut_over)
    if now is None:
        return
    seen = None if piece["seen"] is None else Reading.of_json(piece["seen"])
    if seen == now:
        return
    counts = advance(Counts(piece["slips"], piece["metres"], piece["rolls"]), seen, now)
    await connection.execute(
        "UPDATE equipment SET slips = $3, metres = $4, rolls = $5, seen = $6"
        " WHERE centre_id = $1 AND id = $2",
        centre_id,
        equipment_id,
        counts.slips,
        counts.metres,
        counts.rolls,
        now.as_json(),
    )


def _reading(row: Record, zone: ZoneInfo, cut_over: time) -> Reading | None:
    """Read a heartbeat; None while nobody knows which day its slips are of."""
    seen_at: datetime = row["seen_at"]
    day = business_day(seen_at, zone, cut_over)
    if seen_at - day_bounds(day, zone, cut_over)[0] < SETTLES:
        return None
    return reading_of(str(row["device_id"]), row["journal_id"], day, row["jobs"], row["roll"])
