"""The SQL of what was done to equipment, plans and orders: appended, and read again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from core_services.database.pool import Connection, Pool
from core_services.database.values import as_uuid, if_any
from queue_server.maintenance.model import MaintenanceEvent
from queue_server.tickets.model import Actor

SYSTEM = Actor("system")


async def record(
    connection: Connection,
    centre_id: int,
    subject: Literal["equipment", "plan", "order"],
    subject_id: UUID,
    event: str,
    *,
    actor: Actor,
    at: datetime,
    moves: tuple[str, str] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append one event to the centre's chain; the caller holds the centre's lock.

    `moves` are an order's states before and after.
    """
    await connection.execute(
        """
        INSERT INTO maintenance_event (centre_id, revision, at, subject, subject_id, event,
               from_state, to_state, actor_kind, actor_id, detail)
        SELECT $1, h.revision + 1,
               greatest($2::timestamptz, (SELECT max(e.at) FROM maintenance_event e
                                           WHERE e.centre_id = $1 AND e.subject_id = $4)),
               $3, $4, $5, $6, $7, $8, $9, $10
          FROM centre_head h WHERE h.centre_id = $1
        """,
        centre_id,
        at,
        subject,
        subject_id,
        event,
        None if moves is None else moves[0],
        None if moves is None else moves[1],
        actor.kind,
        actor.id,
        None if detail is None else dict(detail),
    )


async def read_events(
    pool: Pool, centre_id: int, subject_ids: list[UUID], *, limit: int
) -> tuple[MaintenanceEvent, ...]:
    """Return what was done to these, the latest first."""
    rows = await pool.fetch(
        """
        SELECT revision, at, subject, subject_id, event, actor_kind, actor_id, detail
          FROM maintenance_event WHERE centre_id = $1 AND subject_id = ANY ($2)
         ORDER BY revision DESC LIMIT $3
        """,
        centre_id,
        subject_ids,
        limit,
    )
    return tuple(
        MaintenanceEvent(
            revision=row["revision"],
            at=row["at"],
            subject=row["subject"],
            subject_id=as_uuid(row["subject_id"]),
            event=row["event"],
            actor_kind=row["actor_kind"],
            actor_id=if_any(as_uuid, row["actor_id"]),
            detail=row["detail"] or {},
        )
        for row in rows
    )
