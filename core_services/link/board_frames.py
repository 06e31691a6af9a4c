"""The hall as a display shows and calls it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from core_services.link.frame import Frame
from core_services.link.message_frames import BoardMessage
from core_services.link.vocabulary import Language, WaitRange


class BoardWindow(Frame):
    window: int
    state: Literal["closed", "open", "paused"]
    label: str | None
    called_at: datetime | None


LISTED_CALLS = 12
"""As many calls as a board lists; one this long may have pushed older ones off its end."""


class BoardCall(Frame):
    """A call that a board shows; `id` is its event's revision."""

    id: int
    label: str
    display_label: str
    window: int
    age_ms: int
    """By the server's clock, when the frame was made."""
    recall: int
    """0 for the first call, then 1, 2 …"""
    language: Language = "ar"
    """The one the number was taken in: «en» is called in English too, after the Arabic."""
    by_ear: bool = False
    """Its holder cannot see the board: always call it in full."""


class Board(Frame):
    """The whole hall screen; the latest wins."""

    type: Literal["board"] = "board"
    epoch: UUID
    revision: int
    windows: list[BoardWindow]
    calls: list[BoardCall]
    """Newest first, one a ticket, at most `LISTED_CALLS`."""
    waiting: int
    wait: WaitRange | None
    messages: list[BoardMessage]


class Called(Frame):
    """A new call, as soon as it is known; the board frame that follows holds it too."""

    type: Literal["called"] = "called"
    epoch: UUID
    revision: int
    call: BoardCall


class Withdrawn(Frame):
    """A call is no longer to be shown (no-show, cancel)."""

    type: Literal["withdrawn"] = "withdrawn"
    epoch: UUID
    revision: int
    call: int


class Shown(Frame):
    """A display stood a call on its glass."""

    type: Literal["shown"] = "shown"
    call: int
