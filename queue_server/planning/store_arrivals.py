"""The SQL that counts who came in the past, and who has booked for a day to come."""

from dataclasses import dataclass
from datetime import date, datetime

from core_services.database.pool import Pool
from queue_server.estimate.stays import LONGEST_HOLD
from queue_server.planning.past import SlotCount


@dataclass(frozen=True, slots=True)
class BookedVisit:
    """An appointment of a day; `service` None: any of its queue."""

    at: datetime
    service: str | None
    queue: str


async def read_counts(
    pool: Pool, centre_id: int, *, zone: str, before: date, days: int
) -> list[SlotCount]:
    """Return how many people came for a number in each half hour of the days before one, of so
    many.

    A number that the server heard of later (of the emergency book, of a machine that was cut off)
    counts when its person came. Left out is whoever did not come so: numbers without a person,
    those of another day and of appointments.
    """
    rows = await pool.fetch(
        """
        SELECT t.business_day AS day, t.queue, t.priority, count(*)::int AS people,
               floor(extract(epoch FROM (least(t.arrived_at, t.issued_at) AT TIME ZONE $2)
                                        - t.business_day::timestamp) / 1800)::int AS slot
          FROM ticket t
         WHERE t.centre_id = $1 AND t.business_day < $3 AND t.business_day >= $3 - $4::int
           AND t.state NOT IN ('void', 'unconfirmed')
           AND t.channel NOT IN ('carried', 'appointment')
         GROUP BY t.business_day, t.queue, t.priority, slot
         ORDER BY t.business_day, slot, t.queue, t.priority
        """,
        centre_id,
        zone,
        before,
        days,
    )
    return [
        SlotCount(row["day"], row["slot"], row["queue"], row["priority"], row["people"])
        for row in rows
    ]


async def read_booked(pool: Pool, centre_id: int, *, day: date) -> list[BookedVisit]:
    """Return who has booked a visit for a day and is still expected."""
    rows = await pool.fetch(
        """
        SELECT a.starts_at, a.service,
               coalesce(s.queue, (SELECT min(q.code) FROM queue q WHERE q.centre_id = $1)) AS queue
          FROM appointment a
          LEFT JOIN service s ON s.centre_id = $1 AND s.code = a.service
         WHERE a.centre_id = $1 AND a.day = $2 AND a.state = 'booked' AND a.kind = 'visit'
         ORDER BY a.starts_at, a.id
        """,
        centre_id,
        day,
    )
    return [BookedVisit(row["starts_at"], row["service"], row["queue"]) for row in rows]


async def read_mean_hold_s(
    pool: Pool, centre_id: int, *, before: date, days: int, least: int = 50
) -> float | None:
    """Return for how long a citizen who came held a window, on average, in seconds.

    None: fewer than `least` were served. Who held it for longer than `LONGEST_HOLD` was
    forgotten there.
    """
    row = await pool.fetchrow(
        """
        SELECT count(*)::int AS n,
               avg(extract(epoch FROM t.finished_at - t.called_at))::float8 AS mean_s
          FROM ticket t
         WHERE t.centre_id = $1 AND t.business_day < $2 AND t.business_day >= $2 - $3::int
           AND t.state = 'finished' AND t.channel NOT IN ('emergency', 'adopted')
           AND t.finished_at - t.called_at <= $4
        """,
        centre_id,
        before,
        days,
        LONGEST_HOLD,
    )
    return None if row is None or row["n"] < least else row["mean_s"]


async def count_came(pool: Pool, centre_id: int, *, day: date) -> int:
    """Return how many came today without an appointment."""
    count = await pool.fetchval(
        """
        SELECT count(*)::int FROM ticket t
         WHERE t.centre_id = $1 AND t.business_day = $2 AND t.state NOT IN ('void', 'unconfirmed')
           AND t.channel NOT IN ('carried', 'appointment')
        """,
        centre_id,
        day,
    )
    return int(count or 0)
