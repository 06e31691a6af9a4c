"""Suggested moves: what helps is said, what does not is left, and the promises hold."""

from dataclasses import replace

import pytest

from queue_server.estimate.model import Situation, WindowNow
from queue_server.planning.ahead import DaySpread
from queue_server.planning.model import Floor, Move, Place, Profile, Suggestion
from queue_server.planning.moves import suggested_moves
from tests.support.known_hall import AT, LANES, arrivals, learned, situation, windows
from tests.support.lived_moves import SHAPES, Proved, prove

KNOWN = learned()
SPREAD = DaySpread(crowd=0.01)
ALL = Profile("unified", frozenset({"U"}), priority_first=False)
RARE = Profile("rare", frozenset({"X"}), priority_first=False)
FIRST = Profile("first", frozenset({"U"}), priority_first=True)


def place(number: int, state: str = "open", profile: str = "unified", **more: bool) -> Place:
    return Place(number, profile, LANES, state, **more)  # type: ignore[arg-type]


def floor(*places: Place, ends: float | None = None, may_stop: bool = False) -> Floor:
    return Floor(places, (ALL, RARE, FIRST), ends, may_stop)


def moves(hall: Situation, where: Floor, per_hour: float = 60.0) -> tuple[Suggestion, ...]:
    return suggested_moves(hall, where, KNOWN, arrivals(per_hour), spread=SPREAD)


def test_a_closed_window_beside_a_long_line_is_the_first_thing_to_open() -> None:
    hall = floor(*(place(number) for number in range(1, 5)), place(7, "closed"))
    best = moves(situation(40, 4), hall)[0]
    assert (best.move.kind, best.move.window) == ("open", 7)
    assert best.move.until is not None
    assert best.move.until % 1800 == 0
    assert best.move.until >= AT + 2700
    assert best.before.likely_s - best.after.likely_s > 300
    assert best.after.low_s < best.after.likely_s < best.after.high_s
    assert best.people == pytest.approx(40 + (best.by - AT) / 60, rel=0.15)


def test_of_windows_that_serve_alike_one_is_named() -> None:
    hall = floor(*(place(n) for n in range(1, 5)), place(7, "closed"), place(8, "closed"))
    assert [each.move.window for each in moves(situation(40, 4), hall)] == [7]


def test_a_calm_hall_is_left_alone() -> None:
    assert (
        moves(situation(3, 4), floor(*(place(n) for n in range(1, 5)), place(7, "closed")), 30)
        == ()
    )
    assert moves(situation(0, 0), floor()) == ()


def test_a_window_that_would_serve_nobody_in_line_is_not_opened() -> None:
    hall = floor(*(place(n) for n in range(1, 5)), place(7, "closed", "rare"))
    assert all(each.move.window != 7 for each in moves(situation(40, 4), hall))


def test_a_break_may_be_cut_short_and_a_prayer_may_not() -> None:
    away = replace(windows(1, first=5)[0], works_from=AT + 3000, works_until=None)
    hall = situation(40, (*windows(4), away))
    where = floor(*(place(n) for n in range(1, 5)), place(5, "paused"))
    best = moves(hall, where)[0]
    assert (best.move.kind, best.move.window) == ("resume", 5)
    resting = floor(*(place(n) for n in range(1, 5)), place(5, "paused", must_rest=True))
    assert moves(hall, resting) == ()
    soon = situation(40, (*windows(4), replace(away, works_from=AT + 200)))
    assert moves(soon, where) == ()


def test_a_window_that_comes_by_itself_soon_is_not_asked_to_open() -> None:
    where = floor(*(place(n) for n in range(1, 5)), place(7, "closed"))
    soon, late = (
        situation(40, (*windows(4), replace(windows(1, first=7)[0], works_from=AT + in_s)))
        for in_s in (200, 2400)
    )
    assert moves(soon, where) == ()
    assert moves(late, where)[0].move.window == 7


def test_a_window_without_a_line_of_its_own_is_set_to_the_one_that_waits() -> None:
    idle = WindowNow(5, frozenset({"X"}), LANES, works_until=AT + 86_400)
    hall = situation(40, (*windows(4), idle))
    where = floor(*(place(n) for n in range(1, 5)), place(5, profile="rare"))
    best = moves(hall, where)[0]
    assert (best.move.kind, best.move.window) == ("profile", 5)
    assert best.move.profile in ("unified", "first")


def test_a_change_that_only_lets_others_wait_is_not_suggested() -> None:
    hall = floor(*(place(number) for number in range(1, 5)))
    assert moves(situation(40, 4), hall) == ()


def test_a_window_that_is_about_to_close_may_be_kept_open() -> None:
    leaving = replace(windows(1, first=5)[0], works_until=AT + 600)
    hall = situation(50, (*windows(4), leaving))
    best = moves(hall, floor(*(place(n) for n in range(1, 6))))[0]
    assert (best.move.kind, best.move.window) == ("keep", 5)
    assert best.move.until is not None
    assert best.move.until > AT + 600


def test_a_window_whose_break_is_announced_is_not_asked_to_stay() -> None:
    leaving = replace(windows(1, first=5)[0], works_until=AT + 600)
    back = replace(windows(1, first=5)[0], works_from=AT + 1500, works_until=None)
    hall = situation(50, (*windows(4), leaving, back))
    said = moves(hall, floor(*(place(n) for n in range(1, 6))))
    assert all(each.move.kind != "keep" for each in said)


def test_numbers_are_to_end_where_many_would_be_left_at_the_end() -> None:
    ends = AT + 2 * 3600
    where = floor(*(place(n) for n in range(1, 5)), ends=ends, may_stop=True)
    (stop,) = moves(situation(20, 4), where, per_hour=60)
    assert stop.move.kind == "stop"
    assert stop.move.at is not None
    assert AT < stop.move.at < ends
    assert stop.before.likely_s >= 10
    assert stop.after.likely_s <= 2
    assert moves(situation(20, 4), replace(where, may_stop=False), per_hour=60) == ()


def test_at_most_three_moves_are_said_and_each_window_once() -> None:
    idle = WindowNow(5, frozenset({"X"}), LANES, works_until=AT + 86_400)
    hall = situation(60, (*windows(4), idle))
    where = floor(
        *(place(n) for n in range(1, 5)),
        place(5, profile="rare"),
        place(6, "closed"),
        place(7, "closed", "first"),
        ends=AT + 3 * 3600,
        may_stop=True,
    )
    said = moves(hall, where)
    assert 2 <= len(said) <= 3
    assert len({(each.move.window, each.move.kind) for each in said}) == len(said)
    assert said[-1].move == Move("stop", at=said[-1].move.at)


def test_promises_hold_in_simulated_halls() -> None:
    """Four halls of one centre, whose past is lived once; fifty of ten centres are in the soak."""
    told = [prove(SHAPES[0], seed) for seed in range(4002, 4014, 3)]
    proved = [each for each in told if each is not None]
    assert len(proved) >= 2
    assert sum(each.is_held for each in proved) >= len(proved) - 1


@pytest.mark.soak
def test_promises_hold_in_four_of_five_of_fifty_simulated_halls() -> None:
    proved: list[Proved] = []
    seed = 5000
    while len(proved) < 50:
        told = prove(SHAPES[seed % len(SHAPES)], seed)
        if told is not None:
            proved.append(told)
        seed += 1
    assert sum(each.is_held for each in proved) / len(proved) >= 0.8
