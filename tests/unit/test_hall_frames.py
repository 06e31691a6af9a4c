"""What screens and kiosks are told of a hall."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core_services.link import frames
from core_services.link.board_frames import BoardCall
from core_services.link.hall_frames import ServiceCard
from core_services.link.message_frames import BoardMessage
from core_services.link.vocabulary import WaitRange
from queue_server.live.board import (
    HallFacts,
    board_frame,
    called_frame,
    changed_frame,
    changes_between,
    hall_frame,
    hall_wait,
    withdrawn_frame,
)
from queue_server.tickets.breaks import BreakTime
from queue_server.tickets.gate import Plan
from queue_server.tickets.model import Wait
from queue_server.tickets.opening import DaySpan, Hours
from tests.support.halls import (
    DAY,
    EPOCH,
    OPENING,
    a_call,
    a_hall,
    a_morning,
    a_queue,
    a_window,
    with_call,
    without_call,
)

TAXES = ServiceCard(
    code="property-tax",
    name_ar="ضريبة عقارية",
    name_en="Property tax",
    papers_ar=["بطاقة الرقم القومي"],
    papers_en=["National ID card"],
    fee_piastres=None,
    group_ar="الضرائب",
    group_en="Taxes",
)


def test_a_board_holds_nine_windows_and_the_calls_newest_first() -> None:
    board = board_frame(a_morning(12))
    assert [window.window for window in board.windows] == list(range(1, 10))
    assert [call.label for call in board.calls] == [str(n) for n in range(112, 100, -1)]
    assert board.waiting == 24


def test_a_display_label_has_eastern_digits_and_an_arabic_series_letter() -> None:
    hall = a_hall(calls=(a_call(7, "K12"), a_call(6, "142")))
    assert [call.display_label for call in board_frame(hall).calls] == ["ك-١٢", "١٤٢"]


def test_a_calls_age_counts_from_the_servers_reading_and_the_time_since() -> None:
    hall = a_hall(calls=(a_call(9, "142", at=OPENING - timedelta(seconds=30)),), at=OPENING)
    assert board_frame(hall, elapsed_s=1.25).calls[0].age_ms == 31_250
    assert called_frame(hall.calls[0], hall).call.age_ms == 30_000


def test_a_call_recorded_after_the_reading_began_is_zero_old_and_never_younger() -> None:
    hall = a_hall(calls=(a_call(9, "142", at=OPENING + timedelta(milliseconds=3)),), at=OPENING)
    assert board_frame(hall).calls[0].age_ms == 0


def test_a_window_shows_the_label_it_has_in_hand() -> None:
    hall = replace(a_hall(), windows=(a_window(1), a_window(2, is_open=False)))
    board = board_frame(hall)
    assert [(w.window, w.state, w.label) for w in board.windows] == [
        (1, "open", None),
        (2, "closed", None),
    ]


def test_a_kiosk_is_sent_the_services_only_when_it_should_have_them() -> None:
    facts = HallFacts(services=(TAXES,))
    with_services = hall_frame(a_hall(), facts, with_services=True)
    alone = hall_frame(a_hall(), facts, with_services=False)
    assert with_services.services == [TAXES]
    assert alone.services is None
    assert alone.windows_open == alone.windows_total == 9
    assert alone.issuing


def test_a_kiosk_is_told_how_many_requests_a_number_carries() -> None:
    told = hall_frame(a_hall(), HallFacts(requests_at_most=2), with_services=False)
    assert told.requests_at_most == 2


@pytest.mark.parametrize("asks", [False, True])
def test_a_kiosk_is_told_whether_to_ask_for_the_national_id(asks: bool) -> None:
    told = hall_frame(a_hall(), HallFacts(asks_national_id=asks), with_services=False)
    assert told.asks_national_id == asks


CAIRO = ZoneInfo("Africa/Cairo")
SHUT = Plan(zone=CAIRO, cut_over=time(3), hours=Hours(week=(None,) * 7))


def test_outside_the_hours_a_kiosk_is_told_why_and_when_numbers_are_given_again() -> None:
    day = OPENING.astimezone(CAIRO).date() + timedelta(days=1)
    hours = Hours(week=(None,) * 7, special={day: DaySpan(time(8), time(15))})
    plan = replace(SHUT, hours=hours, morning=DaySpan(time(0), time(23, 59)))
    told = hall_frame(a_hall(), HallFacts(plan=plan), with_services=False)
    assert (told.issuing, told.state, told.morning) == (False, "closed", True)
    assert told.opens_at == datetime.combine(day, time(8), CAIRO)
    assert told.closed_ar.startswith("توقّف حجز الأرقام اليوم، ومن معه رقم ستُقضى خدمته. ")
    assert told.closed_ar.endswith(" الساعة ٨:٠٠ ص.")


def test_before_opening_a_kiosk_says_when_numbers_begin_today() -> None:
    later = (OPENING.astimezone(CAIRO) + timedelta(hours=1)).time()
    plan = replace(SHUT, hours=Hours(week=(DaySpan(later, time(23)),) * 7))
    told = hall_frame(a_hall(at=OPENING), HallFacts(plan=plan), with_services=False)
    assert told.closed_ar.startswith("يبدأ حجز الأرقام اليوم الساعة ")
    assert told.closed_en.startswith("Numbers are given today from ")


NOON_PRAYER = BreakTime("صلاة الظهر", "Noon prayer", DaySpan(time(0), time(23, 59)))


@pytest.mark.parametrize(
    ("working", "said"),
    [
        (0, "صلاة الظهر: نعود بعدها، ودورك محفوظ."),
        (1, "صلاة الظهر: شباك واحد يعمل، ودورك محفوظ."),
        (2, "صلاة الظهر: شباكان يعملان، ودورك محفوظ."),
        (6, "صلاة الظهر: ٦ شبابيك تعمل، ودورك محفوظ."),
        (12, "صلاة الظهر: ١٢ شباكًا يعمل، ودورك محفوظ."),
    ],
)
def test_while_windows_are_away_for_a_prayer_the_board_says_so(working: int, said: str) -> None:
    plan = replace(SHUT, hours=None, breaks=(NOON_PRAYER,))
    windows = [a_window(n, is_open=n <= working) for n in range(1, 15)]
    windows[-1] = replace(windows[-1], state="paused", reason="prayer")
    hall = replace(a_hall(), windows=tuple(windows))
    usual = BoardMessage(text_ar="خبر", text_en="News")
    first, *others = board_frame(hall, messages=[usual], plan=plan).messages
    assert first.text_ar == said
    assert first.text_en.startswith("Noon prayer: ")
    assert others == [usual]


def test_a_break_is_told_only_in_its_time_and_while_somebody_is_away_for_it() -> None:
    plan = replace(SHUT, hours=None, breaks=(NOON_PRAYER,))
    at_work = tuple(a_window(n) for n in range(1, 10))
    at_fault = (*at_work[:-1], replace(at_work[-1], state="paused", reason="fault"))
    for windows in (at_work, at_fault):
        assert board_frame(replace(a_hall(), windows=windows), plan=plan).messages == []
    away = (*at_work[:-1], replace(at_work[-1], state="paused", reason="prayer"))
    hall = replace(a_hall(), windows=away)
    over = replace(NOON_PRAYER, span=DaySpan(time(0), time(0, 1)))
    assert board_frame(hall, plan=replace(plan, breaks=(over,))).messages == []
    assert len(board_frame(hall, plan=plan).messages) == 1


def test_while_no_numbers_are_given_that_is_the_first_news_of_the_board() -> None:
    usual = (BoardMessage(text_ar="خبر", text_en="News"),)
    news, *others = board_frame(a_hall(), messages=usual, plan=SHUT).messages
    assert news.text_ar == "توقّف حجز الأرقام اليوم، ومن معه رقم ستُقضى خدمته."
    assert news.text_en == "No more numbers are given today. Whoever holds a number will be served."
    assert others == list(usual)
    opened = replace(SHUT, hours=None)
    assert board_frame(a_hall(), messages=usual, plan=opened).messages == list(usual)


def test_every_frame_made_here_is_read_back_as_the_same_frame() -> None:
    hall = a_morning(12)
    made = (
        board_frame(hall),
        hall_frame(hall, HallFacts(services=(TAXES,)), with_services=True),
        called_frame(hall.calls[0], hall),
        withdrawn_frame(hall.calls[0].id, hall),
    )
    for frame in made:
        assert frames.server_frames.validate_json(frame.model_dump_json()) == frame


def test_a_page_is_told_only_the_epoch_and_the_revision() -> None:
    assert changed_frame(a_hall(77)).model_dump() == {
        "type": "changed",
        "epoch": EPOCH,
        "revision": 77,
    }


def test_the_halls_wait_spans_every_served_queue_and_is_likeliest_in_the_fullest() -> None:
    queues = (
        a_queue("unified", waiting=30, wait=Wait(low_s=1200, likely_s=1500, high_s=2100)),
        a_queue("taxes", waiting=2, wait=Wait(low_s=0, likely_s=120, high_s=300)),
        a_queue("licences", waiting=50, wait=None),
    )
    assert hall_wait(queues) == WaitRange(low_s=0, likely_s=1500, high_s=2100)


def test_a_hall_where_no_window_serves_anything_gives_no_wait() -> None:
    assert hall_wait((a_queue(wait=None),)) is None
    assert hall_wait(()) is None


def test_the_first_call_of_the_day_is_new() -> None:
    before = a_hall(500)
    changes = changes_between(before, with_call(before, "101"))
    assert [call.label for call in changes.new] == ["101"]
    assert changes.withdrawn == ()


def test_several_new_calls_are_announced_oldest_first() -> None:
    before = a_morning(5)
    after = before
    for number in range(9):
        after = with_call(after, str(200 + number), window=number + 1)
    assert [call.label for call in changes_between(before, after).new] == [
        str(200 + number) for number in range(9)
    ]


def test_a_recall_is_a_new_call_and_withdraws_nothing() -> None:
    before = a_morning(6)
    changes = changes_between(before, with_call(before, "103", window=3))
    assert [(call.label, call.recall) for call in changes.new] == [("103", 1)]
    assert changes.withdrawn == ()


def test_a_no_show_withdraws_its_call() -> None:
    before = a_morning(6)
    changes = changes_between(before, without_call(before, "104"))
    assert changes.new == ()
    assert changes.withdrawn == (103,)


def test_a_no_show_is_withdrawn_also_when_an_older_call_takes_its_place_in_the_list() -> None:
    before = a_morning(13)
    after = without_call(before, "113")
    refilled = replace(after, calls=(*after.calls, a_call(100, "101")))
    changes = changes_between(before, refilled)
    assert changes.withdrawn == (112,)
    assert changes.new == ()


def test_a_call_pushed_off_a_full_list_is_not_withdrawn() -> None:
    before = a_morning(12)
    changes = changes_between(before, with_call(before, "113"))
    assert [call.label for call in changes.new] == ["113"]
    assert changes.withdrawn == ()


def test_a_new_business_day_withdraws_nothing_since_its_board_is_empty() -> None:
    before = a_morning(6)
    after = replace(a_hall(before.revision + 1), business_day=DAY + timedelta(days=1))
    assert changes_between(before, after).withdrawn == ()


def test_a_reading_that_changed_nothing_announces_nothing() -> None:
    hall = a_morning(12)
    changes = changes_between(hall, replace(hall, at=hall.at + timedelta(seconds=5)))
    assert changes.new == ()
    assert changes.withdrawn == ()


def test_a_display_is_told_the_language_of_a_call_and_who_cannot_see_it() -> None:
    call = replace(a_call(9, "142"), language="en", by_ear=True)
    (told,) = board_frame(a_hall(calls=(call,))).calls
    assert (told.language, told.by_ear) == ("en", True)
    older = told.model_dump(exclude={"language", "by_ear"})
    read = BoardCall.model_validate(older)
    assert (read.language, read.by_ear) == ("ar", False)


def test_a_kiosk_is_told_what_it_goes_by_when_the_line_is_cut() -> None:
    zone = ZoneInfo("Africa/Cairo")
    plan = Plan(
        zone=zone,
        cut_over=time(3),
        hours=Hours(week=(DaySpan(time(8), time(15)),) * 7),
        morning=DaySpan(time(8), time(9, 30)),
    )
    facts = HallFacts(plan=plan, return_within_min=45)
    told = hall_frame(a_hall(), facts, with_services=False)
    assert len(told.openings) == 8
    assert (told.morning_from, told.morning_until) == (time(8), time(9, 30))
    assert told.return_within_min == 45
    fire = BoardMessage(text_ar="حريق", text_en="Fire", full_screen=True)
    alarmed = hall_frame(a_hall(), replace(facts, on_kiosks=(fire,)), with_services=False)
    assert alarmed.openings == told.openings[1:], "nobody is let in today by a machine alone"
    assert hall_frame(a_hall(), HallFacts(), with_services=False).openings == []
