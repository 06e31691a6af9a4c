"""A history walked forward: each number predicted at its issue from what was known then.

The product's estimate and the closed formulas stand side by side; each learns only what had ended.
The wait of somebody who left before a call is not known and counts in no error; that of a no-show
ends at the first call.
"""

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from core_services.calendar import business_day, day_bounds
from queue_server.estimate.baselines import Baselines
from queue_server.estimate.judged import BacktestReport, Predicted, Score, report_on
from queue_server.estimate.model import LEARN_EVERY_S, Newcomer, Staffed, Visit
from queue_server.estimate.past import Past
from queue_server.estimate.product import Estimator, Told
from queue_server.tickets.model import Priority

__all__ = [
    "BacktestError",
    "BacktestReport",
    "Predicted",
    "Score",
    "TooFewDays",
    "backtest",
    "predictions",
    "report_on",
]

DEFAULT_CREDIT_S: Final[Mapping[Priority, float]] = {
    "none": 0.0,
    "age65": 900.0,
    "disability": 900.0,
    "infant": 900.0,
}
BACKTEST_RUNS: Final = 64
SETTLES_S: Final = 30.0
"""For so long an act may be undone: the server learns of it afterwards."""
UNKNOWN_END_S: Final = 120.0
LEFT_FOR_CERTAIN_S: Final = 6 * 3600.0

Progress = Callable[[int, int], None]


class BacktestError(Exception):
    """The history cannot be walked."""


class TooFewDays(BacktestError):
    """Nothing is left to test after the training days."""

    def __init__(self, days: int, train_days: int) -> None:
        super().__init__(days, train_days)
        self.days, self.train_days = days, train_days

    def __str__(self) -> str:
        return (
            f"the history has {self.days} days; with {self.train_days} of them for training "
            "none is left to test"
        )


def backtest(
    visits: Iterable[Visit],
    staffed: Iterable[Staffed] | None = None,
    *,
    train_days: int,
    credit_s: Mapping[Priority, float] = DEFAULT_CREDIT_S,
    priors: Mapping[str, float] | None = None,
    zone: ZoneInfo | None = None,
    cut_over: time = time(3),
    runs: int = BACKTEST_RUNS,
    progress: Progress | None = None,
) -> BacktestReport:
    """Walk the history forward and report on the days after the first `train_days`.

    `staffed`: the log of windows; None: the windows in use are inferred from what they did.
    Raises TooFewDays.
    """
    zone = zone or ZoneInfo("Africa/Cairo")
    known = list(visits)
    days = sorted({day_of(visit.issued_at, zone, cut_over) for visit in known})
    if train_days >= len(days):
        raise TooFewDays(len(days), train_days)
    tested = set(days[train_days:])
    judged = [
        each
        for each in predictions(
            known,
            None if staffed is None else list(staffed),
            credit_s=credit_s,
            priors=priors,
            zone=zone,
            cut_over=cut_over,
            runs=runs,
            progress=progress,
        )
        if each.day in tested
    ]
    return report_on(judged, days=len(days), train_days=train_days, is_inferred=staffed is None)


def predictions(
    visits: Sequence[Visit],
    staffed: Sequence[Staffed] | None = None,
    *,
    credit_s: Mapping[Priority, float] = DEFAULT_CREDIT_S,
    priors: Mapping[str, float] | None = None,
    zone: ZoneInfo | None = None,
    cut_over: time = time(3),
    runs: int = BACKTEST_RUNS,
    progress: Progress | None = None,
) -> Iterator[Predicted]:
    """Give each number in the order of issue, with what was said to it and what became of it."""
    walk = _Walk(credit_s, priors, zone or ZoneInfo("Africa/Cairo"), cut_over, runs)
    moments = _moments(visits, staffed or ())
    for done, (at, kind, what) in enumerate(moments):
        walk.take(at, kind, what)
        if progress is not None and done % 200 == 0:
            progress(done, len(moments))
    if progress is not None:
        progress(len(moments), len(moments))
    yield from walk.predicted.values()


_END, _CLOSED, _OPENED, _ISSUED, _CALLED, _STARTED, _KNOWN, _SHORT_END = range(8)
"""What happens at one moment happens in this order."""


def _moments(
    visits: Sequence[Visit], staffed: Sequence[Staffed]
) -> list[tuple[float, int, Visit | Staffed]]:
    moments: list[tuple[float, int, Visit | Staffed]] = []
    calls: dict[int, list[float]] = {}
    for visit in visits:
        if visit.called_at is not None and visit.window is not None:
            calls.setdefault(visit.window, []).append(visit.called_at)
    for each_window in calls.values():
        each_window.sort()
    for visit in visits:
        moments.append((visit.issued_at, _ISSUED, visit))
        latest = visit.issued_at
        if visit.called_at is not None:
            moments.append((visit.called_at, _CALLED, visit))
            latest = visit.called_at
        if visit.started_at is not None:
            moments.append((visit.started_at, _STARTED, visit))
            latest = visit.started_at
        if visit.service_known_at is not None:
            moments.append((visit.service_known_at, _KNOWN, visit))
        if visit.finished_at is not None:
            is_short = visit.finished_at <= latest
            moments.append((visit.finished_at, _SHORT_END if is_short else _END, visit))
        else:
            moments.append((_known_end(visit, calls), _END, visit))
    for each in staffed:
        if each.closed_at <= each.opened_at:
            continue
        moments.append((each.opened_at, _OPENED, each))
        moments.append((each.closed_at, _CLOSED, each))
    moments.sort(key=lambda each: (*each[:2], _name(each[2])))
    return moments


def _name(what: Visit | Staffed) -> str:
    """What orders things of the same kind at the same moment, however the file had them."""
    return what.ticket if isinstance(what, Visit) else f"{what.window:09}"


def _known_end(visit: Visit, calls: Mapping[int, Sequence[float]]) -> float:
    """Return when the end of a visit was known of which nobody wrote down the end.

    A call that nobody followed ended at the latest with the window's next; who left without a word
    is known to have left when the day was over.
    """
    if visit.called_at is not None and visit.window is not None:
        later = calls[visit.window]
        place = bisect_right(later, visit.called_at)
        if place < len(later) and later[place] - visit.called_at < UNKNOWN_END_S:
            return later[place]
        return visit.called_at + UNKNOWN_END_S
    return visit.issued_at + LEFT_FOR_CERTAIN_S


@dataclass(slots=True)
class _Walk:
    """The state of the walk: the product, the formulas, and the hall as it is known."""

    credit_s: Mapping[Priority, float]
    priors: Mapping[str, float] | None
    zone: ZoneInfo
    cut_over: time
    runs: int
    predicted: dict[int, Predicted] = field(default_factory=dict)
    """By the identity of the visit: a label comes again on another day."""
    _estimator: Estimator = field(init=False)
    _past: Past = field(init=False)
    _baselines: Baselines = field(default_factory=Baselines)
    _told: dict[int, tuple[Told, Mapping[str, float], str]] = field(default_factory=dict)
    _issued: set[str] = field(default_factory=set)
    """The numbers of the day: who came into line again was told a wait only once."""
    _day: date = date.min
    _day_ends: float = -math.inf
    _lessons: deque[tuple[float, Callable[[], None]]] = field(default_factory=deque)
    """What has happened and is not learned yet, and when it happened."""

    def __post_init__(self) -> None:
        self._estimator = Estimator(
            self.priors, zone=self.zone, cut_over=self.cut_over, runs=self.runs
        )
        self._past = Past(self._estimator.learned, self.credit_s)

    def take(self, at: float, kind: int, what: Visit | Staffed) -> None:
        """Let one thing happen."""
        if at >= self._day_ends:
            self._turn_day(at)
        if isinstance(what, Staffed):
            if kind == _OPENED:
                self._past.opened(what)
                self._later(at, partial(self._estimator.opened, what.window, at))
            else:
                self._past.closed(what.window, at)
                self._later(at, partial(self._estimator.closed, what.window, at))
        elif kind == _ISSUED:
            self._issue(what)
        elif kind == _CALLED:
            self._call(what, at)
        elif kind == _STARTED:
            if what.window is not None:
                self._past.started(what, what.window)
        elif kind == _KNOWN:
            if what.window is not None:
                self._past.service_known(what, what.window)
        else:
            self._past.ended(what, at)
            self._later(at, partial(self._estimator.learn, what))
            self._baselines.learn(what)

    def _later(self, at: float, lesson: Callable[[], None]) -> None:
        self._lessons.append((at, lesson))

    def _learn(self, now: float) -> None:
        """Learn what the server had learned by `now`."""
        settled = now // LEARN_EVERY_S * LEARN_EVERY_S - SETTLES_S
        while self._lessons and self._lessons[0][0] <= settled:
            _, lesson = self._lessons.popleft()
            lesson()

    def _issue(self, visit: Visit) -> None:
        self._learn(visit.issued_at)
        situation = self._past.situation(visit.issued_at)
        standing = self._past.issued(visit)
        if visit.first_stay in self._issued:
            return
        self._issued.add(visit.ticket)
        newcomer = Newcomer(visit.queue, standing.lane, visit.priority, standing.service)
        told = self._estimator.forecast(situation, (newcomer,), standing=False).newcomers[0][0]
        said = self._baselines.predict(situation, standing, self._estimator.learned)
        ranges = {name: self._baselines.range_of(name, likely) for name, likely in said.items()}
        self._told[id(visit)] = told, said, standing.lane
        self.predicted[id(visit)] = Predicted(
            visit, self._day, told.range, ranges, raw=told.as_kept().raw
        )

    def _call(self, visit: Visit, at: float) -> None:
        if visit.window is not None:
            self._past.called(visit, at, visit.window)
        known = self._told.pop(id(visit), None)
        if known is None:
            return
        told, said, lane = known
        wait_s = at - visit.issued_at
        self.predicted[id(visit)].wait_s = wait_s
        self._later(at, partial(self._estimator.happened, told.as_kept(), wait_s, at))
        self._baselines.happened(said, wait_s)
        self._baselines.called((visit.queue, lane), wait_s)

    def _turn_day(self, at: float) -> None:
        self._learn(at)
        self._day = day_of(at, self.zone, self.cut_over)
        self._day_ends = day_bounds(self._day, self.zone, self.cut_over)[1].timestamp()
        self._past.new_day()
        self._baselines.new_day()
        self._told.clear()
        self._issued.clear()
        self._estimator.new_day(at)


def day_of(at: float, zone: ZoneInfo, cut_over: time) -> date:
    """Return the business day of a moment (epoch seconds)."""
    return business_day(datetime.fromtimestamp(at, UTC), zone, cut_over)
