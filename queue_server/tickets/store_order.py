"""The SQL of what is published of the order: who was called out of it, or never stood in it."""

from dataclasses import dataclass
from datetime import date, datetime

from core_services.database.pool import Pool


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """Calls that the dispatcher did not make, undone ones left out."""

    called: int
    """One particular number, chosen by a person, with a reason."""
    direct: int
    """Whoever was served at a window at once, without having stood in line."""


async def read_out_of_order(
    pool: Pool, centre_id: int, *, since: datetime, until: datetime
) -> OutOfOrder:
    """Count from `since` to before `until`, from the events; an index holds these calls alone."""
    row = await pool.fetchrow(
        """
        SELECT count(*) FILTER (WHERE e.detail ->> 'out_of_order' IS NOT NULL) AS called,
               count(*) FILTER (WHERE e.detail ->> 'direct' IS NOT NULL
                                  AND e.detail ->> 'adopted' IS NULL) AS direct
          FROM ticket_event e
         WHERE e.centre_id = $1 AND e.at >= $2 AND e.at < $3 AND e.event = 'call'
           AND (e.detail ->> 'out_of_order' IS NOT NULL OR e.detail ->> 'direct' IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM ticket_event u
                            WHERE u.centre_id = e.centre_id AND u.ticket_id = e.ticket_id
                              AND u.event = 'undo' AND (u.detail ->> 'of')::bigint = e.revision)
        """,
        centre_id,
        since,
        until,
    )
    return OutOfOrder(0, 0) if row is None else OutOfOrder(row["called"], row["direct"])


async def count_late(pool: Pool, centre_id: int, *, first: date, last: date) -> int:
    """Count the numbers of some business days that the server heard of after they were given."""
    n: int = await pool.fetchval(
        """
        SELECT count(*) FROM ticket
         WHERE centre_id = $1 AND business_day BETWEEN $2 AND $3 AND state <> 'void'
           AND channel IN ('adopted', 'kiosk_offline', 'restored')
        """,
        centre_id,
        first,
        last,
    )
    return n
