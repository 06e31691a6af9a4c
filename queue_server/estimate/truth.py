"""How true the times were that people were told: counted, and kept for each day that is over; pure
but for the keeping.

A time is held when the call came within the range that was shown, both ends in it. The error is
how far the likely wait lay from the wait that came; the bias is positive where people were told
more than they waited. Numbers that nobody called have no wait and are counted apart.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from queue_server.estimate import store_truth
from queue_server.estimate.store_truth import Said
from queue_server.tickets.acts import Queue

SHOWN_DAYS: Final = 30
KEPT_S: Final = 60.0
"""Today's figures are worked out anew after so long."""
FIRST_OF_WEEK: Final = 5
"""The week begins on Saturday."""
FEW: Final = 5
"""Fewer times than this are no measure and are not told by service or hour."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of times and what came of them; sums in seconds."""

    n: int = 0
    held: int = 0
    sooner: int = 0
    """Called before the range began."""
    later: int = 0
    """Called after it had ended."""
    raw_n: int = 0
    """Of these the run's, whose range is known before it was rounded."""
    raw_held: int = 0
    error_s: float = 0.0
    bias_s: float = 0.0
    uncalled: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.n + other.n,
            self.held + other.held,
            self.sooner + other.sooner,
            self.later + other.later,
            self.raw_n + other.raw_n,
            self.raw_held + other.raw_held,
            self.error_s + other.error_s,
            self.bias_s + other.bias_s,
            self.uncalled + other.uncalled,
        )

    @property
    def share_held(self) -> float | None:
        return self.held / self.n if self.n else None

    @property
    def raw_share_held(self) -> float | None:
        """How often the range held before it was rounded: four in five is what it claims."""
        return self.raw_held / self.raw_n if self.raw_n else None

    @property
    def mean_error_s(self) -> float | None:
        return self.error_s / self.n if self.n else None

    @property
    def mean_bias_s(self) -> float | None:
        return self.bias_s / self.n if self.n else None


def tally_of(said: Said) -> Tally:
    """Count one time."""
    if said.wait_s is None:
        return Tally(uncalled=1)
    is_raw = said.raw_low_s is not None and said.raw_high_s is not None
    return Tally(
        n=1,
        held=said.low_s <= said.wait_s <= said.high_s,
        sooner=said.wait_s < said.low_s,
        later=said.wait_s > said.high_s,
        raw_n=is_raw,
        raw_held=is_raw and (said.raw_low_s or 0) <= said.wait_s <= (said.raw_high_s or 0),
        error_s=abs(said.likely_s - said.wait_s),
        bias_s=said.likely_s - said.wait_s,
    )


@dataclass(frozen=True, slots=True)
class DayTruth:
    """One business day: at issue by service and hour of the wall, and on phones together."""

    day: date
    at_issue: Mapping[tuple[str | None, int], Tally]
    on_phones: Tally = field(default_factory=Tally)

    @classmethod
    def of(cls, day: date, said: Iterable[Said], zone: ZoneInfo) -> Self:
        """Count a day's times."""
        at_issue: defaultdict[tuple[str | None, int], Tally] = defaultdict(Tally)
        on_phones = Tally()
        for each in said:
            if each.place == "slip":
                at_issue[each.service, each.at.astimezone(zone).hour] += tally_of(each)
            else:
                on_phones += tally_of(each)
        return cls(day, dict(at_issue), on_phones)

    @classmethod
    def as_kept(cls, day: date, told: Mapping[str, Any]) -> Self:
        """Read what `told` has written."""
        at_issue = {(service, hour): Tally(*tally) for service, hour, tally in told["at_issue"]}
        return cls(day, at_issue, Tally(*told["on_phones"]))

    @property
    def told(self) -> dict[str, Any]:
        """The counts as they are kept."""
        return {
            "at_issue": [[*key, astuple(tally)] for key, tally in self.at_issue.items()],
            "on_phones": astuple(self.on_phones),
        }

    @property
    def whole(self) -> Tally:
        return sum(self.at_issue.values(), Tally())


@dataclass(frozen=True, slots=True)
class Truth:
    """What the page of truth tells."""

    at: datetime
    first: date
    last: date
    week_first: date
    week: Tally
    month: Tally
    on_phones: Tally
    by_day: tuple[tuple[date, Tally], ...]
    """The latest first."""
    by_service: tuple[tuple[str | None, Tally], ...]
    """Those with most numbers first; None: numbers without a service."""
    by_hour: tuple[tuple[int, Tally], ...]


def truth_of(days: Iterable[DayTruth], *, at: datetime, today: date) -> Truth:
    """Sum days up."""
    known = sorted(days, key=lambda each: each.day, reverse=True)
    week_first = today - timedelta(days=(today.weekday() - FIRST_OF_WEEK) % 7)
    services: defaultdict[str | None, Tally] = defaultdict(Tally)
    hours: defaultdict[int, Tally] = defaultdict(Tally)
    for day in known:
        for (service, hour), tally in day.at_issue.items():
            services[service] += tally
            hours[hour] += tally
    return Truth(
        at=at,
        first=today - timedelta(days=SHOWN_DAYS - 1),
        last=today,
        week_first=week_first,
        week=sum((each.whole for each in known if each.day >= week_first), Tally()),
        month=sum((each.whole for each in known), Tally()),
        on_phones=sum((each.on_phones for each in known), Tally()),
        by_day=tuple((each.day, each.whole) for each in known),
        by_service=tuple(sorted(services.items(), key=lambda each: (-each[1].n, each[0] or ""))),
        by_hour=tuple(sorted(hours.items())),
    )


class TruthReader:
    """Reads the truth of the last days; one that has its figures is counted once and kept."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._lock = asyncio.Lock()
        self._latest: Truth | None = None
        self._read_at = 0.0

    async def now(self) -> Truth:
        """Return the truth of the last thirty days. Raises DatabaseError."""
        async with self._lock:
            monotonic = self._queue.clock.monotonic()
            today, at = self._queue.today()
            latest = self._latest
            if latest is None or latest.last != today or monotonic - self._read_at > KEPT_S:
                latest = self._latest = await self._read(today, at)
                self._read_at = monotonic
            return latest

    async def _read(self, today: date, at: datetime) -> Truth:
        pool, centre = self._queue.pool, self._queue.centre
        first = today - timedelta(days=SHOWN_DAYS - 1)
        # Of yesterday somebody may still be in hand.
        over = today - timedelta(days=1)
        kept = await store_truth.read_kept(pool, centre.id, since=first, before=over)
        days: list[DayTruth] = []
        for day in await store_truth.days_said(pool, centre.id, since=first, until=today):
            if day in kept:
                days.append(DayTruth.as_kept(day, kept[day]))
                continue
            revision = await store_truth.read_head(pool, centre.id)
            said = await store_truth.read_said(pool, centre.id, day=day)
            counted = await asyncio.to_thread(DayTruth.of, day, said, centre.zone)
            if day < over:
                await store_truth.keep(
                    pool, centre.id, day=day, revision=revision, told=counted.told
                )
            days.append(counted)
        return truth_of(days, at=at, today=today)
