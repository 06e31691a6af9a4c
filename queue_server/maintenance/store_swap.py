"""The SQL of the swap: a spare takes the place of a broken piece, all of it or nothing."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from core_services.database.pool import Connection
from queue_server.maintenance import store_equipment, store_orders
from queue_server.maintenance.errors import Fault
from queue_server.maintenance.model import Equipment, Place
from queue_server.maintenance.store_meter import count_piece
from queue_server.tickets.errors import CannotMaintain
from queue_server.tickets.model import Actor

TITLE_AR: Final = "إصلاح بعد استبدالها باحتياطية"
TITLE_EN: Final = "Repair, after a spare took its place"


def swap_fault(broken: Equipment, spare: Equipment) -> Fault | None:
    """Say why these two cannot be swapped; None: they can."""
    if broken.id == spare.id:
        return "same-piece"
    if "scrapped" in (broken.place.kind, spare.place.kind):
        return "scrapped"
    if broken.kind != spare.kind:
        return "other-kind"
    if not broken.place.is_in_use:
        return "not-in-use"
    return None if spare.place.kind == "shelf" else "not-a-spare"


async def swap(
    connection: Connection,
    centre_id: int,
    *,
    swap_id: UUID,
    broken_label: str,
    spare_label: str,
    to: Literal["repair", "shelf"],
    note: str,
    zone: ZoneInfo,
    cut_over: time,
    actor: Actor,
    at: datetime,
) -> Mapping[str, Any]:
    """Put the spare where the broken piece is, and that one away; open an order for its repair.

    Where an order for it is open already that no plan opened, that is the one. A swap of that id is
    not done again. It is part of the caller's command. Raises UnknownEquipment, CannotMaintain.
    """
    known = await connection.fetchrow(
        "SELECT broken_id, spare_id, order_id FROM equipment_swap WHERE centre_id = $1 AND id = $2",
        centre_id,
        swap_id,
    )
    if known is not None:
        return _answer(known["broken_id"], known["spare_id"], known["order_id"], is_new=False)
    broken = await store_equipment.read_one(connection, centre_id, broken_label)
    spare = await store_equipment.read_one(connection, centre_id, spare_label)
    fault = swap_fault(broken, spare)
    if fault is not None:
        is_of_spare = fault in ("not-a-spare", "other-kind") or spare.place.kind == "scrapped"
        raise CannotMaintain(state=fault, label=(spare if is_of_spare else broken).label)
    await count_piece(connection, centre_id, broken.id, zone=zone, cut_over=cut_over)
    order_id = await _order_for(
        connection, centre_id, broken, swap_id=swap_id, note=note, actor=actor, at=at
    )
    await store_equipment.put(
        connection,
        centre_id,
        broken,
        Place(to),
        event="swapped_out",
        actor=actor,
        at=at,
        detail={"by": spare.label, "order": str(order_id), **({"note": note} if note else {})},
    )
    await store_equipment.put(
        connection,
        centre_id,
        spare,
        broken.place,
        event="swapped_in",
        actor=actor,
        at=at,
        detail={"for": broken.label},
    )
    await count_piece(connection, centre_id, spare.id, zone=zone, cut_over=cut_over)
    await connection.execute(
        "INSERT INTO equipment_swap (centre_id, id, broken_id, spare_id, order_id, swapped_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        centre_id,
        swap_id,
        broken.id,
        spare.id,
        order_id,
        at,
    )
    return _answer(broken.id, spare.id, order_id, is_new=True)


def _answer(broken: object, spare: object, order: object, *, is_new: bool) -> Mapping[str, Any]:
    return {"broken": str(broken), "spare": str(spare), "order": str(order), "is_new": is_new}


async def _order_for(
    connection: Connection,
    centre_id: int,
    broken: Equipment,
    *,
    swap_id: UUID,
    note: str,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Return the order under which the broken piece is repaired."""
    opened = await store_orders.read_many(connection, centre_id, equipment_id=broken.id)
    for order in opened:
        if order.plan_id is None and order.ended_at is None:
            return order.id
    await store_orders.open_order(
        connection,
        centre_id,
        order_id=swap_id,
        equipment_id=broken.id,
        origin="swap",
        title_ar=note or TITLE_AR,
        title_en="" if note else TITLE_EN,
        actor=actor,
        at=at,
    )
    return swap_id
