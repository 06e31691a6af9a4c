"""The SQL of the desk's alarms: raise, accept, close, each under the centre's lock, and reading."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool
from core_services.database.values import as_moment, as_uuid, if_any
from core_services.ids import new_id
from queue_server.faults import store_ties
from queue_server.tickets.errors import UnknownAlarm
from queue_server.tickets.model import Actor, Claim
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


async def raise_in(
    connection: Connection,
    centre_id: int,
    *,
    at: datetime,
    window: int,
    kind: AlarmKind,
    category: FaultCategory | None,
    is_silent: bool,
    actor: Actor,
) -> Answer:
    """Raise an alarm as a part of a command that has the centre's lock; return its row."""
    known = await connection.fetchrow(
        "SELECT id, is_silent FROM window_alarm WHERE centre_id = $1 AND window_number = $2"
        " AND kind = $3 AND category IS NOT DISTINCT FROM $4 AND closed_at IS NULL",
        centre_id,
        window,
        kind,
        category,
    )
    alarm_id: UUID
    if known is None:
        alarm_id = new_id(at)
        await connection.execute(
            "INSERT INTO window_alarm (centre_id, id, kind, window_number, category, is_silent,"
            " raised_at, raised_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            centre_id,
            alarm_id,
            kind,
            window,
            category,
            is_silent,
            at,
            actor.id,
        )
    else:
        alarm_id = known["id"]
        if is_silent or not known["is_silent"]:
            return await _read(connection, centre_id, alarm_id)
        await connection.execute(
            "UPDATE window_alarm SET is_silent = false WHERE centre_id = $1 AND id = $2",
            centre_id,
            alarm_id,
        )
    reason = category if category is not None else None if is_silent else "aloud"
    await _record(connection, centre_id, alarm_id, "raised", at=at, actor=actor, reason=reason)
    return await _read(connection, centre_id, alarm_id)


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
        known = await _read(connection, centre_id, alarm_id)
        if not any_window and (known["kind"] != "emergency" or known["is_silent"]):
            raise UnknownAlarm(str(alarm_id))
        if await accept_in(connection, centre_id, alarm_id, at=at, actor=actor, by=actor.id):
            await store_ties.alarm_accepted(connection, centre_id, alarm_id, at=at, actor=actor)
        return await _read(connection, centre_id, alarm_id)

    return alarm_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def accept_in(
    connection: Connection,
    centre_id: int,
    alarm_id: UUID,
    *,
    at: datetime,
    actor: Actor,
    by: UUID | None,
) -> bool:
    """Note, as a part of a command, that `by` goes there; False when somebody does already."""
    changed = await connection.fetchval(
        "UPDATE window_alarm SET accepted_at = greatest($3, raised_at), accepted_by = $4"
        " WHERE centre_id = $1 AND id = $2 AND accepted_at IS NULL AND closed_at IS NULL"
        " RETURNING true",
        centre_id,
        alarm_id,
        at,
        by,
    )
    if changed:
        await _record(connection, centre_id, alarm_id, "accepted", at=at, actor=actor)
    return bool(changed)


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
        known = await _read(connection, centre_id, alarm_id)
        if UUID(known["raised_by"]) != actor.id:
            number = known["window_number"]
            await require_own_window(connection, centre_id, number, actor, any_window=any_window)
        if await close_in(connection, centre_id, alarm_id, at=at, actor=actor, why=why):
            await store_ties.alarm_closed(
                connection, centre_id, alarm_id, why=why, at=at, actor=actor
            )
        return await _read(connection, centre_id, alarm_id)

    return alarm_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def close_in(
    connection: Connection,
    centre_id: int,
    alarm_id: UUID,
    *,
    at: datetime,
    actor: Actor,
    why: AlarmEnd,
) -> bool:
    """Close an alarm as a part of a command; False when it is closed already."""
    changed = await connection.fetchval(
        "UPDATE window_alarm SET closed_at = greatest($3, raised_at, accepted_at),"
        " closed_by = $4, closed_why = $5"
        " WHERE centre_id = $1 AND id = $2 AND closed_at IS NULL RETURNING true",
        centre_id,
        alarm_id,
        at,
        actor.id,
        why,
    )
    if changed:
        await _record(connection, centre_id, alarm_id, "closed", at=at, actor=actor, reason=why)
    return bool(changed)


async def open_alarms(pool: Pool, centre_id: int) -> tuple[WindowAlarm, ...]:
    """Return the alarms that nobody has closed, the oldest first."""
    rows = await pool.fetch(
        "SELECT to_jsonb(a) AS facts FROM window_alarm a"
        " WHERE centre_id = $1 AND closed_at IS NULL ORDER BY raised_at, id",
        centre_id,
    )
    return tuple(alarm_of(row["facts"]) for row in rows)


async def _read(connection: Connection, centre_id: int, alarm_id: UUID) -> Answer:
    facts = await connection.fetchval(
        "SELECT to_jsonb(a) FROM window_alarm a WHERE centre_id = $1 AND id = $2",
        centre_id,
        alarm_id,
    )
    if facts is None:
        raise UnknownAlarm(str(alarm_id))
    return dict(facts)


async def _record(
    connection: Connection,
    centre_id: int,
    alarm_id: UUID,
    event: str,
    *,
    at: datetime,
    actor: Actor,
    reason: str | None = None,
) -> None:
    await connection.execute(
        """
        INSERT INTO window_alarm_event (centre_id, revision, alarm_id, window_number, kind, at,
               event, actor_kind, actor_id, reason)
        SELECT $1, h.revision + 1, a.id, a.window_number, a.kind,
               greatest($3, (SELECT max(e.at) FROM window_alarm_event e
                              WHERE e.centre_id = $1 AND e.alarm_id = $2)),
               $4, $5, $6, $7
          FROM window_alarm a JOIN centre_head h ON h.centre_id = a.centre_id
         WHERE a.centre_id = $1 AND a.id = $2
        """,
        centre_id,
        alarm_id,
        at,
        event,
        actor.kind,
        actor.id,
        reason,
    )


def alarm_of(facts: Mapping[str, Any]) -> WindowAlarm:
    """Read the row of an alarm, also as a command's kept answer has it."""
    return WindowAlarm(
        id=as_uuid(facts["id"]),
        kind=facts["kind"],
        window=facts["window_number"],
        category=facts.get("category"),
        is_silent=facts["is_silent"],
        raised_at=as_moment(facts["raised_at"]),
        raised_by=as_uuid(facts["raised_by"]),
        accepted_at=if_any(as_moment, facts.get("accepted_at")),
        accepted_by=if_any(as_uuid, facts.get("accepted_by")),
        closed_at=if_any(as_moment, facts.get("closed_at")),
        closed_why=facts.get("closed_why"),
    )
