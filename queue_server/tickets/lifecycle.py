"""The life of a ticket as one table: which act leads from which state to which.

`TRANSITIONS` decides what the API allows and which buttons a desk shows; the table
`ticket_transition` in the database holds the same rows, and a test proves the two equal.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

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

ENDED: frozenset[TicketState] = frozenset({"no_show", "finished", "cancelled", "void", "lapsed"})

Transition = tuple[TicketEventKind, str, TicketState]


def _unchanged(event: TicketEventKind, states: Iterable[TicketState]) -> set[Transition]:
    return {(event, state, state) for state in states}


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
    }
)

TRANSITIONS: frozenset[Transition] = _MOVES.union(
    _unchanged("recall", ["called"]),
    _unchanged("set_service", ["called", "serving"]),
    _unchanged("reprint", ["unconfirmed", "waiting", "called"]),
    _unchanged("paper", IN_LINE | IN_HAND | ENDED),
)

_NEXT: Mapping[tuple[str, str], TicketState] = MappingProxyType(
    {(event, before): after for event, before, after in TRANSITIONS if event != "issue"}
)

ACTS: Mapping[str, TicketEventKind] = MappingProxyType(
    {
        "recall": "recall",
        "start": "start",
        "finish": "finish",
        "no-show": "no_show",
        "cancel": "cancel",
        "void": "void",
        "service": "set_service",
    }
)
"""The acts of the API by the last part of their path, and the event each makes.

A reprint is none of them: it is ordered on the supervisor's page.
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
    return ("call-next", "pause", "close") if state == "open" else ("open", "close")
