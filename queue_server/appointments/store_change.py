"""The SQL of one act on a booking: the row and its event in one statement, under the lock."""

from datetime import datetime
from typing import Final
from uuid import UUID

from core_services.database.pool import Connection
from queue_server.appointments.codes import new_code
from queue_server.appointments.lifecycle import allowed_acts, state_after
from queue_server.appointments.model import Appointment, AppointmentEventKind, Slot, Via
from queue_server.tickets.errors import AppointmentActNotAllowed
from queue_server.tickets.model import Actor
from queue_server.tickets.store_command import Answer

_CODES_TRIED: Final = 5


def require_allowed(event: AppointmentEventKind, before: Appointment) -> None:
    """Raise AppointmentActNotAllowed unless the appointment's state allows the act."""
    if state_after(event, before.state) is None:
        raise AppointmentActNotAllowed(
            state=before.state, allowed=allowed_acts(before.state), service=before.service
        )


async def change_booking(
    connection: Connection,
    centre_id: int,
    before: Appointment,
    *,
    event: AppointmentEventKind,
    at: datetime,
    via: Via,
    actor: Actor,
) -> Answer:
    """Do an act that ends a booking, and return its row."""
    require_allowed(event, before)
    row = await connection.fetchrow(
        """
        WITH head AS (
            SELECT revision + 1 AS revision FROM centre_head WHERE centre_id = $1
        ), changed AS (
            UPDATE appointment a SET state = $4, last_at = greatest($5, a.last_at),
                   revision = head.revision
              FROM head WHERE a.centre_id = $1 AND a.id = $2 AND a.state = $3
            RETURNING a.*
        ), recorded AS (
            INSERT INTO appointment_event (centre_id, revision, appointment_id, at, event,
                   from_state, to_state, via, actor_kind, actor_id)
            SELECT $1, c.revision, c.id, c.last_at, $6, $3, $4, $7, $8, $9 FROM changed c
        )
        SELECT to_jsonb(c) AS appointment FROM changed c
        """,
        centre_id,
        before.id,
        before.state,
        state_after(event, before.state),
        at,
        event,
        via,
        actor.kind,
        actor.id,
    )
    if row is None:
        raise LookupError(f"appointment {before.id} changed under the lock")
    return dict(row["appointment"])


async def insert_booking(
    connection: Connection,
    centre_id: int,
    slot: Slot,
    *,
    appointment_id: UUID,
    first_id: UUID,
    service: str | None,
    kind: str,
    token: str,
    code: str | None,
    language: str,
    files: int,
    moves: int,
    at: datetime,
    via: Via,
    actor: Actor,
) -> Answer:
    """Insert a booking on the lowest free seat of a slot that has room, with its event.

    `code` is kept if nobody has it on that day; two bookings of a day never share one.
    """
    codes = [*([code] if code else []), *(new_code() for _ in range(_CODES_TRIED))]
    row = await connection.fetchrow(
        """
        WITH head AS (
            SELECT revision + 1 AS revision FROM centre_head WHERE centre_id = $1
        ), chosen AS (
            SELECT c.code FROM unnest($12::text[]) WITH ORDINALITY c (code, nth)
             WHERE NOT EXISTS (SELECT 1 FROM appointment a WHERE a.centre_id = $1 AND a.day = $7
                                  AND a.code = c.code AND a.state <> 'moved')
             ORDER BY c.nth LIMIT 1
        ), seat AS (
            SELECT min(n) AS number FROM generate_series(1, 201) n
             WHERE NOT EXISTS (SELECT 1 FROM appointment a WHERE a.centre_id = $1
                                  AND a.plan_id = $4 AND a.starts_at = $8 AND a.seat = n
                                  AND a.state IN ('booked', 'checked_in'))
        ), made AS (
            INSERT INTO appointment (centre_id, id, first_id, plan_id, kind, service, day,
                   starts_at, ends_at, seat, state, code, token, language, booked_at, moves, files,
                   revision, last_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, seat.number, 'booked', chosen.code, $10,
                   $11, $13, $14, $15, head.revision, $13
              FROM head, chosen, seat
            RETURNING *
        ), recorded AS (
            INSERT INTO appointment_event (centre_id, revision, appointment_id, at, event,
                   from_state, to_state, via, actor_kind, actor_id, detail)
            SELECT $1, m.revision, m.id, m.last_at, 'book', 'none', 'booked', $16, $17, $18,
                   jsonb_strip_nulls(jsonb_build_object('starts_at', m.starts_at, 'kind', m.kind,
                       'service', m.service, 'files', nullif(m.files, 0),
                       'moves', nullif(m.moves, 0)))
              FROM made m
        )
        SELECT to_jsonb(m) AS appointment FROM made m
        """,
        centre_id,
        appointment_id,
        first_id,
        slot.plan_id,
        kind,
        service,
        slot.day,
        slot.starts_at,
        slot.ends_at,
        token,
        language,
        codes,
        at,
        moves,
        files,
        via,
        actor.kind,
        actor.id,
    )
    if row is None:
        raise LookupError("no code was free")
    return dict(row["appointment"])
