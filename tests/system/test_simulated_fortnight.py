"""A fortnight through the real server: what the backtest of its export says was said live.

The server writes into each number's issue event what it told. Afterwards an administrator's
programs write the fortnight to files and walk through them as if nobody had been told anything.
"""

import json
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from core_services.database.pool import open_pool
from queue_server.estimate.backtest import DEFAULT_CREDIT_S, predictions
from queue_server.estimate.history import read_staffed, read_targets, read_visits
from queue_server.estimate.judged import Predicted, score_of
from queue_server.estimate.model import Range
from queue_server.simulation.library import scenario_of
from tests.support.command import shubbak
from tests.support.database import Database, Servers, fresh_database
from tests.support.simulated import lived_through

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

FORTNIGHT: Final = {
    "title": {"ar": "أسبوعان", "en": "A fortnight"},
    "date": "2026-11-22",
    "opens": "09:00:00",
    "closes": "12:00:00",
    "overtime_minutes": 60,
    "speed_cv": 0.08,
    "arrivals": {
        "people": 250,
        "at_the_door": 12,
        "spread": 0.1,
        "half_hours": [1.4, 1.3, 1.1, 1.0, 0.8, 0.6],
    },
    "taking": {"kiosks": 2},
    "people": {"two_requests": 0.04},
    "services": {
        "mix": {
            "reconciliation": 4,
            "spatial-change": 3,
            "enquiry": 3,
            "collection": 2,
            "licence-copy": 2,
        },
        "others": 0.1,
        "factor": 1.0,
        "day_cv": 0.06,
    },
    "windows": [{"numbers": [1, 2, 3, 4, 5, 6]}],
    "absences": {"share": 0.06, "returns": 0.4, "return_after_minutes": 6},
    "patience": {"mean_minutes": 60, "tells": 0.5},
    "breaks": [
        {"windows": [2, 3, 4, 5, 6, 1], "at": "10:00:00", "minutes": 10, "together": 1},
    ],
}
"""Six windows, one of them priority first, which about 250 people a day keep busy all morning."""
DAYS: Final = 14
TRAIN_DAYS: Final = 9
LOOK_EVERY_S: Final = 5.0
"""How long the server lets a look stand at most while nothing happens, as it does in a centre."""


@dataclass(frozen=True, slots=True)
class Fortnight:
    """What was told live, and what the programs make of the same days."""

    told: Mapping[str, dict[str, Any]]
    """The issue event of each number, by its id."""
    again: list[Predicted]
    """Each number as the backtest foresees it from the exported files."""
    report: Mapping[str, Any]
    """What `shubbak estimate-backtest --json` says of them."""

    @property
    def pairs(self) -> list[tuple[Predicted, Range]]:
        """Each number that both said a wait to, with what was said live."""
        return [
            (each, said_live(self.told[each.visit.ticket]))
            for each in self.again
            if each.range is not None and "model" in self.told[each.visit.ticket]
        ]


def said_live(issued: Mapping[str, Any]) -> Range:
    return Range(issued["raw_low_s"], issued["likely_s"], issued["raw_high_s"])


@pytest.fixture(scope="module")
async def fortnight(
    postgres_servers: Servers, server_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Fortnight:
    """See the class; lived once."""
    folder = tmp_path_factory.mktemp("fortnight")
    async with fresh_database(await postgres_servers.server("embedded")) as database:
        days = await lived_through(
            scenario_of(FORTNIGHT), database, server_data, days=DAYS, grain_s=LOOK_EVERY_S
        )
        assert [day.errors for day in days] == [{}] * DAYS
        files = await exported(database, folder, [day.day.world.date for day in days])
        told = await told_at_issue(database)
    ran = await shubbak(
        *("estimate-backtest", str(files.visits), "--windows", str(files.windows)),
        *("--services", str(files.services), "--train-days", str(TRAIN_DAYS), "--json"),
        within_s=900,
    )
    assert ran.code == 0, ran.err
    with files.visits.open(encoding="utf-8-sig", newline="") as file:
        read = read_visits(file, priorities=DEFAULT_CREDIT_S)
    with files.windows.open(encoding="utf-8-sig", newline="") as file:
        staffed = read_staffed(file)
    with files.services.open(encoding="utf-8-sig", newline="") as file:
        priors = read_targets(file)
    again = list(predictions(read, staffed, priors=priors))
    return Fortnight(told, again, json.loads(ran.out))


class Files(NamedTuple):
    """What an administrator exported."""

    visits: Path
    windows: Path
    services: Path


async def exported(database: Database, folder: Path, days: list[date]) -> Files:
    """Write the days to files as an administrator does."""
    config = folder / "server.toml"
    config.write_text(f'data_dir = "{folder}"\ndatabase = "{database.app_dsn}"\n', encoding="utf-8")
    files = Files(*(folder / f"{name}.csv" for name in Files._fields))
    ran = await shubbak(
        *("export", "visits", str(files.visits), "--windows", str(files.windows)),
        *("--services", str(files.services)),
        *("--from", str(days[0]), "--to", str(days[-1] + timedelta(days=1))),
        *("--config", str(config)),
    )
    assert ran.code == 0, ran.err
    return files


async def told_at_issue(database: Database) -> dict[str, dict[str, Any]]:
    pool = await open_pool(database.app_dsn, size=1, application_name="fortnight")
    try:
        rows = await pool.fetch("SELECT ticket_id, detail FROM ticket_event WHERE event = 'issue'")
    finally:
        await pool.close()
    return {str(row["ticket_id"]): row["detail"] for row in rows}


def test_each_number_is_foreseen_again_once(fortnight: Fortnight) -> None:
    assert len(fortnight.told) >= 200 * DAYS
    again = [each.visit.ticket for each in fortnight.again]
    assert sorted(again) == sorted(fortnight.told)
    assert len(fortnight.pairs) == len(again)


def test_each_number_is_told_again_what_it_was_told(fortnight: Fortnight) -> None:
    """They differ by the age of the look from which the server answers, seconds in a busy hall.

    From who may be undone to who is learned from, and with which chances, they are the same.
    """
    pairs = [(each.range, said) for each, said in fortnight.pairs if each.range is not None]
    for name in ("low_s", "likely_s", "high_s"):
        off_s = [abs(getattr(again, name) - getattr(said, name)) for again, said in pairs]
        hundredths = statistics.quantiles(off_s, n=100)
        told = name, [round(hundredths[at - 1], 1) for at in (50, 90, 99)]
        assert hundredths[49] <= 2, told
        assert hundredths[89] <= 10, told
        assert hundredths[98] <= 60, told


def test_the_run_forward_says_again_what_it_said_before_it_was_calibrated(
    fortnight: Fortnight,
) -> None:
    middle_s, scale_s = [], []
    for each, _ in fortnight.pairs:
        assert each.raw is not None
        issued = fortnight.told[each.visit.ticket]
        middle_s.append(each.raw.middle_s - issued["middle_s"])
        scale_s.append(each.raw.scale_s - issued["scale_s"])
    for name, off_s in (("middle", middle_s), ("scale", scale_s)):
        half, nine_tenths, nearly_all = spread_of(off_s)
        told = name, half, nine_tenths, nearly_all
        assert half <= 2, told
        assert nine_tenths <= 10, told
        assert nearly_all <= 60, told


def test_each_range_ends_again_within_a_part_of_its_width_of_where_it_was_told_to_end(
    fortnight: Fortnight,
) -> None:
    """In widths of the range: each end answers also to how every wait before was held."""
    low, high = [], []
    for each, said in fortnight.pairs:
        assert each.range is not None
        width_s = max(said.high_s - said.low_s, 1)
        low.append((each.range.low_s - said.low_s) / width_s)
        high.append((each.range.high_s - said.high_s) / width_s)
    for name, off in (("low", low), ("high", high)):
        half, nine_tenths, nearly_all = spread_of(off)
        told = name, half, nine_tenths, nearly_all
        assert half <= 0.05, told
        assert nine_tenths <= 0.1, told
        assert nearly_all <= 0.25, told


def spread_of(off: list[float]) -> tuple[float, float, float]:
    """Return how far half, nine tenths and 99 of a hundred are off at most, whichever way."""
    hundredths = statistics.quantiles(map(abs, off), n=100)
    return hundredths[49], hundredths[89], hundredths[98]


def test_the_programs_figures_are_those_of_what_was_said_live(fortnight: Fortnight) -> None:
    """Over some thousand numbers what tells single ones apart by seconds comes to less than one."""
    days = sorted({each.day for each in fortnight.again})
    live = [
        replace(each, range=said)
        for each, said in fortnight.pairs
        if each.day in days[TRAIN_DAYS:] and each.wait_s is not None
    ]
    said, again = score_of(live, None), fortnight.report["product"]
    assert again["n"] == said.n >= 800
    assert again["mae_s"] == pytest.approx(said.mae_s, abs=2)
    assert again["bias_s"] == pytest.approx(said.bias_s, abs=2)
    assert again["mean_width_80_s"] == pytest.approx(said.mean_width_80_s, abs=5)
    assert again["coverage_80"] == pytest.approx(said.coverage_80, abs=0.01)
