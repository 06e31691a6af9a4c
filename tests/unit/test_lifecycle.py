"""The life of tickets and windows as one table: what it allows, forbids and can never do."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.tickets.lifecycle import (
    ACTS,
    ENDED,
    IN_HAND,
    IN_LINE,
    NONE,
    TRANSITIONS,
    UNDOABLE,
    WINDOW_TRANSITIONS,
    allowed_acts,
    allowed_window_acts,
    says_more,
    state_after,
    undone_state,
    window_state_after,
)
from queue_server.tickets.model import PaperMark, TicketEventKind, TicketState, WindowState

STATES: tuple[TicketState, ...] = get_args(TicketState)
EVENTS: tuple[TicketEventKind, ...] = get_args(TicketEventKind)
MARKS: tuple[PaperMark, ...] = get_args(PaperMark)


def test_every_state_is_in_line_in_hand_parked_or_ended() -> None:
    assert set(STATES) == IN_LINE | IN_HAND | ENDED | {"parked"}
    assert not IN_LINE & IN_HAND
    assert not (IN_LINE | IN_HAND) & ENDED


def test_an_event_leads_from_a_state_to_one_state_only() -> None:
    pairs = [(event, before) for event, before, _ in TRANSITIONS if event not in ("issue", "undo")]
    assert len(pairs) == len(set(pairs))
    pairs_of_windows = [(event, before) for event, before, _ in WINDOW_TRANSITIONS]
    assert len(pairs_of_windows) == len(set(pairs_of_windows))


def test_a_life_begins_with_issue_and_with_nothing_else() -> None:
    assert {event for event, before, _ in TRANSITIONS if before == NONE} == {"issue"}
    assert {before for event, before, _ in TRANSITIONS if event == "issue"} == {NONE}


@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_ended_ticket_moves_only_back(state: TicketState) -> None:
    moves = {(event, to) for event, before, to in TRANSITIONS if before == state != to}
    back = {(event, to) for event, to in moves if event != "undo"}
    assert back == {"no_show": {("return", "waiting")}, "void": {("reinstate", "waiting")}}.get(
        state, set()
    )
    assert {to for event, to in moves if event == "undo"} == {
        before for event, before, after in TRANSITIONS if event in UNDOABLE and after == state
    }
    assert set(allowed_acts(state)) == {event for event, _ in back}


def test_an_undo_leads_back_to_where_its_act_came_from_and_nowhere_else() -> None:
    undone = {(before, to) for event, before, to in TRANSITIONS if event == "undo"}
    assert undone == {(to, before) for event, before, to in TRANSITIONS if event in UNDOABLE}
    for event, before, _ in TRANSITIONS:
        assert undone_state(event, before) == (before if event in UNDOABLE else None)


@pytest.mark.parametrize("event", ["issue", "void", "transfer", "return", "reprint", "paper"])
def test_what_others_know_of_already_is_not_undone(event: TicketEventKind) -> None:
    assert event not in UNDOABLE


def test_a_ticket_is_called_only_from_waiting_and_served_only_after_its_call() -> None:
    moves = [each for each in TRANSITIONS if each[0] != "undo" and each[1] != each[2]]
    assert {before for _, before, to in moves if to == "called"} == {"waiting"}
    assert {before for _, before, to in moves if to == "serving"} == {"called"}
    assert {before for _, before, to in moves if to == "finished"} == {"serving"}


def test_every_state_that_anything_leads_to_can_still_end() -> None:
    reached = {to for _, _, to in TRANSITIONS}
    for state in reached - ENDED:
        seen, fresh = {state}, {state}
        while fresh:
            fresh = {to for _, before, to in TRANSITIONS if before in fresh} - seen
            seen |= fresh
        assert seen & ENDED, state


@pytest.mark.parametrize("state", STATES)
def test_what_a_state_allows_is_what_has_a_way_out_of_it(state: TicketState) -> None:
    assert set(allowed_acts(state)) == {
        act for act, event in ACTS.items() if state_after(event, state) is not None
    }


@given(event=st.sampled_from(EVENTS), state=st.sampled_from(STATES))
def test_the_state_after_an_act_is_the_tables(event: TicketEventKind, state: TicketState) -> None:
    after = state_after(event, state)
    if event == "undo":
        assert after is None  # what it leads to is said by the act that it undoes
    elif after is None:
        assert not [each for each in TRANSITIONS if each[:2] == (event, state)]
    else:
        assert (event, state, after) in TRANSITIONS


def test_a_called_ticket_is_cancelled_or_served_but_never_void() -> None:
    assert state_after("void", "called") is None
    assert allowed_acts("called") == (
        "recall",
        "start",
        "no-show",
        "transfer",
        "cancel",
        "service",
    )


@pytest.mark.parametrize("state", get_args(WindowState))
@pytest.mark.parametrize("has_ticket", [False, True])
def test_a_window_allows_what_its_table_allows(state: WindowState, has_ticket: bool) -> None:
    allowed = allowed_window_acts(state, has_ticket=has_ticket)
    if has_ticket and state != "closed":
        assert allowed == ()
        return
    for act in ("call-next", "call", "walk-direct"):
        assert (act in allowed) == (state == "open")
    for act in ("pause", "close"):
        assert (act in allowed) == (window_state_after(act, state) is not None)
    opens = window_state_after("open", state) or window_state_after("resume", state)
    assert ("open" in allowed) == (opens == "open")


@given(known=st.sampled_from(MARKS), marks=st.lists(st.sampled_from(MARKS), max_size=6))
def test_what_is_known_of_a_slip_never_becomes_less(
    known: PaperMark, marks: list[PaperMark]
) -> None:
    heard = [known]
    for mark in marks:
        if says_more(mark, known):
            known = mark
        heard.append(known)
    if "printed" in (marks if heard[0] != "printed" else ["printed"]):
        assert known == "printed"
    assert not says_more(known, known)
