"""The SQL that every step of a fault takes, and the ties between a fault and its window's alarm.

Whatever is done to the alarm of a window is done to the fault that goes with it, in the same
transaction, and the other way round.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection
from queue_server.faults.model import FaultEventKind, FaultState
from queue_server.tickets.model import Actor
from queue_server.tickets.window_alarms import AlarmEnd

_ENDS: Mapping[AlarmEnd, FaultState] = {
    "handled": "mended",
    "other": "mended",
    "false_alarm": "not_fault",
    "withdrawn": "not_fault",
}
"""How a fault ends whose alarm was closed at the desk or in the hall."""


async def alarm_accepted(
    connection: Connection, centre_id: int, alarm_id: UUID, *, at: datetime, actor: Actor
) -> None:
    """Take up the fault that goes with an alarm which somebody accepted, where there is one."""
    fault_id = await connection.fetchval(
        "SELECT id FROM fault WHERE centre_id = $1 AND alarm_id = $2 AND state = 'reported'",
        centre_id,
        alarm_id,
    )
    if fault_id is not None and actor.id is not None:
        await accept(connection, centre_id, fault_id, at=at, actor=actor, by=actor.id)


async def alarm_closed(
    connection: Connection,
    centre_id: int,
    alarm_id: UUID,
    *,
    why: AlarmEnd,
    at: datetime,
    actor: Actor,
) -> None:
    """End the fault that goes with an alarm which somebody closed, where there is one."""
    fault_id = await connection.fetchval(
        "SELECT id FROM fault WHERE centre_id = $1 AND alarm_id = $2"
        " AND state IN ('reported', 'accepted')",
        centre_id,
        alarm_id,
    )
    if fault_id is not None:
        detail = {"alarm": why}
        await end(
            connection, centre_id, fault_id, at=at, actor=actor, state=_ENDS[why], detail=detail
        )


async def accept(
    connection: Connection,
    centre_id: int,
    fault_id: UUID,
    *,
    at: datetime,
    actor: Actor,
    by: UUID,
) -> int:
    """Note that `by` takes the fault; of several the first moment stays. Return the revision."""
    await connection.execute(
        "UPDATE fault SET state = 'accepted', accepted_by = $4,"
        " accepted_at = coalesce(accepted_at, greatest($3::timestamptz, last_at)),"
        " last_at = greatest($3::timestamptz, last_at) WHERE centre_id = $1 AND id = $2",
        centre_id,
        fault_id,
        at,
        by,
    )
    return await record(
        connection, centre_id, fault_id, "accepted", actor=actor, detail={"by": str(by)}
    )


async def end(
    connection: Connection,
    centre_id: int,
    fault_id: UUID,
    *,
    at: datetime,
    actor: Actor,
    state: FaultState,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Note that it is mended or was none; work goes on again. Return the revision."""
    await connection.execute(
        """
        UPDATE fault SET state = $3, ended_by = $5, last_at = greatest($4::timestamptz, last_at),
               mended_at = CASE $3 WHEN 'mended' THEN greatest($4::timestamptz, last_at) END,
               dismissed_at = CASE $3 WHEN 'not_fault' THEN greatest($4::timestamptz, last_at) END
         WHERE centre_id = $1 AND id = $2
        """,
        centre_id,
        fault_id,
        state,
        at,
        actor.id,
    )
    await connection.execute(
        "UPDATE fault_stop s SET ended_at = f.last_at FROM fault f"
        " WHERE s.centre_id = $1 AND s.fault_id = $2 AND s.ended_at IS NULL"
        " AND f.centre_id = s.centre_id AND f.id = s.fault_id",
        centre_id,
        fault_id,
    )
    event: FaultEventKind = "mended" if state == "mended" else "dismissed"
    return await record(connection, centre_id, fault_id, event, actor=actor, detail=detail)


async def stop_work(connection: Connection, centre_id: int, fault_id: UUID) -> None:
    """Begin the time in which work stands still, unless it stands already."""
    await connection.execute(
        """
        INSERT INTO fault_stop (centre_id, fault_id, began_at)
        SELECT centre_id, id, last_at FROM fault f WHERE centre_id = $1 AND id = $2
           AND NOT EXISTS (SELECT 1 FROM fault_stop s WHERE s.centre_id = $1 AND s.fault_id = $2
                                                        AND s.ended_at IS NULL)
        ON CONFLICT ON CONSTRAINT fault_stop_pk DO UPDATE SET ended_at = NULL
        """,
        centre_id,
        fault_id,
    )


async def record(
    connection: Connection,
    centre_id: int,
    fault_id: UUID,
    event: FaultEventKind,
    *,
    actor: Actor,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Append one event at the fault's last moment; return its revision."""
    revision: int = await connection.fetchval(
        """
        INSERT INTO fault_event (centre_id, revision, fault_id, at, event, actor_kind, actor_id,
               detail)
        SELECT $1, h.revision + 1, f.id, f.last_at, $3, $4, $5, $6
          FROM fault f JOIN centre_head h ON h.centre_id = f.centre_id
         WHERE f.centre_id = $1 AND f.id = $2 RETURNING revision
        """,
        centre_id,
        fault_id,
        event,
        actor.kind,
        actor.id,
        None if detail is None else dict(detail),
    )
    return revision
