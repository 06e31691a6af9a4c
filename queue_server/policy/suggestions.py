"""Holidays and Ramadan of a year as suggestions that a person confirms: `holidays` knows Egypt's.

Days of the Hijri year move with the sighting of the moon, and the cabinet moves others to a
Thursday; so nothing here takes effect before an administrator has looked at it.
"""

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from queue_server.policy.body import Holiday, Ramadan

if TYPE_CHECKING:  # the calendars of the world are loaded when an administrator asks for one
    from holidays.calendars.islamic import _IslamicLunar

_RAMADAN_OPENS, _RAMADAN_CLOSES = time(9), time(14)
_LONG_DAYS, _SHORT_DAYS = 30, 29


def suggested_holidays(year: int) -> tuple[Holiday, ...]:
    """Return the public holidays of a year in their order, named in both languages."""
    from holidays import country_holidays

    arabic = country_holidays("EG", years=year, language="ar_EG")
    english = country_holidays("EG", years=year, language="en_US")
    return tuple(
        Holiday(day=day, name_ar=arabic[day], name_en=english[day])
        for day in sorted(arabic)
        if day.year == year
    )


def suggested_ramadan(year: int) -> tuple[Ramadan, ...]:
    """Return the Ramadans that begin in a year: one, in some years two; from 9 to 14."""
    from holidays.calendars.islamic import _IslamicLunar

    moon = _IslamicLunar()
    found = []
    for first, _is_estimated in sorted(moon.ramadan_beginning_dates(year)):
        if first.year == year:
            last = first + timedelta(days=_days_of_ramadan(moon, first) - 1)
            found.append(
                Ramadan(first=first, last=last, opens=_RAMADAN_OPENS, closes=_RAMADAN_CLOSES)
            )
    return tuple(found)


def _days_of_ramadan(moon: "_IslamicLunar", first: date) -> int:
    """Count to the feast, as the library has it; a month that it does not know has 30 days."""
    years = (first.year, first.year + 1)
    feasts = [feast for year in years for feast, _ in moon.eid_al_fitr_dates(year)]
    days = [(feast - first).days for feast in feasts]
    return next((each for each in days if each in (_SHORT_DAYS, _LONG_DAYS)), _LONG_DAYS)
