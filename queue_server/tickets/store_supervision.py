"""The SQL of what a supervisor is told: who waits in vain, slips that came late, free windows."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Pool
from queue_server.tickets.model import Ticket
from queue_server.tickets.rows import ticket_of


@dataclass(frozen=True, slots=True)
class Stranded:
    """Somebody whom no window that is open now would call."""

    ticket_id: UUID
    label: str
    since: datetime
    window: int | None
    """The window that they wait for, which pauses; None: any accessible one."""


async def read_stranded(
    pool: Pool, centre_id: int, *, day: date, bound_before: datetime, limit: int
) -> tuple[Stranded, ...]:
    """Return who waits where no open window looks although their queue is served, in their order.

    A window that pauses comes back: who waits for it alone is told of when they came before
    `bound_before`.
    """
    rows = await pool.fetch(
        """
        SELECT t.id AS ticket_id, t.label, t.waiting_since AS since, theirs.number AS window
          FROM ticket t
          LEFT JOIN LATERAL (
               SELECT w.number FROM service_window w
                WHERE w.centre_id = t.centre_id AND w.state <> 'closed'
                  AND (t.lane = 'window:' || w.number
                    OR w.opened_by_kind = 'staff' AND t.lane = 'staff:' || w.opened_by)
                ORDER BY w.number LIMIT 1) theirs ON true
         WHERE t.centre_id = $1 AND t.business_day = $2
           AND t.state IN ('unconfirmed', 'waiting') AND t.state = 'waiting'
           AND t.lane NOT IN ('plain', 'priority')
           AND (t.lane = 'accessible' OR t.waiting_since <= $3)
           AND EXISTS (
               SELECT 1 FROM service_window w JOIN work_profile_queue q
                   ON q.centre_id = w.centre_id AND q.profile = w.profile AND q.queue = t.queue
                WHERE w.centre_id = t.centre_id AND w.state = 'open')
           AND NOT EXISTS (
               SELECT 1 FROM service_window w JOIN work_profile_queue q
                   ON q.centre_id = w.centre_id AND q.profile = w.profile AND q.queue = t.queue
                WHERE w.centre_id = t.centre_id AND w.state = 'open'
                  AND CASE t.lane WHEN 'accessible' THEN w.is_accessible
                           ELSE w.number = theirs.number END)
         ORDER BY t.rank_at, t.id LIMIT $4
        """,
        centre_id,
        day,
        bound_before,
        limit,
    )
    return tuple(
        Stranded(UUID(int=row["ticket_id"].int), row["label"], row["since"], row["window"])
        for row in rows
    )


async def read_printed_after_void(
    pool: Pool, centre_id: int, *, day: date, since: datetime, limit: int
) -> tuple[Ticket, ...]:
    """Return the void tickets whose slip came out after all, since then; the oldest first.

    One that was reinstated once is not among them: it can't be again.
    """
    rows = await pool.fetch(
        """
        SELECT t.* FROM ticket t
         WHERE t.centre_id = $1 AND t.business_day = $2
           AND t.state = 'void' AND t.paper = 'printed'
           AND (SELECT max(e.revision) FILTER (WHERE e.event = 'void')
                     < max(e.revision) FILTER (WHERE e.event = 'paper' AND e.at >= $3)
                   AND NOT bool_or(e.event = 'reinstate')
                  FROM ticket_event e
                 WHERE e.centre_id = t.centre_id AND e.ticket_id = t.id)
         ORDER BY t.id LIMIT $4
        """,
        centre_id,
        day,
        since,
        limit,
    )
    return tuple(ticket_of(row) for row in rows)


async def read_queue_names(pool: Pool, centre_id: int) -> dict[str, tuple[str, str]]:
    """Return every queue's names, Arabic first, by its code."""
    rows = await pool.fetch(
        "SELECT code, name_ar, name_en FROM queue WHERE centre_id = $1 ORDER BY code", centre_id
    )
    return {row["code"]: (row["name_ar"], row["name_en"]) for row in rows}


async def read_last_ends(pool: Pool, centre_id: int, *, day: date) -> dict[int, datetime]:
    """Return when each window's last ticket of the day ended; windows without one are missing."""
    rows = await pool.fetch(
        """
        SELECT window_number, max(coalesce(finished_at, last_at)) AS at FROM ticket
         WHERE centre_id = $1 AND business_day = $2 AND window_number IS NOT NULL
           AND state NOT IN ('called', 'serving')
         GROUP BY window_number
        """,
        centre_id,
        day,
    )
    return {row["window_number"]: row["at"] for row in rows}
