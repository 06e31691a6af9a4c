"""Turns a printer's status bits into what is wrong with it; pure."""

from dataclasses import dataclass
from typing import Literal

from drivers.printers.model import PrinterStatus, Reason
from drivers.printers.replies import AutoStatus

LINK_DOWN = PrinterStatus(
    ready=False, link="down", paper="unknown", cover="unknown", reason="no_link"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One consistent look at a printer."""

    offline: bool
    cover_open: bool
    paper: Literal["ok", "near_end", "out", "unknown"]
    cutter_stuck: bool
    error: bool

    @property
    def reason(self) -> Reason | None:
        """Name what keeps it from printing, the most useful thing first; None when nothing does."""
        if self.paper == "out":
            return "paper_out"
        if self.cover_open:
            return "cover_open"
        if self.cutter_stuck:
            return "cutter"
        if self.error:
            return "error"
        if self.offline:
            return "offline"
        return None


BLIND = Condition(offline=False, cover_open=False, paper="unknown", cutter_stuck=False, error=False)
"""What is assumed of a printer that can't answer."""


def condition_of_answers(printer: int, offline: int, error: int, paper: int) -> Condition:
    """Read the answers to DLE EOT 1, 2, 3 and 4.

    1: 08 offline, 20 waiting for recovery. 2: 04 cover, 20 stopped by paper end, 40 error.
    3: 04 recoverable, 08 cutter, 20 unrecoverable, 40 recovers by itself. 4: 0C near end, 60 end.
    """
    return Condition(
        offline=bool(printer & 0x28),
        cover_open=bool(offline & 0x04),
        paper="out" if paper & 0x60 or offline & 0x20 else "near_end" if paper & 0x0C else "ok",
        cutter_stuck=bool(error & 0x08),
        error=bool(error & 0x64 or offline & 0x40),
    )


def condition_of_auto_status(status: AutoStatus) -> Condition:
    """Read an automatic status: byte 1: 08 offline, 20 cover; 2: 08 cutter, 20 and 40 errors;
    3: 03 near end, 0C end.
    """
    first, second, third, _ = status.bits
    return Condition(
        offline=bool(first & 0x08),
        cover_open=bool(first & 0x20),
        paper="out" if third & 0x0C else "near_end" if third & 0x03 else "ok",
        cutter_stuck=bool(second & 0x08),
        error=bool(second & 0x64),
    )


def status_of(condition: Condition, *, knows_cover: bool = True) -> PrinterStatus:
    """Put a condition into the words of agents."""
    return PrinterStatus(
        ready=condition.reason is None,
        link="up",
        paper=condition.paper,
        cover=("open" if condition.cover_open else "closed") if knows_cover else "unknown",
        reason=condition.reason,
    )


def troubled(reason: Reason, last: PrinterStatus) -> PrinterStatus:
    """Say that an open printer can't be used for a reason that its bits don't show."""
    return PrinterStatus(ready=False, link="up", paper=last.paper, cover=last.cover, reason=reason)
