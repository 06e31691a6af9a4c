"""The SQL that reads the hall: windows, calls, queues and waits of one revision, in one statement.

It is read after every commit that a screen may show, so that round trips count: one statement is
one snapshot by itself, where several would need a transaction around them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool
from core_services.link.board_frames import LISTED_CALLS
from queue_server.tickets.estimate import LEAST_SERVICES, Pace, wait_range
from queue_server.tickets.model import Call, Hall, QueueState, Wait, Window
from queue_server.tickets.rows import window_of


async def read_hall(pool: Pool, centre_id: int, *, day: date, at: datetime) -> Hall:
    """Read windows, calls, queues and waits of one revision."""
    row = await pool.fetchrow(
        """
        SELECT h.epoch, h.revision,
               (SELECT t.business_day
                  FROM ticket t JOIN ticket o ON o.centre_id = $1 AND o.id = t.carried_from
                 WHERE t.business_day > $2 AND t.centre_id = $1 AND o.business_day = $2
                   AND t.state IN ('unconfirmed', 'waiting')
                 ORDER BY t.business_day DESC LIMIT 1) AS kept_for,
               coalesce((SELECT jsonb_agg(w.facts ORDER BY w.number)
                           FROM window_now w WHERE w.centre_id = $1), '[]') AS windows,
               coalesce((SELECT jsonb_agg(c ORDER BY c.id DESC) FROM (
                   SELECT t.call_revision AS id, t.id AS ticket_id, t.label,
                          t.window_number AS window, e.at, t.recalls AS recall, t.state,
                          t.language, 'cannot_see' = ANY (t.needs) AS by_ear,
                          EXISTS (SELECT 1 FROM call_delivery d WHERE d.centre_id = $1
                                     AND d.call_revision = t.call_revision) AS shown
                     FROM ticket t
                     JOIN ticket_event e ON e.centre_id = $1 AND e.revision = t.call_revision
                    WHERE t.centre_id = $1 AND t.business_day = $2 AND t.call_revision IS NOT NULL
                      AND t.state NOT IN ('no_show', 'cancelled', 'lapsed')
                    ORDER BY t.call_revision DESC LIMIT $3) c), '[]') AS calls,
               coalesce((SELECT jsonb_agg(l ORDER BY l.code) FROM (
                   SELECT q.code, q.name_ar, q.name_en, coalesce(l.in_line, 0) AS waiting,
                          coalesce(l.requests, 0) AS requests,
                          coalesce(cardinality(p.recent_s), 0) AS known, p.mean_s, p.p10_s, p.p90_s,
                          least((SELECT t.issued_at FROM ticket t
                                  WHERE t.centre_id = $1 AND t.business_day = $2
                                    AND t.queue = q.code AND t.lane = 'plain'
                                    AND t.state IN ('unconfirmed', 'waiting')
                                    -- Bare equalities would lead the planner away from the line.
                                    AND CASE WHEN t.arrived_at = t.issued_at
                                              AND t.waiting_since = t.issued_at
                                              AND t.carried_from IS NULL THEN true END
                                  ORDER BY t.rank_at, t.id LIMIT 1),
                                (SELECT min(t.issued_at) FROM ticket t
                                  WHERE t.centre_id = $1 AND t.business_day = $2
                                    AND t.queue = q.code AND t.lane IN ('priority', 'accessible')
                                    AND t.arrived_at = t.issued_at AND t.carried_from IS NULL
                                    AND t.waiting_since = t.issued_at
                                    AND t.state IN ('unconfirmed', 'waiting'))) AS oldest
                     FROM queue q
                     LEFT JOIN queue_line l ON l.centre_id = $1 AND l.business_day = $2
                      AND l.queue = q.code
                     LEFT JOIN queue_pace p ON p.centre_id = $1 AND p.queue = q.code
                    WHERE q.centre_id = $1) l), '[]') AS queues
          FROM centre_head h WHERE h.centre_id = $1
        """,
        centre_id,
        day,
        LISTED_CALLS,
    )
    if row is None:
        raise LookupError(f"centre {centre_id} has no event head")
    windows = tuple(window_of(facts) for facts in row["windows"])
    return Hall(
        epoch=row["epoch"],
        revision=row["revision"],
        at=at,
        business_day=day,
        windows=windows,
        calls=tuple(_call(facts) for facts in row["calls"]),
        queues=tuple(_queue_state(facts, at, windows) for facts in row["queues"]),
        kept_for=row["kept_for"],
    )


async def read_window(connection: Connection, centre_id: int, number: int) -> dict[str, Any]:
    """Return one window as `window_of` reads it; it must be there."""
    facts: dict[str, Any] = await connection.fetchval(
        "SELECT facts FROM window_now WHERE centre_id = $1 AND number = $2", centre_id, number
    )
    return facts


def _call(facts: Mapping[str, Any]) -> Call:
    return Call(
        id=facts["id"],
        ticket_id=UUID(facts["ticket_id"]),
        label=facts["label"],
        window=facts["window"],
        at=datetime.fromisoformat(facts["at"]),
        recall=facts["recall"],
        state=facts["state"],
        shown=facts["shown"],
        language=facts["language"],
        by_ear=facts["by_ear"],
    )


def _queue_state(facts: Mapping[str, Any], at: datetime, windows: Sequence[Window]) -> QueueState:
    serving = [w for w in windows if w.state == "open" and facts["code"] in w.queues]
    oldest = None if facts["oldest"] is None else datetime.fromisoformat(facts["oldest"])
    return QueueState(
        code=facts["code"],
        name_ar=facts["name_ar"],
        name_en=facts["name_en"],
        waiting=facts["waiting"],
        longest_wait_s=0 if oldest is None else max(0, int((at - oldest).total_seconds())),
        windows_open=len(serving),
        wait=_wait(facts, serving),
    )


def _wait(facts: Mapping[str, Any], serving: Sequence[Window]) -> Wait | None:
    pace = (
        Pace(facts["mean_s"], facts["p10_s"], facts["p90_s"])
        if facts["known"] >= LEAST_SERVICES
        else Pace()
    )
    idle = sum(window.ticket is None for window in serving)
    return wait_range(facts["requests"], len(serving), idle, pace)
