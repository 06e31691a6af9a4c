"""The values a printer speaks of: its jobs, their states, its own state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

JobState = Literal["queued", "sending", "sent", "done", "held", "unknown", "failed"]
"""`queued` not one byte accepted · `sending` some may be · `sent` all accepted · `done` confirmed ·
`held` the printer has bytes and waits for paper, cover or a hand · `unknown` bytes accepted and
nothing heard: a person decides · `failed` given up with not one byte accepted."""

Confirmation = Literal["echo", "gs_r", "job_state"]
"""`echo`: the printer said that it printed. `gs_r`: it said that it read everything, and stayed
well for a moment; weaker. `job_state`: an IPP printer calls the job completed; of a queue before an
old printer that may mean no more than handed on."""

TRANSITIONS: Mapping[JobState, frozenset[JobState]] = {
    "queued": frozenset({"sending", "failed"}),
    "sending": frozenset({"queued", "sent", "held", "unknown"}),
    "sent": frozenset({"done", "held", "unknown"}),
    "held": frozenset({"done", "unknown"}),
    "unknown": frozenset({"done"}),
    "done": frozenset(),
    "failed": frozenset(),
}
"""Where each state may lead. `sending → queued` only when not one byte was accepted; `unknown →
done` when the printer's echo comes late. Nothing leads back from accepted bytes to `queued`."""

Reason = Literal[
    "no_link",
    "no_reply",
    "stalled",
    "paper_out",
    "cover_open",
    "cutter",
    "error",
    "offline",
    "paper_jam",
    "toner_out",
    "roll_blank",
]
"""Why a printer can't be used. `roll_blank`: a person saw that its paper stays white."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of paper, without its bytes."""

    sequence: int
    """Its place in the line of this journal, from 1."""
    job_id: str
    state: JobState
    is_copy: bool
    """Its paper says that it is a second print."""
    attempts: int
    accepted_bytes: int
    confirmed_by: Confirmation | None
    queued_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class JobChange:
    """A job took a new state."""

    job_id: str
    state: JobState
    confirmed_by: Confirmation | None = None


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What an agent shows and decides by."""

    ready: bool
    """A job sent now would be printed now."""
    link: Literal["up", "down"]
    paper: Literal["ok", "near_end", "out", "unknown"]
    cover: Literal["closed", "open", "unknown"]
    reason: Reason | None
    """Why it is not ready; None when it is."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a printer is waited for; seconds."""

    open_s: float = 5.0
    reply_s: float = 1.0
    """A real-time answer comes in milliseconds."""
    probe_s: float = 5.0
    """The first echo may wait behind paper that is still being printed."""
    poll_s: float = 2.0
    """Between questions to an idle printer."""
    silence_s: float = 20.0
    """Nothing heard and nothing taken for this long: the link is lost."""
    alarm_s: float = 5.0
    """Nothing heard and nothing taken for this long amid a job: that is told, no more."""
    confirm_step_s: float = 0.5
    """Between looks at the printer while a job is being printed."""
    echo_s: float = 20.0
    """A healthy printer that has not confirmed by now never will."""
    settle_s: float = 1.0
    """How long a printer without echo must stay well after its answer."""
    stall_step_s: float = 2.0
    """A printer that took no byte for this long has stalled."""
    stall_s: float = 60.0
    """A stalled printer that gives no reason is given up after this long."""
    hold_s: float = 1800.0
    """A stalled printer that says why (paper out) is waited for this long."""
    backoff_first_s: float = 0.5
    backoff_longest_s: float = 30.0
    quiet_reopen_s: float = 5.0
    """A link that lived at least this long is reopened at once: printers close idle links."""
