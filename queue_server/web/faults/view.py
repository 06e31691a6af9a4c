"""Faults as pages show them: with the names of machines and people and their clocks; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core_services.devices.model import Device, DeviceKind
from queue_server.faults.model import Fault, FaultWindow
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault in a list."""

    fault: Fault
    device: str | None
    device_kind: DeviceKind | None
    is_known_machine: bool
    """The machine is in use and has a page of its own."""
    by: Words | None
    taken_by: Words | None
    ended_by: Words | None
    at: datetime

    @property
    def windows(self) -> tuple[int, ...]:
        """Return the numbers of the windows that have it, or had it when it ended."""
        return tuple(each.number for each in self.fault.standing)

    @property
    def left(self) -> tuple[FaultWindow, ...]:
        """Return the windows that had it before and have nothing of it any more."""
        return tuple(each for each in self.fault.windows if not each.stands)

    @property
    def open_s(self) -> int:
        return self.fault.open_s(self.at)


def fault_rows(
    faults: Iterable[Fault],
    *,
    devices: Mapping[UUID, Device],
    names: Mapping[UUID, Words],
    at: datetime,
) -> tuple[FaultRow, ...]:
    """Return faults in their order, each with its names."""
    return tuple(_row(each, devices, names, at) for each in faults)


def _row(
    fault: Fault, devices: Mapping[UUID, Device], names: Mapping[UUID, Words], at: datetime
) -> FaultRow:
    device = None if fault.device_id is None else devices.get(fault.device_id)
    return FaultRow(
        fault=fault,
        device=None if device is None else device.name,
        device_kind=None if device is None else device.kind,
        is_known_machine=device is not None and device.revoked_at is None,
        by=names.get(fault.reported_by),
        taken_by=None if fault.accepted_by is None else names.get(fault.accepted_by),
        ended_by=None if fault.ended_by is None else names.get(fault.ended_by),
        at=at,
    )
