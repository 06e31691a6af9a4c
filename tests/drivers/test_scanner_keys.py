"""What a scanner that plays a keyboard meant, whatever layout this machine has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanners.keys import KEYPAD, UNREADABLE, US_KEYS, Keyboard
from drivers.transports.input_event import EVENT

KEY, SYN, LED = 1, 0, 0x11
LEFT_SHIFT, RIGHT_SHIFT, LEFT_CONTROL, LEFT_ALT, CAPS_LOCK = 42, 54, 29, 56, 58
ENTER, KEYPAD_ENTER, TAB, A, Q, N, SLASH, F1 = 28, 96, 15, 30, 16, 49, 53, 59


def event(kind: int, code: int, value: int) -> bytes:
    return EVENT.pack(1_795_000_000, 0, kind, code, value)


def press(*codes: int) -> bytes:
    """Press keys together, first first, and let go in the other order."""
    downs = b"".join(event(KEY, code, 1) + event(SYN, 0, 0) for code in codes)
    return downs + b"".join(event(KEY, code, 0) + event(SYN, 0, 0) for code in reversed(codes))


def test_an_event_is_what_the_kernel_sends() -> None:
    """linux/input.h on 64-bit: two longs of time, two shorts, one int."""
    sent = bytes.fromhex("0100000000000000 0200000000000000 0100 1e00 01000000")
    assert EVENT.unpack(sent) == (1, 2, KEY, A, 1)


def test_digits_and_letters_come_as_their_keys() -> None:
    """The codes of linux/input-event-codes.h, typed out here apart from the map."""
    codes = (35, 20, 20, 25, 31, LEFT_SHIFT)
    assert Keyboard().feed(b"".join(map(press, codes))) == b"https"
    digits = (11, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    assert Keyboard().feed(b"".join(map(press, digits))) == b"0123456789"
    keypad = (82, 79, 80, 81, 75, 76, 77, 71, 72, 73)
    assert Keyboard().feed(b"".join(map(press, keypad))) == b"0123456789"


@pytest.mark.parametrize("shift", [LEFT_SHIFT, RIGHT_SHIFT])
def test_shift_makes_the_upper_sign_while_it_is_held(shift: int) -> None:
    keyboard = Keyboard()
    assert keyboard.feed(press(shift, A) + press(A) + press(shift, 39) + press(39)) == b"Aa:;"
    assert keyboard.feed(press(shift, 3) + press(shift, 53)) == b"@?"


def test_both_shifts_held_and_one_let_go_is_still_shift() -> None:
    keyboard = Keyboard()
    held = event(KEY, LEFT_SHIFT, 1) + event(KEY, RIGHT_SHIFT, 1) + event(KEY, LEFT_SHIFT, 0)
    assert keyboard.feed(held + press(A) + event(KEY, RIGHT_SHIFT, 0) + press(A)) == b"Aa"


def test_caps_lock_turns_letters_round_and_leaves_the_rest() -> None:
    keyboard = Keyboard()
    assert keyboard.feed(press(CAPS_LOCK) + press(A) + press(LEFT_SHIFT, A) + press(2)) == b"Aa1"
    assert keyboard.feed(press(CAPS_LOCK) + press(A)) == b"a"


def test_the_lamp_of_caps_lock_counts_too() -> None:
    """A scanner that sees the lamp lit turns its shifts round; another keyboard may light it."""
    keyboard = Keyboard()
    assert keyboard.feed(event(LED, 1, 1) + press(LEFT_SHIFT, A)) == b"a"
    assert keyboard.feed(event(LED, 1, 0) + press(LEFT_SHIFT, A)) == b"A"
    assert keyboard.feed(event(LED, 0, 1) + press(A)) == b"a"


@pytest.mark.parametrize(("key", "end"), [(ENTER, b"\r"), (KEYPAD_ENTER, b"\r"), (TAB, b"\t")])
def test_the_keys_that_end_a_code_are_its_suffix(key: int, end: bytes) -> None:
    assert Keyboard().feed(press(key)) == end


def test_a_repeated_key_is_one_sign() -> None:
    held = event(KEY, A, 1) + event(KEY, A, 2) * 5 + event(KEY, A, 0)
    assert Keyboard().feed(held) == b"a"


def test_the_same_key_twice_is_two_signs() -> None:
    assert Keyboard().feed(press(A) + press(A)) == b"aa"


def test_control_makes_the_control_characters_that_scanners_send_by_it() -> None:
    keyboard = Keyboard()
    assert keyboard.feed(press(LEFT_CONTROL, 50)) == b"\r"  # Ctrl+M
    assert keyboard.feed(press(LEFT_CONTROL, 27)) == b"\x1d"  # Ctrl+]: the GS of GS1 codes


@pytest.mark.parametrize("keys", [(F1,), (LEFT_ALT, 79), (125, A)])
def test_a_key_that_means_no_sign_spoils_its_code_and_does_not_shorten_it(
    keys: tuple[int, ...],
) -> None:
    assert Keyboard().feed(press(A) + press(*keys) + press(A)) == b"a" + UNREADABLE + b"a"


def test_locks_and_loudspeaker_keys_write_nothing() -> None:
    keys = (69, 70, 113, 114, 115)
    assert Keyboard().feed(b"".join(map(press, keys)) + press(A)) == b"a"


def test_lost_events_spoil_the_code_they_belong_to() -> None:
    keyboard = Keyboard()
    lost = event(SYN, 3, 0) + event(KEY, Q, 1) + event(SYN, 0, 0)
    assert keyboard.feed(press(A) + lost + press(N)) == b"a" + UNREADABLE + b"n"


_KEYS = st.sampled_from([*US_KEYS, *KEYPAD, ENTER, TAB, F1, LEFT_SHIFT, CAPS_LOCK, LEFT_ALT])


@given(st.lists(st.tuples(_KEYS, st.sampled_from((0, 1, 2))), max_size=60), st.data())
def test_events_mean_the_same_wherever_their_bytes_are_split(
    moves: list[tuple[int, int]], data: st.DataObject
) -> None:
    stream = b"".join(event(KEY, code, value) for code, value in moves)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    keyboard = Keyboard()
    written = b"".join(
        keyboard.feed(stream[a:b]) for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)
    )
    assert written == Keyboard().feed(stream)


@given(st.binary(max_size=600))
def test_no_noise_breaks_the_keyboard(noise: bytes) -> None:
    Keyboard().feed(noise)
