"""Columns: side by side, one upon the other, or a histogram with its target; pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from core_services.sheets.model import Column, Sheet
from core_services.sheets.texts import cell_text, column_text
from queue_server.charts.frame import LETTER, LINE, Frame, Look, axis_text, width_of
from queue_server.charts.lines import Mark
from queue_server.charts.scales import Scale

_FILLED: Final = 0.8
"""Of its place a column, or a group of them, takes so much."""


def column_chart(
    sheet: Sheet,
    look: Look,
    *,
    x: str,
    series: Sequence[str],
    unit: str = "",
    is_stacked: bool = False,
) -> str:
    """Draw up to four columns of figures for each row, which `x` names under the plot.

    An empty cell has no column. Stacked figures are parts of one sum; none of them is negative.
    Figures stand above columns where each of them finds room, or nowhere.
    """
    frame = Frame(look)
    columns = [sheet.column(key) for key in series]
    frame.legend([(f"bar--{i}", column.title) for i, column in enumerate(columns, start=1)])
    rows = list(zip(*(sheet.figures(key) for key in series), strict=True))
    sums = [sum(figure or 0.0 for figure in row) for row in rows]
    tallest = [figure or 0.0 for row in rows for figure in row]
    highest = max(sums if is_stacked else tallest, default=0.0)
    value = frame.value_axis(highest, columns[0].kind, unit=unit)
    place = Scale(0, len(rows), frame.left, frame.right)
    names = [column_text(sheet.column(x), cell, look.language) for cell in sheet.cells(x)]
    each = (frame.right - frame.left) / max(1, len(rows)) * _FILLED / len(series)
    is_told = not is_stacked and each >= max(map(width_of, _heads(columns, rows, look)), default=0)
    for index, row in enumerate(rows):
        start, end = place(index), place(index + 1)
        room = (end - start) * _FILLED
        begin = (start + end - room) / 2
        width = room if is_stacked else room / len(series)
        below = 0.0
        for number, figure in enumerate(row, start=1):
            if not figure:
                continue
            top, foot = value(below + figure), value(below)
            column = columns[number - 1]
            exact = cell_text(_whole(figure), column.kind, look.language)
            said = f"{names[index]}: {column.title} {exact}"
            at = begin if is_stacked else begin + (number - 1) * width
            kind = f"bar--{number}"
            frame.rect(at, top, width, foot - top, kind, pattern=str(number), title=said)
            if is_told:
                words = axis_text(figure, column.kind, look.language)
                frame.text(at + width / 2, top - 4, words, kind="quiet")
            below += figure if is_stacked else 0.0
        if is_stacked and sums[index] and room >= 3 * LETTER:
            words = axis_text(sums[index], columns[0].kind, look.language)
            frame.text((start + end) / 2, value(sums[index]) - 4, words, kind="quiet")
    frame.under(((place(i) + place(i + 1)) / 2, name) for i, name in enumerate(names))
    return frame.svg(sheet.title)


def _heads(
    columns: Sequence[Column], rows: Iterable[Sequence[float | None]], look: Look
) -> Iterator[str]:
    """Return what stands above columns that are side by side."""
    for row in rows:
        for column, figure in zip(columns, row, strict=True):
            if figure:
                yield axis_text(figure, column.kind, look.language)


def histogram(
    sheet: Sheet,
    look: Look,
    *,
    low: str,
    high: str,
    people: str,
    unit: str = "",
    mark: Mark | None = None,
) -> str:
    """Draw how many fall between each row's `low` and `high`; the last may have no high end.

    Rows follow one another without a gap. The mark, a value like those ends, stands upright; one
    beyond the last of them has its words alone.
    """
    frame = Frame(look, top=28 if mark is None else 46, bottom=48 if unit else 30)
    lows, highs = sheet.figures(low), sheet.figures(high)
    counts = [figure or 0.0 for figure in sheet.figures(people)]
    value = frame.value_axis(max(counts, default=0.0), sheet.column(people).kind)
    place = Scale(0, len(counts), frame.left, frame.right)
    width = (frame.right - frame.left) / max(1, len(counts))
    for index, count in enumerate(counts):
        if count:
            words = axis_text(count, sheet.column(people).kind, look.language)
            top = value(count)
            frame.rect(
                place(index) + 1, top, width - 2, frame.floor - top, "bar--1",
                pattern="1", title=words,
            )  # fmt: skip
            if width >= width_of(words):
                frame.text(place(index) + width / 2, top - 5, words, kind="strong")
    kind = sheet.column(low).kind
    edges = [(place(i), axis_text(each or 0.0, kind, look.language)) for i, each in enumerate(lows)]
    if highs and highs[-1] is not None:
        edges.append((place(len(counts)), axis_text(highs[-1], kind, look.language)))
    frame.under(edges)
    if unit:
        frame.text(frame.right, frame.floor + 2 * LINE + 2, unit, anchor="end", kind="quiet")
    if mark is not None:
        among = _among(mark.value, lows, highs)
        at = frame.right if among is None else place(among)
        if among is not None:
            frame.line(at, frame.top - 12, at, frame.floor, "mark")
        is_early = at < (frame.left + frame.right) / 2
        frame.text(
            at, frame.top - 18, mark.words, kind="mark-text", anchor="start" if is_early else "end"
        )
    return frame.svg(sheet.title)


def _whole(figure: float) -> float | int:
    return int(figure) if figure == int(figure) else figure


def _among(
    value: float, lows: Sequence[float | None], highs: Sequence[float | None]
) -> float | None:
    """Return where a value lies, counted in rows; None beyond the last."""
    for index, (low, high) in enumerate(zip(lows, highs, strict=True)):
        if low is None or (high is not None and value >= high):
            continue
        if high is None:
            return index + (0.0 if value <= low else 0.5)
        return index + max(0.0, (value - low) / (high - low))
    is_end = bool(highs) and value == highs[-1]
    return float(len(lows)) if is_end else None
