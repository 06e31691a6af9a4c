"""The SQL of the people behind tickets: sealed values beside a ticket, and who touched them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets.errors import HasANumber, about_ticket
from queue_server.tickets.issuing import PersonMarks
from queue_server.tickets.model import Actor, Claim, Ticket
from queue_server.tickets.policy import Policy
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_change import change_ticket, require_allowed
from queue_server.tickets.store_command import (
    Answer,
    read_row,
    read_ticket,
    run_command,
    ticket_to_act_on,
)
from queue_server.tickets.store_hands import require_own_ticket
from queue_server.tickets.store_policy import read_policy

PersonEvent = Literal["bind", "reveal", "claim_checked", "asked_again", "erase"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is kept of a ticket's person, still sealed."""

    phone: bytes | None
    national_id: bytes | None
    subjects: tuple[UUID, ...]
    """What it may have been sealed for: this ticket, those it was carried over from, a booking."""


async def bind_person(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    marks: PersonMarks,
    is_65: bool | None,
    actor: Actor,
    window: int | None,
    any_window: bool,
    claim: Claim | None,
) -> Ticket:
    """Keep who stands at the window; a called ticket is started by it, a former value replaced.

    `is_65` says what the card tells of the age; a claim of 65 is then noted as holding or failing.
    Raises UnknownTicket, ActNotAllowed, TicketOfAnother, WindowOfAnother, HasANumber, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        before = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        require_allowed("set_service", before)  # bound at the window, as the service is
        await require_own_ticket(
            connection, centre_id, before, window, actor, any_window=any_window
        )
        policy = await read_policy(connection, centre_id)
        other = await _live_ticket(
            connection,
            centre_id,
            day=day,
            phone=marks.phone_hashes if policy.one_live_per_phone else (),
            national_id=marks.national_id_hashes if policy.one_live_per_national_id else (),
            but=ticket_id,
        )
        if other is not None:
            raise about_ticket(HasANumber, other)
        if before.state == "called":
            started = await change_ticket(
                connection, centre_id, before, at=at, event="start", actor=actor, window=window
            )
            before = ticket_of(started)
        await connection.execute(
            """
            INSERT INTO ticket_person AS p (centre_id, ticket_id, business_day, at, phone_hash,
                   phone_sealed, national_id_hash, national_id_sealed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT ON CONSTRAINT ticket_person_pk DO UPDATE
               SET phone_hash = coalesce(excluded.phone_hash, p.phone_hash),
                   phone_sealed = coalesce(excluded.phone_sealed, p.phone_sealed),
                   national_id_hash = coalesce(excluded.national_id_hash, p.national_id_hash),
                   national_id_sealed = coalesce(excluded.national_id_sealed, p.national_id_sealed)
            """,
            centre_id,
            ticket_id,
            before.business_day,
            at,
            next(iter(marks.phone_hashes), None),
            marks.phone_sealed,
            next(iter(marks.national_id_hashes), None),
            marks.national_id_sealed,
        )
        await note(connection, centre_id, before, at=at, event="bind", actor=actor,
                   reason=_fields(marks))  # fmt: skip
        if is_65 is not None and before.priority == "age65":
            await note(connection, centre_id, before, at=at, event="claim_checked", actor=actor,
                       reason="holds" if is_65 else "fails")  # fmt: skip
        return await read_row(connection, centre_id, ticket_id)

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def require_no_other(
    connection: Connection, centre_id: int, ticket: Ticket, policy: Policy, *, day: date
) -> None:
    """Refuse to bring a ticket back to life while its person has another live number.

    The caller holds the centre's lock. Raises HasANumber.
    """
    if not (policy.one_live_per_phone or policy.one_live_per_national_id):
        return
    kept = await connection.fetchrow(
        "SELECT phone_hash, national_id_hash FROM ticket_person"
        " WHERE centre_id = $1 AND ticket_id = $2",
        centre_id,
        ticket.id,
    )
    if kept is None:
        return
    phone, national_id = kept["phone_hash"], kept["national_id_hash"]
    other = await _live_ticket(
        connection,
        centre_id,
        day=day,
        phone=[phone] if policy.one_live_per_phone and phone else (),
        national_id=[national_id] if policy.one_live_per_national_id and national_id else (),
        but=ticket.id,
    )
    if other is not None:
        raise about_ticket(HasANumber, other)


async def note_asked_again(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    ticket_id: UUID,
    marks: PersonMarks,
    actor: Actor,
    claim: Claim | None,
) -> None:
    """Note on a person's live ticket that a further number was asked for and refused."""

    async def work(connection: Connection) -> Answer:
        ticket = await read_ticket(connection, centre_id, ticket_id)
        await note(connection, centre_id, ticket, at=at, event="asked_again", actor=actor,
                   reason=_fields(marks))  # fmt: skip
        return {}

    await run_command(pool, centre_id, claim=claim, at=at, work=work)


async def note_reveal(
    pool: Pool, centre_id: int, *, at: datetime, since: datetime, ticket: Ticket, actor: Actor
) -> None:
    """Note who opened a person's data; once where the same one opened them after `since`."""

    async def work(connection: Connection) -> Answer:
        is_noted = await connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM ticket_person_event WHERE centre_id = $1"
            " AND ticket_id = $2 AND event = 'reveal' AND actor_kind = $3"
            " AND actor_id IS NOT DISTINCT FROM $4 AND at > $5)",
            centre_id,
            ticket.id,
            actor.kind,
            actor.id,
            since,
        )
        if not is_noted:
            await note(connection, centre_id, ticket, at=at, event="reveal", actor=actor)
        return {}

    await run_command(pool, centre_id, claim=None, at=at, work=work)


async def note(
    connection: Connection,
    centre_id: int,
    ticket: Ticket,
    *,
    at: datetime,
    event: PersonEvent,
    actor: Actor,
    reason: str | None = None,
) -> None:
    """Record what was done with a person's data, inside a command."""
    await connection.execute(
        """
        INSERT INTO ticket_person_event (centre_id, revision, at, event, ticket_id, state,
               window_number, actor_kind, actor_id, reason)
        SELECT $1, h.revision + 1, greatest($2, t.last_at), $3, t.id, t.state, t.window_number,
               $5, $6, $7
          FROM centre_head h JOIN ticket t ON t.centre_id = h.centre_id AND t.id = $4
         WHERE h.centre_id = $1
        """,
        centre_id,
        at,
        event,
        ticket.id,
        actor.kind,
        actor.id,
        reason,
    )


async def read_sealed(pool: Pool, centre_id: int, ticket_ids: Sequence[UUID]) -> dict[UUID, Sealed]:
    """Return what is kept of these tickets' people, by ticket; those without are missing."""
    rows = await pool.fetch(
        """
        SELECT p.ticket_id, p.phone_sealed, p.national_id_sealed, s.subjects
          FROM ticket_person p
         CROSS JOIN LATERAL (
               WITH RECURSIVE line AS (
                   SELECT t.id, t.carried_from, t.appointment_id FROM ticket t
                    WHERE t.centre_id = p.centre_id AND t.id = p.ticket_id
                   UNION ALL
                   SELECT t.id, t.carried_from, t.appointment_id
                     FROM ticket t JOIN line l ON t.id = l.carried_from
                    WHERE t.centre_id = p.centre_id)
               SELECT array_agg(l.id)
                      || coalesce(array_agg(a.first_id) FILTER (WHERE a.first_id IS NOT NULL), '{}')
                      AS subjects
                 FROM line l
                 LEFT JOIN appointment a ON a.centre_id = p.centre_id AND a.id = l.appointment_id) s
         WHERE p.centre_id = $1 AND p.ticket_id = ANY ($2)
        """,
        centre_id,
        ticket_ids,
    )
    return {
        UUID(int=row["ticket_id"].int): Sealed(
            row["phone_sealed"],
            row["national_id_sealed"],
            tuple(UUID(int=each.int) for each in row["subjects"]),
        )
        for row in rows
    }


async def read_claim(pool: Pool, centre_id: int, ticket_id: UUID) -> bool | None:
    """Return whether the card bore out the claim of 65; None while nobody has looked."""
    reason = await pool.fetchval(
        "SELECT reason FROM ticket_person_event WHERE centre_id = $1 AND ticket_id = $2"
        " AND event = 'claim_checked' ORDER BY revision DESC LIMIT 1",
        centre_id,
        ticket_id,
    )
    return None if reason is None else reason == "holds"


async def _live_ticket(
    connection: Connection,
    centre_id: int,
    *,
    day: date,
    phone: Sequence[bytes],
    national_id: Sequence[bytes],
    but: UUID | None,
) -> Ticket | None:
    """Return today's first ticket with one of these hashes that is in line or in hand."""
    if not phone and not national_id:
        return None
    row = await connection.fetchrow(
        """
        SELECT t.* FROM ticket_person p
          JOIN ticket t ON t.centre_id = p.centre_id AND t.id = p.ticket_id
         WHERE p.centre_id = $1 AND p.business_day = $2
           AND (p.phone_hash = ANY ($3) OR p.national_id_hash = ANY ($4))
           AND t.id IS DISTINCT FROM $5
           AND t.state IN ('unconfirmed', 'waiting', 'called', 'serving', 'parked')
         ORDER BY t.id LIMIT 1
        """,
        centre_id,
        day,
        phone,
        national_id,
        but,
    )
    return None if row is None else ticket_of(row)


def _fields(marks: PersonMarks) -> str:
    if marks.phone_hashes and marks.national_id_hashes:
        return "both"
    return "phone" if marks.phone_hashes else "national_id"
