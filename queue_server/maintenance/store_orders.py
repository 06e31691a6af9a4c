"""The SQL of maintenance orders: opened, acted on by their life's table, and read."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from core_services.database.values import as_uuid, if_any
from queue_server.maintenance.errors import UnknownOrder
from queue_server.maintenance.lifecycle import AFTER, acts_of, may
from queue_server.maintenance.model import Order, OrderAct, Origin, Place, Step
from queue_server.maintenance.store_events import record
from queue_server.tickets.errors import CannotMaintain
from queue_server.tickets.model import Actor


async def open_order(
    connection: Connection,
    centre_id: int,
    *,
    order_id: UUID,
    equipment_id: UUID,
    origin: Origin,
    title_ar: str,
    title_en: str,
    steps: Sequence[Step] = (),
    stops_work: bool = False,
    due_on: date | None = None,
    plan_id: UUID | None = None,
    fault_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> bool:
    """Open an order; False when that one, or the plan's or the fault's, is open already.

    It is part of the caller's command.
    """
    number = await connection.fetchval(
        """
        INSERT INTO maintenance_order (centre_id, id, number, equipment_id, origin, plan_id,
               fault_id, title_ar, title_en, steps, state, stops_work, device_id, window_number,
               due_on, opened_at)
        SELECT $1, $2, coalesce((SELECT max(number) FROM maintenance_order WHERE centre_id = $1), 0)
               + 1, $3, $4, $5, $6, $7, $8, $9, 'open', $10, e.device_id, e.window_number, $11, $12
          FROM equipment e WHERE e.centre_id = $1 AND e.id = $3
        ON CONFLICT DO NOTHING RETURNING number
        """,
        centre_id,
        order_id,
        equipment_id,
        origin,
        plan_id,
        fault_id,
        title_ar,
        title_en,
        steps_as_json(steps),
        stops_work,
        due_on,
        at,
    )
    if number is None:
        return False
    detail = {"number": number, "equipment": str(equipment_id), "origin": origin, "title": title_ar}
    await record(
        connection,
        centre_id,
        "order",
        order_id,
        "open",
        actor=actor,
        at=at,
        moves=("none", "open"),
        detail=detail,
    )
    return True


async def act(
    connection: Connection,
    centre_id: int,
    order: Order,
    what: OrderAct,
    *,
    done_text: str = "",
    parts: str = "",
    minutes: int | None = None,
    steps: Sequence[Step] | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Do one act of an order's life. Raises CannotMaintain where its state does not allow it."""
    if not may(what, order.state):
        raise CannotMaintain(state="state", allowed=acts_of(order.state))
    after = AFTER[what]
    await connection.execute(
        """
        UPDATE maintenance_order o
           SET state = $3,
               started_at = CASE WHEN $3 = 'in_work' THEN greatest($4::timestamptz, o.opened_at)
                                 ELSE o.started_at END,
               started_by = CASE WHEN $3 = 'in_work' THEN $5 ELSE o.started_by END,
               ended_at = CASE WHEN $3 IN ('done', 'cancelled')
                               THEN greatest($4::timestamptz, o.opened_at, o.started_at) END,
               ended_by = CASE WHEN $3 IN ('done', 'cancelled') THEN $5::uuid END,
               slips_at_end = CASE WHEN $3 IN ('done', 'cancelled') THEN e.slips END,
               metres_at_end = CASE WHEN $3 IN ('done', 'cancelled') THEN e.metres END,
               rolls_at_end = CASE WHEN $3 IN ('done', 'cancelled') THEN e.rolls END,
               done_text = nullif($6, ''), parts = nullif($7, ''), minutes = $8,
               steps = coalesce($9, o.steps)
          FROM equipment e
         WHERE o.centre_id = $1 AND o.id = $2 AND o.state = $10
           AND e.centre_id = $1 AND e.id = o.equipment_id
        """,
        centre_id,
        order.id,
        after,
        at,
        actor.id,
        done_text,
        parts,
        minutes,
        None if steps is None else steps_as_json(steps),
        order.state,
    )
    said: dict[str, Any] = {"done_text": done_text, "parts": parts, "minutes": minutes}
    if steps is not None:
        said["steps_done"] = [step.ar for step in steps if step.is_done]
    await record(
        connection,
        centre_id,
        "order",
        order.id,
        what,
        actor=actor,
        at=at,
        moves=(order.state, after),
        detail={name: value for name, value in said.items() if value} or None,
    )


async def read_one(database: Pool | Connection, centre_id: int, order_id: UUID) -> Order:
    """Return an order. Raises UnknownOrder."""
    row = await database.fetchrow(
        """
        SELECT o.*, e.label, e.kind AS equipment_kind, e.model, e.place, e.room,
               e.window_number AS at_window, d.name AS device
          FROM maintenance_order o
          JOIN equipment e ON e.centre_id = o.centre_id AND e.id = o.equipment_id
          LEFT JOIN device d ON d.centre_id = e.centre_id AND d.id = e.device_id
         WHERE o.centre_id = $1 AND o.id = $2
        """,
        centre_id,
        order_id,
    )
    if row is None:
        raise UnknownOrder(str(order_id))
    return order_of(row)


async def read_many(
    database: Pool | Connection,
    centre_id: int,
    *,
    ended_since: datetime | None = None,
    equipment_id: UUID | None = None,
    limit: int | None = 500,
) -> tuple[Order, ...]:
    """Return the orders that are open, and those ended since then, the one due first first.

    `equipment_id` leaves those of one piece.
    """
    rows = await database.fetch(
        """
        SELECT o.*, e.label, e.kind AS equipment_kind, e.model, e.place, e.room,
               e.window_number AS at_window, d.name AS device
          FROM maintenance_order o
          JOIN equipment e ON e.centre_id = o.centre_id AND e.id = o.equipment_id
          LEFT JOIN device d ON d.centre_id = e.centre_id AND d.id = e.device_id
         WHERE o.centre_id = $1 AND ($2::uuid IS NULL OR o.equipment_id = $2)
           AND (o.state IN ('open', 'in_work') OR o.ended_at >= $3)
         ORDER BY o.state IN ('done', 'cancelled'), o.ended_at DESC, o.due_on, o.number LIMIT $4
        """,
        centre_id,
        equipment_id,
        ended_since,
        limit,
    )
    return tuple(order_of(row) for row in rows)


async def read_of_fault(pool: Pool, centre_id: int, fault_id: UUID) -> tuple[Order, ...]:
    """Return the orders that were opened for a reported fault, the first first."""
    rows = await pool.fetch(
        """
        SELECT o.*, e.label, e.kind AS equipment_kind, e.model, e.place, e.room,
               e.window_number AS at_window, d.name AS device
          FROM maintenance_order o
          JOIN equipment e ON e.centre_id = o.centre_id AND e.id = o.equipment_id
          LEFT JOIN device d ON d.centre_id = e.centre_id AND d.id = e.device_id
         WHERE o.centre_id = $1 AND o.fault_id = $2 ORDER BY o.number
        """,
        centre_id,
        fault_id,
    )
    return tuple(order_of(row) for row in rows)


async def is_known(connection: Connection, centre_id: int, order_id: UUID) -> bool:
    """Say whether there is such an order."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM maintenance_order WHERE centre_id = $1 AND id = $2)",
        centre_id,
        order_id,
    )
    return found


async def count_overdue(pool: Pool, centre_id: int, *, before: date) -> int:
    """Return how many open orders were due before that day."""
    found: int = await pool.fetchval(
        "SELECT count(*) FROM maintenance_order WHERE centre_id = $1"
        " AND state IN ('open', 'in_work') AND due_on < $2",
        centre_id,
        before,
    )
    return found


def order_of(row: Record) -> Order:
    """Read a row of `maintenance_order` with its piece and where that is."""
    return Order(
        id=as_uuid(row["id"]),
        number=row["number"],
        equipment_id=as_uuid(row["equipment_id"]),
        label=row["label"],
        equipment_kind=row["equipment_kind"],
        model=row["model"],
        place=Place(row["place"], row["device"], row["at_window"], row["room"]),
        origin=row["origin"],
        plan_id=if_any(as_uuid, row["plan_id"]),
        fault_id=if_any(as_uuid, row["fault_id"]),
        title_ar=row["title_ar"],
        title_en=row["title_en"],
        steps=steps_of(row["steps"]),
        state=row["state"],
        stops_work=row["stops_work"],
        due_on=row["due_on"],
        opened_at=row["opened_at"],
        started_at=row["started_at"],
        started_by=if_any(as_uuid, row["started_by"]),
        ended_at=row["ended_at"],
        ended_by=if_any(as_uuid, row["ended_by"]),
        done_text=row["done_text"],
        parts=row["parts"],
        minutes=row["minutes"],
    )


def steps_of(kept: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Read the steps of a list."""
    return tuple(Step(each["ar"], each.get("en", ""), bool(each.get("done"))) for each in kept)


def steps_as_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [{"ar": step.ar, "en": step.en, "done": step.is_done} for step in steps]
