"""What the page of one booking shows; pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from core_services.l10n import Language
from queue_server.appointments.codes import code_words
from queue_server.appointments.model import Appointment
from queue_server.tickets.model import Ticket
from queue_server.tickets.numbering import display_label
from queue_server.web.codes import Code
from queue_server.web.words import Words

Stage = Literal["to_come", "now", "here", "missed", "cancelled", "shut"]
Said = Literal["moved", "refused", "not_time", "not_here"]


@dataclass(frozen=True, slots=True)
class BookedPage:
    """One booking, as anybody with its address may see it."""

    template: ClassVar[str] = "booked.html"

    path: str
    appointment: Appointment
    stage: Stage
    service: Words | None
    files: tuple[str, ...]
    opens_at: datetime
    """From when on a check-in keeps the place."""
    closes_at: datetime
    may_check_in_here: bool
    ticket: Ticket | None
    code: Code | None
    """The page's own address, to be read by another phone; None without a public address."""
    said: Said | None

    @property
    def label(self) -> Words | None:
        """The number of the check-in."""
        if self.ticket is None:
            return None
        return Words(display_label(self.ticket.label), self.ticket.label)

    @property
    def ticket_path(self) -> str:
        return "" if self.ticket is None else f"/t/{self.ticket.token.lower()}"

    def digits(self, language: Language) -> str:
        """Return the code in the reader's digits."""
        return code_words(self.appointment.code, language)


@dataclass(frozen=True, slots=True)
class NoBookingPage:
    """What an address shows that belongs to no booking."""

    template: ClassVar[str] = "booked_missing.html"


def stage_of(
    appointment: Appointment, *, at: datetime, is_time: bool, has_number: bool, is_shut: bool
) -> Stage:
    """Return where the booking stands for its holder.

    `is_time`: a check-in now keeps the place; `has_number`: that of its check-in holds;
    `is_shut`: nobody is served at its time.
    """
    if appointment.state in ("cancelled", "moved"):
        return "cancelled"
    if has_number:
        return "here"
    if is_shut:
        return "shut"
    if is_time:
        return "now"
    is_over = appointment.state == "released" or at > appointment.starts_at
    return "missed" if is_over else "to_come"
