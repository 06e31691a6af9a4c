"""The SQL of short messages between supervisor and windows, and of who has read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from core_services.ids import new_id
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer, run_command
from queue_server.tickets.store_hands import require_own_window

Toward = Literal["window", "supervisor"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message and who has read it."""

    id: UUID
    toward: Toward
    window: int | None
    """The window it goes to or comes from; None: to all."""
    sent_at: datetime
    sent_by: UUID
    text: str
    read_by: tuple[UUID, ...]
    read_at_windows: tuple[int, ...]
    """The windows whose clerks have read it, in the order of the hall."""


async def send_message(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    toward: Toward,
    window: int | None,
    text: str,
    actor: Actor,
    any_window: bool,
    claim: Claim | None,
) -> UUID:
    """Keep a message and record that it was sent; the event has no text.

    Without `any_window` a message comes only from a window that the actor opened. Raises
    UnknownWindow, WindowOfAnother, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        if window is not None:
            may = any_window or toward == "window"
            await require_own_window(connection, centre_id, window, actor, any_window=may)
        message_id = new_id(at)
        await connection.execute(
            "INSERT INTO window_message (centre_id, id, toward, window_number, sent_at, sent_by,"
            " text) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            centre_id,
            message_id,
            toward,
            window,
            at,
            actor.id,
            text,
        )
        await _record(connection, centre_id, message_id, "sent", window=window, at=at, actor=actor)
        return {"id": str(message_id)}

    return UUID((await run_command(pool, centre_id, claim=claim, at=at, work=work))["id"])


async def mark_read(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    message_id: UUID,
    window: int | None,
    actor: Actor,
    any_window: bool,
    claim: Claim | None,
) -> None:
    """Note that somebody has read a message, once; one that is gone is passed over.

    At a `window` that is what was sent to it or to all, and without `any_window` the actor opened
    it; with None it is what a window sent. Raises UnknownWindow, WindowOfAnother, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        if window is not None:
            await require_own_window(connection, centre_id, window, actor, any_window=any_window)
        is_new = await connection.fetchval(
            "INSERT INTO window_message_read (centre_id, message_id, read_by, window_number,"
            " read_at) SELECT centre_id, id, $3, $4, greatest($5, sent_at) FROM window_message"
            " WHERE centre_id = $1 AND id = $2"
            "   AND CASE WHEN $4::smallint IS NULL THEN toward = 'supervisor'"
            "            ELSE toward = 'window' AND coalesce(window_number, $4) = $4 END"
            " ON CONFLICT ON CONSTRAINT window_message_read_pk DO NOTHING RETURNING true",
            centre_id,
            message_id,
            actor.id,
            window,
            at,
        )
        if is_new:
            await _record(
                connection, centre_id, message_id, "read", window=window, at=at, actor=actor
            )
        return {}

    await run_command(pool, centre_id, claim=claim, at=at, work=work)


async def unread_at_window(
    pool: Pool, centre_id: int, *, window: int, reader: UUID, since: datetime, limit: int
) -> tuple[Message, ...]:
    """Return what was sent to a window or to all since then and the reader has not read.

    The oldest come first.
    """
    rows = await pool.fetch(
        """
        SELECT m.id, m.toward, m.window_number, m.sent_at, m.sent_by, m.text,
               '{}'::uuid[] AS read_by, '{}'::smallint[] AS windows
          FROM window_message m
         WHERE m.centre_id = $1 AND m.toward = 'window' AND m.sent_at >= $4
           AND (m.window_number IS NULL OR m.window_number = $2) AND m.sent_by <> $3
           AND NOT EXISTS (SELECT 1 FROM window_message_read r WHERE r.centre_id = $1
                              AND r.message_id = m.id AND r.read_by = $3)
         ORDER BY m.sent_at, m.id LIMIT $5
        """,
        centre_id,
        window,
        reader,
        since,
        limit,
    )
    return tuple(_message(row) for row in rows)


async def unread_of_windows(
    pool: Pool, centre_id: int, *, since: datetime, limit: int
) -> tuple[Message, ...]:
    """Return what windows wrote to the supervisor since then and nobody has read, oldest first."""
    rows = await pool.fetch(
        """
        SELECT m.id, m.toward, m.window_number, m.sent_at, m.sent_by, m.text,
               '{}'::uuid[] AS read_by, '{}'::smallint[] AS windows
          FROM window_message m
         WHERE m.centre_id = $1 AND m.toward = 'supervisor' AND m.sent_at >= $2
           AND NOT EXISTS (SELECT 1 FROM window_message_read r
                            WHERE r.centre_id = $1 AND r.message_id = m.id)
         ORDER BY m.sent_at, m.id LIMIT $3
        """,
        centre_id,
        since,
        limit,
    )
    return tuple(_message(row) for row in rows)


async def read_messages(
    pool: Pool, centre_id: int, *, since: datetime, limit: int
) -> tuple[Message, ...]:
    """Return the messages since then, the latest first, with who has read each."""
    rows = await pool.fetch(
        """
        SELECT m.id, m.toward, m.window_number, m.sent_at, m.sent_by, m.text,
               coalesce(r.read_by, '{}') AS read_by, coalesce(r.windows, '{}') AS windows
          FROM window_message m
          LEFT JOIN LATERAL (
               SELECT array_agg(read_by ORDER BY read_at) AS read_by,
                      array_agg(DISTINCT window_number) FILTER (WHERE window_number IS NOT NULL)
                          AS windows
                 FROM window_message_read
                WHERE centre_id = m.centre_id AND message_id = m.id) r ON true
         WHERE m.centre_id = $1 AND m.sent_at >= $2
         ORDER BY m.sent_at DESC, m.id DESC LIMIT $3
        """,
        centre_id,
        since,
        limit,
    )
    return tuple(_message(row) for row in rows)


async def forget_messages(pool: Pool, centre_id: int, *, before: datetime) -> int:
    """Delete the messages sent before then; return how many. Their events stay."""
    rows = await pool.fetch(
        "DELETE FROM window_message WHERE centre_id = $1 AND sent_at < $2 RETURNING id",
        centre_id,
        before,
    )
    return len(rows)


async def _record(
    connection: Connection,
    centre_id: int,
    message_id: UUID,
    event: Literal["sent", "read"],
    *,
    window: int | None,
    at: datetime,
    actor: Actor,
) -> None:
    await connection.execute(
        "INSERT INTO window_message_event (centre_id, revision, message_id, window_number, at,"
        " event, actor_kind, actor_id)"
        " SELECT $1, h.revision + 1, $2, $3, $4, $5, $6, $7 FROM centre_head h"
        " WHERE h.centre_id = $1",
        centre_id,
        message_id,
        window,
        at,
        event,
        actor.kind,
        actor.id,
    )


def _message(row: Record) -> Message:
    return Message(
        id=row["id"],
        toward=row["toward"],
        window=row["window_number"],
        sent_at=row["sent_at"],
        sent_by=row["sent_by"],
        text=row["text"],
        read_by=tuple(row["read_by"]),
        read_at_windows=tuple(row["windows"]),
    )
