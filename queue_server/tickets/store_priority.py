"""The SQL of a corrected priority: the rank counted anew from the arrival, with its event."""

from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets import changes
from queue_server.tickets.arrival import arrival_of
from queue_server.tickets.errors import TicketOfAnother, about_ticket
from queue_server.tickets.lifecycle import IN_HAND
from queue_server.tickets.model import Actor, Claim, Priority, Ticket
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_change import require_allowed, write_change
from queue_server.tickets.store_command import Answer, read_row, run_command, ticket_to_act_on
from queue_server.tickets.store_hands import require_own_ticket
from queue_server.tickets.store_policy import read_credit, read_largest_credit, read_policy


async def correct_priority(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    priority: Priority,
    reason: str,
    actor: Actor,
    window: int | None,
    any_window: bool,
    claim: Claim | None,
) -> Ticket:
    """Give a ticket the priority that is its own; nothing changes where it has it already.

    Without `any_window` only the ticket in the hand of a window that the actor opened. Raises
    UnknownTicket, ActNotAllowed, TicketOfAnother, WindowOfAnother, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        before = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        require_allowed("set_priority", before)
        if before.state in IN_HAND:
            await require_own_ticket(
                connection, centre_id, before, window, actor, any_window=any_window
            )
        elif not any_window:
            raise about_ticket(TicketOfAnother, before)
        if before.priority == priority:
            return await read_row(connection, centre_id, ticket_id)
        credit_s = await read_credit(connection, centre_id, priority)
        if before.returns:
            credit_s = (await read_policy(connection, centre_id)).return_credit(credit_s)
        arrived_at = await _arrival(connection, centre_id, before, credit_s)
        after = changes.reprioritised(
            before, priority, at=at, arrived_at=arrived_at, credit_s=credit_s
        )
        return await write_change(
            connection,
            centre_id,
            before,
            after,
            event="set_priority",
            actor=actor,
            reason=reason,
            detail={
                "from": before.priority,
                "priority": priority,
                "rank_at": after.rank_at,
                **({} if arrived_at == before.arrived_at else {"arrived_at": arrived_at}),
            },
        )

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def _arrival(
    connection: Connection, centre_id: int, ticket: Ticket, credit_s: int
) -> datetime:
    """Return from when this ticket counts with another credit.

    Of a booked slot the credit decides it too: both together would be more than the rule promises
    those who came before. A number that came back, or from another day, counts from that.
    """
    if ticket.appointment_id is None or ticket.returns or ticket.carried_from is not None:
        return ticket.arrived_at
    slot: datetime | None = await connection.fetchval(
        "SELECT starts_at FROM appointment WHERE centre_id = $1 AND id = $2",
        centre_id,
        ticket.appointment_id,
    )
    if slot is None:
        return ticket.arrived_at
    policy = await read_policy(connection, centre_id)
    return arrival_of(
        slot,
        ticket.issued_at,
        early_grace_s=policy.early_grace_s,
        late_grace_s=policy.late_grace_s,
        credit_s=credit_s,
        largest_credit_s=await read_largest_credit(connection, centre_id),
    )
