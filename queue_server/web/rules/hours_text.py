"""Hours, days and minutes of a policy said in both languages; pure."""

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from core_services.l10n import digits, format_date, format_time, plural
from queue_server.policy.body import DAYS, OpeningHours, Span
from queue_server.web.words import Words

WEEKDAYS: dict[str, Words] = {
    "saturday": Words("السبت", "Saturday"),
    "sunday": Words("الأحد", "Sunday"),
    "monday": Words("الاثنين", "Monday"),
    "tuesday": Words("الثلاثاء", "Tuesday"),
    "wednesday": Words("الأربعاء", "Wednesday"),
    "thursday": Words("الخميس", "Thursday"),
    "friday": Words("الجمعة", "Friday"),
}


def minutes_words(minutes: int) -> Words:
    """Say a number of minutes: `١٥ دقيقة`, `15 minutes`."""
    many = f"{minutes} دقيقة"
    arabic = plural(minutes, many, "دقيقة", "دقيقتين", f"{minutes} دقائق", many, many)
    return Words(digits(arabic, "ar"), f"{minutes} {plural(minutes, 'minute', 'minutes')}")


def seconds_words(seconds: int) -> Words:
    """Say a number of seconds, in minutes where they are whole ones."""
    if seconds >= 60 and seconds % 60 == 0:
        return minutes_words(seconds // 60)
    many = f"{seconds} ثانية"
    arabic = plural(seconds, many, "ثانية", "ثانيتين", f"{seconds} ثوانٍ", many, many)
    return Words(digits(arabic, "ar"), f"{seconds} {plural(seconds, 'second', 'seconds')}")


def time_words(at: time) -> Words:
    """Say a time of the wall."""
    return Words(format_time(at, "ar"), format_time(at, "en"))


def day_words(day: date) -> Words:
    """Say a date with its weekday."""
    return Words(format_date(day, "ar"), format_date(day, "en"))


def moment_words(at: datetime, zone: ZoneInfo) -> Words:
    """Say a moment in the centre's zone: the day, then the time."""
    local = at.astimezone(zone)
    day, clock = day_words(local.date()), time_words(local.time())
    return Words(f"{day.ar} الساعة {clock.ar}", f"{day.en} at {clock.en}")


def span_words(opens: time, closes: time) -> Words:
    """Say a span of the day."""
    first, last = time_words(opens), time_words(closes)
    return Words(f"من {first.ar} إلى {last.ar}", f"{first.en} to {last.en}")


def week_words(hours: OpeningHours) -> tuple[Words, ...]:
    """Say the week, days that follow each other with the same hours in one line."""
    lines: list[tuple[list[str], Span | None]] = []
    for day in DAYS:
        span = hours.week.of(day)
        if lines and lines[-1][1] == span:
            lines[-1][0].append(day)
        else:
            lines.append(([day], span))
    return tuple(_line(days, span) for days, span in lines)


def _line(days: Sequence[str], span: Span | None) -> Words:
    first, last = WEEKDAYS[days[0]], WEEKDAYS[days[-1]]
    if len(days) == 1:
        name = first
    elif len(days) == 2:
        name = Words(f"{first.ar} و{last.ar}", f"{first.en} and {last.en}")
    else:
        name = Words(f"من {first.ar} إلى {last.ar}", f"{first.en} to {last.en}")
    if span is None:
        return Words(f"{name.ar}: مغلق", f"{name.en}: closed")
    said = span_words(span.opens, span.closes)
    return Words(f"{name.ar}: {said.ar}", f"{name.en}: {said.en}")
