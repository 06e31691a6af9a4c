"""The SQL of a booking's life: booked, moved, cancelled, released; one command each."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.appointments import store_people
from queue_server.appointments.model import Appointment, Slot, Via
from queue_server.appointments.rows import appointment_of
from queue_server.appointments.store_change import (
    change_booking,
    insert_booking,
    require_allowed,
)
from queue_server.appointments.store_diary import read_diary
from queue_server.appointments.store_reading import read_appointment
from queue_server.appointments.wishes import Wish
from queue_server.tickets.errors import (
    HasABooking,
    SlotFull,
    SlotNotOffered,
)
from queue_server.tickets.issuing import PersonMarks
from queue_server.tickets.model import Actor, Centre, Claim
from queue_server.tickets.opening import Hours
from queue_server.tickets.store_command import Answer, run_command
from queue_server.tickets.store_policy import read_policy

_ONE_DAY = timedelta(days=1)
_FARTHEST = timedelta(days=100)
"""Beyond every horizon; moments that no calendar reaches stay outside."""


async def book(
    pool: Pool,
    centre: Centre,
    *,
    at: datetime,
    today: date,
    hours: Hours | None,
    wish: Wish,
    person: PersonMarks,
    appointment_id: UUID,
    token: str,
    via: Via,
    actor: Actor,
    claim: Claim | None = None,
) -> Appointment:
    """Book a place of the slot that begins then; `person` is sealed for this booking.

    Raises SlotNotOffered, SlotFull, HasABooking (where the policy holds a phone to one), KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        slot = await _slot_with_room(
            connection,
            centre,
            starts_at=wish.starts_at,
            service=wish.service,
            is_drop_off=wish.is_drop_off,
            at=at,
            today=today,
            hours=hours,
        )
        if person.phone_hashes and (await read_policy(connection, centre.id)).one_live_per_phone:
            await _require_no_booking(connection, centre.id, person.phone_hashes)
        row = await insert_booking(
            connection,
            centre.id,
            slot,
            appointment_id=appointment_id,
            first_id=appointment_id,
            service=wish.service,
            kind="drop_off" if wish.is_drop_off else "visit",
            token=token,
            code=None,
            language=wish.language,
            files=len(wish.files),
            moves=0,
            at=at,
            via=via,
            actor=actor,
        )
        await _keep_files(connection, centre.id, appointment_id, wish.files)
        await store_people.keep_person(connection, centre.id, appointment_id, person)
        return row

    return appointment_of(await run_command(pool, centre.id, claim=claim, at=at, work=work))


async def move(
    pool: Pool,
    centre: Centre,
    *,
    at: datetime,
    today: date,
    hours: Hours | None,
    appointment_id: UUID,
    starts_at: datetime,
    new_id: UUID,
    via: Via,
    actor: Actor,
    claim: Claim | None = None,
) -> Appointment:
    """Give the place back and book another, keeping code, address, list and phone.

    Raises UnknownAppointment, AppointmentActNotAllowed, SlotNotOffered, SlotFull, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        before = await read_appointment(connection, centre.id, appointment_id)
        require_allowed("move", before)
        slot = await _slot_with_room(
            connection,
            centre,
            starts_at=starts_at,
            service=before.service,
            is_drop_off=before.kind == "drop_off",
            at=at,
            today=today,
            hours=hours,
            without=before.id,
        )
        await change_booking(
            connection, centre.id, before, event="move", at=at, via=via, actor=actor
        )
        row = await insert_booking(
            connection,
            centre.id,
            slot,
            appointment_id=new_id,
            first_id=before.first_id,
            service=before.service,
            kind=before.kind,
            token=before.token,
            code=before.code,
            language=before.language,
            files=before.files,
            moves=before.moves + 1,
            at=at,
            via=via,
            actor=actor,
        )
        await connection.execute(
            """
            INSERT INTO appointment_file (centre_id, appointment_id, nth, name)
            SELECT centre_id, $3, nth, name FROM appointment_file
             WHERE centre_id = $1 AND appointment_id = $2
            """,
            centre.id,
            before.id,
            new_id,
        )
        await store_people.hand_on_person(connection, centre.id, before.id, new_id)
        return row

    return appointment_of(await run_command(pool, centre.id, claim=claim, at=at, work=work))


async def cancel(
    pool: Pool,
    centre: Centre,
    *,
    at: datetime,
    appointment_id: UUID,
    via: Via,
    actor: Actor,
    claim: Claim | None = None,
) -> Appointment:
    """Give the place back. Raises UnknownAppointment, AppointmentActNotAllowed, KeyReused."""

    async def work(connection: Connection) -> Answer:
        before = await read_appointment(connection, centre.id, appointment_id)
        return await change_booking(
            connection, centre.id, before, event="cancel", at=at, via=via, actor=actor
        )

    return appointment_of(await run_command(pool, centre.id, claim=claim, at=at, work=work))


async def release(
    pool: Pool, centre_id: int, *, at: datetime, late_grace_s: int, at_most: int = 100
) -> int:
    """Release bookings whose holders did not come within the grace, one chunk under the lock."""
    since = at - timedelta(seconds=late_grace_s)
    waits = await pool.fetchval(
        "SELECT EXISTS (SELECT 1 FROM appointment"
        " WHERE centre_id = $1 AND state = 'booked' AND starts_at < $2)",
        centre_id,
        since,
    )
    if not waits:
        return 0
    async with pool.transaction() as connection:
        await connection.execute("SELECT lock_centre($1)", centre_id)
        done = await connection.fetchval(
            """
            WITH late AS (
                SELECT id, row_number() OVER (ORDER BY starts_at, id) AS nth FROM appointment
                 WHERE centre_id = $1 AND state = 'booked' AND starts_at < $2
                 ORDER BY starts_at, id LIMIT $4
            ), changed AS (
                UPDATE appointment a SET state = 'released', last_at = greatest($3, a.last_at),
                       revision = h.revision + l.nth
                  FROM late l, centre_head h
                 WHERE a.centre_id = $1 AND a.id = l.id AND h.centre_id = $1
                RETURNING a.id, a.revision, a.last_at
            ), recorded AS (
                INSERT INTO appointment_event (centre_id, revision, appointment_id, at, event,
                       from_state, to_state, via, actor_kind)
                SELECT $1, c.revision, c.id, c.last_at, 'release', 'booked', 'released', 'clock',
                       'system'
                  FROM changed c ORDER BY c.revision
            )
            SELECT count(*) FROM changed
            """,
            centre_id,
            since,
            at,
            at_most,
        )
        return int(done)


async def _slot_with_room(
    connection: Connection,
    centre: Centre,
    *,
    starts_at: datetime,
    service: str | None,
    is_drop_off: bool,
    at: datetime,
    today: date,
    hours: Hours | None,
    without: UUID | None = None,
) -> Slot:
    """Return the slot that begins then with room for one more. Raises SlotNotOffered, SlotFull."""
    if not timedelta(0) < starts_at - at < _FARTHEST:
        raise SlotNotOffered(state="not_offered", service=service)
    wall = starts_at.astimezone(centre.zone).date()
    diary = await read_diary(
        connection, centre, first=wall - _ONE_DAY, last=wall, hours=hours, without=without
    )
    for day in (wall, wall - _ONE_DAY):  # the hours before the cut-over end the day before
        for each in diary.offers(service, day, is_drop_off=is_drop_off, today=today, at=at):
            if each.slot.starts_at == starts_at:
                if each.free == 0:
                    raise SlotFull(state="full", service=service)
                return each.slot
    raise SlotNotOffered(state="not_offered", service=service)


async def _require_no_booking(
    connection: Connection, centre_id: int, phone_hashes: Sequence[bytes]
) -> None:
    """Hold a phone, known by any of its hashes, to one booking to come. Raises HasABooking."""
    has_one = await connection.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM appointment_person p JOIN appointment a
                           ON a.centre_id = p.centre_id AND a.id = p.appointment_id
                        WHERE p.centre_id = $1 AND p.phone_hash = ANY ($2) AND a.state = 'booked')
        """,
        centre_id,
        list(phone_hashes),
    )
    if has_one:
        raise HasABooking(state="booked")


async def _keep_files(
    connection: Connection, centre_id: int, appointment_id: UUID, names: tuple[str, ...]
) -> None:
    await connection.execute(
        "INSERT INTO appointment_file (centre_id, appointment_id, nth, name)"
        " SELECT $1, $2, f.nth, f.name FROM unnest($3::text[]) WITH ORDINALITY f (name, nth)",
        centre_id,
        appointment_id,
        list(names),
    )
