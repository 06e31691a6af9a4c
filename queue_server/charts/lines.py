"""A line over the day, or several: what was so at each moment; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from core_services.sheets.model import Cell, Sheet
from core_services.sheets.texts import cell_text
from queue_server.charts.frame import LETTER, Frame, Look
from queue_server.charts.scales import Scale, hour_ticks

_TICKS = 9


@dataclass(frozen=True, slots=True)
class Mark:
    """A value that matters on its own, drawn across the chart with its words: a target, seats."""

    value: float
    words: str


def line_chart(
    sheet: Sheet,
    look: Look,
    *,
    x: str,
    series: Sequence[str],
    unit: str = "",
    mark: Mark | None = None,
) -> str:
    """Draw up to four columns of figures over a column of moments, in the order of the rows.

    A line is broken where its cell is empty; a figure between two gaps is a point.
    """
    frame = Frame(look)
    columns = [sheet.column(key) for key in series]
    names = [(f"line--{i}", column.title) for i, column in enumerate(columns, start=1)]
    frame.legend(names)
    moments = [_moment(cell) for cell in sheet.cells(x)]
    figures = {key: sheet.figures(key) for key in series}
    known = [figure for each in figures.values() for figure in each if figure is not None]
    highest = max([*known, *([] if mark is None else [mark.value])], default=0.0)
    value = frame.value_axis(highest, columns[0].kind, unit=unit)
    time = _time_axis(frame, moments)
    for number, key in enumerate(series, start=1):
        _draw(frame, number, moments, figures[key], time, value)
    if mark is not None:
        draw_mark(frame, mark, value)
    return frame.svg(sheet.title)


def draw_mark(frame: Frame, mark: Mark, value: Scale) -> None:
    """Draw a value that matters across the whole plot, its words where no line begins."""
    y = value(mark.value)
    frame.line(frame.left, y, frame.right, y, "mark")
    above = y - 6 if y - 20 > frame.top else y + 16
    frame.text(frame.right - 2, above, mark.words, anchor="end", kind="mark-text")


def _moment(cell: Cell) -> datetime:
    if not isinstance(cell, datetime):
        raise TypeError(f"{cell!r} is no moment")
    return cell


def _time_axis(frame: Frame, moments: Sequence[datetime]) -> Scale:
    if not moments:
        return Scale(0, 0, frame.left, frame.right)
    first, last = moments[0], moments[-1]
    start, end = frame.left + 6, frame.right - 6
    time = Scale(first.timestamp(), last.timestamp(), start, end)
    if first == last:
        time = Scale(0, 0, (start + end) / 2, end)
    language = frame.look.language
    room = max(2, int((end - start) / (8 * LETTER)))
    hours = hour_ticks(first, last, most=min(_TICKS, room)) or (first,)
    for hour in hours:
        at = time(hour.timestamp())
        frame.line(at, frame.floor, at, frame.floor + 4, "axis")
    frame.under((time(hour.timestamp()), cell_text(hour, "time", language)) for hour in hours)
    return time


def _draw(
    frame: Frame,
    number: int,
    moments: Sequence[datetime],
    figures: Sequence[float | None],
    time: Scale,
    value: Scale,
) -> None:
    places = [
        (time(moment.timestamp()), None if figure is None else value(figure))
        for moment, figure in zip(moments, figures, strict=True)
    ]
    for is_known, stretch in groupby(places, key=lambda each: each[1] is not None):
        points = [(at, y) for at, y in stretch if y is not None]
        if not is_known:
            continue
        if len(points) == 1:
            frame.dot(*points[0], number)
        else:
            frame.path(_without_middles(points), f"line--{number}")
    ends = [(at, y) for at, y in places if y is not None]
    if ends:
        frame.dot(*ends[-1], number)


def _without_middles(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out the points in the middle of a level stretch: a day is quiet for long."""
    return [
        point
        for index, point in enumerate(points)
        if not (0 < index < len(points) - 1)
        or not points[index - 1][1] == point[1] == points[index + 1][1]
    ]
