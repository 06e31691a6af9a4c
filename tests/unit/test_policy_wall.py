"""The sheet for the wall and the differences of versions, as people read them."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from queue_server.policy.bases import with_suggested_bases
from queue_server.policy.body import (
    Appointments,
    Capacity,
    Credit,
    Credits,
    First,
    Numbers,
    OpeningHours,
    PolicyBody,
    Returns,
    Span,
    Week,
)
from queue_server.policy.difference import changed_groups, differences
from queue_server.policy.model import WindowFacts
from queue_server.policy.preview import rules_of
from queue_server.policy.published import KeptOrder
from queue_server.policy.sentence import sentence_of
from queue_server.tickets.model import Service
from queue_server.tickets.store_order import OutOfOrder
from queue_server.web.admin.differences import difference_rows
from queue_server.web.rules.hours_text import week_words
from queue_server.web.rules.wall import kept_lines, wall
from queue_server.web.words import Words

CAIRO = ZoneInfo("Africa/Cairo")
TODAY = date(2026, 11, 22)
SPAN = Span(opens=time(8), closes=time(15))
WEEK = Week(sunday=SPAN, monday=SPAN, tuesday=SPAN, wednesday=SPAN, thursday=SPAN)
WINDOWS = (
    WindowFacts(1, "priority", frozenset({"U"}), True),
    WindowFacts(2, "unified", frozenset({"U"}), False),
)
SERVICES = {"enquiry": Service("enquiry", "U", "استعلام", "Enquiry", 60, True)}


def sheet(body: PolicyBody, language: str = "ar", *, has_appointments: bool = True) -> str:
    """Return all the sheet's words."""
    made = wall(
        body,
        sentence_of(body, WINDOWS),
        version=3,
        holds_since=datetime(2026, 11, 22, 7, 14, tzinfo=UTC),
        today=TODAY,
        zone=CAIRO,
        has_appointments=has_appointments,
    )
    lines = [line for section in made.sections for line in section.lines]
    said = [each.ar if language == "ar" else each.en for each in (*lines, made.source)]
    return "\n".join(said)


@pytest.mark.parametrize(
    ("credit", "returns", "grace", "minutes"),
    [(15, 0, 0, 15), (10, 20, 5, 20), (10, 5, 30, 30), (0, 0, 0, 0)],
)
def test_the_n_of_the_sentence_is_the_largest_advantage_and_that_of_the_replay(
    credit: int, returns: int, grace: int, minutes: int
) -> None:
    body = PolicyBody(
        credits=Credits(
            age65=Credit(minutes=credit),
            disability=Credit(minutes=0),
            infant=Credit(minutes=0),
        ),
        returns=Returns(credit_minutes=returns),
        appointments=Appointments(late_grace_minutes=grace),
    )
    assert rules_of(body).bound_s == minutes * 60
    sentence = sentence_of(body, WINDOWS)
    if minutes:
        assert f"more than {minutes} minutes after you" in sentence.en
    else:
        assert sentence.en == "First come, first served."


def test_kafr_saqrs_policy_makes_the_sentence_of_its_wall() -> None:
    sentence = sentence_of(PolicyBody(first=First(profiles=("priority",))), WINDOWS)
    assert sentence.ar == (
        "الأسبق حضورًا أولًا. شباك ١ لكبار السن (٦٥ فأكثر) وذوي الإعاقة أولًا. "
        "وفي باقي الشبابيك لا يتقدّم عليك من حضر بعدك بأكثر من ١٥ دقيقة."
    )


def test_the_week_is_said_in_as_few_lines_as_it_has_kinds_of_days() -> None:
    assert [each.ar for each in week_words(OpeningHours(week=WEEK))] == [
        "السبت: مغلق",
        "من الأحد إلى الخميس: من ٨:٠٠ ص إلى ٣:٠٠ م",
        "الجمعة: مغلق",
    ]


def test_the_sheet_names_priorities_with_their_basis_in_both_languages() -> None:
    body = PolicyBody(credits=with_suggested_bases(Credits()))
    assert (
        "٦٥ سنة فأكثر: يتقدّم دوره ١٥ دقيقة (قانون رعاية حقوق المسنين رقم ١٩ لسنة ٢٠٢٤)."
        in sheet(body)
    )
    assert (
        "People aged 65 and over: counted as if they had come 15 minutes earlier "
        "(Law 19 of 2024 on the rights of the elderly)." in sheet(body, "en")
    )


def test_no_law_stands_on_the_sheet_that_the_centre_did_not_write() -> None:
    assert "قانون" not in sheet(PolicyBody())
    assert "ذوو الهمم (إعاقة): يتقدّم دوره ١٥ دقيقة." in sheet(PolicyBody())
    own = Credits(disability=Credit(minutes=20, basis_ar="قرار", basis_en="Decree"))
    kept = with_suggested_bases(own).disability
    assert (kept.minutes, kept.basis_ar, kept.basis_en) == (20, "قرار", "Decree")


def test_the_sheet_says_who_is_first_at_a_priority_window_and_who_waits_for_one_window() -> None:
    first = PolicyBody(first=First(profiles=("priority",)))
    assert "شباك الأولوية ينادي أولًا كل من له أولوية: ٦٥ سنة فأكثر، وذوو الهمم، والحامل" in sheet(
        first
    )
    assert "شباك الأولوية" not in sheet(PolicyBody())
    for body in (first, PolicyBody()):
        assert "وقد تنادي الشبابيك الأخرى غيره قبله." in sheet(body)
        assert "others may be called before him elsewhere." in sheet(body, "en")


@pytest.mark.parametrize(
    ("today", "seven_days", "arabic", "english"),
    [
        (
            OutOfOrder(0, 0),
            OutOfOrder(0, 0),
            "لم يُنادَ أحد خارج الدور اليوم ولا في آخر سبعة أيام.",
            "Nobody was called out of order today or in the last seven days.",
        ),
        (
            OutOfOrder(3, 0),
            OutOfOrder(9, 0),
            "مرات النداء خارج الدور، ولكل منها سبب مُسجّل: اليوم ٣، وفي آخر سبعة أيام ٩.",
            "Calls out of order, each with its reason on record: 3 today, 9 in the last seven "
            "days.",
        ),
    ],
)
def test_calls_out_of_order_are_told_to_citizens(
    today: OutOfOrder, seven_days: OutOfOrder, arabic: str, english: str
) -> None:
    [said] = kept_lines(KeptOrder(today, seven_days))
    assert (said.ar, said.en) == (arabic, english)


def test_whoever_was_served_without_waiting_is_told_of_beside_them() -> None:
    [_, said] = kept_lines(KeptOrder(OutOfOrder(0, 1), OutOfOrder(0, 4)))
    assert said.ar == "من خُدم عند الشباك مباشرةً دون انتظار في الدور: اليوم ١، وفي آخر سبعة أيام ٤."


def test_numbers_that_came_late_are_told_of_as_out_of_the_rule() -> None:
    [_, said] = kept_lines(
        KeptOrder(OutOfOrder(0, 0), OutOfOrder(0, 0), late_today=3, late_seven_days=12)
    )
    assert said.ar == (
        "أرقام وصلت متأخرة من جهاز كان اتصاله مقطوعًا، ولا تدخل في هذه القاعدة: اليوم ٣، وفي آخر "
        "سبعة أيام ١٢."
    )
    assert said.en.endswith(
        "to which this rule does not apply: 3 today, 12 in the last seven days."
    )


def test_booked_slots_are_told_of_only_where_there_are_any() -> None:
    assert "صاحب الموعد المحجوز" in sheet(PolicyBody())
    assert "صاحب الموعد المحجوز" not in sheet(PolicyBody(), has_appointments=False)


def test_a_missed_call_is_told_of_as_on_the_slip() -> None:
    assert "لو فاتك النداء كلّم الاستقبال قبل ٣٠ دقيقة." in sheet(PolicyBody())
    all_day = PolicyBody(returns=Returns(within_minutes=0))
    assert "لو فاتك النداء كلّم الاستقبال في نفس اليوم." in sheet(all_day)
    none = PolicyBody(returns=Returns(allowed=0))
    assert "لو فاتك النداء خُذ رقمًا جديدًا." in sheet(none)


def test_hours_stand_on_the_sheet_only_where_they_apply_and_past_days_do_not() -> None:
    hours = OpeningHours.model_validate(
        {
            "applies": True,
            "decree_number": "77",
            "decree_date": "2026-01-05",
            "week": WEEK.model_dump(),
            "ramadan": [
                {"first": "2026-02-18", "last": "2026-03-19", "opens": "09:00", "closes": "14:00"},
                {"first": "2027-02-08", "last": "2027-03-08", "opens": "09:00", "closes": "14:00"},
            ],
            "holidays": [{"day": "2026-10-08", "name_ar": "عيد", "name_en": "Feast"}],
        }
    )
    words = sheet(PolicyBody(hours=hours))
    assert "رمضان، من الاثنين ٨/٢/٢٠٢٧ إلى الاثنين ٨/٣/٢٠٢٧: من ٩:٠٠ ص إلى ٢:٠٠ م" in words
    assert "٢٠٢٦/٢" not in words
    assert "عيد" not in words
    assert "بتاريخ الاثنين ٥/١/٢٠٢٦." in words
    assert "مغلق" not in sheet(PolicyBody())


def test_the_sheet_names_its_version_and_the_moment_from_which_it_holds() -> None:
    assert "قواعد الدور، الإصدار ٣، معمول بها من الأحد ٢٢/١١/٢٠٢٦ الساعة ٩:١٤ ص." in sheet(
        PolicyBody()
    )


BEFORE = PolicyBody()
AFTER = PolicyBody(
    credits=Credits(age65=Credit(minutes=20, basis_ar="قانون", basis_en="Law")),
    first=First(profiles=("priority",)),
    numbers=Numbers(one_live_per_phone=True, capacity=(Capacity(service="enquiry", count=40),)),
    hours=OpeningHours(week=WEEK),
)


def test_only_what_differs_is_told_and_rows_have_no_place() -> None:
    assert changed_groups(BEFORE, AFTER) == ("credits", "first", "numbers", "hours")
    assert differences(AFTER, AFTER) == ()
    moved = AFTER.model_copy(
        update={
            "numbers": Numbers(
                one_live_per_phone=True,
                capacity=(
                    Capacity(service="collection", count=5),
                    Capacity(service="enquiry", count=40),
                ),
            )
        }
    )
    [found] = differences(AFTER, moved)
    assert (found.before, found.after) == (None, {"service": "collection", "count": 5})


def test_differences_are_told_as_values_are_read() -> None:
    rows = difference_rows(
        BEFORE,
        AFTER,
        services=SERVICES,
        profiles={"priority": Words("شباك موحّد، الأولوية أولًا", "Priority first")},
    )
    told = {row.field.ar: (row.before.ar, row.after.ar) for row in rows}
    assert told["دقائق الأولوية: ٦٥ سنة فأكثر"] == ("١٥ دقيقة", "٢٠ دقيقة")
    assert told["شبابيك الأولوية أولًا"] == ("لا شيء", "شباك موحّد، الأولوية أولًا")
    assert told["الأرقام: رقم قائم واحد لكل هاتف"] == ("لا", "نعم")
    assert told["الحد اليومي لكل خدمة"] == ("لا شيء", "استعلام، ٤٠")
    assert told["مواعيد حجز الأرقام: الأحد – من"] == ("لا شيء", "٨:٠٠ ص")
    assert len(rows) == 3 + 1 + 1 + 1 + 10
