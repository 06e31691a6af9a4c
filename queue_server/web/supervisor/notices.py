"""One sentence about what an act did, or why it was refused; its template chooses the words.

It travels in the address of the page that an act leads to, so that a reload never repeats the act.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args
from urllib.parse import urlencode
from uuid import UUID

from queue_server.tickets import errors
from queue_server.web.labels import is_label, label_words
from queue_server.web.words import Words

Done = Literal[
    "window-closed",
    "window-taken",
    "help-answered",
    "reprint-ordered",
    "reprint-ordered-before",
    "slip-printed",
    "ticket-finished",
    "ticket-no-show",
    "ticket-cancelled",
    "ticket-void",
    "pattern-seen",
    "alarm-accepted",
    "alarm-closed",
    "alarm-seen",
    "window-opened",
    "window-paused",
    "message-sent",
    "message-read",
    "profile-changed",
    "window-assigned",
    "numbers-stopped",
    "numbers-started",
    "numbers-kept",
    "ticket-resumed",
    "ticket-returned",
    "ticket-reinstated",
    "roll-answered",
]
Refusal = Literal[
    "ticket-state",
    "ticket-elsewhere",
    "window-busy",
    "window-state",
    "window-of-another",
    "another-window-open",
    "lacks-text",
    "help-answered-before",
    "no-printer",
    "lacks-reason",
    "pattern-seen-before",
    "lacks-day",
    "limit-reached",
    "too-late",
    "has-a-number",
    "of-another-day",
    "changed",
]
Said = Done | Refusal

_DONE: Final = frozenset(get_args(Done))
_SAID: Final[Mapping[str, Said]] = {
    **{kind: kind for kind in get_args(Done)},
    **{kind: kind for kind in get_args(Refusal)},
}
_REFUSALS: Final[Mapping[type[errors.Refused], Refusal]] = {
    errors.ActNotAllowed: "ticket-state",
    errors.TicketOfAnother: "ticket-elsewhere",
    errors.WindowBusy: "window-busy",
    errors.WindowNotOpen: "window-state",
    errors.WindowActNotAllowed: "window-state",
    errors.WindowOfAnother: "window-of-another",
    errors.AnotherWindowOpen: "another-window-open",
    errors.LimitReached: "limit-reached",
    errors.TooLate: "too-late",
    errors.HasANumber: "has-a-number",
    errors.OfAnotherDay: "of-another-day",
}
_DEVICE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_WINDOW: Final = re.compile(r"[1-9][0-9]?")
_COUNT: Final = re.compile(r"[1-9][0-9]{0,5}")
_CODE: Final = re.compile(r"[a-z_]{1,16}")


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said once, above everything else."""

    kind: Said
    label: Words | None = None
    window: int | None = None
    device: str | None = None
    state: str = ""
    act: str = ""
    """The act that was asked for without saying why."""
    ticket: UUID | None = None
    """What a busy window has in hand."""
    count: int = 0
    """How many numbers were kept."""
    day: date | None = None
    """The day for which they are kept."""

    @property
    def is_refusal(self) -> bool:
        return self.kind not in _DONE


def query_of(
    kind: Said,
    *,
    label: str | None = None,
    ticket: str | None = None,
    window: int | None = None,
    device: str = "",
    state: str = "",
    act: str = "",
    count: int = 0,
    day: date | None = None,
) -> str:
    """Return the query with which a page says it."""
    fields = {
        "said": kind,
        "label": label or "",
        "ticket": ticket or "",
        "window": str(window or ""),
        "device": device,
        "state": state,
        "act": act,
        "count": str(count or ""),
        "day": "" if day is None else day.isoformat(),
    }
    return urlencode({name: value for name, value in fields.items() if value})


def query_of_refusal(error: errors.Refused) -> str:
    """Return the query with which a page tells of a refusal: the state as it is now."""
    return query_of(
        _REFUSALS.get(type(error), "changed"),
        label=error.label,
        ticket=error.ticket if isinstance(error, errors.WindowBusy) else None,
        window=error.window,
        state=error.state,
    )


def notice_from(query: Mapping[str, str]) -> Notice | None:
    """Read such a query back; what nobody of ours wrote is passed over."""
    kind = _SAID.get(query.get("said", ""))
    if kind is None:
        return None
    label, window, device = (query.get(name, "") for name in ("label", "window", "device"))
    state, act = (query.get(name, "") for name in ("state", "act"))
    return Notice(
        kind=kind,
        label=label_words(label) if is_label(label) else None,
        ticket=_uuid(query.get("ticket", "")),
        window=int(window) if _WINDOW.fullmatch(window) else None,
        device=device if _DEVICE.fullmatch(device) else None,
        state=state if _CODE.fullmatch(state) else "",
        act=act if _CODE.fullmatch(act) else "",
        count=int(count) if _COUNT.fullmatch(count := query.get("count", "")) else 0,
        day=as_day(query.get("day", "")),
    )


def as_day(text: str) -> date | None:
    """Read a day as forms and addresses carry it; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def as_time(text: str) -> datetime | None:
    """Read a moment as forms carry it; None where it is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
