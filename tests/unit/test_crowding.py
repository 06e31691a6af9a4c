"""A line beyond the target, a hall beyond its seats: when it is told, and when it is calm again."""

from dataclasses import replace

from queue_server.alarms.crowding import (
    Crowd,
    hall_over,
    people_in,
    wait_over,
)
from queue_server.policy.body import PolicyBody
from queue_server.tickets.model import QueueState, Wait
from tests.support.halls import a_queue
from tests.unit.test_supervisor_view import opened, seen, the_hall, with_ticket

CROWD = Crowd(people=40, seats=40, target_s=1800, waiting_over={"unified": 5})


def line(longest_s: int, *, likely_s: int = 600, waiting: int = 24, windows: int = 9) -> QueueState:
    return replace(
        a_queue(waiting=waiting),
        longest_wait_s=longest_s,
        windows_open=windows,
        wait=Wait(low_s=likely_s, likely_s=likely_s, high_s=likely_s),
    )


def test_a_wait_is_told_beyond_the_target_and_calm_a_tenth_below_it() -> None:
    assert wait_over(line(1800), CROWD, is_open=False) is None
    assert wait_over(line(1801), CROWD, is_open=False) is not None
    assert wait_over(line(1700), CROWD, is_open=False) is None
    assert wait_over(line(1700), CROWD, is_open=True) is not None
    assert wait_over(line(1620), CROWD, is_open=True) is None


def test_it_says_how_many_are_affected_and_whether_it_is_only_foreseen() -> None:
    over = wait_over(line(2000), CROWD, is_open=False)
    assert over is not None
    assert (over.reached, over.people, over.is_foreseen) == (2000, 5, False)
    foreseen = wait_over(line(300, likely_s=2700), CROWD, is_open=False)
    assert foreseen is not None
    assert (foreseen.reached, foreseen.is_foreseen) == (2700, True)


def test_each_half_of_the_target_more_is_worse() -> None:
    levels = [wait_over(line(s), CROWD, is_open=False) for s in (1801, 2699, 2700, 3600)]
    assert [each and each.level for each in levels] == [0, 0, 1, 2]


def test_a_line_that_is_empty_or_not_served_is_no_long_wait() -> None:
    assert wait_over(line(9000, waiting=0), CROWD, is_open=True) is None
    assert wait_over(line(9000, windows=0), CROWD, is_open=True) is None
    assert wait_over(line(9000), replace(CROWD, target_s=None), is_open=True) is None


def test_a_hall_is_full_beyond_its_seats_and_nobody_is_told_of_seats_that_nobody_counted() -> None:
    assert hall_over(CROWD, is_open=False) is None
    over = hall_over(replace(CROWD, people=48), is_open=False)
    assert over is not None
    assert (over.reached, over.measure, over.level) == (48, 40, 1)
    assert hall_over(replace(CROWD, people=37), is_open=True) is not None
    assert hall_over(replace(CROWD, people=36), is_open=True) is None
    assert hall_over(replace(CROWD, people=900, seats=None), is_open=True) is None


def test_whoever_is_called_is_still_in_the_hall_and_whoever_is_served_needs_no_seat() -> None:
    hall = the_hall(
        with_ticket(opened(5), "called", ago_s=20),
        with_ticket(opened(6), "serving", ago_s=20),
        waiting=24,
    )
    assert people_in(hall) == 25


def test_seats_may_be_left_out_and_are_typed_with_any_digits() -> None:
    assert PolicyBody().hall.seats is None
    assert PolicyBody.model_validate({"hall": {"seats": ""}}).hall.seats is None
    assert PolicyBody.model_validate({"hall": {"seats": "٦٠"}}).hall.seats == 60


def test_both_stand_among_the_supervisors_alarms_until_they_are_calm() -> None:
    hall = the_hall(opened(5, ago_s=5), waiting=50)
    hall = replace(hall, queues=(replace(line(2000), waiting=50),))
    now = seen(hall, crowd=replace(CROWD, people=50))
    assert {"hall-full", "wait-over"} <= {alarm.kind for alarm in now.alarms}
    findings = {alarm.finding.key: alarm.finding for alarm in now.alarms}
    assert findings["wait-over", "unified"].facts["reached"] == 2000
    assert findings["hall-full", "hall"].facts == {"waiting": 50, "reached": 50, "measure": 40}
