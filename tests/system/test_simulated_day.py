"""A simulated day goes through the real server, and twice the same."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from queue_server.simulation.day import Person
from queue_server.simulation.library import Scenario, scenario_of
from queue_server.simulation.lived import Passage
from queue_server.simulation.pure import live_day
from tests.support.database import Servers, fresh_database
from tests.support.simulated import Lived, lived_through

MORNING: Final = {
    "title": {"ar": "ساعة", "en": "An hour"},
    "seed": 7,
    "date": "2026-11-22",
    "opens": "09:00:00",
    "closes": "09:45:00",
    "overtime_minutes": 20,
    "arrivals": {"people": 70, "at_the_door": 15},
    "services": {"factor": 0.6},
    "taking": {"kiosks": 2, "says_service": 0.4},
    "windows": [{"numbers": [1, 2, 3, 4, 5]}],
    "absences": {"share": 0.1, "returns": 0.6, "return_after_minutes": 4},
    "breaks": [{"windows": [2, 3], "at": "09:20:00", "minutes": 6}],
}
"""Nothing in it is left to the hands of people: the rule alone says the same of it."""
EVERYTHING: Final = {
    **MORNING,
    "arrivals": {"people": 45, "at_the_door": 10},
    "services": {"factor": 1.0},
    "people": {"female_clerk": 0.1, "accessible_window": 0.05, "two_requests": 0.1},
    "windows": [{"numbers": [1, 2, 3]}, {"numbers": [4, 5], "woman": True}],
    "breaks": [{"windows": [2, 5], "at": "09:20:00", "minutes": 6}],
    "patience": {"mean_minutes": 2, "tells": 0.5},
    "appointments": [
        {"services": ["reconciliation"], "first": "09:15:00", "last": "09:45:00", "people": 1}
    ],
    "faults": [
        {"kind": "printer", "at": "09:05:00", "minutes": 5, "kiosk": 1},
        {"kind": "kiosk", "at": "09:15:00", "minutes": 5, "kiosk": 2},
        {"kind": "display", "at": "09:20:00", "minutes": 10},
        {"kind": "service", "at": "09:10:00", "minutes": 30, "services": ["enquiry"]},
        {"kind": "payments", "at": "09:30:00", "minutes": 10},
        {"kind": "window", "at": "09:25:00", "minutes": 8, "windows": [1]},
    ],
}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return scenario_of(MORNING)


@pytest.fixture(scope="module")
async def lived(
    scenario: Scenario, postgres_servers: Servers, server_data: Path
) -> AsyncIterator[Lived]:
    """The morning, lived once."""
    server = await postgres_servers.server("embedded")
    async with fresh_database(server) as database:
        [found] = await lived_through(scenario, database, server_data)
        yield found


async def test_a_day_goes_by_without_a_wrong_answer(lived: Lived) -> None:
    assert lived.errors == {}
    assert len(lived.found.tickets) >= 60


async def test_a_day_agrees_number_by_number_with_the_rule_alone(lived: Lived) -> None:
    rule = live_day(lived.day.world)
    assert len(rule.passages) == len(lived.day.people)
    for person, passage in zip(lived.day.people, rule.passages, strict=True):
        assert _of_person(person) == _of_passage(passage)


async def test_events_hold_what_citizens_and_clerks_saw(lived: Lived) -> None:
    world = lived.day.world
    by_label = {each.label: each for each in lived.found.tickets}
    for person in lived.day.people:
        if person.taken_s is None or person.label is None:
            continue
        ticket = by_label.pop(person.label)
        assert ticket.issued_at == _near(world.moment(person.taken_s), ticket.issued_at)
        calls = [(act.at, act.window) for act in ticket.acts if act.event == "call"]
        assert len(calls) == len(person.calls)
        for (at, window), (called_s, called_to) in zip(calls, person.calls, strict=True):
            assert window == called_to
            assert at == _near(world.moment(called_s), at)
    assert not by_label


async def test_waits_worked_out_from_events_are_those_that_the_api_tells(lived: Lived) -> None:
    for ticket in lived.found.tickets:
        told = lived.told[ticket.label]
        calls = [each["at"] for each in told["events"] if each["event"] == "call"]
        issued_at = datetime.fromisoformat(told["issued_at"])
        wait_s = (datetime.fromisoformat(calls[0]) - issued_at).total_seconds() if calls else None
        assert wait_s == ticket.wait_s


async def test_a_day_adds_up(lived: Lived) -> None:
    figures = lived.found.figures
    ended = figures.finished + figures.no_show + figures.left + figures.lapsed
    assert figures.issued == ended
    outcomes = [person.outcome for person in lived.day.people]
    assert figures.finished == outcomes.count("finished")
    assert figures.no_show == outcomes.count("no_show")
    assert sum(each.served for each in figures.windows) == figures.finished
    assert figures.issued == figures.citizens - outcomes.count("none")


async def test_a_day_with_every_fault_is_the_same_when_it_is_lived_again(
    postgres_servers: Servers, server_data: Path
) -> None:
    scenario = scenario_of(EVERYTHING)
    server = await postgres_servers.server("embedded")
    found = []
    for _ in range(2):
        async with fresh_database(server) as database:
            [once] = await lived_through(scenario, database, server_data)
            found.append(once)
    first, second = found
    assert first.errors == {}
    assert first.facts == second.facts
    assert {each.state for each in first.found.tickets} >= {"finished", "no_show", "cancelled"}


def _near(said: datetime, found: datetime) -> datetime:
    """Return what was found where it is the same to the millisecond, else what was said."""
    return found if abs(said - found) < timedelta(milliseconds=1) else said


def _of_person(person: Person) -> tuple[object, ...]:
    return (
        _ms(person.taken_s),
        _ms(person.called_s),
        person.outcome or "lapsed",
        _ms(person.started_s),
        person.window if person.outcome == "finished" else None,
    )


def _of_passage(passage: Passage) -> tuple[object, ...]:
    return (
        _ms(passage.issued_s),
        _ms(passage.called_s),
        "none" if passage.end == "no_number" else passage.end,
        _ms(passage.started_s),
        passage.window if passage.end == "finished" else None,
    )


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
