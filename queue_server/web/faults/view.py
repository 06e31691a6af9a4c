"""Faults as pages show them: with the names of people and their clocks; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from queue_server.faults.model import Fault, FaultWindow
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault in a list."""

    fault: Fault
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
    faults: Iterable[Fault], *, names: Mapping[UUID, Words], at: datetime
) -> tuple[FaultRow, ...]:
    """Return faults in their order, each with its names."""
    return tuple(
        FaultRow(
            fault=each,
            by=names.get(each.reported_by),
            taken_by=None if each.accepted_by is None else names.get(each.accepted_by),
            ended_by=None if each.ended_by is None else names.get(each.ended_by),
            at=at,
        )
        for each in faults
    )
