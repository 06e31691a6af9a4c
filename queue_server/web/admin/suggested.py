"""Puts suggested holidays and Ramadans into the policy's form, after what is there; pure."""

from collections.abc import Iterable
from datetime import date

from queue_server.policy.body import Part
from queue_server.policy.suggestions import suggested_holidays, suggested_ramadan
from queue_server.web.admin.form import Entered, typed_text

_HOLIDAYS, _RAMADAN = "hours.holidays", "hours.ramadan"


def with_suggestions(entered: Entered, today: date) -> Entered:
    """Add those of this year and the next that are still to come and not entered yet."""
    years = (today.year, today.year + 1)
    holidays = _entered_under(entered, _HOLIDAYS)
    ramadans = {text[:4] for text in _entered_under(entered, _RAMADAN)}
    added = _with_rows(
        entered,
        _HOLIDAYS,
        (
            each
            for year in years
            for each in suggested_holidays(year)
            if each.day >= today and each.day.isoformat() not in holidays
        ),
    )
    return _with_rows(
        added,
        _RAMADAN,
        (
            each
            for year in years
            for each in suggested_ramadan(year)
            if each.last >= today and str(each.first.year) not in ramadans
        ),
    )


def _entered_under(entered: Entered, path: str) -> set[str]:
    return {text for name, text in entered.values.items() if name.startswith(f"{path}.")}


def _with_rows(entered: Entered, path: str, rows: Iterable[Part]) -> Entered:
    values = dict(entered.values)
    for place, row in enumerate(rows, start=entered.rows(path)):
        for name, value in row.model_dump().items():
            values[f"{path}.{place}.{name}"] = typed_text(value)
    return Entered(values, entered.profiles)
