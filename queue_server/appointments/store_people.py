"""The SQL of what bookings say of people: kept sealed, handed on, sealed anew, erased in time.

A phone is sealed for the booking that it was given with. It goes along unopened where that booking
moves, and to the number of its check-in: whoever opens it there tries this name too.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets.issuing import NOBODY, PersonMarks
from queue_server.tickets.model import Actor
from queue_server.tickets.store_command import Answer, run_command

CHUNK: Final = 500
"""Rows a command erases or renews at a time: the hall does not wait for it."""


@dataclass(frozen=True, slots=True)
class SealedPhone:
    """A booking's phone, still sealed."""

    appointment_id: UUID
    first_id: UUID
    """The booking for which it was sealed."""
    phone: bytes


async def keep_person(
    connection: Connection, centre_id: int, appointment_id: UUID, person: PersonMarks
) -> None:
    """Keep the phone that was given with a booking, inside its command; nothing without one."""
    if person.phone_sealed is None:
        return
    await connection.execute(
        "INSERT INTO appointment_person (centre_id, appointment_id, phone_hash, phone_sealed)"
        " VALUES ($1, $2, $3, $4)",
        centre_id,
        appointment_id,
        person.phone_hashes[0],
        person.phone_sealed,
    )


async def hand_on_person(
    connection: Connection, centre_id: int, appointment_id: UUID, to_id: UUID
) -> None:
    """Give the booking that follows a moved one what was kept of the person."""
    await connection.execute(
        """
        INSERT INTO appointment_person (centre_id, appointment_id, phone_hash, phone_sealed)
        SELECT centre_id, $3, phone_hash, phone_sealed FROM appointment_person
         WHERE centre_id = $1 AND appointment_id = $2
        """,
        centre_id,
        appointment_id,
        to_id,
    )


async def person_of(connection: Connection, centre_id: int, appointment_id: UUID) -> PersonMarks:
    """Return what is kept of the phone that was given with the booking."""
    row = await connection.fetchrow(
        "SELECT phone_hash, phone_sealed FROM appointment_person"
        " WHERE centre_id = $1 AND appointment_id = $2",
        centre_id,
        appointment_id,
    )
    if row is None:
        return NOBODY
    return PersonMarks(phone_hashes=(row["phone_hash"],), phone_sealed=row["phone_sealed"])


async def erase_before(
    pool: Pool, centre_id: int, *, before: date, at: datetime, actor: Actor
) -> int:
    """Erase phones and lists of bookings of the days before that one, and note of how many.

    One chunk; 0 when nothing was left. Bookings and events stay: no event ever held any of it.
    """

    async def work(connection: Connection) -> Answer:
        erased = await connection.fetchval(
            """
            WITH due AS (
                SELECT a.id FROM appointment a
                 WHERE a.centre_id = $1 AND a.day < $2
                   AND (EXISTS (SELECT 1 FROM appointment_person p
                                 WHERE p.centre_id = $1 AND p.appointment_id = a.id)
                     OR EXISTS (SELECT 1 FROM appointment_file f
                                 WHERE f.centre_id = $1 AND f.appointment_id = a.id))
                 ORDER BY a.day, a.id LIMIT $3
            ), phones AS (
                DELETE FROM appointment_person p USING due
                 WHERE p.centre_id = $1 AND p.appointment_id = due.id
            ), lists AS (
                DELETE FROM appointment_file f USING due
                 WHERE f.centre_id = $1 AND f.appointment_id = due.id
            )
            SELECT count(*) FROM due
            """,
            centre_id,
            before,
            CHUNK,
        )
        if erased:
            await connection.execute(
                """
                INSERT INTO ticket_person_event (centre_id, revision, at, event, n, actor_kind,
                       actor_id, reason)
                SELECT $1, revision + 1, $2, 'erase', $3, $4, $5, 'appointment'
                  FROM centre_head WHERE centre_id = $1
                """,
                centre_id,
                at,
                erased,
                actor.kind,
                actor.id,
            )
        return {"n": erased}

    answer = await run_command(pool, centre_id, claim=None, at=at, work=work)
    return int(answer["n"])


async def anything_before(pool: Pool, centre_id: int, *, before: date) -> bool:
    """Say whether anything of those days is left to be erased; takes no lock."""
    found: bool = await pool.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM appointment_person p JOIN appointment a
                           ON a.centre_id = p.centre_id AND a.id = p.appointment_id
                        WHERE p.centre_id = $1 AND a.day < $2)
            OR EXISTS (SELECT 1 FROM appointment_file f JOIN appointment a
                           ON a.centre_id = f.centre_id AND a.id = f.appointment_id
                        WHERE f.centre_id = $1 AND a.day < $2)
        """,
        centre_id,
        before,
    )
    return found


async def sealed_before(
    pool: Pool, centre_id: int, *, newest_key: bytes, after: UUID | None
) -> tuple[SealedPhone, ...]:
    """Return a chunk of the phones that another key than this one sealed, newest booking first."""
    rows = await pool.fetch(
        """
        SELECT p.appointment_id, a.first_id, p.phone_sealed
          FROM appointment_person p
          JOIN appointment a ON a.centre_id = p.centre_id AND a.id = p.appointment_id
         WHERE p.centre_id = $1 AND ($3::uuid IS NULL OR p.appointment_id < $3)
           AND substring(p.phone_sealed FROM 2 FOR 8) <> $2
         ORDER BY p.appointment_id DESC LIMIT $4
        """,
        centre_id,
        newest_key,
        after,
        CHUNK,
    )
    return tuple(
        SealedPhone(
            UUID(int=row["appointment_id"].int), UUID(int=row["first_id"].int), row["phone_sealed"]
        )
        for row in rows
    )


async def renew_seal(pool: Pool, centre_id: int, *, old: SealedPhone, person: PersonMarks) -> None:
    """Put the newer seal in place of the old one, unless the row changed or went meanwhile."""
    await pool.execute(
        """
        UPDATE appointment_person SET phone_hash = $3, phone_sealed = $4
         WHERE centre_id = $1 AND appointment_id = $2 AND phone_sealed = $5
        """,
        centre_id,
        old.appointment_id,
        person.phone_hashes[0],
        person.phone_sealed,
        old.phone,
    )
