"""The API of figures: what the supervisor's reports say, for programs."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from queue_server.figures.aggregate import COUNTED, MEASURES, QUANTILES, Durations, Figures
from queue_server.figures.report import By, slice_of, target_all, target_called
from queue_server.web.api.days import DayRange
from queue_server.web.keys import FIGURES
from queue_server.web.operations import Answer, ApiModel, ApiRequest, operation


class DurationShape(ApiModel):
    """Durations of one measure; everything but `n` is null where nobody was measured."""

    n: int
    sum_s: float | None = Field(description="Exact.")
    mean_s: float | None
    max_s: float | None
    p50_s: float | None
    p80_s: float | None
    p90_s: float | None
    p95_s: float | None = Field(
        description="Quantiles are exact within one day, within 2 % (or 0.5 s) over several."
    )


class FigureShape(ApiModel):
    """Figures of one key. Definitions: docs/reports.md."""

    key: str | None = Field(
        description="Queue, service, priority, window or clerk; null: not set, or not known."
    )
    day: date | None = Field(description="By day.")
    hour: int | None = Field(description="By hour, of the wall: 9 is from nine to ten.")
    counts: dict[str, int]
    target_share_of_called: float | None
    target_share_of_all: float | None = Field(
        description="Whoever was never called counts as outside the target."
    )
    wait: DurationShape
    walk: DurationShape
    service: DurationShape
    total: DurationShape


class FigureList(ApiModel):
    """Figures of a range of days."""

    first: date
    last: date
    days: int = Field(description="Days on which somebody took a number.")
    missing_days: int = Field(description="Days that are over and not worked out yet.")
    targets_s: list[int] = Field(description="The targets that held, the shortest first.")
    as_of: datetime | None = Field(description="Today is in it, as it stood then.")
    whole: FigureShape
    items: list[FigureShape]
    next: str | None = None


class FigureQuery(DayRange):
    """Which days, and by what."""

    by: Annotated[By, Field(description="`clerk` needs `see_staff` too.")] = "day"


@operation(
    "GET",
    "/figures",
    tag="figures",
    summary="Figures of days, by hour, queue, service, priority, window or clerk",
    scope="see_metrics",
    query=FigureQuery,
    answers={200: FigureList},
    problems=(403,),
)
async def get_figures(request: ApiRequest[None], query: FigureQuery) -> Answer:
    """Waits, walks, services, visits and counts between two days, today's until now among them.

    All of it is recomputed from the events; acts that were undone count nowhere, and what was keyed
    in afterwards is in no duration.
    """
    if query.by == "clerk":
        request.caller.require("see_staff")
    reading = request.app[FIGURES]
    ranged = await reading.ranged(query.first, query.last, slice_of(query.by))
    if query.by == "day":
        days = await reading.each_day(query.first, query.last)
        items = [_answer(figures, day=day) for day, figures in days]
    else:
        items = [
            _answer(line.figures, key=line.key or None, hour=line.hour if line.hour >= 0 else None)
            for line in ranged.lines
        ]
    return Answer(
        content={
            "first": ranged.first,
            "last": ranged.last,
            "days": ranged.days,
            "missing_days": ranged.missing,
            "targets_s": list(ranged.targets_s),
            "as_of": ranged.told_at,
            "whole": _answer(ranged.whole),
            "items": items,
            "next": None,
        }
    )


def _answer(
    figures: Figures, *, key: str | None = None, day: date | None = None, hour: int | None = None
) -> dict[str, Any]:
    counts = {name: getattr(figures.counted, name) for name in COUNTED if name != "busy_us"}
    counts["busy_s"] = figures.counted.busy_us // 1_000_000
    return {
        "key": key,
        "day": day,
        "hour": hour,
        "counts": counts,
        "target_share_of_called": target_called(figures),
        "target_share_of_all": target_all(figures),
        **{measure: _durations(getattr(figures, measure)) for measure in MEASURES},
    }


def _durations(durations: Durations) -> dict[str, Any]:
    is_any = durations.n > 0
    return {
        "n": durations.n,
        "sum_s": durations.sum_us / 1e6 if is_any else None,
        "mean_s": durations.sum_us / durations.n / 1e6 if is_any else None,
        "max_s": durations.max_us / 1e6 if is_any else None,
        **{f"p{round(p * 100)}_s": _seconds(durations.quantile_us(p)) for p in QUANTILES},
    }


def _seconds(us: int | None) -> float | None:
    return None if us is None else us / 1e6
