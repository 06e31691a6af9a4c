"""A day lived through by the rule alone: everybody ends somewhere, and the order is the rule's."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_server.simulation.library import library, load_scenario, scenario_of
from queue_server.simulation.lived import LivedDay, Passage
from queue_server.simulation.model import World
from queue_server.simulation.pure import live_day, live_days
from queue_server.simulation.world import make_world
from queue_server.tickets.replay import Arrival, Rules, Shift, Visit, replay
from queue_server.tickets.selection import Desk, InLine, lane_for, next_for

DAYS = [(name, seed) for name in library() for seed in (1, 2)]


@pytest.fixture(scope="module")
def days() -> dict[tuple[str, int], LivedDay]:
    return {
        (name, seed): live_day(make_world(load_scenario(name), seed=seed)) for name, seed in DAYS
    }


def small_day(*, people: float = 300, **changes: Any) -> LivedDay:
    return live_day(small_world(people=people, **changes))


def small_world(*, people: float = 300, **changes: Any) -> World:
    values = {
        "title": {"ar": "يوم", "en": "A day"},
        "date": "2026-11-22",
        "arrivals": {"people": people},
        "windows": [{"numbers": [2, 3, 4]}],
        "absences": {"share": 0},
        **changes,
    }
    return make_world(scenario_of(values), seed=5)


def moment_of(day: LivedDay, passage: Passage, moment_s: float | None) -> float:
    assert moment_s is not None
    return day.world.opens_at.timestamp() + moment_s


@pytest.mark.parametrize("key", DAYS)
def test_everybody_ends_once_and_somewhere(
    days: dict[tuple[str, int], LivedDay], key: tuple[str, int]
) -> None:
    day = days[key]
    assert [each.citizen for each in day.passages] == list(day.world.citizens)
    calls = Counter(number for _, number, _ in day.calls)
    for each in day.passages:
        again = each.called_again_s is not None
        assert calls[each.citizen.number] == (each.called_s is not None) + again
        if each.end == "no_number":
            assert each.issued_s is None
        else:
            assert each.issued_s is not None
            assert each.ended_s is not None
            assert each.issued_s >= each.citizen.at_s
        if each.end == "finished":
            assert each.called_s is not None
            assert each.started_s is not None
            assert (each.issued_s or 0) <= each.called_s < each.started_s < (each.ended_s or 0)
        if each.end == "left":
            assert each.called_s is None


@pytest.mark.parametrize("key", DAYS)
def test_a_window_has_one_person_at_a_time_and_calls_only_while_it_is_staffed(
    days: dict[tuple[str, int], LivedDay], key: tuple[str, int]
) -> None:
    day = days[key]
    held = defaultdict(list)
    for each in day.visits:
        if each.window is not None and each.called_at is not None:
            assert each.finished_at is not None
            # A missed call of somebody who came back is a visit of its own.
            held[each.window].append((each.called_at, each.finished_at))
    assert sum(map(len, held.values())) == len(day.calls)
    for number, spans in held.items():
        spans.sort()
        for (_, ends_at), (begins_at, _) in pairwise(spans):
            assert ends_at <= begins_at
        staffed = [each for each in day.staffed if each.window == number]
        for called_at, _ in spans:
            assert any(each.opened_at <= called_at < each.closed_at for each in staffed)


@pytest.mark.parametrize("key", DAYS)
def test_each_call_is_the_one_that_the_rule_picks_among_all_who_stand(
    days: dict[tuple[str, int], LivedDay], key: tuple[str, int]
) -> None:
    day = days[key]
    world = day.world
    shifts = {shift.window: shift for shift in world.shifts}
    comes: list[tuple[float, int, Passage, float]] = []
    for each in day.passages:
        if each.issued_s is None or each.rank_s is None:
            continue
        paper_s = world.paper_s if each.citizen.way == "kiosk" else 0.0
        comes.append((each.issued_s + paper_s, each.citizen.number, each, each.rank_s))
        if each.returned_s is not None and each.return_rank_s is not None:
            comes.append((each.returned_s, each.citizen.number, each, each.return_rank_s))
    comes.sort(key=lambda come: come[:2], reverse=True)
    standing: dict[int, InLine] = {}
    for at_s, number, window in day.calls:
        while comes and comes[-1][0] <= at_s:
            _, _, passage, rank_s = comes.pop()
            citizen = passage.citizen
            standing[citizen.number] = InLine(
                UUID(int=citizen.number),
                world.queue_of[citizen.service],
                lane_for(citizen.priority, citizen.needs),
                world.moment(rank_s),
                True,
                "female_clerk" in citizen.needs,
            )
        gone = [
            each.citizen.number
            for each in day.passages
            if each.end == "left" and (each.ended_s or 0) <= at_s
        ]
        for absent in gone:
            standing.pop(absent, None)
        shift = shifts[window]
        at_work = {
            each.window
            for each in day.staffed
            if each.opened_at <= world.moment(at_s).timestamp() < each.closed_at
        }
        women = any(shifts[each].is_woman for each in at_work)
        left = shift.queues if women and not shift.is_woman else frozenset()
        desk = Desk(shift.queues, shift.lanes, shift.priority_first, left)
        picked = next_for(desk, standing.values())
        assert picked is not None
        # Who came at the same moment with the same rank is told apart by chance alone.
        assert picked.rank_at == standing[number].rank_at
        assert picked.lane == standing[number].lane
        del standing[number]


def test_the_day_is_the_one_that_the_replay_of_a_recorded_day_lives() -> None:
    world = small_world(people=500, turnaround_s=4)
    day = live_day(world)
    held = {each.number: each.walk_s + each.work_s + each.turnaround_s for each in world.citizens}
    arrivals = [
        Arrival(
            UUID(int=each.citizen.number),
            world.queue_of[each.citizen.service],
            each.citizen.priority,
            world.moment(each.issued_s + (world.paper_s if each.citizen.way == "kiosk" else 0.0)),
            (Visit(held[each.citizen.number]),),
        )
        for each in day.passages
        if each.issued_s is not None
    ]
    # A replay counts from when a number may be called; its paper is all the difference.
    world = replace(world, paper_s=0.0)
    taken = {
        arrival.id.int: (arrival.came_at - world.opens_at).total_seconds() for arrival in arrivals
    }
    shifts = [
        Shift(
            shift.window,
            shift.profile,
            shift.queues,
            shift.lanes,
            world.opens_at,
            world.opens_at + timedelta(seconds=world.ends_s),
        )
        for shift in world.shifts
    ]
    alone = tuple(
        replace(each, at_s=taken[each.number], takes_s=0.0, way="kiosk")
        for each in world.citizens
        if each.number in taken
    )
    alone = tuple(sorted(alone, key=lambda each: (each.at_s, each.number)))
    again = live_day(replace(world, citizens=alone, kiosks=99, closes_s=world.ends_s))
    told = replay(Rules(credit_s=world.credit_s), arrivals, shifts)
    assert [(world.moment(at_s), number) for at_s, number, _ in again.calls] == [
        (each.called_at, each.arrival.id.int) for each in told
    ]
    assert len(told) > 400


def test_a_break_begins_when_the_window_is_free_and_lasts_as_long_as_planned() -> None:
    breaks = [{"windows": [2, 3], "at": "10:00:00", "minutes": 12}]
    day = small_day(people=600, breaks=breaks)
    for number in (2, 3):
        spans = [each for each in day.staffed if each.window == number]
        assert len(spans) == 2
        went_s = spans[0].closed_at - day.world.opens_at.timestamp()
        assert 3600 <= went_s < 3600 + 1800
        assert spans[1].opened_at - spans[0].closed_at == pytest.approx(720)
        held_until = [
            each.finished_at
            for each in day.visits
            if each.window == number and (each.called_at or 0) < spans[0].closed_at
        ]
        assert max(held_until, key=lambda at: at or 0) == pytest.approx(spans[0].closed_at, abs=60)
    assert len([each for each in day.staffed if each.window == 4]) == 1


def test_a_clerk_who_goes_home_finishes_whom_he_has_in_hand() -> None:
    windows = [{"numbers": [2, 3]}, {"numbers": [4], "opens": "09:30:00", "closes": "11:00:00"}]
    day = small_day(people=600, windows=windows)
    calls = [at_s for at_s, _, window in day.calls if window == 4]
    assert min(calls) >= 1800
    assert max(calls) < 7200
    (span,) = [each for each in day.staffed if each.window == 4]
    assert span.closed_at >= day.world.moment(7200).timestamp()


def test_a_window_that_stands_still_is_back_when_it_works_again() -> None:
    faults = [{"kind": "window", "windows": [3], "at": "10:00:00", "minutes": 30}]
    day = small_day(people=600, faults=faults)
    spans = [each for each in day.staffed if each.window == 3]
    assert len(spans) == 2
    assert spans[1].opened_at == day.world.moment(5400).timestamp()
    assert not [at_s for at_s, _, window in day.calls if window == 3 and 3600 <= at_s < 5400]


def test_a_break_before_a_window_opens_is_none() -> None:
    windows = [{"numbers": [2, 3]}, {"numbers": [4], "opens": "10:00:00"}]
    breaks = [{"windows": [4], "at": "09:30:00", "minutes": 60}]
    (span,) = [
        each for each in small_day(windows=windows, breaks=breaks).staffed if each.window == 4
    ]
    assert span.opened_at % 3600 == 0


def test_who_stands_before_a_kiosk_that_dies_goes_to_the_next_one() -> None:
    faults = [{"kind": "kiosk", "kiosk": 1, "at": "10:00:00", "minutes": 60}]
    ways = {"kiosk": 1, "desk": 0, "phone": 0}
    arrivals = {"people": 100, "at_the_door": 100}
    taking = {"kiosks": 2, "touch_s": 100, "desk_s": 1000, "cv": 0}
    day = small_day(faults=faults, ways=ways, arrivals=arrivals, taking=taking)
    issued = [each.issued_s for each in day.passages]
    taken = [at_s for at_s in issued if at_s is not None]
    # Two kiosks for an hour, then one: of a hundred people twenty-eight are left by then.
    assert max(taken) == pytest.approx(3600 + 28 * 100, abs=100)
    assert len(taken) == 100


def test_nobody_is_called_while_the_server_is_down() -> None:
    faults = [{"kind": "server", "at": "10:00:00", "minutes": 10}]
    day = small_day(people=600, faults=faults)
    assert not [at_s for at_s, _, _ in day.calls if 3600 <= at_s < 4200]
    assert len([at_s for at_s, _, _ in day.calls if at_s == 4200]) == 3


def test_while_the_printer_is_dead_reception_gives_the_numbers_and_more_slowly() -> None:
    faults = [{"kind": "printer", "at": "10:00:00", "minutes": 30}]
    taking = {"touch_s": 8, "desk_s": 30, "cv": 0}
    ways = {"kiosk": 1, "desk": 0, "phone": 0}
    whole = small_day(people=600, taking=taking, ways=ways)
    broken = small_day(people=600, taking=taking, ways=ways, faults=faults)

    def slowest(day: LivedDay) -> float:
        return max(
            each.issued_s - each.citizen.at_s for each in day.passages if each.issued_s is not None
        )

    during = [each for each in broken.passages if 3600 <= each.citizen.at_s < 5400]
    assert slowest(whole) < 120
    assert len(during) > 40
    # Thirty seconds each, one after another, while they come for half an hour.
    assert slowest(broken) >= 30 * len(during) - 1800


def test_who_wants_what_is_down_is_told_so_in_a_moment() -> None:
    faults = [
        {
            "kind": "service",
            "services": ["enquiry"],
            "at": "10:00:00",
            "minutes": 60,
            "goes_home": 0.5,
            "turned_away_s": 30,
        }
    ]
    services = {"mix": {"enquiry": 1, "collection": 1}, "others": 0}
    day = small_day(people=400, services=services, faults=faults)
    told = [
        (each.ended_s or 0) - (each.started_s or 0)
        for each in day.passages
        if each.citizen.service == "enquiry" and 3600 <= (each.started_s or 0) < 7200
    ]
    assert len(told) > 10
    assert told == pytest.approx([30.0] * len(told))
    gone = [each for each in day.passages if each.end == "no_number"]
    assert all(3600 <= each.citizen.at_s < 7200 for each in gone)
    assert gone


def test_work_takes_longer_while_payments_are_down() -> None:
    faults = [{"kind": "payments", "at": "10:00:00", "minutes": 60, "factor": 2}]
    day = small_day(people=400, faults=faults)
    for each in day.passages:
        if each.end == "finished" and each.started_s is not None:
            factor = 2 if 3600 <= each.started_s < 7200 else 1
            held_s = (each.ended_s or 0) - each.started_s
            assert held_s == pytest.approx(factor * each.citizen.work_s)


def test_who_leaves_and_tells_is_called_by_nobody_and_who_does_not_tell_is_missed() -> None:
    patience = {"mean_minutes": 20, "tells": 0.5}
    day = small_day(people=700, patience=patience)
    ends = Counter(each.end for each in day.passages)
    assert ends["left"] > 20 < ends["no_show"]
    for each in day.passages:
        patient_s = each.citizen.patience_s or 0
        if each.end == "left":
            assert each.citizen.tells
            assert (each.ended_s or 0) - (each.issued_s or 0) == pytest.approx(max(patient_s, 3))
        if each.end == "no_show":
            assert not each.citizen.tells
            assert (each.wait_s or 0) > patient_s


def test_a_missed_call_with_a_return_is_two_visits() -> None:
    day = small_day(people=300, absences={"share": 0.3, "returns": 1, "hold_s": 50})
    back = [each for each in day.passages if each.called_again_s is not None]
    assert len(back) > 50
    visits = {each.ticket: each for each in day.visits}
    for each in back:
        ticket = f"{day.world.date}/{each.citizen.number}"
        first, second = visits[ticket], visits[f"{ticket}-back"]
        assert first.outcome == "no_show"
        assert second.outcome == "finished"
        assert (first.finished_at or 0) - (first.called_at or 0) == pytest.approx(50)
        assert second.issued_at == moment_of(day, each, each.returned_s)
        assert second.called_at == moment_of(day, each, each.called_again_s)


def test_who_is_still_there_when_the_last_window_closes_has_left_unserved() -> None:
    day = small_day(people=700, overtime_minutes=0)
    lapsed = [each for each in day.passages if each.end == "lapsed"]
    assert lapsed
    assert all(each.ended_s == day.world.ends_s for each in lapsed)
    left = [each for each in day.visits if each.outcome == "left"]
    assert len(left) == len(lapsed)
    assert all(each.called_at is None for each in left)


def test_nobody_gets_a_number_after_numbers_end() -> None:
    day = small_day(people=900, taking={"touch_s": 60}, ways={"kiosk": 1, "desk": 0, "phone": 0})
    late = [each for each in day.passages if each.end == "no_number"]
    assert len(late) > 300
    issued = [each.issued_s for each in day.passages if each.issued_s is not None]
    assert max(issued) < day.world.closes_s + 600


def test_other_credits_make_another_order_for_the_same_people() -> None:
    world = small_world(people=600)
    usual = live_day(world)
    equal = live_day(world, credit_s={})
    old = [each.citizen.number for each in usual.passages if each.citizen.priority == "age65"]

    def mean(day: LivedDay) -> float:
        waits = [day.passages[number - 1].wait_s or 0 for number in old]
        return sum(waits) / len(waits)

    assert mean(usual) < mean(equal) - 60


def test_days_in_a_row_follow_one_calendar_and_take_the_scenarios_by_turns() -> None:
    scenarios = [load_scenario("ordinary_sunday"), load_scenario("ramadan")]
    lived = list(live_days(scenarios, 6, seed=9))
    assert [day.world.date.isoformat() for day in lived] == [
        "2026-11-22",
        "2026-11-23",
        "2026-11-24",
        "2026-11-25",
        "2026-11-26",
        "2026-11-29",
    ]
    assert [day.world.name for day in lived] == ["ordinary_sunday", "ramadan"] * 3
    assert lived[0].calls == next(live_days(scenarios, 1, seed=9)).calls


@settings(max_examples=6)
@given(seed=st.integers(0, 2**32), name=st.sampled_from(library()))
def test_the_same_world_is_lived_the_same(seed: int, name: str) -> None:
    world = make_world(load_scenario(name), seed=seed)
    one, other = live_day(world), live_day(world)
    assert one.calls == other.calls
    assert one.visits == other.visits
    assert one.staffed == other.staffed
