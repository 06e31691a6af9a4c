"""The policy's form: what goes in comes back, and every mistake is named where it was made."""

from datetime import date, time

import pytest

from queue_server.policy.body import (
    Break,
    Breaks,
    Calls,
    Capacity,
    First,
    Holiday,
    Morning,
    Numbers,
    OpeningHours,
    PolicyBody,
    Ramadan,
    Span,
    Special,
    Week,
)
from queue_server.web.admin.form import (
    PolicyFormError,
    body_of,
    entered_of,
    read_entered,
)
from queue_server.web.admin.groups import GROUPS

FULL = PolicyBody(
    first=First(profiles=("priority",)),
    numbers=Numbers(one_live_per_phone=True, capacity=(Capacity(service="enquiry", count=40),)),
    hours=OpeningHours(
        applies=True,
        decree_number="77 لسنة 2026",
        decree_date=date(2026, 1, 5),
        week=Week(sunday=Span(opens=time(8), closes=time(15))),
        ramadan=(
            Ramadan(first=date(2027, 2, 8), last=date(2027, 3, 8), opens=time(9), closes=time(14)),
        ),
        holidays=(Holiday(day=date(2027, 1, 7), name_ar="عيد الميلاد", name_en="Christmas"),),
        special=(Special(day=date(2026, 12, 6), why_ar="جرد", why_en="Stock-taking"),),
    ),
    breaks=Breaks(
        away_at_most=3,
        times=(
            Break(
                name_ar="صلاة الظهر",
                name_en="Noon prayer",
                opens=time(12),
                closes=time(12, 30),
                away_at_most=4,
            ),
        ),
    ),
    morning=Morning(opens=time(8), closes=time(10)),
)


@pytest.mark.parametrize("body", [PolicyBody(), FULL], ids=["usual", "full"])
def test_a_body_comes_back_from_its_own_form(body: PolicyBody) -> None:
    entered = entered_of(body)
    posted = {**entered.values, **{f"first.profiles.{each}": "on" for each in entered.profiles}}
    assert body_of(read_entered(posted)) == body


def test_a_body_comes_back_from_what_is_stored() -> None:
    assert PolicyBody.model_validate(FULL.model_dump(mode="json")) == FULL


def test_every_field_of_the_body_stands_in_the_form() -> None:
    named = {field.path for group in GROUPS for field in group.fields}
    rows = {
        f"{rows.path}.0.{column.path}"
        for group in GROUPS
        for rows in group.rows
        for column in rows.columns
    }
    week = {f"hours.week.{day}" for day in Week.model_fields}
    stored = set(entered_of(FULL).values) - week
    assert stored - named - rows == set()
    suggested = {
        field.path: field.suggested for group in GROUPS for field in group.fields if field.suggested
    }
    usual = entered_of(PolicyBody()).values
    assert {path: usual[path] for path in suggested} == suggested


def test_empty_rows_are_left_out_and_the_others_move_up() -> None:
    posted = {
        **entered_of(PolicyBody()).values,
        "hours.holidays.0.day": "",
        "hours.holidays.0.name_ar": " ",
        "hours.holidays.3.day": "2027-01-07",
        "hours.holidays.3.name_ar": "عيد الميلاد",
    }
    entered = read_entered(posted)
    assert entered.rows("hours.holidays") == 1
    assert body_of(entered).hours.holidays == (
        Holiday(day=date(2027, 1, 7), name_ar="عيد الميلاد"),
    )


def test_numbers_may_be_typed_in_either_digits() -> None:
    posted = {**entered_of(PolicyBody()).values, "credits.age65.minutes": " ٢٠ "}
    assert body_of(read_entered(posted)).credits.age65.minutes == 20


@pytest.mark.parametrize(
    ("fields", "field", "arabic"),
    [
        ({"credits.age65.minutes": "many"}, "credits.age65.minutes", "اكتب عددًا صحيحًا."),
        ({"credits.age65.minutes": "121"}, "credits.age65.minutes", "أكبر قيمة ١٢٠."),
        ({"credits.age65.minutes": ""}, "credits.age65.minutes", "اكتب عددًا صحيحًا."),
        ({"numbers.requests_at_most": "4"}, "numbers.requests_at_most", "أكبر قيمة ٣."),
        ({"hours.week.sunday.opens": "08:00"}, "hours.week.sunday.closes", "اكتب وقتًا مثل 09:00."),
        ({"hours.applies": "on"}, "hours", "المواعيد لا تفتح"),
        ({"morning.opens": "08:00"}, "morning", "اكتب الوقتين معًا"),
        ({"morning.opens": "10:00", "morning.closes": "09:00"}, "morning", "النهاية قبل البداية."),
        ({"hours.special.0.opens": "09:00"}, "hours.special.0.day", "املأ هذه الخانة."),
        ({"hours.holidays.0.day": "7/1"}, "hours.holidays.0.day", "اكتب تاريخًا مثل 2026-11-22."),
        (
            {"calls.no_show_after_s": "60", "calls.no_show_after_more_time_s": "30"},
            "calls",
            "انتظار من يحتاج وقتًا أطول",
        ),
        (
            {
                "numbers.capacity.0.service": "enquiry",
                "numbers.capacity.0.count": "40",
                "numbers.capacity.1.service": "enquiry",
                "numbers.capacity.1.count": "9",
            },
            "numbers",
            "الخدمة مكررة",
        ),
        (
            {"hours.special.0.day": "2026-12-06", "hours.special.1.day": "2026-12-06"},
            "hours",
            "يوم مكرر",
        ),
        ({"signs.run": "5", "signs.run_missing": "6"}, "signs", "من لم يحضروا أكثر"),
    ],
)
def test_a_mistake_is_named_at_its_field_in_arabic(
    fields: dict[str, str], field: str, arabic: str
) -> None:
    posted = {**entered_of(PolicyBody()).values, **fields}
    with pytest.raises(PolicyFormError) as told:
        body_of(read_entered(posted))
    [mistake] = told.value.mistakes
    assert mistake.field == field
    assert mistake.words.ar.startswith(arabic)


def test_what_is_no_field_of_the_policy_is_passed_over() -> None:
    posted = {**entered_of(PolicyBody()).values, "csrf": "x", "hours.week.sunday.hours": "9"}
    assert body_of(read_entered(posted)) == PolicyBody()


def test_the_most_rows_are_bounded_and_one_more_is_told_of() -> None:
    posted = {
        **entered_of(PolicyBody()).values,
        **{f"hours.holidays.{index}.day": "2027-01-07" for index in range(90)},
    }
    with pytest.raises(PolicyFormError) as told:
        body_of(read_entered(posted))
    assert [mistake.field for mistake in told.value.mistakes] == ["hours.holidays"]


def test_calls_have_the_times_that_the_hall_asks_for() -> None:
    assert (Calls().no_show_after_s, Calls().no_show_after_more_time_s) == (45, 120)
