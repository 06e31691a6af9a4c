"""A situation as arrays: the lines and windows from which the dispatcher is run forward."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from queue_server.estimate.arrivals import Arrivals
from queue_server.estimate.chances import (
    exponential_rows,
    normal_points,
    row_of,
    rows_of,
    uniform_rows,
)
from queue_server.estimate.course import BoolArray
from queue_server.estimate.holds import requests_factor
from queue_server.estimate.learned import Learned
from queue_server.estimate.model import Booked, InHand, Situation, WindowNow
from queue_server.estimate.spread import FloatArray
from queue_server.tickets.model import Priority
from queue_server.tickets.selection import lane_for

EARLY_S: Final = 300.0
"""Who has an appointment comes so long before its time."""
OVERDUE_S: Final = 600.0
"""Who is later than that comes so much later on average."""
LONGEST_LOOK_S: Final = 3 * 3600.0
"""Priority arrivals later than that overtake nobody who is in line now."""
PACE_DOUBT: Final = 0.08
"""How wrong today's pace may be for all windows together, as a standard deviation of its log."""
SPEED_DOUBT: Final = 0.08
"""The same for each window by itself."""
DAY_ROW: Final = 4711
PRIORITY_LANES: Final = ("priority", "accessible")

_HOLD, _ABSENT, _GAP, _LEAVE, _RESIDUAL, _BACK, _ARRIVAL, _COMES, _DOUBT, _PAUSE = range(10)
"""The questions to chance; each uses rows of its own."""


class Hall:
    """Draws of everything that is uncertain in a situation, for `runs` replications."""

    def __init__(self, situation: Situation, learned: Learned, runs: int) -> None:
        self.situation = situation
        self._learned = learned
        self.arrivals = learned.arrivals
        self._chances = uniform_rows(runs)
        self.runs = runs
        self.windows = list(situation.windows)
        usual = np.array([learned.speed(each.number) for each in self.windows])
        doubt = [self._doubt(each.number, SPEED_DOUBT) for each in self.windows]
        self._pace = self._doubt(DAY_ROW, PACE_DOUBT)
        self.speeds: FloatArray = (
            usual[:, None] * self._pace * np.array(doubt).reshape(len(doubt), runs)
        )
        until = [each.works_until for each in self.windows]
        self.until = (
            np.array([np.inf if end is None else end - situation.at for end in until])
            if any(end is not None for end in until)
            else None
        )

    def free(self) -> FloatArray:
        """Return when each window can call next, seconds from now, shape (W, runs)."""
        free = np.empty((len(self.windows), self.runs))
        for place, window in enumerate(self.windows):
            free[place] = self._free(window)
        return free

    def pauses(self) -> tuple[FloatArray, FloatArray] | None:
        """Draw when each window's next pause is due, seconds from now, and how long it lasts, both
        (W, runs). None: no pause is expected.

        Windows whose coming and going was announced take no other pause.
        """
        if not self.windows:
            return None
        rows = np.stack([self._row(each.number, _PAUSE) for each in self.windows])
        drawn = self._learned.pauses.next_pauses(self.situation.at, rows)
        if drawn is None:
            return None
        for place, window in enumerate(self.windows):
            is_back = window.works_from is not None and self._learned.pauses.came_today(
                window.number
            )
            if window.works_until is not None or is_back:
                drawn[0][place] = np.inf
        return drawn

    def served_by(self, queue: str, lane: str, *, asks_for_woman: bool = False) -> BoolArray:
        """Return which windows serve these people, shape (W,)."""
        is_left = asks_for_woman and lane in ("plain", "priority")
        return np.array(
            [
                queue in each.queues
                and lane in each.lanes
                and not (is_left and queue in each.left_to_women)
                for each in self.windows
            ],
            np.bool_,
        )

    def first_at(self, lane: str) -> BoolArray:
        """Return at which windows this lane comes before others, shape (W,)."""
        is_priority = lane in PRIORITY_LANES
        return np.array([each.priority_first and is_priority for each in self.windows], np.bool_)

    def holds(
        self,
        kinds: Sequence[tuple[str, str | None]],
        lanes: Sequence[str],
        requests: Sequence[int],
        people: Sequence[int],
    ) -> FloatArray:
        """Draw how long each person holds a window of ordinary speed, with its turn-around, in
        seconds, shape (n, runs). `people`: whole numbers that tell them apart."""
        if not people:
            return np.empty((0, self.runs))
        if len(set(kinds)) == len(set(lanes)) == len(set(requests)) == 1:
            one = slice(0, 1)  # all alike: what is the same for all is worked out once
            kinds, lanes, requests = kinds[one], lanes[one], requests[one]
        learned = self._learned
        which: dict[tuple[str, str | None], int] = {}
        kind_of = np.array([which.setdefault(kind, len(which)) for kind in kinds], np.int64)
        parts = [learned.holds(*kind) for kind in which]
        sizes = np.array([part.size for part in parts], np.int64)
        offsets = np.cumsum(sizes) - sizes
        factors = np.array([learned.hold_times.drift(*kind) for kind in which])
        longer = np.array([requests_factor(number) for number in requests])
        share = {lane: learned.absent(lane) for lane in set(lanes)}
        absent = np.array([share[lane] for lane in lanes])[:, None]
        ids = np.array([person % 2**31 for person in people], np.int64)

        chance = self._chances.take(rows_of(ids, _HOLD), axis=0)
        chance *= sizes[kind_of][:, None]
        index = chance.astype(np.int64)
        index += offsets[kind_of][:, None]
        drawn: FloatArray = np.concatenate(parts).take(index)
        drawn *= (factors[kind_of] * longer)[:, None]
        luck = self._chances.take(rows_of(ids, _ABSENT), axis=0)
        is_absent = luck < absent
        shorts = learned.absent_holds()
        drawn[is_absent] = shorts[
            (luck[is_absent] / np.broadcast_to(absent, luck.shape)[is_absent] * shorts.size)
            .astype(np.int64)
            .clip(0, shorts.size - 1)
        ]
        gaps = learned.pauses.gaps()
        luck = self._chances.take(rows_of(ids, _GAP), axis=0)
        drawn += gaps.take((luck * gaps.size).astype(np.int64))
        return drawn

    def leaves(
        self, people: Sequence[int], since: Sequence[float] | None = None
    ) -> FloatArray | None:
        """Draw when each goes away uncalled, seconds from now, shape (n, runs); None: nobody does.

        Patience is exponential. Where people leave without a word, each may have gone already in
        the time that he has been here, `since` (epoch seconds); else, and without `since`, who is
        here has stayed so far.
        """
        rate = self._learned.leaving
        if rate <= 0:
            return None
        ids = np.array([person % 2**31 for person in people], np.int64)
        stays: FloatArray = exponential_rows(self.runs).take(rows_of(ids, _LEAVE), axis=0) / rate
        if since is not None and self._learned.leaves_silently:
            stays -= self.situation.at - np.array(since)[:, None]
        return stays

    def booked(self) -> list[tuple[Booked, FloatArray, FloatArray]]:
        """Return appointments whose holders are not here, each with when it comes and its hold.

        Who does not come takes no time; who is overdue may come any moment.
        """
        drawn: list[tuple[Booked, FloatArray, FloatArray]] = []
        for number, each in enumerate(sorted(self.situation.booked, key=lambda e: e.slot)):
            row = row_of(number, _COMES)
            luck: FloatArray = self._chances[row]
            in_s = each.slot - EARLY_S - self.situation.at
            late = exponential_rows(self.runs)[row - 1] * OVERDUE_S
            comes = np.full(self.runs, in_s) if in_s > 0 else late
            holds = self.holds([(each.queue, each.service)], [each.lane], [1], [77 + 13 * number])
            holds[0, luck >= each.comes] = 0.0
            drawn.append((each, comes, holds[0]))
        return drawn

    def future(
        self,
        arrivals: Arrivals,
        queue: str,
        priorities: Sequence[Priority],
        horizon_s: float,
        salt: int,
    ) -> tuple[FloatArray, FloatArray] | None:
        """Draw when people of these priorities come to a queue within the horizon, and their
        holds: both (n, runs).

        Seconds from now, ascending, infinite where fewer come. None: nobody is expected.
        """
        at = self.situation.at
        rows = [arrivals.spans(queue, each, at, at + horizon_s) for each in priorities]
        parts = [sum(people for _, _, people in column) for column in zip(*rows, strict=True)]
        total = sum(parts)
        if total < 1e-3:
            return None
        most = int(total + 3 * total**0.5 + 2)
        people = np.arange(most, dtype=np.int64) * 17 + 101 * salt
        apart = exponential_rows(self.runs).take(rows_of(people, _ARRIVAL), axis=0)
        reached = np.cumsum(apart, axis=0)
        expected = np.concatenate(([0.0], np.cumsum(parts)))
        moments = np.array([at, *(end for _, end, _ in rows[0])]) - at
        comes: FloatArray = np.interp(reached, expected, moments, right=np.inf)
        comes[reached >= expected[-1]] = np.inf
        lane = lane_for(priorities[0])
        holds = self.holds([(queue, None)] * most, [lane] * most, [1] * most, people.tolist())
        return comes, holds

    def overtakers(self, queue: str, priority: Priority) -> float:
        """Return for how many seconds from now who comes with a priority may overtake somebody."""
        lane = lane_for(priority)
        served, first = self.served_by(queue, lane), self.first_at(lane)
        if not served.any():
            return 0.0
        if (served & first).any():
            return LONGEST_LOOK_S
        return self.situation.credit_s.get(priority, 0.0)

    def _free(self, window: WindowNow) -> FloatArray | float:
        at = self.situation.at
        free: FloatArray | float = 0.0
        if window.in_hand is not None:
            free = self._residual(window.number, window.in_hand)
            gaps = self._learned.pauses.gaps()
            free = free + gaps.take((self._row(window.number, _GAP) * gaps.size).astype(np.int64))
        elif window.away_since is not None:
            free = self._back(window.number, at - window.away_since)
        if window.works_from is not None:
            free = np.maximum(free, self._opening(window.number, window.works_from - at))
        if window.works_until is not None:
            free = np.where(np.asarray(free) >= window.works_until - at, np.inf, free)
        return free

    def _residual(self, number: int, held: InHand) -> FloatArray:
        """Draw how long a window still holds what it has in hand, seconds."""
        learned = self._learned
        elapsed = max(self.situation.at - held.called_at, 0.0)
        luck = self._row(number, _RESIDUAL)
        factor = learned.pace(held.queue, held.service, number) * requests_factor(held.requests)
        rest = _beyond(learned.holds(held.queue, held.service), elapsed / factor, luck) * factor
        rest = rest * self._pace
        if held.started_at is None:
            absent = learned.absent("plain") * _share_beyond(learned.absent_holds(), elapsed)
            coming = (1 - learned.absent("plain")) * _share_beyond(learned.walks(), elapsed)
            if absent > 0:
                share = absent / (absent + coming)
                short = _beyond(learned.absent_holds(), elapsed, luck)
                rest = np.where(self._row(number, _ABSENT) < share, short, rest)
        return rest

    def _back(self, number: int, away_s: float) -> FloatArray:
        return _beyond(self._learned.pauses.away(), max(away_s, 0.0), self._row(number, _BACK))

    def _doubt(self, number: int, spread: float) -> FloatArray:
        """Draw the factor by which what is known of a pace may be wrong."""
        points = normal_points(self.runs)
        place = (self._row(number, _DOUBT) * self.runs).astype(np.int64)
        factor: FloatArray = np.exp(spread * points[place] - spread * spread / 2)
        return factor

    def _opening(self, number: int, in_s: float) -> FloatArray:
        """Draw when a window that is expected in so many seconds is there; below 0: it is late.

        Who comes in the morning may be late; a pause that has begun ends when it was announced to.
        """
        late = self._learned.pauses.late()
        luck = self._row(number, _BACK)
        if in_s < 0:
            return _beyond(late, -in_s, luck)
        if self._learned.pauses.came_today(number):
            return np.full(self.runs, in_s)
        return in_s + late.take((luck * late.size).astype(np.int64))

    def _row(self, number: int, question: int) -> FloatArray:
        row: FloatArray = self._chances[row_of(number * 29, question)]
        return row


def _share_beyond(ordered: FloatArray, elapsed: float) -> float:
    return 1.0 - float(ordered.searchsorted(elapsed, side="right")) / ordered.size


TAIL: Final = 8
"""Of so few that lasted longer, the exact figures say little."""


def _beyond(ordered: FloatArray, elapsed: float, luck: FloatArray) -> FloatArray:
    """Draw from what is left of durations that have lasted `elapsed` already.

    Beyond almost everything ever seen a duration still ends: what is left is then drawn from an
    exponential whose mean is what the longest left over, or a third of the elapsed time.
    """
    start = int(ordered.searchsorted(elapsed, side="right"))
    left = ordered.size - start
    if left > TAIL:
        return ordered.take(start + (luck * left).astype(np.int64)) - elapsed
    seen = ordered[start:]
    if left and np.isinf(seen).all():
        return np.full(luck.shape, np.inf)
    seen = seen[np.isfinite(seen)]
    over = float((seen - elapsed).sum()) if seen.size else 0.0
    mean = (over + elapsed) / (seen.size + 3)
    rest: FloatArray = -np.log(luck) * max(mean, 20.0)
    if left > seen.size:
        rest = np.where(luck < (left - seen.size) / left, np.inf, rest)
    return rest
