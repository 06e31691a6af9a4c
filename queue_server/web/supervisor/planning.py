"""The supervisor's page of days to come: who is expected, how many windows it takes, what if."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import urlencode

from aiohttp import web

from core_services.l10n import western
from queue_server.planning.arrivals import Expected, ForecastTruth, Kind
from queue_server.planning.model import DayPlan, SimulatedDay
from queue_server.planning.planner import Planner
from queue_server.planning.staffing import Choice, HourNeed
from queue_server.planning.store_moves import MoveTruth
from queue_server.planning.watch import MoveWatch
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.staff_pages import part_of_page, staff_page
from queue_server.web.supervisor.pages import ROOT, SUPERVISE

if TYPE_CHECKING:
    from queue_server.planning.day_plan import DayToCome

PATH: Final = f"{ROOT}/planning"
_ENDLESS_S: Final = 4 * 3600.0
"""An hour's steady state that would take half a day to come is none."""
_HARDLY_S: Final = 30.0
LONGEST_MIN: Final = 600
"""More is said as more than this: nobody reckons with hours to the minute, and whom no window of
the chosen ones serves waits without end."""


@dataclass(frozen=True, slots=True)
class HourRow:
    """An hour of the day: what it brings, and how it would go."""

    hour: int
    begins: datetime
    ends: datetime
    expected: Expected
    booked: int
    windows: int
    wait_50_min: int
    wait_80_min: int
    low_min: int
    high_min: int
    within_percent: int
    is_late: bool
    """The target is missed."""
    need: HourNeed

    @property
    def fewer_and_more(self) -> tuple[tuple[Choice, int | None], ...]:
        """What the formula says of one window less, of enough, of one more: each with its mean wait
        in minutes, None where the line grows without end."""
        return tuple(
            (
                each,
                None
                if each.utilisation >= 1 or each.mean_wait_s > _ENDLESS_S
                else _minutes(each.mean_wait_s),
            )
            for each in self.need.choices
        )


@dataclass(frozen=True, slots=True)
class WaitsPart:
    """How the day would go with the windows chosen."""

    template: ClassVar[str] = "_supervisor_planning_waits.html"

    rows: tuple[HourRow, ...]
    target_min: int
    share_percent: int
    within_percent: int
    wait_80_min: int
    left: int
    window_hours: int
    is_recommended: bool
    at_most: int
    hold_min: float
    longest_min: int = LONGEST_MIN

    @property
    def late(self) -> int:
        """How many hours miss the target."""
        return sum(each.is_late for each in self.rows)


@dataclass(frozen=True, slots=True)
class PlanningPage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_planning.html"

    day: date
    days: tuple[date, ...]
    waits: WaitsPart | None
    """None: the centre has no past from which anything could be said of the day."""
    total: Expected | None
    kind: Kind | None
    rests_on: int
    """Days behind the forecast."""
    truth: ForecastTruth | None
    moves: MoveTruth
    address: str = ""
    """Of the day with the windows that are recommended."""


class PlanningPages:
    """Serves the page and the part of it that follows the sliders."""

    def __init__(self, planner: Planner, watch: MoveWatch) -> None:
        self._planner = planner
        self._watch = watch

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show a day to come: the next one, unless another is asked for."""
        days = await self._planner.coming_days()
        day = self._day(request, days)
        made = await self._planner.plan(day)
        known = await self._planner.known()
        forecast = None if made is None else made[0].forecast
        page = PlanningPage(
            day=day,
            days=days,
            waits=None if made is None else await self._waits(request.query, *made),
            total=None if forecast is None else forecast.total,
            kind=None if forecast is None else forecast.kind,
            rests_on=0 if forecast is None else forecast.days,
            truth=known.truth,
            moves=await self._watch.truth(),
            address=f"{PATH}?{urlencode({'day': day.isoformat()})}",
        )
        return await request.app[PAGES].answer(request, page)

    async def waits(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer how the day would go with the windows in the address."""
        made = await self._planner.plan(self._day(request, await self._planner.coming_days()))
        if made is None:
            raise web.HTTPNotFound
        return part_of_page(request, caller, await self._waits(request.query, *made))

    def _day(self, request: web.Request, days: Sequence[date]) -> date:
        wanted = request.query.get("day")
        first = days[0] if days else self._planner.tomorrow
        return next((day for day in days if day.isoformat() == wanted), first)

    async def _waits(self, query: Mapping[str, str], day: "DayToCome", plan: DayPlan) -> WaitsPart:
        chosen = chosen_windows(query, plan.simulated, at_most=len(day.windows))
        is_recommended = chosen == plan.simulated.windows
        lived = plan.simulated if is_recommended else await self._planner.what_if(day, chosen)
        return waits_part(day, plan, lived, is_recommended=is_recommended)


def chosen_windows(
    query: Mapping[str, str], recommended: SimulatedDay, *, at_most: int
) -> tuple[int, ...]:
    """Read windows by hour from an address (`w9=7`, or `all=7`); what cannot be meant is passed
    over, and so many are left to an hour as are recommended."""
    everywhere = _whole(query.get("all", ""), at_most)
    return tuple(
        everywhere or _whole(query.get(f"w{each.hour}", ""), at_most) or each.windows
        for each in recommended.hours
    )


def waits_part(
    day: "DayToCome", plan: DayPlan, lived: SimulatedDay, *, is_recommended: bool
) -> WaitsPart:
    """Make the view of a day."""
    rows = []
    for span, need, hour in zip(day.hours, plan.needs, lived.hours, strict=True):
        rows.append(
            HourRow(
                hour=span.hour,
                begins=datetime.fromtimestamp(span.begins, UTC),
                ends=datetime.fromtimestamp(span.ends, UTC),
                expected=need.load.arrivals,
                booked=round(need.load.booked),
                windows=hour.windows,
                wait_50_min=_minutes(hour.wait_50_s),
                wait_80_min=_minutes(hour.wait_80_s),
                low_min=int(min(hour.low_80_s, 60.0 * LONGEST_MIN) // 60),
                high_min=_minutes(hour.high_80_s),
                within_percent=round(100 * hour.within),
                is_late=hour.within < day.target.share - 0.02,
                need=need,
            )
        )
    return WaitsPart(
        rows=tuple(rows),
        target_min=round(day.target.wait_s / 60),
        share_percent=round(100 * day.target.share),
        within_percent=round(100 * lived.within),
        wait_80_min=_minutes(lived.wait_80_s),
        left=round(lived.left),
        window_hours=round(lived.window_hours),
        is_recommended=is_recommended,
        at_most=len(day.windows),
        hold_min=plan.needs[0].load.hold_s / 60,
    )


def install_planning(app: web.Application, planner: Planner, watch: MoveWatch) -> None:
    """Serve `/supervisor/planning`."""
    pages = PlanningPages(planner, watch)
    app.router.add_get(PATH, staff_page(SUPERVISE)(pages.page))
    app.router.add_get(PATH + "/waits", staff_page(SUPERVISE)(pages.waits))


def _whole(text: str, at_most: int) -> int | None:
    text = western(text.strip())
    if not text.isascii() or not text.isdecimal() or len(text) > 2:
        return None
    return min(max(int(text), 1), at_most)


def _minutes(seconds: float) -> int:
    return 0 if seconds < _HARDLY_S else int(-(-min(seconds, 60.0 * LONGEST_MIN) // 60))
