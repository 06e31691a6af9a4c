"""What a simulation came to: for programs as JSON, for people as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.table import Table

from queue_server.estimate.model import Staffed, Visit
from queue_server.simulation.outcome import DayFigures, LivedTicket, WindowAct
from queue_server.simulation.scenario import Plan


@dataclass(frozen=True, slots=True)
class LivedThrough:
    """One day, with what its figures were worked out from."""

    figures: DayFigures
    tickets: tuple[LivedTicket, ...]
    windows: tuple[WindowAct, ...]
    opens_at: datetime
    """The scenario's opening."""
    began: datetime
    """The same moment as the events have it."""
    times: float = 1.0
    """How much longer the scenario's spans are than those of the events."""
    visits: tuple[Visit, ...] = ()
    """The numbers whose stays are over, as the estimate learns from them."""
    staffed: tuple[Staffed, ...] = ()
    """When windows stood open."""

    def moment(self, at: datetime) -> datetime:
        """Return when something happened by the scenario's clock."""
        return self.opens_at + (at - self.began) * self.times


@dataclass(frozen=True, slots=True)
class Simulated:
    """The whole run."""

    scenario: str
    plan: Plan
    seed: int
    speed: str
    """`max`, or by what factor days were shortened."""
    days: tuple[LivedThrough, ...]
    took_s: float
    """Of the machine's own time."""
    errors: Mapping[str, int] = field(default_factory=dict)
    """Answers that no act in order should get, by route and status."""
    screens: Mapping[str, Any] = field(default_factory=dict)
    """How far screens were behind; only where they run on the machine's own clock."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values; `docs/simulation.md` says what each is."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "speed": self.speed,
            "took_s": round(self.took_s, 1),
            "days": [day.figures.as_json() for day in self.days],
            "errors": dict(self.errors),
            **({"screens": dict(self.screens)} if self.screens else {}),
        }


def tables(simulated: Simulated) -> list[Table]:
    """Return a table of the days, and one of the windows where it is a single day."""
    days = [day.figures for day in simulated.days]
    found = [_days(simulated.plan.title.en, days)]
    if len(days) == 1:
        found.append(_windows(days[0]))
    return found


def _days(title: str, days: Sequence[DayFigures]) -> Table:
    table = Table(title=title, caption="waits and errors in minutes")
    for name in ("day", "came", "numbers", "served", "absent", "left", "lapsed"):
        table.add_column(name, justify="left" if name == "day" else "right", no_wrap=True)
    for name in ("mean wait", "80 %", "90 %", "longest", "estimate off", "in range"):
        table.add_column(name, justify="right")
    for day in days:
        table.add_row(
            f"{day.day:%a %Y-%m-%d}",
            *(str(n) for n in (day.citizens, day.issued, day.finished, day.no_show)),
            *(str(n) for n in (day.left, day.lapsed)),
            *(_minutes(day.waits.mean_s), _minutes(day.waits.p80_s), _minutes(day.waits.p90_s)),
            *(_minutes(day.waits.max_s), _minutes(day.estimate.mae_s)),
            "" if day.estimate.coverage is None else f"{day.estimate.coverage:.0%}",
        )
    return table


def _windows(day: DayFigures) -> Table:
    table = Table(title="Windows", caption="times in minutes")
    for name in ("window", "served", "absent", "open", "busy", "share"):
        table.add_column(name, justify="right")
    for each in day.windows:
        table.add_row(
            *(str(each.window), str(each.served), str(each.no_shows)),
            *(_minutes(each.open_s), _minutes(each.busy_s)),
            f"{each.busy_s / each.open_s:.0%}" if each.open_s else "",
        )
    return table


def _minutes(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds / 60:.1f}"
