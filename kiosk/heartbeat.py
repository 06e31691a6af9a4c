"""What a kiosk tells of itself every few seconds: its machines, its paper, what it still owes."""

from datetime import datetime
from typing import Literal

from core_services.link.status_frames import RollFrame, Status
from drivers.printers.rolls import Roll
from kiosk.printing import Printing

Readiness = Literal["ready", "not_ready", "absent"]


def readiness_of(printing: Printing | None) -> Readiness:
    """Say whether a slip sent now would be printed now."""
    if printing is None:
        return "absent"
    return "ready" if printing.status.ready else "not_ready"


def status_of(
    printing: Printing | None,
    *,
    version: str,
    day_began: datetime,
    scanner: Readiness,
    scanner_trouble: str | None,
    glass: Literal["lit", "dark"] | None,
    undelivered: int | None,
) -> Status:
    """Return the heartbeat; print jobs are counted from the beginning of the business day."""
    told = Status(
        version=version,
        printer="absent",
        scanner=scanner,
        scanner_detail=scanner_trouble,
        glass=glass,
        undelivered=undelivered,
    )
    if printing is None:
        return told
    status = printing.status
    return told.model_copy(
        update={
            "printer": readiness_of(printing),
            "paper": status.paper,
            "cover": status.cover,
            "detail": status.reason,
            "jobs": printing.counts(day_began),
            "roll": _roll_frame(printing.roll) if printing.tells else None,
        }
    )


def _roll_frame(roll: Roll) -> RollFrame:
    return RollFrame(
        loaded_at=roll.loaded_at,
        used_m=round(roll.used_mm / 1000, 2),
        left_m=round(roll.left_mm / 1000, 2),
        slips=roll.slips,
        slips_left=roll.slips_left,
        check=roll.check,
    )
