"""The SQL of what a kiosk takes back: a key that it gave up, and whose number nobody can hold."""

from datetime import datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets.lifecycle import IN_LINE
from queue_server.tickets.model import Actor, Claim, Ticket
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_change import change_ticket
from queue_server.tickets.store_command import ABANDONED, REFUSED, read_ticket


async def abandon(
    pool: Pool, centre_id: int, *, at: datetime, claim: Claim, actor: Actor
) -> Ticket | None:
    """Void the ticket that a given-up key made, or keep a tombstone that refuses the key for ever.

    Returns the ticket as it stands: void, or in its own state when somebody may hold it by then;
    None where the key made none and never will.
    """
    async with pool.transaction() as connection:
        await connection.execute("SELECT lock_centre($1)", centre_id)
        return await abandon_now(connection, centre_id, at=at, claim=claim, actor=actor)


async def abandon_now(
    connection: Connection, centre_id: int, *, at: datetime, claim: Claim, actor: Actor
) -> Ticket | None:
    """Do the same inside a command; the caller holds the centre's lock."""
    answer = await connection.fetchrow(
        "SELECT status, answer FROM command_claim WHERE centre_id = $1 AND scope = $2",
        centre_id,
        claim.scope,
    )
    if answer is None:
        await connection.execute(
            "INSERT INTO command_claim (centre_id, scope, fingerprint, at, status)"
            " VALUES ($1, $2, '', $3, $4)",
            centre_id,
            claim.scope,
            at,
            ABANDONED,
        )
        return None
    if answer["status"] in (ABANDONED, REFUSED):
        return None
    ticket = await read_ticket(connection, centre_id, UUID(answer["answer"]["ticket"]))
    if not await may_be_taken_back(connection, centre_id, ticket, actor):
        return ticket
    changed = await change_ticket(
        connection, centre_id, ticket, at=at, event="void", actor=actor, reason="abandoned"
    )
    return ticket_of(changed)


async def may_be_taken_back(
    connection: Connection, centre_id: int, ticket: Ticket, device: Actor
) -> bool:
    """Say whether a device may void a ticket: it is its own, and nobody can hold the number.

    So the ticket is unconfirmed, or waits for no reason but the device's silence: nobody said
    more of its paper than that it failed, and no slip of it was ordered again.
    """
    if ticket.device_id != device.id or ticket.state not in IN_LINE:
        return False
    somebody_spoke: bool = await connection.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM ticket_event
                        WHERE centre_id = $1 AND ticket_id = $2
                          AND (event = 'reprint'
                               OR event IN ('confirm', 'paper') AND reason <> 'failed'
                                  AND actor_kind <> 'system'))
        """,
        centre_id,
        ticket.id,
    )
    return not somebody_spoke
