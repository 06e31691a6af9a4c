"""What a simulated day left in the centre's events, and the figures that come of it; pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from queue_server.estimate.model import Range


@dataclass(frozen=True, slots=True)
class Act:
    """An event of a ticket."""

    event: str
    at: datetime
    window: int | None


@dataclass(frozen=True, slots=True)
class WindowAct:
    """An event of a window."""

    window: int
    event: str
    at: datetime
    to_state: str


@dataclass(frozen=True, slots=True)
class LivedTicket:
    """A number with all that was done with it."""

    id: UUID
    label: str
    queue: str
    service: str | None
    priority: str
    state: str
    channel: str
    issued_at: datetime
    acts: tuple[Act, ...]
    said: Range | None
    """The wait that was told at its issue."""

    @property
    def called_at(self) -> datetime | None:
        """The first call; what is waited for."""
        return next((act.at for act in self.acts if act.event == "call"), None)

    @property
    def wait_s(self) -> float | None:
        """From the issue to the first call."""
        called_at = self.called_at
        return None if called_at is None else (called_at - self.issued_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Waits:
    """The waits of a day to the first call, in seconds; all None where nobody was called."""

    n: int
    mean_s: float | None = None
    p50_s: float | None = None
    p80_s: float | None = None
    p90_s: float | None = None
    max_s: float | None = None


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """A window's day. `busy_s` is from each call to its finish or no-show."""

    window: int
    served: int
    no_shows: int
    open_s: float
    busy_s: float


@dataclass(frozen=True, slots=True)
class EstimateFigures:
    """How true the waits were that numbers were told at their issue.

    `bias_s` is the mean of what was said less what was waited; `coverage` the share of waits within
    the range that was said.
    """

    n: int
    mae_s: float | None = None
    bias_s: float | None = None
    coverage: float | None = None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A simulated day in numbers, worked out from its events alone."""

    day: date
    citizens: int
    """Who came, those included who got no number."""
    issued: int
    from_kiosk: int
    """Of these at a kiosk; the others at reception or by telephone."""
    finished: int
    no_show: int
    left: int
    """Gave their number back."""
    lapsed: int
    """Were still there when the day ended."""
    waits: Waits
    windows: tuple[WindowFigures, ...]
    estimate: EstimateFigures

    def as_json(self) -> dict[str, Any]:
        """Return plain values; spans in seconds, rounded to milliseconds."""
        return {**_rounded(asdict(self)), "day": self.day.isoformat()}


def figures(
    day: date,
    tickets: Sequence[LivedTicket],
    windows: Iterable[WindowAct],
    *,
    citizens: int,
    times: float = 1.0,
) -> DayFigures:
    """Work a day's figures out; every span is taken `times` as long as it was."""
    given = [ticket for ticket in tickets if ticket.state != "void"]
    states = [ticket.state for ticket in given]
    waits = sorted(wait * times for ticket in tickets if (wait := ticket.wait_s) is not None)
    return DayFigures(
        day=day,
        citizens=citizens,
        issued=len(given),
        from_kiosk=sum(ticket.channel == "kiosk" for ticket in given),
        finished=states.count("finished"),
        no_show=states.count("no_show"),
        left=states.count("cancelled"),
        lapsed=sum(state not in ("finished", "no_show", "cancelled") for state in states),
        waits=_waits(waits),
        windows=_windows(tickets, windows, times),
        estimate=_estimate(tickets, times),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which that share lies, between neighbours linearly; not of nothing."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _waits(ordered: Sequence[float]) -> Waits:
    if not ordered:
        return Waits(0)
    return Waits(
        n=len(ordered),
        mean_s=sum(ordered) / len(ordered),
        p50_s=quantile(ordered, 0.5),
        p80_s=quantile(ordered, 0.8),
        p90_s=quantile(ordered, 0.9),
        max_s=ordered[-1],
    )


def _windows(
    tickets: Iterable[LivedTicket], windows: Iterable[WindowAct], times: float
) -> tuple[WindowFigures, ...]:
    served: dict[int, int] = defaultdict(int)
    missed: dict[int, int] = defaultdict(int)
    busy_s: dict[int, float] = defaultdict(float)
    for ticket in tickets:
        called_at: datetime | None = None
        for act in ticket.acts:
            if act.event == "call":
                called_at = act.at
            elif act.event in ("finish", "no_show") and act.window and called_at is not None:
                (served if act.event == "finish" else missed)[act.window] += 1
                busy_s[act.window] += (act.at - called_at).total_seconds()
                called_at = None
    open_s: dict[int, float] = defaultdict(float)
    opened: dict[int, datetime] = {}
    for change in windows:
        was = opened.pop(change.window, None)
        if was is not None:
            open_s[change.window] += (change.at - was).total_seconds()
        if change.to_state == "open":
            opened[change.window] = change.at
    return tuple(
        WindowFigures(
            number,
            served[number],
            missed[number],
            open_s[number] * times,
            busy_s[number] * times,
        )
        for number in sorted({*served, *missed, *open_s})
    )


def _estimate(tickets: Iterable[LivedTicket], times: float) -> EstimateFigures:
    pairs = [
        (ticket.said, wait)
        for ticket in tickets
        if ticket.said is not None and (wait := ticket.wait_s) is not None
    ]
    if not pairs:
        return EstimateFigures(0)
    errors = [(said.likely_s - wait) * times for said, wait in pairs]
    return EstimateFigures(
        n=len(pairs),
        mae_s=sum(map(abs, errors)) / len(errors),
        bias_s=sum(errors) / len(errors),
        coverage=sum(said.low_s <= wait <= said.high_s for said, wait in pairs) / len(pairs),
    )


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return round(value, 3)
        case dict():
            return {key: _rounded(each) for key, each in value.items()}
        case list() | tuple():
            return [_rounded(each) for each in value]
    return value
