"""The life of an appointment as one table.

The table `appointment_transition` in the database holds the same rows; a test proves them equal.
"""

from collections.abc import Mapping
from types import MappingProxyType

from queue_server.appointments.model import AppointmentEventKind, AppointmentState

NONE = "none"
"""The state before the booking."""

LIVE: frozenset[AppointmentState] = frozenset({"booked", "checked_in"})
"""States that fill a place of their slot."""

Transition = tuple[AppointmentEventKind, str, AppointmentState]

TRANSITIONS: frozenset[Transition] = frozenset(
    {
        ("book", NONE, "booked"),
        ("check_in", "booked", "checked_in"),
        ("check_in", "released", "checked_in"),
        # Its number was taken back, as of a slip that never came out: a new one is given.
        ("check_in", "checked_in", "checked_in"),
        ("release", "booked", "released"),
        ("cancel", "booked", "cancelled"),
        ("move", "booked", "moved"),
    }
)

_NEXT: Mapping[tuple[str, str], AppointmentState] = MappingProxyType(
    {(event, before): after for event, before, after in TRANSITIONS}
)

ACTS: Mapping[str, AppointmentEventKind] = MappingProxyType(
    {"check-in": "check_in", "move": "move", "cancel": "cancel"}
)
"""The acts of the API by the last part of their path, and the event each makes."""


def state_after(event: AppointmentEventKind, state: str) -> AppointmentState | None:
    """Return the state an act leads to, or None when the state forbids it."""
    return _NEXT.get((event, state))


def allowed_acts(state: AppointmentState) -> tuple[str, ...]:
    """Return the API's acts that an appointment in this state allows.

    Checking in again answers with the number that there is, so it is allowed but not listed.
    """
    if state == "checked_in":
        return ()
    return tuple(act for act, event in ACTS.items() if (event, state) in _NEXT)
