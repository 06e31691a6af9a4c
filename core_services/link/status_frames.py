"""What an agent tells of its machines: the heartbeat, the roll of paper, attached devices."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from core_services.link.frame import Frame

AttachedKind = Literal[
    "receipt_printer", "page_printer", "scanner", "document_scanner", "modem", "panels"
]

AttachedState = Literal["ready", "not_ready", "absent"]
"""`absent`: it cannot even be opened, as where its settings or its journal are unusable."""


class RollFrame(Frame):
    """The roll of paper in a printer, by what was fed from it; metres."""

    loaded_at: datetime
    used_m: float = Field(ge=0)
    left_m: float = Field(ge=0)
    slips: int = Field(ge=0)
    slips_left: int = Field(ge=0)
    """So many more may be hoped for."""
    check: str = Field(default="assumed", max_length=20)
    """Has anybody seen it print? `assumed` from before it was asked · `asked` now · `good`, `blank`
    as a person answered · `unchecked` nobody did."""


class AttachedDevice(Frame):
    """One device of a workstation as it stands now."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")
    """As in the workstation's settings."""
    kind: AttachedKind
    state: AttachedState
    reason: str | None = Field(default=None, max_length=200)
    """Why it is not ready: a word of its driver, for whoever mends it."""
    paper: Literal["ok", "near_end", "out", "unknown"] | None = None
    cover: Literal["closed", "open", "unknown"] | None = None
    width_dots: int | None = Field(default=None, ge=1, le=10_000)
    """How wide a picture for its paper may be; None where there is no such limit."""
    window: int | None = Field(default=None, ge=1, le=99)
    """The window whose desk hears of its scans."""


class Status(Frame):
    """The agent's heartbeat, every 5 s and at every change."""

    type: Literal["status"] = "status"
    version: str
    printer: Literal["ready", "not_ready", "absent"] | None = None
    paper: Literal["ok", "near_end", "out", "unknown"] | None = None
    cover: Literal["closed", "open", "unknown"] | None = None
    scanner: Literal["ready", "not_ready", "absent"] | None = None
    """Of a kiosk; `absent`: it has none, or one that types into the page."""
    scanner_detail: str | None = Field(default=None, max_length=200)
    """Why the scanner is not ready."""
    detail: str | None = Field(default=None, max_length=200)
    jobs: dict[str, int] = Field(default={})
    """Print jobs of this business day in the journal, by state."""
    roll: RollFrame | None = None
    """None: no printer, or one that can't tell when its paper ends."""
    devices: list[AttachedDevice] | None = Field(default=None, max_length=16)
    """Every device of a workstation; its `printer`, `paper` and `cover` are those of slips."""
    glass: Literal["lit", "dark"] | None = None
    """Of a kiosk or a display: whether a browser shows its page; None: none ever did."""
    undelivered: int | None = Field(default=None, ge=0)
    """Numbers that a kiosk gave and that no server has settled; None: it gives none of its own."""


class RollSeen(Frame):
    """A supervisor looked at the slips of a roll that nobody had answered for at the kiosk.

    It is about that roll alone, and only while nobody has answered: else it says nothing. The
    answer is the roll's `check` in the next `status`.
    """

    type: Literal["roll_seen"] = "roll_seen"
    loaded_at: datetime
    """Of which roll, as the kiosk told of it."""
    seen: bool
    """The print is there; else the paper is white, and the printer stops until it is turned."""
