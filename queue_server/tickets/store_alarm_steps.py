"""The steps of a desk's alarm as parts of a command that has the centre's lock: its SQL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection
from core_services.database.values import as_moment, as_uuid, if_any
from core_services.ids import new_id
from queue_server.tickets.errors import UnknownAlarm
from queue_server.tickets.model import Actor
from queue_server.tickets.store_command import Answer
from queue_server.tickets.window_alarms import AlarmEnd, AlarmKind, FaultCategory, WindowAlarm


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
    """Raise an alarm, or find the one that is open already; return its row."""
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
            return await read_in(connection, centre_id, alarm_id)
        await connection.execute(
            "UPDATE window_alarm SET is_silent = false WHERE centre_id = $1 AND id = $2",
            centre_id,
            alarm_id,
        )
    reason = category if category is not None else None if is_silent else "aloud"
    await _record(connection, centre_id, alarm_id, "raised", at=at, actor=actor, reason=reason)
    return await read_in(connection, centre_id, alarm_id)


async def accept_in(
    connection: Connection,
    centre_id: int,
    alarm_id: UUID,
    *,
    at: datetime,
    actor: Actor,
    by: UUID | None,
    hands_over: bool = False,
) -> bool:
    """Note that `by` goes there; False when somebody does already, unless it is handed over."""
    changed = await connection.fetchval(
        "UPDATE window_alarm SET accepted_by = $4,"
        " accepted_at = coalesce(accepted_at, greatest($3, raised_at))"
        " WHERE centre_id = $1 AND id = $2 AND closed_at IS NULL"
        " AND (accepted_at IS NULL OR ($5 AND accepted_by <> $4)) RETURNING true",
        centre_id,
        alarm_id,
        at,
        by,
        hands_over,
    )
    if changed:
        await _record(connection, centre_id, alarm_id, "accepted", at=at, actor=actor)
    return bool(changed)


async def close_in(
    connection: Connection,
    centre_id: int,
    alarm_id: UUID,
    *,
    at: datetime,
    actor: Actor,
    why: AlarmEnd,
) -> bool:
    """Close an alarm; False when it is closed already."""
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


async def read_in(connection: Connection, centre_id: int, alarm_id: UUID) -> Answer:
    """Return the row of an alarm. Raises UnknownAlarm."""
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
