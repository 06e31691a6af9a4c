"""The charts of weeks that are over: hours crossed with days of the week, Saturday first; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from functools import partial
from typing import Final

from core_services.calendar import hours_into_day
from core_services.l10n import Language, format_date, weekday_name
from core_services.sheets.model import Column, Sheet
from core_services.sheets.texts import column_text, hour_text
from queue_server.charts.heat import heat_map
from queue_server.figures.store_figures import HourFigures
from queue_server.web.supervisor import chart_words as words
from queue_server.web.supervisor.chart import Chart, ChartName
from queue_server.web.words import Words

WEEK: Final = (5, 6, 0, 1, 2, 3, 4)
"""Saturday to Friday, as `date.weekday` counts."""


@dataclass(frozen=True, slots=True)
class WeeksAsked:
    """What is charted, and for whom."""

    first: date
    last: date
    language: Language
    queue: Words | None
    service: Words | None
    cut_over: time

    def about(self) -> tuple[tuple[str, str], ...]:
        """Say what a sheet is of."""
        say = self.language
        span = f"{format_date(self.first, say)} – {format_date(self.last, say)}"
        told = [(words.FROM_TO.say(say), span)]
        if self.service is not None:
            told.append((words.SERVICE.say(say), self.service.say(say)))
        elif self.queue is not None:
            told.append((words.QUEUE.say(say), self.queue.say(say)))
        return tuple(told)


@dataclass(frozen=True, slots=True)
class WeekHour:
    """One hour of one day of the week, over all days of a range."""

    weekday: int
    hour: int
    days: int
    """Such days on which anybody came at all."""
    arrivals: int
    wait_n: int
    wait_sum_s: float

    @property
    def mean_wait_s(self) -> int | None:
        return None if not self.wait_n else int(self.wait_sum_s / self.wait_n + 0.5)

    @property
    def arrivals_mean(self) -> float:
        return self.arrivals / self.days


def week_hours(hours: Iterable[HourFigures], cut_over: time) -> tuple[WeekHour, ...]:
    """Add the hours of days up by day of the week; an hour in which nobody ever came is missing.

    They stand as the business day has them.
    """
    days: dict[int, set[date]] = {}
    sums: dict[tuple[int, int], list[float]] = {}
    for each in hours:
        weekday = each.day.weekday()
        days.setdefault(weekday, set()).add(each.day)
        total = sums.setdefault((WEEK.index(weekday), each.hour), [0, 0, 0.0])
        total[0] += each.arrivals
        total[1] += each.wait_n
        total[2] += each.wait_sum_s
    return tuple(
        WeekHour(WEEK[place], hour, len(days[WEEK[place]]), int(came), int(waited), sum_s)
        for (place, hour), (came, waited, sum_s) in sorted(
            sums.items(), key=lambda each: (each[0][0], hours_into_day(each[0][1], cut_over))
        )
    )


def week_waits_chart(asked: WeeksAsked, hours: tuple[WeekHour, ...]) -> Chart:
    """The mean wait of those whose number was taken in each hour of the week."""
    say = asked.language
    known = [each for each in hours if each.wait_n]
    sheet = Sheet(
        title=words.TITLES["week-waits"].say(say),
        language=say,
        columns=(
            Column("weekday", words.WEEKDAY.say(say), "weekday"),
            Column("hour", words.HOUR.say(say), "hour"),
            Column("people", words.WAITED.say(say), "int"),
            Column("mean_wait_s", words.MEAN_WAIT.say(say), "seconds"),
        ),
        rows=tuple((each.weekday, each.hour, each.wait_n, each.mean_wait_s) for each in known),
        about=asked.about(),
        notes=tuple(
            each.say(say) for each in (words.MINUTES_IN, words.DURATIONS, words.WEEK_MEANS)
        ),
        definitions=words.waits_definitions(say),
    )
    most = max(known, key=lambda each: each.mean_wait_s or 0, default=None)
    return _chart("week-waits", asked, sheet, hours, most, "mean_wait_s")


def week_arrivals_chart(asked: WeeksAsked, hours: tuple[WeekHour, ...]) -> Chart:
    """How many came in each hour of the week, in the mean of such days."""
    say = asked.language
    sheet = Sheet(
        title=words.TITLES["week-arrivals"].say(say),
        language=say,
        columns=(
            Column("weekday", words.WEEKDAY.say(say), "weekday"),
            Column("hour", words.HOUR.say(say), "hour"),
            Column("days", words.DAYS.say(say), "int"),
            Column("arrivals", words.ARRIVALS.say(say), "int"),
            Column("arrivals_mean", words.ARRIVALS_MEAN.say(say), "number"),
        ),
        rows=tuple(
            (each.weekday, each.hour, each.days, each.arrivals, each.arrivals_mean)
            for each in hours
        ),
        about=asked.about(),
        notes=(words.WEEK_MEANS.say(say),),
    )
    most = max(hours, key=lambda each: each.arrivals_mean, default=None)
    return _chart("week-arrivals", asked, sheet, hours, most, "arrivals_mean")


def _chart(
    name: ChartName,
    asked: WeeksAsked,
    sheet: Sheet,
    hours: tuple[WeekHour, ...],
    most: WeekHour | None,
    value: str,
) -> Chart:
    say = sheet.language
    draw = partial(
        heat_map,
        sheet,
        rows="weekday",
        columns="hour",
        value=value,
        row_order=WEEK,
        column_order=_hours_shown(hours, asked.cut_over),
    )
    summary = ""
    if most is not None:
        column = sheet.column(value)
        figure = most.mean_wait_s if column.kind == "seconds" else most.arrivals_mean
        when = f"{weekday_name(most.weekday, say)} {hour_text(most.hour, say)}"
        summary = words.summary(name, say, figure=column_text(column, figure, say), when=when)
    return Chart(name, sheet, draw, summary, words.NOTHING[name].say(say))


def _hours_shown(hours: tuple[WeekHour, ...], cut_over: time) -> tuple[int, ...]:
    """Return the hours from the first of the day to the last in which anybody ever came."""
    told = {hours_into_day(each.hour, cut_over) for each in hours}
    if not told:
        return ()
    return tuple((cut_over.hour + nth) % 24 for nth in range(min(told), max(told) + 1))
