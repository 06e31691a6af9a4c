"""How long each service was down on each day, worked out from the events alone; pure."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from queue_server.service_states.model import PAYMENT, StateEvent, Subject

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Downtime:
    """A subject's time without work within the hours of one business day, in whole seconds."""

    day: date
    subject: Subject
    seconds: int

    @property
    def minutes(self) -> int:
        """Whole minutes, rounded to the nearest."""
        return (self.seconds + 30) // 60


def downtimes(
    events: Iterable[StateEvent],
    *,
    days: Mapping[date, Sequence[Span]],
    services: Sequence[str],
    group_of: Mapping[str, str],
    until: datetime,
) -> tuple[Downtime, ...]:
    """Return each service's (and electronic payment's) time down a day; none where there was none.

    `events` are all of the centre in their order up to `until`; what is still down counts to there.
    `days` are the hours of each business day, in their order and apart: nobody misses a service at
    night. A service is down while it or its group is, and time in which both are counts once.
    """
    spans = _spans(events, until)
    own_spans: dict[Subject, list[Span]] = {
        Subject("service", service): [
            *spans.get(Subject("service", service), ()),
            *spans.get(Subject("group", group_of.get(service, "")), ()),
        ]
        for service in services
    }
    own_spans[PAYMENT] = spans.get(PAYMENT, [])
    ordered = sorted((day, span) for day, spans_of_day in days.items() for span in spans_of_day)
    found = [
        Downtime(day, subject, round(seconds))
        for subject, each in own_spans.items()
        for day, seconds in _by_day(_union(each), ordered)
        if round(seconds)
    ]
    return tuple(sorted(found, key=lambda each: each.day))


def _spans(events: Iterable[StateEvent], until: datetime) -> dict[Subject, list[Span]]:
    """Return when each subject was down, from its *down* to its *up*."""
    spans: dict[Subject, list[Span]] = {}
    since: dict[Subject, datetime] = {}
    for event in events:
        if event.event == "down":
            since.setdefault(event.subject, event.at)
        elif event.event == "up" and event.subject in since:
            spans.setdefault(event.subject, []).append((since.pop(event.subject), event.at))
    for subject, began in since.items():
        spans.setdefault(subject, []).append((began, until))
    return spans


def _union(spans: Iterable[Span]) -> list[Span]:
    """Return the same time in spans that do not meet, in their order."""
    union: list[Span] = []
    for start, end in sorted(spans):
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return union


def _by_day(
    spans: Iterable[Span], days: Sequence[tuple[date, Span]]
) -> Iterator[tuple[date, float]]:
    """Return the seconds of spans that do not meet within each day that has any."""
    starts = [bounds[0] for _, bounds in days]
    seconds: dict[date, float] = {}
    for start, end in spans:
        nth = max(0, bisect_right(starts, start) - 1)
        while nth < len(days) and starts[nth] < end:
            day, bounds = days[nth]
            length = (min(end, bounds[1]) - max(start, bounds[0])).total_seconds()
            seconds[day] = seconds.get(day, 0.0) + max(0.0, length)
            nth += 1
    yield from seconds.items()
