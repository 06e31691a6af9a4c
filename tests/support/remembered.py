"""Simulated days written into a database as if the centre had lived them: numbers, events, windows.

Months would take an hour through the commands; one statement for each table writes a day.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from core_services.database.pool import Connection, connect
from core_services.ids import new_token
from queue_server.simulation.lived import LivedDay, Passage
from queue_server.tickets.selection import lane_for

_SPACE = UUID("01970000-0000-7000-8000-000000000077")

_TICKETS = """
INSERT INTO ticket (centre_id, id, business_day, series, number, label, queue, service, priority,
       lane, state, paper, channel, language, token, rank_at, issued_at, called_at, started_at,
       finished_at, window_number, call_revision, position_at_issue, outcome, revision, last_at,
       arrived_at, waiting_since, requests)
SELECT $1, t.id, $2, '', t.number, t.number::text, t.queue, t.service, t.priority, t.lane, t.state,
       'printed', 'api', 'ar', t.token, t.rank_at, t.issued_at, t.called_at, t.started_at,
       t.finished_at, t.window_number, CASE WHEN t.called_at IS NOT NULL THEN 1 END, 1, t.outcome,
       1, t.last_at, t.issued_at, t.issued_at, t.requests
  FROM jsonb_to_recordset($3) AS t (id uuid, number integer, queue text, service text,
       priority text, lane text, state text, token text, rank_at timestamptz, issued_at timestamptz,
       called_at timestamptz, started_at timestamptz, finished_at timestamptz,
       window_number smallint, outcome text, last_at timestamptz, requests smallint)
"""
_EVENTS = """
INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state, to_state, queue,
       window_number, actor_kind, reason)
SELECT $1, h.revision + row_number() OVER (ORDER BY e.at, e.nth), e.ticket_id, e.at, e.event,
       e.from_state, e.to_state, e.queue, e.window_number, 'system', e.reason
  FROM ROWS FROM (jsonb_to_recordset($2) AS (ticket_id uuid, at timestamptz, event text,
       from_state text, to_state text, queue text, window_number smallint, reason text))
       WITH ORDINALITY
       AS e (ticket_id, at, event, from_state, to_state, queue, window_number, reason, nth)
  JOIN centre_head h ON h.centre_id = $1
"""
_WINDOWS = """
INSERT INTO window_event (centre_id, revision, window_number, at, event, from_state, to_state,
       actor_kind)
SELECT $1, h.revision + row_number() OVER (ORDER BY e.at, e.nth), e.window_number, e.at, e.event,
       e.from_state, e.to_state, 'system'
  FROM ROWS FROM (jsonb_to_recordset($2) AS (window_number smallint, at timestamptz, event text,
       from_state text, to_state text)) WITH ORDINALITY
       AS e (window_number, at, event, from_state, to_state, nth)
  JOIN centre_head h ON h.centre_id = $1
"""


async def remember(
    owner_dsn: str, days: Iterable[LivedDay], *, until_s: float | None = None, centre_id: int = 1
) -> None:
    """Write lived days; of the last moments only what happened until `until_s` of each day.

    Windows that are open then stay open, whom they have in hand is in hand.
    """
    connection = await connect(owner_dsn, application_name="remembered")
    try:
        for day in days:
            end_s = day.world.ends_s + 7200 if until_s is None else until_s
            tickets, events = _told(day, end_s)
            windows = _windows(day, end_s)
            async with connection.transaction():
                await connection.execute(_TICKETS, centre_id, day.world.date, tickets)
                await connection.execute(_EVENTS, centre_id, events)
                if windows:
                    await connection.execute(_WINDOWS, centre_id, windows)
            if until_s is not None:
                await _stand(connection, centre_id, windows)
        await connection.execute("ANALYZE ticket, ticket_event, window_event")
    finally:
        await connection.close()


def _told(day: LivedDay, end_s: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    tickets, events = [], []
    for passage in day.passages:
        if passage.issued_s is None or passage.issued_s > end_s:
            continue
        acts = [act for act in _acts(passage) if act[0] <= end_s]
        state = acts[-1][2]
        ticket_id = uuid5(_SPACE, f"{day.world.date} {passage.citizen.number}")
        queue = day.world.queue_of[passage.citizen.service]
        before = "none"
        for at_s, event, after, window in acts:
            events.append(
                {
                    "ticket_id": str(ticket_id),
                    "at": _moment(day, at_s),
                    "event": event,
                    "from_state": before,
                    "to_state": after,
                    "queue": queue,
                    "window_number": window,
                    "reason": {"no_show": "absent", "cancel": "gave_up"}.get(event),
                }
            )
            before = after
        tickets.append(_ticket(day, passage, ticket_id, queue, state, acts))
    return tickets, events


_Act = tuple[float, str, str, int | None]


def _acts(passage: Passage) -> list[_Act]:
    """Return what happened to one number, without a second coming."""
    issued_s = passage.issued_s or 0.0
    acts: list[_Act] = [(issued_s, "issue", "waiting", None)]
    if passage.called_s is None:
        if passage.ended_s is not None:
            ends = ("cancel", "cancelled") if passage.end == "left" else ("lapse", "lapsed")
            acts.append((passage.ended_s, *ends, None))
        return acts
    if passage.missed_until_s is not None:
        acts.append((passage.called_s, "call", "called", passage.missed_at))
        acts.append((passage.missed_until_s, "no_show", "no_show", passage.missed_at))
        return acts
    acts.append((passage.called_s, "call", "called", passage.window))
    if passage.started_s is not None and passage.ended_s is not None:
        acts.append((passage.started_s, "start", "serving", passage.window))
        acts.append((passage.ended_s, "finish", "finished", passage.window))
    return acts


def _ticket(
    day: LivedDay,
    passage: Passage,
    ticket_id: UUID,
    queue: str,
    state: str,
    acts: list[_Act],
) -> dict[str, Any]:
    citizen = passage.citizen
    moments = {event: _moment(day, at_s) for at_s, event, _, _ in acts}
    is_known = citizen.says_service or state == "finished"
    return {
        "id": str(ticket_id),
        "number": 100 + citizen.number,
        "queue": queue,
        "service": citizen.service if is_known else None,
        "priority": citizen.priority,
        "lane": lane_for(citizen.priority, citizen.needs),
        "state": state,
        "token": new_token(),
        "rank_at": _moment(day, passage.rank_s or passage.issued_s or 0.0),
        "issued_at": moments["issue"],
        "called_at": moments.get("call"),
        "started_at": moments.get("start"),
        "finished_at": moments.get("finish"),
        "window_number": acts[-1][3],
        "outcome": "served" if state == "finished" else None,
        "last_at": _moment(day, acts[-1][0]),
        "requests": citizen.requests,
    }


def _windows(day: LivedDay, end_s: float) -> list[dict[str, Any]]:
    base = day.world.opens_at.timestamp()
    events = []
    for window in {each.window for each in day.staffed}:
        mine = [
            (each.opened_at - base, each.closed_at - base)
            for each in day.staffed
            if each.window == window and each.opened_at - base <= end_s
        ]
        state = "closed"
        for index, (opened_s, closed_s) in enumerate(sorted(mine)):
            event = "open" if state == "closed" else "resume"
            events.append(_window(day, window, opened_s, event, state, "open"))
            state = "open"
            if closed_s <= end_s:
                is_last = index == len(mine) - 1
                event, after = ("close", "closed") if is_last else ("pause", "paused")
                events.append(_window(day, window, closed_s, event, state, after))
                state = after
    return events


def _window(
    day: LivedDay, window: int, at_s: float, event: str, before: str, after: str
) -> dict[str, Any]:
    return {
        "window_number": window,
        "at": _moment(day, at_s),
        "event": event,
        "from_state": before,
        "to_state": after,
    }


async def _stand(connection: Connection, centre_id: int, events: list[dict[str, Any]]) -> None:
    """Let the windows stand as their last event says."""
    last = {each["window_number"]: each for each in events}
    for number, each in last.items():
        is_closed = each["to_state"] == "closed"
        await connection.execute(
            """
            UPDATE service_window SET state = $3, state_since = $4,
                   reason = CASE WHEN $3 = 'paused' THEN 'break' END,
                   opened_by_kind = $5, opened_by = $6, opened_by_name = $7
             WHERE centre_id = $1 AND number = $2
            """,
            centre_id,
            number,
            each["to_state"],
            datetime.fromisoformat(each["at"]),
            None if is_closed else "staff",
            None if is_closed else uuid5(_SPACE, f"clerk {number}"),
            None if is_closed else f"clerk {number}",
        )


def _moment(day: LivedDay, at_s: float) -> str:
    return (day.world.opens_at + timedelta(seconds=at_s)).isoformat()
