"""The hall as it was known at each moment of a history: who stood in line, which windows worked.

Fed with what happened in the order in which it happened; tells the situation in between. It knows
a number's outcome only after its end, and a window only by what it has done, or by the log.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from queue_server.estimate.learned import Learned
from queue_server.estimate.model import InHand, Situation, Staffed, Standing, Visit, WindowNow
from queue_server.tickets.model import Priority
from queue_server.tickets.selection import COMMON_LANES, lane_for

LETS_WAIT_S: Final = 20.0
"""A window that leaves somebody in line for longer is not at work."""
PASSED_OVER: Final = 2
"""Who was passed over so often in his own line is not there any more."""


@dataclass(slots=True)
class _Window:
    queues: set[str] = field(default_factory=set)
    lanes: set[str] = field(default_factory=lambda: set(COMMON_LANES))
    logged: Staffed | None = None
    """What the log says it serves."""
    is_today: bool = False
    in_hand: InHand | None = None
    ticket: str | None = None
    free_since: float = 0.0
    lets_wait_since: float | None = None
    closed_at: float | None = None
    priority_before: int = 0
    plain_before: int = 0

    @property
    def is_priority_first(self) -> bool:
        """By the log, or as it took priority before older numbers often, and hardly the reverse."""
        if self.logged is not None and self.logged.priority_first:
            return True
        return self.priority_before >= 5 and self.priority_before > 4 * self.plain_before


class Past:
    """The one thing here that moves."""

    def __init__(self, learned: Learned, credit_s: Mapping[Priority, float]) -> None:
        self._learned = learned
        self._credit_s = credit_s
        self.standing: dict[str, Standing] = {}
        self._passed: dict[str, int] = {}
        self._windows: dict[int, _Window] = {}
        self._count = 0

    def new_day(self) -> None:
        """Forget the hall of the day before, not what its windows serve."""
        self.standing.clear()
        self._passed.clear()
        for window in self._windows.values():
            window.is_today = False
            window.in_hand = window.ticket = window.closed_at = window.lets_wait_since = None

    def opened(self, staffed: Staffed) -> None:
        """Know from the log that a window opened."""
        window = self._windows.setdefault(staffed.window, _Window())
        window.logged, window.is_today, window.closed_at = staffed, True, None
        window.free_since, window.lets_wait_since = staffed.opened_at, None

    def closed(self, number: int, at: float) -> None:
        """Know from the log that a window closed."""
        self._windows.setdefault(number, _Window()).closed_at = at

    def issued(self, visit: Visit) -> Standing:
        """Put somebody in line and return his place."""
        self._count += 1
        lane = visit.lane or lane_for(visit.priority)
        rank_at = visit.rank_at
        if rank_at is None:
            rank_at = visit.issued_at - self._credit_s.get(visit.priority, 0.0)
        standing = Standing(
            _id_of(visit) or UUID(int=self._count),
            visit.queue,
            lane,
            rank_at,
            visit.service_at_issue,
            visit.priority,
            visit.requests,
            visit.issued_at,
        )
        self.standing[visit.ticket] = standing
        return standing

    def called(self, visit: Visit, at: float, number: int) -> None:
        """Take somebody out of line to a window."""
        who = self.standing.pop(visit.ticket, None)
        window = self._windows.setdefault(number, _Window())
        window.queues.add(visit.queue)
        if visit.lane:
            window.lanes.add(visit.lane)
        window.is_today = True
        known_at = visit.service_known_at
        service = visit.service if known_at is None or known_at <= at else None
        window.in_hand = InHand(visit.queue, service, at, None, visit.requests)
        window.ticket, window.lets_wait_since = visit.ticket, None
        window.closed_at = None
        if who is not None:
            self._passed_by(who, window)
            self._let_wait(who, at)

    def started(self, visit: Visit, number: int) -> None:
        """Know that a service began."""
        window = self._windows.get(number)
        if window is not None and window.ticket == visit.ticket and window.in_hand is not None:
            window.in_hand = replace(window.in_hand, started_at=visit.started_at)

    def service_known(self, visit: Visit, number: int) -> None:
        """Know what somebody who is at a window came for."""
        window = self._windows.get(number)
        if window is not None and window.ticket == visit.ticket and window.in_hand is not None:
            window.in_hand = replace(window.in_hand, service=visit.service)

    def ended(self, visit: Visit, at: float) -> None:
        """Free the window, or take somebody out of line who left."""
        self.standing.pop(visit.ticket, None)
        window = None if visit.window is None else self._windows.get(visit.window)
        if window is not None and window.ticket == visit.ticket:
            window.in_hand = window.ticket = window.lets_wait_since = None
            window.free_since = at

    def situation(self, at: float) -> Situation:
        """Return the hall as it is known at `at`."""
        people = list(self.standing.values())
        expected = self._learned.pauses.expected(at)
        windows = [
            self._now(number, window, at, people)
            for number, window in sorted(self._windows.items())
            if window.is_today
        ]
        windows += [
            self._seen(number, window, works_from=expected[number])
            for number, window in sorted(self._windows.items())
            if not window.is_today and number in expected
        ]
        return Situation(at, people, windows, (), self._credit_s)

    def _now(self, number: int, window: _Window, at: float, people: list[Standing]) -> WindowNow:
        if window.in_hand is not None:
            return self._seen(number, window, in_hand=window.in_hand)
        if window.closed_at is not None:
            return self._seen(number, window, away_since=window.closed_at)
        since = window.lets_wait_since
        for each in people:
            begins = max(each.since, window.free_since)
            if (since is None or begins < since) and self._serves(window, each):
                since = begins
        is_away = since is not None and at - since > LETS_WAIT_S
        return self._seen(number, window, away_since=since if is_away else None)

    def _seen(
        self,
        number: int,
        window: _Window,
        *,
        in_hand: InHand | None = None,
        works_from: float | None = None,
        away_since: float | None = None,
    ) -> WindowNow:
        logged = window.logged
        return WindowNow(
            number,
            frozenset(window.queues) if logged is None else logged.queues,
            frozenset(window.lanes) if logged is None else logged.lanes,
            window.is_priority_first,
            in_hand=in_hand,
            works_from=works_from,
            away_since=away_since,
        )

    def _serves(self, window: _Window, who: Standing) -> bool:
        if window.logged is not None:
            return who.queue in window.logged.queues and who.lane in window.logged.lanes
        return who.queue in window.queues and who.lane in window.lanes

    def _passed_by(self, who: Standing, window: _Window) -> None:
        """Learn from one call who is not in line any more, and whether priority comes first."""
        place = who.rank_at, who.id.int
        is_priority = who.lane in ("priority", "accessible")
        saw_plain = saw_priority = False
        gone: list[str] = []
        for ticket, each in self.standing.items():
            if (each.rank_at, each.id.int) < place:
                if each.queue == who.queue and each.lane == who.lane:
                    self._passed[ticket] = passes = self._passed.get(ticket, 0) + 1
                    if passes >= PASSED_OVER:
                        gone.append(ticket)
                elif is_priority and each.lane == "plain" and self._serves(window, each):
                    saw_plain = True
            elif not is_priority and each.lane == "priority" and self._serves(window, each):
                saw_priority = True
        window.priority_before += saw_plain
        window.plain_before += saw_priority
        for ticket in gone:
            self.standing.pop(ticket)
            self._passed.pop(ticket, None)

    def _let_wait(self, who: Standing, at: float) -> None:
        """See which idle windows had let this one wait before another called him."""
        for window in self._windows.values():
            if window.is_today and window.in_hand is None and window.closed_at is None:
                begins = max(who.since, window.free_since)
                if at - begins > LETS_WAIT_S and self._serves(window, who):
                    since = window.lets_wait_since
                    window.lets_wait_since = begins if since is None else min(since, begins)


def _id_of(visit: Visit) -> UUID | None:
    """Return the number's own id where the history has it: with it go its chances of the day."""
    with suppress(ValueError):
        return UUID(visit.first_stay)
    return None
