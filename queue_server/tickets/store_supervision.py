"""The SQL of the supervisor's figures: waits and counts of a day from its events, to the second."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Pool
from queue_server.tickets.model import Priority, Ticket
from queue_server.tickets.rows import ticket_of


@dataclass(frozen=True, slots=True)
class WaitFigures:
    """How long people waited from issue to their first call, in seconds; only those called count.

    A call that was undone is none. Left out is whose wait nobody measured: who walked straight to a
    window, who brought a number from an earlier day, and who stood in line before the system knew
    of it (the emergency book, a machine that was cut off).

    Percentiles are interpolated as PostgreSQL's `percentile_cont` does.
    """

    queue: str | None
    """None: all queues together."""
    priority: Priority | None
    """None: all priorities together."""
    people: int
    mean_s: float
    p50_s: float
    p90_s: float


@dataclass(frozen=True, slots=True)
class Counts:
    """Tickets of a day to which each thing happened, at least once, and was not undone."""

    issued: int = 0
    called: int = 0
    finished: int = 0
    no_show: int = 0
    cancelled: int = 0
    void: int = 0
    lapsed: int = 0
    carried_over: int = 0
    """Kept for another day; none of the lapsed."""


@dataclass(frozen=True, slots=True)
class HalfHour:
    """Who came and who was called for the first time in half an hour."""

    start: datetime
    issued: int
    called: int


@dataclass(frozen=True, slots=True)
class Stranded:
    """Somebody whom no window that is open now would call."""

    ticket_id: UUID
    label: str
    since: datetime
    window: int | None
    """The window that they wait for, which pauses; None: any accessible one."""


@dataclass(frozen=True, slots=True)
class DayReport:
    """One business day so far."""

    waits: tuple[WaitFigures, ...]
    """Each queue with each priority, each queue, and all together last; only those with people."""
    counts: Counts
    half_hours: tuple[HalfHour, ...]
    wait_bands: Mapping[int, int]
    """People by the five minutes of their wait: 0 is under 5 minutes, 1 is 5 to 10."""


async def read_day_report(pool: Pool, centre_id: int, *, day: date) -> DayReport:
    """Recompute a day from the events of its tickets, in one statement."""
    # Ticket by ticket: a join would read the events of all days, however long ago.
    row = await pool.fetchrow(
        """
        WITH visit AS MATERIALIZED (
            SELECT t.queue, t.priority, acts.*
              FROM ticket t
             CROSS JOIN LATERAL (
                   SELECT min(e.at) FILTER (WHERE e.event = 'issue') AS issued_at,
                          min(e.at) FILTER (WHERE e.event = 'call' AND is_kept) AS called_at,
                          bool_or(e.event = 'call' AND e.detail -> 'direct' IS NOT NULL)
                              OR t.carried_from IS NOT NULL
                              OR t.channel IN ('emergency', 'adopted')
                              OR bool_or(e.event = 'issue' AND e.detail -> 'arrived_at' IS NOT NULL
                                         AND e.detail -> 'appointment' IS NULL) AS never_waited,
                          bool_or(e.event = 'finish' AND is_kept) AS is_finished,
                          bool_or(e.event = 'no_show' AND is_kept) AS is_no_show,
                          bool_or(e.event = 'cancel' AND is_kept) AS is_cancelled,
                          bool_or(e.event = 'void') AS is_void,
                          bool_or(e.event = 'lapse' AND e.reason IS DISTINCT FROM 'carried_over')
                              AS is_lapsed,
                          bool_or(e.event = 'lapse' AND e.reason = 'carried_over')
                              AS is_carried_over
                     FROM (SELECT e.*, NOT EXISTS (
                                  SELECT 1 FROM ticket_event u
                                   WHERE u.centre_id = e.centre_id AND u.ticket_id = e.ticket_id
                                     AND u.event = 'undo'
                                     AND (u.detail ->> 'of')::bigint = e.revision) AS is_kept
                             FROM ticket_event e
                            WHERE e.centre_id = t.centre_id AND e.ticket_id = t.id) e) acts
             WHERE t.centre_id = $1 AND t.business_day = $2
        ), waited AS (
            SELECT queue, priority, extract(epoch FROM called_at - issued_at)::float8 AS s
              FROM visit WHERE called_at IS NOT NULL AND NOT never_waited
        ), figure AS (
            SELECT queue, priority, count(*) AS people, avg(s) AS mean_s,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY s) AS p50_s,
                   percentile_cont(0.9) WITHIN GROUP (ORDER BY s) AS p90_s
              FROM waited GROUP BY GROUPING SETS ((queue, priority), (queue), ())
            HAVING count(*) > 0
             ORDER BY queue NULLS LAST, priority NULLS LAST
        ), moment AS (
            SELECT issued_at AS at, 1 AS issued, 0 AS called FROM visit
            UNION ALL SELECT called_at, 0, 1 FROM visit WHERE called_at IS NOT NULL
        ), half_hour AS (
            SELECT date_bin('30 minutes', at, '2001-01-01T00:00:00Z') AS start,
                   sum(issued) AS issued, sum(called) AS called
              FROM moment GROUP BY 1 ORDER BY 1
        ), band AS (
            SELECT floor(s / 300)::integer AS band, count(*) AS people FROM waited GROUP BY 1
        )
        SELECT (SELECT jsonb_agg(to_jsonb(f)) FROM figure f) AS waits,
               (SELECT to_jsonb(c) FROM (
                   SELECT count(*) AS issued, count(called_at) AS called,
                          count(*) FILTER (WHERE is_finished) AS finished,
                          count(*) FILTER (WHERE is_no_show) AS no_show,
                          count(*) FILTER (WHERE is_cancelled) AS cancelled,
                          count(*) FILTER (WHERE is_void) AS void,
                          count(*) FILTER (WHERE is_lapsed) AS lapsed,
                          count(*) FILTER (WHERE is_carried_over) AS carried_over
                     FROM visit) c) AS counts,
               (SELECT jsonb_agg(to_jsonb(h)) FROM half_hour h) AS half_hours,
               (SELECT jsonb_object_agg(band, people) FROM band) AS wait_bands
        """,
        centre_id,
        day,
    )
    return DayReport((), Counts(), (), {}) if row is None else _report(dict(row))


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


def _report(row: Mapping[str, Any]) -> DayReport:
    return DayReport(
        waits=tuple(WaitFigures(**figure) for figure in row["waits"] or ()),
        counts=Counts(**row["counts"]),
        half_hours=tuple(
            HalfHour(datetime.fromisoformat(each["start"]), each["issued"], each["called"])
            for each in row["half_hours"] or ()
        ),
        wait_bands={int(band): people for band, people in (row["wait_bands"] or {}).items()},
    )
