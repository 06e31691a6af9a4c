"""The closed formulas walked along a history, each with a range of its own from its past errors."""

from collections import deque
from collections.abc import Mapping
from typing import Final

from queue_server.estimate import formulas
from queue_server.estimate.calibration import Scores
from queue_server.estimate.learned import Learned
from queue_server.estimate.model import Range, Situation, Standing, Visit, WindowNow

NAMES: Final = (
    "moving_average",
    "les",
    "hol",
    "queue_length",
    "queue_length_position_abandonment",
    "queue_length_shared",
)
AVERAGED: Final = 10
"""Waits in the moving average."""
HOLDS: Final = 50
"""The latest holds of a queue, of which the formulas take the mean."""
OFFSET_S: Final = 60.0
"""Ratios are taken of waits that are longer by this, so that a wait of nothing has one."""
UNKNOWN_S: Final = 0.0
"""Told where a formula has nothing to go by: no window works, nobody was called yet."""

Line = tuple[str, str]
"""A queue and a lane: people of one line are called in the order of their ranks."""


class Baselines:
    """What the formulas know, and the ratios of waits to what they said."""

    def __init__(self) -> None:
        self._waits: dict[Line, deque[float]] = {}
        self._holds: dict[str, deque[float]] = {}
        self._ratios: dict[str, Scores] = {name: Scores() for name in NAMES}

    def called(self, line: Line, wait_s: float) -> None:
        """Learn of a call in a line."""
        self._waits.setdefault(line, deque(maxlen=AVERAGED)).append(wait_s)

    def learn(self, visit: Visit) -> None:
        """Learn how long a number held its window."""
        if visit.called_at is not None and visit.finished_at is not None:
            held = visit.finished_at - visit.called_at
            self._holds.setdefault(visit.queue, deque(maxlen=HOLDS)).append(held)

    def new_day(self) -> None:
        """Forget the waits of the day before."""
        self._waits.clear()

    def predict(self, situation: Situation, who: Standing, learned: Learned) -> dict[str, float]:
        """Return what each formula says to `who`, who takes a number now and is not yet in the
        situation."""
        line = who.queue, who.lane
        waits = self._waits.get(line, deque())
        same = [each for each in situation.standing if (each.queue, each.lane) == line]
        head = min(same, key=lambda each: each.rank_at, default=None)
        mine = [window for window in situation.windows if _serves(window, who)]
        idle = sum(window.in_hand is None for window in mine)
        place = who.rank_at
        ahead = [each for each in situation.standing if each.rank_at <= place]
        before = sum(each.queue == who.queue for each in ahead)
        waiting = sum(each.queue == who.queue for each in situation.standing)
        hold = self._mean_hold(who.queue)
        count = len(mine)
        said = {
            "moving_average": formulas.moving_average(list(waits)),
            "les": formulas.last_to_enter_service(waits[-1] if waits else None),
            "hol": formulas.head_of_line(None if head is None else head.since, situation.at),
            "queue_length": formulas.queue_length(waiting, count, idle, hold),
            "queue_length_position_abandonment": formulas.queue_length_with_abandonment(
                before, count, idle, hold, learned.leaving
            ),
            "queue_length_shared": shared(situation, ahead, who, mine, learned),
        }
        return {name: wait if wait < float("inf") else UNKNOWN_S for name, wait in said.items()}

    def range_of(self, name: str, likely_s: float) -> Range:
        """Return its range: the point times the 10th and 90th percentile of its ratios."""
        ratios = self._ratios[name]
        if not ratios.ordered:
            return Range(likely_s, likely_s, likely_s)
        low, high = (
            max((likely_s + OFFSET_S) * ratios.quantile(p) - OFFSET_S, 0.0) for p in (0.1, 0.9)
        )
        return Range(low, likely_s, high)

    def happened(self, said: Mapping[str, float], wait_s: float) -> None:
        """Learn what became of what was said."""
        for name, likely in said.items():
            self._ratios[name].add((wait_s + OFFSET_S) / (likely + OFFSET_S))

    def _mean_hold(self, queue: str) -> float:
        holds = self._holds.get(queue)
        return sum(holds) / len(holds) if holds else 300.0


def shared(
    situation: Situation,
    ahead: list[Standing],
    who: Standing,
    mine: list[WindowNow],
    learned: Learned,
) -> float:
    """Say the wait of `who` by the work of those ahead at the windows that he shares with them."""
    known: dict[tuple[str, str, str | None], tuple[float, int, int]] = {}
    work: list[tuple[float, int, int]] = []
    for each in ahead:
        kind = each.queue, each.lane, each.service
        if kind not in known:
            serves = [window for window in situation.windows if _serves(window, each)]
            hold = learned.mean_hold(each.queue, each.service) * (1 - learned.absent(each.lane))
            known[kind] = hold, len(serves), sum(window in mine for window in serves)
        work.append(known[kind])
    idle = sum(window.in_hand is None for window in mine) - len(work)
    return formulas.queue_length_shared(
        work, len(mine), idle, learned.mean_hold(who.queue, who.service)
    )


def _serves(window: WindowNow, who: Standing) -> bool:
    works = window.works_from is None and window.away_since is None
    return works and who.queue in window.queues and who.lane in window.lanes
