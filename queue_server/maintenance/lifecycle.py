"""The life of a maintenance order as one table; the database has it too."""

from collections.abc import Mapping
from typing import Final

from queue_server.maintenance.model import OrderAct, OrderState

TRANSITIONS: Final[frozenset[tuple[str, str, str]]] = frozenset(
    {
        ("open", "none", "open"),
        ("start", "open", "in_work"),
        ("finish", "in_work", "done"),
        ("cancel", "open", "cancelled"),
        ("cancel", "in_work", "cancelled"),
    }
)
"""Event, state before and state after."""

AFTER: Final[Mapping[OrderAct, OrderState]] = {
    "start": "in_work",
    "finish": "done",
    "cancel": "cancelled",
}


def may(act: OrderAct, state: OrderState) -> bool:
    """Say whether an order in that state can be acted on so."""
    return (act, state, AFTER[act]) in TRANSITIONS


def acts_of(state: OrderState) -> tuple[OrderAct, ...]:
    """Return what can be done with an order in that state."""
    return tuple(act for act in AFTER if may(act, state))
