"""Messages to the hall on a glass, and that they stand there."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from core_services.link.frame import Frame


class BoardMessage(Frame):
    """A line of the hall's news, or with an `id` a message that somebody sent to the hall."""

    text_ar: str
    text_en: str
    """Empty: the Arabic is shown to everybody."""
    id: UUID | None = None
    """Answered by `message_shown` once it stands on the glass."""
    kind: str = "news"
    """`prayer`, `closing`, `breakdown`, `notice`, `emergency`; a later one reads as a notice."""
    full_screen: bool = False
    """It stands over everything else, also while the line is cut, until the server says otherwise;
    a machine that hears of none for an hour takes it away. A kiosk gives no numbers meanwhile."""
    calls_go_on: bool = True
    """False: no number is announced while it stands."""
    phrase: str | None = None
    """A ready phrase, which a machine that knows it may speak."""
    since: datetime | None = None
    """When it began to stand."""


class MessageShown(Frame):
    """A message to the hall stands on the glass of a display or a kiosk."""

    type: Literal["message_shown"] = "message_shown"
    message: UUID
