"""What people at reception type is understood as they mean it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from queue_server.tickets.emergency import Noted
from queue_server.tickets.model import Centre, Service
from queue_server.web.reception.keying import draft_of, noted, number_from
from queue_server.web.reception.services import ServiceChoices, service_choices
from queue_server.web.reception.times import clock_from, moment_of

CAIRO = ZoneInfo("Africa/Cairo")
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""14:00 in Cairo."""
CENTRE = Centre(
    id=1,
    code="KFS",
    name_ar="",
    name_en="",
    unit_ar="",
    unit_en="",
    governorate_ar="",
    governorate_en="",
    short_ar="",
    short_en="",
    zone=CAIRO,
    cut_over=time(3),
    first_number=101,
    config_version=1,
)
SERVICES = service_choices(
    [
        Service("reconciliation", "U", "طلب تصالح", "Reconciliation request", 300, True),
        Service("reconciliation-copy", "U", "صورة نموذج تصالح", "Copy of a form", 300, True),
        Service("shop-new", "U", "رخصة محل جديدة", "New shop licence", 300, True),
        Service("closed", "U", "خدمة متوقفة", "Closed", 300, False),
    ]
)
LINE = {
    "day": "2026-11-22",
    "label": "ط-١٠٣",
    "arrived": "٩:٢٠",
    "service": "طلب تصالح",
    "priority": "age65",
    "outcome": "served",
    "window": "٥",
    "started": "9:40",
    "finished": "9:55",
}


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("9:20", time(9, 20)),
        ("٩:٢٠", time(9, 20)),
        ("9.20", time(9, 20)),
        ("920", time(9, 20)),
        ("٠٩٢٠", time(9, 20)),
        ("1415", time(14, 15)),
        ("14:15", time(14, 15)),
        ("2:15", time(14, 15)),
        ("٢:١٥ م", time(14, 15)),
        ("2:15 am", time(2, 15)),
        ("12:05 ص", time(0, 5)),
        ("12:05", time(12, 5)),
        ("8", time(8)),
        (" 9 20 ", time(9, 20)),
    ],
)
def test_a_time_is_read_in_any_digits_and_spelling(text: str, clock: time) -> None:
    assert clock_from(text) == clock


@pytest.mark.parametrize("text", ["", "صباحا", "25:00", "9:75", "13 م", "9:2", "12345", "-9:20"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert clock_from(text) is None


def test_a_time_before_the_cut_over_belongs_to_the_night_of_its_day() -> None:
    assert moment_of(TODAY, time(9, 20), CAIRO, time(3)) == datetime(
        2026, 11, 22, 7, 20, tzinfo=UTC
    )
    assert moment_of(TODAY, time(1, 0), CAIRO, time(3)) == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


def test_a_service_is_found_by_parts_of_its_name_however_it_is_spelt() -> None:
    assert SERVICES.like("تصالح") == ("reconciliation", "reconciliation-copy")
    assert SERVICES.like("رخصه محل") == ("shop-new",)
    assert SERVICES.like("SHOP") == ("shop-new",)
    assert SERVICES.like("لا يوجد") == ()


def test_one_service_is_meant_by_its_whole_name_or_by_words_that_only_it_has() -> None:
    assert SERVICES.one("طلب تصالح") == "reconciliation"
    assert SERVICES.one("محل") == "shop-new"
    assert SERVICES.one("تصالح") is None
    assert SERVICES.one("خدمة متوقفة") is None


@pytest.mark.parametrize("text", ["ط-١٠٣", "ط ١٠٣", "T103", "t103", "103", "١٠٣"])
def test_a_number_of_the_book_is_read_with_and_without_its_letter(text: str) -> None:
    assert number_from(text) == 103


@pytest.mark.parametrize("text", ["", "A103", "ك-١٠٣", "0", "T0103", "12345", "abc"])
def test_a_number_under_another_letter_is_none_of_the_book(text: str) -> None:
    assert number_from(text) is None


def read(**changes: str) -> Noted | tuple[str, ...]:
    draft = draft_of({**LINE, **changes})
    return noted(
        draft, centre=CENTRE, choices=SERVICES, windows=tuple(range(1, 10)), today=TODAY, at=NOW
    )


def test_a_whole_line_is_understood() -> None:
    assert read() == Noted(
        day=TODAY,
        number=103,
        arrived_at=datetime(2026, 11, 22, 7, 20, tzinfo=UTC),
        outcome="served",
        service="reconciliation",
        priority="age65",
        window=5,
        started_at=datetime(2026, 11, 22, 7, 40, tzinfo=UTC),
        finished_at=datetime(2026, 11, 22, 7, 55, tzinfo=UTC),
    )


def test_who_was_not_served_has_no_window_whatever_stands_in_its_field() -> None:
    line = read(outcome="left")
    assert isinstance(line, Noted)
    assert (line.window, line.started_at, line.finished_at) == (None, None, None)


def test_an_arrival_later_than_now_is_now() -> None:
    line = read(outcome="waiting", arrived="14:10")
    assert isinstance(line, Noted)
    assert line.arrived_at == NOW


@pytest.mark.parametrize(
    ("changes", "mistakes"),
    [
        ({"label": "A0"}, ("label",)),
        ({"label": "", "arrived": ""}, ("label", "arrived")),
        ({"day": "22/11/2026"}, ("day",)),
        ({"day": (TODAY - timedelta(days=32)).isoformat()}, ("day",)),
        ({"day": "2026-11-23"}, ("day-not-come",)),
        ({"day": "2026-11-21", "outcome": "waiting"}, ("waiting-not-today",)),
        ({"service": "تصالح"}, ("service",)),
        ({"outcome": ""}, ("outcome",)),
        ({"window": "12", "started": "", "finished": ""}, ("window", "started", "finished")),
        ({"started": "9:10"}, ("order",)),
        ({"finished": "9:39"}, ("order",)),
        ({"finished": "14:30"}, ("not-yet",)),
    ],
)
def test_every_mistake_is_named(changes: dict[str, str], mistakes: tuple[str, ...]) -> None:
    assert read(**changes) == mistakes


def test_services_that_nobody_offers_are_found_by_nothing() -> None:
    assert ServiceChoices(()).one("طلب تصالح") is None
