"""The step that says when numbers are given; the rule is that of the policy's hours."""

from collections.abc import Mapping
from datetime import time
from typing import Final

from core_services.l10n import western
from queue_server.policy.body import DAYS
from queue_server.setup.form import Reading
from queue_server.web.rules.hours_text import WEEKDAYS
from queue_server.web.words import Words

MODE: Final = "numbers"
ALWAYS, WEEK = "always", "week"
FIRST: Final[Mapping[str, str]] = {
    MODE: WEEK,
    **{
        f"{day}_{end}": at
        for day in ("sunday", "monday", "tuesday", "wednesday", "thursday")
        for end, at in (("opens", "09:00"), ("closes", "14:00"))
    },
}
"""What stands there before anybody has typed: an Egyptian centre's week."""
NAMES: Final = (MODE, *(f"{day}_{end}" for day in DAYS for end in ("opens", "closes")))


def read_hours(typed: Mapping[str, str]) -> Reading:
    """Read the step into the file's `hours`: nothing where numbers are given at any hour."""
    match typed.get(MODE):
        case "always":
            return Reading()
        case "week":
            return _read_week(typed)
    return Reading(wrong={MODE: Words("اختر متى تُعطى الأرقام", "Choose when numbers are given")})


def _read_week(typed: Mapping[str, str]) -> Reading:
    week: dict[str, dict[str, time]] = {}
    wrong: dict[str, Words] = {}
    for day in DAYS:
        name = WEEKDAYS[day]
        opens, closes = (
            western(typed.get(f"{day}_{end}", "")).strip() for end in ("opens", "closes")
        )
        if not opens and not closes:
            continue
        first, last = _time(opens), _time(closes)
        if first is None:
            wrong[f"{day}_opens"] = Words(
                f"{name.ar}: اكتب وقت الفتح مثل 09:00، أو اترك اليوم فارغًا",
                f"{name.en}: write when it opens, such as 09:00, or leave the day empty",
            )
        if last is None:
            wrong[f"{day}_closes"] = Words(
                f"{name.ar}: اكتب وقت الإغلاق مثل 14:00، أو اترك اليوم فارغًا",
                f"{name.en}: write when it closes, such as 14:00, or leave the day empty",
            )
        if first is not None and last is not None:
            if last <= first:
                wrong[f"{day}_closes"] = Words(
                    f"{name.ar}: الإغلاق يكون بعد الفتح",
                    f"{name.en}: it must close after it opens",
                )
            week[day] = {"opens": first, "closes": last}
    if not week and not wrong:
        wrong["saturday_opens"] = Words(
            "اكتب ساعات يوم واحد على الأقل", "Write the hours of one day at least"
        )
    return Reading(wrong=wrong) if wrong else Reading(values={"hours": week})


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None
