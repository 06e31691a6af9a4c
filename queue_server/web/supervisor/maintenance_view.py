"""The technician's pages: what is to be done, one piece, one order, a swap; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, Literal
from uuid import UUID

from queue_server.maintenance.due import is_overdue
from queue_server.maintenance.lifecycle import AFTER, may
from queue_server.maintenance.model import (
    KINDS,
    Equipment,
    EquipmentKind,
    MaintenanceEvent,
    Order,
    OrderAct,
    Place,
    Plan,
)
from queue_server.maintenance.planning import Coming
from queue_server.maintenance.store_swap import swap_fault
from queue_server.web.faults.view import FaultRow
from queue_server.web.supervisor.maintenance_form import Form, FormsPage, Said
from queue_server.web.words import Words

PATH: Final = "/supervisor/maintenance"
DONE_SHOWN: Final = 20
_ORDER: Final = {"machine": 0, "window": 1, "room": 2, "shelf": 3, "repair": 4, "scrapped": 5}


@dataclass(frozen=True, slots=True)
class Spots:
    """Where a piece may be put."""

    machines: tuple[str, ...]
    windows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenancePage(FormsPage):
    """What is to be done and what there is."""

    template: ClassVar[str] = "supervisor_maintenance.html"

    today: date
    overdue: tuple[Order, ...]
    waiting: tuple[Order, ...]
    in_work: tuple[Order, ...]
    done: tuple[Order, ...]
    soon: tuple[Coming, ...]
    equipment: tuple[Equipment, ...]
    plans: tuple[Plan, ...]
    spots: Spots

    @property
    def kinds(self) -> tuple[EquipmentKind, ...]:
        return KINDS


@dataclass(frozen=True, slots=True)
class EventRow:
    """One thing that was done, and by whom."""

    event: MaintenanceEvent
    by: Words | None

    @property
    def place(self) -> Place | None:
        """Return where a piece was put."""
        detail = self.event.detail
        if "place" not in detail:
            return None
        return Place(
            detail["place"], detail.get("device"), detail.get("window"), detail.get("room")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentPage(FormsPage):
    """One piece: where it is, what is to be done, what it went through."""

    template: ClassVar[str] = "supervisor_equipment.html"

    piece: Equipment
    opened: tuple[Order, ...]
    over: tuple[Order, ...]
    coming: tuple[Coming, ...]
    events: tuple[EventRow, ...]
    spots: Spots


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage(FormsPage):
    """One maintenance order."""

    template: ClassVar[str] = "supervisor_maintenance_order.html"

    order: Order
    today: date
    fault: FaultRow | None
    """That it is for."""
    started_by: Words | None
    ended_by: Words | None
    events: tuple[EventRow, ...]

    def may(self, act: OrderAct) -> bool:
        return may(act, self.order.state)

    @property
    def unkept(self) -> str:
        """Return what was typed for an act that can be done no more."""
        act = next((each for each in AFTER if self.sent and each == self.sent.name), None)
        return "" if not (self.sent and act) or self.may(act) else self.sent.value("done_text")

    @property
    def is_overdue(self) -> bool:
        return self.order.ended_at is None and is_overdue(self.order.due_on, self.today)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapPage(FormsPage):
    """Two labels, one after the other, then one button."""

    template: ClassVar[str] = "supervisor_swap.html"

    broken: Equipment | None
    spare: Equipment | None
    spares: tuple[Equipment, ...]
    """Those on the shelf that would do."""
    faults: tuple[FaultRow, ...]
    """Reported and open, that the broken one may be behind."""

    @property
    def wants(self) -> Literal["broken", "spare", "nothing"]:
        """Which label is to be scanned next."""
        if self.broken is None:
            return "broken"
        return "spare" if self.spare is None else "nothing"

    @property
    def fault(self) -> Said | None:
        """Return why these two cannot be swapped."""
        if self.broken is None:
            return None
        if self.broken.place.kind == "scrapped":
            return Said("scrapped", self.broken.label)
        if not self.broken.place.is_in_use:
            return Said("not-in-use", self.broken.label)
        if self.spare is None:
            return None
        fault = swap_fault(self.broken, self.spare)
        return None if fault is None else Said(fault, self.spare.label)


def maintenance_page(
    *,
    orders: Sequence[Order],
    soon: tuple[Coming, ...],
    equipment: Iterable[Equipment],
    plans: Iterable[Plan],
    spots: Spots,
    today: date,
    at: datetime,
    said: Said | None,
    sent: Form | None = None,
) -> MaintenancePage:
    """Make the view; every order stands in one list."""
    waiting = [each for each in orders if each.state == "open"]
    late = [each for each in orders if each.ended_at is None and is_overdue(each.due_on, today)]
    return MaintenancePage(
        today=today,
        at=at,
        overdue=tuple(late),
        waiting=tuple(each for each in waiting if each not in late),
        in_work=tuple(each for each in orders if each.state == "in_work" and each not in late),
        done=tuple(each for each in orders if each.ended_at is not None)[:DONE_SHOWN],
        soon=soon,
        equipment=tuple(sorted(equipment, key=lambda each: (_ORDER[each.place.kind], each.label))),
        plans=tuple(each for each in plans if each.ended_at is None),
        spots=spots,
        said=said,
        sent=sent,
    )


def event_rows(
    events: Iterable[MaintenanceEvent], names: Mapping[UUID, Words]
) -> tuple[EventRow, ...]:
    """Return events with the names of those who acted."""
    return tuple(
        EventRow(each, None if each.actor_id is None else names.get(each.actor_id))
        for each in events
    )


def spares_for(broken: Equipment | None, equipment: Iterable[Equipment]) -> tuple[Equipment, ...]:
    """Return the pieces on the shelf that could take its place."""
    if broken is None:
        return ()
    return tuple(each for each in equipment if swap_fault(broken, each) is None)
