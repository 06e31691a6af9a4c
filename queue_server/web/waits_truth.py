"""The page that says how true our times were, and the same for staff with the nightly proof."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final

from aiohttp import web

from queue_server.configuration import Configuration
from queue_server.estimate.promises import Untrue, untrue
from queue_server.estimate.promises_kept import promises_of
from queue_server.estimate.store_backtest import Backtest, failed_since, latest_backtest
from queue_server.estimate.truth import FEW, Tally, Truth, TruthReader
from queue_server.tickets.acts import Queue
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.staff_pages import staff_page
from queue_server.web.supervisor.pages import SUPERVISE
from queue_server.web.words import Words

PATH: Final = "/waits/truth"
STAFF_PATH: Final = "/supervisor/waits"


@dataclass(frozen=True, slots=True)
class TruthLine:
    """A row of a table: what it is of, and its figures; `figures.n` is at least 1."""

    title: Words
    figures: "Figures"


@dataclass(frozen=True, slots=True)
class DayLine:
    """A business day."""

    day: date
    figures: "Figures"


@dataclass(frozen=True, slots=True)
class HourLine:
    """An hour of the wall clock."""

    hour: int
    figures: "Figures"


@dataclass(frozen=True, slots=True)
class Figures:
    """A tally in whole percents and tenths of a minute."""

    n: int
    held: int | None
    sooner: int | None
    later: int | None
    error_min: float | None
    bias_min: float | None
    unrounded: int | None
    uncalled: int


@dataclass(frozen=True, slots=True)
class TruthPage:
    """The whole public page."""

    template: ClassVar[str] = "waits_truth.html"

    first: date
    last: date
    week_first: date
    week: Figures
    month: Figures
    on_phones: Figures
    services: tuple[TruthLine, ...]
    days: tuple[DayLine, ...]
    hours: tuple[HourLine, ...]
    few: int = FEW


@dataclass(frozen=True, slots=True)
class ProofLine:
    """A predictor in the nightly backtest."""

    name: str
    """`product`, or the name of a formula."""
    n: int
    error_min: float
    bias_min: float
    held: int
    width_min: float


@dataclass(frozen=True, slots=True)
class StaffTruthPage:
    """What staff see besides."""

    template: ClassVar[str] = "supervisor_waits.html"

    truth: TruthPage
    night: date | None
    """The business day before which the last backtest ended."""
    days: int
    train_days: int
    proof: tuple[ProofLine, ...]
    failed: date | None
    """The business day before which a later one came to nothing."""
    alarm: Untrue | None
    """The last backtest's range did not hold as often as it should."""


def figures_of(tally: Tally) -> Figures:
    """Round a tally for people."""

    def percent(count: int, of: int) -> int | None:
        return round(100 * count / of) if of else None

    def minutes(seconds: float | None) -> float | None:
        return None if seconds is None else round(seconds / 60, 1)

    return Figures(
        n=tally.n,
        held=percent(tally.held, tally.n),
        sooner=percent(tally.sooner, tally.n),
        later=percent(tally.later, tally.n),
        error_min=minutes(tally.mean_error_s),
        bias_min=minutes(tally.mean_bias_s),
        unrounded=percent(tally.raw_held, tally.raw_n),
        uncalled=tally.uncalled,
    )


def truth_page(truth: Truth, names: Mapping[str, Words]) -> TruthPage:
    """Make the page of the figures; what has fewer than `FEW` times is no row of its own."""
    return TruthPage(
        first=truth.first,
        last=truth.last,
        week_first=truth.week_first,
        week=figures_of(truth.week),
        month=figures_of(truth.month),
        on_phones=figures_of(truth.on_phones),
        services=tuple(
            TruthLine(
                Words("بلا خدمة محددة", "No service named")
                if code is None
                else names.get(code, Words(code, code)),
                figures_of(tally),
            )
            for code, tally in truth.by_service
            if tally.n >= FEW
        ),
        days=tuple(DayLine(day, figures_of(tally)) for day, tally in truth.by_day if tally.n),
        hours=tuple(
            HourLine(hour, figures_of(tally)) for hour, tally in truth.by_hour if tally.n >= FEW
        ),
    )


def proof_lines(result: Mapping[str, Any]) -> tuple[ProofLine, ...]:
    """Return the product and each formula, the truest first."""
    scores = {"product": result["product"], **result["baselines"]}
    lines = [
        ProofLine(
            name=name,
            n=score["n"],
            error_min=round(score["mae_s"] / 60, 1),
            bias_min=round(score["bias_s"] / 60, 1),
            held=round(100 * score["coverage_80"]),
            width_min=round(score["mean_width_80_s"] / 60, 1),
        )
        for name, score in scores.items()
        if score["n"]
    ]
    return tuple(sorted(lines, key=lambda line: (line.error_min, line.name)))


def staff_page_of(
    page: TruthPage, night: Backtest | None, failed: date | None = None
) -> StaffTruthPage:
    """Make the page of staff of the public one and the last backtest that came to a result."""
    result = None if night is None else night.result
    return StaffTruthPage(
        truth=page,
        night=None if night is None else night.day,
        days=0 if result is None else result["days"],
        train_days=0 if result is None else result["train_days"],
        proof=() if result is None else proof_lines(result),
        failed=failed,
        alarm=untrue(promises_of(night), "night"),
    )


def install_waits_truth(
    app: web.Application,
    queue: Queue,
    truth: TruthReader,
    *,
    configuration: Callable[[], Configuration],
) -> None:
    """Serve `/waits/truth` and `/supervisor/waits`; the web frame is installed already."""

    async def told() -> TruthPage:
        names = {each.code: Words(each.name_ar, each.name_en) for each in configuration().services}
        return truth_page(await truth.now(), names)

    async def public(request: web.Request) -> web.StreamResponse:
        return await app[PAGES].answer(request, await told(), ask_who=False)

    async def staff(request: web.Request, caller: Caller) -> web.StreamResponse:
        night = await latest_backtest(queue.pool, queue.centre.id)
        failed = await failed_since(queue.pool, queue.centre.id, at=queue.clock.now())
        return await app[PAGES].answer(request, staff_page_of(await told(), night, failed))

    app.router.add_get(PATH, public)
    app.router.add_get(STAFF_PATH, staff_page(SUPERVISE)(staff))
