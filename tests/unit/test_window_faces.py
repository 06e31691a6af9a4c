"""What stands above a window: its number, its state, and whether to believe it."""

from dataclasses import replace
from typing import Literal

import pytest

from core_services.link.board_frames import BoardWindow
from displays.board import BoardState, fold
from displays.panel_pictures import HEIGHT, draw
from displays.window_faces import FLASH_S, PanelWords, unknown_face, window_faces
from drivers.panels.model import PanelFace
from tests.support.hall_server import (
    NEXT_EPOCH,
    board,
    call,
    called,
    ping,
    welcome,
    withdrawn,
)

START = BoardState(contact=0.0)


def window(
    number: int, label: str | None = None, state: Literal["closed", "open", "paused"] = "open"
) -> BoardWindow:
    return BoardWindow(window=number, state=state, label=label, called_at=None)


def hall(*windows: BoardWindow, **calls: object) -> BoardState:
    return fold(fold(START, welcome(), 0.0), board(10, windows=windows), 0.0)


def face(state: BoardState, number: int, at: float = 0.0) -> PanelFace:
    return window_faces(state, at)[number]


def test_a_window_shows_the_number_it_holds_and_else_its_state() -> None:
    state = hall(window(1, "142"), window(2), window(3, state="paused"), window(4, state="closed"))
    assert face(state, 1) == PanelFace("142")
    assert face(state, 2) == PanelFace("0")
    assert face(state, 3) == PanelFace("--", state="paused")
    assert face(state, 4) == PanelFace("---", state="closed", dim=True)


def test_a_paused_window_keeps_the_number_it_holds() -> None:
    assert face(hall(window(3, "A17", "paused")), 3).text == "A17"


def test_the_words_of_an_idle_window_are_the_centres() -> None:
    words = PanelWords(open="", paused="-", closed="END")
    state = hall(window(1), window(2, state="paused"), window(3, state="closed"))
    faces = window_faces(state, 0.0, words)
    assert [faces[number].text for number in (1, 2, 3)] == ["", "-", "END"]


def test_a_number_flashes_for_ten_seconds_after_its_call_and_after_each_call_again() -> None:
    state = fold(START, welcome(), 0.0)
    state = fold(state, board(10, call(10, "142", 5, age_s=2.0), windows=(window(5, "142"),)), 0.0)
    assert face(state, 5, 0.0).flash
    assert face(state, 5, FLASH_S - 2.1).flash
    assert not face(state, 5, FLASH_S - 1.9).flash
    again = board(11, call(11, "142", 5, recall=1), windows=(window(5, "142"),))
    state = fold(fold(state, ping(), 12.0), again, 12.0)
    assert face(state, 5, 12.5).flash
    assert not face(state, 5, 22.5).flash


def test_a_call_to_another_window_makes_no_other_panel_flash() -> None:
    state = fold(START, welcome(), 0.0)
    windows = (window(5, "142"), window(6, "143"))
    state = fold(state, board(10, call(10, "142", 5), windows=windows), 0.0)
    assert face(state, 5).flash
    assert not face(state, 6).flash


def test_a_single_call_is_shown_before_the_whole_board_comes() -> None:
    state = fold(hall(window(5), window(6, "141")), called(call(11, "142", 5)), 1.0)
    assert face(state, 5, 1.0) == PanelFace("142", flash=True)
    assert face(state, 6, 1.0) == PanelFace("141")
    state = fold(state, called(call(12, "141", 5)), 2.0)
    assert face(state, 6, 2.0).text == "0", "the number went to another window"
    assert face(state, 5, 2.0).text == "141"


def test_a_withdrawn_call_takes_its_number_off_the_panel() -> None:
    state = fold(START, welcome(), 0.0)
    windows = (window(5, "142"), window(6, "143"))
    state = fold(state, board(10, call(10, "142", 5), call(9, "143", 6), windows=windows), 0.0)
    state = fold(state, withdrawn(10, 11), 1.0)
    assert face(state, 5, 1.0).text == "0"
    assert face(state, 6, 1.0).text == "143"


@pytest.mark.parametrize("silent_s", [15.0, 3600.0])
def test_after_fifteen_seconds_of_silence_the_number_stays_and_says_that_it_is_old(
    silent_s: float,
) -> None:
    state = hall(window(5, "142"))
    assert not face(state, 5, 14.9).stale
    assert face(state, 5, silent_s) == PanelFace("142", stale=True)


def test_a_stale_number_does_not_flash() -> None:
    state = fold(START, welcome(), 0.0)
    state = fold(state, board(10, call(10, "142", 5), windows=(window(5, "142"),)), 0.0)
    assert not face(replace(state, contact=-20.0), 5).flash


def test_of_an_unknown_window_nothing_is_shown_at_first_and_dashes_after_a_silence() -> None:
    assert unknown_face(START, 14.0) is None
    assert unknown_face(START, 15.0) == PanelFace("---", state="closed", dim=True, stale=True)
    known = hall(window(5))
    assert 77 not in window_faces(known, 0.0)
    assert unknown_face(known, 0.0) == PanelFace("---", state="closed", dim=True)


def test_another_epoch_takes_the_windows_with_it() -> None:
    state = fold(hall(window(5, "142")), welcome(epoch=NEXT_EPOCH), 1.0)
    assert window_faces(state, 1.0) == {}


@pytest.mark.parametrize("text", ["142", "A17", "K1204", "---", "0", "567890"])
def test_a_drawn_number_is_as_wide_as_its_panel_and_seven_dots_high(text: str) -> None:
    rows = draw(text, 48)
    assert len(rows) == HEIGHT
    assert {len(row) for row in rows} == {48}
    assert set("".join(rows)) == {"0", "1"}


def test_every_sign_is_drawn_differently() -> None:
    drawn = {sign: draw(sign, 16) for sign in "0123456789-AJDSMKLNWY"}
    assert len(set(drawn.values())) == len(drawn)
    assert draw("17", 32) != draw("71", 32)


def test_the_letter_stands_to_the_right_of_its_number() -> None:
    alone = draw("A", 9)
    both = draw("A1", 9)
    letter_columns = {x for row in both for x, dot in enumerate(row) if dot == "1" and x > 4}
    assert letter_columns
    assert all(row[1] == "1" for row in both), "the stroke of the one, at the left"
    assert "".join(alone).count("1") + HEIGHT == "".join(both).count("1")


def test_what_cannot_be_drawn_is_left_to_the_text() -> None:
    assert draw("", 48) == ()
    assert draw("Q17", 48) == ()
    assert draw("S12345", 24) == ()
