"""The SQL of suggested moves: what may be moved, what was suggested, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from core_services.database.pool import Connection, Pool
from queue_server.planning.model import Place, Profile, Suggestion
from queue_server.tickets.store_command import run_command

MUST_REST: Final = frozenset({"prayer", "lunch", "fault"})
"""Pauses that nobody is asked to cut short."""
SAID_AGAIN_S: Final = 300
"""The same move is recorded again after so long, and only when its end or its promise has
changed."""
OTHER_END_S: Final = 900
"""An end so much earlier or later is another one: ends lie on half hours of the clock."""


@dataclass(frozen=True, slots=True)
class MoveTruth:
    """How true the suggestions of some days were."""

    said: int
    followed: int
    """Windows that were opened within ten minutes and stayed as long as was suggested."""
    held: int
    """Of these, how often the wait lay in the promised range."""


@dataclass(frozen=True, slots=True)
class Overstayed:
    """A window that was opened for a time, and is open still."""

    window: int
    until: datetime


async def read_places(pool: Pool, centre_id: int) -> tuple[tuple[Place, ...], tuple[Profile, ...]]:
    """Return the windows as they stand now, and the work profiles that serve anything."""
    rows = await pool.fetch(
        """
        SELECT w.number, w.profile, w.is_accessible, w.state, w.reason,
               CASE w.opened_by_kind WHEN 'staff' THEN w.opened_by END AS staff
          FROM service_window w WHERE w.centre_id = $1 ORDER BY w.number
        """,
        centre_id,
    )
    profiles = await pool.fetch(
        """
        SELECT p.code, p.priority_first, array_agg(q.queue) AS queues
          FROM work_profile p
          JOIN work_profile_queue q ON q.centre_id = p.centre_id AND q.profile = p.code
         WHERE p.centre_id = $1 GROUP BY p.code, p.priority_first ORDER BY p.code
        """,
        centre_id,
    )
    return (
        tuple(
            Place(
                number=row["number"],
                profile=row["profile"],
                lanes=_lanes(row["number"], row["is_accessible"], row["staff"]),
                state=row["state"],
                must_rest=row["reason"] in MUST_REST,
            )
            for row in rows
        ),
        tuple(
            Profile(row["code"], frozenset(row["queues"]), row["priority_first"])
            for row in profiles
        ),
    )


async def record_moves(
    pool: Pool, centre_id: int, *, day: date, at: datetime, said: Sequence[Suggestion]
) -> int:
    """Record suggestions that are new, or whose end or promise has changed; return how many.

    A promise of about the same (five minutes, or a fifth) is the same. Raises LockTimeout,
    DatabaseGone.
    """
    rows = [_row(each) for each in said]
    if not rows:
        return 0
    known = await _known(pool, centre_id, day=day)
    if not any(_is_news(row, known, at) for row in rows):
        return 0

    async def work(connection: Connection) -> dict[str, Any]:
        known = await _known(connection, centre_id, day=day)
        new = [row for row in rows if _is_news(row, known, at)]
        if new:
            await _insert(connection, centre_id, day=day, at=at, rows=new)
        return {"n": len(new)}

    return int((await run_command(pool, centre_id, claim=None, at=at, work=work))["n"])


async def record_taken(
    pool: Pool, centre_id: int, *, day: date, at: datetime, said: Suggestion
) -> None:
    """Record a suggestion that somebody follows now, as it is said now.

    Raises LockTimeout, DatabaseGone.
    """

    async def work(connection: Connection) -> dict[str, Any]:
        await _insert(connection, centre_id, day=day, at=at, rows=[_row(said)])
        return {}

    await run_command(pool, centre_id, claim=None, at=at, work=work)


async def read_overstayed(
    pool: Pool, centre_id: int, *, day: date, at: datetime
) -> tuple[Overstayed, ...]:
    """Return the windows that were opened as was suggested and are open after their time.

    Opened as was suggested is within ten minutes of it; the latest such suggestion counts, and a
    later one to keep the window open.
    """
    rows = await pool.fetch(
        """
        SELECT w.number, m.until
          FROM service_window w
          JOIN LATERAL (SELECT e.at FROM window_event e
                         WHERE e.centre_id = $1 AND e.window_number = w.number
                           AND e.from_state = 'closed' AND e.to_state = 'open'
                         ORDER BY e.revision DESC LIMIT 1) o ON true
          JOIN LATERAL (SELECT s.revision, s.until FROM move_event s
                         WHERE s.centre_id = $1 AND s.business_day = $2
                           AND s.window_number = w.number AND s.kind = 'open' AND s.at <= o.at
                           AND s.at >= o.at - interval '10 minutes'
                         ORDER BY s.revision DESC LIMIT 1) s ON true
         CROSS JOIN LATERAL (SELECT greatest(s.until, max(k.until)) AS until FROM move_event k
                              WHERE k.centre_id = $1 AND k.business_day = $2
                                AND k.window_number = w.number AND k.kind = 'keep'
                                AND k.revision > s.revision) m
         WHERE w.centre_id = $1 AND w.state <> 'closed' AND m.until <= $3
         ORDER BY w.number
        """,
        centre_id,
        day,
        at,
    )
    return tuple(Overstayed(row["number"], row["until"]) for row in rows)


async def read_move_truth(pool: Pool, centre_id: int, *, since: date, before: date) -> MoveTruth:
    """Return how many moves were suggested on some days, and of windows that were opened then how
    often the promise was kept.

    The wait is that of all who stood in line at the suggestion or came until its end, from issue to
    the first call that was not undone; numbers that were void or keyed in afterwards are left out.
    """
    row = await pool.fetchrow(
        """
        WITH said AS (
            SELECT m.*, row_number() OVER (PARTITION BY m.business_day, m.kind, m.window_number,
                                                        m.until
                                           ORDER BY m.revision) AS nth
              FROM move_event m
             WHERE m.centre_id = $1 AND m.business_day >= $2 AND m.business_day < $3
        ), followed AS (
            SELECT s.* FROM said s
             WHERE s.kind = 'open' AND s.nth = 1
               AND EXISTS (SELECT 1 FROM window_event w
                            WHERE w.centre_id = $1 AND w.window_number = s.window_number
                              AND w.to_state = 'open' AND w.at >= s.at
                              AND w.at <= s.at + interval '10 minutes')
               AND NOT EXISTS (SELECT 1 FROM window_event w
                                WHERE w.centre_id = $1 AND w.window_number = s.window_number
                                  AND w.to_state <> 'open' AND w.at > s.at
                                  AND w.at < s.until - interval '10 minutes')
        )
        SELECT (SELECT count(*) FROM said)::int AS said,
               (SELECT count(*) FROM followed)::int AS followed,
               (SELECT count(*) FROM followed f CROSS JOIN LATERAL (
                    SELECT percentile_disc(0.8) WITHIN GROUP (
                               ORDER BY extract(epoch FROM c.at - t.issued_at)) AS wait_s
                      FROM ticket t
                      JOIN LATERAL (SELECT min(v.at) AS at FROM ticket_event v
                                     WHERE v.ticket_id = t.id AND v.centre_id = $1
                                       AND v.event = 'call'
                                       AND NOT EXISTS (
                                           SELECT 1 FROM ticket_event u
                                            WHERE u.ticket_id = t.id AND u.centre_id = $1
                                              AND u.event = 'undo'
                                              AND (u.detail ->> 'of')::bigint = v.revision)
                                   ) c ON c.at IS NOT NULL
                     WHERE t.centre_id = $1 AND t.business_day = f.business_day
                       AND t.issued_at < f.counts_until AND c.at > f.at
                       AND t.state <> 'void' AND t.channel NOT IN
                           ('emergency', 'adopted', 'kiosk_offline', 'restored')) w
                 WHERE w.wait_s BETWEEN f.low AND f.high)::int AS held
        """,
        centre_id,
        since,
        before,
    )
    if row is None:
        return MoveTruth(0, 0, 0)
    return MoveTruth(row["said"], row["followed"], row["held"])


@dataclass(frozen=True, slots=True)
class _Known:
    at: datetime
    until: datetime | None
    likely: int


_Key = tuple[str, int | None, str | None]


async def _known(connection: Connection | Pool, centre_id: int, *, day: date) -> dict[_Key, _Known]:
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (kind, window_number, profile) kind, window_number, profile, at, until,
               likely
          FROM move_event WHERE centre_id = $1 AND business_day = $2
         ORDER BY kind, window_number, profile, revision DESC
        """,
        centre_id,
        day,
    )
    return {
        (row["kind"], row["window_number"], row["profile"]): _Known(
            row["at"], row["until"], row["likely"]
        )
        for row in rows
    }


def _is_news(row: dict[str, Any], known: dict[_Key, _Known], at: datetime) -> bool:
    before = known.get((row["kind"], row["window_number"], row["profile"]))
    if before is None:
        return True
    if (at - before.at).total_seconds() < SAID_AGAIN_S:
        return False
    if _is_other_end(row["until"], before.until):
        return True
    about_the_same = max(300 if row["kind"] != "stop" else 5, before.likely // 5)
    return abs(int(row["likely"]) - before.likely) > about_the_same


def _is_other_end(until: float | None, before: datetime | None) -> bool:
    if until is None or before is None:
        return (until is None) != (before is None)
    return abs(until - before.timestamp()) >= OTHER_END_S


async def _insert(
    connection: Connection, centre_id: int, *, day: date, at: datetime, rows: list[dict[str, Any]]
) -> None:
    await connection.execute(
        """
        INSERT INTO move_event (centre_id, revision, at, business_day, kind, window_number, profile,
               until, counts_until, people, before, low, likely, high)
        SELECT $1, h.revision + row_number() OVER (ORDER BY s.nth), $3, $2, s.kind,
               s.window_number, s.profile, to_timestamp(s.until),
               greatest(to_timestamp(s.counts_until), $3), s.people, s.before, s.low, s.likely,
               s.high
          FROM ROWS FROM (jsonb_to_recordset($4) AS (kind text, window_number smallint,
                   profile text, until float8, counts_until float8, people integer, before integer,
                   low integer, likely integer, high integer)) WITH ORDINALITY
               AS s (kind, window_number, profile, until, counts_until, people, before, low, likely,
                     high, nth)
          JOIN centre_head h ON h.centre_id = $1
        """,
        centre_id,
        day,
        at,
        rows,
    )


def _row(said: Suggestion) -> dict[str, Any]:
    move = said.move
    return {
        "kind": move.kind,
        "window_number": move.window,
        "profile": move.profile,
        "until": move.until if move.kind != "stop" else move.at,
        "counts_until": said.by,
        "people": said.people,
        "before": _whole(said.before.likely_s),
        "low": _whole(said.after.low_s),
        "likely": _whole(said.after.likely_s),
        "high": _whole(said.after.high_s),
    }


_LONGEST: Final = 86_400


def _whole(value: float) -> int:
    """Return a whole number that the table takes: nobody is promised more than a day."""
    return int(min(value, _LONGEST))


def _lanes(number: int, is_accessible: bool, staff: object) -> frozenset[str]:
    lanes = {"plain", "priority", f"window:{number}"}
    if is_accessible:
        lanes.add("accessible")
    if staff is not None:
        lanes.add(f"staff:{staff}")
    return frozenset(lanes)
