"""Where the kiosk stands: the centre's names and clock, remembered for starts without a server."""

from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from pydantic import ValidationError

from core_services.calendar import business_day, day_bounds
from core_services.link.greeting_frames import CentreNames, Welcome

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
    cut_over: time = time(3)
    """When one business day ends and the next begins."""

    @classmethod
    def told_by(cls, welcome: Welcome, before: Self) -> Self:
        """Return the place that the server names; what it leaves out stays."""
        try:
            zone = ZoneInfo(welcome.zone)
        except (ZoneInfoNotFoundError, ValueError):
            logger.error("zone_unknown", zone=welcome.zone)
            zone = before.zone
        return cls(welcome.centre or before.centre, zone, welcome.cut_over)

    @classmethod
    def remembered(cls, value: Any) -> Self:
        """Return what `to_json` made; a place without names when that cannot be read."""
        try:
            return cls(
                CentreNames.model_validate(value["centre"]),
                ZoneInfo(value["zone"]),
                time.fromisoformat(value.get("cut_over", "03:00")),
            )
        except (ValidationError, TypeError, LookupError, ValueError):
            return cls()

    def is_of_another_kind(self, welcome: Welcome) -> bool:
        """Say whether a server is for training and this folder was a real centre's, or the other
        way round; a folder that knows no centre yet takes either."""
        said = welcome.centre
        return said is not None and self.centre.code != "" and self.centre.training != said.training

    def day_began(self, at: datetime) -> datetime:
        """Return when the business day that holds `at` began, in UTC."""
        day = business_day(at, self.zone, self.cut_over)
        return day_bounds(day, self.zone, self.cut_over)[0]

    def to_json(self) -> dict[str, Any]:
        """Return what `remembered` reads."""
        return {
            "centre": self.centre.model_dump(),
            "zone": self.zone.key,
            "cut_over": self.cut_over.isoformat(),
        }
