"""A day of the simulation as it went, and the same day as history tells it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from queue_server.estimate.model import Outcome, Staffed, Visit
from queue_server.simulation.model import Citizen, World
from queue_server.tickets.selection import lane_for

End = Literal["finished", "no_show", "left", "lapsed", "no_number"]
"""Served; absent for good; gone before the call; still there when the last window closed; came
too late for a number, or went home without one."""


@dataclass(slots=True)
class Passage:
    """What one citizen lived through. Moments in seconds from the opening."""

    citizen: Citizen
    end: End = "no_number"
    issued_s: float | None = None
    rank_s: float | None = None
    """What orders the number in its line."""
    called_s: float | None = None
    """The first call."""
    missed_until_s: float | None = None
    """A call was missed: when its window gave up."""
    missed_at: int | None = None
    """The window of that call."""
    returned_s: float | None = None
    return_rank_s: float | None = None
    called_again_s: float | None = None
    started_s: float | None = None
    ended_s: float | None = None
    """The finish; or when the person left, or the day ended."""
    window: int | None = None
    """Of the visit that was finished."""

    @property
    def wait_s(self) -> float | None:
        """From the number to the first call; None for whoever was never called."""
        if self.called_s is None or self.issued_s is None:
            return None
        return self.called_s - self.issued_s


@dataclass(frozen=True, slots=True)
class LivedDay:
    """A day of the simulation as it went."""

    world: World
    passages: tuple[Passage, ...]
    """One for each citizen, in the order of the world's."""
    staffed: tuple[Staffed, ...]
    calls: tuple[tuple[float, int, int], ...]
    """Every call in its order: moment, citizen's number, window."""

    @property
    def visits(self) -> tuple[Visit, ...]:
        """The day as history tells it, in the order of the numbers.

        A missed call with a return is two visits, since a window was held twice.
        """
        found = [visit for passage in self.passages for visit in _visits(self.world, passage)]
        return tuple(sorted(found, key=lambda visit: (visit.issued_at, visit.ticket)))

    @property
    def waits_s(self) -> tuple[float, ...]:
        """The waits until the first call of all who were called, in the order of coming."""
        return tuple(each.wait_s for each in self.passages if each.wait_s is not None)


def _visits(world: World, passage: Passage) -> Iterator[Visit]:
    """Tell one citizen's visits as history has them."""
    citizen, base = passage.citizen, world.opens_at.timestamp()
    if passage.issued_s is None:
        return
    ticket = f"{world.date}/{citizen.number}"

    def visit(
        name: str, issued_s: float, called_s: float | None, outcome: Outcome, rank_s: float | None
    ) -> Visit:
        is_missed = outcome == "no_show" and called_s is not None
        is_served = outcome == "finished"
        return Visit(
            ticket=name,
            queue=world.queue_of[citizen.service],
            service=citizen.service,
            priority=citizen.priority,
            issued_at=base + issued_s,
            called_at=None if called_s is None else base + called_s,
            started_at=base + passage.started_s if is_served and passage.started_s else None,
            finished_at=_moment(base, passage.missed_until_s if is_missed else passage.ended_s),
            window=passage.missed_at if is_missed else passage.window if is_served else None,
            outcome=outcome,
            requests=citizen.requests,
            lane=lane_for(citizen.priority, citizen.needs),
            rank_at=None if rank_s is None else base + rank_s,
        )

    outcome: Outcome = "left" if passage.end in ("left", "lapsed") else _outcome(passage.end)
    if passage.returned_s is None or passage.missed_until_s is None:
        yield visit(ticket, passage.issued_s, passage.called_s, outcome, passage.rank_s)
        return
    yield visit(ticket, passage.issued_s, passage.called_s, "no_show", passage.rank_s)
    again_s, rank_s = passage.called_again_s, passage.return_rank_s
    yield visit(f"{ticket}-back", passage.returned_s, again_s, outcome, rank_s)


def _outcome(end: End) -> Outcome:
    return "finished" if end == "finished" else "no_show"


def _moment(base: float, at_s: float | None) -> float | None:
    return None if at_s is None else base + at_s
