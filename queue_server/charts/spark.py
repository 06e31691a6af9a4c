"""A sparkline: the run of a figure as a small line without axes, beside the figure itself; pure."""

from dataclasses import replace

from core_services.sheets.model import Sheet
from queue_server.charts.frame import Frame, Look
from queue_server.charts.scales import Scale


def sparkline(sheet: Sheet, look: Look, *, value: str) -> str:
    """Draw a column of figures over its rows, 0 at the foot; gaps break the line."""
    look = replace(look, width=min(look.width, 160), height=min(look.height, 36))
    frame = Frame(look, start=4, end=6, top=5, bottom=4)
    figures = sheet.figures(value)
    highest = max((each for each in figures if each is not None), default=0.0)
    up = Scale(0.0, highest, frame.floor, frame.top)
    along = Scale(0, max(1, len(figures) - 1), frame.left, frame.right)
    stretch: list[tuple[float, float]] = []
    last: tuple[float, float] | None = None
    for index, figure in enumerate((*figures, None)):
        if figure is not None:
            last = (along(index), up(figure))
            stretch.append(last)
        elif stretch:
            if len(stretch) > 1:
                frame.path(stretch, "line--1")
            else:
                frame.dot(*stretch[0], 1, size=1.5)
            stretch = []
    if last is not None:
        frame.dot(*last, 1)
    return frame.svg(sheet.title)
