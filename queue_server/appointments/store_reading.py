"""The SQL that reads bookings: one by id, address or code, a day's list, files, events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from queue_server.appointments.model import Appointment, AppointmentEventKind, Via
from queue_server.appointments.rows import appointment_of
from queue_server.tickets.errors import UnknownAppointment


@dataclass(frozen=True, slots=True)
class Entry:
    """A booking as a day's list shows it, with the number of its check-in."""

    appointment: Appointment
    label: str | None
    ticket_state: str | None
    files: tuple[str, ...]
    """A drop-off's list, until it is erased."""


@dataclass(frozen=True, slots=True)
class AppointmentEvent:
    """One act on a booking, as it is kept for ever."""

    revision: int
    at: datetime
    event: AppointmentEventKind
    from_state: str
    to_state: str
    via: Via
    actor_kind: str


async def read_appointment(
    database: "Pool | Connection", centre_id: int, appointment_id: UUID
) -> Appointment:
    """Return a booking. Raises UnknownAppointment."""
    row = await database.fetchrow(
        "SELECT * FROM appointment WHERE centre_id = $1 AND id = $2", centre_id, appointment_id
    )
    if row is None:
        raise UnknownAppointment(str(appointment_id))
    return appointment_of(row)


async def read_by_token(pool: Pool, centre_id: int, token: str) -> Appointment | None:
    """Return the booking behind a public address, where it has moved to if it has."""
    row = await pool.fetchrow(
        "SELECT * FROM appointment WHERE token = $2 AND state <> 'moved' AND centre_id = $1",
        centre_id,
        token,
    )
    return None if row is None else appointment_of(row)


async def read_by_code(pool: Pool, centre_id: int, code: str, *, day: date) -> Appointment | None:
    """Return that day's booking of a code, else the next one still to come, or None."""
    row = await pool.fetchrow(
        """
        SELECT * FROM appointment
         WHERE centre_id = $1 AND day = $3 AND code = $2 AND state <> 'moved'
        """,
        centre_id,
        code,
        day,
    )
    if row is None:
        row = await pool.fetchrow(
            "SELECT * FROM appointment WHERE centre_id = $1 AND code = $2 AND state = 'booked'"
            " ORDER BY starts_at LIMIT 1",
            centre_id,
            code,
        )
    return None if row is None else appointment_of(row)


async def read_files(pool: Pool, centre_id: int, appointment_id: UUID) -> tuple[str, ...]:
    """Return a drop-off's list, until it is erased."""
    rows = await pool.fetch(
        "SELECT name FROM appointment_file WHERE centre_id = $1 AND appointment_id = $2"
        " ORDER BY nth",
        centre_id,
        appointment_id,
    )
    return tuple(row["name"] for row in rows)


async def read_events(
    pool: Pool, centre_id: int, appointment_id: UUID
) -> tuple[AppointmentEvent, ...]:
    """Return all acts on a booking and on those it was moved from, oldest first."""
    rows = await pool.fetch(
        """
        SELECT e.revision, e.at, e.event, e.from_state, e.to_state, e.via, e.actor_kind
          FROM appointment this
          JOIN appointment a ON a.centre_id = this.centre_id AND a.first_id = this.first_id
          JOIN appointment_event e ON e.centre_id = a.centre_id AND e.appointment_id = a.id
         WHERE this.centre_id = $1 AND this.id = $2 ORDER BY e.revision
        """,
        centre_id,
        appointment_id,
    )
    return tuple(AppointmentEvent(**dict(row)) for row in rows)


async def list_day(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    states: Sequence[str] | None = None,
    after: UUID | None = None,
    limit: int = 500,
) -> tuple[Entry, ...]:
    """Return a day's bookings by their time, those that moved away left out; a page of them."""
    rows = await pool.fetch(
        """
        SELECT a.*, t.label, t.state AS ticket_state,
               ARRAY(SELECT f.name FROM appointment_file f WHERE f.centre_id = a.centre_id
                        AND f.appointment_id = a.id AND a.files > 0 ORDER BY f.nth) AS names
          FROM appointment a
          LEFT JOIN ticket t ON t.centre_id = a.centre_id AND t.id = a.ticket_id
          LEFT JOIN appointment l ON l.centre_id = $1 AND l.id = $4
         WHERE a.centre_id = $1 AND a.day = $2 AND a.state <> 'moved'
           AND ($3::text[] IS NULL OR a.state = ANY ($3))
           AND ($4::uuid IS NULL OR (a.starts_at, a.id) > (l.starts_at, l.id))
         ORDER BY a.starts_at, a.id LIMIT $5
        """,
        centre_id,
        day,
        states,
        after,
        limit,
    )
    return tuple(_entry_of(row) for row in rows)


async def read_entry(pool: Pool, centre_id: int, appointment_id: UUID) -> Entry:
    """Return one booking as its day's list shows it. Raises UnknownAppointment."""
    row = await pool.fetchrow(
        """
        SELECT a.*, t.label, t.state AS ticket_state,
               ARRAY(SELECT f.name FROM appointment_file f WHERE f.centre_id = a.centre_id
                        AND f.appointment_id = a.id ORDER BY f.nth) AS names
          FROM appointment a
          LEFT JOIN ticket t ON t.centre_id = a.centre_id AND t.id = a.ticket_id
         WHERE a.centre_id = $1 AND a.id = $2
        """,
        centre_id,
        appointment_id,
    )
    if row is None:
        raise UnknownAppointment(str(appointment_id))
    return _entry_of(row)


def _entry_of(row: Record) -> Entry:
    return Entry(appointment_of(row), row["label"], row["ticket_state"], tuple(row["names"]))
