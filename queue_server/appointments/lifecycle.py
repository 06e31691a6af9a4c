"""The life of an appointment as one table, and what a check-in's moment makes of its arrival.

The table `appointment_transition` in the database holds the same rows; a test proves them equal.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
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


def is_in_grace(
    starts_at: datetime, at: datetime, *, early_grace_s: int, late_grace_s: int
) -> bool:
    """Say whether a check-in now keeps the slot's place in line."""
    early, late = timedelta(seconds=early_grace_s), timedelta(seconds=late_grace_s)
    return starts_at - early <= at <= starts_at + late


def arrival_of(
    starts_at: datetime,
    at: datetime,
    *,
    early_grace_s: int,
    late_grace_s: int,
    credit_s: int,
    largest_credit_s: int,
) -> datetime:
    """Return from when a check-in's place in line is counted, before the credit is taken off.

    Within the grace it is the slot's start, else now. The published rule says how far ahead of
    those who came before him anybody gets: the larger of grace and credit, never their sum. So
    whoever has a credit and comes late in the grace keeps of his slot what the rule leaves.
    """
    if not is_in_grace(starts_at, at, early_grace_s=early_grace_s, late_grace_s=late_grace_s):
        return at
    bound_s = max(largest_credit_s, late_grace_s)
    return max(starts_at, at - timedelta(seconds=bound_s - credit_s))
