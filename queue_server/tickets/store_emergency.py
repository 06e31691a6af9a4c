"""The SQL of the emergency book: its batches, and which of their numbers are keyed in."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from queue_server.tickets.errors import LabelTaken, NumberNotPrinted
from queue_server.tickets.model import Actor, Claim, Ticket
from queue_server.tickets.numbering import EMERGENCY_SERIES, label_of
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_command import Answer, run_command

FIRST_NUMBER = 101
LAST_NUMBER = 9999


@dataclass(frozen=True, slots=True)
class Batch:
    """A printed book."""

    number: int
    for_day: date
    first: int
    last: int
    printed_at: datetime
    printed_by: UUID | None
    """A member of staff; None when it was printed at the server's command line."""
    used: int = 0
    """Of its numbers so many are keyed in."""


async def insert_batch(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    for_day: date,
    count: int,
    actor: Actor,
    claim: Claim | None = None,
) -> Batch:
    """Record the next book of so many numbers, and return it.

    It goes on where the last one ended; after 9999, which is some hundred books later, it begins
    again at 101. Raises KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        row = await connection.fetchrow(
            "SELECT number, last_number FROM emergency_batch WHERE centre_id = $1"
            " ORDER BY number DESC LIMIT 1",
            centre_id,
        )
        first = FIRST_NUMBER if row is None else row["last_number"] + 1
        if first + count - 1 > LAST_NUMBER:
            first = FIRST_NUMBER
        number = 1 if row is None else row["number"] + 1
        await connection.execute(
            """
            INSERT INTO emergency_batch (centre_id, number, for_day, series, first_number,
                   last_number, printed_at, printed_by_kind, printed_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            centre_id,
            number,
            for_day,
            EMERGENCY_SERIES,
            first,
            first + count - 1,
            at,
            actor.kind,
            actor.id,
        )
        await connection.execute(
            """
            INSERT INTO emergency_event (centre_id, revision, batch, at, event, actor_kind,
                   actor_id, detail)
            SELECT $1, h.revision + 1, $2, $3, 'printed', $4, $5,
                   jsonb_build_object('for_day', $6::date, 'first', $7::integer,
                                      'last', $8::integer)
              FROM centre_head h WHERE h.centre_id = $1
            """,
            centre_id,
            number,
            at,
            actor.kind,
            actor.id,
            for_day,
            first,
            first + count - 1,
        )
        return {"number": number}

    answer = await run_command(pool, centre_id, claim=claim, at=at, work=work)
    batch = await read_batch(pool, centre_id, number=answer["number"])
    if batch is None:
        raise LookupError(f"the emergency book {answer['number']} has gone")
    return batch


async def read_batch(pool: Pool, centre_id: int, *, number: int) -> Batch | None:
    """Return the book of that number, or None."""
    row = await pool.fetchrow(
        """
        SELECT b.*, (SELECT count(*) FROM ticket t
                      WHERE t.centre_id = b.centre_id AND t.series = 'T'
                        AND t.business_day >= (b.printed_at AT TIME ZONE 'UTC')::date - 1
                        AND t.number BETWEEN b.first_number AND b.last_number) AS used
          FROM emergency_batch b WHERE b.centre_id = $1 AND b.number = $2
        """,
        centre_id,
        number,
    )
    return None if row is None else _batch_of(row)


async def list_batches(pool: Pool, centre_id: int, *, limit: int) -> tuple[Batch, ...]:
    """Return the books, the latest first."""
    rows = await pool.fetch(
        """
        SELECT b.*, (SELECT count(*) FROM ticket t
                      WHERE t.centre_id = b.centre_id AND t.series = 'T'
                        AND t.business_day >= (b.printed_at AT TIME ZONE 'UTC')::date - 1
                        AND t.number BETWEEN b.first_number AND b.last_number) AS used
          FROM emergency_batch b WHERE b.centre_id = $1 ORDER BY b.number DESC LIMIT $2
        """,
        centre_id,
        limit,
    )
    return tuple(_batch_of(row) for row in rows)


async def list_keyed_in(pool: Pool, centre_id: int, *, day: date, limit: int) -> tuple[Ticket, ...]:
    """Return a day's numbers of the book and slips keyed in, the last ones first."""
    rows = await pool.fetch(
        "SELECT * FROM ticket WHERE centre_id = $1 AND business_day = $2"
        " AND (series = $3 OR channel = 'adopted')"
        " ORDER BY id DESC LIMIT $4",
        centre_id,
        day,
        EMERGENCY_SERIES,
        limit,
    )
    return tuple(ticket_of(row) for row in rows)


async def require_unused(
    pool: Pool | Connection, centre_id: int, *, day: date, number: int, claim: Claim | None
) -> None:
    """Refuse a number that no book has, or that stands for somebody already.

    The same slip is handed out once: it is looked for on every day since its book was printed. What
    this very claim did before is no hindrance. Raises NumberNotPrinted, LabelTaken.
    """
    row = await pool.fetchrow(
        """
        SELECT t.id, t.state, t.window_number,
               EXISTS (SELECT 1 FROM command_claim c
                        WHERE c.centre_id = $1 AND c.scope = $4) AS is_replay
          FROM (SELECT number, (printed_at AT TIME ZONE 'UTC')::date - 1 AS since
                  FROM emergency_batch
                 WHERE centre_id = $1 AND $2::integer BETWEEN first_number AND last_number
                 ORDER BY number DESC LIMIT 1) b
          LEFT JOIN ticket t ON t.centre_id = $1 AND t.series = 'T' AND t.number = $2
           AND t.business_day >= least(b.since, $3::date)
         ORDER BY t.business_day DESC NULLS LAST LIMIT 1
        """,
        centre_id,
        number,
        day,
        None if claim is None else claim.scope,
    )
    label = label_of(EMERGENCY_SERIES, number)
    if row is None:
        raise NumberNotPrinted(state="not_printed", label=label)
    if row["id"] is not None and not row["is_replay"]:
        raise LabelTaken(
            state=row["state"], label=label, ticket=str(row["id"]), window=row["window_number"]
        )


def _batch_of(row: Record) -> Batch:
    return Batch(
        number=row["number"],
        for_day=row["for_day"],
        first=row["first_number"],
        last=row["last_number"],
        printed_at=row["printed_at"],
        printed_by=row["printed_by"],
        used=row["used"],
    )
