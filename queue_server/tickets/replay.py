"""A day of the queue lived again under other rules: same people, same work, same windows; pure.

The dispatcher is `selection.next_for` itself. What the rules cannot change is taken as given: when
people came, what they came for, how long each visit held a window, when a window stood open, and
how long after a call somebody came back, to which line. Whoever was bound to one window or person
is called by any window here.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from queue_server.tickets.arrival import arrival_of
from queue_server.tickets.model import Priority
from queue_server.tickets.selection import Desk, InLine, lane_for, next_for, rank_for


@dataclass(frozen=True, slots=True)
class Rules:
    """What a policy says of the order."""

    credit_s: Mapping[Priority, int] = field(default_factory=dict)
    priority_first: frozenset[str] = frozenset()
    """The work profiles that take priority before others."""
    return_credit_s: int = 0
    early_grace_s: int = 0
    late_grace_s: int = 0

    @property
    def bound_s(self) -> int:
        """The N of the published sentence, in seconds."""
        return max(*self.credit_s.values(), self.return_credit_s, self.late_grace_s, 0)


@dataclass(frozen=True, slots=True)
class Visit:
    """How long one call held its window; `back_s` after it the holder came again, if he did."""

    held_s: float
    back_s: float | None = None
    keeps_place: bool = False
    """Came back to the old place, as who was transferred or brought a paper that was missing."""
    back_queue: str | None = None
    """The line into which he came back; None: the same."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who came; `slot` is the booked time of an appointment that was checked in."""

    id: UUID
    queue: str
    priority: Priority
    came_at: datetime
    visits: tuple[Visit, ...]
    slot: datetime | None = None
    lane: str | None = None
    """Where a number that is bound to a place stands; None: where its priority puts it."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A window while it stood open."""

    window: int
    profile: str
    queues: frozenset[str]
    lanes: frozenset[str]
    opened_at: datetime
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class Called:
    """One call of the day that was lived again."""

    arrival: Arrival
    in_line_at: datetime
    """When this person came, or came back."""
    called_at: datetime
    window: int
    is_priority_first: bool
    queue: str
    arrived_at: datetime
    """What the place was counted from: the coming, or the return from a missed call."""

    @property
    def wait_s(self) -> float:
        return (self.called_at - self.in_line_at).total_seconds()

    @property
    def counts_from(self) -> datetime:
        """The moment from which others may be said to have come later: a booked slot, when its
        holder came before it and has not come back from a missed call since."""
        slot, came = self.arrival.slot, self.arrived_at
        return slot if slot is not None and slot > came == self.arrival.came_at else came


def rank_of(
    rules: Rules, arrival: Arrival, in_line_at: datetime, *, is_return: bool = False
) -> datetime:
    """Return the moment that orders somebody who stands in line since `in_line_at`.

    The same as issue, check-in and return make it. The advantages of one person are not added up:
    nobody could be promised a bound.
    """
    credit_s = rules.credit_s.get(arrival.priority, 0)
    if is_return:
        return rank_for(in_line_at, max(credit_s, rules.return_credit_s))
    if arrival.slot is None:
        return rank_for(in_line_at, credit_s)
    counted = arrival_of(
        arrival.slot,
        in_line_at,
        early_grace_s=rules.early_grace_s,
        late_grace_s=rules.late_grace_s,
        credit_s=credit_s,
        largest_credit_s=max(rules.credit_s.values(), default=0),
    )
    return rank_for(counted, credit_s)


def replay(
    rules: Rules, arrivals: Sequence[Arrival], shifts: Sequence[Shift]
) -> tuple[Called, ...]:
    """Live the day again and return its calls in their order; who was never called is not there.

    Of several idle windows the one that has been idle longest calls first.
    """
    return tuple(_Day(rules, arrivals, shifts).calls())


@dataclass(slots=True)
class _Person:
    arrival: Arrival
    visit: int = 0
    queue: str = ""
    place: tuple[datetime, datetime] | None = None
    """Rank and arrival, where they were kept or are decided."""
    in_line_at: datetime = datetime.min


@dataclass(slots=True)
class _Place:
    shift: Shift
    desk: Desk


class _Day:
    """The one place here that moves: a heap of moments, and the lines by queue and lane."""

    def __init__(self, rules: Rules, arrivals: Sequence[Arrival], shifts: Sequence[Shift]) -> None:
        self._rules = rules
        self._order = count()
        self._moments: list[tuple[datetime, int, _Person | _Place]] = []
        self._lines: dict[tuple[str, str], list[tuple[datetime, int, InLine]]] = {}
        self._people: dict[UUID, _Person] = {}
        self._idle: list[_Place] = []
        for shift in sorted(shifts, key=lambda each: (each.opened_at, each.window)):
            is_first = shift.profile in rules.priority_first
            desk = Desk(shift.queues, shift.lanes, is_first)
            self._at(shift.opened_at, _Place(shift, desk))
        for arrival in arrivals:
            self._at(arrival.came_at, _Person(arrival, queue=arrival.queue))

    def calls(self) -> list[Called]:
        called: list[Called] = []
        while self._moments:
            now = self._moments[0][0]
            while self._moments and self._moments[0][0] == now:
                _, _, who = heapq.heappop(self._moments)
                if isinstance(who, _Person):
                    self._stand_in_line(who, now)
                else:
                    self._idle.append(who)
            called += self._call(now)
        return called

    def _at(self, moment: datetime, who: _Person | _Place) -> None:
        heapq.heappush(self._moments, (moment, next(self._order), who))

    def _stand_in_line(self, person: _Person, now: datetime) -> None:
        arrival = person.arrival
        person.in_line_at = now
        if person.place is None:
            rank_at = rank_of(self._rules, arrival, now, is_return=person.visit > 0)
            person.place = rank_at, now
        ticket = InLine(
            id=arrival.id,
            queue=person.queue,
            lane=arrival.lane or lane_for(arrival.priority),
            rank_at=person.place[0],
            is_callable=True,
        )
        self._people[arrival.id] = person
        line = self._lines.setdefault((ticket.queue, ticket.lane), [])
        heapq.heappush(line, (ticket.rank_at, ticket.id.int, ticket))

    def _call(self, now: datetime) -> list[Called]:
        called: list[Called] = []
        still_idle: list[_Place] = []
        for place in self._idle:
            if place.shift.closed_at <= now:
                continue
            # The smallest of each line stands for it: `next_for` takes the smallest of all.
            ticket = next_for(place.desk, [line[0][2] for line in self._lines.values() if line])
            if ticket is None:
                still_idle.append(place)
                continue
            heapq.heappop(self._lines[ticket.queue, ticket.lane])
            called.append(self._serve(self._people[ticket.id], place, now))
        self._idle = still_idle
        return called

    def _serve(self, person: _Person, place: _Place, now: datetime) -> Called:
        arrival = person.arrival
        visit = arrival.visits[person.visit]
        told = Called(
            arrival,
            person.in_line_at,
            now,
            place.shift.window,
            place.desk.priority_first,
            person.queue,
            person.in_line_at if person.place is None else person.place[1],
        )
        ends_at = now + timedelta(seconds=max(visit.held_s, 0.0))
        self._at(ends_at, place)
        if visit.back_s is not None and person.visit + 1 < len(arrival.visits):
            back_at = ends_at + timedelta(seconds=max(visit.back_s, 0.0))
            self._at(
                back_at,
                _Person(
                    arrival,
                    person.visit + 1,
                    visit.back_queue or person.queue,
                    person.place if visit.keeps_place else None,
                ),
            )
        return told
