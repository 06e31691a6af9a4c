"""The estimate as the product says it: what was learned, run forward, calibrated.

The server and the backtest use it alike: feed it with everything in the order in which it became
known, ask it for forecasts in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from queue_server.estimate.calibration import Calibration, Raw
from queue_server.estimate.forward import RUNS, run_forward
from queue_server.estimate.learned import Learned
from queue_server.estimate.model import Newcomer, Range, Situation, Visit
from queue_server.estimate.spread import Spread

VERSION: Final = "forward-1"
"""Stands with every shown estimate; grows when the model changes."""
MOSTLY: Final = 0.5
"""Who is not called in so many replications is told no time."""


@dataclass(frozen=True, slots=True)
class Told:
    """A range as it is said, with what its truth will be judged by."""

    range: Range | None
    """None: no window that works or is expected serves this person."""
    middle_s: float
    """The raw middle: what the forward run says before calibration."""
    scale_s: float
    """The raw spread: half of what lies between its 10th and 90th percentile."""
    never: float
    """The share of replications in which nobody calls this person."""
    queue: str
    service: str | None

    @property
    def kind(self) -> str:
        """What it is calibrated with."""
        return self.service or f"queue:{self.queue}"

    @property
    def raw(self) -> Raw:
        """What the model says before calibration."""
        return Raw(self.middle_s, self.scale_s)

    def as_kept(self) -> "Told":
        """Return it in whole seconds, as events keep it and its truth is judged by."""
        said = self.range
        if said is None:
            return self
        return replace(
            self,
            range=Range(round(said.low_s), round(said.likely_s), round(said.high_s)),
            middle_s=round(self.middle_s),
            scale_s=round(self.scale_s),
        )


@dataclass(frozen=True, slots=True)
class Said:
    """A forecast of the whole hall, ready to be shown."""

    at: float
    version: str
    waits: Mapping[UUID, Told]
    """Of everybody in line, counted from `at` on."""
    newcomers: tuple[tuple[Told, ...], ...]


class Estimator:
    """All that is known and its calibration; nothing in it is authoritative."""

    def __init__(
        self,
        priors: Mapping[str, float] | None = None,
        *,
        zone: ZoneInfo | None = None,
        cut_over: time = time(3),
        runs: int = RUNS,
    ) -> None:
        """`priors`: the seconds at a window that the catalogue gives each service."""
        self.learned = Learned(priors, zone=zone, cut_over=cut_over)
        self.calibration = Calibration()
        self._runs = runs

    def new_day(self, at: float) -> None:
        """Begin the business day of `at` (epoch seconds) unless it has begun."""
        if self.learned.turn_to(at):
            self.calibration.new_day()

    def learn(self, visit: Visit) -> None:
        """Learn from a number whose end is known now."""
        self.new_day(visit.issued_at)
        self.learned.observe(visit)

    def opened(self, window: int, at: float) -> None:
        """Learn that a window opened at `at` (epoch seconds)."""
        self.new_day(at)
        self.learned.opened(window, at)

    def closed(self, window: int, at: float) -> None:
        """Learn that a window closed, or went into a pause, at `at` (epoch seconds)."""
        self.new_day(at)
        self.learned.closed(window, at)

    def forecast(
        self,
        situation: Situation,
        newcomers: Sequence[Newcomer] = (),
        depth: int = 1,
        *,
        standing: bool = True,
    ) -> Said:
        """Say how long everybody in line will still wait, and whoever comes now.

        `standing`: False where only newcomers are asked about.
        """
        self.new_day(situation.at)
        forecast = run_forward(
            situation,
            self.learned,
            newcomers=newcomers,
            depth=depth,
            runs=self._runs,
            standing=standing,
        )
        people = {each.id: each for each in situation.standing}
        return Said(
            situation.at,
            VERSION,
            {
                id: self._told(spread, people[id].queue, people[id].service)
                for id, spread in forecast.waits.items()
            },
            tuple(
                tuple(self._told(spread, each.queue, each.service) for spread in spreads)
                for each, spreads in zip(newcomers, forecast.newcomers, strict=True)
            ),
        )

    def happened(self, told: Told, wait_s: float, at: float) -> None:
        """Learn how long somebody had waited at his first call, who was told `told` at issue.

        `at`: when the call was, epoch seconds.
        """
        self.new_day(at)
        if told.range is not None:
            said = told.range.low_s, told.range.high_s
            self.calibration.happened(told.raw, told.kind, said, wait_s)

    def _told(self, spread: Spread, queue: str, service: str | None) -> Told:
        never = spread.never
        if never > MOSTLY:
            return Told(None, float("inf"), 0.0, never, queue, service)
        middle, low, high = (spread.quantile(p) for p in (0.5, 0.1, 0.9))
        raw = Raw(middle, (high - low) / 2)
        kind = service or f"queue:{queue}"
        return Told(
            Range(*self.calibration.range_of(raw, kind)),
            raw.middle_s,
            raw.scale_s,
            never,
            queue,
            service,
        )
