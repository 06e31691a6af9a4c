"""The SQL of what clerks write: notes on a ticket, and replies to the counts of a window."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from core_services.database.pool import Connection, Pool
from core_services.ids import new_id
from queue_server.tickets.errors import ActNotAllowed, about_ticket
from queue_server.tickets.lifecycle import IN_HAND, allowed_acts
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer, read_ticket, run_command
from queue_server.tickets.store_hands import require_own_ticket


@dataclass(frozen=True, slots=True)
class Note:
    """What a clerk wrote down about a visit."""

    at: datetime
    window: int
    written_by: UUID
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a clerk says to the counts of a window on a day."""

    window: int
    written_by: UUID
    at: datetime
    text: str


async def write_note(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    ticket_id: UUID,
    window: int | None,
    text: str,
    actor: Actor,
    any_window: bool,
    claim: Claim | None,
) -> Note:
    """Keep a note on the ticket that the window has in hand; its event has no text.

    Without `any_window` the actor must have opened that window. Raises UnknownTicket, ActNotAllowed
    (it is in no hand), TicketOfAnother, WindowOfAnother, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        ticket = await read_ticket(connection, centre_id, ticket_id)
        if ticket.state not in IN_HAND:
            raise about_ticket(ActNotAllowed, ticket, allowed_acts(ticket.state))
        await require_own_ticket(
            connection, centre_id, ticket, window, actor, any_window=any_window
        )
        facts = await connection.fetchval(
            "INSERT INTO ticket_note AS n (centre_id, id, ticket_id, window_number, written_at,"
            " written_by, text) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING to_jsonb(n)",
            centre_id,
            new_id(at),
            ticket_id,
            ticket.window,
            at,
            actor.id,
            text,
        )
        await _record(
            connection,
            centre_id,
            "note",
            at=at,
            window=ticket.window,
            ticket=ticket_id,
            actor=actor,
        )
        return {**facts, "text": ""}

    facts = await run_command(pool, centre_id, claim=claim, at=at, work=work)
    return Note(
        at=datetime.fromisoformat(facts["written_at"]),
        window=facts["window_number"],
        written_by=UUID(facts["written_by"]),
        text=text,
    )


async def read_notes(pool: Pool, centre_id: int, ticket_id: UUID) -> tuple[Note, ...]:
    """Return the notes on a ticket, oldest first."""
    rows = await pool.fetch(
        "SELECT written_at AS at, window_number AS window, written_by, text FROM ticket_note"
        " WHERE centre_id = $1 AND ticket_id = $2 ORDER BY written_at, id",
        centre_id,
        ticket_id,
    )
    return tuple(Note(**dict(row)) for row in rows)


async def forget_notes(pool: Pool, centre_id: int, *, before: datetime) -> int:
    """Delete the notes written before then; return how many."""
    rows = await pool.fetch(
        "DELETE FROM ticket_note WHERE centre_id = $1 AND written_at < $2 RETURNING id",
        centre_id,
        before,
    )
    return len(rows)


async def write_reply(
    pool: Pool, centre_id: int, *, at: datetime, day: date, window: int, text: str, actor: Actor
) -> None:
    """Keep a clerk's reply to the counts of a window on a day; a later one takes its place.

    Each is an event without its text; the same text again changes nothing.
    """

    async def work(connection: Connection) -> Answer:
        changed = await connection.fetchval(
            "INSERT INTO window_reply AS r (centre_id, business_day, window_number, written_by,"
            " written_at, text) VALUES ($1, $2, $3, $4, $5, $6)"
            " ON CONFLICT ON CONSTRAINT window_reply_pk DO UPDATE SET text = $6,"
            " written_at = greatest($5, r.written_at) WHERE r.text <> $6 RETURNING true",
            centre_id,
            day,
            window,
            actor.id,
            at,
            text,
        )
        if changed:
            await _record(
                connection, centre_id, "reply", at=at, window=window, ticket=None, actor=actor
            )
        return {}

    await run_command(pool, centre_id, claim=None, at=at, work=work)


async def read_replies(pool: Pool, centre_id: int, *, day: date) -> tuple[Reply, ...]:
    """Return the replies to a day's counts in the order of the hall."""
    rows = await pool.fetch(
        "SELECT window_number AS window, written_by, written_at AS at, text FROM window_reply"
        " WHERE centre_id = $1 AND business_day = $2 ORDER BY window_number, written_at",
        centre_id,
        day,
    )
    return tuple(Reply(**dict(row)) for row in rows)


async def _record(
    connection: Connection,
    centre_id: int,
    event: Literal["note", "reply"],
    *,
    at: datetime,
    window: int | None,
    ticket: UUID | None,
    actor: Actor,
) -> None:
    await connection.execute(
        "INSERT INTO writing_event (centre_id, revision, ticket_id, window_number, at, event,"
        " actor_kind, actor_id)"
        " SELECT $1, h.revision + 1, $2, $3, $4, $5, $6, $7 FROM centre_head h"
        " WHERE h.centre_id = $1",
        centre_id,
        ticket,
        window,
        at,
        event,
        actor.kind,
        actor.id,
    )
