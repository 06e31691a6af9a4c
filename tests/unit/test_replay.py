"""A day lived again: the published bound holds whoever comes when, and who gains is told."""

import random
import time as stopwatch
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_server.tickets.comparison import compare, quantile
from queue_server.tickets.model import Priority
from queue_server.tickets.replay import Arrival, Called, Rules, Shift, Visit, rank_of, replay
from queue_server.tickets.selection import Desk, InLine, lane_for, next_for

MORNING = datetime(2026, 11, 22, 6, tzinfo=UTC)
LANES = frozenset({"plain", "priority", "accessible"})
CREDITS: dict[Priority, int] = {"none": 0, "age65": 900, "disability": 900, "infant": 600}
RULES = Rules(
    credit_s=CREDITS,
    priority_first=frozenset({"first"}),
    return_credit_s=300,
    early_grace_s=1800,
    late_grace_s=600,
)


def at(minutes: float) -> datetime:
    return MORNING + timedelta(minutes=minutes)


def came(
    number: int,
    minutes: float,
    *,
    priority: Priority = "none",
    queue: str = "U",
    held_s: float = 120,
    slot: float | None = None,
) -> Arrival:
    return Arrival(
        id=UUID(int=number),
        queue=queue,
        priority=priority,
        came_at=at(minutes),
        visits=(Visit(held_s),),
        slot=None if slot is None else at(slot),
    )


def shift(
    window: int = 2, profile: str = "unified", *, opens: float = 0, closes: float = 600
) -> Shift:
    return Shift(window, profile, frozenset({"U", "X"}), LANES, at(opens), at(closes))


def order(calls: tuple[Called, ...]) -> list[int]:
    return [call.arrival.id.int for call in calls]


def test_people_are_called_as_they_came_and_credit_moves_them_forward() -> None:
    people = [came(1, 0, held_s=300), came(2, 1), came(3, 2), came(4, 3, priority="age65")]
    assert order(replay(RULES, people, [shift()])) == [1, 4, 2, 3]
    assert order(replay(Rules(), people, [shift()])) == [1, 2, 3, 4]


def test_a_window_that_takes_priority_first_does_so_under_the_rules_that_say_so() -> None:
    people = [came(1, 0), came(2, 0.5), came(3, 40, priority="age65", held_s=10), came(4, 1)]
    people[0] = came(1, 0, held_s=45 * 60)
    first = replay(RULES, people, [shift(1, "first")])
    assert order(first) == [1, 3, 2, 4]
    assert {call.is_priority_first for call in first} == {True}
    assert order(replay(Rules(credit_s=CREDITS), people, [shift(1, "first")])) == [1, 2, 4, 3]


def test_nobody_is_called_by_a_window_that_is_closed() -> None:
    people = [came(1, 0), came(2, 0), came(3, 0)]
    calls = replay(RULES, people, [shift(opens=30, closes=33)])
    assert [(call.arrival.id.int, call.called_at) for call in calls] == [(1, at(30)), (2, at(32))]


def test_whoever_comes_back_from_a_missed_call_stands_in_line_again() -> None:
    missed = Arrival(UUID(int=1), "U", "none", at(0), (Visit(60, back_s=600), Visit(120)))
    calls = replay(RULES, [missed, came(2, 0.5), came(3, 8, held_s=1)], [shift(closes=60)])
    assert order(calls) == [1, 2, 3, 1]
    assert calls[-1].in_line_at == at(11)


def test_an_appointment_ranks_by_its_slot_within_the_grace_and_by_its_coming_after_it() -> None:
    assert rank_of(RULES, came(1, 0, slot=20), at(0)) == at(20)
    assert rank_of(RULES, came(1, 29, slot=20), at(29)) == at(20)
    assert rank_of(RULES, came(1, 31, slot=20), at(31)) == at(31)
    assert rank_of(RULES, came(1, 0, slot=40), at(0)) == at(0)


def test_the_advantages_of_one_person_are_not_added_up() -> None:
    elder = came(1, 25, slot=20, priority="age65")
    assert rank_of(RULES, elder, at(25)) == at(10)
    assert rank_of(RULES, came(1, 28, slot=20, priority="infant"), at(28)) == at(13)
    assert rank_of(RULES, elder, at(50), is_return=True) == at(35)


@st.composite
def days(draw: st.DrawFn) -> tuple[Rules, list[Arrival], list[Shift]]:
    """Any crowded day: rules, people with priorities, slots and missed calls, windows that change.

    Some need a step-free window, some are transferred or bring a paper that was missing. Few
    windows and long visits, so that lines outlast every advantage: else nobody is ever passed.
    """
    minutes = st.integers(0, 12)
    credit: dict[Priority, int] = {
        "none": 0,
        "age65": 60 * draw(minutes),
        "disability": 60 * draw(minutes),
        "infant": 60 * draw(minutes),
    }
    rules = Rules(
        credit_s=credit,
        priority_first=frozenset({"first"}),
        return_credit_s=60 * draw(minutes),
        early_grace_s=60 * draw(st.integers(0, 60)),
        late_grace_s=60 * draw(minutes),
    )
    chance = draw(st.randoms(use_true_random=False))
    people = [_somebody(chance, number) for number in range(1, draw(st.integers(2, 40)) + 1)]
    shifts = [_some_shift(chance, window) for window in range(1, draw(st.integers(1, 3)) + 1)]
    return rules, people, shifts


def _somebody(chance: random.Random, number: int) -> Arrival:
    came_at = chance.randint(0, 90)
    visits: tuple[Visit, ...] = (Visit(chance.randint(60, 600)),)
    fate = chance.random()
    if fate < 0.3:
        visits = (Visit(45, back_s=chance.randint(0, 1800)), *visits)
    elif fate < 0.5:
        queue = chance.choice(["U", "X", None])
        back_s = chance.choice([0, 600])
        visits = (Visit(90, back_s=back_s, keeps_place=True, back_queue=queue), *visits)
    priority: Priority = chance.choice(["none", "none", "age65", "disability", "infant"])
    is_booked = chance.random() < 0.4
    return Arrival(
        id=UUID(int=chance.randint(1, 5) << 64 | number),
        queue=chance.choice(["U", "U", "X"]),
        priority=priority,
        came_at=at(came_at),
        visits=visits,
        slot=at(came_at + chance.randint(-15, 45)) if is_booked else None,
        lane="accessible" if chance.random() < 0.15 else lane_for(priority),
    )


def _some_shift(chance: random.Random, window: int) -> Shift:
    opens = chance.randint(0, 60)
    return Shift(
        window,
        chance.choice(["unified", "unified", "first"]),
        chance.choice([frozenset({"U", "X"}), frozenset({"U", "X"}), frozenset({"X"})]),
        chance.choice([LANES, LANES - {"accessible"}]),
        at(opens),
        at(opens + chance.randint(1, 600)),
    )


def lane_of(arrival: Arrival) -> str:
    return arrival.lane or lane_for(arrival.priority)


def never_called(arrivals: list[Arrival], calls: tuple[Called, ...]) -> list[Arrival]:
    called = {call.arrival.id for call in calls}
    return [each for each in arrivals if each.id not in called]


@settings(max_examples=300)
@given(days())
def test_nobody_who_came_more_than_the_bound_after_you_is_called_before_you(
    day: tuple[Rules, list[Arrival], list[Shift]],
) -> None:
    """Wherever you may be called too: a window without the lane or the line that you wait in may
    pass you. Whoever is never called all day counts as well."""
    rules, people, shifts = day
    calls = replay(rules, people, shifts)
    bound = timedelta(seconds=rules.bound_s)
    windows = {each.window: each for each in shifts}
    for place, early in enumerate(calls):
        if early.is_priority_first:
            continue
        lanes = windows[early.window].lanes
        for later in calls[place + 1 :]:
            if (
                later.queue == early.queue
                and lane_of(later.arrival) in lanes
                and later.in_line_at <= early.called_at
            ):
                assert early.arrived_at <= later.counts_from + bound
        for left in never_called(people, calls):
            if left.queue == early.queue and lane_of(left) in lanes:
                counts_from = max(left.came_at, left.slot or left.came_at)
                assert early.arrived_at <= counts_from + bound


@settings(max_examples=150)
@given(days())
def test_every_call_is_the_one_that_the_rule_of_selection_makes(
    day: tuple[Rules, list[Arrival], list[Shift]],
) -> None:
    """Against the whole line instead of the heads of its lanes."""
    rules, people, shifts = day
    desks = {
        each.window: Desk(each.queues, each.lanes, each.profile in rules.priority_first)
        for each in shifts
    }
    calls = replay(rules, people, shifts)
    for place, call in enumerate(calls):
        line = [
            InLine(
                other.arrival.id, other.queue, lane_of(other.arrival), rank_in(rules, other), True
            )
            for other in calls[place:]
            if other.in_line_at <= call.called_at
        ]
        chosen = next_for(desks[call.window], line)
        assert chosen is not None
        assert chosen.id == call.arrival.id


def rank_in(rules: Rules, call: Called) -> datetime:
    """Return the rank of the line in which somebody was called: a kept place counts as before."""
    is_return = call.arrived_at != call.arrival.came_at
    return rank_of(rules, call.arrival, call.arrived_at, is_return=is_return)


def test_whoever_was_transferred_or_brought_a_paper_keeps_the_place_in_the_line_he_comes_to() -> (
    None
):
    sent = Arrival(
        UUID(int=1),
        "U",
        "none",
        at(0),
        (Visit(120, back_s=0.0, keeps_place=True, back_queue="X"), Visit(120)),
    )
    calls = replay(Rules(), [sent, came(2, 0.5, queue="X"), came(3, 1)], [shift()])
    assert order(calls) == [1, 1, 2, 3]
    assert [call.queue for call in calls] == ["U", "X", "X", "U"]
    assert calls[1].arrived_at == at(0)
    missed = Arrival(UUID(int=1), "U", "none", at(0), (Visit(120, back_s=0.0), Visit(120)))
    assert order(replay(Rules(), [missed, came(2, 0.5), came(3, 1)], [shift()])) == [1, 2, 3, 1]


@settings(max_examples=100)
@given(days())
def test_nobody_is_served_twice_at_once_and_no_window_has_two(
    day: tuple[Rules, list[Arrival], list[Shift]],
) -> None:
    rules, people, shifts = day
    calls = replay(rules, people, shifts)
    for window in {call.window for call in calls}:
        mine = [call for call in calls if call.window == window]
        for call, following in pairwise(mine):
            is_back = call.in_line_at != call.arrival.came_at
            held = call.arrival.visits[-1 if is_back else 0].held_s
            assert following.called_at >= call.called_at + timedelta(seconds=held)
    assert len(calls) <= sum(len(each.visits) for each in people)


def test_the_comparison_tells_who_gains_and_who_loses_in_each_group() -> None:
    people = [came(number, number / 10, held_s=300) for number in range(1, 13)]
    people.append(came(20, 5, priority="age65", held_s=300))
    people.append(came(21, 6, slot=5, held_s=300))
    now = replay(Rules(credit_s={"none": 0, "age65": 0}), people, [shift()])
    then = replay(Rules(credit_s={"none": 0, "age65": 1800}), people, [shift()])
    changes = {change.group: change for change in compare(people, now, then)}
    assert list(changes) == ["all", "plain", "age65", "appointment"]
    elder, plain = changes["age65"], changes["plain"]
    assert (elder.people, elder.gain, elder.lose) == (1, 1, 0)
    assert elder.largest_gain_s == 11 * 300
    assert elder.then.median_s is not None
    assert elder.now.median_s is not None
    assert elder.now.median_s - elder.then.median_s == 11 * 300
    assert (plain.people, plain.gain, plain.lose, plain.largest_loss_s) == (12, 0, 11, 300)
    assert changes["all"].people == 14


def test_rules_that_are_the_same_change_nothing() -> None:
    people = [
        came(number, number, priority="age65" if number % 3 else "none") for number in range(60)
    ]
    calls = replay(RULES, people, [shift(1, "first"), shift(2)])
    for change in compare(people, calls, calls):
        assert (change.gain, change.lose, change.largest_gain_s) == (0, 0, 0)
        assert change.now == change.then


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [([], 0.5, None), ([7], 0.9, 7), ([1, 2, 3, 4], 0.5, 2.5), (list(range(11)), 0.9, 9)],
)
def test_a_quantile_lies_between_its_neighbours(
    values: list[float], share: float, found: float | None
) -> None:
    assert quantile(values, share) == found


def test_a_day_of_1500_numbers_is_compared_in_less_than_a_second() -> None:
    chance = random.Random(7)
    priorities: tuple[Priority, ...] = (*(("none",) * 8), "age65", "infant")
    people = [
        came(
            number,
            min(chance.expovariate(1 / 90), 400),
            priority=chance.choice(priorities),
            held_s=chance.uniform(40, 240),
        )
        for number in range(1, 1501)
    ]
    shifts = [shift(1, "first"), *(shift(window) for window in range(2, 10))]
    began = stopwatch.process_time()
    now = replay(RULES, people, shifts)
    then = replay(Rules(credit_s=CREDITS), people, shifts)
    changes = compare(people, now, then)
    assert stopwatch.process_time() - began < 1.0
    assert changes[0].people == 1500
    assert len(now) == 1500
