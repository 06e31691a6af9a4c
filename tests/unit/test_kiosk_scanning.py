"""A scan in the citizen's minute, event by event: whom it asks, what it is answered, when not."""

from datetime import date
from uuid import uuid4

import pytest

from core_services.l10n import Language, Messages
from core_services.link.citizen_frames import Found
from core_services.link.vocabulary import WaitRange
from kiosk.cli import LOCALE
from kiosk.standing import standing_words
from kiosk.state import next_due, touches
from kiosk.steps import (
    AskWhereItStands,
    CommandRefused,
    Effect,
    ForgetKey,
    HallChanged,
    Home,
    Issuing,
    JobChanged,
    LinkChanged,
    Looking,
    Notice,
    Number,
    NumberFound,
    PrintSlip,
    ScanFailed,
    Scanned,
    ScannerChanged,
    SendIssue,
    Standing,
    TicketIssued,
    Why,
)
from tests.support.kiosk import hall, ticket
from tests.unit.test_kiosk_flow import Citizen

TOKEN = "7K2M4QXA5D3F6G7H"
SLIP = f"https://dawr.example/t/{TOKEN.lower()}"
BOOKING = f"https://dawr.example/b/{TOKEN.lower()}"


@pytest.fixture
def citizen() -> Citizen:
    citizen = Citizen()
    citizen.tell(ScannerChanged(True))
    citizen.tell(HallChanged(hall(2, appointments=True)))
    return citizen


def scan(
    citizen: Citizen, text: str, symbology: str | None = None, *, after_s: float = 3.0
) -> tuple[Effect, ...]:
    citizen.now += after_s
    return citizen.tell(Scanned(text, symbology, uuid4().hex))


def notice(citizen: Citizen) -> Why | None:
    step = citizen.step()
    return step.why if isinstance(step, Notice) else None


def found(key: str, **fields: object) -> Found:
    usual: dict[str, object] = {"label": "142", "display_label": "١٤٢", "stage": "far", "ahead": 12}
    return Found.model_validate({"key": key, **usual, **fields})


def look(citizen: Citizen) -> AskWhereItStands:
    (effect,) = scan(citizen, SLIP)
    assert isinstance(effect, AskWhereItStands)
    return effect


def test_a_slip_is_looked_up_and_its_place_shown_for_a_while(citizen: Citizen) -> None:
    ask = look(citizen)
    assert ask.token == TOKEN
    assert isinstance(citizen.step(), Looking)
    assert touches(citizen.flow) == {"language", "help"}
    citizen.tell(NumberFound(found(ask.key)))
    assert isinstance(citizen.step(), Standing)
    assert "home" in touches(citizen.flow)
    citizen.wait(19.5)
    assert isinstance(citizen.step(), Standing)
    citizen.wait(1)
    assert citizen.step() == Home()


def test_the_answer_to_another_look_changes_nothing(citizen: Citizen) -> None:
    look(citizen)
    citizen.tell(NumberFound(found("another-key")))
    assert isinstance(citizen.step(), Looking)


def test_a_server_that_does_not_answer_is_told_of_within_four_seconds(citizen: Citizen) -> None:
    ask = look(citizen)
    assert next_due(citizen.flow) == citizen.now + 4
    citizen.wait(4)
    assert notice(citizen) == "cannot_look"
    citizen.tell(NumberFound(found(ask.key)))
    assert notice(citizen) == "cannot_look"


def test_without_a_line_it_says_so_at_once(citizen: Citizen) -> None:
    citizen.tell(LinkChanged(False))
    for text in (SLIP, BOOKING, "47298381"):
        assert scan(citizen, text) == ()
        assert notice(citizen) == "cannot_look"


def test_a_line_that_goes_amid_a_look_is_told(citizen: Citizen) -> None:
    look(citizen)
    citizen.tell(LinkChanged(False))
    assert notice(citizen) == "cannot_look"


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        ("unknown-ticket", "no_such_slip"),
        ("too-many-codes", "rest"),
        ("unexpected", "cannot_look"),
    ],
)
def test_every_refusal_of_a_look_has_its_words(citizen: Citizen, problem: str, why: str) -> None:
    ask = look(citizen)
    assert citizen.tell(CommandRefused(ask.key, problem)) == ()
    assert notice(citizen) == why
    assert "retry" not in touches(citizen.flow)


@pytest.mark.parametrize(
    ("text", "code", "token"), [("4729 8381", "47298381", None), (BOOKING, None, TOKEN)]
)
def test_an_appointment_is_checked_in_by_one_scan(
    citizen: Citizen, text: str, code: str | None, token: str | None
) -> None:
    (effect,) = scan(citizen, text)
    assert isinstance(effect, SendIssue)
    assert (effect.command.code, effect.command.token) == (code, token)
    issued = ticket()
    key = effect.command.key
    assert citizen.tell(TicketIssued(key, issued)) == (PrintSlip(key, issued),)
    assert isinstance(citizen.step(), Number)


def test_a_scanned_appointment_that_is_not_known_is_told_and_nothing_is_kept(
    citizen: Citizen,
) -> None:
    (effect,) = scan(citizen, BOOKING)
    assert isinstance(effect, SendIssue)
    key = effect.command.key
    assert citizen.tell(CommandRefused(key, "unknown-appointment")) == (ForgetKey(key),)
    assert notice(citizen) == "no_appointment"


def test_where_no_appointments_are_given_their_codes_are_none_of_ours(citizen: Citizen) -> None:
    citizen.tell(HallChanged(hall(3, appointments=False)))
    assert scan(citizen, "47298381") == ()
    assert notice(citizen) == "foreign"


@pytest.mark.parametrize(
    ("text", "symbology", "why"),
    [
        (f"https://dawr.example/a/{TOKEN}", "QR", "application"),
        (f"https://dawr.example/v/{TOKEN}", "QR", "licence"),
        ("6221031491016", "EAN", "foreign"),
        ("https://example.com/menu", "QR", "foreign"),
        ("\u00ff\u00fe", "PDF417", "card"),
    ],
)
def test_every_other_code_gets_an_answer_and_asks_nobody(
    citizen: Citizen, text: str, symbology: str, why: str
) -> None:
    assert scan(citizen, text, symbology) == ()
    assert notice(citizen) == why
    citizen.wait(20)
    assert citizen.step() == Home()


def test_what_made_no_code_is_told_but_not_the_rest_of_a_code_just_read(citizen: Citizen) -> None:
    citizen.now += 3
    citizen.tell(ScanFailed("card"))
    assert notice(citizen) == "card"
    citizen.now += 0.4
    citizen.tell(ScanFailed("unreadable"))
    assert notice(citizen) == "card"
    citizen.now += 3
    citizen.tell(ScanFailed("unreadable"))
    assert notice(citizen) == "unreadable"


def test_a_scan_does_nothing_to_a_command_in_flight(citizen: Citizen) -> None:
    citizen.touch("take")
    assert scan(citizen, SLIP, after_s=0.1) == ()
    assert isinstance(citizen.step(), Issuing)
    citizen.tell(ScanFailed("unreadable"))
    assert isinstance(citizen.step(), Issuing)


def test_a_number_that_waits_for_its_paper_stays_on_the_glass(citizen: Citizen) -> None:
    issued = citizen.take()
    assert scan(citizen, SLIP, after_s=0.1) == ()
    assert isinstance(citizen.step(), Number)
    citizen.tell(JobChanged(str(issued.id), "done", "echo"))
    (effect,) = scan(citizen, SLIP, after_s=1)
    assert isinstance(effect, AskWhereItStands)
    assert citizen.flow.slips == {}


def test_a_scan_is_an_answer_to_whether_somebody_is_still_there(citizen: Citizen) -> None:
    citizen.touch("services")
    citizen.wait(50)
    assert citizen.flow.asking_since is not None
    look(citizen)
    assert citizen.flow.asking_since is None


def test_the_first_page_knows_of_the_scanner(citizen: Citizen) -> None:
    assert citizen.flow.scanner_ready
    citizen.tell(ScannerChanged(False))
    assert not citizen.flow.scanner_ready


STAGES = (
    *("far", "near", "held", "kept", "called", "serving", "parked", "no_show", "finished"),
    *("cancelled", "void", "lapsed", "of a later server"),
)


LANGUAGES: tuple[Language, Language] = ("ar", "en")


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_words_in_both_languages(stage: str) -> None:
    messages = Messages.load(LOCALE)
    shown = found("k" * 8, stage=stage, window=5, day=date(2026, 11, 29), checked_in=True)
    arabic, english = (standing_words(shown, each, messages) for each in LANGUAGES)
    assert (arabic.large, english.large) == ("١٤٢", "142")
    assert arabic.now
    assert arabic.now != english.now
    assert arabic.noted == "سُجّل حضورك: رقمك محفوظ من يوم سابق."
    assert not set("0123456789") & set(arabic.now + arabic.to_do)


def test_a_call_names_its_window_a_kept_number_its_day_and_a_missed_one_its_limit() -> None:
    messages = Messages.load(LOCALE)
    called = standing_words(found("k" * 8, stage="called", window=5), "ar", messages)
    assert called.to_do == "توجّه الآن إلى شباك ٥."
    kept = standing_words(found("k" * 8, stage="kept", day=date(2026, 11, 29)), "ar", messages)
    assert "٢٩" in kept.to_do
    missed = found("k" * 8, stage="no_show").model_copy(update={"return_within_min": 1440})
    arabic, english = (standing_words(missed, each, messages) for each in LANGUAGES)
    assert arabic.to_do == "لو فاتك النداء كلّم الاستقبال في نفس اليوم."
    assert english.to_do == "If you miss your call, speak to reception on the same day."


def test_a_wait_and_a_place_come_as_they_were_told() -> None:
    wait = WaitRange(low_s=1200, likely_s=1500, high_s=1800)
    assert found("k" * 8, wait=wait).wait == wait
