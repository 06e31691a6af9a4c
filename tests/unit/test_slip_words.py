"""What stands on a queue slip, line by line, before it is drawn."""

from datetime import UTC, datetime
from typing import Any

import pytest

from core_services.link.citizen_frames import IssuedTicket
from core_services.link.vocabulary import Priority
from core_services.paper.missed_call import NO_RETURN_MIN, WHOLE_DAY_MIN
from core_services.paper.slip import MOST_PAPER_LINES, slip_facts, slip_parts
from core_services.paper.words import SLIP_WORDS
from queue_server.configuration import arrival_band
from tests.support.slips import KAFR_SAQR, TICKET


def parts(
    *, reprint: bool = False, qr_dots: int | None = None, **changes: Any
) -> dict[str, dict[str, Any]]:
    ticket = IssuedTicket(**(TICKET | changes))
    facts = slip_facts(ticket, KAFR_SAQR, "Africa/Cairo", reprint=reprint)
    return {part["name"]: part for part in slip_parts(facts, 576, qr_dots)}


def bare(text: str) -> str:
    """Drop the isolates, which have no ink."""
    return text.replace("\u2068", "").replace("\u2069", "")


def test_an_arabic_slip_says_the_halls_own_lines() -> None:
    slip = parts()
    turn = slip["turn"]
    assert slip["head"]["heading"] == ["محافظة الشرقية", "الوحدة المحلية لمركز ومدينة كفر صقر"]
    assert slip["head"]["centre"] == "المركز التكنولوجي لخدمة المواطنين"
    assert slip["head"]["reprint"] is None
    assert (turn["caption"], turn["number"], bare(turn["other_digits"])) == (
        "رقم دورك",
        "١٤٢",
        "142",
    )
    assert [bare(text) for text in turn["service"]] == ["الخدمة", "طلب تصالح"]
    assert turn["figures"] == [("قبلك", "١٢"), ("الانتظار المتوقع", "من ٢٠ إلى ٣٠ دقيقة")]
    assert turn["when"] == "الأحد ٢٢/١١/٢٠٢٦ ٩:١٤ ص"
    assert turn["priority"] is None
    assert slip["advice"]["papers_label"] == "جهّز"
    assert [bare(paper) for paper in slip["advice"]["papers"]] == ["أصل البطاقة وصورتها"]
    assert slip["advice"]["advice"] == [
        "تابع الشاشة واسمع النداء",
        "لو فاتك النداء كلّم الاستقبال قبل ٣٠ دقيقة",
    ]
    assert slip["free"]["free"] == "الرقم مجاني. لا تشترِ رقمًا من أحد."


def test_an_english_slip_shows_the_western_number_and_what_the_screen_will_show() -> None:
    slip = parts(language="en")
    assert slip["turn"]["number"] == "142"
    assert bare(slip["turn"]["other_digits"]) == "On the screen: ١٤٢"
    assert slip["turn"]["figures"] == [
        ("Ahead of you", "12"),
        ("Expected wait", "20 to 30 minutes"),
    ]
    assert slip["turn"]["when"] == "Sunday 22/11/2026 9:14 am"
    assert slip["head"]["heading"][0] == "Sharqia Governorate"


def test_a_number_taken_with_one_touch_has_no_service_line_and_the_usual_papers() -> None:
    slip = parts(service=None, service_ar=None, service_en=None, papers_ar=[], papers_en=[])
    assert slip["turn"]["service"] is None
    assert [bare(paper) for paper in slip["advice"]["papers"]] == ["أصل البطاقة وصورتها"]


def test_an_unknown_wait_is_not_guessed() -> None:
    assert parts(wait=None)["turn"]["figures"] == [("قبلك", "١٢")]


def test_the_first_in_line_reads_that_nobody_is_ahead() -> None:
    assert parts(position=1)["turn"]["figures"][0] == (None, "لا أحد قبلك")


@pytest.mark.parametrize(
    ("language", "line"), [("ar", ("عدد الطلبات", "٣")), ("en", ("Requests", "3"))]
)
def test_several_requests_stand_on_the_slip_and_one_does_not(
    language: str, line: tuple[str, str]
) -> None:
    slip = parts(language=language)
    several = parts(language=language, requests=3)
    assert line not in slip["turn"]["figures"]
    assert several["turn"]["figures"] == [*slip["turn"]["figures"], line]
    assert parts(language=language, requests=1) == slip


def test_a_number_given_along_the_line_says_within_which_ten_minutes() -> None:
    came = arrival_band(datetime(2026, 11, 22, 6, 13, 40, tzinfo=UTC))
    assert parts(arrival=came)["turn"]["figures"][-1] == (None, "حضور ٨:١٠–٨:٢٠")
    assert parts(arrival=came, language="en")["turn"]["figures"][-1] == (None, "Arrived 8:10–8:20")
    assert "حضور" not in str(parts()["turn"])


def test_an_unknown_place_in_line_is_left_out() -> None:
    assert parts(position=0, wait=None)["turn"]["figures"] == []


@pytest.mark.parametrize("priority", ["age65", "disability", "infant"])
def test_a_priority_is_named(priority: Priority) -> None:
    for language in ("ar", "en"):
        said = parts(priority=priority, language=language)["turn"]["priority"]
        assert said == SLIP_WORDS[language].priority[priority]


def test_a_second_print_says_so_and_keeps_its_number() -> None:
    again = parts(reprint=True)
    assert again["head"]["reprint"] == "إعادة طباعة – نفس الدور"
    assert again["turn"] == parts()["turn"]


def test_nothing_speaks_of_the_phone_without_a_public_address() -> None:
    assert parts()["advice"]["follow"] is None
    assert parts(qr_dots=145)["advice"]["follow"] == "تابع دورك من الموبايل"


def test_a_long_list_of_papers_is_cut_and_says_where_to_ask() -> None:
    papers = [f"ورقة {n}" for n in range(MOST_PAPER_LINES)]
    whole = parts(papers_ar=papers)["advice"]["papers"]
    assert [bare(paper) for paper in whole] == papers
    cut = parts(papers_ar=[*papers, "ورقة أخرى"])["advice"]["papers"]
    assert [bare(paper) for paper in cut] == [*papers[:-1], "باقي الأوراق: اسأل الاستقبال"]


def test_times_are_those_of_the_centre_in_summer_too() -> None:
    summer = parts(issued_at=datetime(2026, 7, 1, 21, 30, tzinfo=UTC))
    assert summer["turn"]["when"] == "الخميس ٢/٧/٢٠٢٦ ١٢:٣٠ ص"


def test_names_and_papers_are_isolated_so_that_latin_pieces_disturb_nothing() -> None:
    slip = parts(service_ar="رخصة ABC", papers_ar=["نموذج 8 (A)"])
    for text in (slip["turn"]["service"][1], slip["advice"]["papers"][0]):
        assert (text[0], text[-1]) == ("\u2068", "\u2069")


@pytest.mark.parametrize(
    ("minutes", "said", "english"),
    [
        (2, "كلّم الاستقبال قبل دقيقتين", "speak to reception within 2 minutes"),
        (5, "كلّم الاستقبال قبل ٥ دقائق", "speak to reception within 5 minutes"),
        (15, "كلّم الاستقبال قبل ١٥ دقيقة", "speak to reception within 15 minutes"),
        (WHOLE_DAY_MIN, "كلّم الاستقبال في نفس اليوم", "speak to reception on the same day"),
        (NO_RETURN_MIN, "خُذ رقمًا جديدًا", "take a new number"),
    ],
)
def test_who_may_miss_a_call_is_told_how_long_in_the_policys_minutes(
    minutes: int, said: str, english: str
) -> None:
    slip = parts(return_within_min=minutes)["advice"]["advice"][1]
    assert slip == f"لو فاتك النداء {said}"
    in_english = parts(language="en", return_within_min=minutes)["advice"]["advice"][1]
    assert in_english == f"If you miss your call, {english}"


def test_a_checked_in_appointment_stands_on_its_slip_and_a_missed_time_is_told() -> None:
    half_past_ten = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    kept = parts(appointment_at=half_past_ten)["turn"]["appointment"]
    assert [bare(line) for line in kept] == ["موعد ١٠:٣٠ ص"]
    late = parts(appointment_at=half_past_ten, appointment_kept=False)["turn"]["appointment"]
    assert [bare(line) for line in late] == [
        "موعد ١٠:٣٠ ص",
        "حضرت في غير وقت الموعد، ودورك من وقت حضورك",
    ]
    english = parts(language="en", appointment_at=half_past_ten)["turn"]["appointment"]
    assert [bare(line) for line in english] == ["Appointment 10:30 am"]
    assert parts()["turn"]["appointment"] == []
