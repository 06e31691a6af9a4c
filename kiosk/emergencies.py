"""An emergency that stood on the glass when the kiosk last ran, for a start without a server."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from pydantic import ValidationError

from core_services.link.hall_frames import Hall
from core_services.link.message_frames import BoardMessage
from kiosk.state import EMERGENCY_KEPT_S, REMEMBERED, Flow

EMERGENCY: Final = "emergency"
"""What it is remembered as."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """A message over every page, and when the server last said that it stands."""

    message: BoardMessage
    heard: datetime
    """By the centre's time."""
    machine: datetime
    """By the machine's clock, which may be days off."""

    @classmethod
    def remembered(cls, value: Any, *, now: datetime | None, machine: datetime) -> Self | None:
        """Return what `to_json` made; None when that cannot be read, or is too old to hold.

        `now` is the centre's time; where none can be told the machine's clock is held against
        itself.
        """
        try:
            found = cls(
                BoardMessage.model_validate(value["message"]),
                datetime.fromisoformat(value["heard"]),
                datetime.fromisoformat(value["machine"]),
            )
            age = machine - found.machine if now is None else now - found.heard
        except (ValidationError, TypeError, ValueError, LookupError):
            return None
        is_young = timedelta() <= age < timedelta(seconds=EMERGENCY_KEPT_S)
        return found if is_young and found.message.full_screen else None

    def over(self, flow: Flow, now: float) -> Flow:
        """Return the flow with this message over it, at the moment at which the kiosk starts."""
        hall = flow.hall or Hall(
            epoch=REMEMBERED, revision=0, waiting=0, wait=None, windows_open=0, windows_total=0
        )
        hall = hall.model_copy(update={"messages": [self.message]})
        return replace(flow, hall=hall, heard_at=now, now=now)

    def to_json(self) -> dict[str, Any]:
        """Return what `remembered` reads."""
        return {
            "message": self.message.model_dump(mode="json"),
            "heard": self.heard.isoformat(),
            "machine": self.machine.isoformat(),
        }
