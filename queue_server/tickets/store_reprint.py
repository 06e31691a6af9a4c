"""The SQL of an order for a slip: the act on the ticket and the kiosk's order, in one commit."""

from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from core_services.devices.store_presence import insert_command, is_ordered, withdraw_orders
from core_services.ids import new_id
from queue_server.tickets.model import Actor
from queue_server.tickets.store_change import change_ticket, require_allowed
from queue_server.tickets.store_command import Answer, run_command, ticket_to_act_on


async def order_reprint(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    device_id: UUID,
    actor: Actor,
    reason: str | None = None,
    is_only_one: bool = False,
) -> bool:
    """Order a marked slip of a ticket from a device; False while an earlier order is open there.

    `is_only_one` takes open orders at other devices back: the citizen stands at this one. Raises
    UnknownTicket, ActNotAllowed.
    """

    async def work(connection: Connection) -> Answer:
        ticket = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        require_allowed("reprint", ticket)
        if await is_ordered(
            connection, centre_id=centre_id, device_id=device_id, ticket_id=ticket_id
        ):
            return {"is_new": False}
        if is_only_one:
            await withdraw_orders(
                connection,
                centre_id=centre_id,
                ticket_id=ticket_id,
                other_than=device_id,
                at=at,
            )
        await change_ticket(
            connection, centre_id, ticket, at=at, event="reprint", actor=actor, reason=reason
        )
        await insert_command(
            connection,
            centre_id=centre_id,
            command_id=new_id(at),
            device_id=device_id,
            kind="reprint",
            payload={"ticket": str(ticket_id)},
            at=at,
        )
        return {"is_new": True}

    answer = await run_command(pool, centre_id, claim=None, at=at, work=work)
    return bool(answer["is_new"])
