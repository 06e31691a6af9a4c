"""The hall as a kiosk shows it: openings, services, outages, rules."""

from datetime import datetime, time
from typing import Literal
from uuid import UUID

from pydantic import Field

from core_services.link.frame import Frame
from core_services.link.message_frames import BoardMessage
from core_services.link.vocabulary import WaitRange


class Down(Frame):
    """Why something does not work now, said before a citizen takes a number for it."""

    reason: str
    """`ministry_system`, `network`, `power`, `printer`, `no_officer`, `other`; a later one reads as
    `other`."""
    since: datetime
    expected: datetime | None = None
    """When it should work again; None where nobody knows."""


class ServiceCard(Frame):
    """One service as a citizen reads it before taking a number."""

    code: str
    name_ar: str
    name_en: str
    papers_ar: list[str]
    papers_en: list[str]
    fee_piastres: int | None
    """None: set after inspection («الرسم: يُحدَّد بعد الفحص»)."""
    group_ar: str
    group_en: str
    open: bool = True
    papers_documented: bool = True
    """False: the papers are usual practice and stand in no source that was seen."""
    fee_note_ar: str = ""
    """What the fee is made of, or when it falls due; empty where there is nothing to say."""
    fee_note_en: str = ""
    down: Down | None = None
    """Its own outage or its group's; a number may be taken all the same."""


class Opening(Frame):
    """A time in which numbers are given."""

    opens_at: datetime
    closes_at: datetime


class Hall(Frame):
    """The state of the hall for a kiosk's home page."""

    type: Literal["hall"] = "hall"
    epoch: UUID
    revision: int
    waiting: int
    wait: WaitRange | None
    windows_open: int
    windows_total: int
    issuing: bool = True
    state: Literal["open", "closed", "stopped", "cut_off"] = "open"
    """Why no numbers are given: `closed` by the hours, `stopped` by a supervisor for the day,
    `cut_off` since whoever comes now would be called after closing."""
    opens_at: datetime | None = None
    """The next time at which numbers are given; null where no hours are set."""
    closes_at: datetime | None = None
    closed_ar: str = ""
    """What to say while no numbers are given; empty while they are."""
    closed_en: str = ""
    morning: bool = False
    """Show one big button alone; the service is asked at the window."""
    openings: list[Opening] = Field(default=[])
    """When numbers are given today and in the seven days after it, as far as is known now: what a
    kiosk goes by while it hears no server. A day that was stopped is not in it any more."""
    morning_from: time | None = None
    """Between these times of the centre's wall one button stands alone; None: never."""
    morning_until: time | None = None
    return_within_min: int = 30
    """What a slip of the kiosk's own says of a missed call; as in `issued`."""
    notice_ar: str = ""
    """The queue's published rule, for the home page; empty shows none."""
    notice_en: str = ""
    payment_down: Down | None = None
    """Electronic payment does not work now."""
    appointments: bool = False
    """Appointments are given here, so that a kiosk asks for their codes."""
    requests_at_most: int = Field(default=1, ge=1)
    """Requests that one number carries; 1, as of a server that does not say it: nobody is asked."""
    asks_national_id: bool = False
    """A kiosk asks for the 14 digits of the card before it gives a number; who has none there is
    sent to reception."""
    messages: list[BoardMessage] = Field(default=[])
    """Messages to the hall, the gravest first."""
    services: list[ServiceCard] | None = None
    """Sent at the start and when they change; None keeps what the kiosk has."""
