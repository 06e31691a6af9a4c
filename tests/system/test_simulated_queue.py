"""One replication of the queues that Erlang's formulas know, through the real server."""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from queue_server.planning.erlang import ErlangA, ErlangC
from queue_server.simulation.day import Person
from queue_server.simulation.library import Scenario, scenario_of
from queue_server.simulation.lived import Passage
from queue_server.simulation.pure import live_day
from queue_server.simulation.world import make_world
from tests.support.database import Servers, fresh_database
from tests.support.simulated import lived_through

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

WINDOWS, HOLD_S, PATIENCE_S = 9, 60.0, 300.0
WARM_UP, COUNTED = 300, 2000
SEED: Final = 11
OTHERS: Final = range(101, 141)
"""The replications of the rule alone that say how far one of this length strays."""
WITHIN: Final = 3.0
"""Of their standard deviations: what one replication in four hundred would miss."""


def station(load: float, *, patience_s: float | None = None) -> Scenario:
    """A hall with one line in which nobody walks, misses a call or comes first by right."""
    arrivals_per_s = load * WINDOWS / HOLD_S
    lasts_min = round((WARM_UP + COUNTED) * 1.15 / arrivals_per_s / 60)
    return scenario_of(
        {
            "title": {"ar": "تسعة شبابيك وصف واحد", "en": "Nine windows and one line"},
            "date": "2026-11-22",
            "opens": "08:00:00",
            "closes": f"{8 + lasts_min // 60:02}:{lasts_min % 60:02}:00",
            "overtime_minutes": 60,
            "arrivals": {"people": arrivals_per_s * lasts_min * 60},
            "ways": {"kiosk": 1, "desk": 0, "phone": 0},
            "taking": {"touch_s": 0, "paper_s": 0},
            "people": {"age65": 0, "disability": 0, "infant": 0, "english": 0},
            "services": {
                "mix": {"enquiry": 1},
                "others": 0,
                "shape": "exponential",
                "times": {"enquiry": {"mean_s": HOLD_S}},
            },
            "windows": [{"numbers": list(range(1, WINDOWS + 1)), "profile": "unified"}],
            "walk_s": 0,
            "turnaround_s": 0,
            "absences": {"share": 0},
            "patience": {} if patience_s is None else {"mean_minutes": patience_s / 60},
        }
    )


def in_line_s(passage: Passage) -> float:
    until_s = passage.ended_s if passage.called_s is None else passage.called_s
    assert until_s is not None
    assert passage.issued_s is not None
    return until_s - passage.issued_s


def through_server(person: Person) -> float | None:
    """Return how long somebody stood in line, as the clerks and the citizen saw it."""
    if person.taken_s is None:
        return None
    if person.called_s is not None:
        return person.called_s - person.taken_s
    return person.citizen.patience_s


async def replication(
    scenario: Scenario, servers: Servers, folder: Path
) -> tuple[list[float], list[Person]]:
    async with fresh_database(await servers.server("embedded")) as database:
        [lived] = await lived_through(scenario, database, folder, seed=SEED)
    assert lived.errors == {}
    world = make_world(scenario, seed=SEED)
    alone = [each for each in live_day(world).passages if each.issued_s is not None]
    people = [each for each in lived.day.people if each.taken_s is not None]
    waits = [wait for each in people if (wait := through_server(each)) is not None]
    assert [round(wait, 3) for wait in waits] == [round(in_line_s(each), 3) for each in alone]
    return waits[WARM_UP : WARM_UP + COUNTED], people[WARM_UP : WARM_UP + COUNTED]


def strays(scenario: Scenario, figure: Callable[[Sequence[Passage]], float]) -> float:
    """Return the standard deviation of a figure over many replications of the rule alone."""
    days = [live_day(make_world(scenario, seed=seed)).passages for seed in OTHERS]
    return statistics.stdev(figure(day[WARM_UP : WARM_UP + COUNTED]) for day in days)


@pytest.mark.parametrize("load", [0.75, 0.9])
async def test_without_patience_the_server_makes_people_wait_as_erlang_c_says(
    load: float, postgres_servers: Servers, server_data: Path
) -> None:
    scenario = station(load)
    truth = ErlangC(load * WINDOWS / HOLD_S, HOLD_S, WINDOWS)
    waits, _ = await replication(scenario, postgres_servers, server_data)
    assert len(waits) == COUNTED
    off_s = strays(scenario, lambda day: statistics.fmean(map(in_line_s, day)))
    assert abs(statistics.fmean(waits) - truth.mean_wait_s) <= WITHIN * off_s
    off = strays(scenario, lambda day: statistics.fmean(in_line_s(each) > 0 for each in day))
    share = statistics.fmean(wait > 0 for wait in waits)
    assert abs(share - truth.p_wait) <= WITHIN * off


async def test_with_patience_people_wait_and_leave_as_erlang_a_says(
    postgres_servers: Servers, server_data: Path
) -> None:
    scenario = station(0.9, patience_s=PATIENCE_S)
    truth = ErlangA(0.9 * WINDOWS / HOLD_S, HOLD_S, WINDOWS, PATIENCE_S)
    waits, people = await replication(scenario, postgres_servers, server_data)
    assert len(waits) == COUNTED
    off_s = strays(scenario, lambda day: statistics.fmean(map(in_line_s, day)))
    assert abs(statistics.fmean(waits) - truth.mean_wait_s) <= WITHIN * off_s
    off = strays(scenario, lambda day: statistics.fmean(each.end == "left" for each in day))
    share = statistics.fmean(each.outcome == "left" for each in people)
    assert abs(share - truth.p_leave) <= WITHIN * off
