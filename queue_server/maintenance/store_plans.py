"""The SQL of plans: made, ended, and where each stands at each piece in use."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core_services.calendar import business_day
from core_services.database.pool import Connection, Pool, Record
from core_services.database.values import as_uuid, if_any
from queue_server.maintenance.due import Standing
from queue_server.maintenance.model import Counts, Equipment, Limit, NewPlan, Plan
from queue_server.maintenance.store_equipment import equipment_of
from queue_server.maintenance.store_events import record
from queue_server.maintenance.store_orders import steps_as_json, steps_of
from queue_server.tickets.model import Actor


@dataclass(frozen=True, slots=True)
class Round:
    """A plan at one piece in use."""

    plan: Plan
    equipment: Equipment
    standing: Standing


async def make(
    connection: Connection,
    centre_id: int,
    plan: NewPlan,
    *,
    plan_id: UUID,
    equipment_id: UUID | None,
    actor: Actor,
    at: datetime,
) -> bool:
    """Make a plan; False when one was made under that id. It is part of the caller's command."""
    first, second, *_ = (*plan.limits, None, None)
    made = await connection.fetchval(
        """
        INSERT INTO maintenance_plan (centre_id, id, title_ar, title_en, kind, equipment_id, every,
               unit, every_count, counter, stops_work, steps, made_at, or_count, or_counter)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT ON CONSTRAINT maintenance_plan_pk DO NOTHING RETURNING true
        """,
        centre_id,
        plan_id,
        plan.title_ar,
        plan.title_en,
        plan.kind,
        equipment_id,
        plan.every,
        plan.unit,
        first.count if first else None,
        first.counter if first else None,
        plan.stops_work,
        steps_as_json(plan.steps),
        at,
        second.count if second else None,
        second.counter if second else None,
    )
    if not made:
        return False
    detail: dict[str, Any] = {
        "title": plan.title_ar,
        "of": plan.kind or plan.label,
        "every": plan.every,
        "unit": plan.unit,
        "limits": [{"count": each.count, "counter": each.counter} for each in plan.limits] or None,
    }
    kept = {name: value for name, value in detail.items() if value is not None}
    await record(connection, centre_id, "plan", plan_id, "made", actor=actor, at=at, detail=kept)
    return True


async def end(
    connection: Connection, centre_id: int, plan_id: UUID, *, actor: Actor, at: datetime
) -> bool:
    """End a plan: nothing more comes of it. False when it is over."""
    ended = await connection.fetchval(
        "UPDATE maintenance_plan SET ended_at = greatest($3, made_at)"
        " WHERE centre_id = $1 AND id = $2 AND ended_at IS NULL RETURNING true",
        centre_id,
        plan_id,
        at,
    )
    if not ended:
        return False
    await record(connection, centre_id, "plan", plan_id, "ended", actor=actor, at=at)
    return True


async def end_of_piece(
    connection: Connection, centre_id: int, equipment_id: UUID, *, actor: Actor, at: datetime
) -> None:
    """End every plan that is for this piece alone."""
    rows = await connection.fetch(
        "SELECT id FROM maintenance_plan WHERE centre_id = $1 AND equipment_id = $2"
        " AND ended_at IS NULL ORDER BY made_at, id",
        centre_id,
        equipment_id,
    )
    for row in rows:
        await end(connection, centre_id, as_uuid(row["id"]), actor=actor, at=at)


async def read_plans(database: Pool | Connection, centre_id: int) -> tuple[Plan, ...]:
    """Return every plan, those that hold first, in the order in which they were made."""
    rows = await database.fetch(
        """
        SELECT p.*, e.label FROM maintenance_plan p
          LEFT JOIN equipment e ON e.centre_id = p.centre_id AND e.id = p.equipment_id
         WHERE p.centre_id = $1 ORDER BY p.ended_at IS NOT NULL, p.made_at, p.id
        """,
        centre_id,
    )
    return tuple(
        Plan(
            id=as_uuid(row["id"]),
            title_ar=row["title_ar"],
            title_en=row["title_en"],
            kind=row["kind"],
            equipment_id=if_any(as_uuid, row["equipment_id"]),
            every=row["every"],
            unit=row["unit"],
            limits=tuple(
                Limit(row[count], row[counter])
                for count, counter in (("every_count", "counter"), ("or_count", "or_counter"))
                if row[count] is not None
            ),
            stops_work=row["stops_work"],
            steps=steps_of(row["steps"]),
            made_at=row["made_at"],
            ended_at=row["ended_at"],
            equipment_label=row["label"],
        )
        for row in rows
    )


async def read_rounds(
    database: Pool | Connection, centre_id: int, *, zone: ZoneInfo, cut_over: time
) -> tuple[Round, ...]:
    """Return where every plan that holds stands at each piece in use that it is for."""
    plans = {plan.id: plan for plan in await read_plans(database, centre_id)}
    rows = await database.fetch(
        """
        SELECT e.*, d.name AS device, d.kind AS device_kind, d.revoked_at,
               p.id AS plan_id,
               p.made_at AS plan_made_at, last.ended_at AS last_ended_at, last.slips_at_end,
               last.metres_at_end, last.rolls_at_end,
               EXISTS (SELECT 1 FROM maintenance_order o WHERE o.centre_id = p.centre_id
                          AND o.plan_id = p.id AND o.equipment_id = e.id
                          AND o.state IN ('open', 'in_work')) AS is_under_way
          FROM maintenance_plan p
          JOIN equipment e ON e.centre_id = p.centre_id
               AND (e.kind = p.kind OR e.id = p.equipment_id)
          LEFT JOIN device d ON d.centre_id = e.centre_id AND d.id = e.device_id
          LEFT JOIN LATERAL (
               SELECT o.ended_at, o.slips_at_end, o.metres_at_end, o.rolls_at_end
                 FROM maintenance_order o
                WHERE o.centre_id = p.centre_id AND o.plan_id = p.id AND o.equipment_id = e.id
                  AND o.ended_at IS NOT NULL
                ORDER BY o.ended_at DESC, o.number DESC LIMIT 1) last ON true
         WHERE p.centre_id = $1 AND p.ended_at IS NULL AND e.in_use_since IS NOT NULL
         ORDER BY p.made_at, p.id, e.label
        """,
        centre_id,
    )

    def day_of(row: Record) -> date:
        moments = (row["plan_made_at"], row["in_use_since"], row["last_ended_at"])
        latest = max(each for each in moments if each is not None)
        return business_day(latest, zone, cut_over)

    return tuple(
        Round(
            plans[as_uuid(row["plan_id"])],
            equipment_of(row),
            Standing(
                since=day_of(row),
                counted_from=Counts(
                    row["slips_at_end"] or 0, row["metres_at_end"] or 0.0, row["rolls_at_end"] or 0
                ),
                counts=Counts(row["slips"], row["metres"], row["rolls"]),
                is_under_way=row["is_under_way"],
            ),
        )
        for row in rows
    )
