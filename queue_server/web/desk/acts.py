"""What a clerk may press in each state of the window, and which key does it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from queue_server.tickets.lifecycle import IN_HAND, allowed_acts, allowed_window_acts
from queue_server.tickets.model import Window
from queue_server.tickets.window_alarms import CATEGORIES

Act = Literal[
    "open",
    "start",
    "finish-next",
    "call-next",
    "resume",
    "recall",
    "no-show",
    "park",
    "transfer",
    "finish",
    "return",
    "undo",
    "call",
    "walk-direct",
    "adopt",
    "unpark",
    "service",
    "note",
    "pause",
    "close",
    "offer",
    "keep",
    "fault",
    "supervisor",
    "emergency",
    "settle",
    "come",
    "read",
    "message",
]
ACTS: frozenset[str] = frozenset(get_args(Act))

DeskState = Literal["idle", "called", "serving", "paused"]
PauseReason = Literal["prayer", "break", "fault", "other", "lunch", "back_office", "meeting"]
REASONS: tuple[PauseReason, ...] = get_args(PauseReason)
ParkReason = Literal["copy", "paper", "payment", "stamp", "form", "other"]
TransferReason = Literal["other_service", "needs_specialist", "continues_there", "cashier", "other"]
CallReason = Literal["supervisor", "health", "came_back", "papers_brought", "same_file", "other"]
Outcome = Literal["done", "papers_missing", "referred", "refused", "enquiry", "other"]

PARK_MINUTES: tuple[int, ...] = (15, 30, 60, 120)
"""How long a clerk may let somebody look for a paper; the first is what is offered."""


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
POINT = Key("NumpadDecimal Period", ".")

KEYS: Mapping[Act, Key] = MappingProxyType(
    {
        "open": ENTER,
        "start": ENTER,
        "finish-next": ENTER,
        "call-next": ENTER,
        "resume": ENTER,
        "recall": digit_key(1),
        "no-show": digit_key(2),
        "park": digit_key(3),
        "unpark": digit_key(3),
        "transfer": digit_key(4),
        "finish": digit_key(5),
        "return": digit_key(6),
        "undo": digit_key(7),
        "pause": digit_key(8),
        "fault": digit_key(9),
        "note": POINT,
        "call": Key("NumpadMultiply KeyX", "*"),
        "walk-direct": Key("NumpadAdd Equal", "+"),
        "adopt": digit_key(1),
        "service": Key("NumpadDivide Slash", "/"),
        "close": Key("NumpadSubtract Minus", "-"),
        "offer": digit_key(9),
        "keep": digit_key(9),
        "supervisor": digit_key(9),
        "message": POINT,
        "read": digit_key(0),
        "emergency": digit_key(0),
    }
)
"""`offer`, `keep`, `supervisor` and `message` are pressed in the menus of 8 and 9. 0 held for a
second is the emergency; pressed shortly it says that a message has been read."""


def _keyed(codes: tuple[str, ...]) -> Mapping[str, Key]:
    return MappingProxyType({code: digit_key(place) for place, code in enumerate(codes, 1)})


REASON_KEYS: Mapping[str, Key] = _keyed(get_args(PauseReason))
PARK_KEYS: Mapping[str, Key] = _keyed(get_args(ParkReason))
TRANSFER_KEYS: Mapping[str, Key] = _keyed(get_args(TransferReason))
CALL_KEYS: Mapping[str, Key] = _keyed(get_args(CallReason))
OUTCOME_KEYS: Mapping[str, Key] = _keyed(get_args(Outcome))
FAULT_KEYS: Mapping[str, Key] = _keyed(CATEGORIES)

_ON_TICKET: tuple[Act, ...] = (
    "start", "finish-next", "recall", "no-show", "park", "transfer", "finish", "service",
)  # fmt: skip
_ON_WINDOW: tuple[Act, ...] = (
    "call-next", "resume", "call", "walk-direct", "pause", "close",
)  # fmt: skip
_ALWAYS: tuple[Act, ...] = ("fault", "supervisor", "emergency", "message")
ON_TICKET: frozenset[Act] = frozenset({*_ON_TICKET, "note"})
"""Acts on the number in hand."""
DRAWN_ANEW: frozenset[Act] = frozenset(
    {"no-show", "park", "transfer", "return", "call", "walk-direct", "adopt"}
)
"""Acts that the state soon forbids after they are done, and may refuse for what they carry."""
IN_MENUS: frozenset[Act] = frozenset({"offer", "keep", "supervisor", "message"})
"""Acts whose keys hold inside the menu in which they stand."""
_RULES: Mapping[Act, str] = MappingProxyType(
    {"finish-next": "finish", "resume": "open", "call": "call-next", "walk-direct": "call-next"}
)
"""Acts of the desk alone, and the act of the life table that decides whether they are allowed."""


def state_of(window: Window) -> DeskState:
    """Return the state in which a window that is not closed shows itself to its clerk."""
    if window.ticket is not None:
        return "called" if window.ticket.state == "called" else "serving"
    return "paused" if window.state == "paused" else "idle"


def acts_of(window: Window, also: Collection[Act] = ()) -> tuple[Act, ...]:
    """Return the acts that are allowed now; the first is the one that Enter does.

    `also` are those for which the hall has something: numbers to return, parked ones, an act that
    may still be undone.
    """
    if window.ticket is not None:
        known, allowed = _ON_TICKET, allowed_acts(window.ticket.state)
    else:
        known, allowed = _ON_WINDOW, allowed_window_acts(window.state, has_ticket=False)
    acts = [act for act in known if _RULES.get(act, act) in allowed]
    if window.ticket is not None and window.ticket.state in IN_HAND:
        acts.append("note")
    acts += [act for act in ("unpark", "return", "undo") if act in also]
    return (*acts, "keep" if window.is_offered else "offer", *_ALWAYS)
