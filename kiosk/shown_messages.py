"""Tells the server which messages to the hall stand on this glass, once each for every line."""

from collections.abc import Callable
from uuid import UUID

from core_services.link.frame import Frame
from core_services.link.message_frames import MessageShown
from kiosk.state import Flow
from kiosk.steps import Home


class ShownMessages:
    """What was told of; a line that broke may have lost it, and it is told again on the next."""

    def __init__(self, send: Callable[[Frame], None]) -> None:
        self._send = send
        self._told: set[UUID] = set()

    def look(self, flow: Flow, *, pages: int) -> None:
        """Tell of each message that stands on the glass now, if a page is open."""
        hall = flow.hall_now
        if hall is None or pages == 0:
            return
        emergency = flow.emergency
        on_glass = [emergency] if emergency is not None else []
        if emergency is None and isinstance(flow.step, Home):
            on_glass = hall.messages
        self._told &= {each.id for each in hall.messages if each.id is not None}
        for message in on_glass:
            if message.id is not None and message.id not in self._told:
                self._told.add(message.id)
                self._send(MessageShown(message=message.id))

    def forget(self) -> None:
        """The line went."""
        self._told.clear()
