"""One look of the forward run at the hall: what it says of everybody, and until when it holds."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from queue_server.estimate.model import Newcomer, Range, Situation
from queue_server.estimate.told import told_of
from queue_server.tickets.foresight import Asked
from queue_server.tickets.model import Hall, Priority, QueueState, Told
from queue_server.tickets.selection import lane_for

if TYPE_CHECKING:
    from queue_server.estimate import product

DEPTH: Final = 3
"""So many who come one after another are foreseen by one look; who comes later is told the closed
formula's wait until the next."""
PRIORITIES: Final[tuple[Priority, ...]] = ("none", "age65", "disability", "infant")

Kind = tuple[str, str, Priority]
"""A queue, a lane and a priority."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the run says of those who would come into a line now, before it is calibrated."""

    middle_s: float
    scale_s: float


@dataclass(frozen=True, slots=True)
class InLine:
    """What the run says of somebody in line, in seconds from the look on."""

    range: Range
    line: Line


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What one look said; it takes nothing from anywhere and never changes.

    It foresees moments: who asks when it is `age_s` seconds old is told by so much less.
    """

    epoch: UUID
    revision: int
    at: datetime
    model: str
    first: str
    """The queue of whoever names no service."""
    tickets: Mapping[UUID, InLine]
    newcomers: Mapping[Kind, Sequence[Line | None]]
    """By their order: the first who comes, the second …; None: a window is not expected to call."""
    range_of: Callable[[Line, str], Range] = field(repr=False)
    """Calibrates a line for a service, or for `queue:` and its code."""

    def of_ticket(self, ticket: UUID, age_s: float) -> Told | None:
        """Return what is said to somebody who stood in line."""
        each = self.tickets.get(ticket)
        if each is None:
            return None
        low_s, likely_s, high_s = (
            max(bound - age_s, 0.0)
            for bound in (each.range.low_s, each.range.likely_s, each.range.high_s)
        )
        return self._told(Range(low_s, likely_s, high_s), _later(each.line, age_s))

    def of_newcomer(
        self, queue: str, asked: Asked, nth: int, age_s: float, service: str | None = None
    ) -> Told | None:
        """Return what is said to whoever comes as the nth after the look, from 0."""
        lines = self.newcomers.get((queue, asked.lane, asked.priority), ())
        line = lines[nth] if nth < len(lines) else None
        if line is None:
            return None
        line = _later(line, age_s)
        return self._told(self.range_of(line, service or f"queue:{queue}"), line)

    def over(self, hall: Hall, since: Mapping[str, int], age_s: float) -> Hall:
        """Return a hall with these waits; `since`: numbers given in each queue after the look."""
        if hall.epoch != self.epoch:
            return hall
        queues = tuple(
            self._over_queue(queue, since.get(queue.code, 0), age_s) for queue in hall.queues
        )
        is_used = any(queue.told for queue in queues)
        return replace(hall, queues=queues, foreseen_at=self.at if is_used else None)

    def _told(self, said: Range, line: Line) -> Told:
        return told_of(said, middle_s=line.middle_s, scale_s=line.scale_s, model=self.model)

    def _over_queue(self, queue: QueueState, nth: int, age_s: float) -> QueueState:
        if queue.wait is None:
            return queue
        told: dict[Priority, Told] = {}
        for priority in PRIORITIES:
            asked = Asked(None, priority, lane_for(priority))
            each = self.of_newcomer(queue.code, asked, nth, age_s)
            if each is not None:
                told[priority] = each
        if "none" not in told:
            return queue
        return replace(queue, wait=told["none"].wait, told=told)


def _later(line: Line, age_s: float) -> Line:
    return Line(max(line.middle_s - age_s, 0.0), line.scale_s)


def newcomers_of(
    situation: Situation, open_now: Collection[int]
) -> list[tuple[Newcomer, tuple[Kind, ...]]]:
    """Name whom the run is asked about: those whom one of the windows that are open now serves.

    Priorities of one credit and lane wait alike, so that one of them is asked about for all.
    """
    windows = [each for each in situation.windows if each.number in open_now]
    found: list[tuple[Newcomer, tuple[Kind, ...]]] = []
    for queue in sorted({queue for window in windows for queue in window.queues}):
        lanes = {lane for window in windows if queue in window.queues for lane in window.lanes}
        alike: dict[tuple[str, float], list[Kind]] = {}
        for priority in PRIORITIES:
            credit = situation.credit_s.get(priority, 0.0)
            for lane in {lane_for(priority), "accessible"} & lanes:
                alike.setdefault((lane, credit), []).append((queue, lane, priority))
        for (lane, _), kinds in alike.items():
            found.append((Newcomer(queue, lane, kinds[0][2]), tuple(kinds)))
    return found


def foreseen_of(
    said: "product.Said",
    asked: Iterable[tuple[Newcomer, tuple[Kind, ...]]],
    *,
    epoch: UUID,
    revision: int,
    at: datetime,
    first: str,
    range_of: Callable[[Line, str], Range],
) -> Foreseen:
    """Make a look of what the estimator said, about those who were asked about."""
    lines: dict[Kind, Sequence[Line | None]] = {}
    for (_, kinds), told in zip(asked, said.newcomers, strict=True):
        row = tuple(
            None if each.range is None else Line(each.middle_s, each.scale_s) for each in told
        )
        lines.update(dict.fromkeys(kinds, row))
    return Foreseen(
        epoch=epoch,
        revision=revision,
        at=at,
        model=said.version,
        first=first,
        tickets={
            ticket: InLine(each.range, Line(each.middle_s, each.scale_s))
            for ticket, each in said.waits.items()
            if each.range is not None
        },
        newcomers=lines,
        range_of=range_of,
    )


def given_after(given: Iterable[tuple[int, str]], revision: int) -> Counter[str]:
    """Count, by queue, the numbers whose issue came after a revision."""
    return Counter(queue for issued, queue in given if issued > revision)
