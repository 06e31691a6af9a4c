"""The values of the fleet: devices, their presence, the commands that wait for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from core_services.devices.offline import OfflineRange

DeviceKind = Literal["kiosk", "display", "workstation"]
ErrandKind = Literal["trial", "restart", "duty", "notice", "picture"]
"""What one machine is told to do for its own care: print a trial slip · end its program, which is
brought back · go out of service or back · show a notice · tell what its glass looks like."""
CommandKind = Literal["reprint", "work"] | ErrandKind
PrinterState = Literal["ready", "not_ready", "absent"]
PaperState = Literal["ok", "near_end", "out", "unknown"]
CoverState = Literal["closed", "open", "unknown"]
AttachedKind = Literal[
    "receipt_printer", "page_printer", "scanner", "document_scanner", "modem", "panels", "glass"
]

UP_FOR: Final = timedelta(seconds=15)
"""A device counts as up for so long after it was last seen: three heartbeats."""


@dataclass(frozen=True, slots=True)
class OutOfService:
    """A kiosk gives no numbers: since when, and what stands on its glass."""

    since: datetime
    by: UUID | None
    text_ar: str
    text_en: str
    """Empty: the Arabic stands alone."""


@dataclass(frozen=True, slots=True)
class Device:
    """A machine that may connect."""

    id: UUID
    centre_id: int
    kind: DeviceKind
    name: str
    created_at: datetime
    revoked_at: datetime | None
    out_of_service: OutOfService | None = None


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device just added, and its token, which is shown once and stored nowhere."""

    token: str
    device: Device


@dataclass(frozen=True, slots=True)
class Attached:
    """A device of a workstation, a kiosk's scanner, a machine's glass, by its last word."""

    name: str
    kind: AttachedKind
    state: PrinterState
    reason: str | None = None
    paper: PaperState | None = None
    cover: CoverState | None = None
    width_dots: int | None = None
    window: int | None = None


@dataclass(frozen=True, slots=True)
class Beat:
    """What a device says of itself."""

    version: str
    journal_id: str | None = None
    printer: PrinterState | None = None
    paper: PaperState | None = None
    cover: CoverState | None = None
    detail: str | None = None
    jobs: Mapping[str, int] | None = None
    """Print jobs in its journal by state, today."""
    roll: Mapping[str, Any] | None = None
    """The roll in its printer; see `core_services.link.frames.RollFrame`."""
    attached: tuple[Attached, ...] | None = None
    """The devices of a workstation, a kiosk's scanner, a glass; None keeps what was said."""
    undelivered: int | None = None
    """Numbers that a kiosk gave and no server has settled; None: it gives none of its own."""


@dataclass(frozen=True, slots=True)
class Presence:
    """A device's last word, and which server process holds its socket."""

    seen_at: datetime
    beat: Beat
    connected_by: UUID | None
    """None when no process holds it, or when the one that did has gone silent."""


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device as the supervisor sees it at one moment."""

    device: Device
    presence: Presence | None
    is_up: bool
    """Seen within `UP_FOR` and not revoked."""
    offline: OfflineRange | None = None
    """Of a kiosk: the numbers that it gives while it is cut off; None: it gives none."""

    @property
    def has_no_letter(self) -> bool:
        """A kiosk that was welcomed and got no series: every letter is another kiosk's."""
        welcomed = self.presence is not None and self.presence.beat.journal_id is not None
        return self.device.kind == "kiosk" and welcomed and self.offline is None


@dataclass(frozen=True, slots=True)
class DeviceCommand:
    """Something a device is to do once; its id makes a second delivery harmless."""

    id: UUID
    centre_id: int
    device_id: UUID
    kind: CommandKind
    payload: Mapping[str, Any]
    created_at: datetime
    delivered_at: datetime | None
    done_at: datetime | None
    outcome: str | None
    is_doubtful: bool = False
    """It was sent before to a journal that is not there any more: it may have been done."""
