"""Alarms of the desk: an emergency, a wish for the supervisor, a fault; each from rise to close."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal, get_args
from uuid import UUID

AlarmKind = Literal["emergency", "supervisor", "fault"]
DeskCategory = Literal[
    "computer", "printer", "scanner", "network", "payment", "screen", "power", "other"
]
"""What is reported by one key of the desk."""
FaultCategory = Literal[
    "computer", "printer", "scanner", "network", "payment", "screen", "power", "other",
    "programme", "crowd", "forms", "hindrance",
]  # fmt: skip
"""What can be wrong with a window; the rest is reported on the form of faults."""
AlarmEnd = Literal["handled", "false_alarm", "withdrawn", "other"]

CATEGORIES: tuple[DeskCategory, ...] = get_args(DeskCategory)
ENDS: tuple[AlarmEnd, ...] = get_args(AlarmEnd)

WEIGHT: Mapping[AlarmKind, int] = MappingProxyType({"emergency": 0, "supervisor": 1, "fault": 2})
"""The order in which a supervisor is told of them."""


@dataclass(frozen=True, slots=True)
class WindowAlarm:
    """One alarm of one window."""

    id: UUID
    kind: AlarmKind
    window: int
    category: FaultCategory | None
    is_silent: bool
    """Only supervisors are told; the other desks of the hall show nothing."""
    raised_at: datetime
    raised_by: UUID
    accepted_at: datetime | None
    accepted_by: UUID | None
    """Whoever said «أنا قادم»."""
    closed_at: datetime | None
    closed_why: AlarmEnd | None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
