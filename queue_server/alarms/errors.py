"""What alarms refuse."""

from queue_server.tickets.errors import QueueError


class UnknownEpisode(QueueError):
    """Nothing of that id was ever wrong."""

    def __init__(self, episode: str) -> None:
        super().__init__(f"There is no alarm {episode}.")
        self.episode = episode
