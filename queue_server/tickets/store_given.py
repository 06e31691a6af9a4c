"""The SQL of a number that a kiosk delivers: made, known, or merged with what a desk made of it.

One (device, key) is one ticket, whichever process and connection hears it and however often.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from core_services.calendar import business_day, day_bounds
from core_services.database.pool import Connection, Pool
from core_services.ids import new_id, new_token
from queue_server.tickets import changes
from queue_server.tickets.errors import LabelTaken, about_ticket
from queue_server.tickets.late import (
    MOST_REQUESTS,
    Arrival,
    Cut,
    Given,
    arrival_of_given,
    day_of_given,
)
from queue_server.tickets.lifecycle import IN_LINE, says_more
from queue_server.tickets.model import Actor, Centre, PaperMark, Ticket, TicketState
from queue_server.tickets.numbering import label_of
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_change import write_change
from queue_server.tickets.store_command import read_ticket
from queue_server.tickets.store_late import (
    LateNumber,
    Step,
    find_by_label,
    insert_late,
    known_service,
)
from queue_server.tickets.store_policy import read_credit
from queue_server.tickets.store_take_back import abandon_now

Outcome = Literal["made", "merged", "known", "refused"]

STILL_HEARD_S = 10
"""Two heartbeats: who said nothing for longer is cut off, as the trigger `note_cut` has it."""


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A delivered number as the supervisor sees it."""

    label: str
    outcome: Outcome
    arrived_at: datetime
    received_at: datetime
    ticket_id: UUID
    device: str
    state: TicketState
    """Of its ticket, or of the one that has its label."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A delivered number with its day and arrival, as they are believed."""

    given: Given
    day: date
    arrival: Arrival
    received_at: datetime

    @property
    def label(self) -> str:
        return label_of(self.given.series, self.given.number)


async def give(pool: Pool, centre: Centre, *, at: datetime, given: Given) -> Ticket:
    """Make the ticket of a delivered number, once, and return it as it stands.

    The command that the kiosk gave up before is given up in the same commit, also where the number
    is refused. Raises LabelTaken when another number has its label on that day.
    """
    async with pool.transaction() as connection:
        await connection.execute("SELECT lock_centre($1)", centre.id)
        kept = await connection.fetchrow(
            "SELECT ticket_id, outcome FROM ticket_given"
            " WHERE centre_id = $1 AND device_id = $2 AND key = $3",
            centre.id,
            given.device_id,
            given.key,
        )
        if kept is not None:
            ticket, outcome = await read_ticket(connection, centre.id, kept["ticket_id"]), kept[1]
        else:
            if given.abandons is not None:
                await abandon_now(
                    connection,
                    centre.id,
                    at=at,
                    claim=given.abandons,
                    actor=Actor("device", given.device_id),
                )
            placed = await _place(connection, centre, given, at=at)
            ticket, outcome = await _settle(connection, centre, placed)
            await _keep(connection, centre.id, placed, ticket, outcome)
    if outcome == "refused":
        raise about_ticket(LabelTaken, ticket)
    return ticket


async def _place(connection: Connection, centre: Centre, given: Given, *, at: datetime) -> _Placed:
    """Decide from which day a number is and when its holder came."""
    rows = await connection.fetch(
        "SELECT lost_at, back_at FROM device_cut WHERE centre_id = $1 AND device_id = $2"
        " ORDER BY back_at",
        centre.id,
        given.device_id,
    )
    heard_at = await connection.fetchval(
        """
        SELECT coalesce(p.seen_at, d.created_at) FROM device d
          LEFT JOIN device_presence p ON p.centre_id = d.centre_id AND p.device_id = d.id
         WHERE d.centre_id = $1 AND d.id = $2
        """,
        centre.id,
        given.device_id,
    )
    cuts = [Cut(row["lost_at"], row["back_at"]) for row in rows]
    if (at - heard_at).total_seconds() > STILL_HEARD_S:
        cuts.append(Cut(heard_at, at))
    arrival = arrival_of_given(
        cuts, claimed_at=given.claimed_at, heard_at=min(heard_at, at), received_at=at
    )
    day = day_of_given(
        given.day,
        business_day(arrival.at, centre.zone, centre.cut_over),
        first_possible=business_day(arrival.not_before, centre.zone, centre.cut_over),
        today=business_day(at, centre.zone, centre.cut_over),
        is_servers=given.ticket_id is not None,
    )
    return _Placed(given, day, arrival, at)


async def _settle(
    connection: Connection, centre: Centre, placed: _Placed
) -> tuple[Ticket, Outcome]:
    given = placed.given
    if given.ticket_id is not None:
        known = await connection.fetchrow(
            "SELECT * FROM ticket WHERE centre_id = $1 AND id = $2", centre.id, given.ticket_id
        )
        if known is not None:
            return ticket_of(known), "known"
    found = await find_by_label(connection, centre.id, day=placed.day, label=placed.label)
    if found is None:
        return await _make(connection, centre, placed), "made"
    delivered = await connection.fetch(
        "SELECT key, outcome FROM ticket_given WHERE centre_id = $1 AND ticket_id = $2"
        " AND outcome <> 'refused'",
        centre.id,
        found.id,
    )
    if any(row["key"] == given.key for row in delivered):  # by the same machine, registered anew
        return found, "known"
    if found.channel == "adopted" and not delivered:
        return await _merge(connection, centre, placed, found), "merged"
    return found, "refused"


async def _make(connection: Connection, centre: Centre, placed: _Placed) -> Ticket:
    """Put a number into line, or among the lapsed of its day; one that nobody holds is void."""
    given, at = placed.given, placed.received_at
    if given.ticket_id is not None:
        await _count_on(connection, centre.id, placed)
    is_over = placed.day < business_day(at, centre.zone, centre.cut_over)
    moment = placed.arrival.at if is_over else at
    steps = [Step("issue", "none", "unconfirmed", moment)]
    if given.mark == "failed":
        steps.append(Step("void", "unconfirmed", "void", moment, reason="no_paper"))
    else:
        steps.append(Step("confirm", "unconfirmed", "waiting", moment, reason=given.mark))
        if is_over:
            _, ends = day_bounds(placed.day, centre.zone, centre.cut_over)
            steps.append(Step("lapse", "waiting", "lapsed", min(max(ends, moment), at)))
    late = LateNumber(
        id=given.ticket_id or new_id(at),
        token=await _token(connection, given.token),
        day=placed.day,
        series=given.series,
        number=given.number,
        service=await known_service(connection, centre.id, given.service),
        priority=given.priority,
        language=given.language,
        requests=min(given.requests, MOST_REQUESTS),
        channel=given.channel,
        device_id=given.device_id,
        mark=given.mark,
        arrived_at=placed.arrival.at,
        heard_at=at,
        steps=tuple(steps),
        detail={"taken_at": given.claimed_at},
        is_recorded=is_over,
    )
    return await insert_late(connection, centre.id, late, actor=Actor("device", given.device_id))


async def _merge(connection: Connection, centre: Centre, placed: _Placed, before: Ticket) -> Ticket:
    """Tell the desk's ticket what the kiosk knows; what people set or did stays as it is."""
    given, at = placed.given, placed.received_at
    after = before
    service = await known_service(connection, centre.id, given.service)
    if before.service is None:
        after = replace(after, service=service)
    priority = given.priority if before.priority == "none" else before.priority
    arrived_at = before.arrived_at
    if not await _has_told_arrival(connection, centre.id, before):
        arrived_at = min(before.arrived_at, placed.arrival.at)
    if before.state in IN_LINE and not before.returns:
        credit_s = await read_credit(connection, centre.id, priority)
        after = changes.reprioritised(
            after, priority, at=at, arrived_at=arrived_at, credit_s=credit_s
        )
    elif before.state != "void":
        after = replace(after, priority=priority)
    mark = given.mark if says_more(given.mark, before.paper) else before.paper
    detail = {
        "taken_at": given.claimed_at,
        "arrived_at": placed.arrival.at,
        "service": None if after.service == before.service else after.service,
        "priority": None if after.priority == before.priority else after.priority,
        "rank_at": None if after.rank_at == before.rank_at else after.rank_at,
    }
    await write_change(
        connection,
        centre.id,
        before,
        replace(after, last_at=changes.moment_of(before, at)),
        event="given",
        actor=Actor("device", given.device_id),
        reason=given.mark,
        detail={name: fact for name, fact in detail.items() if fact is not None},
    )
    return await _note_slip(connection, centre.id, before, given, mark)


async def _note_slip(
    connection: Connection, centre_id: int, ticket: Ticket, given: Given, mark: PaperMark
) -> Ticket:
    """Keep whose slip it is and what is known of it; its address leads here from now on.

    Where the server has ordered a slip itself, the address on that one stays.
    """
    row = await connection.fetchrow(
        """
        UPDATE ticket t
           SET device_id = coalesce(t.device_id, $3), paper = $4, language = $5,
               requests = greatest(t.requests, $6),
               token = CASE WHEN $7::text IS NULL
                              OR EXISTS (SELECT 1 FROM ticket o WHERE o.token = $7)
                              OR EXISTS (SELECT 1 FROM ticket_event e
                                          WHERE e.centre_id = $1 AND e.ticket_id = $2
                                            AND e.event = 'reprint')
                            THEN t.token ELSE $7 END
         WHERE t.centre_id = $1 AND t.id = $2
        RETURNING *
        """,
        centre_id,
        ticket.id,
        given.device_id,
        mark,
        given.language,
        min(given.requests, MOST_REQUESTS),
        given.token,
    )
    if row is None:
        raise LookupError(f"the ticket {ticket.id} has gone")
    return ticket_of(row)


async def _has_told_arrival(connection: Connection, centre_id: int, ticket: Ticket) -> bool:
    """Say whether the desk typed when the holder came."""
    told: bool = await connection.fetchval(
        """
        SELECT coalesce((SELECT detail -> 'told_arrival' IS NOT NULL FROM ticket_event
                          WHERE centre_id = $1 AND ticket_id = $2 AND event = 'issue'), false)
        """,
        centre_id,
        ticket.id,
    )
    return told


async def _token(connection: Connection, said: str | None) -> str:
    """Return the end of the slip's address, or a new one where it bears none that is free."""
    if said is None:
        return new_token()
    is_taken = await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM ticket WHERE token = $1)", said
    )
    return new_token() if is_taken else said


async def _count_on(connection: Connection, centre_id: int, placed: _Placed) -> None:
    """Let the day's counter go on above a number that a server had issued before its restore."""
    await connection.execute(
        """
        INSERT INTO label_counter AS c (centre_id, business_day, series, last_number)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT label_counter_pk
            DO UPDATE SET last_number = greatest(c.last_number, excluded.last_number)
        """,
        centre_id,
        placed.day,
        placed.given.series,
        placed.given.number,
    )


async def _keep(
    connection: Connection, centre_id: int, placed: _Placed, ticket: Ticket, outcome: Outcome
) -> None:
    given = placed.given
    await connection.execute(
        """
        INSERT INTO ticket_given (centre_id, device_id, key, ticket_id, business_day, label,
                                  outcome, taken_at, arrived_at, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        centre_id,
        given.device_id,
        given.key,
        ticket.id,
        placed.day,
        placed.label,
        outcome,
        given.claimed_at,
        placed.arrival.at,
        placed.received_at,
    )


async def given_on(pool: Pool, centre_id: int, *, day: date, limit: int) -> list[GivenRow]:
    """Return the numbers that were delivered for a business day, the latest delivery first."""
    rows = await pool.fetch(
        """
        SELECT g.label, g.outcome, g.arrived_at, g.received_at, g.ticket_id, d.name, t.state
          FROM ticket_given g
          JOIN device d ON d.centre_id = g.centre_id AND d.id = g.device_id
          JOIN ticket t ON t.centre_id = g.centre_id AND t.id = g.ticket_id
         WHERE g.centre_id = $1 AND g.business_day = $2 AND g.outcome <> 'known'
         ORDER BY g.received_at DESC, g.label DESC LIMIT $3
        """,
        centre_id,
        day,
        limit,
    )
    return [GivenRow(*row) for row in rows]
