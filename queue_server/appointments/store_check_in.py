"""The SQL of a check-in: number and booking in one transaction, once; and of dated numbers."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.appointments.model import Appointment, Via
from queue_server.appointments.store_change import require_allowed
from queue_server.appointments.store_people import person_of
from queue_server.appointments.store_reading import read_appointment
from queue_server.tickets.arrival import arrival_of, is_in_grace
from queue_server.tickets.errors import (
    ActNotAllowed,
    CheckedInAlready,
    NotTheDay,
    OfAnotherDay,
    about_ticket,
)
from queue_server.tickets.issuing import IssueRequest, issue_row, refusal_of
from queue_server.tickets.lifecycle import allowed_acts
from queue_server.tickets.model import Actor, Centre, Claim, Language, Priority, Ticket, Told
from queue_server.tickets.store_change import change_ticket
from queue_server.tickets.store_command import Answer, read_ticket, run_command
from queue_server.tickets.store_issue import issue_batch
from queue_server.tickets.store_policy import read_policy


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A booking that was checked in, and its number as it stands."""

    appointment: Appointment
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class PlaceInLine:
    """Where the number of a check-in will stand."""

    arrived_at: datetime
    """What its rank is counted from, before the credit is taken off."""
    is_late: bool
    """It was checked in outside the grace: the slot says nothing any more."""
    requests: int


@dataclass(frozen=True, slots=True)
class Foretold:
    """The wait that is foreseen for the number, and for which place in line."""

    place: PlaceInLine
    told: Told


async def place_in_line(
    database: Pool | Connection,
    centre_id: int,
    before: Appointment,
    *,
    at: datetime,
    priority: Priority,
) -> PlaceInLine:
    """Return where the holder of a booking stands who checks in at that moment."""
    policy = await read_policy(database, centre_id)
    graces = {"early_grace_s": policy.early_grace_s, "late_grace_s": policy.late_grace_s}
    credit_s, largest_credit_s = await _credits(database, centre_id, priority)
    return PlaceInLine(
        arrived_at=arrival_of(
            before.starts_at, at, **graces, credit_s=credit_s, largest_credit_s=largest_credit_s
        ),
        is_late=not is_in_grace(before.starts_at, at, **graces),
        requests=policy.requests_at_most if before.kind == "drop_off" else 1,
    )


async def check_in(
    pool: Pool,
    centre: Centre,
    *,
    at: datetime,
    today: date,
    appointment_id: UUID,
    new_ticket_id: UUID,
    via: Via,
    actor: Actor,
    priority: Priority = "none",
    device_id: UUID | None = None,
    language: Language | None = None,
    only_once: bool = False,
    foretold: Foretold | None = None,
    claim: Claim | None = None,
) -> CheckIn:
    """Give the number of an appointment; checked in before, its number is answered as it stands.

    `only_once` refuses that: a machine would print a second slip of one number. `foretold` is said
    if the place is still the one that it was foreseen for; else the closed formula's wait is.

    Within the grace the place in line is that of the slot, else that of now. A number that was
    taken back, as of a slip that never came out, is followed by a new one. Raises
    UnknownAppointment, AppointmentActNotAllowed, CheckedInAlready, NotTheDay, ServiceClosed,
    HasANumber, KeyReused, KeyAbandoned.
    """

    async def work(connection: Connection) -> Answer:
        before = await read_appointment(connection, centre.id, appointment_id)
        if before.ticket_id is not None:
            ticket = await read_ticket(connection, centre.id, before.ticket_id)
            if ticket.state != "void":
                if only_once:
                    raise about_ticket(CheckedInAlready, ticket)
                return {"ticket": str(ticket.id), "appointment": str(before.id)}
        require_allowed("check_in", before)
        if before.day != today:
            raise NotTheDay(state="over" if before.day < today else "to come")
        place = await place_in_line(connection, centre.id, before, at=at, priority=priority)
        await _issue(
            connection,
            centre,
            before,
            at=at,
            today=today,
            ticket_id=new_ticket_id,
            place=place,
            told=foretold.told if foretold is not None and foretold.place == place else None,
            priority=priority,
            device_id=device_id,
            language=language or before.language,
            actor=actor,
        )
        await _note(
            connection,
            centre.id,
            before,
            at=at,
            ticket_id=new_ticket_id,
            is_late=place.is_late,
            via=via,
            actor=actor,
        )
        return {"ticket": str(new_ticket_id), "appointment": str(before.id)}

    answer = await run_command(pool, centre.id, claim=claim, at=at, work=work)
    async with pool.snapshot() as connection:
        return CheckIn(
            await read_appointment(connection, centre.id, UUID(answer["appointment"])),
            await read_ticket(connection, centre.id, UUID(answer["ticket"])),
        )


async def note_presence(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    today: date,
    ticket_id: UUID,
    actor: Actor,
    claim: Claim | None = None,
) -> Ticket:
    """Note that the holder of a dated number is here, once; its place stays as it is.

    Dated are numbers kept from an earlier day. The number of an appointment came by its check-in
    and is answered as it is. Raises UnknownTicket, OfAnotherDay, ActNotAllowed, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        before = await read_ticket(connection, centre_id, ticket_id)
        if before.carried_from is None and before.appointment_id is None:
            raise about_ticket(ActNotAllowed, before, allowed_acts(before.state))
        if before.business_day != today:
            raise about_ticket(OfAnotherDay, before, allowed_acts(before.state))
        is_known = before.carried_from is None or await connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM ticket_event"
            " WHERE centre_id = $1 AND ticket_id = $2 AND event = 'check_in')",
            centre_id,
            ticket_id,
        )
        if not is_known:
            await change_ticket(connection, centre_id, before, at=at, event="check_in", actor=actor)
        return {"ticket": str(ticket_id)}

    answer = await run_command(pool, centre_id, claim=claim, at=at, work=work)
    async with pool.acquire() as connection:
        return await read_ticket(connection, centre_id, UUID(answer["ticket"]))


async def _credits(
    database: Pool | Connection, centre_id: int, priority: Priority
) -> tuple[int, int]:
    """Return the credit of a priority and the largest of all, in seconds."""
    row = await database.fetchrow(
        """
        SELECT coalesce(max(credit_s) FILTER (WHERE priority = $2), 0) AS own,
               coalesce(max(credit_s), 0) AS largest
          FROM priority_credit WHERE centre_id = $1
        """,
        centre_id,
        priority,
    )
    return (0, 0) if row is None else (row["own"], row["largest"])


async def _note(
    connection: Connection,
    centre_id: int,
    before: Appointment,
    *,
    at: datetime,
    ticket_id: UUID,
    is_late: bool,
    via: Via,
    actor: Actor,
) -> None:
    """Write down that the appointment became this number."""
    await connection.execute(
        """
        WITH head AS (
            SELECT revision + 1 AS revision FROM centre_head WHERE centre_id = $1
        ), changed AS (
            UPDATE appointment a SET state = 'checked_in', ticket_id = $4, is_late = $5,
                   last_at = greatest($6, a.last_at), checked_in_at = greatest($6, a.last_at),
                   revision = head.revision
              FROM head WHERE a.centre_id = $1 AND a.id = $2 AND a.state = $3
            RETURNING a.*
        )
        INSERT INTO appointment_event (centre_id, revision, appointment_id, at, event, from_state,
               to_state, via, actor_kind, actor_id, detail)
        SELECT $1, c.revision, c.id, c.last_at, 'check_in', $3, 'checked_in', $7, $8, $9,
               jsonb_build_object('ticket', c.ticket_id, 'is_late', c.is_late)
          FROM changed c
        """,
        centre_id,
        before.id,
        before.state,
        ticket_id,
        is_late,
        at,
        via,
        actor.kind,
        actor.id,
    )


async def _issue(
    connection: Connection,
    centre: Centre,
    before: Appointment,
    *,
    at: datetime,
    today: date,
    ticket_id: UUID,
    place: PlaceInLine,
    told: Told | None,
    priority: Priority,
    device_id: UUID | None,
    language: Language,
    actor: Actor,
) -> None:
    """Give a number of that id inside this command. Raises what issue refuses."""
    request = IssueRequest(
        actor=actor,
        channel="appointment",
        service=before.service,
        priority=priority,
        language=language,
        device_id=device_id,
        requests=place.requests,
        arrived_at=place.arrived_at,
        appointment_id=before.id,
        person=await person_of(connection, centre.id, before.id),
    )
    row = issue_row(request, ticket_id, scope=None)
    if told is not None:
        row.tell(told)
    [(outcome, ticket)] = await issue_batch(connection, centre.id, day=today, at=at, rows=[row])
    if outcome != "issued" or ticket is None:
        raise refusal_of(outcome, request, ticket)
