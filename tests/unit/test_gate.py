"""Whether a number may be given: by the hours, by a person's stop, and by the predicted closing."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from queue_server.tickets.gate import (
    Gate,
    HoursToCome,
    Plan,
    gate_at,
    is_morning,
    openings_ahead,
)
from queue_server.tickets.model import QueueState, Wait
from queue_server.tickets.opening import DaySpan, Hours

CAIRO = ZoneInfo("Africa/Cairo")
HOURS = Hours(week=(DaySpan(time(8), time(15)),) * 4 + (None, None, DaySpan(time(8), time(15))))
PLAN = Plan(
    zone=CAIRO,
    cut_over=time(3),
    hours=HOURS,
    cuts_off=True,
    queue_of={"reconciliation": "U", "collection": "X"},
)
CLOSES = datetime(2026, 11, 22, 13, tzinfo=UTC)
NEXT = datetime(2026, 11, 23, 6, tzinfo=UTC)


def cairo(hour: int, minute: int = 0, *, day: int = 22) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CAIRO)


def line(code: str, likely_minutes: float | None) -> QueueState:
    wait = None
    if likely_minutes is not None:
        seconds = round(likely_minutes * 60)
        wait = Wait(low_s=0, likely_s=seconds, high_s=seconds + 600)
    return QueueState(
        code=code,
        name_ar="",
        name_en="",
        waiting=0,
        longest_wait_s=0,
        windows_open=0 if wait is None else 1,
        wait=wait,
    )


def test_without_a_policy_numbers_are_given_at_any_hour() -> None:
    plan = Plan(zone=CAIRO, cut_over=time(3))
    assert gate_at(plan, cairo(2)) == Gate("open", None, None)


def test_within_the_hours_numbers_are_given_until_closing() -> None:
    assert gate_at(PLAN, cairo(8)) == Gate("open", NEXT, CLOSES)
    assert gate_at(PLAN, cairo(15)) == Gate("closed", NEXT, None)


@pytest.mark.parametrize(
    ("holds_from", "opens_at"),
    [(23, cairo(10, day=23)), (24, cairo(8, day=23)), (22, cairo(10, day=23))],
)
def test_the_next_opening_is_told_by_the_rules_of_its_own_day(
    holds_from: int, opens_at: datetime
) -> None:
    later = Hours(week=(DaySpan(time(10), time(15)),) * 7)
    plan = replace(PLAN, to_come=HoursToCome(date(2026, 11, holds_from), later))
    assert gate_at(plan, cairo(12)) == Gate("open", opens_at.astimezone(UTC), CLOSES)
    assert gate_at(plan, cairo(16)) == Gate("closed", opens_at.astimezone(UTC), None)


def test_rules_to_come_that_set_no_hours_open_the_centre_with_their_day() -> None:
    plan = replace(PLAN, to_come=HoursToCome(date(2026, 11, 23), None))
    assert gate_at(plan, cairo(16)).opens_at == cairo(3, day=23)
    assert plan.hours_on(date(2026, 11, 22)) == HOURS
    assert plan.hours_on(date(2026, 11, 23)) is None


def test_a_day_that_rules_to_come_close_is_passed_over() -> None:
    sundays = Hours(week=(None,) * 6 + (DaySpan(time(8), time(15)),))
    plan = replace(PLAN, to_come=HoursToCome(date(2026, 11, 23), sundays))
    assert gate_at(plan, cairo(16)).opens_at == cairo(8, day=29)


def test_a_stop_holds_for_its_business_day_and_ends_by_itself() -> None:
    plan = Plan(zone=CAIRO, cut_over=time(3), hours=HOURS, stopped_on=date(2026, 11, 22))
    assert gate_at(plan, cairo(9)) == Gate("stopped", NEXT, CLOSES)
    assert gate_at(plan, cairo(9, day=23)).is_open


def test_a_stop_holds_also_where_no_hours_are_set_until_the_cut_over() -> None:
    plan = Plan(zone=CAIRO, cut_over=time(3), stopped_on=date(2026, 11, 22))
    assert gate_at(plan, cairo(2, 59, day=23)).state == "stopped"
    assert gate_at(plan, cairo(3, day=23)).is_open


@pytest.mark.parametrize(("likely", "state"), [(60.0, "open"), (61.0, "cut_off")])
def test_numbers_end_when_a_newcomer_would_be_called_after_closing(
    likely: float, state: str
) -> None:
    assert gate_at(PLAN, cairo(14), [line("U", likely)]).state == state


def test_numbers_go_on_while_some_line_is_short_enough() -> None:
    queues = [line("U", 90), line("X", 5)]
    assert gate_at(PLAN, cairo(14), queues).is_open
    assert gate_at(PLAN, cairo(14), queues, service="reconciliation").state == "cut_off"
    assert gate_at(PLAN, cairo(14), queues, service="collection").is_open


def test_nothing_is_predicted_before_a_window_opens() -> None:
    assert gate_at(PLAN, cairo(14), [line("U", None)]).is_open
    assert gate_at(PLAN, cairo(14), []).is_open


def test_a_policy_that_does_not_cut_off_predicts_nothing() -> None:
    plan = Plan(zone=CAIRO, cut_over=time(3), hours=HOURS)
    assert gate_at(plan, cairo(14), [line("U", 600)]).is_open


def test_the_morning_is_its_own_span_of_the_wall() -> None:
    plan = Plan(zone=CAIRO, cut_over=time(3), morning=DaySpan(time(8), time(10)))
    told = [is_morning(plan, cairo(*at)) for at in ((7, 59), (8, 0), (9, 59), (10, 0))]
    assert told == [False, True, True, False]
    assert not is_morning(PLAN, cairo(9))


def days_of(spans: tuple[tuple[datetime, datetime], ...]) -> list[tuple[int, int, int]]:
    """Return each opening's day, hour of opening and hour of closing, by the wall."""
    walls = [(each[0].astimezone(CAIRO), each[1].astimezone(CAIRO)) for each in spans]
    return [(opens.day, opens.hour, closes.hour) for opens, closes in walls]


def test_the_openings_of_eight_days_are_known_beforehand() -> None:
    expected = [(day, 8, 15) for day in (22, 23, 24, 25, 26, 29)]
    for hour in (4, 9, 16):
        assert days_of(openings_ahead(PLAN, "open", cairo(hour))) == expected


def test_a_stop_and_a_predicted_closing_take_the_rest_of_today_away_and_no_later_day() -> None:
    later = [(day, 8, 15) for day in (23, 24, 25, 26, 29)]
    assert days_of(openings_ahead(PLAN, "stopped", cairo(11))) == later
    assert days_of(openings_ahead(PLAN, "cut_off", cairo(11))) == later


def test_each_day_ahead_goes_by_its_own_rules() -> None:
    later = Hours(week=(DaySpan(time(10), time(14)),) * 7)
    plan = replace(PLAN, to_come=HoursToCome(date(2026, 11, 25), later))
    assert days_of(openings_ahead(plan, "open", cairo(9))) == [
        *[(day, 8, 15) for day in (22, 23, 24)],
        *[(day, 10, 14) for day in (25, 26, 27, 28, 29)],
    ]


def test_without_hours_the_days_ahead_are_one_long_opening() -> None:
    plan = Plan(zone=CAIRO, cut_over=time(3))
    ((opens_at, closes_at),) = openings_ahead(plan, "open", cairo(12))
    assert (opens_at, closes_at) == (cairo(3), cairo(3, day=30))
    ((opens_at, _),) = openings_ahead(plan, "stopped", cairo(12))
    assert opens_at == cairo(3, day=23)
