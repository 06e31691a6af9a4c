"""What is done to a fault and to its windows' alarms: one transaction, whichever is pressed.

Whoever takes a fault up, or ends it, takes up or closes the alarm of each window that has it, and
whoever takes up one of these alarms takes up the fault. Whoever closes one lets its window leave
the fault; the last one ends it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection
from queue_server.faults import store_windows
from queue_server.faults.model import FaultEventKind, FaultState
from queue_server.tickets import store_alarm_steps
from queue_server.tickets.model import Actor
from queue_server.tickets.window_alarms import AlarmEnd

_ENDS: Mapping[AlarmEnd, FaultState] = {
    "handled": "mended",
    "other": "mended",
    "false_alarm": "not_fault",
    "withdrawn": "not_fault",
}
"""How a fault ends whose last alarm was closed at the desk or in the hall."""
_WHY: Mapping[FaultState, AlarmEnd] = {"mended": "handled", "not_fault": "false_alarm"}
"""How the alarms of its windows end with a fault."""


async def alarm_accepted(
    connection: Connection, centre_id: int, alarm_id: UUID, *, at: datetime, actor: Actor
) -> None:
    """Take up the fault that goes with an alarm which somebody accepted, where there is one."""
    fault_id = await connection.fetchval(
        """
        SELECT f.id FROM fault f
          JOIN fault_window w ON w.centre_id = f.centre_id AND w.fault_id = f.id
         WHERE f.centre_id = $1 AND w.alarm_id = $2 AND f.state = 'reported'
        """,
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
    """Let the window whose alarm somebody closed leave its fault, where there is one.

    With the last of its windows a fault ends; one that was also reported of the machine itself goes
    on. It was none where no window says that it was one.
    """
    row = await connection.fetchrow(
        """
        SELECT f.id, w.window_number AS window, f.window_number IS NULL AS is_of_machine,
               EXISTS (SELECT 1 FROM fault_window o
                        WHERE o.centre_id = f.centre_id AND o.fault_id = f.id AND o.left_at IS NULL
                          AND o.window_number <> w.window_number) AS has_others
          FROM fault f JOIN fault_window w ON w.centre_id = f.centre_id AND w.fault_id = f.id
         WHERE f.centre_id = $1 AND w.alarm_id = $2 AND w.left_at IS NULL
           AND f.state IN ('reported', 'accepted')
        """,
        centre_id,
        alarm_id,
    )
    if row is None:
        return
    fault_id, state = row["id"], _ENDS[why]
    detail: dict[str, Any] = {"alarm": why, "window": row["window"]}
    if row["has_others"] or row["is_of_machine"]:
        await store_windows.leave(
            connection,
            centre_id,
            fault_id,
            row["window"],
            why=why,
            is_none=state == "not_fault",
            at=at,
        )
        await record(connection, centre_id, fault_id, "window_left", actor=actor, detail=detail)
        return
    if state == "not_fault" and await store_windows.some_window_was_mended(
        connection, centre_id, fault_id
    ):
        await store_windows.end_stops(connection, centre_id, fault_id, row["window"], is_none=True)
        state = "mended"
    await end(connection, centre_id, fault_id, at=at, actor=actor, state=state, detail=detail)


async def accept(
    connection: Connection,
    centre_id: int,
    fault_id: UUID,
    *,
    at: datetime,
    actor: Actor,
    by: UUID,
) -> int:
    """Note that `by` has the fault and goes to its windows; the first moment stays.

    Return the revision.
    """
    for alarm_id in (await store_windows.standing(connection, centre_id, fault_id)).values():
        if alarm_id is not None:
            await store_alarm_steps.accept_in(
                connection, centre_id, alarm_id, at=at, actor=actor, by=by, hands_over=True
            )
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
    for alarm_id in (await store_windows.standing(connection, centre_id, fault_id)).values():
        if alarm_id is not None:
            await store_alarm_steps.close_in(
                connection, centre_id, alarm_id, at=at, actor=actor, why=_WHY[state]
            )
    await connection.execute(
        """
        UPDATE fault f
           SET state = $3, ended_by = $5, last_at = greatest($4::timestamptz, last_at),
               mended_at = CASE $3 WHEN 'mended' THEN greatest($4::timestamptz, last_at) END,
               dismissed_at = CASE $3 WHEN 'not_fault' THEN greatest($4::timestamptz, last_at) END,
               stops_work = f.stops_work OR EXISTS (
                   SELECT 1 FROM fault_stop s WHERE s.centre_id = f.centre_id AND s.fault_id = f.id
                                                AND s.ended_at > s.began_at)
         WHERE f.centre_id = $1 AND f.id = $2
        """,
        centre_id,
        fault_id,
        state,
        at,
        actor.id,
    )
    await store_windows.end_stops(connection, centre_id, fault_id)
    event: FaultEventKind = "mended" if state == "mended" else "dismissed"
    return await record(connection, centre_id, fault_id, event, actor=actor, detail=detail)


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
