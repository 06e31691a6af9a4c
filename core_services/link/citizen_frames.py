"""What a citizen asks at a kiosk, and the answers: a number, where it stands, a person."""

from datetime import date, datetime
from typing import Final, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from core_services.link.frame import Frame
from core_services.link.vocabulary import TOKEN_PATTERN, Language, Priority, WaitRange

NATIONAL_ID_PATTERN: Final = "^[0-9]{14}$"
"""Its structure is judged by whoever asked for it, and by the server once more."""


class Issue(Frame):
    """Ask for a ticket; `key` makes it one ticket however often it is sent."""

    type: Literal["issue"] = "issue"
    key: str = Field(min_length=8, max_length=64)
    service: str | None = None
    priority: Priority = "none"
    language: Language = "ar"
    requests: int = Field(default=1, ge=1, le=99)
    """Requests of one household on the number; more than the policy allows are `refused`."""
    national_id: str | None = Field(default=None, pattern=NATIONAL_ID_PATTERN, repr=False)
    """Typed where `hall` asks for it; it is kept on no disk on the way."""


class CheckIn(Frame):
    """Somebody typed or scanned an appointment; answered like `issue`, once for each key.

    Either `code` or `token` is given.
    """

    type: Literal["check_in"] = "check_in"
    key: str = Field(min_length=8, max_length=64)
    code: str | None = Field(default=None, pattern=r"^[1-9]{8}$")
    token: str | None = Field(default=None, pattern=TOKEN_PATTERN)
    """The end of the booking's address, `/b/{token}`, in any case."""
    language: Language = "ar"

    @model_validator(mode="after")
    def _names_one_appointment(self) -> Self:
        if (self.code is None) == (self.token is None):
            raise ValueError("give a code or a token")
        return self


class IssuedTicket(Frame):
    """A ticket as its slip needs it."""

    id: UUID
    label: str
    display_label: str
    number: int
    series: str
    queue: str
    service: str | None
    service_ar: str | None
    service_en: str | None
    papers_ar: list[str] = Field(default=[])
    papers_en: list[str] = Field(default=[])
    priority: Priority
    position: int
    """People ahead + 1."""
    wait: WaitRange | None
    issued_at: datetime
    business_day: date
    language: Language
    status_url: str | None
    arrival: tuple[datetime, datetime] | None = None
    """Given along the line: the ten minutes within which the citizen came."""
    appointment_at: datetime | None = None
    """When the appointment is that this ticket was given for."""
    appointment_kept: bool = True
    """False: it was checked in outside its time, and is counted from then."""
    return_within_min: int = 30
    """So many minutes after a missed call reception takes its holder back into line: 1440 and more
    for the whole business day, 0 not at all."""
    requests: int = 1
    """Requests that the number was asked for with; 1 for an appointment, which has its own list."""
    cut_off: bool = False
    """Of a kiosk's own series, given while no server answered: its slip says so."""


class Issued(Frame):
    """The answer to `issue` and `check_in`; sent again, unchanged, to the same key."""

    type: Literal["issued"] = "issued"
    key: str
    ticket: IssuedTicket


class Look(Frame):
    """Somebody held a slip before the scanner: where does its number stand? It changes nothing but
    this: the holder of a number kept from an earlier day is noted as here."""

    type: Literal["look"] = "look"
    key: str = Field(min_length=8, max_length=64)
    token: str = Field(pattern=TOKEN_PATTERN)
    """The end of the slip's address, `/t/{token}`, in any case."""


class Found(Frame):
    """The answer to `look`: what the number's own page shows, nothing personal."""

    type: Literal["found"] = "found"
    key: str
    label: str
    display_label: str
    stage: str
    """`far`, `near` (its turn is soon), `held` (no open window serves it), `kept` (for a later
    day), `called`, `serving`, `parked`, `no_show`, `finished`, `cancelled`, `void`, `lapsed`; a
    later one reads as none of these."""
    ahead: int | None = None
    """People before it; None when it is not in line."""
    wait: WaitRange | None = None
    window: int | None = None
    day: date | None = None
    """The day for which it is kept; None when it is today's or over."""
    service_ar: str | None = None
    service_en: str | None = None
    checked_in: bool = False
    """It was kept from an earlier day, and its holder is noted as here."""
    return_within_min: int = 30
    """So many minutes after a missed call reception takes its holder back into line: 1440 and more
    for the whole business day, 0 not at all."""


class Help(Frame):
    """A citizen touched «أحتاج مساعدة»; `settled` about `help` once the staff are told."""

    type: Literal["help"] = "help"
