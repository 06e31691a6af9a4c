"""How long each service was down on each day, worked out from the events alone; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from queue_server.service_states.model import PAYMENT, StateEvent, Subject

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Downtime:
    """A subject's time without work within one business day, in whole seconds."""

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
    days: Mapping[date, Span],
    services: Sequence[str],
    group_of: Mapping[str, str],
    until: datetime,
) -> tuple[Downtime, ...]:
    """Return each service's (and electronic payment's) time down a day; none where there was none.

    `events` are all of the centre in their order up to `until`; what is still down counts to there.
    `days` are the bounds of each business day. A service is down while it or its group is, and time
    in which both are counts once.
    """
    spans = _spans(events, until)
    found = []
    for day, bounds in sorted(days.items()):
        for service in services:
            own, group = Subject("service", service), Subject("group", group_of.get(service, ""))
            both = [*spans.get(own, ()), *spans.get(group, ())]
            found.append(Downtime(day, own, _seconds(both, bounds)))
        found.append(Downtime(day, PAYMENT, _seconds(spans.get(PAYMENT, ()), bounds)))
    return tuple(each for each in found if each.seconds)


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


def _seconds(spans: Iterable[Span], bounds: Span) -> int:
    """Return the length of the union of spans within bounds."""
    total, covered = 0.0, bounds[0]
    for start, end in sorted(spans):
        start, end = max(start, covered), min(end, bounds[1])
        if start < end:
            total += (end - start).total_seconds()
            covered = end
    return round(total)
