"""The server's answers that many frames share."""

from typing import Any, Literal
from uuid import UUID

from core_services.link.frame import Frame


class Refused(Frame):
    """A command was refused; `problem` is RFC 9457 without personal data."""

    type: Literal["refused"] = "refused"
    key: str
    problem: dict[str, Any]


class Settled(Frame):
    """What the device said is recorded and may be forgotten."""

    type: Literal["settled"] = "settled"
    about: str
    """The ticket's id, the key, the job of an `outcome`, or `help`."""
    ticket: UUID | None = None
    """Which ticket a `given` number is."""
    state: str
    """The ticket's or order's state now, `tombstone` for a key that never made one, `told` for
    help; of a scan `ticket`, `appointment` or `unknown`, or `closed` where nobody sits."""
