"""The SQL that reads what can be booked: plans, closed days, and the bookings in them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.appointments.model import Closure, SlotPlan
from queue_server.appointments.rows import plan_of
from queue_server.appointments.wishes import Diary, Taken
from queue_server.tickets.model import Centre
from queue_server.tickets.opening import Hours


@dataclass(frozen=True, slots=True)
class Awaited:
    """So many bookings that begin at one moment."""

    day: date
    starts_at: datetime
    n: int


async def read_plans(database: "Pool | Connection", centre_id: int) -> tuple[SlotPlan, ...]:
    """Return the plans that are not withdrawn, by their hours."""
    rows = await database.fetch(
        "SELECT * FROM appointment_plan WHERE centre_id = $1 AND withdrawn_at IS NULL"
        " ORDER BY kind DESC, service NULLS FIRST, opens, id",
        centre_id,
    )
    return tuple(plan_of(row) for row in rows)


async def are_given(pool: Pool, centre_id: int) -> bool:
    """Say whether there is a plan, or a booking of one that was withdrawn is still to come."""
    found: bool = await pool.fetchval(
        "SELECT EXISTS (SELECT 1 FROM appointment_plan"
        " WHERE centre_id = $1 AND withdrawn_at IS NULL)"
        " OR EXISTS (SELECT 1 FROM appointment WHERE centre_id = $1 AND state = 'booked')",
        centre_id,
    )
    return found


async def read_closures(
    database: "Pool | Connection", centre_id: int, *, since: date
) -> tuple[Closure, ...]:
    """Return the closed days from that one on."""
    rows = await database.fetch(
        "SELECT day, reason FROM appointment_closure WHERE centre_id = $1 AND day >= $2"
        " ORDER BY day",
        centre_id,
        since,
    )
    return tuple(Closure(row["day"], row["reason"]) for row in rows)


async def read_diary(
    database: "Pool | Connection",
    centre: Centre,
    *,
    first: date,
    last: date,
    hours: Hours | None,
    without: UUID | None = None,
) -> Diary:
    """Return what can be booked and what is taken on those business days, one booking left out.

    Bookings of a withdrawn plan count in the plans that have come in its place.
    """
    plans = await read_plans(database, centre.id)
    closures = await read_closures(database, centre.id, since=first)
    services = await database.fetch(
        "SELECT code FROM service WHERE centre_id = $1 AND is_open", centre.id
    )
    rows = await database.fetch(
        """
        SELECT p.id AS plan_id, a.starts_at, a.ends_at, count(*) AS n
          FROM appointment a
          JOIN appointment_plan was ON was.centre_id = a.centre_id AND was.id = a.plan_id
          JOIN appointment_plan p ON p.centre_id = a.centre_id AND p.withdrawn_at IS NULL
           AND (p.id = was.id OR was.withdrawn_at IS NOT NULL AND p.kind = was.kind
                AND p.service IS NOT DISTINCT FROM was.service)
         WHERE a.centre_id = $1 AND a.day BETWEEN $2 AND $3 AND a.state IN ('booked', 'checked_in')
           AND a.id IS DISTINCT FROM $4
         GROUP BY p.id, a.starts_at, a.ends_at
        """,
        centre.id,
        first,
        last,
        without,
    )
    return Diary(
        zone=centre.zone,
        cut_over=centre.cut_over,
        plans=plans,
        closed=frozenset(closure.day for closure in closures),
        taken=tuple(
            Taken(UUID(int=row["plan_id"].int), row["starts_at"], row["ends_at"], row["n"])
            for row in rows
        ),
        services=frozenset(row["code"] for row in services),
        hours=hours,
    )


async def bookings_on(pool: Pool, centre_id: int, *, day: date) -> int:
    """Count the bookings that wait for a day."""
    count: int = await pool.fetchval(
        "SELECT count(*) FROM appointment WHERE centre_id = $1 AND day = $2 AND state = 'booked'",
        centre_id,
        day,
    )
    return count


async def awaited(pool: Pool, centre_id: int, *, since: datetime) -> tuple[Awaited, ...]:
    """Count the bookings that are to come, by day and beginning, in order."""
    rows = await pool.fetch(
        "SELECT day, starts_at, count(*) AS n FROM appointment"
        " WHERE centre_id = $1 AND state = 'booked' AND starts_at >= $2"
        " GROUP BY day, starts_at ORDER BY starts_at",
        centre_id,
        since,
    )
    return tuple(Awaited(row["day"], row["starts_at"], row["n"]) for row in rows)
