"""A world lived through by the rule alone: `selection.next_for` hands out the numbers, time is a
number, and no program runs. Pure and quick: a day of nine hundred people takes a blink.

Of several idle windows the one that has been idle longest calls first; whoever is due for a break
finishes first; numbers are taken one after another at each kiosk and at reception. What people do
at a missed call, at a break of the server and while a service is down, `docs/simulation.md` says.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from queue_server.estimate.model import Staffed
from queue_server.simulation.library import Scenario
from queue_server.simulation.lived import LivedDay, Passage
from queue_server.simulation.model import Shift, World
from queue_server.simulation.numbers import numbers_taken
from queue_server.simulation.world import make_world
from queue_server.tickets.model import Priority
from queue_server.tickets.replay import Arrival, Rules, rank_of
from queue_server.tickets.selection import Desk, InLine, lane_for, next_for, rank_for

__all__ = ["LivedDay", "live_day", "live_days"]


def live_day(world: World, *, credit_s: Mapping[Priority, int] | None = None) -> LivedDay:
    """Live the day through; `credit_s` in place of the credits of the world's centre."""
    credits_ = world.credit_s if credit_s is None else credit_s
    rules = Rules(
        credit_s=credits_, early_grace_s=world.early_grace_s, late_grace_s=world.late_grace_s
    )
    return _Day(world, rules).lived()


def live_days(
    scenarios: Scenario | Sequence[Scenario], count: int, *, seed: int | None = None
) -> Iterator[LivedDay]:
    """Live so many open days in a row, the scenarios by turns, from the first one's date on."""
    given = (scenarios,) if isinstance(scenarios, Scenario) else tuple(scenarios)
    first = given[0].plan
    calendar = {"date": first.date, "open_on": first.open_on}
    dated = [each.changed(calendar) for each in given]
    begin = first.seed if seed is None else seed
    for day in range(count):
        yield live_day(make_world(dated[day % len(dated)], seed=begin, day=day))


_JOINS, _LEAVES, _READY, _AWAY, _LOOK = range(5)
"""What may be due: somebody comes into line or leaves it, a window may call, a break is due, and
a moment at which everybody idle looks again."""


@dataclass(frozen=True, slots=True)
class _Away:
    """A clerk's break, which lasts its time from whenever it begins, or a window that stands still
    until a moment."""

    at_s: float
    lasts_s: float
    is_fault: bool

    def until_s(self, now: float) -> float:
        """Return when it is over if it begins now."""
        return (self.at_s if self.is_fault else now) + self.lasts_s


@dataclass(slots=True)
class _Window:
    shift: Shift
    desk: Desk
    away: list[_Away]
    """What is still to come, the latest first."""
    opened_s: float | None = None
    """None while it is closed or away."""
    is_idle: bool = False


@dataclass(slots=True)
class _InLine:
    """Somebody in line; `is_gone` once called or away."""

    passage: Passage
    ticket: InLine
    is_gone: bool = False


@dataclass(slots=True)
class _Line:
    """A lane of a queue, women's wishes apart: a heap by rank."""

    heap: list[tuple[float, int, _InLine]] = field(default_factory=list)

    def head(self) -> _InLine | None:
        while self.heap and self.heap[0][2].is_gone:
            heapq.heappop(self.heap)
        return self.heap[0][2] if self.heap else None


class _Day:
    """The one place here that moves: a heap of moments, the lines, the windows."""

    def __init__(self, world: World, rules: Rules) -> None:
        self._world = world
        self._rules = rules
        self._opens = world.opens_at
        self._moments: list[tuple[float, int, int, object]] = []
        self._count = 0
        self._lines: dict[tuple[str, str, bool], _Line] = {}
        self._idle: list[_Window] = []
        self._windows = [self._window(shift) for shift in world.shifts]
        self._passages = [Passage(citizen) for citizen in world.citizens]
        self._staffed: list[Staffed] = []
        self._calls: list[tuple[float, int, int]] = []
        self._down = [
            (fault.from_s, fault.until_s) for fault in world.faults if fault.kind == "server"
        ]
        self._last_s = 0.0
        self._asks = any("female_clerk" in citizen.needs for citizen in world.citizens)

    def lived(self) -> LivedDay:
        for window in self._windows:
            self._at(window.shift.opens_s, _READY, window)
            self._at(window.shift.closes_s, _AWAY, window)
            for away in window.away:
                self._at(away.at_s, _AWAY, window)
        for _, until_s in self._down:
            self._at(until_s, _LOOK, None)
        numbers = numbers_taken(self._world)
        for passage, issued_s in zip(self._passages, numbers, strict=True):
            if issued_s is not None:
                passage.issued_s = issued_s
                passage.end = "lapsed"
                paper_s = self._world.paper_s if passage.citizen.way == "kiosk" else 0.0
                self._at(issued_s + paper_s, _JOINS, passage)
        moments = self._moments
        while moments:
            now = moments[0][0]
            while moments and moments[0][0] == now:
                _, _, what, who = heapq.heappop(moments)
                self._do(what, who, now)
            if now < self._world.ends_s:
                self._call(now)
        return self._told()

    def _window(self, shift: Shift) -> _Window:
        away = [
            _Away(each.at_s, each.lasts_s, False)
            for each in self._world.breaks
            if each.window == shift.window and each.at_s >= shift.opens_s
        ]
        away += [
            _Away(fault.from_s, fault.until_s - fault.from_s, True)
            for fault in self._world.faults
            if fault.kind == "window" and shift.window in fault.windows
        ]
        away.sort(key=lambda each: -each.at_s)
        return _Window(shift, Desk(shift.queues, shift.lanes, shift.priority_first), away)

    def _at(self, moment: float, what: int, who: object) -> None:
        self._count += 1
        heapq.heappush(self._moments, (moment, self._count, what, who))

    def _do(self, what: int, who: object, now: float) -> None:
        if isinstance(who, Passage):
            self._join(who, now)
        elif isinstance(who, _InLine):
            self._leave(who, now)
        elif isinstance(who, _Window):
            if what == _READY:
                self._ready(who, now)
            elif who.is_idle:
                self._go_away(who, now)

    # People.

    def _join(self, passage: Passage, now: float) -> None:
        citizen, world = passage.citizen, self._world
        is_return = passage.returned_s is not None
        if is_return and now >= world.ends_s:
            return
        since_s = passage.returned_s if passage.returned_s is not None else passage.issued_s
        came_at = self._opens + timedelta(seconds=since_s or 0.0)
        queue = world.queue_of[citizen.service]
        self._count += 1
        id_ = UUID(int=self._count)
        if is_return or citizen.slot_s is not None:
            slot = None if citizen.slot_s is None else world.moment(citizen.slot_s)
            arrival = Arrival(id_, queue, citizen.priority, came_at, (), slot)
            rank_at = rank_of(self._rules, arrival, came_at, is_return=is_return)
        else:
            rank_at = rank_for(came_at, self._rules.credit_s.get(citizen.priority, 0))
        rank_s = (rank_at - self._opens).total_seconds()
        if is_return:
            passage.return_rank_s, passage.end = rank_s, "lapsed"
        else:
            passage.rank_s = rank_s
        lane = lane_for(citizen.priority, citizen.needs)
        asks = "female_clerk" in citizen.needs
        person = _InLine(passage, InLine(id_, queue, lane, rank_at, True, asks))
        line = self._lines.get((queue, lane, asks))
        if line is None:
            line = self._lines[queue, lane, asks] = _Line()
        heapq.heappush(line.heap, (rank_s, self._count, person))
        if citizen.patience_s is not None and citizen.tells and not is_return:
            leaves_s = (passage.issued_s or 0.0) + citizen.patience_s
            self._at(max(leaves_s, now), _LEAVES, person)

    def _leave(self, person: _InLine, now: float) -> None:
        if not person.is_gone and now < self._world.ends_s:
            person.is_gone = True
            person.passage.end = "left"
            person.passage.ended_s = now

    # Windows.

    def _ready(self, window: _Window, now: float) -> None:
        """Let the window call, unless its clerk goes home or away."""
        if now >= window.shift.closes_s or now >= self._world.ends_s:
            self._close(window, now)
            return
        if window.opened_s is None:
            window.opened_s = now
            self._look_for_women()
        if window.away and window.away[-1].at_s <= now:
            self._go_away(window, now)
            return
        window.is_idle = True
        self._idle.append(window)

    def _go_away(self, window: _Window, now: float) -> None:
        """Begin the break that is due, or end the shift, of a window with nobody in hand."""
        if now >= window.shift.closes_s:
            self._close(window, now)
        elif window.away and window.away[-1].at_s <= now:
            until_s = window.away.pop().until_s(now)
            self._close(window, now)
            self._at(max(until_s, now), _READY, window)

    def _close(self, window: _Window, now: float) -> None:
        if window.is_idle:
            window.is_idle = False
            self._idle.remove(window)
        if window.opened_s is not None:
            self._tell_staffed(window, max(now, window.opened_s))
            window.opened_s = None
            self._look_for_women()

    def _tell_staffed(self, window: _Window, until_s: float) -> None:
        shift, base = window.shift, self._opens.timestamp()
        opened_s = window.opened_s or 0.0
        if until_s > opened_s:
            self._staffed.append(
                Staffed(
                    shift.window,
                    base + opened_s,
                    base + until_s,
                    shift.queues,
                    shift.lanes,
                    shift.priority_first,
                )
            )

    def _look_for_women(self) -> None:
        """Tell each window the queues whose women's wishes it leaves to a woman elsewhere."""
        if not self._asks:
            return
        at_work = [
            each for each in self._windows if each.shift.is_woman and each.opened_s is not None
        ]
        served = frozenset().union(*(each.shift.queues for each in at_work))
        for window in self._windows:
            left = frozenset() if window.shift.is_woman else served
            shift = window.shift
            window.desk = Desk(shift.queues, shift.lanes, shift.priority_first, left)

    # Calls.

    def _call(self, now: float) -> None:
        if not self._idle:
            return
        heads = self._heads()
        if not heads or any(from_s <= now < until_s for from_s, until_s in self._down):
            return
        place = 0
        while heads and place < len(self._idle):
            window = self._idle[place]
            ticket = next_for(window.desk, [head.ticket for head in heads])
            if ticket is None:
                place += 1
                continue
            del self._idle[place]
            window.is_idle = False
            person = next(head for head in heads if head.ticket is ticket)
            person.is_gone = True
            self._serve(person.passage, window, now)
            heads = self._heads()

    def _heads(self) -> list[_InLine]:
        """Return the first of each line: `next_for` takes the smallest of all."""
        return [head for line in self._lines.values() if (head := line.head()) is not None]

    def _serve(self, passage: Passage, window: _Window, now: float) -> None:
        citizen, world, number = passage.citizen, self._world, window.shift.window
        self._calls.append((now, citizen.number, number))
        is_return = passage.returned_s is not None
        if is_return:
            passage.called_again_s = now
        else:
            passage.called_s = now
            waited_s = now - (passage.issued_s or 0.0)
            is_gone = citizen.patience_s is not None and waited_s > citizen.patience_s
            if is_gone or world.misses(citizen, waited_s):
                self._miss(passage, window, now, is_gone=is_gone)
                return
        started_s = now + citizen.walk_s
        ended_s = started_s + world.work_s(citizen, window.shift.speed, started_s)
        passage.started_s, passage.ended_s = started_s, ended_s
        passage.window, passage.end = number, "finished"
        self._last_s = max(self._last_s, ended_s)
        self._at(ended_s + citizen.turnaround_s, _READY, window)

    def _miss(self, passage: Passage, window: _Window, now: float, *, is_gone: bool) -> None:
        citizen = passage.citizen
        until_s = now + self._world.absent_hold_s(citizen)
        passage.end, passage.ended_s = "no_show", until_s
        passage.missed_until_s, passage.missed_at = until_s, window.shift.window
        self._last_s = max(self._last_s, until_s)
        self._at(until_s + citizen.turnaround_s, _READY, window)
        if citizen.returns_after_s is not None and not is_gone:
            back_s = until_s + citizen.returns_after_s
            if back_s < self._world.ends_s:
                passage.returned_s = back_s
                self._at(back_s, _JOINS, passage)

    def _told(self) -> LivedDay:
        world = self._world
        home_s = min(max(self._last_s, world.closes_s), world.ends_s)
        for window in self._windows:
            if window.opened_s is not None:
                self._tell_staffed(window, max(min(home_s, window.shift.closes_s), window.opened_s))
        for passage in self._passages:
            if passage.end == "lapsed":
                passage.ended_s = world.ends_s
        staffed = sorted(self._staffed, key=lambda each: (each.opened_at, each.window))
        return LivedDay(world, tuple(self._passages), tuple(staffed), tuple(self._calls))
