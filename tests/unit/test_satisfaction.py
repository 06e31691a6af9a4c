"""What is told of citizens' answers, and that no small part of them can be worked out."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.feedback.publication import (
    SETTLED_AFTER,
    SMALL,
    Cell,
    Published,
    is_over,
    last_weeks,
    published,
    rows,
    told_counts,
    total,
    week_of,
    whole_weeks,
)

WEEK = date(2026, 11, 14)
MOST = 60


def cells() -> st.SearchStrategy[list[Cell]]:
    """Return the answers of a week, by service."""
    one = st.integers(0, MOST).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
    return st.lists(one, max_size=12).map(
        lambda each: [Cell(WEEK, f"s{nth}", n, k) for nth, (n, k) in enumerate(each)]
    )


def test_fewer_than_five_answers_are_hidden_however_they_were() -> None:
    for answers in range(SMALL):
        for satisfied in range(answers + 1):
            assert published(Cell(WEEK, "s", answers, satisfied)) is None


def test_a_part_under_five_can_be_any_number_under_five() -> None:
    behind: dict[tuple[int, Published], list[int]] = defaultdict(list)
    for answers in range(SMALL, MOST):
        for satisfied in range(answers + 1):
            told = published(Cell(WEEK, "s", answers, satisfied))
            assert told is not None
            behind[answers, told].append(satisfied)
    for (answers, told), possible in behind.items():
        assert told.answers == answers
        if len(possible) == 1:
            assert min(possible[0], answers - possible[0]) >= SMALL
            assert told.is_exact
        else:
            parts = [min(satisfied, answers - satisfied) for satisfied in possible]
            assert set(range(SMALL)) <= set(parts) | set(possible)
            assert len(possible) >= SMALL
            assert told.satisfied_at_least == min(possible)
            assert told.satisfied_at_most == max(possible)


@given(cells())
def test_the_truth_lies_between_what_is_told(week: list[Cell]) -> None:
    told = {row.service: row.told for row in rows(week)}
    for cell in week:
        if cell.service in told:
            shown = told[cell.service]
            assert shown.satisfied_at_least <= cell.satisfied <= shown.satisfied_at_most
            true_share = 100 * cell.satisfied / cell.answers
            assert shown.share_at_least <= true_share < shown.share_at_most + 1


@given(cells(), cells())
def test_sums_tell_nothing_of_what_is_hidden(week: list[Cell], other: list[Cell]) -> None:
    hidden = [cell for cell in other if cell.answers < 2 * SMALL]
    beside = [Cell(WEEK, f"hidden-{cell.service}", cell.answers, cell.satisfied) for cell in hidden]
    assert total(rows([*week, *beside])) == total(rows(week))


@given(cells(), st.data())
def test_moving_a_hidden_part_changes_nothing_that_is_told(
    week: list[Cell], data: st.DataObject
) -> None:
    moved = []
    for cell in week:
        satisfied = cell.satisfied
        n = cell.answers
        if n < SMALL:
            n = data.draw(st.integers(0, SMALL - 1))
            satisfied = data.draw(st.integers(0, n))
        elif n < 2 * SMALL:
            satisfied = data.draw(st.integers(0, n))
        elif satisfied < SMALL:
            satisfied = data.draw(st.integers(0, SMALL - 1))
        elif n - satisfied < SMALL:
            satisfied = n - data.draw(st.integers(0, SMALL - 1))
        moved.append(Cell(cell.week, cell.service, n, satisfied))
    assert rows(moved) == rows(week)
    assert total(rows(moved)) == total(rows(week))


def test_small_counts_of_reasons_are_left_out() -> None:
    assert told_counts([("waiting", 12), ("papers", 4), ("other", 5)]) == (
        ("waiting", 12),
        ("other", 5),
    )


def test_a_week_runs_from_saturday_to_friday() -> None:
    assert [week_of(WEEK + timedelta(days=n)) for n in (0, 6, 7)] == [
        WEEK,
        WEEK,
        WEEK + timedelta(days=7),
    ]
    assert list(last_weeks(date(2026, 11, 22), 2)) == [WEEK, WEEK - timedelta(days=7)]


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        (date(2026, 11, 14), date(2026, 11, 20), 1),
        (date(2026, 11, 15), date(2026, 11, 20), 0),
        (date(2026, 11, 14), date(2026, 11, 19), 0),
        (date(2026, 11, 8), date(2026, 12, 1), 2),
        (date(2026, 11, 14), date(2026, 11, 14), 0),
    ],
)
def test_a_range_tells_only_the_weeks_that_lie_wholly_in_it(
    first: date, last: date, count: int
) -> None:
    assert len(whole_weeks(first, last)) == count


def test_a_week_is_told_once_its_last_answer_stands() -> None:
    end = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    assert not is_over(end, end)
    assert not is_over(end, end + SETTLED_AFTER - timedelta(seconds=1))
    assert is_over(end, end + SETTLED_AFTER)
