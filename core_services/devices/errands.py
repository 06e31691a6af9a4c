"""What one machine is told to do for its own care, and what becomes of it; values and rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, get_args
from uuid import UUID

from core_services.devices.model import DeviceKind, ErrandKind

ERRAND_KINDS: Final[frozenset[str]] = frozenset(get_args(ErrandKind))

ERRANDS_OF: Final[Mapping[DeviceKind, tuple[ErrandKind, ...]]] = {
    "kiosk": ("trial", "picture", "restart", "notice", "duty"),
    "display": ("picture", "restart", "notice"),
    "workstation": ("restart",),
}
"""What machines of each kind can do; a workstation's trial papers are work orders."""

STALE_AFTER: Final = timedelta(minutes=15)
"""An errand for now that was not done in this time is given no more: whoever ordered it is gone."""
FOR_NOW: Final[frozenset[ErrandKind]] = frozenset({"trial", "restart", "picture"})
"""Errands of a moment; the others are states, which a machine is told of however late it comes."""

WORDS_LENGTH: Final = 160
"""The longest words for a glass in one language; the database's CHECK is the same."""
LONGEST_NOTICE: Final = timedelta(days=7)
LARGEST_PICTURE_BYTES: Final = 48 * 1024


@dataclass(frozen=True, slots=True)
class Errand:
    """An errand as it stands."""

    id: UUID
    device_id: UUID
    kind: ErrandKind
    payload: Mapping[str, Any]
    ordered_at: datetime
    ordered_by: UUID | None
    delivered_at: datetime | None
    """When it was sent last; None until a process held the machine's socket."""
    done_at: datetime | None
    outcome: str | None
    """`done`, `failed`, `unknown`, `withdrawn` (too late, or another took its place), `revoked`."""
    reason: str | None

    @property
    def is_open(self) -> bool:
        return self.done_at is None


@dataclass(frozen=True, slots=True)
class Picture:
    """What stood on a machine's glass at a moment, as WebP."""

    taken_at: datetime
    content: bytes
