"""The one shape of a command: lock, claim, work, record, all in one transaction.

A refusal is an answer too: it is kept under the command's key, committed, then raised.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets.errors import (
    REFUSALS,
    KeyAbandoned,
    KeyReused,
    Refused,
    UnknownTicket,
)
from queue_server.tickets.lifecycle import LAPSING
from queue_server.tickets.model import Claim, Ticket
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_day import lapse_now

ABANDONED = 410
"""The status kept under a key that its device gave up: it never makes a ticket."""

REFUSED = 409
"""The status kept under a key whose command the state forbade."""

Answer = dict[str, Any]


async def run_command(
    pool: Pool,
    centre_id: int,
    *,
    claim: Claim | None,
    at: datetime,
    work: Callable[[Connection], Awaitable[Answer]],
) -> Answer:
    """Run `work` once for its claim, under the centre's lock, and return its answer.

    A known key answers as it did the first time. Raises what `work` refuses, after the commit;
    KeyReused, KeyAbandoned; the database's own errors, after a rollback.
    """
    refusal: Refused | None = None
    answer: Answer = {}
    async with pool.transaction() as connection:
        await connection.execute("SELECT lock_centre($1)", centre_id)
        kept = await kept_answer(connection, centre_id, claim) if claim else None
        if kept is not None:
            if "refused" in kept:
                raise REFUSALS[kept["refused"]](**kept["facts"])
            return kept
        try:
            answer = await work(connection)
        except Refused as error:
            refusal = error
            answer = {"refused": type(error).__name__, "facts": error.facts}
        if claim is not None:
            await connection.execute(
                "INSERT INTO command_claim (centre_id, scope, fingerprint, at, status, answer)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                centre_id,
                claim.scope,
                claim.fingerprint,
                at,
                REFUSED if refusal else 200,
                answer,
            )
    if refusal is not None:
        raise refusal
    return answer


async def read_ticket(connection: Connection, centre_id: int, ticket_id: UUID) -> Ticket:
    """Read a ticket inside a command. Raises UnknownTicket."""
    row = await connection.fetchrow(
        "SELECT * FROM ticket WHERE centre_id = $1 AND id = $2", centre_id, ticket_id
    )
    if row is None:
        raise UnknownTicket(str(ticket_id))
    return ticket_of(row)


async def read_row(connection: Connection, centre_id: int, ticket_id: UUID) -> Answer:
    """Return a ticket's row as the answer of a command that left it as it was."""
    row = await connection.fetchval(
        "SELECT to_jsonb(t) FROM ticket t WHERE centre_id = $1 AND id = $2", centre_id, ticket_id
    )
    if row is None:
        raise UnknownTicket(str(ticket_id))
    return dict(row)


async def ticket_to_act_on(
    connection: Connection, centre_id: int, ticket_id: UUID, *, day: date, at: datetime
) -> Ticket:
    """Read a ticket for an act; one that an earlier day left in line or parked ends now."""
    ticket = await read_ticket(connection, centre_id, ticket_id)
    if ticket.business_day < day and ticket.state in LAPSING:
        await lapse_now(
            connection,
            centre_id,
            of_day=ticket.business_day,
            day=day,
            at=at,
            at_most=1,
            only=[ticket_id],
        )
        ticket = await read_ticket(connection, centre_id, ticket_id)
    return ticket


async def kept_answer(connection: Connection | Pool, centre_id: int, claim: Claim) -> Answer | None:
    """Return what was answered under a key, or None. Raises KeyReused, KeyAbandoned."""
    row = await connection.fetchrow(
        "SELECT fingerprint, status, answer FROM command_claim WHERE centre_id = $1 AND scope = $2",
        centre_id,
        claim.scope,
    )
    if row is None:
        return None
    if row["status"] == ABANDONED:
        raise KeyAbandoned(state="abandoned")
    if row["fingerprint"] != claim.fingerprint:
        raise KeyReused(state="key_reused")
    return dict(row["answer"])
