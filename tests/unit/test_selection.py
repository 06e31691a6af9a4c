"""Who is called next: the published rule holds for every line and every window."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from queue_server.tickets.selection import (
    COMMON_LANES,
    Desk,
    InLine,
    lane_for,
    next_for,
    position_of,
    rank_for,
)

MORNING: Final = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
CREDIT_S: Final = 900
UNIFIED: Final = Desk(frozenset({"U", "X"}), frozenset({"plain", "priority"}), False)
FIRST: Final = replace(UNIFIED, priority_first=True)


def arrival_of(ticket: InLine) -> datetime:
    """Return when the ticket came, its credit taken back."""
    return ticket.rank_at + timedelta(seconds=CREDIT_S if ticket.lane == "priority" else 0)


@st.composite
def lines(draw: st.DrawFn) -> list[InLine]:
    """A line of people of both queues, some with a credit, some not yet callable."""
    people = draw(
        st.lists(
            st.tuples(
                st.integers(0, 7200),
                st.sampled_from(["U", "U", "X"]),
                st.sampled_from(["plain", "plain", "priority"]),
                st.sampled_from([True, True, True, False]),
            ),
            max_size=40,
        )
    )
    return [
        InLine(
            id=UUID(int=nth),
            queue=queue,
            lane=lane,
            rank_at=rank_for(
                MORNING + timedelta(seconds=came), CREDIT_S if lane == "priority" else 0
            ),
            is_callable=is_callable,
        )
        for nth, (came, queue, lane, is_callable) in enumerate(people)
    ]


@given(line=lines())
def test_nobody_who_came_more_than_the_credit_after_you_is_called_before_you(
    line: list[InLine],
) -> None:
    called = next_for(UNIFIED, line)
    for other in line:
        if other.is_callable and called is not None and other.queue == called.queue:
            assert arrival_of(called) - arrival_of(other) <= timedelta(seconds=CREDIT_S)


@given(line=lines())
def test_nobody_is_overlooked_while_somebody_callable_waits(line: list[InLine]) -> None:
    called = next_for(UNIFIED, line)
    assert (called is None) == (not any(ticket.is_callable for ticket in line))
    if called is not None:
        assert called.is_callable


@given(line=lines())
def test_a_whole_line_is_called_once_each_in_the_order_of_rank(line: list[InLine]) -> None:
    left, order = list(line), []
    while (called := next_for(UNIFIED, left)) is not None:
        order.append(called)
        left.remove(called)
    assert order == sorted(
        (ticket for ticket in line if ticket.is_callable),
        key=lambda ticket: (ticket.rank_at, ticket.id.int),
    )
    assert not [ticket for ticket in left if ticket.is_callable]


@given(line=lines())
def test_a_priority_first_window_calls_a_priority_while_one_waits(line: list[InLine]) -> None:
    called = next_for(FIRST, line)
    has_priority = [t for t in line if t.is_callable and t.lane == "priority"]
    if called is not None:
        assert (called.lane == "priority") == bool(has_priority)
        assert called == next_for(UNIFIED, has_priority or [t for t in line if t.lane == "plain"])


@given(line=lines())
def test_a_window_calls_only_its_own_queues_and_lanes(line: list[InLine]) -> None:
    rare = Desk(frozenset({"X"}), frozenset({"plain"}), False)
    called = next_for(rare, line)
    if called is not None:
        assert (called.queue, called.lane) == ("X", "plain")
    bound = InLine(UUID(int=999), "X", "window:5", MORNING - timedelta(days=1), True)
    assert next_for(rare, [*line, bound]) == called
    own = replace(rare, lanes=rare.lanes | {"window:5"})
    assert next_for(own, [*line, bound]) == bound


@given(line=lines())
def test_places_in_a_queue_are_counted_from_one_without_gap(line: list[InLine]) -> None:
    for queue in ("U", "X"):
        mine = [ticket for ticket in line if ticket.queue == queue]
        assert sorted(position_of(ticket, line) for ticket in mine) == list(range(1, len(mine) + 1))


@given(line=lines())
def test_the_one_called_next_stands_first_among_the_callable_of_his_queue(
    line: list[InLine],
) -> None:
    called = next_for(UNIFIED, line)
    if called is not None:
        callable_line = [ticket for ticket in line if ticket.is_callable]
        assert position_of(called, callable_line) == 1


def test_somebody_bound_to_a_window_stands_in_nobody_elses_way() -> None:
    ticket = InLine(UUID(int=1), "U", "plain", MORNING, True)
    bound = InLine(UUID(int=2), "U", "window:5", MORNING - timedelta(hours=1), True)
    assert position_of(ticket, [ticket, bound]) == 1


def test_people_who_came_together_are_called_by_their_ids() -> None:
    twins = [InLine(UUID(int=nth), "U", "plain", MORNING, True) for nth in (2, 1)]
    assert next_for(UNIFIED, twins) == twins[1]


def test_lanes_and_ranks_follow_the_priority() -> None:
    assert lane_for("none") == "plain"
    assert {lane_for("age65"), lane_for("disability"), lane_for("infant")} == {"priority"}
    assert {"plain", "priority"} < set(COMMON_LANES)
    assert rank_for(MORNING, 900) == MORNING - timedelta(minutes=15)


def test_who_asks_for_a_woman_is_left_to_one_in_the_same_queue_and_to_nobody_else() -> None:
    asks = InLine(UUID(int=1), "U", "plain", MORNING, True, asks_for_woman=True)
    later = InLine(UUID(int=2), "U", "plain", MORNING + timedelta(minutes=1), True)
    for queue, called in (("U", later), ("X", asks)):
        assert next_for(replace(UNIFIED, left_to_women=frozenset({queue})), [asks, later]) == called
    own = Desk(frozenset({"U"}), frozenset({"window:5"}), False, frozenset({"U"}))
    bound = replace(asks, lane="window:5")
    assert next_for(own, [bound]) == bound
