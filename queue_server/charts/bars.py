"""Lying bars: a range from low to high with what is likely in it, one for each row; pure."""

from dataclasses import replace
from typing import Final

from core_services.sheets.model import Sheet
from core_services.sheets.texts import cell_text, column_text
from queue_server.charts.frame import Frame, Look, axis_text
from queue_server.charts.lines import Mark
from queue_server.charts.scales import Scale, second_ticks, ticks

_ROW: Final = 44.0
_BAR: Final = 14.0


def interval_chart(
    sheet: Sheet,
    look: Look,
    *,
    name: str,
    low: str,
    likely: str,
    high: str,
    unit: str = "",
    mark: Mark | None = None,
) -> str:
    """Draw each row's range under its name; rows whose range is not known have their name alone.

    The chart is as high as its rows need.
    """
    top, bottom = 10.0 if mark is None else 30.0, 44.0 if unit else 28.0
    look = replace(look, height=int(top + max(1, len(sheet.rows)) * _ROW + bottom))
    frame = Frame(look, start=8, end=18, top=top, bottom=bottom)
    kind = sheet.column(high).kind
    ranges = list(zip(sheet.figures(low), sheet.figures(likely), sheet.figures(high), strict=True))
    known = [each for row in ranges for each in row if each is not None]
    highest = max([*known, *([] if mark is None else [mark.value])], default=0.0)
    marks = second_ticks(highest) if kind == "seconds" else ticks(highest, is_whole=kind == "int")
    value = Scale(0.0, marks[-1], frame.left, frame.right)
    for each in marks:
        at = value(each)
        frame.line(at, frame.top, at, frame.floor, "axis" if each == 0 else "grid")
    frame.under((value(each), axis_text(each, kind, look.language)) for each in marks)
    if unit:
        frame.text(frame.right, look.height - 4, unit, anchor="end", kind="quiet")
    for index, ((start, middle, end), cell) in enumerate(
        zip(ranges, sheet.cells(name), strict=True)
    ):
        y = frame.top + index * _ROW
        words = column_text(sheet.column(name), cell, look.language)
        frame.text(frame.left + 4, y + 18, words, anchor="start")
        if start is None or end is None:
            continue
        from_to = (cell_text(int(each), kind, look.language) for each in (start, end))
        said = f"{words}: {' – '.join(from_to)}"
        width = max(1.0, value(end) - value(start))
        frame.rect(value(start), y + 25, width, _BAR, "range", title=said)
        if middle is not None:
            frame.line(value(middle), y + 22, value(middle), y + 25 + _BAR + 3, "likely")
    if mark is not None:
        at = value(mark.value)
        frame.line(at, frame.top - 8, at, frame.floor, "mark")
        is_early = at < (frame.left + frame.right) / 2
        frame.text(
            at, frame.top - 14, mark.words, kind="mark-text", anchor="start" if is_early else "end"
        )
    return frame.svg(sheet.title)
