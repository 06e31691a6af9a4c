"""After a new roll somebody is asked whether it prints, and no citizen is disturbed."""

from dataclasses import replace

import pytest

from kiosk.state import touches
from kiosk.steps import Home, JobChanged, JudgeRoll, Number, PrintTestSlip, RollLoaded
from tests.unit.test_kiosk_flow import Citizen

JOB = "roll-1"


@pytest.fixture
def technician() -> Citizen:
    somebody = Citizen()
    patience = replace(somebody.flow.patience, roll_answer_s=60.0)
    somebody.flow = replace(somebody.flow, patience=patience)
    return somebody


def load(technician: Citizen, job: str = JOB) -> None:
    assert technician.tell(RollLoaded(job, "347")) == (PrintTestSlip(job, "347"),)


def asked(technician: Citizen) -> None:
    load(technician)
    assert technician.tell(JobChanged(JOB, "done", "echo")) == ()
    assert technician.flow.asks_about_roll


def test_the_question_comes_with_the_paper_and_not_before(technician: Citizen) -> None:
    load(technician)
    for state in ("sending", "sent", "held"):
        technician.tell(JobChanged(JOB, state))
        assert not technician.flow.asks_about_roll
        assert "take" in touches(technician.flow)
    technician.tell(JobChanged(JOB, "done", "echo"))
    assert touches(technician.flow) == {"language", "help", "roll:yes", "roll:no", "roll:later"}


def test_a_test_slip_of_unknown_fate_is_asked_about_too(technician: Citizen) -> None:
    load(technician)
    technician.tell(JobChanged(JOB, "unknown"))
    assert technician.flow.asks_about_roll


def test_yes_ends_it_and_says_that_the_roll_is_good(technician: Citizen) -> None:
    asked(technician)
    assert technician.touch("roll:yes") == (JudgeRoll("good"),)
    assert not technician.flow.asks_about_roll
    assert "take" in touches(technician.flow)


def test_no_says_that_the_paper_is_blank_and_shows_what_to_do(technician: Citizen) -> None:
    asked(technician)
    assert technician.touch("roll:no") == (JudgeRoll("blank"),)
    assert touches(technician.flow) == {"language", "help", "roll:read"}
    assert technician.touch("roll:read") == ()
    assert not technician.flow.asks_about_roll


def test_what_to_do_leaves_the_glass_by_itself_and_the_roll_stays_blank(
    technician: Citizen,
) -> None:
    asked(technician)
    technician.touch("roll:no")
    assert technician.wait(61) == ()
    assert not technician.flow.asks_about_roll


def test_after_white_paper_an_opened_cover_brings_the_question_again(technician: Citizen) -> None:
    asked(technician)
    technician.touch("roll:no")
    load(technician, "roll-2")
    assert not technician.flow.asks_about_roll
    technician.tell(JobChanged(JOB, "done"))  # of the slip before: nothing
    assert not technician.flow.asks_about_roll
    technician.tell(JobChanged("roll-2", "done"))
    assert technician.touch("roll:yes") == (JudgeRoll("good"),)


def test_whoever_did_not_change_the_roll_says_so_and_takes_a_number(technician: Citizen) -> None:
    asked(technician)
    assert technician.touch("roll:later") == (JudgeRoll("unchecked"),)
    technician.take()
    assert isinstance(technician.step(), Number)


def test_nobody_s_answer_lets_the_kiosk_go_on_after_its_time(technician: Citizen) -> None:
    asked(technician)
    assert technician.wait(59) == ()
    assert technician.wait(2) == (JudgeRoll("unchecked"),)
    assert isinstance(technician.step(), Home)
    assert not technician.flow.asks_about_roll


def test_a_slip_that_never_comes_out_is_not_waited_for_for_ever(technician: Citizen) -> None:
    load(technician)
    assert technician.wait(61) == (JudgeRoll("unchecked"),)


def test_a_test_slip_that_can_not_be_drawn_leaves_the_roll_unchecked(technician: Citizen) -> None:
    load(technician)
    assert technician.tell(JobChanged(JOB, "failed")) == (JudgeRoll("unchecked"),)


def test_a_citizen_at_the_kiosk_is_not_interrupted_and_the_question_comes_afterwards(
    technician: Citizen,
) -> None:
    issued = technician.take()
    load(technician)
    technician.tell(JobChanged(JOB, "done"))
    assert isinstance(technician.step(), Number)
    assert "roll:yes" not in touches(technician.flow)
    assert technician.touch("roll:yes") == ()
    technician.job(issued, "done")
    technician.touch("finish")
    assert technician.flow.asks_about_roll


def test_the_question_can_be_read_in_english(technician: Citizen) -> None:
    asked(technician)
    technician.touch("language")
    assert technician.flow.language == "en"
    assert technician.flow.asks_about_roll
