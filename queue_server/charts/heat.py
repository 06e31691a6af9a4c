"""A heat map: one field for each pair, its figure in it, the darker the more; pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from core_services.sheets.model import Cell, Sheet
from core_services.sheets.texts import cell_text, column_text
from queue_server.charts.frame import Frame, Look, axis_text, width_of
from queue_server.charts.scales import Scale

LEVELS: Final = 5
_DARK_FROM: Final = 4
"""From this step on, figures are written in white."""
_ROW: Final = 30.0


def heat_map(
    sheet: Sheet,
    look: Look,
    *,
    rows: str,
    columns: str,
    value: str,
    row_order: Sequence[Cell],
    column_order: Sequence[Cell],
) -> str:
    """Draw the figures of `value` where the cells of `rows` and `columns` cross.

    Every row and column of the orders is drawn, also where nothing is known: an empty frame. The
    chart is as high as its rows need.
    """
    look = replace(look, height=int(16 + len(row_order) * _ROW + 30))
    down, across, kind = sheet.column(rows), sheet.column(columns), sheet.column(value).kind
    row_names = [column_text(down, each, look.language) for each in row_order]
    names = [column_text(across, each, look.language) for each in column_order]
    longest = max(map(width_of, row_names), default=0.0)
    frame = Frame(look, start=longest + 14, end=6, top=16, bottom=30)
    known = dict(
        zip(zip(sheet.cells(rows), sheet.cells(columns), strict=True), sheet.figures(value),
            strict=True)
    )  # fmt: skip
    highest = max((figure for figure in known.values() if figure is not None), default=0.0)
    place = Scale(0, len(names), frame.left, frame.right)
    width = (frame.right - frame.left) / max(1, len(names))
    for index, (row, name) in enumerate(zip(row_order, row_names, strict=True)):
        y = frame.top + index * _ROW
        frame.text(frame.left - 8, y + _ROW / 2 + 4.5, name, anchor="end")
        for number, column in enumerate(column_order):
            figure = known.get((row, column))
            step = level(figure, highest)
            words = "" if figure is None else axis_text(figure, kind, look.language)
            exact = cell_text(figure, kind, look.language)
            said = f"{name} · {names[number]}: {exact}"
            x = place(number) + 1
            frame.rect(x, y + 1, width - 2, _ROW - 2, f"heat--{step}", title=said)
            if width_of(words) <= width:
                ink = "on-dark" if step != "none" and int(step) >= _DARK_FROM else "on-light"
                frame.text(place(number) + width / 2, y + _ROW / 2 + 4.5, words, kind=ink)
    frame.bottom = look.height - frame.top - len(row_order) * _ROW
    frame.under((place(i) + width / 2, name) for i, name in enumerate(names))
    return frame.svg(sheet.title)


def level(figure: float | None, highest: float) -> str:
    """Return the step of a figure: `none`, 0 for nothing at all, 1 to 5 in equal parts."""
    if figure is None:
        return "none"
    if figure <= 0 or highest <= 0:
        return "0"
    return str(min(LEVELS, int(figure / highest * LEVELS - 1e-9) + 1))
