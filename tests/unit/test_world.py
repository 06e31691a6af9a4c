"""What chance decides of a day: the same by its seed, in the shares that the scenario says."""

import statistics
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_server.simulation.library import Scenario, load_scenario, scenario_of
from queue_server.simulation.model import Citizen, World
from queue_server.simulation.programs import at_programs
from queue_server.simulation.world import make_world, open_day


def scenario_with(**changes: Any) -> Scenario:
    return scenario_of(
        {
            "title": {"ar": "يوم", "en": "A day"},
            "date": "2026-11-22",
            "arrivals": {"people": 2000},
            "windows": [{"numbers": [1, 2, 3]}],
            **changes,
        }
    )


@pytest.fixture(scope="module")
def sunday() -> Scenario:
    return load_scenario("ordinary_sunday")


@pytest.fixture(scope="module")
def world(sunday: Scenario) -> World:
    return make_world(sunday)


def test_the_same_seed_and_day_make_the_same_world(sunday: Scenario, world: World) -> None:
    assert make_world(sunday) == world
    assert make_world(sunday, seed=sunday.plan.seed, day=0) == world


def test_another_seed_or_day_makes_another_world(sunday: Scenario, world: World) -> None:
    assert make_world(sunday, seed=3).citizens != world.citizens
    assert make_world(sunday, day=1).citizens != world.citizens


def test_days_follow_the_weekdays_on_which_the_hall_opens(sunday: Scenario) -> None:
    days = [open_day(sunday.plan, day).strftime("%a") for day in range(6)]
    assert days == ["Sun", "Mon", "Tue", "Wed", "Thu", "Sun"]
    with pytest.raises(ValueError, match="counted from 0"):
        make_world(sunday, day=-1)


def test_the_opening_is_a_moment_of_cairo_in_winter_and_summer(sunday: Scenario) -> None:
    assert make_world(sunday).opens_at.isoformat() == "2026-11-22T06:30:00+00:00"
    summer = sunday.changed({"date": "2026-07-05"})
    assert make_world(summer).opens_at.isoformat() == "2026-07-05T05:30:00+00:00"


def test_a_changed_share_leaves_all_other_draws_as_they_were(
    sunday: Scenario, world: World
) -> None:
    other = make_world(sunday.changed({"absences": {"share": 0.15}, "walk_s": 30}))
    assert other.miss_share == 0.15
    assert [replace(each, walk_s=0) for each in other.citizens] == [
        replace(each, walk_s=0) for each in world.citizens
    ]


def test_shares_are_those_of_the_scenario() -> None:
    people = {"age65": 0.2, "disability": 0.1, "infant": 0.05, "two_requests": 0.3, "english": 0.25}
    world = make_world(scenario_with(people=people, ways={"kiosk": 0.5, "desk": 0.3, "phone": 0.2}))
    count = len(world.citizens)

    def share(found: Callable[[Citizen], bool]) -> float:
        return sum(map(found, world.citizens)) / count

    def about(wanted: float) -> Any:
        # Four standard deviations of a share of half among two thousand.
        return pytest.approx(wanted, abs=4 * 0.5 / count**0.5)

    assert share(lambda each: each.priority == "age65") == about(0.2)
    assert share(lambda each: each.priority == "disability") == about(0.1)
    assert share(lambda each: each.priority == "infant") == about(0.05)
    assert share(lambda each: each.requests == 2) == about(0.3)
    assert share(lambda each: each.language == "en") == about(0.25)
    assert share(lambda each: each.way == "desk") == about(0.3)


@pytest.mark.parametrize("shape", ["lognormal", "exponential", "constant"])
def test_work_has_the_mean_and_the_spread_that_are_asked(shape: str) -> None:
    services = {
        "mix": {"enquiry": 1},
        "others": 0,
        "shape": shape,
        "cv": 0.6,
        "times": {"enquiry": {"mean_s": 200}},
    }
    work = [each.work_s for each in make_world(scenario_with(services=services)).citizens]
    cv = {"lognormal": 0.6, "exponential": 1.0, "constant": 0.0}[shape]
    assert statistics.fmean(work) == pytest.approx(200, abs=4 * cv * 200 / len(work) ** 0.5)
    assert statistics.pstdev(work) / 200 == pytest.approx(cv, abs=0.12)


def test_a_services_time_is_a_part_of_what_the_centre_aims_at() -> None:
    services = {"mix": {"enquiry": 1}, "others": 0, "factor": 0.5, "cv": 0}
    world = make_world(scenario_with(services=services))
    assert {each.work_s for each in world.citizens} == {0.5 * world.target_s["enquiry"]}


def test_people_spread_over_the_half_hours_as_weighed() -> None:
    arrivals = {"people": 2000, "half_hours": [3, 1, 0, 2]}
    world = make_world(scenario_with(opens="09:00:00", closes="11:00:00", arrivals=arrivals))
    halves = [int(each.at_s // 1800) for each in world.citizens]
    counts = [halves.count(place) for place in range(4)]
    assert counts[2] == 0
    for count, expected in zip(counts, (1000, 333, 0, 667), strict=True):
        assert count == pytest.approx(expected, abs=4 * expected**0.5)


def test_those_at_the_door_are_there_at_the_opening_and_bursts_come_together() -> None:
    arrivals = {
        "people": 50,
        "at_the_door": 50,
        "bursts": [{"at": "10:00:00", "people": 40, "minutes": 5}],
    }
    moments = [each.at_s for each in make_world(scenario_with(arrivals=arrivals)).citizens]
    assert moments[:50] == [0.0] * 50
    assert len(moments) == 90
    assert all(3600 <= at_s <= 3900 for at_s in moments[50:])


def test_a_weekday_has_its_own_size() -> None:
    arrivals = {"people": 2000, "weekdays": {"monday": 0.25}}
    scenario = scenario_with(arrivals=arrivals)
    assert len(make_world(scenario, day=0).citizens) == pytest.approx(2000, abs=180)
    assert len(make_world(scenario, day=1).citizens) == pytest.approx(500, abs=90)


def test_appointments_come_around_their_slots_and_some_not_at_all() -> None:
    booked = {
        "services": ["reconciliation", "collection"],
        "first": "09:30:00",
        "last": "12:30:00",
        "people": 4,
        "comes": 0.75,
    }
    world = make_world(scenario_with(arrivals={"people": 0}, appointments=[booked]))
    assert len(world.bookings) == 13 * 4
    kept = [each for each in world.bookings if each.citizen is not None]
    assert 26 <= len(kept) < 52
    people = {each.number: each for each in world.citizens}
    assert len(people) == len(kept)
    for booking in kept:
        citizen = people[booking.citizen or 0]
        assert citizen.slot_s == booking.slot_s
        assert citizen.service == booking.service
        assert abs(citizen.at_s - booking.slot_s) < 2400


def test_breaks_by_rota_take_so_many_windows_at_once() -> None:
    breaks = [{"windows": [3, 1, 2], "at": "10:00:00", "minutes": 10, "together": 2}]
    found = make_world(scenario_with(breaks=breaks)).breaks
    assert [(each.window, each.at_s) for each in found] == [(1, 3600), (3, 3600), (2, 4200)]


def test_who_comes_while_the_service_is_said_to_be_down_goes_home_by_that_share() -> None:
    fault = {"kind": "service", "services": ["enquiry"], "at": "10:00:00", "minutes": 60}
    services = {"mix": {"enquiry": 1, "collection": 1}, "others": 0}
    for share, announced, gone in ((1, True, 1.0), (0, True, 0.0), (1, False, 0.0)):
        faults = [{**fault, "goes_home": share, "announced": announced}]
        arrivals = {"people": 700}
        world = make_world(scenario_with(arrivals=arrivals, services=services, faults=faults))
        during = [each for each in world.citizens if 3600 <= each.at_s < 7200]
        wanted = [each for each in during if each.service == "enquiry"]
        assert len(wanted) > 50
        assert sum(each.goes_home for each in wanted) == gone * len(wanted)
        assert sum(each.goes_home for each in world.citizens) == gone * len(wanted)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32),
    day=st.integers(0, 400),
    name=st.sampled_from(["market_day", "ramadan", "many_no_shows"]),
)
def test_any_world_is_sound(seed: int, day: int, name: str) -> None:
    world = make_world(load_scenario(name), seed=seed, day=day)
    assert [each.number for each in world.citizens] == list(range(1, len(world.citizens) + 1))
    moments = [each.at_s for each in world.citizens]
    assert moments == sorted(moments)
    for each in world.citizens:
        assert 0 <= each.at_s < world.closes_s
        assert each.work_s > 0 < each.walk_s
        assert each.turnaround_s > 0 < each.takes_s
        assert 0 <= each.absence < 1
        assert each.service in world.queue_of


def test_a_fault_of_a_kiosk_that_is_no_program_breaks_nothing() -> None:
    faults = [{"kind": "kiosk", "kiosk": kiosk, "at": "10:00:00", "minutes": 5} for kiosk in (2, 7)]
    world = make_world(scenario_with(taking={"kiosks": 9}, faults=faults))
    run = at_programs(world, 60.0)
    assert run.kiosks == 4
    assert [fault.kiosk for fault in run.faults] == [2]
