"""One chart of each kind over a real morning's figures, as committed under `tests/unit/charts/`.

`python -m tests.support.chart_scenes` writes the pictures anew: look at each before you commit it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from core_services.l10n import Language
from core_services.sheets.model import Column, Sheet
from queue_server.charts.bars import interval_chart
from queue_server.charts.columns import column_chart, histogram
from queue_server.charts.frame import Look
from queue_server.charts.heat import heat_map
from queue_server.charts.lines import Mark, line_chart
from queue_server.charts.spark import sparkline

PICTURES: Final = Path(__file__).parents[1] / "unit" / "charts"
OPENING: Final = datetime(2026, 11, 22, 8, 30, tzinfo=ZoneInfo("Africa/Cairo"))
HALL: Final = (0, 12, 19, 31, 44, 58, 63, None, None, 61, 57, 52, 40, 33, 21, 9)
WAITING: Final = (0, 3, 11, 22, 35, 49, 54, 54, 54, 52, 48, 43, 31, 24, 12, 0)
BANDS: Final = (41, 63, 88, 72, 55, 31, 18, 9, 4, 0, 2, 1, 6)


def words(language: Language, ar: str, en: str) -> str:
    return ar if language == "ar" else en


def hall_sheet(language: Language) -> Sheet:
    """People every twenty minutes, with a gap."""
    return Sheet(
        title=words(language, "كم مواطنًا كان في الصالة؟", "How full was the hall?"),
        language=language,
        columns=(
            Column("at", words(language, "الوقت", "Time"), "time"),
            Column("in_hall", words(language, "في الصالة", "in the hall"), "int"),
            Column("waiting", words(language, "في الانتظار", "waiting"), "int"),
        ),
        rows=tuple(
            (OPENING + timedelta(minutes=20 * nth), hall, waiting)
            for nth, (hall, waiting) in enumerate(zip(HALL, WAITING, strict=True))
        ),
    )


def line(language: Language, *, is_standalone: bool = False) -> str:
    look = Look(language, "hall", "…", is_standalone=is_standalone)
    seats = Mark(54, words(language, "٥٤ مقعدًا", "54 seats"))
    unit = words(language, "مواطن", "people")
    series = ("in_hall", "waiting")
    return line_chart(hall_sheet(language), look, x="at", series=series, unit=unit, mark=seats)


def columns(language: Language, *, is_stacked: bool = False) -> str:
    look = Look(language, "rhythm")
    return column_chart(
        hall_sheet(language), look, x="at", series=("in_hall", "waiting"), is_stacked=is_stacked
    )


def stacked(language: Language) -> str:
    return columns(language, is_stacked=True)


def waits(language: Language) -> str:
    sheet = Sheet(
        title=words(language, "كم انتظر من نودي عليهم؟", "How long did those wait?"),
        language=language,
        columns=(
            Column("from_s", words(language, "من", "from"), "seconds"),
            Column("to_s", words(language, "إلى", "to"), "seconds"),
            Column("people", words(language, "العدد", "people"), "int"),
        ),
        rows=tuple(
            (300 * nth, None if nth == 12 else 300 * (nth + 1), count)
            for nth, count in enumerate(BANDS)
        ),
    )
    return histogram(
        sheet,
        Look(language, "waits"),
        low="from_s",
        high="to_s",
        people="people",
        unit=words(language, "بالدقائق", "minutes"),
        mark=Mark(1800, words(language, "المستهدف ٣٠ دقيقة", "target 30 minutes")),
    )


def heat(language: Language) -> str:
    sheet = Sheet(
        title=words(language, "متى يطول الانتظار؟", "When are waits long?"),
        language=language,
        columns=(
            Column("weekday", words(language, "اليوم", "Day"), "weekday"),
            Column("hour", words(language, "الساعة", "Hour"), "hour"),
            Column("mean_s", words(language, "المتوسط", "Mean"), "seconds"),
        ),
        rows=tuple(
            (weekday, hour, (hour * 487 + weekday * 811) % 2900)
            for weekday in (5, 6, 0, 1, 2, 3)
            for hour in range(8, 15)
            if (weekday, hour) != (0, 9)
        ),
    )
    return heat_map(
        sheet,
        Look(language, "heat"),
        rows="weekday",
        columns="hour",
        value="mean_s",
        row_order=(5, 6, 0, 1, 2, 3, 4),
        column_order=tuple(range(8, 15)),
    )


def intervals(language: Language) -> str:
    sheet = Sheet(
        title=words(language, "أي خدمة انتظر أصحابها أطول؟", "Which service is waited for?"),
        language=language,
        columns=(
            Column("service", words(language, "الخدمة", "Service")),
            Column("low_s", words(language, "من", "low"), "seconds"),
            Column("likely_s", words(language, "غالبًا", "likely"), "seconds"),
            Column("high_s", words(language, "إلى", "high"), "seconds"),
        ),
        rows=(
            (words(language, "طلب تصالح", "Reconciliation"), 180, 660, 2420),
            (words(language, "تجديد رخصة محل (K1)", "Renewal & <copy>"), 60, 300, 1185),
            (words(language, "استعلام", "Enquiry"), None, None, None),
        ),
    )
    return interval_chart(
        sheet,
        Look(language, "services"),
        name="service",
        low="low_s",
        likely="likely_s",
        high="high_s",
        unit=words(language, "بالدقائق", "minutes"),
        mark=Mark(1800, words(language, "المستهدف", "target")),
    )


def spark(language: Language) -> str:
    return sparkline(hall_sheet(language), Look(language, "spark"), value="in_hall")


SCENES: Final[Mapping[str, Callable[[Language], str]]] = {
    "line": line,
    "columns": columns,
    "stacked": stacked,
    "waits": waits,
    "heat": heat,
    "intervals": intervals,
    "spark": spark,
}


def broken(svg: str) -> str:
    """Return a picture with an element a line, as it is committed."""
    return svg.replace("><", ">\n<") + "\n"


def main() -> None:
    """Write every picture."""
    for name, draw in SCENES.items():
        languages: tuple[Language, ...] = ("ar", "en")
        for language in languages:
            path = PICTURES / f"{name}-{language}.svg"
            path.write_text(broken(draw(language)), encoding="utf-8")


if __name__ == "__main__":
    main()
