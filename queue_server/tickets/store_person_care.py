"""The SQL that looks after personal data: seals renewed under a newer key, old data erased."""

from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets.issuing import PersonMarks
from queue_server.tickets.model import Actor
from queue_server.tickets.store_command import Answer, run_command
from queue_server.tickets.store_person import Sealed

CHUNK = 500
"""Rows a command erases or renews at a time: the hall does not wait for it."""


async def erase_before(
    pool: Pool, centre_id: int, *, before: date, at: datetime, actor: Actor
) -> int:
    """Erase the personal data of tickets of earlier days, hashes too, and note how many.

    One chunk; 0 when nothing was left. The tickets and every event stay: no event ever held them.
    """

    async def work(connection: Connection) -> Answer:
        rows = await connection.fetch(
            """
            DELETE FROM ticket_person WHERE centre_id = $1 AND ticket_id IN (
                SELECT ticket_id FROM ticket_person
                 WHERE centre_id = $1 AND business_day < $2
                 ORDER BY business_day, ticket_id LIMIT $3)
            RETURNING ticket_id
            """,
            centre_id,
            before,
            CHUNK,
        )
        if rows:
            await connection.execute(
                """
                INSERT INTO ticket_person_event (centre_id, revision, at, event, n, actor_kind,
                       actor_id, reason)
                SELECT $1, revision + 1, $2, 'erase', $3, $4, $5, 'ticket'
                  FROM centre_head WHERE centre_id = $1
                """,
                centre_id,
                at,
                len(rows),
                actor.kind,
                actor.id,
            )
        return {"n": len(rows)}

    answer = await run_command(pool, centre_id, claim=None, at=at, work=work)
    return int(answer["n"])


async def erased_in_all(pool: Pool, centre_id: int) -> int:
    """Return of how many tickets personal data were erased since the centre opened."""
    total = await pool.fetchval(
        "SELECT coalesce(sum(n), 0) FROM ticket_person_event"
        " WHERE centre_id = $1 AND event = 'erase' AND reason = 'ticket'",
        centre_id,
    )
    return int(total)


async def sealed_before(
    pool: Pool, centre_id: int, *, newest_key: bytes, after: UUID | None
) -> tuple[UUID, ...]:
    """Return a chunk of the tickets whose person another key than this one sealed, newest first."""
    rows = await pool.fetch(
        """
        SELECT ticket_id FROM ticket_person
         WHERE centre_id = $1 AND ($3::uuid IS NULL OR ticket_id < $3)
           AND (substring(phone_sealed FROM 2 FOR 8) <> $2
                OR substring(national_id_sealed FROM 2 FOR 8) <> $2)
         ORDER BY ticket_id DESC LIMIT $4
        """,
        centre_id,
        newest_key,
        after,
        CHUNK,
    )
    return tuple(UUID(int=row["ticket_id"].int) for row in rows)


async def renew_seal(
    pool: Pool, centre_id: int, *, ticket_id: UUID, old: Sealed, marks: PersonMarks
) -> None:
    """Put the newer seals in place of the old ones, unless the row changed or went meanwhile."""
    await pool.execute(
        """
        UPDATE ticket_person
           SET phone_hash = $3, phone_sealed = $4, national_id_hash = $5, national_id_sealed = $6
         WHERE centre_id = $1 AND ticket_id = $2 AND phone_sealed IS NOT DISTINCT FROM $7
           AND national_id_sealed IS NOT DISTINCT FROM $8
        """,
        centre_id,
        ticket_id,
        next(iter(marks.phone_hashes), None),
        marks.phone_sealed,
        next(iter(marks.national_id_hashes), None),
        marks.national_id_sealed,
        old.phone,
        old.national_id,
    )
