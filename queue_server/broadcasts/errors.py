"""What messages to the hall refuse."""

from queue_server.tickets.errors import QueueError


class UnknownBroadcast(QueueError):
    """No message of that id was sent."""

    def __init__(self, broadcast: str) -> None:
        super().__init__(f"There is no message to the hall {broadcast}.")
        self.broadcast = broadcast
