"""«عندي موعد» at the kiosk, event by event: the pad, the command, what the server refuses."""

import pytest

from core_services.link.hall_frames import Hall
from kiosk.state import touches
from kiosk.steps import (
    Code,
    CommandRefused,
    ForgetKey,
    HallChanged,
    Home,
    Issuing,
    LinkChanged,
    Notice,
    Number,
    PrintSlip,
    SendIssue,
    TicketIssued,
)
from tests.support.kiosk import hall, ticket
from tests.unit.test_kiosk_flow import Citizen


@pytest.fixture
def citizen() -> Citizen:
    """Somebody before a kiosk of a centre that gives appointments."""
    citizen = Citizen()
    citizen.tell(HallChanged(with_appointments()))
    return citizen


def with_appointments(revision: int = 2, **changes: object) -> Hall:
    return hall(revision, appointments=True, **changes)


def type_code(citizen: Citizen, code: str, *, after_s: float = 0.3) -> None:
    citizen.touch("code")
    for digit in code:
        citizen.touch(f"digit:{digit}", after_s=after_s)


def check_in(citizen: Citizen, code: str = "47298381") -> SendIssue:
    type_code(citizen, code)
    (effect,) = citizen.touch("check-in")
    assert isinstance(effect, SendIssue)
    return effect


def test_the_tile_is_there_only_where_appointments_are_given() -> None:
    citizen = Citizen()
    assert "code" not in touches(citizen.flow)
    citizen.tell(HallChanged(with_appointments()))
    assert "code" in touches(citizen.flow)
    citizen.tell(LinkChanged(False))
    assert "code" not in touches(citizen.flow)


def test_an_appointment_is_checked_in_also_in_the_morning_crowd(citizen: Citizen) -> None:
    citizen.tell(HallChanged(with_appointments(3, morning=True)))
    assert touches(citizen.flow) == {"take", "code", "help", "language"}
    assert check_in(citizen).command.code == "47298381"


def test_eight_digits_and_a_touch_send_one_command_with_the_code(citizen: Citizen) -> None:
    type_code(citizen, "4729838")
    assert "check-in" not in touches(citizen.flow)
    citizen.touch("digit:1")
    assert citizen.step() == Code("47298381")
    assert not [name for name in touches(citizen.flow) if name.startswith("digit")]
    (effect,) = citizen.touch("check-in")
    assert isinstance(effect, SendIssue)
    assert (effect.command.code, effect.command.service) == ("47298381", None)
    assert isinstance(citizen.step(), Issuing)
    assert citizen.touch("check-in") == ()


def test_digits_count_as_quickly_as_they_are_typed_and_a_double_touch_is_one(
    citizen: Citizen,
) -> None:
    citizen.touch("code")
    citizen.touch("digit:4", after_s=0.6)
    citizen.touch("digit:7", after_s=0.05)
    citizen.touch("digit:7", after_s=0.1)  # the finger bounced
    assert citizen.step() == Code("47")
    citizen.touch("digit:7", after_s=0.3)  # the code has it twice
    assert citizen.step() == Code("477")


def test_a_code_is_sent_by_the_next_touch_however_soon_and_once(citizen: Citizen) -> None:
    type_code(citizen, "47298381")
    (effect,) = citizen.touch("check-in", after_s=0.1)
    assert isinstance(effect, SendIssue)
    assert citizen.touch("check-in", after_s=0.1) == ()


def test_a_double_touch_on_the_tile_types_nothing(citizen: Citizen) -> None:
    citizen.touch("code")
    citizen.touch("check-in", after_s=0.1)
    assert citizen.step() == Code()


def test_digits_are_erased_from_the_last(citizen: Citizen) -> None:
    type_code(citizen, "472")
    citizen.touch("erase")
    assert citizen.step() == Code("47")
    citizen.touch("home")
    assert citizen.step() == Home()


def test_the_answer_is_a_number_with_a_slip(citizen: Citizen) -> None:
    effect = check_in(citizen)
    issued = ticket()
    (printed,) = citizen.tell(TicketIssued(effect.command.key, issued))
    assert printed == PrintSlip(effect.command.key, issued)
    assert isinstance(citizen.step(), Number)


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        ("unknown-appointment", "no_appointment"),
        ("appointment-act-not-allowed", "no_appointment"),
        ("not-the-day", "other_day"),
        ("already-has-a-number", "has_number"),
        ("too-many-codes", "rest"),
    ],
)
def test_a_refusal_says_what_to_do_and_is_not_sent_again(
    citizen: Citizen, problem: str, why: str
) -> None:
    effect = check_in(citizen)
    key = effect.command.key
    assert citizen.tell(CommandRefused(key, problem)) == (ForgetKey(key),)
    step = citizen.step()
    assert isinstance(step, Notice)
    assert (step.why, step.command) == (why, None)
    assert touches(citizen.flow) == {"home", "language", "help"}


def test_a_code_that_was_used_is_told_its_number_and_prints_nothing(citizen: Citizen) -> None:
    effect = check_in(citizen)
    refused = CommandRefused(effect.command.key, "checked-in-already", "١٤٢")
    assert citizen.tell(refused) == (ForgetKey(effect.command.key),)
    step = citizen.step()
    assert isinstance(step, Notice)
    assert (step.why, step.display_label) == ("checked_in", "١٤٢")


def test_another_refusal_may_be_tried_again_with_the_same_code(citizen: Citizen) -> None:
    effect = check_in(citizen)
    citizen.tell(CommandRefused(effect.command.key, "too-many-at-once"))
    citizen.tell(HallChanged(with_appointments(3, issuing=False)))
    (again,) = citizen.touch("retry")
    assert isinstance(again, SendIssue)
    assert again.command.code == "47298381"
    assert again.command.key != effect.command.key


def test_a_check_in_is_possible_when_no_more_numbers_are_given(citizen: Citizen) -> None:
    citizen.tell(HallChanged(with_appointments(3, issuing=False)))
    assert "take" not in touches(citizen.flow)
    assert check_in(citizen).command.code == "47298381"


def test_who_leaves_a_half_typed_code_is_asked_and_then_forgotten(citizen: Citizen) -> None:
    type_code(citizen, "4729")
    citizen.wait(50)
    assert citizen.is_asked()
    citizen.wait(40)
    assert citizen.step() == Home()
