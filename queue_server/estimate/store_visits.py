"""The SQL that reads what the estimate learns from: stays that are over, windows that opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from core_services.database.pool import Pool, Record
from queue_server.estimate.model import Range, Staffed, Visit
from queue_server.estimate.stays import Act, Number, stays_of, undone
from queue_server.tickets.model import Priority
from queue_server.tickets.selection import lane_for

ENDING: Final = ("finish", "no_show", "cancel", "lapse", "transfer", "park")
"""The acts that end a stay."""


@dataclass(frozen=True, slots=True)
class WindowChanged:
    """A window opened, or went into a pause or closed."""

    window: int
    at: float
    is_open: bool


@dataclass(frozen=True, slots=True)
class CameTrue:
    """The first call of a number to which the forward run had told a wait at its issue."""

    ticket: UUID
    queue: str
    service: str | None
    priority: Priority
    model: str
    said: Range
    """Before it was rounded."""
    middle_s: float
    scale_s: float
    """Before it was calibrated."""
    at: float
    """When the call was, epoch seconds."""
    wait_s: float


Lesson = Visit | WindowChanged | CameTrue


@dataclass(frozen=True, slots=True)
class Lessons:
    """What events tell the estimate, in their order."""

    lessons: tuple[Lesson, ...]
    revision: int
    """Up to which events were looked at."""
    is_all: bool
    """There are no more that may be learned from now."""


async def days_with_calls(pool: Pool, centre_id: int, *, since: date, before: date) -> list[date]:
    """Return the business days on which somebody was called, the earliest first."""
    rows = await pool.fetch(
        """
        SELECT d::date AS day FROM generate_series($2::date, $3::date - 1, '1 day') d
         WHERE EXISTS (SELECT 1 FROM ticket t WHERE t.business_day = d::date AND t.centre_id = $1
                          AND t.call_revision IS NOT NULL)
         ORDER BY 1
        """,
        centre_id,
        since,
        before,
    )
    return [row["day"] for row in rows]


async def stays_on(pool: Pool, centre_id: int, *, day: date) -> list[Visit]:
    """Return the stays of a business day's numbers that are over, in the order of their issue."""
    numbers = await pool.fetch(
        "SELECT id FROM ticket WHERE centre_id = $1 AND business_day = $2 AND state <> 'void'",
        centre_id,
        day,
    )
    rows = await _lives(pool, centre_id, [row["id"] for row in numbers])
    return [visit for row in rows for visit in _stays(row)]


async def lessons_since(
    pool: Pool, centre_id: int, *, revision: int, at: datetime, at_most: int = 2000
) -> Lessons:
    """Return what the next so many events after a revision teach.

    Acts on numbers that may still be undone are left for later: whoever learns while the day goes
    on and whoever learns it afterwards learn the same. Windows are looked at too where no number
    moves any more, since the evening's closing belongs to its own day.
    """
    bounds = await pool.fetchrow(
        """
        SELECT count(*) AS n, max(revision) AS last,
               min(revision) FILTER (WHERE can_be_undone
                   AND at > $3::timestamptz - make_interval(secs => coalesce(
                       (SELECT undo_within_s FROM policy_now WHERE centre_id = $1), 30)))
                   - 1 AS settled
          FROM (SELECT revision, at, true AS can_be_undone FROM ticket_event
                 WHERE centre_id = $1 AND revision > $2
                 UNION ALL
                SELECT revision, at, false FROM window_event
                 WHERE centre_id = $1 AND revision > $2
                 ORDER BY revision LIMIT $4) e
        """,
        centre_id,
        revision,
        at,
        at_most,
    )
    if bounds is None or bounds["last"] is None:
        return Lessons((), revision, is_all=True)
    top = bounds["last"] if bounds["settled"] is None else bounds["settled"]
    is_all = bounds["settled"] is not None or bounds["n"] < at_most
    if top <= revision:
        return Lessons((), revision, is_all=True)
    found: list[tuple[int, Lesson]] = [
        *await _stays_that_ended(pool, centre_id, after=revision, up_to=top),
        *await _window_changes(pool, centre_id, after=revision, up_to=top),
        *await _first_calls(pool, centre_id, after=revision, up_to=top),
    ]
    found.sort(key=lambda each: each[0])
    return Lessons(tuple(lesson for _, lesson in found), top, is_all)


async def _stays_that_ended(
    pool: Pool, centre_id: int, *, after: int, up_to: int
) -> list[tuple[int, Visit]]:
    ended = await pool.fetch(
        """
        SELECT ticket_id, array_agg(revision) AS ends FROM ticket_event
         WHERE centre_id = $1 AND revision > $2 AND revision <= $3 AND event = ANY ($4)
         GROUP BY ticket_id
        """,
        centre_id,
        after,
        up_to,
        ENDING,
    )
    ends = {row["ticket_id"]: frozenset(row["ends"]) for row in ended}
    rows = await _lives(pool, centre_id, list(ends))
    found = [(_end_of(visit, row, ends[row["id"]]), visit) for row in rows for visit in _stays(row)]
    return [(ended, visit) for ended, visit in found if ended is not None]


async def _lives(pool: Pool, centre_id: int, ids: Sequence[UUID]) -> list[Record]:
    """Return these numbers with all their acts, in the order of their issue."""
    if not ids:
        return []
    return await pool.fetch(
        """
        SELECT t.id, t.service, t.priority, t.requests, t.needs,
               coalesce((e.details -> 0 ->> 'rank_at')::timestamptz, t.rank_at) AS issued_rank, e.*
          FROM ticket t
         CROSS JOIN LATERAL (
               SELECT array_agg(v.revision ORDER BY v.revision) AS revisions,
                      array_agg(v.event ORDER BY v.revision) AS events,
                      array_agg(v.at ORDER BY v.revision) AS moments,
                      array_agg(v.queue ORDER BY v.revision) AS queues,
                      array_agg(v.window_number ORDER BY v.revision) AS windows,
                      jsonb_agg(coalesce(v.detail, '{}') ORDER BY v.revision) AS details
                 FROM ticket_event v
                WHERE v.ticket_id = t.id AND v.centre_id = t.centre_id
                  AND v.event NOT IN ('confirm', 'paper', 'given', 'recall', 'reprint')) e
         WHERE t.centre_id = $1 AND t.id = ANY ($2) AND e.revisions IS NOT NULL
         ORDER BY t.issued_at, t.id
        """,
        centre_id,
        ids,
    )


async def _window_changes(
    pool: Pool, centre_id: int, *, after: int, up_to: int
) -> list[tuple[int, WindowChanged]]:
    rows = await pool.fetch(
        """
        SELECT revision, window_number, at, to_state = 'open' AS is_open FROM window_event
         WHERE centre_id = $1 AND revision > $2 AND revision <= $3
           AND (from_state = 'open') <> (to_state = 'open')
        """,
        centre_id,
        after,
        up_to,
    )
    return [
        (
            row["revision"],
            WindowChanged(row["window_number"], row["at"].timestamp(), row["is_open"]),
        )
        for row in rows
    ]


async def _first_calls(
    pool: Pool, centre_id: int, *, after: int, up_to: int
) -> list[tuple[int, CameTrue]]:
    rows = await pool.fetch(
        """
        SELECT e.revision, e.ticket_id, e.at, i.queue, i.detail,
               extract(epoch FROM e.at - i.at)::float8 AS wait_s
          FROM ticket_event e
          JOIN ticket_event i ON i.ticket_id = e.ticket_id AND i.centre_id = e.centre_id
           AND i.event = 'issue' AND i.detail -> 'model' IS NOT NULL
         WHERE e.centre_id = $1 AND e.revision > $2 AND e.revision <= $3 AND e.event = 'call'
           AND e.detail -> 'direct' IS NULL
           AND NOT EXISTS (SELECT 1 FROM ticket_event b
                            WHERE b.ticket_id = e.ticket_id AND b.centre_id = e.centre_id
                              AND b.revision < e.revision
                              AND b.event IN ('call', 'return', 'transfer', 'resume',
                                              'reinstate'))
           AND NOT EXISTS (SELECT 1 FROM ticket_event u
                            WHERE u.ticket_id = e.ticket_id AND u.centre_id = e.centre_id
                              AND u.event = 'undo' AND (u.detail ->> 'of')::bigint = e.revision)
        """,
        centre_id,
        after,
        up_to,
    )
    return [
        (
            row["revision"],
            CameTrue(
                ticket=UUID(int=row["ticket_id"].int),
                queue=row["queue"],
                service=row["detail"].get("service"),
                priority=row["detail"]["priority"],
                model=row["detail"]["model"],
                said=Range(
                    row["detail"]["raw_low_s"],
                    row["detail"]["likely_s"],
                    row["detail"]["raw_high_s"],
                ),
                middle_s=row["detail"]["middle_s"],
                scale_s=row["detail"]["scale_s"],
                at=row["at"].timestamp(),
                wait_s=row["wait_s"],
            ),
        )
        for row in rows
    ]


async def open_times(
    pool: Pool, centre_id: int, *, begins: datetime, ends: datetime
) -> tuple[Staffed, ...]:
    """Return when windows stood open between two moments, with what they serve now."""
    rows = await pool.fetch(
        """
        SELECT w.number, p.priority_first, w.is_accessible,
               (SELECT coalesce(array_agg(q.queue), '{}') FROM work_profile_queue q
                 WHERE q.centre_id = $1 AND q.profile = w.profile) AS queues,
               coalesce(e.moments, '{}') AS moments, coalesce(e.states, '{}') AS states,
               (SELECT to_state FROM window_event b
                 WHERE b.centre_id = $1 AND b.window_number = w.number AND b.at < $2
                 ORDER BY b.revision DESC LIMIT 1) = 'open' AS was_open
          FROM service_window w
          JOIN work_profile p ON p.centre_id = $1 AND p.code = w.profile
          LEFT JOIN LATERAL (
               SELECT array_agg(v.at ORDER BY v.revision) AS moments,
                      array_agg(v.to_state ORDER BY v.revision) AS states
                 FROM window_event v
                WHERE v.centre_id = $1 AND v.window_number = w.number
                  AND v.at >= $2 AND v.at < $3) e
            ON true
         WHERE w.centre_id = $1 ORDER BY w.number
        """,
        centre_id,
        begins,
        ends,
    )
    found: list[Staffed] = []
    for row in rows:
        lanes = {"plain", "priority", f"window:{row['number']}"}
        lanes |= {"accessible"} if row["is_accessible"] else set()
        opened = begins.timestamp() if row["was_open"] else None
        changes = [*zip(row["moments"], row["states"], strict=True), (ends, "closed")]
        for moment, state in changes:
            at = moment.timestamp()
            if state == "open":
                opened = at if opened is None else opened
            elif opened is not None:
                if at > opened:
                    found.append(
                        Staffed(
                            window=row["number"],
                            opened_at=opened,
                            closed_at=at,
                            queues=frozenset(row["queues"]),
                            lanes=frozenset(lanes),
                            priority_first=row["priority_first"],
                        )
                    )
                opened = None
    return tuple(sorted(found, key=lambda each: (each.opened_at, each.window)))


async def credits_of(pool: Pool, centre_id: int) -> dict[str, int]:
    """Return by how many seconds each priority counts as having come earlier."""
    rows = await pool.fetch(
        "SELECT priority, credit_s FROM priority_credit WHERE centre_id = $1 ORDER BY priority",
        centre_id,
    )
    return {row["priority"]: row["credit_s"] for row in rows}


async def first_revision_of(pool: Pool, centre_id: int, *, day: date) -> int:
    """Return the revision before the first event of a business day's numbers, or the head's."""
    found: int | None = await pool.fetchval(
        """
        SELECT min(e.revision) - 1 FROM ticket t
          JOIN ticket_event e ON e.ticket_id = t.id AND e.centre_id = t.centre_id
         WHERE t.business_day = $2 AND t.centre_id = $1
        """,
        centre_id,
        day,
    )
    if found is None:
        found = await pool.fetchval(
            "SELECT revision FROM centre_head WHERE centre_id = $1", centre_id
        )
    return found or 0


def _stays(row: Record) -> list[Visit]:
    told = zip(
        row["revisions"],
        row["events"],
        row["moments"],
        row["queues"],
        row["windows"],
        row["details"],
        strict=True,
    )
    acts = undone((revision, Act(*act)) for revision, *act in told)
    lane = lane_for(row["priority"], row["needs"])
    number = Number(
        id=str(UUID(int=row["id"].int)),
        service=row["service"],
        priority=row["priority"],
        requests=row["requests"],
        lane=lane if lane == "accessible" else None,
        rank_at=row["issued_rank"].timestamp(),
    )
    return stays_of(number, acts)


def _end_of(visit: Visit, row: Record, ends: frozenset[int]) -> int | None:
    """Return the revision of the event that ended a stay, if it is one of those asked for."""
    ended: int | None = None
    for revision, moment in zip(row["revisions"], row["moments"], strict=True):
        if revision in ends and moment.timestamp() == visit.finished_at:
            ended = revision
    return ended
