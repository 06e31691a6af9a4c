"""What the kiosk was told last of services and outages, remembered for starts without a server."""

from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import TypeAdapter, ValidationError

from core_services.link.frames import Down, Hall, ServiceCard
from kiosk.state import REMEMBERED, Flow

_CARDS: Final = TypeAdapter(list[ServiceCard])


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

    @classmethod
    def of(cls, flow: Flow) -> Self:
        """Return what is worth remembering of a flow."""
        hall = flow.hall
        if hall is None:
            return cls(flow.services)
        return cls(
            flow.services, hall.payment_down, hall.notice_ar, hall.notice_en, hall.appointments
        )

    @classmethod
    def remembered(cls, value: Any) -> Self:
        """Return what `to_json` made; nothing when that cannot be read."""
        try:
            down = value["payment_down"]
            return cls(
                tuple(_CARDS.validate_python(value["services"])),
                None if down is None else Down.model_validate(down),
                str(value["notice_ar"]),
                str(value["notice_en"]),
                bool(value["appointments"]),
            )
        except (ValidationError, TypeError, LookupError):
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
        }
