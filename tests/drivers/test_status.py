"""Status bits mean what the printer's makers say they mean."""

import pytest

from drivers.printers.model import Reason
from drivers.printers.replies import AutoStatus
from drivers.printers.status import (
    BLIND,
    condition_of_answers,
    condition_of_auto_status,
    status_of,
)
from drivers.virtual.printer.faults import FaultChange, Faults, auto_status, real_time_answer

MEASURED = [
    # DLE EOT 1 to 4 of an independent emulator (emupos) in each trouble
    ("12121212", None, "ok", "closed"),
    ("1212121e", None, "near_end", "closed"),
    ("1a32127e", "paper_out", "out", "closed"),
    ("1a161212", "cover_open", "ok", "open"),
    ("1a121212", "offline", "ok", "closed"),
]


@pytest.mark.parametrize(("answers", "reason", "paper", "cover"), MEASURED)
def test_measured_answers_are_read_right(
    answers: str, reason: Reason | None, paper: str, cover: str
) -> None:
    status = status_of(condition_of_answers(*bytes.fromhex(answers)))
    assert (status.reason, status.paper, status.cover) == (reason, paper, cover)
    assert status.ready is (reason is None)


@pytest.mark.parametrize(
    ("question", "bits", "reason"),
    [
        (1, 0x20, "offline"),
        (2, 0x40, "error"),
        (3, 0x04, "error"),
        (3, 0x08, "cutter"),
        (3, 0x20, "error"),
        (3, 0x40, "error"),
    ],
)
def test_each_error_bit_makes_the_printer_not_ready(
    question: int, bits: int, reason: Reason
) -> None:
    answers = [0x12] * 4
    answers[question - 1] |= bits
    assert condition_of_answers(*answers).reason == reason


def test_the_drawer_and_the_feed_button_are_no_faults() -> None:
    assert condition_of_answers(0x12 | 0x04 | 0x40, 0x12 | 0x08, 0x12, 0x12).reason is None


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"paper": "near_end"},
        {"paper": "out"},
        {"cover": "open"},
        {"online": False},
        {"cutter": "stuck"},
        {"paper": "out", "cover": "open"},
    ],
)
def test_a_printer_says_the_same_asked_and_unasked(change: dict[str, object]) -> None:
    faults = FaultChange.model_validate(change).applied_to(Faults())
    asked = condition_of_answers(*(real_time_answer(n, faults) for n in (1, 2, 3, 4)))
    first, second, third, fourth = auto_status(faults)
    unasked = condition_of_auto_status(AutoStatus((first, second, third, fourth)))
    assert asked.reason == unasked.reason
    assert asked.paper == unasked.paper
    assert asked.cover_open == unasked.cover_open


def test_nothing_is_claimed_of_a_printer_that_cannot_answer() -> None:
    status = status_of(BLIND, knows_cover=False)
    assert status.ready
    assert (status.paper, status.cover) == ("unknown", "unknown")
