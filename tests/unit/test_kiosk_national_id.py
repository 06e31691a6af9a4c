"""The national-ID pad in the citizen's minute: asked by policy, judged as typed, masked, wiped."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_services.egypt import NotANationalId, fault_so_far, read_national_id
from core_services.l10n import Messages
from kiosk.cli import LOCALE
from kiosk.id_words import DOT, id_fault_words, masked_cells, typed_words
from kiosk.state import touches
from kiosk.steps import (
    Card,
    CommandRefused,
    DayChanged,
    HallChanged,
    Home,
    IdPad,
    Issuing,
    LinkChanged,
    Notice,
    SendIssue,
)
from tests.support.kiosk import hall
from tests.unit.test_kiosk_flow import Citizen

NUMBER = "29801011301234"
TODAY = date(2026, 11, 22)


@pytest.fixture
def citizen() -> Citizen:
    citizen = Citizen()
    citizen.tell(DayChanged(TODAY))
    citizen.tell(HallChanged(hall(2, asks_national_id=True)))
    return citizen


def type_digits(citizen: Citizen, text: str) -> None:
    for digit in text:
        citizen.touch(f"digit:{digit}", after_s=0.3)


def typed(citizen: Citizen) -> str:
    step = citizen.step()
    assert isinstance(step, IdPad)
    return step.typed


def ask(citizen: Citizen) -> SendIssue:
    citizen.touch("take")
    type_digits(citizen, NUMBER)
    (effect,) = citizen.touch("id-done", after_s=0.1)
    assert isinstance(effect, SendIssue)
    return effect


def test_nobody_is_asked_unless_the_policy_says_so() -> None:
    citizen = Citizen()
    (effect,) = citizen.touch("take")
    assert isinstance(effect, SendIssue)
    assert effect.command.national_id is None


def test_a_number_is_asked_for_with_the_id_once_fourteen_digits_stand(citizen: Citizen) -> None:
    assert citizen.touch("take:age65") == ()
    type_digits(citizen, NUMBER[:-1])
    assert "id-done" not in touches(citizen.flow)
    citizen.touch("digit:4")
    assert "digit:1" not in touches(citizen.flow)
    (effect,) = citizen.touch("id-done", after_s=0.1)
    assert isinstance(effect, SendIssue)
    assert (effect.command.national_id, effect.command.priority) == (NUMBER, "age65")
    assert isinstance(citizen.step(), Issuing)


def test_the_service_that_was_chosen_is_kept_through_the_pad(citizen: Citizen) -> None:
    for name in ("services", "group:0", "service:101", "take"):
        citizen.touch(name)
    type_digits(citizen, NUMBER)
    (effect,) = citizen.touch("id-done")
    assert isinstance(effect, SendIssue)
    assert effect.command.service == "101"
    assert not isinstance(citizen.step(), Card)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ("1", "century"),
        ("4", "century"),
        ("2982", "birth_date"),
        ("29813", "birth_date"),
        ("29800", "birth_date"),
        ("298014", "birth_date"),
        ("2980230", "birth_date"),
        ("3270101", "birth_date"),
        ("29801010", None),
        ("29801014", "governorate"),
        ("298010105", "governorate"),
    ],
)
def test_the_structure_is_judged_as_one_types(
    citizen: Citizen, wrong: str, fault: str | None
) -> None:
    citizen.touch("take")
    type_digits(citizen, wrong)
    assert citizen.flow.id_fault == fault
    assert ("digit:1" in touches(citizen.flow)) == (fault is None)
    citizen.touch("erase")
    assert typed(citizen) == wrong[:-1]


@given(st.text("0123456789", max_size=14))
def test_what_is_refused_early_is_no_number_and_what_is_taken_whole_is_one(digits: str) -> None:
    fault = fault_so_far(digits, today=TODAY)
    if fault is not None:
        with pytest.raises(NotANationalId):
            read_national_id(digits.ljust(14, "1"), today=TODAY)
    elif len(digits) == 14:
        assert read_national_id(digits, today=TODAY).digits == digits


@given(
    st.dates(date(1900, 1, 1), TODAY),
    st.sampled_from(("01", "13", "21", "35", "88")),
    st.text("0123456789", min_size=5, max_size=5),
)
def test_no_last_digit_is_held_against_anybody(born: date, governorate: str, rest: str) -> None:
    century = "2" if born.year < 2000 else "3"
    number = f"{century}{born:%y%m%d}{governorate}{rest}"
    assert all(fault_so_far(number[:n], today=TODAY) is None for n in range(15))


def test_leaving_and_idling_wipe_what_was_typed(citizen: Citizen) -> None:
    citizen.touch("take")
    type_digits(citizen, NUMBER[:9])
    citizen.touch("home")
    assert citizen.step() == Home()
    citizen.touch("take")
    assert typed(citizen) == ""
    type_digits(citizen, NUMBER)
    citizen.wait(76)
    assert citizen.step() == Home()
    assert NUMBER not in repr(citizen.flow)


def test_without_a_line_the_pad_sends_nothing(citizen: Citizen) -> None:
    citizen.touch("take")
    type_digits(citizen, NUMBER)
    citizen.tell(LinkChanged(False))
    assert "id-done" not in touches(citizen.flow)


def test_a_holder_of_a_live_number_is_told_and_nothing_of_the_id_stays(citizen: Citizen) -> None:
    effect = ask(citizen)
    citizen.tell(CommandRefused(effect.command.key, "already-has-a-number"))
    step = citizen.step()
    assert isinstance(step, Notice)
    assert (step.why, step.command) == ("has_number", None)


def test_an_id_that_the_server_refuses_is_typed_anew(citizen: Citizen) -> None:
    effect = ask(citizen)
    citizen.tell(CommandRefused(effect.command.key, "no-national-id"))
    citizen.touch("retry")
    assert typed(citizen) == ""


def test_a_command_sent_again_carries_the_id(citizen: Citizen) -> None:
    effect = ask(citizen)
    citizen.tell(LinkChanged(False))
    (again,) = citizen.tell(LinkChanged(True))
    assert again == effect


def test_the_id_stands_in_no_repr(citizen: Citizen) -> None:
    citizen.touch("take")
    type_digits(citizen, NUMBER)
    assert NUMBER not in repr(citizen.flow)
    effect = ask_from_pad(citizen)
    assert NUMBER not in repr(effect) + repr(citizen.flow)


def ask_from_pad(citizen: Citizen) -> SendIssue:
    (effect,) = citizen.touch("id-done")
    assert isinstance(effect, SendIssue)
    return effect


def test_only_the_digit_just_typed_and_at_the_end_the_last_four_are_shown() -> None:
    assert masked_cells("", "ar") == [""] * 14
    assert masked_cells("298", "ar") == [DOT, DOT, "٨", *[""] * 11]
    assert masked_cells(NUMBER, "en") == [*[DOT] * 10, "1", "2", "3", "4"]


def test_who_listens_hears_how_many_digits_stand_and_never_which() -> None:
    messages = Messages.load(LOCALE)
    assert typed_words("298", "ar", messages) == "أرقام كُتبت: ٣ من ١٤"
    assert typed_words("298", "en", messages) == "Digits typed: 3 of 14"
    for fault in ("century", "birth_date", "governorate"):
        arabic = id_fault_words(fault, "ar", messages)
        assert arabic != id_fault_words(fault, "en", messages)
    assert id_fault_words(None, "ar", messages) is None
