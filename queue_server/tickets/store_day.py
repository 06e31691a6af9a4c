"""The SQL of the day's housekeeping: its end at the cut-over, silent kiosks, old claims."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets.model import Actor
from queue_server.tickets.store_carry import carry_now
from queue_server.tickets.store_policy import read_policy


async def lapse_before(
    pool: Pool, centre_id: int, *, day: date, at: datetime, at_most: int = 100
) -> int:
    """End what days before `day` left in line or parked, one chunk under the lock; count it."""
    stale = await pool.fetchval(
        "SELECT EXISTS (SELECT 1 FROM queue_line WHERE centre_id = $1 AND business_day < $2"
        " AND in_line > 0) OR EXISTS (SELECT 1 FROM ticket WHERE centre_id = $1"
        " AND business_day < $2 AND state = 'parked')",
        centre_id,
        day,
    )
    if not stale:
        return 0
    async with pool.transaction() as connection:
        await connection.execute("SELECT lock_centre($1)", centre_id)
        of_day = await _earliest_left(connection, centre_id, before=day)
        if of_day is None:
            return 0
        return await lapse_now(
            connection, centre_id, of_day=of_day, day=day, at=at, at_most=at_most
        )


async def silent_tickets(pool: Pool, centre_id: int, *, issued_before: datetime) -> list[UUID]:
    """Return up to 100 unconfirmed tickets issued before that moment, oldest first."""
    rows = await pool.fetch(
        "SELECT id FROM ticket WHERE centre_id = $1 AND state = 'unconfirmed' AND issued_at < $2"
        " ORDER BY issued_at, id LIMIT 100",
        centre_id,
        issued_before,
    )
    return [row["id"] for row in rows]


async def forget_claims(pool: Pool, centre_id: int, *, before: datetime) -> None:
    """Drop idempotent answers kept since before that moment."""
    await pool.execute(
        "DELETE FROM command_claim WHERE centre_id = $1 AND at < $2", centre_id, before
    )


async def lapse_now(
    connection: Connection,
    centre_id: int,
    *,
    of_day: date,
    day: date,
    at: datetime,
    at_most: int,
    only: Sequence[UUID] | None = None,
) -> int:
    """End up to `at_most` tickets of `of_day` inside a command; `only` narrows it to those ids.

    They lapse; where the policy carries numbers over, those that somebody can hold are kept for
    `day` first. Returns how many ended.
    """
    if (await read_policy(connection, centre_id)).carries_over:
        kept = await carry_now(
            connection,
            centre_id,
            day=of_day,
            to_day=day,
            at=at,
            actor=Actor("system"),
            at_most=at_most,
            only=only,
        )
        if kept:
            return kept
    done = await connection.fetchval(
        """
        WITH stale AS (
            SELECT id, state, row_number() OVER (ORDER BY id) AS nth
              FROM ticket
             WHERE centre_id = $1 AND business_day = $2
               AND state IN ('unconfirmed', 'waiting', 'parked')
               AND ($5::uuid[] IS NULL OR id = ANY ($5))
             ORDER BY id LIMIT $4
        ), changed AS (
            UPDATE ticket t SET state = 'lapsed', last_at = greatest($3, t.last_at),
                   parked_until = NULL, park_reason = NULL, revision = h.revision + s.nth
              FROM stale s, centre_head h
             WHERE t.centre_id = $1 AND t.id = s.id AND h.centre_id = $1
            RETURNING t.id, t.revision, t.last_at, t.queue, s.state AS from_state
        ), recorded AS (
            INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state,
                   to_state, queue, actor_kind)
            SELECT $1, c.revision, c.id, c.last_at, 'lapse', c.from_state, 'lapsed', c.queue,
                   'system'
              FROM changed c ORDER BY c.revision
        )
        SELECT count(*) FROM changed
        """,
        centre_id,
        of_day,
        at,
        at_most,
        only,
    )
    return int(done)


async def _earliest_left(connection: Connection, centre_id: int, *, before: date) -> date | None:
    """Return the earliest day that left somebody in line or parked, each by its own index."""
    day: date | None = await connection.fetchval(
        """
        SELECT least((SELECT min(business_day) FROM ticket WHERE centre_id = $1
                         AND business_day < $2 AND state IN ('unconfirmed', 'waiting')),
                     (SELECT min(business_day) FROM ticket WHERE centre_id = $1
                         AND business_day < $2 AND state = 'parked'))
        """,
        centre_id,
        before,
    )
    return day
