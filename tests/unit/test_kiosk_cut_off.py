"""The citizen's minute while no server answers: a number of the kiosk's own, or why none."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from core_services.l10n import Language, Messages
from core_services.link.citizen_frames import IssuedTicket
from core_services.link.hall_frames import Down, Hall
from core_services.link.message_frames import BoardMessage
from kiosk.cli import LOCALE
from kiosk.flow import advance
from kiosk.known import Known
from kiosk.phrases import cut_off_words, why_not
from kiosk.series import Series, own_ticket
from kiosk.state import EMERGENCY_KEPT_S, Flow, next_due, touches
from kiosk.steps import (
    AbandonKey,
    Effect,
    Event,
    GiveOwnNumber,
    HallChanged,
    Home,
    IdPad,
    Issuing,
    JobChanged,
    LinkChanged,
    NoOwnNumber,
    Notice,
    Number,
    OwnNumberGiven,
    OwnNumbersChanged,
    PrinterChanged,
    PrintSlip,
    SayWord,
    SendIssue,
    Ticked,
    TicketIssued,
    TimeTold,
    Touched,
)
from tests.support.kiosk import OWN_SERIES, hall, openings, services, ticket

CAIRO = ZoneInfo("Africa/Cairo")
NINE = datetime(2026, 11, 22, 9, tzinfo=CAIRO)
EIGHT_UTC = datetime(2026, 11, 22, 6, tzinfo=UTC)
SERIES = Series.told(OWN_SERIES)
MESSAGES = Messages.load(LOCALE)
RULES: dict[str, Any] = {"openings": openings(EIGHT_UTC)}
"""From 8 to 15 on eight days."""


class Machine:
    """A kiosk that met a server once, at nine, and holds a series; its clock is the test's."""

    def __init__(self, told: Hall | None = None, *, at: datetime = NINE) -> None:
        self.flow = Flow()
        self.now = 100.0
        self.given = 0
        self.effects: list[Effect] = []
        self.left = 900
        for event in (
            LinkChanged(True),
            HallChanged(told or hall(**RULES)),
            PrinterChanged(True),
            TimeTold(at, at),
            OwnNumbersChanged(True),
        ):
            self.tell(event)

    def tell(self, event: Event) -> tuple[Effect, ...]:
        """Let an event happen, and give a number of its own whenever the flow asks for one."""
        self.flow, effects = advance(self.flow, event, self.now)
        self.effects += effects
        for effect in effects:
            if isinstance(effect, GiveOwnNumber):
                self.tell(self.give(effect))
        return effects

    def give(self, effect: GiveOwnNumber) -> Event:
        command = effect.command
        if self.left == 0:
            return NoOwnNumber(command.key)
        self.left -= 1
        self.given += 1
        assert SERIES is not None
        made = own_ticket(
            SERIES,
            100 + self.given,
            command,
            self.flow.service(command.service or ""),
            id=uuid4(),
            day=NINE.date(),
            at=NINE,
            return_within_min=30,
        )
        return OwnNumberGiven(command.key, made)

    def touch(self, name: str) -> tuple[Effect, ...]:
        self.now += 1.0
        return self.tell(Touched(name, uuid4().hex))

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := next_due(self.flow)) is not None and due <= until:
            self.now = max(self.now, due)
            self.tell(Ticked())
        self.now = until
        self.tell(Ticked())

    def cut(self) -> None:
        self.tell(LinkChanged(False))

    @property
    def number(self) -> IssuedTicket | None:
        step = self.flow.step
        return step.ticket if isinstance(step, Number) else None

    def clock_shows(self, at: datetime | None) -> None:
        self.tell(TimeTold(at, NINE))

    def of(self, *kinds: type[Effect]) -> list[Effect]:
        return [each for each in self.effects if isinstance(each, kinds)]


def test_a_touch_without_a_line_is_a_number_at_once_and_by_the_same_touch() -> None:
    machine = Machine()
    machine.cut()
    assert "take" in touches(machine.flow)
    machine.touch("take")
    assert machine.number is not None
    assert (machine.number.label, machine.number.cut_off) == ("K101", True)
    assert machine.of(SendIssue, AbandonKey) == []
    (slip,) = machine.of(PrintSlip)
    assert isinstance(slip, PrintSlip)
    assert slip.ticket == machine.number
    (gave,) = machine.of(GiveOwnNumber)
    assert isinstance(gave, GiveOwnNumber)
    assert not gave.was_sent


def test_the_service_the_priority_and_the_requests_are_asked_as_always() -> None:
    machine = Machine(hall(**RULES, requests_at_most=3))
    machine.cut()
    for name in ("services", "group:1", "service:203", "requests:several", "take:disability"):
        machine.touch(name)
    made = machine.number
    assert made is not None
    assert (made.service, made.priority, made.requests) == ("203", "disability", 3)
    assert made.papers_ar != []


def test_a_command_without_an_answer_is_given_up_in_one_act_with_its_own_number() -> None:
    machine = Machine()
    machine.touch("take")
    (asked,) = machine.of(SendIssue)
    assert isinstance(asked, SendIssue)
    machine.wait(7.9)
    assert isinstance(machine.flow.step, Issuing)
    machine.wait(0.1)
    assert machine.number is not None
    (gave,) = machine.of(GiveOwnNumber)
    assert isinstance(gave, GiveOwnNumber)
    assert gave == GiveOwnNumber(asked.command, was_sent=True)
    assert machine.of(AbandonKey) == [], "its key is given up in the same commit"
    shown = machine.number
    machine.tell(TicketIssued(asked.command.key, ticket(142)))
    assert machine.number == shown, "the late ticket is no second number"
    assert len(machine.of(PrintSlip)) == 1


def test_a_line_that_falls_while_issuing_leads_to_one_number_in_the_same_time() -> None:
    machine = Machine()
    machine.touch("take")
    machine.wait(2)
    machine.cut()
    machine.wait(6)
    assert machine.given == 1
    assert machine.number is not None


def test_a_line_that_is_back_in_time_brings_the_servers_number() -> None:
    machine = Machine()
    machine.touch("take")
    machine.cut()
    machine.wait(3)
    machine.tell(LinkChanged(True))
    (first, again) = machine.of(SendIssue)
    assert first == again
    assert isinstance(again, SendIssue)
    machine.tell(TicketIssued(again.command.key, ticket(142)))
    machine.wait(2)
    assert machine.given == 0
    assert machine.number is not None
    assert machine.number.label == "142"


@pytest.mark.parametrize("spoilt", ["clock", "series", "hours", "never met", "emergency"])
def test_where_none_may_be_given_a_command_without_an_answer_fails_as_it_always_did(
    spoilt: str,
) -> None:
    machine = Machine()
    match spoilt:
        case "clock":
            machine.clock_shows(None)
        case "series":
            machine.tell(OwnNumbersChanged(False))
        case "hours":
            machine.clock_shows(NINE.replace(hour=16))
        case "never met":
            machine.flow = replace(machine.flow, hall=hall(openings=[]))
        case "emergency":
            fire = BoardMessage(text_ar="حريق", text_en="Fire", full_screen=True)
            machine.touch("take")
            machine.tell(HallChanged(hall(2, **RULES, messages=[fire])))
    if spoilt != "emergency":
        machine.touch("take")
    machine.wait(8)
    assert isinstance(machine.flow.step, Notice)
    assert machine.flow.step.why == "timeout"
    assert len(machine.of(AbandonKey)) == 1
    assert machine.given == 0
    machine.cut()
    machine.touch("home")
    assert not {"take", "retry"} & touches(machine.flow)


def test_the_end_of_the_range_is_told_and_the_key_given_up_with_it() -> None:
    machine = Machine()
    machine.left = 0
    machine.touch("take")
    machine.wait(8)
    assert isinstance(machine.flow.step, Notice)
    assert machine.flow.step.why == "timeout"
    assert machine.given == 0
    assert isinstance(machine.of(GiveOwnNumber)[0], GiveOwnNumber)


def test_outside_the_hours_as_last_told_none_is_given_and_the_next_opening_is_said() -> None:
    machine = Machine()
    machine.cut()
    machine.clock_shows(NINE.replace(hour=14, minute=59))
    assert "take" in touches(machine.flow)
    machine.wait(60)
    assert "take" not in touches(machine.flow), "time passes here too"
    words = why_not(machine.flow, MESSAGES)
    assert words == "لا تُعطى أرقام الآن. تُعطى من جديد: الاثنين ٢٣ نوفمبر ٨:٠٠ ص"
    machine.touch("language")
    assert "They are given again:" in (why_not(machine.flow, MESSAGES) or "")
    machine.clock_shows(NINE.replace(day=23))
    assert "take" in touches(machine.flow)


def test_after_the_last_opening_that_was_told_none_is_given() -> None:
    machine = Machine(hall(openings=openings(EIGHT_UTC, 2)))
    machine.cut()
    machine.clock_shows(NINE + timedelta(days=2))
    assert "take" not in touches(machine.flow)
    assert why_not(machine.flow, MESSAGES) == "لا تُعطى أرقام الآن. اسأل الاستقبال من فضلك."


def test_in_the_morning_one_button_stands_alone_by_the_hours_that_were_told() -> None:
    told = hall(
        **RULES, morning=False, morning_from=time(8), morning_until=time(9, 30), appointments=True
    )
    machine = Machine(told)
    machine.cut()
    assert touches(machine.flow) == {"take", "help", "language"}
    machine.clock_shows(NINE.replace(minute=30))
    assert "take:age65" in touches(machine.flow)


def test_no_national_id_is_asked_while_cut_off_and_a_typed_one_is_forgotten() -> None:
    machine = Machine(hall(**RULES, asks_national_id=True))
    machine.touch("take")
    assert isinstance(machine.flow.step, IdPad)
    machine.tell(replace_today(machine))
    for digit in "29001011234567":
        machine.touch(f"digit:{digit}")
    machine.cut()
    machine.touch("id-done")
    (gave,) = machine.of(GiveOwnNumber)
    assert isinstance(gave, GiveOwnNumber)
    assert gave.command.national_id is None
    machine.touch("kept")
    machine.wait(60)
    machine.touch("take")
    assert machine.given == 2


def replace_today(machine: Machine) -> Event:
    machine.flow = replace(machine.flow, today=NINE.date())
    return Ticked()


def test_an_appointment_is_checked_in_by_the_server_alone() -> None:
    machine = Machine(hall(**RULES, appointments=True))
    machine.touch("code")
    for digit in "12345678":
        machine.touch(f"digit:{digit}")
    machine.touch("check-in")
    machine.wait(8)
    assert isinstance(machine.flow.step, Notice)
    assert machine.given == 0
    machine.cut()
    machine.touch("home")
    assert "code" not in touches(machine.flow)
    assert "صاحب الموعد يراجع الاستقبال." in cut_off_words(machine.flow, MESSAGES)


def test_a_number_of_its_own_is_void_when_neither_paper_nor_citizen_has_it() -> None:
    machine = Machine()
    machine.cut()
    machine.touch("take")
    made = machine.number
    assert made is not None
    machine.tell(JobChanged(str(made.id), "failed"))
    machine.wait(60)
    (word,) = machine.of(SayWord)
    assert isinstance(word, SayWord)
    assert (word.ticket, word.word) == (made.id, "void")


def test_an_emergency_lets_no_machine_give_numbers_nor_does_its_end_by_silence() -> None:
    fire = BoardMessage(text_ar="حريق", text_en="Fire", full_screen=True)
    told = hall(openings=openings(EIGHT_UTC)[1:], messages=[fire], issuing=False, state="stopped")
    machine = Machine(told)
    machine.cut()
    assert touches(machine.flow) == {"help"}
    machine.wait(EMERGENCY_KEPT_S + 1)
    assert machine.flow.emergency is None
    assert "take" not in touches(machine.flow)


def test_what_a_kiosk_goes_by_is_remembered_and_read_as_it_was_written() -> None:
    told = hall(
        **RULES,
        morning_from=time(8),
        morning_until=time(9, 30),
        requests_at_most=2,
        return_within_min=45,
    )
    known = Known.of(Flow(connected=True, hall=told, services=tuple(services())))
    assert Known.remembered(known.to_json()) == known
    remembered = known.hall
    assert remembered is not None
    flow = Flow(hall=remembered, services=known.services)
    for event in (TimeTold(NINE, NINE), OwnNumbersChanged(True)):
        flow, _ = advance(flow, event, 5.0)
    assert flow.is_morning
    assert flow.may_issue


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_first_page_is_calm_about_the_line_and_honest_about_the_age_of_its_news(
    language: Language,
) -> None:
    down = Down(reason="power", since=NINE)
    machine = Machine(hall(**RULES, payment_down=down))
    assert cut_off_words(machine.flow, MESSAGES) == ()
    machine.cut()
    if language == "en":
        machine.touch("language")
    said = cut_off_words(machine.flow, MESSAGES)
    if language == "ar":
        assert said == (
            "الشبكة مقطوعة الآن. خُذ رقمك كالمعتاد، ودورك محفوظ.",
            "حالة الخدمات المذكورة هنا كما وصلتنا ٩:٠٠ ص.",
        )
    else:
        assert said == (
            "The network is away now. Take your number as usual: your place is kept.",
            "The state of services below is as of 9:00 am.",
        )
    assert machine.flow.step == Home()
