"""What the kiosk was told last of services and outages, remembered for starts without a server."""

from dataclasses import dataclass
from datetime import time
from typing import Any, Final, Self

from pydantic import TypeAdapter, ValidationError

from core_services.link.hall_frames import Down, Hall, Opening, ServiceCard
from kiosk.state import REMEMBERED, Flow

_CARDS: Final = TypeAdapter(list[ServiceCard])
_OPENINGS: Final = TypeAdapter(list[Opening])


@dataclass(frozen=True, slots=True)
class Known:
    """What stays true on the glass without a line, until a server says otherwise.

    The state of the line (who waits, which windows are open) is not in it: that is never shown
    without a server.
    """

    services: tuple[ServiceCard, ...] = ()
    payment_down: Down | None = None
    notice_ar: str = ""
    notice_en: str = ""
    appointments: bool = False
    openings: tuple[Opening, ...] = ()
    """When numbers are given, today and in the week after it."""
    morning: tuple[time, time] | None = None
    requests_at_most: int = 1
    return_within_min: int = 30

    @classmethod
    def of(cls, flow: Flow) -> Self:
        """Return what is worth remembering of a flow."""
        hall = flow.hall
        if hall is None:
            return cls(flow.services)
        morning = None
        if hall.morning_from is not None and hall.morning_until is not None:
            morning = (hall.morning_from, hall.morning_until)
        return cls(
            flow.services,
            hall.payment_down,
            hall.notice_ar,
            hall.notice_en,
            hall.appointments,
            tuple(hall.openings),
            morning,
            hall.requests_at_most,
            hall.return_within_min,
        )

    @classmethod
    def remembered(cls, value: Any) -> Self:
        """Return what `to_json` made; nothing when that cannot be read."""
        try:
            down, morning = value["payment_down"], value.get("morning")
            return cls(
                tuple(_CARDS.validate_python(value["services"])),
                None if down is None else Down.model_validate(down),
                str(value["notice_ar"]),
                str(value["notice_en"]),
                bool(value["appointments"]),
                tuple(_OPENINGS.validate_python(value.get("openings", []))),
                None if morning is None else (_time(morning[0]), _time(morning[1])),
                int(value.get("requests_at_most", 1)),
                int(value.get("return_within_min", 30)),
            )
        except (ValidationError, TypeError, LookupError, ValueError):
            return cls()

    @property
    def hall(self) -> Hall | None:
        """Return a hall of which only this is known; None where nothing is."""
        if self == Known():
            return None
        return Hall(
            epoch=REMEMBERED,
            revision=0,
            waiting=0,
            wait=None,
            windows_open=0,
            windows_total=0,
            payment_down=self.payment_down,
            notice_ar=self.notice_ar,
            notice_en=self.notice_en,
            appointments=self.appointments,
            openings=list(self.openings),
            morning_from=None if self.morning is None else self.morning[0],
            morning_until=None if self.morning is None else self.morning[1],
            requests_at_most=self.requests_at_most,
            return_within_min=self.return_within_min,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what `remembered` reads."""
        down = self.payment_down
        return {
            "services": [card.model_dump(mode="json") for card in self.services],
            "payment_down": None if down is None else down.model_dump(mode="json"),
            "notice_ar": self.notice_ar,
            "notice_en": self.notice_en,
            "appointments": self.appointments,
            "openings": [each.model_dump(mode="json") for each in self.openings],
            "morning": None
            if self.morning is None
            else [each.isoformat() for each in self.morning],
            "requests_at_most": self.requests_at_most,
            "return_within_min": self.return_within_min,
        }


def _time(text: str) -> time:
    return time.fromisoformat(text)
