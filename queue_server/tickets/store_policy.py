"""The SQL of the policy as commands read it: the one row that publishing writes."""

from collections.abc import Mapping
from typing import Any

from core_services.database.pool import Connection, Pool
from queue_server.tickets.model import Priority
from queue_server.tickets.policy import Policy


async def read_policy(connection: Connection | Pool, centre_id: int) -> Policy:
    """Return the centre's published policy, or the defaults where none was published."""
    facts = await connection.fetchval(
        "SELECT to_jsonb(n) FROM policy_now n WHERE centre_id = $1", centre_id
    )
    return Policy() if facts is None else policy_of(facts)


def policy_of(facts: Mapping[str, Any]) -> Policy:
    """Make the policy of a row of `policy_now` as jsonb."""
    return Policy(**{name: value for name, value in facts.items() if name != "centre_id"})


async def read_credit(connection: Connection, centre_id: int, priority: Priority) -> int:
    """Return the credit of a priority, in seconds; 0 where the centre grants none."""
    credit = await connection.fetchval(
        "SELECT credit_s FROM priority_credit WHERE centre_id = $1 AND priority = $2",
        centre_id,
        priority,
    )
    return int(credit or 0)


async def read_largest_credit(connection: Connection | Pool, centre_id: int) -> int:
    """Return the largest credit of a priority, in seconds."""
    largest = await connection.fetchval(
        "SELECT max(credit_s) FROM priority_credit WHERE centre_id = $1", centre_id
    )
    return int(largest or 0)
