"""Reads times of day as people at reception type them, and places them in a business day; pure."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core_services.l10n import western

_TIME: Final = re.compile(r"(\d{1,2})(?:[:.٫,\s]?(\d{2}))?\s*(ص|م|am|pm)?")
_FIRST_MORNING_HOUR: Final = 7
"""Centres open at 8 or 9: one who types 2:15 means the afternoon."""


def clock_from(text: str) -> time | None:
    """Read `٩:٢٠`, `9.20`, `920`, `2:15 م`, `14:15`; None for what is no time.

    An hour from 1 to 6 without a word for the half of the day is one of the afternoon.
    """
    found = _TIME.fullmatch(western(text).strip().lower())
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in ("م", "pm") else 0)
    elif 1 <= hour < _FIRST_MORNING_HOUR:
        hour += 12
    if hour > 23 or minute > 59:
        return None
    return time(hour, minute)


def moment_of(day: date, clock: time, zone: ZoneInfo, cut_over: time) -> datetime:
    """Return when the wall reads that on a business day; before the cut-over it is its night."""
    if clock < cut_over:
        day += timedelta(days=1)
    return datetime.combine(day, clock, tzinfo=zone)
