"""Counts by half hours become days with their hours and kinds."""

from datetime import date, time, timedelta

import pytest

from queue_server.planning.past import Past, SlotCount, kind_of_day, past_of, slots_of, span_of_day
from queue_server.tickets.opening import DaySpan, Hours, Season

SUNDAY = date(2026, 11, 22)
OPEN = DaySpan(time(8, 30), time(14))
HOURS = Hours(
    week=(OPEN, OPEN, OPEN, OPEN, None, None, OPEN),
    ramadan=(Season(date(2027, 2, 8), date(2027, 3, 9), DaySpan(time(9), time(13))),),
    holidays=frozenset({date(2026, 11, 26)}),
    special={date(2026, 11, 28): DaySpan(time(20), time(0))},
)


def rows(day: date, slots: dict[int, int]) -> list[SlotCount]:
    return [SlotCount(day, slot, "U", "none", people) for slot, people in slots.items()]


def test_a_day_has_the_hours_of_the_policy_and_nobody_is_lost() -> None:
    past = past_of(rows(SUNDAY, {16: 3, 17: 40, 20: 10, 29: 2}), HOURS, before=date(2026, 11, 23))
    (day,) = past.days
    assert (day.opens_slot, len(day.counts), day.total) == (17, 11, 55)
    assert (day.counts[0], day.counts[3], day.counts[-1]) == (43, 10, 2)


def test_without_hours_a_day_lasts_as_long_as_nearly_all_of_its_numbers() -> None:
    slots = {3: 1, 17: 60, 18: 80, 19: 0, 22: 70, 27: 50, 40: 1}
    (day,) = past_of(rows(SUNDAY, slots), None, before=date(2026, 11, 23)).days
    assert (day.opens_slot, len(day.counts)) == (17, 11)
    assert day.total == sum(slots.values())


def test_days_from_the_asked_one_on_are_left_out() -> None:
    assert past_of(rows(SUNDAY, {17: 40}), HOURS, before=SUNDAY) == Past((), {})


def test_the_mix_of_queues_and_priorities_leans_to_the_newest_days() -> None:
    old, new = SUNDAY - timedelta(days=28), SUNDAY
    told = [SlotCount(old, 17, "U", "none", 100), SlotCount(new, 17, "X", "age65", 100)]
    mix = past_of(told, HOURS, before=date(2026, 11, 23)).mix
    assert sum(mix.values()) == pytest.approx(1)
    assert mix["X", "age65"] == pytest.approx(0.8)


def test_a_closed_day_has_no_hours_and_an_evening_ends_after_midnight() -> None:
    nothing = Past((), {})
    assert span_of_day(HOURS, date(2026, 11, 27), nothing) is None
    assert span_of_day(HOURS, date(2026, 11, 26), nothing) is None
    assert span_of_day(HOURS, date(2026, 11, 28), nothing) == (40, 48)
    assert span_of_day(HOURS, date(2027, 2, 8), nothing) == (18, 26)
    assert slots_of(DaySpan(time(20, 10), time(1, 10))) == (40, 51)


def test_a_centre_without_hours_opens_when_it_did_on_that_weekday() -> None:
    past = past_of(rows(SUNDAY, {18: 50, 26: 40}), None, before=SUNDAY + timedelta(days=1))
    assert span_of_day(None, SUNDAY + timedelta(days=7), past) == (18, 27)
    assert span_of_day(None, SUNDAY + timedelta(days=6), past) is None
    assert span_of_day(None, SUNDAY, Past((), {})) == (18, 28)


def test_kinds_of_days() -> None:
    lived = [SUNDAY, SUNDAY + timedelta(days=1), SUNDAY + timedelta(days=2)]
    assert kind_of_day(SUNDAY + timedelta(days=3), HOURS, lived) == "usual"
    assert kind_of_day(SUNDAY + timedelta(days=7), HOURS, lived) == "after_closing"
    assert kind_of_day(date(2027, 2, 9), HOURS, [date(2027, 2, 8)]) == "ramadan"
    assert kind_of_day(SUNDAY + timedelta(days=7), None, lived) == "usual"
