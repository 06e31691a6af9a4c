"""The SQL of the desk's alarms: raise, accept, close, each under the centre's lock, and reading."""

from datetime import datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.faults import store_ties
from queue_server.tickets.errors import UnknownAlarm
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_alarm_steps import (
    accept_in,
    alarm_of,
    close_in,
    raise_in,
    read_in,
)
from queue_server.tickets.store_command import Answer, run_command
from queue_server.tickets.store_hands import require_own_window
from queue_server.tickets.window_alarms import AlarmEnd, AlarmKind, FaultCategory, WindowAlarm


async def raise_alarm(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    window: int,
    kind: AlarmKind,
    category: FaultCategory | None,
    is_silent: bool,
    actor: Actor,
    any_window: bool,
    claim: Claim | None,
) -> WindowAlarm:
    """Raise an alarm of a window that the actor opened; one that is open already stays the one.

    An alarm that was silent and is raised again aloud is told to everyone. With `any_window` the
    actor need not have opened it. Raises UnknownWindow, WindowOfAnother, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        await require_own_window(connection, centre_id, window, actor, any_window=any_window)
        return await raise_in(
            connection,
            centre_id,
            at=at,
            window=window,
            kind=kind,
            category=category,
            is_silent=is_silent,
            actor=actor,
        )

    return alarm_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def accept_alarm(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    alarm_id: UUID,
    actor: Actor,
    any_window: bool,
    claim: Claim | None,
) -> WindowAlarm:
    """Note who goes there; the first who said so stays.

    Without `any_window` only an emergency that all desks are told of is known to the actor. Raises
    UnknownAlarm, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        known = await read_in(connection, centre_id, alarm_id)
        if not any_window and (known["kind"] != "emergency" or known["is_silent"]):
            raise UnknownAlarm(str(alarm_id))
        if await accept_in(connection, centre_id, alarm_id, at=at, actor=actor, by=actor.id):
            await store_ties.alarm_accepted(connection, centre_id, alarm_id, at=at, actor=actor)
        return await read_in(connection, centre_id, alarm_id)

    return alarm_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def close_alarm(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    alarm_id: UUID,
    why: AlarmEnd,
    actor: Actor,
    any_window: bool,
    claim: Claim | None,
) -> WindowAlarm:
    """Close an alarm with its reason; a closed one stays as it is.

    Without `any_window` only whoever raised it may, and whoever has its window now: a colleague who
    took the window over. Raises UnknownAlarm, WindowOfAnother, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        known = await read_in(connection, centre_id, alarm_id)
        if UUID(known["raised_by"]) != actor.id:
            number = known["window_number"]
            await require_own_window(connection, centre_id, number, actor, any_window=any_window)
        if await close_in(connection, centre_id, alarm_id, at=at, actor=actor, why=why):
            await store_ties.alarm_closed(
                connection, centre_id, alarm_id, why=why, at=at, actor=actor
            )
        return await read_in(connection, centre_id, alarm_id)

    return alarm_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def open_alarms(pool: Pool, centre_id: int) -> tuple[WindowAlarm, ...]:
    """Return the alarms that nobody has closed, the oldest first."""
    rows = await pool.fetch(
        "SELECT to_jsonb(a) AS facts FROM window_alarm a"
        " WHERE centre_id = $1 AND closed_at IS NULL ORDER BY raised_at, id",
        centre_id,
    )
    return tuple(alarm_of(row["facts"]) for row in rows)
