"""The SQL behind a citizen's phone: one ticket, who is ahead of it, and how fast its queue goes."""

from dataclasses import dataclass

from core_services.database.pool import Pool, Record
from queue_server.tickets.estimate import LEAST_SERVICES, Pace, wait_range
from queue_server.tickets.model import Ticket, Told, Wait
from queue_server.tickets.rows import ticket_of


@dataclass(frozen=True, slots=True)
class Place:
    """A ticket and its place in line now."""

    ticket: Ticket
    service_ar: str | None
    service_en: str | None
    ahead: int | None
    """People before it; None when it is not in line any more."""
    wait: Wait | None
    """For this very place; None when no open window serves the queue, or it is not in line."""
    head: int = 0
    """The revision at which it was read."""
    told: Told | None = None
    """What the forward run says; None: `wait` is the closed formula's."""


async def read_place(pool: Pool, centre_id: int, token: str) -> Place | None:
    """Return the place behind a public address of this centre, or None."""
    row = await pool.fetchrow(
        """
        SELECT t.*, h.revision AS head,
               s.name_ar AS service_ar, s.name_en AS service_en, w.windows, w.idle,
               cardinality(p.recent_s) AS known, p.mean_s, p.p10_s, p.p90_s,
               CASE WHEN t.state IN ('unconfirmed', 'waiting') THEN a.ahead END AS ahead,
               a.requests_ahead
          FROM ticket t
          JOIN centre_head h ON h.centre_id = t.centre_id
          LEFT JOIN LATERAL (
               SELECT count(*) AS ahead, coalesce(sum(a.requests), 0) AS requests_ahead
                 FROM unnest('{plain,priority,accessible}'::text[]) some_lane
                 JOIN ticket a ON a.centre_id = t.centre_id AND a.business_day = t.business_day
                  AND a.queue = t.queue AND a.lane = some_lane
                  AND (a.rank_at, a.id) < (t.rank_at, t.id)
                  AND a.state IN ('unconfirmed', 'waiting')
                WHERE t.state IN ('unconfirmed', 'waiting')) a ON true
          LEFT JOIN service s ON s.centre_id = t.centre_id AND s.code = t.service
          LEFT JOIN queue_pace p ON p.centre_id = t.centre_id AND p.queue = t.queue
         CROSS JOIN LATERAL (
               SELECT count(*) AS windows,
                      count(*) FILTER (WHERE NOT EXISTS (
                          SELECT 1 FROM ticket h
                           WHERE h.centre_id = t.centre_id AND h.window_number = o.number
                             AND h.state IN ('called', 'serving'))) AS idle
                 FROM service_window o
                 JOIN work_profile_queue q ON q.centre_id = o.centre_id AND q.profile = o.profile
                  AND q.queue = t.queue
                WHERE o.centre_id = t.centre_id AND o.state = 'open') w
         WHERE t.centre_id = $1 AND t.token = $2
        """,
        centre_id,
        token,
    )
    return None if row is None else _place(row)


def _place(row: Record) -> Place:
    wait = None
    if row["ahead"] is not None:
        is_known = (row["known"] or 0) >= LEAST_SERVICES
        pace = Pace(row["mean_s"], row["p10_s"], row["p90_s"]) if is_known else Pace()
        wait = wait_range(row["requests_ahead"], row["windows"], row["idle"], pace)
    return Place(
        ticket=ticket_of(row),
        service_ar=row["service_ar"],
        service_en=row["service_en"],
        ahead=row["ahead"],
        wait=wait,
        head=row["head"],
    )
