"""What is said in place when an act did not do what was pressed: the state as it is now."""

from dataclasses import dataclass
from typing import Literal

from queue_server.tickets import errors
from queue_server.web.desk.view import label_words
from queue_server.web.words import Words

NoticeKind = Literal[
    "nobody-waits",
    "ticket-state",
    "ticket-elsewhere",
    "window-busy",
    "window-state",
    "window-of-another",
    "another-window-open",
    "changed",
]

_KINDS: dict[type[errors.Refused], NoticeKind] = {
    errors.ActNotAllowed: "ticket-state",
    errors.TicketOfAnother: "ticket-elsewhere",
    errors.WindowBusy: "window-busy",
    errors.WindowNotOpen: "window-state",
    errors.WindowActNotAllowed: "window-state",
    errors.WindowOfAnother: "window-of-another",
    errors.AnotherWindowOpen: "another-window-open",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence; its template chooses the words by `kind`."""

    kind: NoticeKind
    state: str = ""
    label: Words | None = None
    window: int | None = None
    opened_by: str | None = None

    @property
    def is_refusal(self) -> bool:
        return self.kind != "nobody-waits"


def notice_of(error: errors.Refused) -> Notice:
    """Return what is said of a refusal."""
    return Notice(
        kind=_KINDS.get(type(error), "changed"),
        state=error.state,
        label=None if error.label is None else label_words(error.label),
        window=error.window,
        opened_by=error.opened_by,
    )
