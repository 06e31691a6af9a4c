"""The centre's machines as a supervisor sees them: up or down by their own heartbeat; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core_services.devices.model import (
    Attached,
    CoverState,
    DeviceKind,
    DeviceState,
    OutOfService,
    PaperState,
    PrinterState,
)
from core_services.devices.offline import OfflineRange
from queue_server.tickets.numbering import SERIES_LETTERS
from queue_server.web.supervisor.panels import PanelTrouble, panel_troubles

SILENT_AFTER: Final = timedelta(seconds=9)
"""A device that says nothing for so long is down. It speaks every 5 s, and who watches looks every
second, so that a dead device is seen and in the book of alarms within 10 s."""

_JOB_STATES: Final = ("held", "unknown", "failed", "sending", "queued", "sent", "done")
"""Print jobs in the order in which they need somebody."""


LOW_SLIPS: Final = 60
"""So few slips left on a roll, by the count of what was fed: time to fetch the next one."""


@dataclass(frozen=True, slots=True)
class RollRow:
    """The roll in a machine's printer, as the machine counts it."""

    left_m: int
    slips_left: int
    check: str
    """`assumed`, `asked`, `good`, `blank` or `unchecked`."""
    loaded_at: str = ""
    """Names the roll, as the machine told of it."""

    @property
    def is_low(self) -> bool:
        return self.slips_left <= LOW_SLIPS


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A machine and its last word."""

    id: UUID
    name: str
    kind: DeviceKind
    is_up: bool
    seen_at: datetime | None
    """None: it has never connected."""
    version: str | None
    printer: PrinterState | None
    paper: PaperState | None
    cover: CoverState | None
    detail: str | None
    jobs: tuple[tuple[str, int], ...]
    roll: RollRow | None = None
    """None where nobody counts the paper."""
    attached: tuple[Attached, ...] = ()
    """The devices of a workstation, the scanner of a kiosk, the panels of a display by bus."""
    out_of_service: OutOfService | None = None
    """A supervisor's words on its glass while it gives no numbers."""
    offline: OfflineRange | None = None
    """Of a kiosk: the numbers that it gives while it is cut off."""
    undelivered: int = 0
    """Numbers that it gave while it was cut off and could not deliver yet."""
    has_no_letter: bool = False
    """A kiosk that gives no numbers while it is cut off: every letter is another's."""

    @property
    def offline_letter(self) -> str:
        """The letter of its offline series as it is printed; empty where it has none."""
        return "" if self.offline is None else SERIES_LETTERS[self.offline.letter]

    def panel_troubles(self, attached: Attached) -> tuple[PanelTrouble, ...]:
        """Return what is wrong with the panels of a bus, by trouble and window."""
        return panel_troubles(attached.reason)

    @property
    def prints(self) -> bool:
        """A slip can be ordered from it now or later."""
        if self.kind == "workstation":
            return self.printer in ("ready", "not_ready")
        return self.kind == "kiosk" and self.printer != "absent"

    @property
    def is_ready(self) -> bool:
        """A slip ordered now comes out now."""
        return self.prints and self.is_up and self.printer == "ready"


def device_rows(states: Iterable[DeviceState], *, at: datetime) -> tuple[DeviceRow, ...]:
    """Return the centre's machines: kiosks first, by name."""
    rows = [_row(state, at) for state in states]
    return tuple(sorted(rows, key=lambda row: (row.kind != "kiosk", row.kind, row.name)))


def is_up(state: DeviceState, *, at: datetime) -> bool:
    """Say whether a server process holds the device's socket and heard it a moment ago."""
    presence = state.presence
    return (
        presence is not None
        and presence.connected_by is not None
        and at - presence.seen_at <= SILENT_AFTER
    )


def _row(state: DeviceState, at: datetime) -> DeviceRow:
    device, presence = state.device, state.presence
    beat = None if presence is None else presence.beat
    return DeviceRow(
        id=device.id,
        name=device.name,
        kind=device.kind,
        is_up=is_up(state, at=at),
        seen_at=None if presence is None else presence.seen_at,
        version=None if beat is None else beat.version,
        printer=None if beat is None else beat.printer,
        paper=None if beat is None else beat.paper,
        cover=None if beat is None else beat.cover,
        detail=None if beat is None else beat.detail,
        jobs=_jobs({} if beat is None or beat.jobs is None else beat.jobs),
        roll=None if beat is None or beat.roll is None else _roll(beat.roll),
        attached=() if beat is None or beat.attached is None else beat.attached,
        offline=state.offline,
        has_no_letter=state.has_no_letter,
        undelivered=0 if beat is None else beat.undelivered or 0,
        out_of_service=device.out_of_service,
    )


def _roll(roll: Mapping[str, Any]) -> RollRow:
    return RollRow(
        left_m=round(roll.get("left_m", 0)),
        slips_left=roll.get("slips_left", 0),
        check=roll.get("check", "assumed"),
        loaded_at=roll.get("loaded_at", ""),
    )


def _jobs(jobs: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple((state, jobs[state]) for state in _JOB_STATES if jobs.get(state))
