"""The supervisor's figures of a day as SQL tells them, in one statement over all of its events."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from core_services.database.pool import Pool
from queue_server.tickets.day_report import Counts, DayReport, HalfHour, WaitFigures


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
