"""The queue's values: tickets, windows, calls, and the state of the hall at one revision."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

TicketState = Literal[
    "unconfirmed",
    "waiting",
    "called",
    "serving",
    "parked",
    "no_show",
    "finished",
    "cancelled",
    "void",
    "lapsed",
]
TicketEventKind = Literal[
    "issue",
    "confirm",
    "call",
    "recall",
    "start",
    "set_service",
    "set_priority",
    "finish",
    "no_show",
    "cancel",
    "void",
    "lapse",
    "paper",
    "reprint",
    "park",
    "resume",
    "return",
    "transfer",
    "release",
    "reinstate",
    "undo",
    "check_in",
    "given",
]
PlainAct = Literal["recall", "start", "finish", "no_show", "cancel", "void", "set_service"]
"""The acts that keep a ticket's place and window; `journeys` has the others."""
PersonEventKind = Literal["bind", "reveal", "claim_checked", "asked_again"]
"""What is done with what is kept of a ticket's person; no act of its life."""
WindowState = Literal["closed", "open", "paused"]
WindowEventKind = Literal[
    "open", "take_over", "pause", "resume", "close", "offer", "keep", "assign", "profile"
]
WindowAct = Literal["open", "pause", "close"]
Priority = Literal["none", "age65", "disability", "infant"]
Language = Literal["ar", "en"]
Channel = Literal[
    "kiosk",
    "api",
    "desk",
    "phone",
    "reception",
    "emergency",
    "appointment",
    "carried",
    "adopted",
    "kiosk_offline",
    "restored",
]
"""Where a number comes from; `carried`: from an earlier day, `adopted`: from a slip that was shown
at a desk before the server knew it, `kiosk_offline`: from a kiosk that was cut off, `restored`:
from the server itself before it was put back to an older backup."""
Need = Literal["accessible_window", "more_time", "cannot_hear", "cannot_see", "female_clerk"]
"""What a citizen needs at the window: one that a wheelchair reaches, a longer time to come, to be
shown or told in person, to be served by a woman."""
PaperMark = Literal["none", "pending", "printed", "kept", "held", "unknown", "failed"]
"""What is known of a ticket's slip; `none` for channels without paper."""


@dataclass(frozen=True, slots=True)
class Centre:
    """One site with its own windows and business day."""

    id: int
    code: str
    name_ar: str
    name_en: str
    unit_ar: str
    unit_en: str
    governorate_ar: str
    governorate_en: str
    short_ar: str
    short_en: str
    zone: ZoneInfo
    cut_over: time
    first_number: int
    config_version: int
    training_since: datetime | None = None
    """When training began anew last; None: the centre is a real one."""

    @property
    def is_training(self) -> bool:
        """No number here is a citizen's; the mark is the database's own."""
        return self.training_since is not None


@dataclass(frozen=True, slots=True)
class Service:
    """What a citizen comes for; services that share a line share a queue."""

    code: str
    queue: str
    name_ar: str
    name_en: str
    target_s: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff, a device, an API key, or the system; an id, never a name."""

    kind: Literal["staff", "device", "key", "system"]
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """An idempotency key in its scope: the same key does its work once."""

    credential: str
    method: str
    path: str
    key: str
    fingerprint: bytes
    """SHA-256 of the body; the same key with another body is refused."""

    @property
    def scope(self) -> bytes:
        """SHA-256 of credential, method, path and key: what the database keeps."""
        text = "\0".join((self.credential, self.method, self.path, self.key))
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Wait:
    """A range of seconds; low and high are rounded outward to 5 minutes."""

    low_s: int
    likely_s: int
    high_s: int


@dataclass(frozen=True, slots=True)
class Told:
    """A wait as the forward run says it."""

    wait: Wait
    """As it is shown."""
    raw_low_s: int
    raw_high_s: int
    """The range before it was rounded outward."""
    middle_s: int
    scale_s: int
    """What the run said before its range was calibrated: by these its truth is judged."""
    model: str
    """Which estimate made it."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place in line for one business day."""

    id: UUID
    business_day: date
    series: str
    number: int
    label: str
    queue: str
    service: str | None
    priority: Priority
    lane: str
    state: TicketState
    paper: PaperMark
    channel: Channel
    device_id: UUID | None
    language: Language
    token: str
    rank_at: datetime
    issued_at: datetime
    called_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    window: int | None
    recalls: int
    call_id: int | None
    """The revision of its latest call or recall event."""
    position_at_issue: int
    wait_at_issue: Wait | None
    revision: int
    arrived_at: datetime
    """What the rank is counted from: issue, an appointment's slot, the return of a no-show."""
    waiting_since: datetime
    """When it last came into line."""
    last_at: datetime
    needs: tuple[Need, ...] = ()
    requests: int = 1
    returns: int = 0
    parked_until: datetime | None = None
    park_reason: str | None = None
    outcome: str | None = None
    carried_from: UUID | None = None
    appointment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One act on a ticket, as it is kept for ever."""

    revision: int
    at: datetime
    event: TicketEventKind | PersonEventKind
    from_state: str
    to_state: str
    window: int | None
    actor_kind: str
    actor_id: UUID | None
    reason: str | None
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A numbered service point and what it has in hand."""

    number: int
    state: WindowState
    profile: str
    priority_first: bool
    queues: tuple[str, ...]
    opened_by: Actor | None
    opened_by_name: str | None
    state_since: datetime | None
    reason: str | None
    ticket: Ticket | None
    gives_way: bool = False
    """A stand-in opened it, or its clerk hands it over: another person's *open* takes it over with
    what it has in hand."""
    is_offered: bool = False
    """Its clerk hands it over."""


@dataclass(frozen=True, slots=True)
class Call:
    """A ticket called to a window; `id` is the revision of the call or recall event."""

    id: int
    ticket_id: UUID
    label: str
    window: int
    at: datetime
    recall: int
    state: TicketState
    shown: bool
    """A display has answered that this call stands on its glass."""
    language: Language = "ar"
    by_ear: bool = False
    """Its holder cannot see the board."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue now."""

    code: str
    name_ar: str
    name_en: str
    waiting: int
    """Waiting and unconfirmed tickets of the day."""
    longest_wait_s: int
    """Of those who have stood in line since their issue: no night between two days, no visit before
    a transfer is a wait."""
    windows_open: int
    wait: Wait | None
    """For somebody who came now; None when no open window serves the queue."""
    told: Mapping[Priority, Told] = field(default_factory=dict)
    """What the forward run says to newcomers of each priority; empty: `wait` is the closed
    formula's."""


@dataclass(frozen=True, slots=True)
class Hall:
    """Everything the screens show, read in one snapshot at one revision."""

    epoch: UUID
    revision: int
    at: datetime
    business_day: date
    windows: tuple[Window, ...]
    calls: tuple[Call, ...]
    """Newest first, one a ticket, at most 12 of today, whatever became of the ticket except no-show
    and cancel."""
    queues: tuple[QueueState, ...]
    kept_for: date | None = None
    """The day for which numbers of this business day are kept, of several the last."""
    foreseen_at: datetime | None = None
    """When the forward run looked at the hall; None: all waits are the closed formula's."""

    @property
    def waiting(self) -> int:
        return sum(queue.waiting for queue in self.queues)

    @property
    def windows_open(self) -> int:
        return sum(window.state == "open" for window in self.windows)
