"""The SQL that reads a business day as it was lived: who came, how long each visit held a window,
and when windows stood open."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Pool, Record
from queue_server.policy.model import DayFigures, WindowFacts
from queue_server.tickets.comparison import quantile
from queue_server.tickets.replay import Arrival, Shift, Visit
from queue_server.tickets.selection import lane_for

USUAL_HOLD_S = 300.0
"""A visit of which neither the end nor the day's others tell how long it was."""
_ENDS = frozenset({"finish", "no_show", "cancel", "transfer", "park", "undo", "lapse"})
_COMES_BACK = frozenset({"return", "resume", "transfer", "undo"})


async def read_days(pool: Pool, centre_id: int, *, before: date, limit: int) -> list[DayFigures]:
    """Return the latest past days on which somebody was called, the latest first."""
    rows = await pool.fetch(
        """
        SELECT business_day, count(*) AS numbers FROM ticket
         WHERE centre_id = $1 AND business_day < $2 AND state NOT IN ('void', 'unconfirmed')
         GROUP BY business_day HAVING count(call_revision) > 0
         ORDER BY business_day DESC LIMIT $3
        """,
        centre_id,
        before,
        limit,
    )
    return [DayFigures(row["business_day"], row["numbers"]) for row in rows]


async def read_windows(pool: Pool, centre_id: int) -> tuple[WindowFacts, ...]:
    """Return the windows with the queues of their profiles."""
    rows = await pool.fetch(
        """
        SELECT w.number, w.profile, w.is_accessible,
               coalesce(array_agg(q.queue) FILTER (WHERE q.queue IS NOT NULL), '{}') AS queues
          FROM service_window w
          LEFT JOIN work_profile_queue q ON q.centre_id = w.centre_id AND q.profile = w.profile
         WHERE w.centre_id = $1 GROUP BY w.number, w.profile, w.is_accessible ORDER BY w.number
        """,
        centre_id,
    )
    return tuple(
        WindowFacts(row["number"], row["profile"], frozenset(row["queues"]), row["is_accessible"])
        for row in rows
    )


async def read_arrivals(pool: Pool, centre_id: int, *, day: date) -> tuple[Arrival, ...]:
    """Return who came on that day and stayed until a call, or until the day ended."""
    rows = await pool.fetch(
        """
        SELECT t.id, t.queue, t.priority, t.lane, t.issued_at, t.state,
               CASE WHEN t.appointment_id IS NOT NULL THEN t.arrived_at END AS slot,
               coalesce(e.events, '{}') AS events, coalesce(e.moments, '{}') AS moments
          FROM ticket t
          LEFT JOIN LATERAL (
               SELECT array_agg(v.event ORDER BY v.revision) AS events,
                      array_agg(v.at ORDER BY v.revision) AS moments
                 FROM ticket_event v
                WHERE v.ticket_id = t.id AND v.centre_id = t.centre_id
                  AND v.event IN ('call', 'finish', 'no_show', 'cancel', 'transfer', 'park', 'undo',
                                  'lapse', 'return', 'resume')) e ON true
         WHERE t.centre_id = $1 AND t.business_day = $2 AND t.state <> 'void'
         ORDER BY t.issued_at, t.id
        """,
        centre_id,
        day,
    )
    lived = [(row, visits_of(row["events"], row["moments"])) for row in rows]
    holds = [visit.held_s for _, visits in lived for visit in visits if visit.held_s > 0]
    usual = quantile(holds, 0.5) or USUAL_HOLD_S
    return tuple(
        _arrival(row, visits or (Visit(usual),))
        for row, visits in lived
        if visits or row["state"] != "cancelled"
    )


def visits_of(events: Sequence[str], moments: Sequence[datetime]) -> tuple[Visit, ...]:
    """Make visits of a ticket's events: each from a call to whatever took it from the window.

    One whose holder came into line again tells after how long.
    """
    visits: list[Visit] = []
    called_at: datetime | None = None
    ended_at: datetime | None = None
    for event, at in zip(events, moments, strict=True):
        if event == "call":
            called_at, ended_at = at, None
        elif event in _ENDS and called_at is not None:
            visits.append(Visit((at - called_at).total_seconds()))
            called_at, ended_at = None, at
            if event in ("transfer", "undo"):
                visits[-1] = Visit(visits[-1].held_s, 0.0)
        elif event in _COMES_BACK and ended_at is not None and visits:
            visits[-1] = Visit(visits[-1].held_s, (at - ended_at).total_seconds())
    if called_at is not None:
        visits.append(Visit(USUAL_HOLD_S))
    return tuple(visits)


async def read_shifts(
    pool: Pool, centre_id: int, *, begins: datetime, ends: datetime
) -> tuple[Shift, ...]:
    """Return when windows stood open between two moments, with what they serve now."""
    windows = {each.number: each for each in await read_windows(pool, centre_id)}
    rows = await pool.fetch(
        """
        SELECT window_number, at, to_state FROM window_event
         WHERE centre_id = $1 AND at >= $2 AND at < $3
        UNION ALL
        SELECT w.number, $2, e.to_state FROM service_window w
         CROSS JOIN LATERAL (
               SELECT to_state FROM window_event
                WHERE centre_id = $1 AND window_number = w.number AND at < $2
                ORDER BY revision DESC LIMIT 1) e
         WHERE w.centre_id = $1
         ORDER BY window_number, at
        """,
        centre_id,
        begins,
        ends,
    )
    shifts: list[Shift] = []
    for number, window in windows.items():
        mine = [(row["at"], row["to_state"]) for row in rows if row["window_number"] == number]
        shifts += [
            Shift(number, window.profile, window.queues, window.lanes, opened, closed)
            for opened, closed in open_spans(mine, ends)
        ]
    return tuple(shifts)


def open_spans(
    changes: Iterable[tuple[datetime, str]], ends: datetime
) -> list[tuple[datetime, datetime]]:
    """Return the spans in which a window was open; one that stays open ends with the day."""
    spans: list[tuple[datetime, datetime]] = []
    opened: datetime | None = None
    for at, state in changes:
        if state == "open":
            opened = opened or at
        elif opened is not None:
            spans.append((opened, at))
            opened = None
    if opened is not None:
        spans.append((opened, ends))
    return [(start, end) for start, end in spans if start < end]


def _arrival(row: Record, visits: tuple[Visit, ...]) -> Arrival:
    usual_lane = lane_for(row["priority"])
    return Arrival(
        id=UUID(int=row["id"].int),
        queue=row["queue"],
        priority=row["priority"],
        came_at=row["issued_at"],
        visits=visits,
        slot=row["slot"],
        lane="accessible" if row["lane"] == "accessible" else usual_lane,
    )
