"""The morning that chance makes for the bots: repeatable, and like a real one."""

from collections import Counter
from itertools import islice, takewhile
from statistics import mean

from queue_server.demo import chances
from queue_server.demo.chances import DAY_S, MEAN_VISIT_S, Offer, stream

WINDOWS = 8


def a_day(seed: int) -> list[float]:
    come = chances.arrivals(stream(seed, "arrivals"), windows=WINDOWS)
    return list(takewhile(lambda at: at < DAY_S, come))


def test_the_same_seed_makes_the_same_morning_and_another_another() -> None:
    assert a_day(1) == a_day(1)
    assert a_day(1) != a_day(2)
    wishes = [[chances.wishes(chance) for _ in range(50)] for chance in (stream(5, "x"),) * 2]
    assert wishes[0] != wishes[1]
    assert wishes[0] == [chances.wishes(one) for one in [stream(5, "x")] for _ in range(50)]


def test_people_stand_at_the_door_and_come_thickest_in_the_second_hour() -> None:
    days = [a_day(seed) for seed in range(20)]
    assert all(day[: chances.AT_THE_DOOR] == [0.0] * chances.AT_THE_DOOR for day in days)
    hours = Counter(int(at // 3600) for day in days for at in day[chances.AT_THE_DOOR :])
    assert hours[1] > hours[2] > hours[3] > hours[4] > hours[5]
    full = WINDOWS * 3600 / MEAN_VISIT_S
    assert 0.95 * full < hours[1] / len(days) < 1.15 * full


def test_the_windows_can_do_the_day_s_work() -> None:
    assert mean(len(a_day(seed)) for seed in range(20)) * MEAN_VISIT_S < WINDOWS * DAY_S


def test_the_next_day_begins_with_people_at_the_door_again() -> None:
    come = chances.arrivals(stream(3, "arrivals"), windows=WINDOWS)
    second = [at for at in islice(come, len(a_day(3)) + 5) if at >= DAY_S]
    assert second[0] == second[4] == DAY_S


def test_most_touch_once_and_a_sixth_claim_priority() -> None:
    chance = stream(9, "wishes")
    people = [chances.wishes(chance) for _ in range(4000)]
    assert 0.84 < mean(one.way == "kiosk" for one in people) < 0.90
    assert 0.13 < mean(one.priority != "none" for one in people) < 0.19
    assert 0.01 < mean(one.language == "en" for one in people) < 0.05
    assert 0.08 < mean(one.browses for one in people) < 0.16


def test_a_visit_takes_about_as_long_as_at_a_real_window() -> None:
    chance = stream(4, "visits")
    offers = [Offer("reconciliation", 300), Offer("enquiry", 60), Offer("site-validity", 210)]
    times = []
    for _ in range(4000):
        offer = chances.wanted_service(chance, offers)
        assert offer is not None
        times.append(chances.walk_s(chance) + chances.service_s(chance, offer.target_s))
    assert 110 < mean(times) < 210
    assert max(times) <= 300 * 4 + 45
    assert chances.wanted_service(chance, []) is None
