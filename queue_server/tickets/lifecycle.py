"""The life of a ticket as one table: which act leads from which state to which.

`TRANSITIONS` decides what the API allows and which buttons a desk shows; the table
`ticket_transition` in the database holds the same rows, and a test proves the two equal.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import cast, get_args

from queue_server.tickets.model import (
    PaperMark,
    TicketEventKind,
    TicketState,
    WindowEventKind,
    WindowState,
)

NONE = "none"
"""The state before issue."""

IN_LINE: frozenset[TicketState] = frozenset({"unconfirmed", "waiting"})
"""States that keep a place in line; an unconfirmed ticket keeps it, yet is not called."""

IN_HAND: frozenset[TicketState] = frozenset({"called", "serving"})
"""States that fill a window: at most one ticket each."""

LAPSING: frozenset[TicketState] = IN_LINE | {"parked"}
"""States that end with their day."""

ENDED: frozenset[TicketState] = frozenset({"no_show", "finished", "cancelled", "void", "lapsed"})

Transition = tuple[TicketEventKind, str, TicketState]


def _unchanged(event: TicketEventKind, states: Iterable[TicketState]) -> set[Transition]:
    return {(event, state, state) for state in states}


def _as_state(name: str) -> TicketState:
    return cast(TicketState, name)


_MOVES: frozenset[Transition] = frozenset(
    {
        ("issue", NONE, "unconfirmed"),
        ("issue", NONE, "waiting"),
        ("confirm", "unconfirmed", "waiting"),
        ("call", "waiting", "called"),
        ("start", "called", "serving"),
        ("finish", "serving", "finished"),
        ("no_show", "called", "no_show"),
        ("cancel", "waiting", "cancelled"),
        ("cancel", "called", "cancelled"),
        ("void", "unconfirmed", "void"),
        ("void", "waiting", "void"),
        ("lapse", "unconfirmed", "lapsed"),
        ("lapse", "waiting", "lapsed"),
        ("lapse", "parked", "lapsed"),
        ("park", "serving", "parked"),
        ("resume", "parked", "waiting"),
        ("return", "no_show", "waiting"),
        ("transfer", "called", "waiting"),
        ("transfer", "serving", "waiting"),
        ("cancel", "parked", "cancelled"),
        ("reinstate", "void", "waiting"),
    }
)

UNDOABLE: frozenset[TicketEventKind] = frozenset(
    {"call", "start", "finish", "no_show", "park", "cancel"}
)
"""What *undo* takes back. Never issue, void or transfer, nor what touched paper."""

_UNDONE: frozenset[Transition] = frozenset(
    ("undo", after, _as_state(before)) for event, before, after in _MOVES if event in UNDOABLE
)

TRANSITIONS: frozenset[Transition] = _MOVES.union(
    _UNDONE,
    _unchanged("recall", ["called"]),
    _unchanged("release", ["waiting"]),
    _unchanged("check_in", ["waiting"]),
    _unchanged("set_service", ["called", "serving"]),
    _unchanged("set_priority", ["unconfirmed", "waiting", "called", "serving", "parked"]),
    _unchanged("reprint", ["unconfirmed", "waiting", "called", "parked"]),
    _unchanged("paper", get_args(TicketState)),
    _unchanged("given", get_args(TicketState)),
)

_NEXT: Mapping[tuple[str, str], TicketState] = MappingProxyType(
    {
        (event, before): after
        for event, before, after in TRANSITIONS
        if event not in ("issue", "undo")
    }
)

ACTS: Mapping[str, TicketEventKind] = MappingProxyType(
    {
        "recall": "recall",
        "start": "start",
        "finish": "finish",
        "no-show": "no_show",
        "park": "park",
        "resume": "resume",
        "return": "return",
        "transfer": "transfer",
        "cancel": "cancel",
        "void": "void",
        "reinstate": "reinstate",
        "service": "set_service",
    }
)
"""The acts of the API by the last part of their path, and the event each makes.

Three are none of them. A reprint is ordered on a page of the staff. A check-in is for numbers of an
earlier day alone. An undo is allowed by the last act and the time since, not by the state: see
`undone_state`.
"""

WINDOW_TRANSITIONS: frozenset[tuple[WindowEventKind, WindowState, WindowState]] = frozenset(
    {
        ("open", "closed", "open"),
        ("resume", "paused", "open"),
        ("take_over", "open", "open"),
        ("take_over", "paused", "open"),
        ("pause", "open", "paused"),
        ("close", "open", "closed"),
        ("close", "paused", "closed"),
        ("offer", "open", "open"),
        ("offer", "paused", "paused"),
        ("keep", "open", "open"),
        ("keep", "paused", "paused"),
        ("assign", "open", "open"),
        ("assign", "paused", "paused"),
        ("profile", "closed", "closed"),
        ("profile", "open", "open"),
        ("profile", "paused", "paused"),
    }
)

_PAPER_WEIGHT: Mapping[PaperMark, int] = MappingProxyType(
    {"none": 0, "pending": 1, "failed": 2, "held": 3, "unknown": 3, "kept": 4, "printed": 5}
)

_NEXT_WINDOW: Mapping[tuple[str, str], WindowState] = MappingProxyType(
    {(event, before): after for event, before, after in WINDOW_TRANSITIONS}
)


def state_after(event: TicketEventKind, state: str) -> TicketState | None:
    """Return the state an act leads to, or None when the state forbids it."""
    return _NEXT.get((event, state))


def undone_state(event: TicketEventKind, before: str) -> TicketState | None:
    """Return the state that undoing an act leads back to, or None when it cannot be undone."""
    return _as_state(before) if event in UNDOABLE else None


def says_more(mark: PaperMark, known: PaperMark) -> bool:
    """Tell whether a mark adds to what is known of a slip: a print settles, doubt does not undo."""
    return mark != known and _PAPER_WEIGHT[mark] >= _PAPER_WEIGHT[known]


def window_state_after(event: str, state: str) -> WindowState | None:
    """Return the state an act leads a window to, or None when its state forbids it."""
    return _NEXT_WINDOW.get((event, state))


@cache
def allowed_acts(state: str) -> tuple[str, ...]:
    """Return the API's acts that a ticket in this state allows, in the table's order."""
    return tuple(act for act, event in ACTS.items() if (event, state) in _NEXT)


def allowed_window_acts(state: WindowState, *, has_ticket: bool) -> tuple[str, ...]:
    """Return the acts a window allows; with a ticket in hand it neither pauses nor closes."""
    if state == "closed":
        return ("open",)
    if has_ticket:
        return ()
    if state == "paused":
        return ("open", "close")
    return ("call-next", "call", "walk-direct", "pause", "close")
