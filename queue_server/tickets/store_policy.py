"""The SQL of the policy as commands read it: the one row that publishing writes."""

from core_services.database.pool import Connection, Pool
from queue_server.tickets.model import Priority
from queue_server.tickets.policy import Policy


async def read_policy(connection: Connection | Pool, centre_id: int) -> Policy:
    """Return the centre's published policy, or the defaults where none was published."""
    row = await connection.fetchrow(
        """
        SELECT version, recall_limit, recall_interval_s, no_show_after_s,
               no_show_after_more_time_s, returns_allowed, return_within_s, return_credit_s,
               requests_at_most, one_live_per_phone, one_live_per_national_id, early_grace_s,
               late_grace_s, away_at_most, carries_over, undo_within_s, capacity
          FROM policy_now WHERE centre_id = $1
        """,
        centre_id,
    )
    return Policy() if row is None else Policy(**dict(row))


async def read_credit(connection: Connection, centre_id: int, priority: Priority) -> int:
    """Return the credit of a priority, in seconds; 0 where the centre grants none."""
    credit = await connection.fetchval(
        "SELECT credit_s FROM priority_credit WHERE centre_id = $1 AND priority = $2",
        centre_id,
        priority,
    )
    return int(credit or 0)
