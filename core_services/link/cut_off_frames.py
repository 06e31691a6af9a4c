"""What a kiosk tells after the line was cut: commands given up, numbers given meanwhile."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from core_services.link.frame import Frame
from core_services.link.slip_frames import PaperState
from core_services.link.vocabulary import LABEL_PATTERN, TOKEN_PATTERN, Language, Priority


class Abandon(Frame):
    """The kiosk gave up on a command: its ticket is void, or its key is refused for ever."""

    type: Literal["abandon"] = "abandon"
    key: str = Field(min_length=8, max_length=64)


class Given(Frame):
    """A number that the server may not know, and the citizen has: `settled` about `key` takes it.

    Without `ticket` it is of the kiosk's offline series, given while no server answered. With
    `ticket` a server of another epoch issued it before it was restored from an older backup.
    However often, over whichever socket and in whatever order it comes, it is one ticket.
    """

    type: Literal["given"] = "given"
    key: str = Field(min_length=8, max_length=64)
    """Made with the number, of the device for ever; for a number that a server had issued, the key
    that it was issued by."""
    day: date
    """The business day that stands on its slip."""
    label: str = Field(pattern=LABEL_PATTERN)
    ticket: UUID | None = None
    """The id by which a server of another epoch issued it."""
    token: str | None = Field(default=None, pattern=TOKEN_PATTERN)
    """The end of the address that its slip bears, `/t/{token}`; None: it bears none."""
    service: str | None = None
    """One that the server does not know leaves the number without: the window asks."""
    priority: Priority = "none"
    language: Language = "ar"
    requests: int = Field(default=1, ge=1, le=99)
    taken_at: datetime
    """By the kiosk's wall clock, or as the server had said."""
    age_ms: int | None = Field(default=None, ge=0)
    """Since it was given, by a clock that nobody sets, and then `taken_at` counts for nothing;
    None: the machine was started anew since."""
    paper: PaperState
    """As of its slip when this is sent; `failed`: nobody holds the number. What is heard later is
    said by `paper` about the `ticket` of `settled`."""
    abandons: str | None = Field(default=None, min_length=8, max_length=64)
    """The command that the kiosk gave up before it gave this number; as `abandon` of that key, in
    one act with this. An `abandon` of its own may come before or after."""
