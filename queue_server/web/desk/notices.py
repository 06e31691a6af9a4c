"""What is said in place when an act did not do what was pressed: the state as it is now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from queue_server.appointments.model import Appointment
from queue_server.tickets import adoption, errors
from queue_server.tickets.model import Hall, Ticket, Window
from queue_server.web.labels import label_words
from queue_server.web.people_names import opener
from queue_server.web.words import Words

NoticeKind = Literal[
    "nobody-waits",
    "ticket-state",
    "ticket-elsewhere",
    "window-busy",
    "window-state",
    "window-of-another",
    "another-window-open",
    "too-many-away",
    "changed",
    "unknown-number",
    "label-known",
    "label-not-given",
    "of-the-book",
    "not-understood",
    "too-early",
    "too-late",
    "limit-reached",
    "nothing-to-undo",
    "nobody-there",
    "service-closed",
    "service-full",
    "message-sent",
    "note-kept",
    "returned",
    "offered",
    "scanned",
    "scanned-appointment",
    "scanned-unknown",
]
_GOOD: frozenset[NoticeKind] = frozenset(
    {
        "nobody-waits",
        "message-sent",
        "note-kept",
        "returned",
        "offered",
        "scanned",
        "scanned-appointment",
    }
)

_KINDS: dict[type[errors.Refused], NoticeKind] = {
    errors.ActNotAllowed: "ticket-state",
    errors.TooEarly: "too-early",
    errors.TooLate: "too-late",
    errors.LimitReached: "limit-reached",
    errors.NothingToUndo: "nothing-to-undo",
    errors.NobodyThere: "nobody-there",
    errors.ServiceClosed: "service-closed",
    errors.ServiceFull: "service-full",
    errors.TicketOfAnother: "ticket-elsewhere",
    errors.WindowBusy: "window-busy",
    errors.LabelTaken: "label-known",
    errors.LabelNotGiven: "label-not-given",
    errors.OfTheBook: "of-the-book",
    errors.WindowNotOpen: "window-state",
    errors.WindowActNotAllowed: "window-state",
    errors.WindowOfAnother: "window-of-another",
    errors.AnotherWindowOpen: "another-window-open",
    errors.TooManyAway: "too-many-away",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence; its template chooses the words by `kind`."""

    kind: NoticeKind
    state: str = ""
    label: Words | None = None
    window: int | None = None
    opened_by: Words | None = None
    """Who has the window."""
    seconds: int = 0
    away: int = 0
    """How many other windows are away."""
    at: datetime | None = None
    """When a scanned appointment is."""
    slip: bool = False
    """Of an unknown number: a machine that was cut off may have given it."""

    @property
    def may_be_called(self) -> bool:
        """A scanned number that waits or did not come: the page offers to take it."""
        return self.kind == "scanned" and self.state in ("waiting", "no_show")

    @property
    def may_be_adopted(self) -> bool:
        """A slip may have such a number although nobody told the system: the page offers it."""
        return self.kind == "unknown-number" and self.slip

    @property
    def is_refusal(self) -> bool:
        return self.kind not in _GOOD


def notice_of_another(window: Window, names: Mapping[UUID, Words]) -> Notice:
    """Return what is said of a window that somebody else has."""
    return Notice("window-of-another", window=window.number, opened_by=opener(window, names))


def name_opener(notice: Notice, hall: Hall, names: Mapping[UUID, Words]) -> Notice:
    """Name who has the window in both languages: a refusal knows one name alone."""
    found = (opener(each, names) for each in hall.windows if each.number == notice.window)
    return replace(notice, opened_by=next(found, None) or notice.opened_by)


def notice_of_scan(found: Ticket | Appointment | None) -> Notice:
    """Return what is said of a scanned code."""
    match found:
        case None:
            return Notice("scanned-unknown")
        case Appointment():
            return Notice("scanned-appointment", at=found.starts_at)
        case ticket:
            return Notice(
                "scanned",
                state=ticket.state,
                label=label_words(ticket.label),
                window=ticket.window,
            )


def notice_of_unknown(label: str, *, at_free_window: bool) -> Notice:
    """Return what is said of a number that today does not have."""
    return Notice(
        "unknown-number",
        label=label_words(label),
        slip=at_free_window and adoption.may_be_a_slip(label),
    )


def notice_of(error: errors.Refused) -> Notice:
    """Return what is said of a refusal."""
    return Notice(
        kind=_KINDS.get(type(error), "changed"),
        state=error.state,
        label=None if error.label is None else label_words(error.label),
        window=error.window,
        opened_by=None if error.opened_by is None else Words(error.opened_by, error.opened_by),
        seconds=error.seconds or 0,
        away=error.away if isinstance(error, errors.TooManyAway) else 0,
    )
