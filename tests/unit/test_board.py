"""The fold of the server's frames, and what the glass shows of it."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_services.link.board_frames import LISTED_CALLS, BoardCall
from core_services.link.frames import ServerFrame
from displays.board import BoardState as State
from displays.board import Call, Glass, fold, glass
from tests.support.hall_server import (
    EPOCH,
    KAFR_SAQR,
    NEXT_EPOCH,
    NOON,
    PRAYER,
    USUAL_WAIT,
    board,
    call,
    called,
    ping,
    welcome,
    withdrawn,
)

FIVE = [call(150 - age, str(142 - age), 9 - age, age_s=age * 20) for age in range(5)]


def after(*frames: ServerFrame, at: float = 0.0) -> State:
    """Return the state after these frames, all at the same moment."""
    state = State(contact=0.0)
    for frame in frames:
        state = fold(state, frame, at)
    return state


def seen(state: State, at: float = 0.0, standing: Call | None = None) -> Glass:
    return glass(state, at, standing=standing)


def ids(state: State) -> list[int]:
    return [one.id for one in state.calls]


def test_the_newest_call_is_current_and_four_earlier_ones_follow() -> None:
    shown = seen(after(welcome(), board(150, *FIVE, call(145, "137", 1))))
    assert shown.current is not None
    assert (shown.current.label, shown.current.window) == ("142", 9)
    assert [one.label for one in shown.previous] == ["141", "140", "139", "138"]


def test_a_board_with_room_for_more_calls_names_every_call_there_is() -> None:
    full = [call(150 - age, str(142 - age), 1 + age % 9) for age in range(LISTED_CALLS)]
    assert after(welcome()).reaches_back_to == 0
    assert after(welcome(), board(150, *full[:-1])).reaches_back_to == 0
    state = after(welcome(), board(150, *full), withdrawn(145, 151), withdrawn(144, 152))
    assert state.reaches_back_to == full[-1].id
    assert len(state.calls) == LISTED_CALLS - 2


def test_an_announced_call_stays_current_though_a_newer_one_is_listed() -> None:
    state = after(welcome(), board(150, *FIVE))
    shown = seen(state, standing=state.calls[1])
    assert shown.current == state.calls[1]
    assert [one.label for one in shown.previous] == ["142", "140", "139", "138"]


def test_a_number_whose_announcement_is_still_to_come_is_not_shown() -> None:
    state = after(welcome(), board(150, *FIVE))
    shown = glass(state, 0.0, standing=state.calls[2], pending=state.calls[:2])
    assert shown.current == state.calls[2]
    assert [one.label for one in shown.previous] == ["139", "138"]


def test_a_number_that_is_called_again_stays_among_the_previous_until_its_turn() -> None:
    state = after(welcome(), board(150, *FIVE), called(call(160, "139", 6, recall=1)))
    shown = glass(state, 0.0, standing=state.calls[1], pending=state.calls[:1])
    assert [one.label for one in shown.previous] == ["139", "141", "140", "138"]


def test_a_recall_takes_the_place_of_its_first_call() -> None:
    state = after(welcome(), board(150, *FIVE), called(call(160, "139", 6, recall=1)))
    assert [one.label for one in state.calls] == ["139", "142", "141", "140", "138"]
    assert state.calls[0].recall == 1


def test_a_withdrawn_call_leaves_the_glass() -> None:
    state = after(welcome(), board(150, *FIVE), withdrawn(150, 151))
    assert 150 not in ids(state)
    assert state.withdrawn == {150}
    assert seen(state).current == state.calls[0]


def test_a_board_with_a_lower_revision_changes_nothing_but_the_silence() -> None:
    before = after(welcome(), board(150, *FIVE))
    later = fold(before, board(149), 3.0)
    assert later.calls == before.calls
    assert later.contact == 3.0


def test_a_board_with_the_same_revision_replaces() -> None:
    state = after(welcome(), board(150, *FIVE), board(150, *FIVE, messages=(PRAYER,), wait=None))
    assert state.messages == (PRAYER,)
    assert state.wait is None


def test_a_call_that_the_board_already_counts_is_ignored() -> None:
    before = after(welcome(), board(150, *FIVE))
    assert fold(before, called(call(146, "138", 5)), 0.0).calls == before.calls
    assert fold(before, called(call(140, "131", 5)), 0.0).calls == before.calls


def test_a_call_newer_than_a_late_board_survives_it() -> None:
    state = after(welcome(), called(call(151, "143", 2)), board(150, *FIVE))
    assert ids(state)[:2] == [151, 150]


def test_a_new_epoch_forgets_calls_and_revisions() -> None:
    state = after(welcome(), board(150, *FIVE), welcome(epoch=NEXT_EPOCH))
    assert state.calls == ()
    assert seen(state).current is None
    assert ids(fold(state, board(3, call(3, "101", 1), epoch=NEXT_EPOCH), 0.0)) == [3]


def test_the_same_epoch_after_a_reconnect_keeps_the_board() -> None:
    assert ids(after(welcome(), board(150, *FIVE), welcome())) == [150, 149, 148, 147, 146]


def test_a_call_of_another_epoch_is_not_believed() -> None:
    state = after(
        welcome(), called(call(9, "101", 1), epoch=NEXT_EPOCH), withdrawn(9, 9, epoch=NEXT_EPOCH)
    )
    assert (state.calls, state.later) == ((), ())


@pytest.mark.parametrize(("silent_s", "stale"), [(14.9, False), (15.0, True), (3600.0, True)])
def test_a_board_is_stale_after_fifteen_seconds_of_silence(silent_s: float, stale: bool) -> None:
    state = after(welcome(), board(150, *FIVE), at=100.0)
    shown = seen(state, 100.0 + silent_s)
    assert shown.stale is stale
    assert (shown.wait is None) is stale
    assert shown.current == state.calls[0]


def test_any_frame_ends_the_silence() -> None:
    state = fold(after(welcome(), board(150, *FIVE)), ping(), 40.0)
    assert not seen(state, 41.0).stale


def test_a_board_that_never_heard_its_server_is_empty_then_stale() -> None:
    state = State(contact=0.0)
    assert seen(state, 1.0) == Glass(None, (), None, None, None, None, False)
    assert seen(state, 15.0).stale


def test_the_time_is_the_servers_in_the_zone_of_the_centre() -> None:
    state = after(welcome(), ping(NOON + timedelta(seconds=20)), at=20.0)
    time = seen(state, 20.0 + 45).time
    assert time is not None
    assert (time.hour, time.minute, time.second) == (12, 6, 0)


def test_an_unknown_zone_is_taken_for_cairo() -> None:
    state = after(welcome().model_copy(update={"zone": "Mars/Olympus"}))
    assert str(state.zone) == "Africa/Cairo"


def test_the_age_of_a_call_is_the_servers_not_the_walls() -> None:
    state = after(welcome(), board(150, call(150, "142", 5, age_s=42.5)), at=1000.0)
    assert state.calls[0].age_s(1010.0) == pytest.approx(52.5)


def test_several_messages_take_turns_on_their_one_line() -> None:
    other = PRAYER.model_copy(update={"text_ar": "رسالة أخرى"})
    state = after(welcome(), board(150, messages=(PRAYER, other)))
    turns = [seen(state, at).news for at in (0.0, 9.9, 10.0, 19.9, 20.0)]
    assert turns == [PRAYER, PRAYER, other, other, PRAYER]


def test_the_names_and_the_wait_come_to_the_glass() -> None:
    shown = seen(after(welcome(), board(1)))
    assert shown.centre == KAFR_SAQR
    assert shown.wait == USUAL_WAIT


# ---------------------------------------------------------------- any order, any number
@st.composite
def histories(draw: st.DrawFn) -> tuple[list[ServerFrame], list[BoardCall]]:
    """Draw a morning of calls, recalls and withdrawals: its frames, boards between, and its end."""
    calls: dict[str, BoardCall] = {}
    frames: list[ServerFrame] = []
    revision, number = 0, 100
    for act in draw(st.lists(st.sampled_from("ccccrwb"), min_size=1, max_size=25)):
        revision += draw(st.integers(1, 3))
        if act == "c":
            number += 1
            label = str(number)
            calls[label] = call(revision, label, draw(st.integers(1, 9)))
            frames.append(called(calls[label]))
        elif act == "r" and calls:
            old = calls[draw(st.sampled_from(sorted(calls)))]
            calls[old.label] = call(revision, old.label, old.window, recall=old.recall + 1)
            frames.append(called(calls[old.label]))
        elif act == "w" and calls:
            gone = calls.pop(draw(st.sampled_from(sorted(calls))))
            frames.append(withdrawn(gone.id, revision))
        else:
            frames.append(board(revision, *newest(calls.values())))
    return frames, newest(calls.values())


def newest(calls: Iterable[BoardCall]) -> list[BoardCall]:
    return sorted(calls, key=lambda one: one.id, reverse=True)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[ServerFrame], list[ServerFrame], list[BoardCall]]:
    """Draw a history's frames shuffled, doubled, with reconnects among them; and in their order."""
    frames, end = draw(histories())
    again = draw(st.lists(st.sampled_from(frames), max_size=8))
    greetings: list[ServerFrame] = [welcome()] * draw(st.integers(0, 3))
    return draw(st.permutations([*frames, *again, *greetings])), frames, end


@given(deliveries())
def test_whatever_came_before_the_last_board_decides(
    delivery: tuple[list[ServerFrame], list[ServerFrame], list[BoardCall]],
) -> None:
    shuffled, _, end = delivery
    last = board(1000, *end, messages=(PRAYER,))
    lone = after(welcome(), last)
    assert seen(after(welcome(), *shuffled, last)) == seen(lone)
    assert seen(after(welcome(), last, *shuffled)) == seen(lone)
    half = len(shuffled) // 2
    assert seen(after(welcome(), *shuffled[:half], last, *shuffled[half:])) == seen(lone)


@given(deliveries())
def test_the_order_of_frames_makes_no_difference(
    delivery: tuple[list[ServerFrame], list[ServerFrame], list[BoardCall]],
) -> None:
    shuffled, frames, _ = delivery
    one, other = after(welcome(), *shuffled), after(welcome(), *frames)
    assert (one.calls, one.withdrawn) == (other.calls, other.withdrawn)


@given(histories())
def test_frames_in_their_order_give_the_hall_as_the_server_has_it(
    history: tuple[list[ServerFrame], list[BoardCall]],
) -> None:
    frames, end = history
    assert ids(after(welcome(), *frames)) == [one.id for one in end]
    assert after(welcome(), *frames).epoch == EPOCH
