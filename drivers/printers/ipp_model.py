"""What an IPP printer says of itself and of its jobs, and what that means for ours; pure.

States and reasons are those of RFC 8011 (5.3.7 job-state, 5.4.11 printer-state, 5.4.12
printer-state-reasons).
"""

from dataclasses import dataclass
from typing import Literal

from drivers.printers.model import PrinterStatus, Reason

PrinterState = Literal["idle", "processing", "stopped"]
RemoteState = Literal[
    "pending", "held", "processing", "stopped", "canceled", "aborted", "completed"
]
Fate = Literal["busy", "held", "done", "lost"]
"""`busy` on its way · `held` waits for a hand · `done` printed · `lost` it will not be printed any
more, and how much of it was is not known."""

_PAPER_OUT = frozenset({"media-empty", "media-needed", "input-tray-missing"})
_COVER_OPEN = frozenset({"cover-open", "door-open", "interlock-open", "input-media-tray-open"})
_JAM = frozenset({"media-jam"})
_TONER_OUT = frozenset({"toner-empty", "marker-supply-empty", "marker-supply-missing"})
_OFFLINE = frozenset({"paused", "moving-to-paused", "shutdown", "offline", "connecting-to-device"})
_HALTING = _PAPER_OUT | _COVER_OPEN | _JAM | _TONER_OUT | _OFFLINE
_NEAR_END = frozenset({"media-low"})


@dataclass(frozen=True, slots=True)
class IppPatience:
    """How long an A4 printer is waited for; seconds."""

    reply_s: float = 10.0
    """For the answer to a question; a printer that wakes up takes some seconds."""
    send_s: float = 120.0
    """For a whole document to be taken."""
    poll_s: float = 2.0
    missing_s: float = 10.0
    """A job whose answer was lost may be listed late; not listed for so long, it is unknown."""
    lost_s: float = 120.0
    """A printer that has jobs and can't be asked for so long leaves them unknown."""
    stuck_s: float = 1800.0
    """A well printer that has not completed a job by now never will."""
    backoff_first_s: float = 0.5
    backoff_longest_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a printer: the attributes that decide whether it can be given paper."""

    state: PrinterState
    reasons: tuple[str, ...]
    accepts: bool
    """printer-is-accepting-jobs."""
    model: str = ""


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """A job as the printer knows it."""

    number: int
    """job-id: the printer's own; it starts anew when the printer does."""
    name: str
    """job-name: our job's id, which finds it again."""
    state: RemoteState
    reasons: tuple[str, ...] = ()


def status_of_look(look: Look) -> PrinterStatus:
    """Put a look into the words of agents.

    A reason marked `-report` keeps nothing from being printed. One marked `-warning` does so only
    while the printer is at work: idle, it may have another tray, but some printers say no more than
    `media-empty-warning` when they stand still in mid-job.
    """
    reason = _reason(look)
    named = frozenset(map(_kind, look.reasons))
    blocking = _blocking(look)
    return PrinterStatus(
        ready=reason is None,
        link="up",
        paper="out"
        if blocking & _PAPER_OUT
        else "near_end"
        if named & (_NEAR_END | _PAPER_OUT)
        else "ok",
        cover="open" if blocking & _COVER_OPEN else "closed",
        reason=reason,
    )


def fate_of(job: RemoteJob, status: PrinterStatus) -> Fate:
    """Say what becomes of a job that the printer has, given how the printer is now."""
    match job.state:
        case "completed":
            return "done"
        case "canceled" | "aborted":
            return "lost"
        case "held" | "stopped":
            return "held"
        case "pending" | "processing":
            return "busy" if status.ready else "held"


def _reason(look: Look) -> Reason | None:
    blocking = _blocking(look)
    known: tuple[tuple[frozenset[str], Reason], ...] = (
        (_PAPER_OUT, "paper_out"),
        (_COVER_OPEN, "cover_open"),
        (_JAM, "paper_jam"),
        (_TONER_OUT, "toner_out"),
        (_OFFLINE, "offline"),
    )
    for kinds, reason in known:
        if blocking & kinds:
            return reason
    if look.state == "stopped":
        return "error" if blocking else "offline"
    return None if look.accepts else "offline"


def _blocking(look: Look) -> frozenset[str]:
    harmless = ("-report", "-warning") if look.state == "idle" else ("-report",)
    kinds = {_kind(each) for each in look.reasons if not each.endswith(harmless)} - {"none"}
    return frozenset(kinds if look.state == "stopped" else kinds & _HALTING)


def _kind(reason: str) -> str:
    """Return a reason without its severity."""
    for severity in ("-report", "-warning", "-error"):
        reason = reason.removesuffix(severity)
    return reason
