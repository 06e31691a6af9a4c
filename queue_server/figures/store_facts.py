"""The SQL that reads a day's events as the acts of its numbers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core_services.database.pool import Pool
from queue_server.figures.facts import Act


@dataclass(frozen=True, slots=True)
class DayActs:
    """The acts of every number of a day, by its id, and up to which event they were read."""

    acts: dict[UUID, list[Act]]
    epoch: UUID
    revision: int


async def read_acts(pool: Pool, centre_id: int, *, day: date, after: int | None = None) -> DayActs:
    """Read the events of a business day's numbers, those keyed in later too, in one snapshot.

    With `after`, of those numbers alone of which something was heard since that revision.
    """
    async with pool.snapshot() as connection:
        head = await connection.fetchrow(
            "SELECT epoch, revision FROM centre_head WHERE centre_id = $1", centre_id
        )
        # Ticket by ticket (OFFSET 0): a join would read the events of all days, however long ago.
        rows = await connection.fetch(
            """
            SELECT t.id AS ticket_id, e.revision, e.at, e.event, e.from_state, e.to_state, e.queue,
                   e.window_number, e.reason, e.detail ->> 'service' AS service,
                   CASE WHEN e.event IN ('issue', 'set_priority', 'given')
                        THEN e.detail ->> 'priority' END AS priority,
                   CASE e.event WHEN 'issue' THEN e.detail ->> 'channel' END AS channel,
                   CASE e.event WHEN 'issue' THEN e.detail ->> 'label' END AS label,
                   CASE e.event WHEN 'issue' THEN coalesce((e.detail ->> 'requests')::integer, 1)
                        ELSE 1 END AS requests,
                   CASE e.event WHEN 'undo' THEN (e.detail ->> 'of')::bigint END AS undoes,
                   e.detail -> 'direct' IS NOT NULL AS is_direct,
                   e.detail -> 'out_of_order' IS NOT NULL AS is_out_of_order,
                   e.detail -> 'recorded' IS NOT NULL AS is_recorded,
                   e.event = 'issue' AND e.detail -> 'arrived_at' IS NOT NULL
                       AND e.detail -> 'appointment' IS NULL AS came_before
              FROM ticket t
             CROSS JOIN LATERAL (
                   SELECT * FROM ticket_event e
                    WHERE e.centre_id = t.centre_id AND e.ticket_id = t.id
                   OFFSET 0) e
             WHERE t.centre_id = $1 AND t.business_day = $2
               AND ($3::bigint IS NULL OR t.id = ANY (ARRAY(
                       SELECT n.ticket_id FROM ticket_event n
                        WHERE n.centre_id = $1 AND n.revision > $3)))
               AND e.event NOT IN ('paper', 'reprint', 'recall')
             ORDER BY e.revision
            """,
            centre_id,
            day,
            after,
        )
    if head is None:
        raise LookupError(f"centre {centre_id} has no event head")
    acts: dict[UUID, list[Act]] = defaultdict(list)
    for row in rows:
        ticket_id, *act = row
        acts[ticket_id].append(Act(*act))
    plain = {UUID(int=ticket_id.int): told for ticket_id, told in acts.items()}
    return DayActs(plain, UUID(int=head["epoch"].int), head["revision"])


async def days_with_numbers(
    pool: Pool, centre_id: int, *, first: date, last: date
) -> Sequence[date]:
    """Return the business days of a range on which somebody took a number."""
    rows = await pool.fetch(
        """
        SELECT d::date AS day FROM generate_series($2::date, $3::date, interval '1 day') d
         WHERE EXISTS (SELECT 1 FROM ticket t WHERE t.business_day = d::date AND t.centre_id = $1)
         ORDER BY 1
        """,
        centre_id,
        first,
        last,
    )
    return [row["day"] for row in rows]
