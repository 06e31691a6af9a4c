"""Holidays and Ramadan of a year are suggested in both languages, Hijri ones as estimates."""

from datetime import date, time

import pytest

from queue_server.policy.suggestions import suggested_holidays, suggested_ramadan


def test_a_year_has_its_national_and_its_hijri_holidays_named_in_both_languages() -> None:
    found = {each.day: each for each in suggested_holidays(2027)}
    assert found[date(2027, 1, 7)].name_ar == "عيد الميلاد المجيد"
    assert found[date(2027, 1, 7)].name_en == "Coptic Christmas Day"
    feast = found[date(2027, 3, 9)]
    assert feast.name_ar.startswith("عيد الفطر المبارك")
    assert feast.name_ar.endswith("(تقديري)")
    assert "estimated" in feast.name_en
    assert all(each.name_ar and each.name_en for each in found.values())
    assert list(found) == sorted(found)
    assert {day.year for day in found} == {2027}


@pytest.mark.parametrize(
    ("year", "spans"),
    [
        (2026, [(date(2026, 2, 18), date(2026, 3, 19))]),
        (2027, [(date(2027, 2, 8), date(2027, 3, 8))]),
        (2030, [(date(2030, 1, 5), date(2030, 2, 3)), (date(2030, 12, 26), date(2031, 1, 23))]),
    ],
)
def test_ramadan_is_suggested_from_9_to_14_until_the_eve_of_the_feast(
    year: int, spans: list[tuple[date, date]]
) -> None:
    found = suggested_ramadan(year)
    assert [(each.first, each.last) for each in found] == spans
    assert {(each.opens, each.closes) for each in found} == {(time(9), time(14))}


def test_a_year_that_the_library_does_not_know_suggests_no_ramadan_and_does_not_fail() -> None:
    assert suggested_ramadan(2300) == ()
