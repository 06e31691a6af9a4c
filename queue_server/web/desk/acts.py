"""What a clerk may press in each state of the window, and which key does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from queue_server.tickets.lifecycle import allowed_acts, allowed_window_acts
from queue_server.tickets.model import Window

Act = Literal[
    "open",
    "start",
    "finish-next",
    "call-next",
    "resume",
    "recall",
    "no-show",
    "finish",
    "service",
    "pause",
    "close",
]
ACTS: frozenset[str] = frozenset(get_args(Act))

DeskState = Literal["idle", "called", "serving", "paused"]
PauseReason = Literal["prayer", "break", "fault", "other"]
REASONS: tuple[PauseReason, ...] = get_args(PauseReason)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the keyboard: the places that do the act, and what is written on its cap.

    Places are `KeyboardEvent.code` values, the same on an Arabic and on a Latin layout.
    """

    codes: str
    cap: str


def digit_key(digit: int) -> Key:
    """Return the key of a digit, on the numeric pad and in the top row."""
    return Key(f"Numpad{digit} Digit{digit}", str(digit))


ENTER = Key("NumpadEnter Enter", "Enter")

KEYS: Mapping[Act, Key] = MappingProxyType(
    {
        "open": ENTER,
        "start": ENTER,
        "finish-next": ENTER,
        "call-next": ENTER,
        "resume": ENTER,
        "recall": digit_key(1),
        "no-show": digit_key(2),
        "finish": digit_key(5),
        "pause": digit_key(8),
        "service": Key("NumpadDivide Slash", "/"),
        "close": Key("NumpadSubtract Minus", "-"),
    }
)
"""3, 4, 6, 7, 9, the point and 0 are kept for acts that are still to come (docs/desk.md)."""

REASON_KEYS: Mapping[PauseReason, Key] = MappingProxyType(
    {reason: digit_key(place) for place, reason in enumerate(REASONS, 1)}
)

_ON_TICKET: tuple[Act, ...] = ("start", "finish-next", "recall", "no-show", "finish", "service")
_ON_WINDOW: tuple[Act, ...] = ("call-next", "resume", "pause", "close")
_RULES: Mapping[Act, str] = MappingProxyType({"finish-next": "finish", "resume": "open"})
"""Acts of the desk alone, and the act of the life table that decides whether they are allowed."""


def state_of(window: Window) -> DeskState:
    """Return the state in which a window that is not closed shows itself to its clerk."""
    if window.ticket is not None:
        return "called" if window.ticket.state == "called" else "serving"
    return "paused" if window.state == "paused" else "idle"


def acts_of(window: Window) -> tuple[Act, ...]:
    """Return the acts that are allowed now; the first is the one that Enter does."""
    if window.ticket is not None:
        known, allowed = _ON_TICKET, allowed_acts(window.ticket.state)
    else:
        known, allowed = _ON_WINDOW, allowed_window_acts(window.state, has_ticket=False)
    return tuple(act for act in known if _RULES.get(act, act) in allowed)
