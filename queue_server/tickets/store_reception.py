"""The SQL of reception: slips ordered for numbers given along the line, and lost slips found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from core_services.devices.store_presence import insert_command
from queue_server.tickets.model import Actor, Channel, Claim, Priority, Ticket
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_change import require_allowed
from queue_server.tickets.store_command import Answer, run_command, ticket_to_act_on


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody at reception knows of a number; nothing but the day is needed."""

    label: str | None = None
    """The API's form."""
    arrived_at: datetime | None = None
    """About when the citizen came."""
    within_s: int = 0
    """How far from that moment, either way."""
    services: Sequence[str] | None = None
    priority: Priority | None = None
    channel: Channel | None = None


async def order_first_slip(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    device_id: UUID,
    actor: Actor,
) -> bool:
    """Order the unmarked slip of a number that has none yet; False when that was done before.

    The order has the ticket's own id, so that one ticket has one first slip however often this is
    asked, and from however many kiosks. Raises UnknownTicket, ActNotAllowed.
    """

    async def work(connection: Connection) -> Answer:
        ticket = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        require_allowed("reprint", ticket)
        is_new = await insert_command(
            connection,
            centre_id=centre_id,
            command_id=ticket_id,
            device_id=device_id,
            kind="reprint",
            payload={"ticket": str(ticket_id), "first": True},
            at=at,
        )
        if is_new:
            await _expect_paper(connection, centre_id, ticket, at=at, actor=actor, device=device_id)
        return {"is_new": is_new}

    answer = await run_command(pool, centre_id, claim=None, at=at, work=work)
    return bool(answer["is_new"])


async def issued_before(pool: Pool, centre_id: int, *, claim: Claim) -> UUID | None:
    """Return the ticket that this very claim made earlier, or None."""
    found: UUID | None = await pool.fetchval(
        "SELECT (answer ->> 'ticket')::uuid FROM command_claim"
        " WHERE centre_id = $1 AND scope = $2 AND fingerprint = $3 AND status = 201",
        centre_id,
        claim.scope,
        claim.fingerprint,
    )
    return found


async def silent_slips(pool: Pool, centre_id: int, *, issued_before: datetime) -> list[UUID]:
    """Return up to 100 numbers given along the line of whose slip no kiosk has spoken."""
    rows = await pool.fetch(
        "SELECT id FROM ticket WHERE centre_id = $1 AND channel = 'reception'"
        " AND paper = 'pending' AND issued_at < $2 ORDER BY issued_at, id LIMIT 100",
        centre_id,
        issued_before,
    )
    return [row["id"] for row in rows]


async def find_tickets(
    pool: Pool, centre_id: int, *, day: date, sought: Sought, limit: int
) -> tuple[Ticket, ...]:
    """Return the day's tickets that may be meant: those nearest to the moment told come first.

    Where no moment was told, the latest come first.
    """
    # The day is read apart: its label index begins with it, and a day has a thousand at most. Who
    # came back after a missed call counts from then on from that; here the first coming is meant.
    rows = await pool.fetch(
        """
        WITH of_day AS MATERIALIZED (
            SELECT *, least(arrived_at, issued_at) AS came_at FROM ticket
             WHERE centre_id = $1 AND business_day = $2 AND state <> 'void'
               AND ($3::text IS NULL OR label = $3)
               AND ($4::timestamptz IS NULL
                    OR abs(extract(epoch FROM least(arrived_at, issued_at) - $4)) <= $5::integer)
               AND ($6::text[] IS NULL OR service = ANY ($6))
               AND ($7::text IS NULL OR priority = $7)
               AND ($8::text IS NULL OR channel = $8)
        )
        SELECT * FROM of_day
         ORDER BY abs(extract(epoch FROM came_at - $4)), came_at DESC, id DESC LIMIT $9
        """,
        centre_id,
        day,
        sought.label,
        sought.arrived_at,
        sought.within_s,
        None if sought.services is None else list(sought.services),
        sought.priority,
        sought.channel,
        limit,
    )
    return tuple(ticket_of(row) for row in rows)


async def _expect_paper(
    connection: Connection,
    centre_id: int,
    ticket: Ticket,
    *,
    at: datetime,
    actor: Actor,
    device: UUID,
) -> None:
    """Note that a slip is on its way; from now on somebody is owed a word about it."""
    await connection.execute(
        """
        WITH head AS (
            SELECT revision + 1 AS revision FROM centre_head WHERE centre_id = $1
        ), changed AS (
            UPDATE ticket t
               SET paper = 'pending', last_at = greatest($3, t.last_at), revision = head.revision
              FROM head
             WHERE t.centre_id = $1 AND t.id = $2
            RETURNING t.*
        )
        INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state, to_state,
               queue, window_number, actor_kind, actor_id, reason, detail)
        SELECT $1, c.revision, c.id, c.last_at, 'paper', c.state, c.state, c.queue,
               c.window_number, $4, $5, 'pending', jsonb_build_object('device', $6::uuid)
          FROM changed c
        """,
        centre_id,
        ticket.id,
        at,
        actor.kind,
        actor.id,
        device,
    )
