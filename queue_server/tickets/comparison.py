"""Who gains and who loses when one day is lived under two sets of rules; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from queue_server.tickets.model import Priority
from queue_server.tickets.replay import Arrival, Called

GroupName = Literal["all", "plain", "age65", "disability", "infant", "appointment"]
NOTICED_S = 60.0
"""A wait that differs by less than a minute is the same wait."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The waits of a group until its first call, in seconds; None where nobody was called."""

    called: int
    median_s: float | None
    p90_s: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one group."""

    group: GroupName
    people: int
    now: Waits
    then: Waits
    gain: int
    """How many wait shorter by a minute or more."""
    lose: int
    largest_gain_s: float
    largest_loss_s: float


def compare(
    arrivals: Sequence[Arrival], now: Iterable[Called], then: Iterable[Called]
) -> tuple[Change, ...]:
    """Compare the calls under today's rules with those under others, all people first.

    Only groups that came are told of. Whoever is called under one set of rules alone counts in its
    waits, and as neither a gain nor a loss.
    """
    before, after = _first_waits(now), _first_waits(then)
    groups: dict[GroupName, list[UUID]] = {name: [] for name in get_args(GroupName)}
    for arrival in arrivals:
        groups["all"].append(arrival.id)
        groups[group_of(arrival)].append(arrival.id)
    return tuple(_change(name, ids, before, after) for name, ids in groups.items() if ids)


def group_of(arrival: Arrival) -> GroupName:
    """Return the group that somebody is told of in."""
    if arrival.slot is not None:
        return "appointment"
    names: dict[Priority, GroupName] = {
        "none": "plain",
        "age65": "age65",
        "disability": "disability",
        "infant": "infant",
    }
    return names[arrival.priority]


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which that share lies, between neighbours; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _first_waits(calls: Iterable[Called]) -> dict[UUID, float]:
    waits: dict[UUID, float] = {}
    for call in calls:
        waits.setdefault(call.arrival.id, call.wait_s)
    return waits


def _waits(ids: Sequence[UUID], waits: dict[UUID, float]) -> Waits:
    found = [waits[each] for each in ids if each in waits]
    return Waits(len(found), quantile(found, 0.5), quantile(found, 0.9))


def _change(
    name: GroupName, ids: Sequence[UUID], before: dict[UUID, float], after: dict[UUID, float]
) -> Change:
    longer = [after[each] - before[each] for each in ids if each in before and each in after]
    return Change(
        group=name,
        people=len(ids),
        now=_waits(ids, before),
        then=_waits(ids, after),
        gain=sum(each <= -NOTICED_S for each in longer),
        lose=sum(each >= NOTICED_S for each in longer),
        largest_gain_s=max(0.0, -min(longer, default=0.0)),
        largest_loss_s=max(0.0, max(longer, default=0.0)),
    )
