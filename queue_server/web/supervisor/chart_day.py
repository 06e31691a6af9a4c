"""The charts of one day, each from one sheet: its rhythm, its hall, its waits; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from itertools import chain
from typing import Final

from core_services.l10n import Language, digits, format_date, format_number, format_time
from core_services.sheets.model import Column, Row, Sheet
from core_services.sheets.texts import cell_text
from queue_server.charts.bars import interval_chart
from queue_server.charts.columns import column_chart, histogram
from queue_server.charts.heat import heat_map
from queue_server.charts.lines import Mark, line_chart
from queue_server.figures.histogram import exact_quantile_us
from queue_server.tickets.course import HALF_HOUR, Course, levels, paces
from queue_server.tickets.window_counts import Span, whole_seconds
from queue_server.web.supervisor import chart_words as words
from queue_server.web.supervisor.chart import Chart, ChartName
from queue_server.web.words import Words

BAND_S: Final = 300
MOST_DRAWN: Final = 12
"""Services; a centre may have seventy, and a chart of them all could not be overlooked."""
LAST_BAND: Final = 12
"""Waits of an hour and more share the last column."""
_SECOND_US: Final = 1_000_000
_HALF_HOUR_S: Final = int(HALF_HOUR.total_seconds())
_MOST_HALF_HOURS: Final = 50
"""A day on which the clock is put back has 25 hours."""


@dataclass(frozen=True, slots=True)
class DayAsked:
    """What is charted, for whom, and what it is held against."""

    day: date
    language: Language
    zone: tzinfo
    now: datetime
    is_today: bool
    queue: Words | None
    """None: all queues."""
    service: Words | None
    """None: all services."""
    target_s: int
    seats: int | None
    """None: nobody has said how many there are."""

    def about(self) -> tuple[tuple[str, str], ...]:
        """Say what a sheet is of."""
        say = self.language
        told = [(words.DAY.say(say), format_date(self.day, say))]
        if self.is_today:
            now = format_time(self.now.astimezone(self.zone), say)
            told.append((words.AS_AT.say(say), now))
        if self.queue is not None:
            told.append((words.QUEUE.say(say), self.queue.say(say)))
        if self.service is not None:
            told.append((words.SERVICE.say(say), self.service.say(say)))
        return tuple(told)


def rhythm_chart(asked: DayAsked, course: Course) -> Chart:
    """Who came, and who was called for the first time, half hour by half hour."""
    say = asked.language
    found = paces(course.visits, zone=asked.zone)
    sheet = _sheet(
        "rhythm",
        asked,
        (
            Column("from", words.HALF_HOUR.say(say), "time"),
            Column("came", words.CAME.say(say), "int"),
            Column("called", words.CALLED.say(say), "int"),
        ),
        ((each.start, each.came, each.called) for each in found),
    )
    most = max(found, key=lambda each: each.came, default=None)
    summary = ""
    if most is not None:
        when, figure = format_time(most.start, say), format_number(most.came, say)
        summary = words.summary("rhythm", say, when=when, figure=figure)
    draw = partial(
        column_chart, sheet, x="from", series=("came", "called"), unit=words.PEOPLE.say(say)
    )
    return _chart("rhythm", sheet, draw, summary)


def hall_chart(asked: DayAsked, course: Course) -> Chart:
    """How many were in the hall and in line, every five minutes, against the seats."""
    say = asked.language
    found = levels(course, zone=asked.zone, now=asked.now if asked.is_today else None)
    sheet = _sheet(
        "hall",
        asked,
        (
            Column("at", words.TIME.say(say), "time"),
            Column("in_hall", words.IN_HALL.say(say), "int"),
            Column("waiting", words.WAITING.say(say), "int"),
        ),
        ((each.at, each.hall, each.line) for each in found),
        notes=(words.HALL_MEANS.say(say),),
    )
    most = max(found, key=lambda each: each.hall, default=None)
    summary = ""
    if most is not None:
        when, figure = format_time(most.at, say), format_number(most.hall, say)
        summary = words.summary("hall", say, when=when, figure=figure)
    mark = None if asked.seats is None else Mark(asked.seats, words.seats_words(asked.seats, say))
    draw = partial(
        line_chart,
        sheet,
        x="at",
        series=("in_hall", "waiting"),
        unit=words.PEOPLE.say(say),
        mark=mark,
    )
    return _chart("hall", sheet, draw, summary)


def waits_chart(asked: DayAsked, course: Course) -> Chart:
    """How many waited how long, in bands of five minutes, against the target."""
    say = asked.language
    waits = [visit.wait_us for visit in course.visits if visit.wait_us is not None]
    counts = Counter(min(us // (BAND_S * _SECOND_US), LAST_BAND) for us in waits)
    target_band = min(-(-asked.target_s // BAND_S) - 1, LAST_BAND)
    last = max([*counts, target_band]) if counts else -1
    rows: list[Row] = [
        (
            band * BAND_S,
            None if band == LAST_BAND else (band + 1) * BAND_S,
            counts.get(band, 0),
        )
        for band in range(last + 1)
    ]
    sheet = _sheet(
        "waits",
        asked,
        (
            Column("from_s", words.WAIT_FROM.say(say), "seconds"),
            Column("to_s", words.WAIT_TO.say(say), "seconds"),
            Column("people", words.COUNT.say(say), "int"),
        ),
        rows,
        notes=(words.DURATIONS.say(say),),
        has_waits=True,
    )
    unit = words.LAST_BAND if last == LAST_BAND else words.MINUTES
    draw = partial(
        histogram,
        sheet,
        low="from_s",
        high="to_s",
        people="people",
        unit=unit.say(say),
        mark=Mark(asked.target_s, words.target_words(asked.target_s, say)),
    )
    within = sum(us <= asked.target_s * _SECOND_US for us in waits)
    people, within_words = format_number(len(waits), say), format_number(within, say)
    summary = words.summary("waits", say, people=people, within=within_words)
    return _chart("waits", sheet, draw, summary)


def services_chart(asked: DayAsked, course: Course, names: Mapping[str, Words]) -> Chart:
    """How long people waited for each service: the middle, and where eight in ten lie."""
    say = asked.language
    waits: dict[str | None, list[int]] = {}
    for visit in course.visits:
        if visit.wait_us is not None:
            waits.setdefault(visit.service, []).append(visit.wait_us)
    found = sorted(
        ((_name(code, names), sorted(each)) for code, each in waits.items()),
        key=lambda pair: (-(exact_quantile_us(pair[1], 0.5) or 0), pair[0].ar),
    )
    sheet = _sheet(
        "services",
        asked,
        (
            Column("service", words.SERVICE.say(say)),
            Column("people", words.COUNT.say(say), "int"),
            Column("mean_s", words.MEAN.say(say), "seconds"),
            Column("p10_s", words.P10.say(say), "seconds"),
            Column("p50_s", words.P50.say(say), "seconds"),
            Column("p90_s", words.P90.say(say), "seconds"),
        ),
        (
            (
                name.say(say),
                len(each),
                seconds(sum(each) / len(each)),
                *(seconds(exact_quantile_us(each, p) or 0) for p in (0.1, 0.5, 0.9)),
            )
            for name, each in found
        ),
        notes=tuple(
            each.say(say)
            for each in (words.MOST_DRAWN, words.DURATIONS)
            if each != words.MOST_DRAWN or len(found) > MOST_DRAWN
        ),
        has_waits=True,
    )
    crowded = sorted(range(len(found)), key=lambda nth: -len(found[nth][1]))[:MOST_DRAWN]
    drawn = replace(sheet, rows=tuple(sheet.rows[nth] for nth in sorted(crowded)))
    draw = partial(
        interval_chart,
        drawn,
        name="service",
        low="p10_s",
        likely="p50_s",
        high="p90_s",
        unit=words.RANGE_UNIT.say(say),
        mark=Mark(asked.target_s, words.target_words(asked.target_s, say)),
    )
    summary = ""
    known = [found[nth] for nth in sorted(crowded) if found[nth][0] != words.NO_SERVICE]
    if known:
        name, each = known[0]
        middle = cell_text(seconds(exact_quantile_us(each, 0.5) or 0), "seconds", say)
        summary = words.summary("services", say, service=name.say(say), figure=middle)
    return _chart("services", sheet, draw, summary)


def idle_chart(asked: DayAsked, idle: Mapping[int, Sequence[Sequence[Span]]]) -> Chart:
    """When each window was free while people waited, half hour by half hour.

    `idle`: of each window, the spans of each who had it.
    """
    say = asked.language
    starts = _half_hours(idle, asked.zone)
    shares = {
        window: [_shares(spans, starts) for spans in of_each] for window, of_each in idle.items()
    }
    rows: list[Row] = [
        (window, start, sum(of_one[nth] for of_one in found))
        for window, found in shares.items()
        for nth, start in enumerate(starts)
    ]
    sheet = _sheet(
        "idle",
        asked,
        (
            Column("window", words.WINDOW.say(say), "int"),
            Column("from", words.HALF_HOUR.say(say), "time"),
            Column("idle_s", words.IDLE.say(say), "seconds"),
        ),
        rows,
        notes=tuple(
            each.say(say)
            for each in (
                words.CAVEAT,
                words.IDLE_MINUTES_IN,
                words.DURATIONS,
                words.IDLE_MEANS,
            )
        ),
    )
    draw = partial(
        heat_map,
        sheet,
        rows="window",
        columns="from",
        value="idle_s",
        row_order=tuple(idle),
        column_order=starts,
    )
    totals = {window: sum(map(sum, found)) for window, found in shares.items()}
    longest = max(totals, key=lambda each: totals[each], default=None)
    summary = ""
    if longest is not None and totals[longest]:
        most = cell_text(totals[longest], "seconds", say)
        summary = words.summary("idle", say, window=digits(str(longest), say), figure=most)
    nothing = words.NEVER_IDLE if idle else words.NOTHING["idle"]
    return _chart("idle", sheet, draw, summary, nothing)


def seconds(us: float) -> int:
    """Round microseconds to the nearest second, halves up."""
    return int(us / _SECOND_US + 0.5)


def _half_hours(idle: Mapping[int, Sequence[Sequence[Span]]], zone: tzinfo) -> tuple[datetime, ...]:
    """Return the half hours from the first idle moment to the last; none where nobody idled."""
    spans = chain.from_iterable(chain.from_iterable(idle.values()))
    moments = [moment for span in spans for moment in span]
    if not moments:
        return ()
    first = int(min(moments).timestamp()) // _HALF_HOUR_S
    last = int(max(moments).timestamp() - 1e-6) // _HALF_HOUR_S
    numbers = range(first, min(last, first + _MOST_HALF_HOURS - 1) + 1)
    return tuple(datetime.fromtimestamp(number * _HALF_HOUR_S, zone) for number in numbers)


def _shares(spans: Sequence[Span], starts: Sequence[datetime]) -> list[int]:
    """Return the whole seconds of the spans in each half hour; their sum is that of the spans."""
    told, shares, passed = 0, [], timedelta()
    for start in starts:
        end = start + HALF_HOUR
        within = (min(end, last) - max(start, first) for first, last in spans)
        passed += sum((max(timedelta(), each) for each in within), timedelta())
        shares.append(whole_seconds(passed) - told)
        told += shares[-1]
    return shares


def _name(code: str | None, names: Mapping[str, Words]) -> Words:
    return words.NO_SERVICE if code is None else names.get(code, Words(code, code))


def _sheet(
    name: ChartName,
    asked: DayAsked,
    columns: tuple[Column, ...],
    rows: Iterable[Row],
    *,
    notes: tuple[str, ...] = (),
    has_waits: bool = False,
) -> Sheet:
    say = asked.language
    return Sheet(
        title=words.TITLES[name].say(say),
        language=say,
        columns=columns,
        rows=tuple(rows),
        about=asked.about(),
        notes=notes,
        definitions=words.waits_definitions(say) if has_waits else (),
    )


def _chart(
    name: ChartName,
    sheet: Sheet,
    draw: "partial[str]",
    summary: str,
    nothing: Words | None = None,
) -> Chart:
    """`nothing`: what is said where there are no rows, if not the usual."""
    said = nothing or words.NOTHING[name]
    return Chart(name, sheet, draw, summary, said.say(sheet.language))
