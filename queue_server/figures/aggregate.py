"""Adds up a day's lives into figures by hour, queue, service, priority, window and clerk; pure.

Figures of days add up to figures of weeks: counts and sums exactly, quantiles by their histograms.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import tzinfo
from typing import Final, Literal, get_args
from uuid import UUID

from queue_server.figures.facts import Life, Stay
from queue_server.figures.histogram import (
    exact_quantile_us,
    histogram,
    merged,
    quantile_us,
)
from queue_server.tickets.window_counts import WindowCounts

Slice = Literal[
    "all",
    "hour",
    "queue",
    "service",
    "priority",
    "window",
    "clerk",
    "hour_queue",
    "hour_service",
]
SLICES: Final[tuple[Slice, ...]] = get_args(Slice)
NO_KEY: Final = ""
"""Of the whole; a number without a service; a stay of which nobody knows who had the window."""
ALL_DAY: Final = -1
"""In place of an hour."""
QUANTILES: Final = (0.5, 0.8, 0.9, 0.95)
MEASURES: Final = ("wait", "walk", "service", "total")

Key = tuple[Slice, str, int]
ClerkOf = Callable[[int, int], UUID | None]
"""Who had a window at a revision."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Durations of one measure: exact count and sum, a histogram, and a day's exact quantiles."""

    n: int = 0
    sum_us: int = 0
    max_us: int = 0
    counts: Mapping[int, int] = field(default_factory=dict)
    exact_us: tuple[int, ...] = ()
    """At `QUANTILES`; empty where they are of several days or of nobody."""

    @property
    def mean_us(self) -> int | None:
        """The mean in microseconds, halves up; None of nobody."""
        return None if not self.n else (2 * self.sum_us + self.n) // (2 * self.n)

    def quantile_us(self, p: float) -> int | None:
        """Return a quantile: exact within one day, within 2 % over several."""
        if self.exact_us and p in QUANTILES:
            return self.exact_us[QUANTILES.index(p)]
        return quantile_us(self.counts, p)


@dataclass(frozen=True, slots=True)
class Counted:
    """What can be counted of numbers and windows, all of it additive."""

    came: int = 0
    requests: int = 0
    void: int = 0
    marked: int = 0
    recorded: int = 0
    called: int = 0
    served: int = 0
    no_show: int = 0
    left: int = 0
    cancelled: int = 0
    lapsed: int = 0
    carried_over: int = 0
    open: int = 0
    gone: int = 0
    """Left, lapsed or carried over without a call, of those whose wait is measured."""
    within_target: int = 0
    calls: int = 0
    no_show_calls: int = 0
    """Calls at the window that nobody followed, those whose holder came back later too."""
    finishes: int = 0
    out_of_order: int = 0
    undos: int = 0
    busy_us: int = 0
    open_s: int = 0
    idle_s: int = 0
    pause_s: int = 0


COUNTED: Final = tuple(each.name for each in fields(Counted))


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one slice."""

    counted: Counted = Counted()
    wait: Durations = Durations()
    walk: Durations = Durations()
    service: Durations = Durations()
    total: Durations = Durations()


NOTHING: Final = Figures()


@dataclass(slots=True)
class _Sum:
    """Figures on their way."""

    counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    durations: dict[str, list[int]] = field(
        default_factory=lambda: {measure: [] for measure in MEASURES}
    )

    def add(self, name: str, by: int = 1) -> None:
        self.counted[name] += by

    def measure(self, name: str, us: int | None) -> None:
        if us is not None:
            self.durations[name].append(us)

    def figures(self) -> Figures:
        return Figures(
            Counted(**self.counted), *(durations_of(self.durations[each]) for each in MEASURES)
        )


def durations_of(values_us: Iterable[int]) -> Durations:
    """Return the durations of one day with their exact quantiles."""
    ordered = sorted(values_us)
    if not ordered:
        return Durations()
    quantiles = [exact_quantile_us(ordered, p) for p in QUANTILES]
    return Durations(
        n=len(ordered),
        sum_us=sum(ordered),
        max_us=ordered[-1],
        counts=histogram(ordered),
        exact_us=tuple(us for us in quantiles if us is not None),
    )


def aggregate(
    lives: Iterable[Life],
    *,
    zone: tzinfo,
    target_us: int,
    clerk_of: ClerkOf,
    seats: Iterable[WindowCounts] = (),
) -> dict[Key, Figures]:
    """Return a day's figures in every slice.

    A number counts by the hour of its issue and by the queue, service and priority that it had
    last; a call by its own hour. Windows and clerks have what happened at them, and the waits of
    those whom they called first. `target_us` is the longest wait that the centre promises itself.
    """
    sums: dict[Key, _Sum] = {}

    def at(*keys: Key) -> list[_Sum]:
        return [sums.setdefault(key, _Sum()) for key in keys]

    for life in lives:
        hour = life.issued_at.astimezone(zone).hour
        for each in at(*_keys(life, hour)):
            _add_life(each, life, target_us)
        for nth, stay in enumerate(life.stays):
            clerk = clerk_of(stay.window, stay.call_revision)
            called = stay.called_at.astimezone(zone).hour
            for each in at(*_keys(life, called)):
                each.add("calls")
            person = NO_KEY if clerk is None or stay.is_recorded else str(clerk)
            for each in at(("window", str(stay.window), ALL_DAY), ("clerk", person, ALL_DAY)):
                _add_stay(each, life, stay, is_first=nth == 0, target_us=target_us)
    for seat in seats:
        person = NO_KEY if seat.person is None else str(seat.person)
        for each in at(
            ("all", NO_KEY, ALL_DAY),
            ("window", str(seat.window), ALL_DAY),
            ("clerk", person, ALL_DAY),
        ):
            each.add("open_s", seat.open_s)
            each.add("idle_s", seat.idle_s)
            each.add("undos", seat.undos)
            each.add("pause_s", sum(pause.seconds for pause in seat.pauses.values()))
    return {key: value.figures() for key, value in sums.items()}


def added(figures: Sequence[Figures]) -> Figures:
    """Add figures of several days; those of a single one keep their exact quantiles."""
    if len(figures) == 1:
        return figures[0]
    counted = Counted(
        **{name: sum(getattr(each.counted, name) for each in figures) for name in COUNTED}
    )
    return Figures(
        counted, *(_added([getattr(each, measure) for each in figures]) for measure in MEASURES)
    )


def _added(durations: Sequence[Durations]) -> Durations:
    known = [each for each in durations if each.n]
    if len(known) <= 1:
        return known[0] if known else Durations()
    return Durations(
        n=sum(each.n for each in known),
        sum_us=sum(each.sum_us for each in known),
        max_us=max(each.max_us for each in known),
        counts=merged(each.counts for each in known),
    )


def _keys(life: Life, hour: int) -> tuple[Key, ...]:
    service = life.service or NO_KEY
    return (
        ("all", NO_KEY, ALL_DAY),
        ("hour", NO_KEY, hour),
        ("queue", life.queue, ALL_DAY),
        ("service", service, ALL_DAY),
        ("priority", life.priority, ALL_DAY),
        ("hour_queue", life.queue, hour),
        ("hour_service", service, hour),
    )


def _add_life(into: _Sum, life: Life, target_us: int) -> None:
    into.add("came", life.outcome != "void")
    into.add("requests", life.requests if life.outcome != "void" else 0)
    into.add("marked", life.is_marked and life.outcome != "void")
    into.add("recorded", life.is_recorded)
    into.add("called", bool(life.stays))
    into.add(life.outcome)
    into.add("gone", life.gone_us is not None)
    wait_us = life.wait_us
    into.add("within_target", wait_us is not None and wait_us <= target_us)
    into.measure("wait", wait_us)
    into.measure("total", life.total_us)
    for stay in life.stays:
        into.add("no_show_calls", stay.end == "no_show")
        into.add("finishes", stay.end == "finish")
        into.add("out_of_order", stay.is_out_of_order)
        into.add("busy_us", stay.busy_us)
        into.measure("walk", stay.walk_us)
        into.measure("service", stay.service_us)


def _add_stay(into: _Sum, life: Life, stay: Stay, *, is_first: bool, target_us: int) -> None:
    into.add("calls")
    into.add("no_show_calls", stay.end == "no_show")
    into.add("finishes", stay.end == "finish")
    into.add("out_of_order", stay.is_out_of_order)
    into.add("recorded", stay.is_recorded)
    into.add("busy_us", stay.busy_us)
    into.measure("walk", stay.walk_us)
    into.measure("service", stay.service_us)
    if is_first:
        wait_us = life.wait_us
        into.add("within_target", wait_us is not None and wait_us <= target_us)
        into.measure("wait", wait_us)
