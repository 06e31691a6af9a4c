"""The dispatcher run forward on arrays calls whom `selection.next_for` calls, when it calls him."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_server.estimate.dispatch import dispatch
from queue_server.estimate.forward import newcomers_line, run_forward
from queue_server.estimate.hall import Hall
from queue_server.estimate.learned import Learned
from queue_server.estimate.lines import groups_of, overtaking_lines
from queue_server.estimate.model import (
    Booked,
    InHand,
    Newcomer,
    Situation,
    Standing,
    Visit,
    WindowNow,
)
from queue_server.estimate.situation import with_holder
from queue_server.tickets.model import Priority
from queue_server.tickets.selection import Desk, InLine, next_for

AT = datetime(2026, 11, 22, 8, tzinfo=UTC).timestamp()
CREDIT_S: dict[Priority, float] = {"none": 0, "age65": 900, "disability": 900, "infant": 600}
COMMON = frozenset({"plain", "priority"})
U = frozenset({"U"})


def taught(*, leaving: bool = False, days: int = 3) -> Learned:
    """A centre that has seen some mornings: two queues, three services, a slow window 2."""
    learned = Learned({"a": 200, "b": 400, "c": 100})
    visits = []
    for day in range(days):
        for number in range(60):
            came = AT - (days - day) * 86_400 + number * 120
            hold = (90 + 37 * (number % 11)) * (1.5 if number % 3 == 2 else 1.0)
            priorities: tuple[Priority, ...] = ("none", "none", "age65", "infant")
            left = leaving and number % 5 == 0
            visits.append(
                Visit(
                    ticket=f"{day}/{number}",
                    queue="U" if number % 2 else "X",
                    service="abc"[number % 3],
                    priority=priorities[number % 4],
                    issued_at=came,
                    called_at=None if left else came + 300,
                    started_at=None if left else came + 320,
                    finished_at=None if left else came + 300 + hold,
                    window=None if left else 1 + number % 3,
                    outcome="left" if left else "no_show" if number % 17 == 3 else "finished",
                )
            )
    for visit in visits:
        learned.observe(visit)
    for number in (1, 2, 3):
        learned.closed(number, AT - 86_400 + 600 * number)
        learned.opened(number, AT - 86_400 + 600 * number + 900)
    learned.turn_to(AT)
    return learned


LEARNED = taught()
LEAVING = taught(leaving=True)


def standing(number: int, rank_s: float, **more: object) -> Standing:
    given = {"queue": "U", "lane": "plain", "service": "a", "since": AT + rank_s, **more}
    return Standing(id=UUID(int=number), rank_at=AT + rank_s, **given)  # type: ignore[arg-type]


def window(number: int, **more: object) -> WindowNow:
    given = {"queues": U, "lanes": COMMON, **more}
    return WindowNow(number, **given)  # type: ignore[arg-type]


@dataclass
class _Person:
    ticket: InLine
    key: float
    comes: float
    leaves: float
    hold: float


def called_one_by_one(
    hall: Hall, run: int, is_last: Callable[[set[UUID]], bool]
) -> dict[UUID, float]:
    """Run one replication with the rule itself: no arrays, the same chances."""
    situation = hall.situation
    people: list[_Person] = []
    extra = 1 << 100
    for group in groups_of(hall, situation.standing):
        line = group.line(hall)
        for place, each in enumerate(group.people):
            leaves = float("inf") if line.leaves is None else float(line.leaves[place, run])
            rank = datetime.fromtimestamp(each.rank_at, UTC)
            ticket = InLine(each.id, each.queue, each.lane, rank, True, each.asks_for_woman)
            people.append(
                _Person(ticket, group.keys[place], -1.0, leaves, float(line.holds[place, run]))
            )
    for queue, lane, line in overtaking_lines(hall):
        assert line.comes is not None
        for place in range(len(line.keys)):
            comes = float(line.comes[place, run])
            key = float(np.broadcast_to(line.keys, line.holds.shape)[place, run])
            if comes < float("inf") and key < float("inf"):
                extra += 1
                rank = datetime.fromtimestamp(AT, UTC) + timedelta(seconds=key)
                ticket = InLine(UUID(int=extra), queue, lane, rank, True)
                people.append(
                    _Person(ticket, key, comes, float("inf"), float(line.holds[place, run]))
                )
    free = hall.free()[:, run].tolist()
    pauses = hall.pauses()
    due = None if pauses is None else pauses[0][:, run].tolist()
    lasting = None if pauses is None else pauses[1][:, run].tolist()
    for place in range(len(free)):
        if due is not None and lasting is not None and due[place] <= free[place] < float("inf"):
            free[place] += lasting[place]
            due[place] = float("inf")
    called: dict[UUID, float] = {}
    seen: set[UUID] = set()
    while not is_last(seen):
        now = min(free)
        if now == float("inf"):
            break
        place = free.index(now)
        at = situation.windows[place]
        desk = Desk(at.queues, at.lanes, at.priority_first, at.left_to_women)
        here = [each for each in people if each.ticket.id not in seen and each.comes <= now]
        found = next_for(desk, [each.ticket for each in here])
        if found is None:
            later = [
                each.comes
                for each in people
                if each.comes > now and next_for(desk, [each.ticket]) is not None
            ]
            free[place] = min(later, default=float("inf")) + 1e-6 * max(now, 0.0)
            continue
        person = next(each for each in here if each.ticket.id == found.id)
        seen.add(found.id)
        if person.leaves <= now:
            continue
        called[found.id] = now
        free[place] = now + person.hold * hall.speeds[place, run]
        if due is not None and lasting is not None and due[place] <= free[place]:
            free[place] += lasting[place]
            due[place] = float("inf")
        if hall.until is not None and free[place] >= hall.until[place]:
            free[place] = float("inf")
    return called


PEOPLE = st.lists(
    st.builds(
        standing,
        number=st.integers(1, 10**9),
        rank_s=st.integers(-4000, 0),
        queue=st.sampled_from(["U", "X"]),
        lane=st.sampled_from(["plain", "plain", "priority"]),
        service=st.sampled_from(["a", "b", "c", None]),
        requests=st.integers(1, 3),
        asks_for_woman=st.sampled_from([False, False, True]),
    ),
    max_size=25,
    unique_by=lambda each: each.id,
)
HANDS = st.none() | st.builds(
    InHand,
    queue=st.just("U"),
    service=st.sampled_from(["a", "b"]),
    called_at=st.integers(0, 2000).map(lambda ago: AT - ago),
    started_at=st.none(),
)
WINDOWS = st.lists(
    st.builds(
        window,
        number=st.integers(1, 9),
        queues=st.sampled_from([U, frozenset({"X"}), frozenset({"U", "X"})]),
        priority_first=st.booleans(),
        left_to_women=st.sampled_from([frozenset(), U]),
        in_hand=HANDS,
        works_from=st.none() | st.integers(-900, 1800).map(lambda later: AT + later),
        away_since=st.none() | st.integers(-9000, 60).map(lambda later: AT + later),
        works_until=st.none() | st.integers(60, 5400).map(lambda later: AT + later),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each.number,
)


BOOKED = st.lists(
    st.builds(
        Booked,
        queue=st.sampled_from(["U", "X"]),
        lane=st.sampled_from(["plain", "priority"]),
        slot=st.integers(-1200, 3600).map(lambda later: AT + later),
        comes=st.floats(0, 1),
    ),
    max_size=4,
)


@settings(max_examples=60)
@given(people=PEOPLE, windows=WINDOWS, booked=BOOKED, leaving=st.booleans())
def test_each_replication_calls_whom_the_rule_calls_and_at_the_same_moment(
    people: list[Standing], windows: list[WindowNow], booked: list[Booked], leaving: bool
) -> None:
    situation = Situation(AT, people, windows, booked, CREDIT_S)
    runs = 4
    hall = Hall(situation, LEAVING if leaving else LEARNED, runs)
    groups = groups_of(hall, people)
    lines = [group.line(hall) for group in groups]
    lines += [line for _, _, line in overtaking_lines(hall)]
    calls = dispatch(lines, hall.free(), hall.speeds, hall.until, hall.pauses())
    everybody = {each.id for group in groups for each in group.people}
    for run in range(runs):
        expected = called_one_by_one(hall, run, lambda seen: everybody <= seen)
        for group, called in zip(groups, calls.at, strict=False):
            for person, moment in zip(group.people, called[:, run].tolist(), strict=True):
                assert moment == pytest.approx(expected.get(person.id, float("inf")), abs=1e-6)


ASKED = st.lists(
    st.builds(
        Newcomer,
        queue=st.sampled_from(["U", "X", "nowhere"]),
        lane=st.sampled_from(["plain", "priority"]),
        priority=st.sampled_from(["none", "age65", "infant"]),
        service=st.sampled_from(["a", "b", None]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60)
@given(
    people=PEOPLE,
    windows=WINDOWS,
    booked=BOOKED,
    leaving=st.booleans(),
    asked=ASKED,
    depth=st.integers(1, 4),
)
def test_who_is_asked_about_is_told_what_a_run_with_him_in_line_tells_and_others_what_one_without(
    people: list[Standing],
    windows: list[WindowNow],
    booked: list[Booked],
    leaving: bool,
    asked: list[Newcomer],
    depth: int,
) -> None:
    situation = Situation(AT, people, windows, booked, CREDIT_S)
    hall = Hall(situation, LEAVING if leaving else LEARNED, 8)
    lines = [group.line(hall) for group in groups_of(hall, people)]
    lines += [line for _, _, line in overtaking_lines(hall)]
    comers = [newcomers_line(hall, each, depth) for each in asked]
    state = hall.free(), hall.speeds, hall.until, hall.pauses()
    calls = dispatch(lines, *state, asked=comers)
    alone = dispatch(lines, *state)
    for line, told, called in zip(lines, calls.at, alone.at, strict=True):
        assert not line.is_awaited or told.tolist() == called.tolist()
    for comer, told in zip(comers, calls.asked, strict=True):
        assert told.tolist() == dispatch([*lines, comer], *state).at[-1].tolist()


@settings(max_examples=60)
@given(
    people=PEOPLE,
    windows=WINDOWS,
    booked=BOOKED,
    slot_s=st.integers(-900, 900),
    credit_s=st.sampled_from([0, 900]),
    requests=st.integers(1, 3),
)
def test_who_checks_in_is_told_when_the_rule_calls_whoever_stands_in_that_place(
    people: list[Standing],
    windows: list[WindowNow],
    booked: list[Booked],
    slot_s: int,
    credit_s: int,
    requests: int,
) -> None:
    own = Booked("U", "plain", AT + slot_s, "a", comes=0.9)
    holder = standing(
        10**9 + 1,
        slot_s - credit_s,
        lane="priority" if credit_s else "plain",
        requests=requests,
        since=AT,
    )
    before = Situation(AT, people, windows, [*booked, own], CREDIT_S)
    situation = with_holder(before, holder, datetime.fromtimestamp(own.slot, UTC))
    assert sorted(each.slot for each in situation.booked) == sorted(each.slot for each in booked)
    runs = 4
    told = run_forward(situation, LEARNED, runs=runs).waits[holder.id]
    hall = Hall(situation, LEARNED, runs)
    served = {each.id for group in groups_of(hall, situation.standing) for each in group.people}
    called = [
        called_one_by_one(hall, run, lambda seen: served <= seen).get(holder.id, float("inf"))
        for run in range(runs)
    ]
    assert told.waits.tolist() == pytest.approx(sorted(max(each, 0.0) for each in called), abs=1e-6)


@settings(max_examples=60)
@given(people=PEOPLE, windows=WINDOWS, booked=BOOKED, leaving=st.booleans())
def test_whatever_the_hall_is_like_every_wait_is_a_time_or_never(
    people: list[Standing], windows: list[WindowNow], booked: list[Booked], leaving: bool
) -> None:
    situation = Situation(AT, people, windows, booked, CREDIT_S)
    asked = (Newcomer("U"), Newcomer("X", priority="infant"), Newcomer("nowhere"))
    learned = LEAVING if leaving else LEARNED
    forecast = run_forward(situation, learned, newcomers=asked, depth=2, runs=8)
    spreads = [*forecast.waits.values(), *(each for row in forecast.newcomers for each in row)]
    assert len(forecast.waits) == len(people)
    for spread in spreads:
        assert spread.waits.shape == (8,)
        assert not np.isnan(spread.waits).any()
        assert (spread.waits >= 0).all()


MORNING = [standing(number, -30 * number, service="abc"[number % 3]) for number in range(1, 61)]
NINE = [
    window(number, in_hand=InHand("U", "a", AT - 40 * number, AT - 40 * number))
    for number in range(1, 10)
]


def medians(people: list[Standing], windows: list[WindowNow], **more: object) -> list[float]:
    situation = Situation(AT, people, windows, credit_s=CREDIT_S, **more)  # type: ignore[arg-type]
    forecast = run_forward(situation, LEARNED)
    return [forecast.waits[each.id].quantile(0.5) for each in people]


def test_everybody_in_line_gets_a_wait_and_those_further_behind_a_longer_one() -> None:
    people = sorted(MORNING, key=lambda each: each.rank_at)
    waits = medians(people, NINE)
    assert waits == sorted(waits)
    assert 0 < waits[0] < 120 < waits[-1] < 3600


def test_the_same_situation_gives_the_same_forecast_and_a_second_later_hardly_another() -> None:
    now = medians(MORNING, NINE)
    assert medians(MORNING, NINE) == now
    later = run_forward(Situation(AT + 1, MORNING, NINE, credit_s=CREDIT_S), LEARNED)
    for person, wait_s in zip(MORNING, now, strict=True):
        moved_s = later.waits[person.id].quantile(0.5) - wait_s
        assert abs(moved_s) <= max(10, wait_s / 50)


def test_of_newcomers_each_stands_behind_the_one_before_and_priority_before_the_others() -> None:
    situation = Situation(AT, MORNING, NINE, credit_s=CREDIT_S)
    asked = (Newcomer("U"), Newcomer("U", priority="age65"), Newcomer("X"))
    forecast = run_forward(situation, LEARNED, newcomers=asked, depth=5)
    plain, old, elsewhere = forecast.newcomers
    for row in (plain, old):
        waits = [spread.quantile(0.5) for spread in row]
        assert waits == sorted(waits)
    assert old[0].quantile(0.5) < plain[0].quantile(0.5)
    assert plain[0].quantile(0.5) >= max(s.quantile(0.5) for s in forecast.waits.values())
    assert [spread.never for spread in elsewhere] == [1.0] * 5


def test_asking_about_newcomers_changes_nothing_for_those_in_line() -> None:
    situation = Situation(AT, MORNING, NINE, credit_s=CREDIT_S)
    alone = run_forward(situation, LEARNED).waits
    asked = run_forward(
        situation, LEARNED, newcomers=(Newcomer("U"), Newcomer("U", priority="age65")), depth=3
    ).waits
    for each in MORNING:
        assert asked[each.id].waits.tolist() == alone[each.id].waits.tolist()


def test_an_empty_hall_with_an_idle_window_lets_nobody_wait() -> None:
    situation = Situation(AT, [], [window(1)], credit_s=CREDIT_S)
    spread = run_forward(situation, LEARNED, newcomers=(Newcomer("U"),)).newcomers[0][0]
    assert (spread.quantile(0.9), spread.never) == (0.0, 0.0)


def test_without_any_window_nobody_is_ever_called() -> None:
    situation = Situation(AT, MORNING[:3], [], credit_s=CREDIT_S)
    forecast = run_forward(situation, LEARNED, newcomers=(Newcomer("U"),))
    assert {spread.never for spread in forecast.waits.values()} == {1.0}
    assert forecast.newcomers[0][0].never == 1.0


def test_a_break_that_was_announced_lengthens_the_waits() -> None:
    usual = medians(MORNING, NINE)
    at_noon = [replace(each, works_until=AT + 600) for each in NINE[:4]] + NINE[4:]
    assert sum(medians(MORNING, at_noon)) > sum(usual) * 1.2


def test_a_pause_that_was_announced_ends_when_it_was_announced_to_and_a_late_one_still_ends() -> (
    None
):
    learned = taught()
    learned.opened(1, AT - 3600)

    def wait(works_from: float) -> list[float]:
        situation = Situation(AT, [], [window(1, works_from=works_from)], credit_s=CREDIT_S)
        asked = (Newcomer("U", priority="age65"),)  # whom nobody overtakes
        (spread,) = run_forward(situation, learned, newcomers=asked).newcomers[0]
        return [spread.quantile(p) for p in (0.05, 0.95)]

    assert wait(AT + 600) == [600, 600]
    low, high = wait(AT - 120)
    assert 0 <= low < high < 3600


def test_a_service_that_lasts_longer_than_any_before_still_ends() -> None:
    endless = [window(1, in_hand=InHand("U", "a", AT - 7200, AT - 7100))]
    spread = run_forward(
        Situation(AT, [], endless, credit_s=CREDIT_S), LEARNED, newcomers=(Newcomer("U"),)
    ).newcomers[0][0]
    assert 0 < spread.quantile(0.5) < 7200
    assert spread.never == 0.0


def test_appointments_that_are_still_to_come_lengthen_the_waits() -> None:
    booked = [
        Booked("U", "plain", AT - 60 + 30 * number, comes=1.0, service="b") for number in range(8)
    ]
    behind = [replace(each, rank_at=each.rank_at + 1800) for each in MORNING[:20]]
    assert sum(medians(behind, NINE[:3], booked=booked)) > sum(medians(behind, NINE[:3]))
    nobody = [replace(each, comes=0.0) for each in booked]
    assert medians(behind, NINE[:3], booked=nobody) == pytest.approx(medians(behind, NINE[:3]))


def test_a_number_with_three_requests_takes_longer_than_one_with_one() -> None:
    several = [replace(each, requests=3) for each in MORNING]
    assert sum(medians(several, NINE)) > 1.5 * sum(medians(MORNING, NINE))


def test_who_stands_where_no_window_serves_is_never_called() -> None:
    situation = Situation(AT, MORNING[:3], [], credit_s=CREDIT_S)
    waits = run_forward(situation, LEARNED).waits
    assert [spread.never for spread in waits.values()] == [1.0, 1.0, 1.0]


def test_nobody_holds_a_window_for_no_time() -> None:
    hall = Hall(Situation(AT, [], NINE, credit_s=CREDIT_S), LEARNED, 8)
    assert hall.holds([], [], [], []).shape == (0, 8)
