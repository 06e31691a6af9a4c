"""The SQL of a fault's windows: each with its alarm and the time for which it stands still."""

from datetime import datetime
from uuid import UUID

from core_services.database.pool import Connection
from core_services.database.values import as_uuid
from queue_server.tickets.window_alarms import AlarmEnd


async def tie(
    connection: Connection, centre_id: int, fault_id: UUID, window: int, alarm_id: UUID | None
) -> None:
    """Note that a window has the fault, from its last moment on; one that has it keeps its time."""
    await connection.execute(
        """
        INSERT INTO fault_window AS w (centre_id, fault_id, window_number, reported_at, alarm_id)
        SELECT f.centre_id, f.id, $3, f.last_at, $4 FROM fault f
         WHERE f.centre_id = $1 AND f.id = $2
        ON CONFLICT ON CONSTRAINT fault_window_pk DO UPDATE
           SET alarm_id = excluded.alarm_id, left_at = NULL, left_why = NULL,
               reported_at = CASE WHEN w.left_at IS NULL THEN w.reported_at
                                  ELSE excluded.reported_at END
        """,
        centre_id,
        fault_id,
        window,
        alarm_id,
    )


async def standing(
    connection: Connection, centre_id: int, fault_id: UUID
) -> dict[int, UUID | None]:
    """Return the windows that have a fault, or had it when it ended, each with its alarm."""
    rows = await connection.fetch(
        "SELECT window_number, alarm_id FROM fault_window WHERE centre_id = $1 AND fault_id = $2"
        " AND left_at IS NULL ORDER BY reported_at, window_number",
        centre_id,
        fault_id,
    )
    return {
        row["window_number"]: None if row["alarm_id"] is None else as_uuid(row["alarm_id"])
        for row in rows
    }


async def leave(
    connection: Connection,
    centre_id: int,
    fault_id: UUID,
    window: int,
    *,
    why: AlarmEnd,
    is_none: bool,
    at: datetime,
) -> None:
    """Note that a window has nothing of the fault any more, which goes on without it.

    With `is_none` it never had: it did not stand still because of it either.
    """
    await connection.execute(
        "UPDATE fault SET last_at = greatest($3, last_at) WHERE centre_id = $1 AND id = $2",
        centre_id,
        fault_id,
        at,
    )
    await connection.execute(
        "UPDATE fault_window w SET left_at = f.last_at, left_why = $4 FROM fault f"
        " WHERE w.centre_id = $1 AND w.fault_id = $2 AND w.window_number = $3"
        " AND f.centre_id = w.centre_id AND f.id = w.fault_id",
        centre_id,
        fault_id,
        window,
        why,
    )
    await end_stops(connection, centre_id, fault_id, window, is_none=is_none)
    await weigh(connection, centre_id, fault_id)


async def weigh(connection: Connection, centre_id: int, fault_id: UUID) -> None:
    """Note whether work stands still because of a fault that is open."""
    await connection.execute(
        "UPDATE fault f SET stops_work = EXISTS (SELECT 1 FROM fault_stop s WHERE s.centre_id = $1"
        " AND s.fault_id = $2 AND s.ended_at IS NULL) WHERE f.centre_id = $1 AND f.id = $2",
        centre_id,
        fault_id,
    )


async def some_window_was_mended(connection: Connection, centre_id: int, fault_id: UUID) -> bool:
    """Say whether a window that left the fault said that it had been one."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM fault_window WHERE centre_id = $1 AND fault_id = $2"
        " AND left_why IN ('handled', 'other'))",
        centre_id,
        fault_id,
    )
    return found


async def stop_work(
    connection: Connection, centre_id: int, fault_id: UUID, window: int | None
) -> None:
    """Begin the time in which a window, or the machine itself, stands still; unless it does."""
    await connection.execute(
        """
        INSERT INTO fault_stop (centre_id, fault_id, window_number, began_at)
        SELECT f.centre_id, f.id, $3, f.last_at FROM fault f
         WHERE f.centre_id = $1 AND f.id = $2
           AND NOT EXISTS (SELECT 1 FROM fault_stop s WHERE s.centre_id = $1 AND s.fault_id = $2
                              AND s.window_number IS NOT DISTINCT FROM $3 AND s.ended_at IS NULL)
        ON CONFLICT ON CONSTRAINT fault_stop_begins_once DO UPDATE SET ended_at = NULL
        """,
        centre_id,
        fault_id,
        window,
    )


async def end_stops(
    connection: Connection,
    centre_id: int,
    fault_id: UUID,
    window: int | None = None,
    *,
    is_none: bool = False,
) -> None:
    """End the time in which a window stands still, or everything that stands still because of it.

    With `is_none` the window's time has no length: it stood still for nothing.
    """
    await connection.execute(
        """
        UPDATE fault_stop s SET ended_at = CASE WHEN $4 THEN s.began_at ELSE f.last_at END
          FROM fault f
         WHERE s.centre_id = $1 AND s.fault_id = $2 AND s.ended_at IS NULL
           AND ($3::smallint IS NULL OR s.window_number = $3)
           AND f.centre_id = s.centre_id AND f.id = s.fault_id
        """,
        centre_id,
        fault_id,
        window,
        is_none,
    )


async def stop_work_again(
    connection: Connection, centre_id: int, fault_id: UUID, ended_at: datetime
) -> None:
    """Begin again, at the fault's last moment, each time that its end had ended."""
    await connection.execute(
        """
        INSERT INTO fault_stop (centre_id, fault_id, window_number, began_at)
        SELECT DISTINCT f.centre_id, f.id, s.window_number, f.last_at
          FROM fault f JOIN fault_stop s ON s.centre_id = f.centre_id AND s.fault_id = f.id
          LEFT JOIN fault_window w ON w.centre_id = s.centre_id AND w.fault_id = s.fault_id
                                  AND w.window_number = s.window_number
         WHERE f.centre_id = $1 AND f.id = $2 AND s.ended_at = $3 AND w.left_at IS NULL
        ON CONFLICT ON CONSTRAINT fault_stop_begins_once DO UPDATE SET ended_at = NULL
        """,
        centre_id,
        fault_id,
        ended_at,
    )
    await weigh(connection, centre_id, fault_id)
