"""The SQL that reads a business day as it was lived: who came, how long each visit held a window,
and when windows stood open."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Pool, Record
from queue_server.policy.model import DayFigures, WindowFacts
from queue_server.tickets.comparison import quantile
from queue_server.tickets.replay import Arrival, Shift, Visit
from queue_server.tickets.selection import lane_for

USUAL_HOLD_S = 300.0
"""A visit of which neither the end nor the day's others tell how long it was."""
_ENDS = frozenset({"finish", "no_show", "cancel", "transfer", "park", "lapse"})
_OLD_PLACE = frozenset({"resume", "transfer"})
_COMES_BACK = _OLD_PLACE | {"return"}


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a ticket's life; `queue` is the line in which it stood then."""

    event: str
    at: datetime
    queue: str


async def read_days(pool: Pool, centre_id: int, *, before: date, limit: int) -> list[DayFigures]:
    """Return the latest past days on which somebody was called, the latest first."""
    rows = await pool.fetch(
        """
        WITH RECURSIVE day (business_day, nth) AS (
            SELECT $2::date, 0
            UNION ALL
            SELECT earlier.business_day, d.nth + 1
              FROM day d
             CROSS JOIN LATERAL (
                   SELECT t.business_day FROM ticket t
                    WHERE t.centre_id = $1 AND t.business_day < d.business_day
                      AND t.call_revision IS NOT NULL
                    ORDER BY t.business_day DESC LIMIT 1) earlier
             WHERE d.nth < $3
        )
        SELECT d.business_day, people.numbers
          FROM day d
         CROSS JOIN LATERAL (
               SELECT count(*) AS numbers FROM ticket t
                WHERE t.centre_id = $1 AND t.business_day = d.business_day
                  AND t.state NOT IN ('void', 'unconfirmed')) people
         WHERE d.nth > 0 AND people.numbers > 0
         ORDER BY d.business_day DESC
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
    """Return who came on that day and stayed until a call, or until the day ended.

    Acts that were undone are left out, and those that undid them.
    """
    rows = await pool.fetch(
        """
        SELECT t.id, t.queue, t.priority, t.issued_at, t.state, a.starts_at AS slot,
               'accessible_window' = ANY (t.needs) AS is_accessible,
               coalesce(e.events, '{}') AS events, coalesce(e.moments, '{}') AS moments,
               coalesce(e.queues, '{}') AS queues
          FROM ticket t
          LEFT JOIN appointment a ON a.centre_id = t.centre_id AND a.id = t.appointment_id
          LEFT JOIN LATERAL (
               SELECT array_agg(v.event ORDER BY v.revision) AS events,
                      array_agg(v.at ORDER BY v.revision) AS moments,
                      array_agg(v.queue ORDER BY v.revision) AS queues
                 FROM ticket_event v
                WHERE v.ticket_id = t.id AND v.centre_id = t.centre_id
                  AND v.event IN ('call', 'finish', 'no_show', 'cancel', 'transfer', 'park',
                                  'lapse', 'return', 'resume')
                  AND NOT EXISTS (SELECT 1 FROM ticket_event u
                                   WHERE u.ticket_id = v.ticket_id AND u.centre_id = v.centre_id
                                     AND u.event = 'undo'
                                     AND (u.detail ->> 'of')::bigint = v.revision)) e ON true
         WHERE t.centre_id = $1 AND t.business_day = $2 AND t.state <> 'void'
         ORDER BY t.issued_at, t.id
        """,
        centre_id,
        day,
    )
    # A crowded day takes a tenth of a second to put together.
    return await asyncio.to_thread(_arrivals, rows)


def _arrivals(rows: Sequence[Record]) -> tuple[Arrival, ...]:
    lived = [(row, visits_of(_life(row))) for row in rows]
    holds = [visit.held_s for _, visits in lived for visit in visits if visit.held_s > 0]
    usual = quantile(holds, 0.5) or USUAL_HOLD_S
    return tuple(
        _arrival(row, visits or (Visit(usual),))
        for row, visits in lived
        if visits or row["state"] != "cancelled"
    )


def visits_of(life: Iterable[Happened]) -> tuple[Visit, ...]:
    """Make visits of a ticket's events: each from a call to whatever took it from the window.

    One whose holder came into line again tells after how long, where, and whether at the old place.
    """
    visits: list[Visit] = []
    called_at: datetime | None = None
    ended_at: datetime | None = None
    for each in life:
        if each.event == "call":
            if visits:
                visits[-1] = replace(visits[-1], back_queue=each.queue)
            called_at, ended_at = each.at, None
        elif each.event in _ENDS and called_at is not None:
            visits.append(Visit((each.at - called_at).total_seconds()))
            called_at, ended_at = None, each.at
        if each.event in _COMES_BACK and ended_at is not None:
            visits[-1] = replace(
                visits[-1],
                back_s=(each.at - ended_at).total_seconds(),
                keeps_place=each.event in _OLD_PLACE,
            )
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


def _life(row: Record) -> list[Happened]:
    told = zip(row["events"], row["moments"], row["queues"], strict=True)
    return [Happened(event, at, queue) for event, at, queue in told]


def _arrival(row: Record, visits: tuple[Visit, ...]) -> Arrival:
    first = next((each.queue for each in _life(row) if each.event == "call"), row["queue"])
    return Arrival(
        id=UUID(int=row["id"].int),
        queue=first,
        priority=row["priority"],
        came_at=row["issued_at"],
        visits=visits,
        slot=row["slot"],
        lane="accessible" if row["is_accessible"] else lane_for(row["priority"]),
    )
