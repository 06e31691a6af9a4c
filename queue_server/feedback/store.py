"""The SQL of citizens' answers: one a visit, sums by week, and the texts that are erased in time.

Nothing here returns a single answer: who asks learns that there is one, or sums.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from queue_server.feedback.model import FeedbackChannel, Given, Outcome, Visit
from queue_server.tickets.store_command import Answer, run_command


@dataclass(frozen=True, slots=True)
class WeekCount:
    """The answers about one service in the n-th of some spans of time."""

    nth: int
    service: str | None
    answers: int
    satisfied: int


async def read_visit(pool: Pool, centre_id: int, ticket_id: UUID) -> Visit | None:
    """Return a ticket's visit; None while it has not ended."""
    row = await pool.fetchrow(
        """
        SELECT t.id, t.label, t.finished_at, f.answered_at, coalesce(f.changes, 0) AS changes,
               NULL::timestamptz AS next_started_at
          FROM ticket t
          LEFT JOIN feedback f ON f.centre_id = t.centre_id AND f.ticket_id = t.id
         WHERE t.centre_id = $1 AND t.id = $2 AND t.state = 'finished'
        """,
        centre_id,
        ticket_id,
    )
    return None if row is None else _visit(row)


async def read_last_visit(
    pool: Pool, centre_id: int, *, window: int, since: datetime, at: datetime
) -> Visit | None:
    """Return the last visit that ended at a window, if it ended between two moments."""
    row = await pool.fetchrow(
        """
        SELECT t.id, t.label, t.finished_at, f.answered_at, coalesce(f.changes, 0) AS changes,
               (SELECT n.started_at FROM ticket n
                 WHERE n.centre_id = $1 AND n.window_number = $2 AND n.state = 'serving')
                   AS next_started_at
          FROM ticket_event e
          JOIN ticket t ON t.centre_id = e.centre_id AND t.id = e.ticket_id
           AND t.state = 'finished' AND t.window_number = $2
          LEFT JOIN feedback f ON f.centre_id = t.centre_id AND f.ticket_id = t.id
         WHERE e.centre_id = $1 AND e.event = 'finish' AND e.window_number = $2
           AND e.revision > (SELECT revision - 2000 FROM centre_head WHERE centre_id = $1)
           AND t.finished_at BETWEEN $3 AND $4
         ORDER BY e.revision DESC LIMIT 1
        """,
        centre_id,
        window,
        since,
        at,
    )
    return None if row is None else _visit(row)


async def keep_answer(
    pool: Pool,
    centre_id: int,
    *,
    ticket_id: UUID,
    given: Given,
    channel: FeedbackChannel,
    at: datetime,
) -> Outcome:
    """Keep an answer, or change the one there is while that may be."""

    async def work(connection: Connection) -> Answer:
        row = await connection.fetchrow(
            """
            SELECT t.id, t.label, t.finished_at, t.service, f.answered_at,
                   coalesce(f.changes, 0) AS changes, NULL::timestamptz AS next_started_at,
                   f.score, f.reasons, f.last_at, x.text
              FROM ticket t
              LEFT JOIN feedback f ON f.centre_id = t.centre_id AND f.ticket_id = t.id
              LEFT JOIN feedback_text x ON x.centre_id = t.centre_id AND x.ticket_id = t.id
             WHERE t.centre_id = $1 AND t.id = $2 AND t.state = 'finished'
            """,
            centre_id,
            ticket_id,
        )
        if row is None or not _visit(row).may_answer(channel, at):
            return {"outcome": "closed"}
        moment = max(at, row["last_at"] or at)
        reasons = sorted(given.reasons)
        is_same = (row["score"], row["reasons"]) == (given.score, reasons)
        if is_same and row["text"] == given.text:
            return {"outcome": "as-before"}
        if not is_same:
            await _record(connection, centre_id, row, given, reasons, channel, moment)
        await _write(connection, centre_id, row, given, reasons, moment)
        await _write_text(connection, centre_id, row, given.text, moment)
        return {"outcome": "kept"}

    answer = await run_command(pool, centre_id, claim=None, at=at, work=work)
    outcome: Outcome = answer["outcome"]
    return outcome


async def count_answers(
    pool: Pool, centre_id: int, *, bounds: Sequence[datetime]
) -> tuple[WeekCount, ...]:
    """Count answers by service in each span between two neighbouring bounds."""
    if len(bounds) < 2:
        return ()
    rows = await pool.fetch(
        """
        SELECT width_bucket(answered_at, $2::timestamptz[]) - 1 AS nth, service,
               count(*) AS answers, count(*) FILTER (WHERE score = 'satisfied') AS satisfied
          FROM feedback
         WHERE centre_id = $1 AND answered_at >= $3 AND answered_at < $4
         GROUP BY 1, 2
        """,
        centre_id,
        bounds,
        bounds[0],
        bounds[-1],
    )
    return tuple(WeekCount(**dict(row)) for row in rows)


async def count_answers_from_events(
    pool: Pool, centre_id: int, *, bounds: Sequence[datetime]
) -> tuple[WeekCount, ...]:
    """Count the same from the events alone: the first of a ticket says when, its last says what."""
    rows = await pool.fetch(
        """
        SELECT width_bucket(answered_at, $2::timestamptz[]) - 1 AS nth, service,
               count(*) AS answers, count(*) FILTER (WHERE score = 'satisfied') AS satisfied
          FROM (SELECT min(at) AS answered_at,
                       (array_agg(service ORDER BY revision))[1] AS service,
                       (array_agg(score ORDER BY revision DESC))[1] AS score
                  FROM feedback_event WHERE centre_id = $1 GROUP BY ticket_id) e
         WHERE answered_at >= $3 AND answered_at < $4
         GROUP BY 1, 2
        """,
        centre_id,
        bounds,
        bounds[0],
        bounds[-1],
    )
    return tuple(WeekCount(**dict(row)) for row in rows)


async def count_reasons(
    pool: Pool, centre_id: int, *, start: datetime, end: datetime
) -> tuple[tuple[str, int], ...]:
    """Count how often each reason was given."""
    rows = await pool.fetch(
        "SELECT reason, count(*) AS n FROM feedback f CROSS JOIN unnest(f.reasons) reason"
        " WHERE f.centre_id = $1 AND f.answered_at >= $2 AND f.answered_at < $3 GROUP BY reason",
        centre_id,
        start,
        end,
    )
    return tuple((row["reason"], row["n"]) for row in rows)


async def read_texts(
    pool: Pool, centre_id: int, *, start: datetime, end: datetime, least: int
) -> tuple[str, ...]:
    """Return citizens' words in no order of time and of nobody's visit; none of fewer than so many.

    Their order is that of their hashes, so that it tells nothing either.
    """
    rows = await pool.fetch(
        "SELECT text FROM feedback_text"
        " WHERE centre_id = $1 AND answered_at >= $2 AND answered_at < $3 ORDER BY md5(text)",
        centre_id,
        start,
        end,
    )
    return tuple(row["text"] for row in rows) if len(rows) >= least else ()


async def delete_texts(pool: Pool, centre_id: int, *, before: datetime) -> int:
    """Erase citizens' words that were given before a moment; the answers stay."""
    gone = await pool.fetch(
        "DELETE FROM feedback_text WHERE centre_id = $1 AND answered_at < $2 RETURNING 1",
        centre_id,
        before,
    )
    return len(gone)


async def _record(
    connection: Connection,
    centre_id: int,
    row: Record,
    given: Given,
    reasons: Sequence[str],
    channel: FeedbackChannel,
    at: datetime,
) -> None:
    await connection.execute(
        """
        INSERT INTO feedback_event (centre_id, revision, ticket_id, at, event, score, reasons,
               service, channel)
        SELECT $1, h.revision + 1, $2, $3, $4, $5, $6, $7, $8
          FROM centre_head h WHERE h.centre_id = $1
        """,
        centre_id,
        row["id"],
        at,
        "answer" if row["answered_at"] is None else "change",
        given.score,
        reasons,
        row["service"],
        channel,
    )


async def _write(
    connection: Connection,
    centre_id: int,
    row: Record,
    given: Given,
    reasons: Sequence[str],
    at: datetime,
) -> None:
    await connection.execute(
        """
        INSERT INTO feedback AS f (centre_id, ticket_id, score, reasons, service, answered_at,
               last_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT ON CONSTRAINT feedback_pk DO UPDATE
           SET score = $3, reasons = $4, last_at = $6, changes = f.changes + 1
        """,
        centre_id,
        row["id"],
        given.score,
        reasons,
        row["service"],
        at,
    )


async def _write_text(
    connection: Connection, centre_id: int, row: Record, text: str | None, at: datetime
) -> None:
    if text is None:
        await connection.execute(
            "DELETE FROM feedback_text WHERE centre_id = $1 AND ticket_id = $2",
            centre_id,
            row["id"],
        )
        return
    await connection.execute(
        """
        INSERT INTO feedback_text (centre_id, ticket_id, text, answered_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT feedback_text_pk DO UPDATE SET text = $3
        """,
        centre_id,
        row["id"],
        text,
        row["answered_at"] or at,
    )


def _visit(row: Record) -> Visit:
    return Visit(
        ticket_id=row["id"],
        label=row["label"],
        finished_at=row["finished_at"],
        answered_at=row["answered_at"],
        changes=row["changes"],
        next_started_at=row["next_started_at"],
    )
