"""A forecast day as the expectation that the forward run takes: people by queue, priority, time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from queue_server.estimate.arrivals import Arrivals, Kind
from queue_server.planning.arrivals import SLOT_S, DayForecast
from queue_server.planning.model import PlannedWindow
from queue_server.tickets.model import Priority


class PlannedArrivals(Arrivals):
    """How many people of each kind are expected in the half hours of one day, and at no other."""

    def __init__(
        self, starts: Sequence[float], people: Sequence[float], mix: Mapping[Kind, float]
    ) -> None:
        """`starts`: when the half hours begin, epoch seconds, and the end of the last one.

        `mix`: the share of each queue and priority.
        """
        super().__init__(ZoneInfo("UTC"))
        self._starts = tuple(starts)
        self._people = tuple(people)
        self._mix = dict(mix)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The queues and priorities of which anybody is expected."""
        return tuple(sorted(self._mix))

    @property
    def mix(self) -> Mapping[Kind, float]:
        """The share of each queue and priority."""
        return self._mix

    def spans(
        self, queue: str, priority: Priority, start: float, end: float
    ) -> list[tuple[float, float, float]]:
        """Return (from, to, people expected) over a span (epoch seconds), without a gap."""
        share = self._mix.get((queue, priority), 0.0)
        spans: list[tuple[float, float, float]] = []
        at = start
        for begin, stop, people in zip(
            self._starts[:-1], self._starts[1:], self._people, strict=True
        ):
            since, until = max(begin, start), min(stop, end)
            if since >= until:
                continue
            if since > at:
                spans.append((at, since, 0.0))
            spans.append((since, until, share * people * (until - since) / (stop - begin)))
            at = until
        if at < end:
            spans.append((at, end, 0.0))
        return spans

    def between(self, start: float, end: float) -> float:
        """Return how many people are expected between two moments (epoch seconds)."""
        return sum(
            sum(people for _, _, people in self.spans(queue, priority, start, end))
            for queue, priority in self._mix
        )

    def scaled(self, factor: float) -> "PlannedArrivals":
        """Return the same expectation with `factor` times as many people."""
        return PlannedArrivals(
            self._starts, tuple(each * factor for each in self._people), self._mix
        )


def slot_starts(day: date, opens_slot: int, slots: int, zone: ZoneInfo) -> tuple[float, ...]:
    """Return when half hours of a day's wall begin, and the end of the last: epoch seconds.

    Half hours that the wall skips in the night in which summer time begins take no time.
    """
    midnight = datetime.combine(day, time())
    walls = (
        midnight + timedelta(seconds=SLOT_S * (opens_slot + each)) for each in range(slots + 1)
    )
    moments = (wall.replace(tzinfo=zone).astimezone(UTC).timestamp() for wall in walls)
    return tuple(accumulate(moments, max))


def planned(forecast: DayForecast, mix: Mapping[Kind, float], zone: ZoneInfo) -> PlannedArrivals:
    """Return what a forecast expects."""
    starts = slot_starts(forecast.day, forecast.opens_slot, len(forecast.slots), zone)
    return PlannedArrivals(starts, forecast.slots, mix)


def served_mix(mix: Mapping[Kind, float], windows: Iterable[PlannedWindow]) -> Mapping[Kind, float]:
    """Return the shares of the queues that a window still serves, together 1.

    Who came to a line that is no more (renamed, folded into another) comes to those that are, in
    their shares. Where none of the past ones is left, the first of today's takes everybody.
    """
    served = sorted({queue for window in windows for queue in window.queues})
    kept = {kind: share for kind, share in mix.items() if kind[0] in served}
    if not kept and served:
        for (_, priority), share in mix.items():
            key = served[0], priority
            kept[key] = kept.get(key, 0.0) + share
    whole = sum(kept.values())
    return {kind: share / whole for kind, share in kept.items()} if whole else mix


def level_today(expected: float, came: float, spread: float) -> tuple[float, float]:
    """Return by what factor a day is fuller than expected, and what variance that factor keeps.

    `expected` and `came`: people until now. The factor had mean 1 and variance `spread` before (a
    gamma); what came is a Poisson number.
    """
    if spread <= 0:
        return 1.0, 0.0
    shape = 1 / spread
    return (shape + came) / (shape + expected), (shape + came) / (shape + expected) ** 2
