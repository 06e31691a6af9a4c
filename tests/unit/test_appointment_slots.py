"""Slots follow from a plan and a day, also when clocks change, nights are long or plans change."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_services.calendar import business_day
from queue_server.appointments.model import SlotPlan, SlotTerms
from queue_server.appointments.slots import days_to_book, plans_for, slots_of
from queue_server.appointments.wishes import Diary, Taken, services_to_book

CAIRO: Final = ZoneInfo("Africa/Cairo")
CUT_OVER: Final = time(3)
EVERY_DAY: Final = frozenset(range(1, 8))
SUNDAY: Final = date(2026, 11, 22)

MORNING: Final = SlotTerms(
    kind="visit",
    service=None,
    weekdays=frozenset({7, 1, 2, 3, 4}),
    opens=time(9),
    closes=time(14),
    slot_minutes=30,
    capacity=4,
    walk_in_percent=50,
    horizon_days=14,
    valid_from=date(2026, 1, 1),
    valid_to=None,
)


def plan(number: int = 1, **terms: Any) -> SlotPlan:
    return SlotPlan(UUID(int=number), replace(MORNING, **terms))


def wall(moment: datetime) -> str:
    return moment.astimezone(CAIRO).strftime("%d %H:%M")


def starts(of: SlotPlan, day: date) -> list[str]:
    return [wall(slot.starts_at) for slot in slots_of(of, day, CAIRO, CUT_OVER)]


def test_a_morning_of_half_hours_has_ten_slots_the_last_ends_at_two() -> None:
    slots = slots_of(plan(), SUNDAY, CAIRO, CUT_OVER)
    assert [wall(slot.starts_at) for slot in slots][:2] == ["22 09:00", "22 09:30"]
    assert len(slots) == 10
    assert wall(slots[-1].ends_at) == "22 14:00"
    assert {slot.bookable for slot in slots} == {2}


def test_a_slot_that_would_end_after_the_hours_is_left_out() -> None:
    assert starts(plan(slot_minutes=45), SUNDAY)[-1] == "22 12:45"


def test_friday_and_saturday_have_none() -> None:
    assert starts(plan(), date(2026, 11, 27)) == starts(plan(), date(2026, 11, 28)) == []


@pytest.mark.parametrize(
    ("capacity", "percent", "bookable"),
    [(4, 50, 2), (5, 50, 2), (1, 50, 0), (10, 0, 10), (10, 100, 0), (9, 30, 6)],
)
def test_walk_ins_keep_at_least_their_share(capacity: int, percent: int, bookable: int) -> None:
    assert plan(capacity=capacity, walk_in_percent=percent).terms.bookable == bookable


def test_a_plan_holds_from_its_first_day_to_its_last() -> None:
    of = plan(valid_from=SUNDAY, valid_to=SUNDAY + timedelta(days=1))
    days = [day for day in range(20, 27) if starts(of, date(2026, 11, day))]
    assert days == [22, 23]


def test_a_leap_day_is_a_day_like_others() -> None:
    assert len(starts(plan(weekdays=EVERY_DAY), date(2028, 2, 29))) == 10


# Egypt's clocks: forward at midnight before the last Friday of April (23 April 2026, 24:00 becomes
# 01:00), back at the end of the last Thursday of October (24:00 becomes 23:00).
def test_the_hour_that_spring_skips_has_no_slot_and_none_is_shorter() -> None:
    night = plan(weekdays=EVERY_DAY, opens=time(22), closes=time(2, 30))
    slots = slots_of(night, date(2026, 4, 23), CAIRO, CUT_OVER)
    assert [wall(slot.starts_at) for slot in slots] == [
        *("23 22:00", "23 22:30", "23 23:00", "23 23:30"),
        *("24 01:00", "24 01:30", "24 02:00"),
    ]
    assert {slot.ends_at - slot.starts_at for slot in slots} == {timedelta(minutes=30)}
    gaps = [later.starts_at - earlier.starts_at for earlier, later in itertools.pairwise(slots)]
    assert set(gaps) == {timedelta(minutes=30)}


def test_of_the_hour_that_autumn_repeats_the_first_is_meant() -> None:
    night = plan(weekdays=EVERY_DAY, opens=time(22, 30), closes=time(0, 30))
    slots = slots_of(night, date(2026, 10, 29), CAIRO, CUT_OVER)
    assert [wall(slot.starts_at) for slot in slots] == [
        *("29 22:30", "29 23:00", "29 23:30", "30 00:00"),
    ]
    assert slots[1].starts_at == datetime(2026, 10, 29, 20, 0, tzinfo=UTC)
    assert slots[3].starts_at - slots[2].starts_at == timedelta(minutes=90)


def test_the_morning_after_the_clocks_change_begins_by_the_wall() -> None:
    spring = slots_of(plan(weekdays=EVERY_DAY), date(2026, 4, 24), CAIRO, CUT_OVER)
    autumn = slots_of(plan(weekdays=EVERY_DAY), date(2026, 10, 30), CAIRO, CUT_OVER)
    assert spring[0].starts_at == datetime(2026, 4, 24, 6, 0, tzinfo=UTC)
    assert autumn[0].starts_at == datetime(2026, 10, 30, 7, 0, tzinfo=UTC)
    assert len(spring) == len(autumn) == 10


def test_a_night_of_ramadan_belongs_to_the_day_on_which_it_begins() -> None:
    night = plan(weekdays=frozenset({7}), opens=time(21), closes=time(3))
    slots = slots_of(night, SUNDAY, CAIRO, CUT_OVER)
    assert wall(slots[-1].starts_at) == "23 02:30"
    assert {business_day(slot.starts_at, CAIRO, CUT_OVER) for slot in slots} == {SUNDAY}


@given(
    day=st.dates(date(2024, 1, 1), date(2032, 12, 31)),
    opens=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    closes=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    minutes=st.integers(5, 240),
)
def test_slots_are_in_order_never_overlap_on_the_wall_and_lie_within_their_business_day(
    day: date, opens: time, closes: time, minutes: int
) -> None:
    of = plan(
        weekdays=EVERY_DAY,
        opens=opens,
        closes=closes,
        slot_minutes=minutes,
        valid_from=date(2024, 1, 1),
    )
    slots = slots_of(of, day, CAIRO, CUT_OVER)
    for earlier, later in itertools.pairwise(slots):
        assert earlier.ends_at <= later.starts_at or _skips(earlier.starts_at, later.starts_at)
    for slot in slots:
        assert business_day(slot.starts_at, CAIRO, CUT_OVER) == day
        assert slot.ends_at - slot.starts_at == timedelta(minutes=minutes)


def _skips(earlier: datetime, later: datetime) -> bool:
    """In the night of spring a slot before midnight may run into the first one after it."""
    return earlier.astimezone(CAIRO).utcoffset() != later.astimezone(CAIRO).utcoffset()


def test_days_to_book_end_at_the_horizon_and_leave_closed_days_out() -> None:
    days = list(days_to_book([plan(horizon_days=4)], SUNDAY, {date(2026, 11, 24)}))
    assert [day.day for day in days] == [22, 23, 25, 26]


def test_a_service_with_a_plan_of_its_own_is_booked_there_alone() -> None:
    common, own = plan(1), plan(2, service="reconciliation")
    files = plan(3, kind="drop_off")
    every = (common, own, files)
    assert plans_for(every, "reconciliation", is_drop_off=False) == (own,)
    assert plans_for(every, "shop-new", is_drop_off=False) == (common,)
    assert plans_for(every, None, is_drop_off=True) == (files,)
    assert services_to_book(every, ["shop-new"]) == (("shop-new",), True)
    assert services_to_book([own], ["shop-new", "reconciliation"]) == (("reconciliation",), False)


def diary(
    *taken: Taken, plans: tuple[SlotPlan, ...], closed: frozenset[date] = frozenset()
) -> Diary:
    return Diary(CAIRO, CUT_OVER, plans, closed, taken, frozenset())


AT_NINE: Final = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def free(of: Diary, at: datetime = AT_NINE, day: date = SUNDAY) -> list[tuple[str, int]]:
    offers = of.offers(None, day, is_drop_off=False, today=SUNDAY, at=at)
    return [(wall(each.slot.starts_at)[3:], each.free) for each in offers]


def test_what_has_begun_is_not_offered() -> None:
    assert free(diary(plans=(plan(),)))[0] == ("09:30", 2)
    assert free(diary(plans=(plan(),)), AT_NINE - timedelta(seconds=1))[0] == ("09:00", 2)


def test_bookings_take_their_places_and_never_more_than_there_are() -> None:
    half_past = AT_NINE + timedelta(minutes=30)
    taken = Taken(plan().id, half_past, half_past + timedelta(minutes=30), 3)
    assert free(diary(taken, plans=(plan(),)))[:2] == [("09:30", 0), ("10:00", 2)]


def test_after_a_plan_has_changed_bookings_count_in_every_slot_that_they_touch() -> None:
    quarter_past = AT_NINE + timedelta(minutes=75)
    taken = Taken(plan().id, quarter_past, quarter_past + timedelta(minutes=30), 1)
    assert free(diary(taken, plans=(plan(),)))[:4] == [
        *(("09:30", 2), ("10:00", 1), ("10:30", 1), ("11:00", 2)),
    ]


def test_of_two_plans_with_one_beginning_the_one_with_room_is_offered() -> None:
    half_past = AT_NINE + timedelta(minutes=30)
    taken = Taken(plan(1).id, half_past, half_past + timedelta(minutes=30), 2)
    found = diary(taken, plans=(plan(1), plan(2, capacity=2)))
    [offer, *_] = found.offers(None, SUNDAY, is_drop_off=False, today=SUNDAY, at=AT_NINE)
    assert (offer.slot.plan_id, offer.free) == (UUID(int=2), 1)


def test_a_closed_day_and_one_beyond_the_horizon_offer_nothing() -> None:
    assert free(diary(plans=(plan(),), closed=frozenset({SUNDAY}))) == []
    near = diary(plans=(plan(horizon_days=1),))
    assert free(near, day=SUNDAY + timedelta(days=1)) != []
    assert free(near, day=SUNDAY + timedelta(days=2)) == []
