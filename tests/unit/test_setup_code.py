"""The one-time code of a set-up: what is taken for it, and what guessing costs."""

import pytest

from queue_server.setup.code import ALL_TOGETHER, FIRST_PAUSE_S, FREE, Refused, SetupCode
from tests.support.clock import ManualClock


class Console:
    def __init__(self) -> None:
        self.codes: list[str] = []

    def tell(self, code: str) -> None:
        self.codes.append(code)


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def code(console: Console, clock: ManualClock) -> SetupCode:
    return SetupCode(clock, console.tell)


def test_it_is_strong_and_new_at_each_start(console: Console, clock: ManualClock) -> None:
    for _ in range(20):
        SetupCode(clock, console.tell)
    assert len(set(console.codes)) == 20
    assert {len(each.replace("-", "")) for each in console.codes} == {16}


def test_spaces_capitals_and_eastern_digits_make_no_other_code(
    code: SetupCode, console: Console
) -> None:
    (right,) = console.codes
    eastern = right.translate(str.maketrans("23456789", "٢٣٤٥٦٧٨٩"))
    for typed in (right, right.upper(), right.replace("-", " "), f" {eastern} "):
        assert code.refuse(typed, "10.0.0.1") is None
    for typed in ("", right[:-1], right + "a", "-" * 19):
        assert code.refuse(typed, "10.0.0.2") == Refused()


def test_it_is_kept_as_a_hash_alone(code: SetupCode, console: Console) -> None:
    kept = [getattr(code, name) for name in ("_known", "_addresses", "_wrong")]
    assert console.codes[0].replace("-", "") not in repr(kept).replace("-", "")


async def test_guesses_of_one_address_are_slowed_more_and_more_and_others_are_not(
    code: SetupCode, console: Console, clock: ManualClock
) -> None:
    for _ in range(FREE - 1):
        assert code.refuse("wrong", "10.0.0.1") == Refused(0)
    pauses = []
    for _ in range(4):
        refused = code.refuse("wrong", "10.0.0.1")
        assert refused is not None
        pauses.append(refused.wait_s)
        early = code.refuse(console.codes[0], "10.0.0.1")
        assert early is not None, "even the right one is not looked at during a pause"
        assert early.wait_s > 0
        await clock.advance(refused.wait_s)
    assert pauses == [FIRST_PAUSE_S * 2**n for n in range(4)]
    assert code.refuse(console.codes[0], "10.0.0.2") is None
    assert code.refuse(console.codes[0], "10.0.0.1") is None


def test_after_many_guesses_from_everywhere_the_code_is_void_and_another_is_told(
    code: SetupCode, console: Console
) -> None:
    for nth in range(ALL_TOGETHER):
        code.refuse("wrong", f"10.0.{nth}.1")
    old, new = console.codes
    assert code.refuse(old, "10.1.1.1") is not None
    assert code.refuse(new, "10.1.1.2") is None
