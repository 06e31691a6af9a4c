"""Where the kiosk stands: the centre's names and zone, remembered for starts without a server."""

from dataclasses import dataclass, field
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from pydantic import ValidationError

from core_services.link.frames import CentreNames, Welcome

logger = structlog.get_logger()

_ANY_CENTRE = CentreNames(
    code="",
    name_ar="المركز التكنولوجي لخدمة المواطنين",
    name_en="Technology Centre for Citizen Service",
)


@dataclass(frozen=True, slots=True)
class Place:
    """The centre as slips and the head of the screen name it."""

    centre: CentreNames = _ANY_CENTRE
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Africa/Cairo"))

    @classmethod
    def told_by(cls, welcome: Welcome, before: Self) -> Self:
        """Return the place that the server names; what it leaves out stays."""
        try:
            zone = ZoneInfo(welcome.zone)
        except (ZoneInfoNotFoundError, ValueError):
            logger.error("zone_unknown", zone=welcome.zone)
            zone = before.zone
        return cls(welcome.centre or before.centre, zone)

    @classmethod
    def remembered(cls, value: Any) -> Self:
        """Return what `to_json` made; a place without names when that cannot be read."""
        try:
            return cls(CentreNames.model_validate(value["centre"]), ZoneInfo(value["zone"]))
        except (ValidationError, TypeError, LookupError, ValueError):
            return cls()

    def to_json(self) -> dict[str, Any]:
        """Return what `remembered` reads."""
        return {"centre": self.centre.model_dump(), "zone": self.zone.key}
