"""The SQL of what clerks write: notes on a ticket, and replies to the counts of a window."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from core_services.ids import new_id
from queue_server.tickets.errors import ActNotAllowed, TicketOfAnother, about_ticket
from queue_server.tickets.lifecycle import IN_HAND, allowed_acts
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer, read_ticket, run_command


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
    window: int,
    text: str,
    actor: Actor,
    claim: Claim | None,
) -> None:
    """Keep a note on the ticket that the window has in hand.

    Raises UnknownTicket, ActNotAllowed (it is in no hand), TicketOfAnother, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        ticket = await read_ticket(connection, centre_id, ticket_id)
        if ticket.state not in IN_HAND:
            raise about_ticket(ActNotAllowed, ticket, allowed_acts(ticket.state))
        if ticket.window != window:
            raise about_ticket(TicketOfAnother, ticket)
        await connection.execute(
            "INSERT INTO ticket_note (centre_id, id, ticket_id, window_number, written_at,"
            " written_by, text) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            centre_id,
            new_id(at),
            ticket_id,
            window,
            at,
            actor.id,
            text,
        )
        return {}

    await run_command(pool, centre_id, claim=claim, at=at, work=work)


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
    """Keep a clerk's reply to the counts of a window on a day; a later one takes its place."""
    await pool.execute(
        "INSERT INTO window_reply (centre_id, business_day, window_number, written_by, written_at,"
        " text) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT ON CONSTRAINT window_reply_pk DO UPDATE SET text = $6, written_at = $5",
        centre_id,
        day,
        window,
        actor.id,
        at,
        text,
    )


async def read_replies(pool: Pool, centre_id: int, *, day: date) -> tuple[Reply, ...]:
    """Return the replies to a day's counts in the order of the hall."""
    rows = await pool.fetch(
        "SELECT window_number AS window, written_by, written_at AS at, text FROM window_reply"
        " WHERE centre_id = $1 AND business_day = $2 ORDER BY window_number, written_at",
        centre_id,
        day,
    )
    return tuple(Reply(**dict(row)) for row in rows)
