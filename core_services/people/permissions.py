"""Who may do what: the one place where roles and API-key scopes become permissions."""

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from core_services.people.model import Role, Scope

Permission = Literal[
    "see_hall",
    "see_tickets",
    "issue",
    "act_own_window",
    "act_any_window",
    "close_any_window",
    "cancel_any",
    "void",
    "reprint",
    "mark_services",
    "broadcast",
    "care_for_devices",
    "see_satisfaction",
    "receive",
    "report_faults",
    "see_personal",
    "see_metrics",
    "see_staff",
    "manage_staff",
    "manage_keys",
    "manage_devices",
    "manage_policy",
]
"""`act_own_window`: open, pause and close the own window, call, act on the ticket it has in hand.
`act_any_window`: the same at any window. `close_any_window`: take over or close a window that
someone else opened. `cancel_any`, `void`, `reprint`: on tickets wherever they are. `receive`: give
numbers along the line, find lost slips and have them printed again, take a citizen back who missed
the call, answer calls for help, key the emergency book in. `mark_services`: say that a service is
down or works again. `broadcast`: send a message to the whole hall, and end one.
`care_for_devices`: have a machine do what is for its own care, put a kiosk out of service and back,
take up and end the faults that staff report. `report_faults`: say what does not work.
`see_satisfaction`: what citizens answered, in sums alone; no permission shows a single answer.
`see_personal`: what may be shown of a citizen's phone and ID; a person with `act_own_window` alone
sees it of the ticket alone that the own window has in hand."""

_RECEPTIONIST: frozenset[Permission] = frozenset(
    {"see_hall", "see_tickets", "issue", "receive", "report_faults"}
)
_CLERK: frozenset[Permission] = _RECEPTIONIST | {"act_own_window", "see_personal"}
_SUPERVISOR: frozenset[Permission] = _CLERK | {
    "act_any_window",
    "close_any_window",
    "cancel_any",
    "void",
    "reprint",
    "mark_services",
    "broadcast",
    "care_for_devices",
    "see_satisfaction",
    "see_metrics",
    "see_staff",
}
_ADMIN: frozenset[Permission] = _SUPERVISOR | {
    "manage_staff",
    "manage_keys",
    "manage_devices",
    "manage_policy",
}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    "receptionist": _RECEPTIONIST,
    "clerk": _CLERK,
    "supervisor": _SUPERVISOR,
    "admin": _ADMIN,
}

SCOPE_PERMISSIONS: Mapping[Scope, frozenset[Permission]] = {
    "read": frozenset({"see_hall", "see_tickets"}),
    "issue": frozenset({"issue"}),
    "act": frozenset(
        {"see_hall", "see_tickets", "act_own_window", "act_any_window", "report_faults"}
    ),
    "stand_in": frozenset({"see_hall", "see_tickets", "act_own_window", "report_faults"}),
    "supervise": frozenset(
        {
            "close_any_window",
            "cancel_any",
            "void",
            "reprint",
            "receive",
            "report_faults",
            "mark_services",
            "broadcast",
            "care_for_devices",
            "see_satisfaction",
            "see_staff",
        }
    ),
    "personal": frozenset({"see_personal"}),
    "metrics": frozenset({"see_metrics"}),
    "admin": frozenset({"manage_staff", "manage_keys", "manage_devices", "manage_policy"}),
}
"""A program has no window of its own, so `act` means any window. `stand_in` without `act` is for a
program that sits in for people: it acts at windows that it opened itself, and whoever may open a
window takes such a one over by opening it."""

ALL_SCOPES: tuple[Scope, ...] = get_args(Scope)


def permissions_of_role(role: Role) -> frozenset[Permission]:
    """Return what a member of staff in that role may do."""
    return ROLE_PERMISSIONS[role]


def permissions_of_scopes(scopes: Iterable[Scope]) -> frozenset[Permission]:
    """Return what an API key with those scopes may do."""
    return frozenset().union(*(SCOPE_PERMISSIONS[scope] for scope in scopes))
