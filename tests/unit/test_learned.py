"""What the past tells: services, windows, days, absences, pauses, leaving and arrivals."""

import random
from datetime import UTC, datetime

import pytest

from queue_server.estimate.learned import Learned
from queue_server.estimate.model import Outcome, Staffed, Visit
from queue_server.tickets.model import Priority

MORNING = datetime(2026, 11, 22, 7, tzinfo=UTC).timestamp()
DAY_S = 86_400.0


def visit(
    at: float,
    hold_s: float,
    *,
    service: str | None = "a",
    window: int = 1,
    outcome: Outcome = "finished",
    priority: Priority = "none",
    wait_s: float = 60,
    requests: int = 1,
) -> Visit:
    called = None if outcome == "left" else at + wait_s
    return Visit(
        ticket=str(at),
        queue="U",
        service=service,
        priority=priority,
        issued_at=at,
        called_at=called,
        started_at=called if outcome == "finished" else None,
        finished_at=None if called is None else called + hold_s,
        window=None if called is None else window,
        outcome=outcome,
        requests=requests,
    )


def test_an_unknown_service_takes_the_catalogues_time_and_known_ones_what_they_took() -> None:
    learned = Learned({"a": 200, "b": 600})
    assert learned.mean_hold("U", "a") == pytest.approx(200)
    assert learned.mean_hold("U", "b") == pytest.approx(600)
    assert learned.mean_hold("U", "never heard of") == pytest.approx(400)
    for number in range(200):
        learned.observe(visit(MORNING + number * 60, 400, window=number % 9))
    assert learned.mean_hold("U", "a") == pytest.approx(400, rel=0.1)


def test_a_centre_that_is_slower_than_the_catalogue_is_so_for_services_not_seen_yet_too() -> None:
    learned = Learned({"a": 200, "b": 600})
    for number in range(300):
        learned.observe(visit(MORNING + number * 60, 400, window=number % 9))
    assert learned.mean_hold("U", "b") > 900


def test_a_slow_window_is_told_from_the_others() -> None:
    chance = random.Random(4)
    learned = Learned({"a": 300})
    for number in range(600):
        window = number % 6
        hold = chance.lognormvariate(5.5, 0.6) * (2.0 if window == 5 else 1.0)
        learned.observe(visit(MORNING + number * 30, hold, window=window))
    ordinary = [learned.speed(window) for window in range(5)]
    assert learned.speed(5) > 1.5 * sum(ordinary) / 5
    assert learned.speed(77) == 1.0


def test_a_service_that_takes_twice_as_long_today_is_noticed_within_the_day() -> None:
    learned = Learned({"a": 300, "b": 300})
    for number in range(500):
        service = "ab"[number % 2]
        learned.observe(visit(MORNING + number * 30, 300, service=service, window=number % 9))
    usual = learned.mean_hold("U", "a")
    tomorrow = MORNING + DAY_S
    for number in range(80):
        hold = 600 if number % 2 == 0 else 300
        learned.observe(
            visit(tomorrow + number * 30, hold, service="ab"[number % 2], window=number % 9)
        )
    assert learned.mean_hold("U", "a") > 1.4 * usual
    assert learned.mean_hold("U", "b") < 1.25 * usual


def test_a_number_without_a_service_takes_the_mixture_of_its_queue() -> None:
    learned = Learned({"a": 100, "b": 900})
    for number in range(300):
        short = number % 3 > 0
        learned.observe(
            visit(MORNING + number * 60, 100 if short else 900, service="a" if short else "b")
        )
    holds = learned.holds("U", None)
    assert holds.mean() == pytest.approx(1100 / 3, rel=0.05)
    assert (holds < 200).mean() == pytest.approx(2 / 3, abs=0.05)


def test_holds_are_ascending_and_their_mean_is_the_mean() -> None:
    learned = Learned({"a": 200})
    chance = random.Random(1)
    for number in range(700):
        learned.observe(visit(MORNING + number * 30, chance.expovariate(1 / 250)))
    holds = learned.holds("U", "a")
    assert list(holds) == sorted(holds)
    assert len(holds) < 600
    assert holds.mean() == pytest.approx(learned.hold_times.mean("U", "a"), rel=0.02)


def test_a_number_with_several_requests_teaches_what_one_takes() -> None:
    learned = Learned({"a": 300})
    for number in range(200):
        learned.observe(visit(MORNING + number * 30, 300 * 2.5, requests=3))
    assert learned.mean_hold("U", "a") == pytest.approx(300, rel=0.05)


def test_holds_that_took_no_time_tell_no_shape() -> None:
    learned = Learned({"a": 300.0})
    for number in range(200):
        learned.observe(visit(MORNING + number * 60, 0.0))
    holds = learned.holds("U", "b")
    assert holds.min() > 0
    assert holds.mean() == pytest.approx(learned.hold_times.mean("U", "b"), rel=0.01)


def test_more_absences_than_usual_are_noticed_and_hold_the_window_shortly() -> None:
    learned = Learned()
    usual = learned.absent("plain")
    for number in range(200):
        outcome: Outcome = "no_show" if number % 4 == 0 else "finished"
        hold = 30 if outcome == "no_show" else 300
        learned.observe(visit(MORNING + number * 30, hold, outcome=outcome))
    assert usual < 0.1 < 0.18 < learned.absent("plain") < 0.27
    assert learned.absent_holds().mean() < 60
    assert learned.mean_hold("U", "a") > 280


def test_who_leaves_is_a_rate_and_nobody_leaves_until_somebody_did() -> None:
    learned = Learned()
    for number in range(100):
        learned.observe(visit(MORNING + number * 30, 300, wait_s=600))
    assert learned.leaving == 0
    for number in range(25):
        learned.observe(visit(MORNING + 3000 + number * 30, 0, outcome="left"))
    assert learned.leaving == pytest.approx(0.2 / 600, rel=0.3)
    assert learned.leaves_silently


def test_the_time_to_the_next_call_while_people_wait_is_the_windows_own() -> None:
    learned = Learned()
    at = MORNING
    for _ in range(300):
        learned.observe(visit(at - 600, 200, wait_s=600))
        at += 220
    assert 15 < learned.pauses.gaps().mean() < 21
    idle = Learned()
    for number in range(300):
        idle.observe(visit(MORNING + number * 900, 200, wait_s=0))
    assert idle.pauses.gaps().max() == 0


def test_a_window_that_usually_opens_is_expected_until_it_is_too_late() -> None:
    staffed = [
        Staffed(number, MORNING + day * DAY_S, MORNING + day * DAY_S + 18_000, frozenset("U"),
                frozenset({"plain"}))
        for day in range(5)
        for number in (1, 2)
    ]  # fmt: skip
    learned = Learned.from_history([], staffed)
    today = MORNING + 5 * DAY_S
    learned.turn_to(today - 1800)
    assert learned.pauses.expected(today - 1800) == {1: today, 2: today}
    learned.opened(1, today)
    assert set(learned.pauses.expected(today + 60)) == {2}
    assert learned.pauses.expected(today + 7200) == {}


def test_what_is_heard_late_of_a_day_that_is_over_says_nothing_of_the_next() -> None:
    staffed = [
        Staffed(1, MORNING + day * DAY_S, MORNING + day * DAY_S + 18_000, frozenset("U"),
                frozenset({"plain"}))
        for day in range(5)
    ]  # fmt: skip
    learned = Learned.from_history([], staffed)
    today = MORNING + 5 * DAY_S
    learned.turn_to(today - 1800)
    away = list(learned.pauses.away())
    learned.closed(1, today - DAY_S + 18_600)
    learned.observe(visit(today - DAY_S + 18_700, 25_000))
    assert not learned.pauses.came_today(1)
    assert learned.pauses.expected(today - 1800) == {1: today}
    learned.opened(1, today)
    assert list(learned.pauses.away()) == away, "a night is no pause"


def test_arrivals_are_expected_as_they_came_at_that_hour_of_the_wall_clock() -> None:
    learned = Learned()
    for day in range(10):
        for number in range(30):
            learned.observe(visit(MORNING + day * DAY_S + number * 60, 100))
        learned.observe(visit(MORNING + day * DAY_S + 7200, 100, priority="age65"))
    arrivals = learned.arrivals
    start = MORNING + 10 * DAY_S
    assert arrivals.expected("U", "none", start, start + 1800) == pytest.approx(30)
    assert arrivals.expected("U", "none", start, start + 600) == pytest.approx(10)
    assert arrivals.expected("U", "none", start + 1800, start + 9000) == 0
    assert arrivals.expected("U", "age65", start, start + 9000) == pytest.approx(1)
    assert sum(arrivals.table(6)) == pytest.approx(31)
    assert sum(arrivals.scaled(2).table(6)) == pytest.approx(62)
    assert arrivals.kinds == (("U", "age65"), ("U", "none"))


def test_a_day_on_which_three_times_as_many_come_is_expected_to_go_on_so() -> None:
    learned = Learned()
    for day in range(8):
        for number in range(60):
            learned.observe(visit(MORNING + day * DAY_S + number * 120, 100, priority="age65"))
    start = MORNING + 8 * DAY_S
    usual = learned.arrivals.expected("U", "age65", start + 3600, start + 7200)
    for number in range(90):
        learned.observe(visit(start + number * 40, 100, priority="age65"))
    arrivals = learned.arrivals
    assert arrivals.expected("U", "age65", start + 3600, start + 7200) > 1.8 * usual
    tomorrow = start + DAY_S
    assert arrivals.expected("U", "age65", tomorrow + 3600, tomorrow + 7200) < 1.4 * usual
    assert arrivals.today("U", "none") == 1.0


def test_the_same_history_teaches_the_same() -> None:
    chance = random.Random(9)
    visits = [
        visit(MORNING + number * 45, chance.expovariate(1 / 200), window=number % 5)
        for number in range(300)
    ]
    one, other = Learned.from_history(visits), Learned.from_history(reversed(visits))
    assert one.mean_hold("U", "a") == other.mean_hold("U", "a")
    assert list(one.holds("U", "a")) == list(other.holds("U", "a"))
    assert [one.speed(n) for n in range(5)] == [other.speed(n) for n in range(5)]


def test_what_is_known_does_not_hang_on_when_it_was_asked_for() -> None:
    chance = random.Random(6)
    priors = {"a": 200.0, "b": 300.0, "c": 400.0}
    asked_often, asked_once = Learned(priors), Learned(priors)
    kinds = [("U", service) for service in (*priors, None)]
    for number in range(200):
        service = "c" if number in (3, 7) else chance.choice("ab")
        lesson = visit(MORNING + number * 45, chance.lognormvariate(5.8, 0.6), service=service)
        for learned in (asked_often, asked_once):
            learned.observe(lesson)
        for kind in kinds:
            asked_often.holds(*kind)
        asked_often.arrivals.table(6, "U", "none")
    for kind in kinds:
        assert asked_often.holds(*kind).tolist() == asked_once.holds(*kind).tolist()
    arrivals = [each.arrivals.table(6, "U", "none") for each in (asked_often, asked_once)]
    assert arrivals[0] == arrivals[1]
