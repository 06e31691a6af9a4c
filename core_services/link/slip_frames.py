"""What became of a slip, and the order of another one."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from core_services.link.citizen_frames import IssuedTicket
from core_services.link.frame import Frame

PaperState = Literal["done", "kept", "held", "unknown", "failed"]
"""What became of a slip: `done` printed, `kept` the citizen touched «حفظت الرقم», `held` the
printer has the bytes and waits for paper or cover, `unknown` bytes accepted and nothing confirmed,
`failed` not one byte accepted."""


class Paper(Frame):
    """What became of a ticket's slip."""

    type: Literal["paper"] = "paper"
    ticket: UUID
    state: PaperState
    confirmed_by: Literal["echo", "gs_r", "job_state", "citizen", "staff"] | None = None
    job: str | None = Field(default=None, max_length=64)
    """Which of the ticket's slips: the job of a `reprint`, else the kiosk's own."""


class Void(Frame):
    """Void the device's own unconfirmed ticket: no byte was accepted and nobody kept the number."""

    type: Literal["void"] = "void"
    ticket: UUID


class Reprint(Frame):
    """Print a slip of this ticket that a person ordered; the job id makes it one slip."""

    type: Literal["reprint"] = "reprint"
    job: str
    ticket: IssuedTicket
    is_first: bool = False
    """Given elsewhere, this is the number's first slip: nothing on it says that it is a copy."""
