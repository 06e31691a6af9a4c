"""A chart of the supervisor's page: a question, the sheet that answers it, and how it is drawn."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from markupsafe import Markup

from core_services.sheets.model import Sheet
from core_services.sheets.texts import Table, write_out
from queue_server.charts.frame import Look

ChartName = Literal["rhythm", "hall", "waits", "services", "idle", "week-waits", "week-arrivals"]

DAY_CHARTS: tuple[ChartName, ...] = ("rhythm", "hall", "waits", "services")
"""Of one day, renewed with the hall."""
SLOW_CHARTS: tuple[ChartName, ...] = ("idle", "week-waits", "week-arrivals")
"""Worked out at most once a minute."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One question about a day, or about weeks."""

    name: ChartName
    sheet: Sheet
    """Its title is the question."""
    draw: Callable[[Look], str]
    summary: str
    """What there is to see, in a sentence: for whoever does not see the picture."""
    nothing: str
    """What is said in place of a chart without figures."""

    @property
    def has_figures(self) -> bool:
        return bool(self.sheet.rows)

    @property
    def svg(self) -> Markup:
        """The chart as part of a page."""
        look = Look(self.sheet.language, self.name, self.summary)
        return Markup(self.draw(look))

    @property
    def picture(self) -> str:
        """The chart as a file, or on paper."""
        look = Look(self.sheet.language, self.name, self.summary)
        return self.draw(replace(look, is_standalone=True))

    @property
    def table(self) -> Table:
        """Its table twin."""
        return write_out(self.sheet)
