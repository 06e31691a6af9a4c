"""What the care of equipment does not know; what it refuses is `CannotMaintain`."""

from typing import Literal

from queue_server.tickets.errors import QueueError

Fault = Literal[
    "bad-label",
    "label-taken",
    "serial-taken",
    "lacks-model",
    "bad-place",
    "place-taken",
    "scrapped",
    "same-piece",
    "not-in-use",
    "not-a-spare",
    "other-kind",
    "lacks-title",
    "lacks-measure",
    "not-counted",
    "bad-minutes",
    "lacks-done",
    "has-order",
    "state",
    "stands-so",
]
"""Why something is refused, as `CannotMaintain` says it."""


class UnknownEquipment(QueueError):
    """No piece has that label."""

    def __init__(self, label: str) -> None:
        super().__init__(f"There is no equipment labelled {label}.")
        self.label = label


class UnknownOrder(QueueError):
    """There is no such maintenance order."""

    def __init__(self, order: str) -> None:
        super().__init__(f"There is no maintenance order {order}.")
        self.order = order


class UnknownMaintenancePlan(QueueError):
    """There is no such maintenance plan."""

    def __init__(self, plan: str) -> None:
        super().__init__(f"There is no maintenance plan {plan}.")
        self.plan = plan
