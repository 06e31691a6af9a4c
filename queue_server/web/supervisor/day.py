"""The day so far: how long people waited, how many came, and when it was crowded; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from queue_server.tickets.day_report import Counts, DayReport, HalfHour, WaitFigures
from queue_server.tickets.model import Priority
from queue_server.web.words import Words

BAND_MINUTES: Final = 5
LAST_BAND: Final = 12
"""Waits of an hour and more share the last column."""
_HALF_HOUR: Final = timedelta(minutes=30)
_MOST_HALF_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class WaitRow:
    """True waits of one group, in whole seconds."""

    queue: Words | None
    priority: Priority | None
    people: int
    mean_s: int
    p50_s: int
    p90_s: int

    @property
    def is_total(self) -> bool:
        return self.priority is None


@dataclass(frozen=True, slots=True)
class Band:
    """A column: how many waited so long."""

    low_minutes: int
    high_minutes: int | None
    """None: and more."""
    people: int
    height: int
    """Percent of the highest column."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two columns: who came and who was called in half an hour."""

    start: datetime
    issued: int
    called: int
    issued_height: int
    called_height: int


@dataclass(frozen=True, slots=True)
class DaySoFar:
    """The part of the page that tells of the whole day."""

    template: ClassVar[str] = "_supervisor_today.html"

    at: datetime
    waits: tuple[WaitRow, ...]
    """All together first."""
    counts: Counts
    bands: tuple[Band, ...]
    rhythm: tuple[Pair, ...]
    has_queues: bool
    """There are several queues to tell apart."""

    @property
    def whole(self) -> WaitRow | None:
        return next((row for row in self.waits if row.queue is None), None)


def day_so_far(report: DayReport, *, at: datetime, queues: Mapping[str, Words]) -> DaySoFar:
    """Make the view; with one queue its own total would only repeat the centre's."""
    has_queues = len(queues) > 1
    rows = [
        _row(figures, queues)
        for figures in report.waits
        if has_queues or figures.queue is None or figures.priority is not None
    ]
    return DaySoFar(
        at=at,
        waits=tuple(sorted(rows, key=lambda row: row.queue is not None)),
        counts=report.counts,
        bands=_bands(report.wait_bands),
        rhythm=_rhythm(report.half_hours),
        has_queues=has_queues,
    )


def _row(figures: WaitFigures, queues: Mapping[str, Words]) -> WaitRow:
    queue = None
    if figures.queue is not None:
        queue = queues.get(figures.queue, Words(figures.queue, figures.queue))
    return WaitRow(
        queue=queue,
        priority=figures.priority,
        people=figures.people,
        mean_s=_seconds(figures.mean_s),
        p50_s=_seconds(figures.p50_s),
        p90_s=_seconds(figures.p90_s),
    )


def _seconds(seconds: float) -> int:
    """Round to the nearest second, halves up."""
    return int(seconds + 0.5)


def _bands(people: Mapping[int, int]) -> tuple[Band, ...]:
    """Return columns from the first to the last that has people, without a gap between them."""
    if not people:
        return ()
    counts = [0] * (min(max(people), LAST_BAND) + 1)
    for band, number in people.items():
        counts[min(band, LAST_BAND)] += number
    return tuple(
        Band(
            low_minutes=band * BAND_MINUTES,
            high_minutes=None if band == LAST_BAND else (band + 1) * BAND_MINUTES,
            people=number,
            height=_percent(number, max(counts)),
        )
        for band, number in enumerate(counts)
    )


def _rhythm(half_hours: Sequence[HalfHour]) -> tuple[Pair, ...]:
    """Return the latest half hours, the quiet ones between them too."""
    if not half_hours:
        return ()
    known = {each.start: each for each in half_hours}
    last = max(known)
    steps = min((last - min(known)) // _HALF_HOUR + 1, _MOST_HALF_HOURS)
    starts = [last - _HALF_HOUR * (steps - 1 - step) for step in range(steps)]
    shown = [known.get(start, HalfHour(start, 0, 0)) for start in starts]
    highest = max(max(each.issued, each.called) for each in shown)
    return tuple(
        Pair(
            start=each.start,
            issued=each.issued,
            called=each.called,
            issued_height=_percent(each.issued, highest),
            called_height=_percent(each.called, highest),
        )
        for each in shown
    )


def _percent(number: int, of: int) -> int:
    """Return a height in whole percent; what is more than nothing is seen."""
    return max(2, round(100 * number / of)) if number and of else 0
