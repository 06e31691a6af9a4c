"""What a workstation is told to do, what became of it, and what it scanned."""

from typing import Literal

from pydantic import Field

from core_services.link.frame import Frame

OutcomeState = Literal["done", "sent", "held", "unknown", "failed"]
"""What became of a work order: `done` on paper, or reported as delivered; `sent` the network took
the message; `held` the printer has it and waits for a hand; `unknown` something left and nothing
was heard; `failed` nothing left."""


class WorkDocument(Frame):
    """What to print: fetched from `/agent/work/{job}/document`, and checked by its hash."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=1)
    media_type: str
    """`application/pdf` for a `page`, `image/png` for a `receipt`."""


class WorkMessage(Frame):
    """A text message, in clear: the link is the only place where it is."""

    to: str
    """E.164, such as `+201012345678`."""
    text: str


class Work(Frame):
    """Do this once, however often it comes; `outcome` about `job` says what became of it."""

    type: Literal["work"] = "work"
    job: str
    kind: str
    """`page` (A4), `receipt` (thermal) or `message`; one not known here has failed."""
    title_ar: str
    title_en: str
    on: str | None = None
    """The name of the device that is to do it; None: the first of its kind that is ready."""
    document: WorkDocument | None = None
    message: WorkMessage | None = None


class Cancel(Frame):
    """Do not do this order any more; answered by an `outcome` about `key`.

    `done`: nothing of it left and nothing will; `failed`: it is too late.
    """

    type: Literal["cancel"] = "cancel"
    key: str
    job: str


class Outcome(Frame):
    """What became of a work order or an errand; a later word about the same job corrects an earlier
    one."""

    type: Literal["outcome"] = "outcome"
    job: str = Field(min_length=8, max_length=64)
    state: OutcomeState
    confirmed_by: str | None = Field(default=None, pattern=r"^[a-z_]{1,16}$")
    """How the device knows: `echo` and `gs_r` of thermal printers, `ipp`, `network`, `report`."""
    reason: str | None = Field(default=None, pattern=r"^[a-z0-9_.-]{1,60}$")
    """Why it failed, in one word: `no_device`, `unknown_kind`, `unreadable`, or the driver's; of an
    errand `busy`, `citizen_there`, `no_devtools`, `no_page`, `no_answer`, `too_large`."""


class Scanned(Frame):
    """A scanner at a window read a code; `settled` about `key` says what it was.

    It is said at once or never: whoever scanned looks at the screen now.
    """

    type: Literal["scanned"] = "scanned"
    key: str = Field(min_length=8, max_length=64)
    scanner: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")
    window: int = Field(ge=1, le=99)
    text: str = Field(min_length=1, max_length=1000)
    symbology: str | None = Field(default=None, max_length=20)
