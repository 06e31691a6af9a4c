"""Counts of each window and its clerk over one day, from the events alone; pure.

Idle while people wait is the time in which call-next at that very window would have handed
somebody: it was open with nothing in hand and no fault reported, and somebody stood in a lane of
a queue that it serves. A pause is no such time, and the first `BREATH` of each stretch is free.
Time counts only while the centre is open: no window is open, paused or idle for a night.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from queue_server.tickets.lifecycle import UNDOABLE

BREATH: Final = timedelta(seconds=60)
"""A clerk may breathe so long between two citizens."""

Span = tuple[datetime, datetime]
_SECOND: Final = timedelta(seconds=1)
_ZERO: Final = timedelta()

_EVERYBODYS: Final = ("plain", "priority")


@dataclass(frozen=True, slots=True)
class WindowSetting:
    """A window as it stood when the day began."""

    number: int
    is_open: bool
    is_paused: bool
    reason: str | None
    person: UUID | None
    profile: str
    is_accessible: bool
    faults: tuple[str, ...] = ()
    """What was reported before and did not work yet."""


@dataclass(frozen=True, slots=True)
class WindowFact:
    """An event of a window; a fault's rise and close are such events too."""

    revision: int
    at: datetime
    window: int
    event: str
    to_state: str
    actor: UUID | None
    reason: str | None = None
    person: UUID | None = None
    """Who has the window from now on, where the event says so."""
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class TicketFact:
    """An event of a ticket."""

    revision: int
    at: datetime
    ticket: UUID
    event: str
    to_state: str
    queue: str
    lane: str
    """Where any window of the queue finds the ticket."""
    window: int | None
    reason: str | None = None
    to_lane: str | None = None
    """Where a transfer has put it, or an undo that could not put it back where it was."""
    is_out_of_order: bool = False
    undoes: int | None = None
    """The revision of the event that it takes back."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses of one reason."""

    times: int
    seconds: int


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """What one person did at one window on a day."""

    window: int
    person: UUID | None
    open_s: int
    idle_s: int
    """Idle while people waited, net of pauses, faults and each stretch's first breath."""
    served: int
    out_of_order: int
    no_shows: int
    undos: int
    pauses: Mapping[str, Pauses]


def window_counts(
    settings: Iterable[WindowSetting],
    windows: Iterable[WindowFact],
    tickets: Iterable[TicketFact],
    *,
    queues: Mapping[str, frozenset[str]],
    start: datetime,
    end: datetime,
    spans: Sequence[Span] | None = None,
) -> tuple[WindowCounts, ...]:
    """Walk one whole day's events and count, window by window; see `DayWalk`."""
    always = ((start, end),)
    walk = DayWalk(settings, queues=queues, start=start, spans=always if spans is None else spans)
    walk.take(windows, tickets)
    return walk.counts(end)


class DayWalk:
    """A walk through a day's events in the order of their revisions, window by window.

    It may stop at any moment, tell what the day came to until then, and go on with later events.
    """

    def __init__(
        self,
        settings: Iterable[WindowSetting],
        *,
        queues: Mapping[str, frozenset[str]],
        start: datetime,
        spans: Sequence[Span],
    ) -> None:
        """`queues` are those of each work profile; `spans` when the centre is open, in their order
        and apart."""
        places = {each.number: _Place.of(each, start) for each in settings}
        self._turns = {number: [(0, place.person)] for number, place in places.items()}
        self._day = _Day(places, queues, start, spans)

    def take(self, windows: Iterable[WindowFact], tickets: Iterable[TicketFact]) -> None:
        """Walk on through events that are later than all that were taken."""
        facts: list[WindowFact | TicketFact] = [*windows, *tickets]
        for fact in sorted(facts, key=lambda each: each.revision):
            self._day.take(fact)
            if isinstance(fact, WindowFact):
                self._note_turn(fact)

    def clerk_of(self, window: int, revision: int) -> UUID | None:
        """Return who had a window at a revision, by the events of the windows alone."""
        mine = self._turns.get(window, [])
        nth = bisect_right(mine, revision, key=lambda turn: turn[0])
        return mine[nth - 1][1] if nth else None

    def _note_turn(self, fact: WindowFact) -> None:
        if fact.person is not None:
            self._turns.setdefault(fact.window, []).append((fact.revision, fact.person))
        elif fact.event in ("open", "take_over"):
            self._turns.setdefault(fact.window, []).append((fact.revision, fact.actor))

    def counts(self, end: datetime) -> tuple[WindowCounts, ...]:
        """Return what each window came to until a moment; who never opened anything has no row."""
        return tuple(self._day.until(end).told())

    def idle(self, end: datetime) -> dict[int, tuple[tuple[Span, ...], ...]]:
        """Return when each window idled while people waited.

        Of each window that was in use, for each who had it: in their order and apart, without each
        stretch's first breath. Together those of one person are the `idle_s` that is counted.
        """
        day = self._day.until(end)
        idle: dict[int, list[tuple[Span, ...]]] = {}
        for each in day.told():
            spans_of_one = day.idle.get((each.window, each.person), ())
            idle.setdefault(each.window, []).append(tuple(spans_of_one))
        return {window: tuple(found) for window, found in idle.items()}


def whole_seconds(lasted: timedelta) -> int:
    """Round to the nearest second, halves up: wherever idle time is told, so that all agree."""
    return (lasted + _SECOND / 2) // _SECOND


@dataclass(slots=True)
class _Tally:
    open: timedelta = _ZERO
    idle: timedelta = _ZERO
    served: int = 0
    out_of_order: int = 0
    no_shows: int = 0
    undos: int = 0
    pause_times: Counter[str] = field(default_factory=Counter)
    paused: dict[str, timedelta] = field(default_factory=dict)


@dataclass(slots=True)
class _Place:
    """A window at one moment of the walk."""

    number: int
    state: str
    since: datetime
    person: UUID | None
    profile: str
    is_accessible: bool
    reason: str = "other"
    hand: UUID | None = None
    faults: set[str] = field(default_factory=set)
    idle_since: datetime | None = None

    @classmethod
    def of(cls, setting: WindowSetting, start: datetime) -> "_Place":
        state = "paused" if setting.is_paused else "open" if setting.is_open else "closed"
        return cls(
            number=setting.number,
            state=state,
            since=start,
            person=setting.person,
            profile=setting.profile,
            is_accessible=setting.is_accessible,
            reason=setting.reason or "other",
            faults=set(setting.faults),
        )

    @property
    def lanes(self) -> Iterator[str]:
        """The lanes from which call-next here takes."""
        yield from _EVERYBODYS
        if self.is_accessible:
            yield "accessible"
        yield f"window:{self.number}"
        yield f"staff:{self.person}"


class _Day:
    def __init__(
        self,
        places: dict[int, _Place],
        queues: Mapping[str, frozenset[str]],
        start: datetime,
        spans: Sequence[Span],
    ) -> None:
        self._places = places
        self._queues = queues
        self._now = start
        self._spans = spans
        self._line: Counter[tuple[str, str]] = Counter()
        self._waits: dict[UUID, tuple[str, str]] = {}
        self._lanes: dict[UUID, str] = {}
        self._parked_at: dict[UUID, int] = {}
        self._tallies: dict[tuple[int, UUID | None], _Tally] = {}
        self._counted: dict[int, tuple[_Tally, TicketFact]] = {}
        self.idle: dict[tuple[int, UUID | None], list[Span]] = {}

    def take(self, fact: WindowFact | TicketFact) -> None:
        """Go to the moment of the next event and let it happen."""
        self._now = max(self._now, fact.at)
        if isinstance(fact, WindowFact):
            place = self._places.get(fact.window)
            if place is not None:
                self._at_window(place, fact)
                self._look(place)
        else:
            self._at_ticket(fact)

    def until(self, end: datetime) -> "_Day":
        """Return the day with every stretch closed at a moment; this one goes on."""
        day = copy(self)
        day._now = max(self._now, end)
        day._places = {number: copy(place) for number, place in self._places.items()}
        day._tallies = {
            key: replace(tally, pause_times=tally.pause_times.copy(), paused={**tally.paused})
            for key, tally in self._tallies.items()
        }
        day.idle = {key: [*spans] for key, spans in self.idle.items()}
        for place in day._places.values():
            day._end_stretch(place)
            day._end_state(place)
        return day

    def told(self) -> Iterator[WindowCounts]:
        """Give the counts in the order of the hall."""
        for window, person in sorted(self._tallies, key=lambda key: (key[0], str(key[1]))):
            tally = self._tallies[window, person]
            yield WindowCounts(
                window=window,
                person=person,
                open_s=whole_seconds(tally.open),
                idle_s=whole_seconds(tally.idle),
                served=tally.served,
                out_of_order=tally.out_of_order,
                no_shows=tally.no_shows,
                undos=tally.undos,
                pauses={
                    reason: Pauses(tally.pause_times[reason], whole_seconds(lasted))
                    for reason, lasted in sorted(tally.paused.items())
                },
            )

    def _at_window(self, place: _Place, fact: WindowFact) -> None:
        if fact.event == "fault":
            place.faults.add(fact.reason or "")
            return
        if fact.event == "fault_closed":
            place.faults.discard(fact.reason or "")
            return
        if fact.event in ("open", "take_over", "assign"):
            self._end_stretch(place)  # what follows belongs to somebody else
        self._end_state(place)
        if fact.profile is not None:
            place.profile = fact.profile
        if fact.person is not None:
            place.person = fact.person
        elif fact.event in ("open", "take_over"):
            place.person = fact.actor
        place.state = fact.to_state
        if fact.event == "pause":
            place.reason = fact.reason or "other"
            tally = self._tally(place)
            tally.pause_times[place.reason] += 1
            tally.paused.setdefault(place.reason, _ZERO)

    def _at_ticket(self, fact: TicketFact) -> None:
        self._stand_in_line(fact)
        place = None if fact.window is None else self._places.get(fact.window)
        for each in self._places.values():
            if each.hand == fact.ticket and (
                each is not place or fact.to_state not in ("called", "serving")
            ):
                each.hand = None
                self._look(each)
        if place is None:
            return
        if fact.to_state in ("called", "serving"):
            place.hand = fact.ticket
        self._look(place)
        if fact.undoes is not None:
            self._tally(place).undos += 1
            taken_back = self._counted.pop(fact.undoes, None)
            if taken_back is not None:
                _count(*taken_back, step=-1)
        else:
            tally = self._tally(place)
            _count(tally, fact, step=1)
            if fact.event in UNDOABLE:
                self._counted[fact.revision] = (tally, fact)

    def _stand_in_line(self, fact: TicketFact) -> None:
        before = self._waits.pop(fact.ticket, None)
        if fact.event == "park" and fact.window is not None:
            self._parked_at[fact.ticket] = fact.window
        after = (fact.queue, self._lane(fact)) if fact.to_state == "waiting" else None
        if after is not None:
            self._waits[fact.ticket] = after
        if before == after:
            return
        if before is not None:
            self._line[before] -= 1
        if after is not None:
            self._line[after] += 1
        # Only the first who comes and the last who goes can change what a window might be handed.
        if (before is not None and not self._line[before]) or (
            after is not None and self._line[after] == 1
        ):
            for place in self._places.values():
                self._look(place)

    def _lane(self, fact: TicketFact) -> str:
        """Return the lane in which a ticket waits after an event, and keep it."""
        lane = self._lanes.get(fact.ticket, fact.lane)
        if fact.event == "transfer":
            lane = fact.to_lane or fact.lane
        elif fact.event == "resume":
            place = self._places.get(self._parked_at.get(fact.ticket, 0))
            serves = place is not None and fact.queue in self._queues.get(place.profile, ())
            is_bound = place is not None and place.state != "closed" and serves
            lane = f"window:{place.number}" if place is not None and is_bound else fact.lane
        elif fact.event == "undo":
            lane = fact.to_lane or lane
        elif fact.event != "set_priority":
            lane = fact.lane
        self._lanes[fact.ticket] = lane
        return lane

    def _look(self, place: _Place) -> None:
        """Begin or end a stretch of idle time, as things stand now."""
        if not self._is_idle(place):
            self._end_stretch(place)
        elif place.idle_since is None:
            place.idle_since = self._now

    def _is_idle(self, place: _Place) -> bool:
        if place.state != "open" or place.hand is not None or place.faults:
            return False
        queues = self._queues.get(place.profile, frozenset())
        return any(self._line[queue, lane] for queue in queues for lane in place.lanes)

    def _end_stretch(self, place: _Place) -> None:
        if place.idle_since is None:
            return
        tally = self._tally(place)
        for start, end in self._beyond_breath(place.idle_since, self._now):
            tally.idle += end - start
            self.idle.setdefault((place.number, place.person), []).append((start, end))
        place.idle_since = None

    def _beyond_breath(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Return when the centre was open between two moments, but for the first breath of it."""
        breath = BREATH
        for opens, closes in self._spans:
            begins, ends = max(start, opens), min(end, closes)
            if begins >= ends:
                continue
            free = min(breath, ends - begins)
            breath -= free
            if begins + free < ends:
                yield begins + free, ends

    def _end_state(self, place: _Place) -> None:
        lasted = self._opened_between(place.since, self._now)
        place.since = self._now
        if place.state == "closed":
            return
        tally = self._tally(place)
        if place.state == "open":
            tally.open += lasted
        else:
            tally.paused[place.reason] = tally.paused.get(place.reason, _ZERO) + lasted

    def _opened_between(self, start: datetime, end: datetime) -> timedelta:
        """Return how long of that the centre was open."""
        lengths = (min(end, closes) - max(start, opens) for opens, closes in self._spans)
        return sum((max(_ZERO, each) for each in lengths), _ZERO)

    def _tally(self, place: _Place) -> _Tally:
        return self._tallies.setdefault((place.number, place.person), _Tally())


def _count(tally: _Tally, fact: TicketFact, *, step: int) -> None:
    tally.served += step * (fact.event == "finish")
    tally.no_shows += step * (fact.event == "no_show")
    tally.out_of_order += step * fact.is_out_of_order
