"""The life of a fault as one table: which act leads from which state to which."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, get_args

from queue_server.faults.model import FaultAct, FaultEventKind, FaultState

TRANSITIONS: Final[Mapping[tuple[FaultState, FaultAct], FaultState]] = MappingProxyType(
    {
        ("reported", "accept"): "accepted",
        ("accepted", "accept"): "accepted",  # somebody else takes it over
        ("reported", "mend"): "mended",
        ("accepted", "mend"): "mended",
        ("reported", "dismiss"): "not_fault",
        ("accepted", "dismiss"): "not_fault",
        ("mended", "reopen"): "reported",
        ("not_fault", "reopen"): "reported",
        ("reported", "note"): "reported",
        ("accepted", "note"): "accepted",
        ("mended", "note"): "mended",
        ("not_fault", "note"): "not_fault",
    }
)
EVENT_OF: Final[Mapping[FaultAct, FaultEventKind]] = MappingProxyType(
    {
        "accept": "accepted",
        "note": "noted",
        "mend": "mended",
        "dismiss": "dismissed",
        "reopen": "reopened",
    }
)
NEEDS_WORDS: Final[frozenset[FaultAct]] = frozenset({"note", "mend"})
"""Acts that say nothing without words: what was seen, what was done."""

_DONE_IN: Final[Mapping[FaultAct, frozenset[FaultState]]] = MappingProxyType(
    {
        "mend": frozenset({"mended"}),
        "dismiss": frozenset({"not_fault"}),
        "reopen": frozenset({"reported", "accepted"}),
    }
)


def allowed_acts(state: FaultState) -> tuple[FaultAct, ...]:
    """Return what may be done in a state, in the order in which it is offered."""
    return tuple(act for act in get_args(FaultAct) if (state, act) in TRANSITIONS)


def is_done(act: FaultAct, state: FaultState) -> bool:
    """Say whether a fault stands already as the act would have it: a lost race is harmless."""
    return state in _DONE_IN.get(act, frozenset())
