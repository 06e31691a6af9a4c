"""The workstations and their orders as a supervisor sees them; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final
from uuid import UUID

from core_services.devices.model import Attached, AttachedKind
from core_services.devices.work import WorkKind, WorkOrder
from core_services.ids import new_id
from queue_server.web.supervisor.devices import DeviceRow
from queue_server.web.words import Words

DOUBTFUL_SHOWN: Final = 12
LATEST_SHOWN: Final = 20

DOES: Final[Mapping[AttachedKind, WorkKind]] = {
    "receipt_printer": "receipt",
    "page_printer": "page",
    "modem": "message",
}
"""What can be ordered from a device of each kind; nothing from a scanner."""


@dataclass(frozen=True, slots=True)
class Target:
    """A device that does orders of one kind."""

    device: DeviceRow
    attached: Attached

    @property
    def does(self) -> WorkKind:
        return DOES[self.attached.kind]

    @property
    def value(self) -> str:
        """As forms carry it."""
        return f"{self.device.id}/{self.attached.name}"

    @property
    def name(self) -> str:
        return f"{self.device.name} · {self.attached.name}"

    @property
    def is_ready(self) -> bool:
        return self.device.is_up and self.attached.state == "ready"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order."""

    order: WorkOrder
    title: Words
    device_name: str
    by: Words | None
    minutes: int
    """Since it was ordered."""
    targets: tuple[Target, ...]
    """Who could do it again."""


@dataclass(frozen=True, slots=True)
class Book:
    """An emergency book that can be printed."""

    number: int
    code: str
    for_day: date


@dataclass(frozen=True, slots=True)
class WorkNow:
    """What changes on the page."""

    template: ClassVar[str] = "_supervisor_work.html"

    stations: tuple[DeviceRow, ...]
    targets: tuple[Target, ...]
    in_doubt: tuple[OrderRow, ...]
    latest: tuple[OrderRow, ...]
    books: tuple[Book, ...]
    at: datetime

    def targets_of(self, kind: WorkKind) -> tuple[Target, ...]:
        """Return who does that, whoever can do so at once first."""
        return tuple(each for each in self.targets if each.does == kind)

    def target(self, device: DeviceRow, attached: Attached) -> Target | None:
        """Return a device as one that does orders; None for a scanner."""
        return Target(device, attached) if attached.kind in DOES else None

    def once(self) -> UUID:
        """Return the id of an order about to be given: a form sent twice gives one."""
        return new_id(self.at)


def work_now(
    *,
    devices: Iterable[DeviceRow],
    in_doubt: Sequence[WorkOrder],
    latest: Sequence[WorkOrder],
    books: Iterable[Book],
    staff: Mapping[UUID, Words],
    at: datetime,
) -> WorkNow:
    """Make the view."""
    stations = tuple(each for each in devices if each.kind == "workstation")
    targets = targets_of(stations)
    names = {each.id: each.name for each in stations}

    def row(order: WorkOrder) -> OrderRow:
        return OrderRow(
            order=order,
            title=Words(order.title_ar, order.title_en),
            device_name=names.get(order.device_id, "–"),
            by=None if order.ordered_by is None else staff.get(order.ordered_by),
            minutes=int((at - order.ordered_at).total_seconds()) // 60,
            targets=tuple(each for each in targets if each.does == order.kind),
        )

    return WorkNow(
        stations=stations,
        targets=targets,
        in_doubt=tuple(row(order) for order in in_doubt),
        latest=tuple(row(order) for order in latest),
        books=tuple(books),
        at=at,
    )


def targets_of(stations: Iterable[DeviceRow]) -> tuple[Target, ...]:
    """Return the devices of workstations that do orders, whoever can do so at once first."""
    able = (
        Target(device, attached)
        for device in stations
        for attached in device.attached
        if attached.kind in DOES and attached.state != "absent"
    )
    return tuple(sorted(able, key=lambda each: not each.is_ready))
