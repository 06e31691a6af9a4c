"""What service states refuse."""

from queue_server.tickets.errors import QueueError


class UnknownServiceGroup(QueueError):
    """The catalogue has no such group."""

    def __init__(self, group: str) -> None:
        super().__init__(f"There is no group of services {group}.")
        self.group = group
