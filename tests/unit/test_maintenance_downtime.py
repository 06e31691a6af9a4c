"""Downtime: each moment of the hours counts once, under the gravest reason that stood."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from core_services.l10n import Language
from queue_server.maintenance.downtime import (
    REASONS,
    Reason,
    Span,
    Standstill,
    Stop,
    closed_for_fault,
    length_s,
    spent,
    union,
    within,
)
from queue_server.maintenance.report import FIGURES, availability_sheet, available

NOON = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LONGEST = 200


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def span(start: int, end: int) -> Span:
    return at(start), at(end)


def stop(reason: Reason, start: int, end: int) -> Stop:
    return Stop(reason, at(start), at(end))


def minutes(spans: Sequence[Span]) -> set[int]:
    return {
        minute
        for start, end in spans
        for minute in range(
            int((start - NOON).total_seconds()) // 60, int((end - NOON).total_seconds()) // 60
        )
    }


moments = st.integers(0, LONGEST)
spans = st.tuples(moments, moments).map(lambda two: span(*two))
stops = st.builds(stop, st.sampled_from(REASONS), moments, moments)
hours = st.lists(spans, max_size=6).map(union)


def test_two_reasons_at_once_count_once_under_the_graver() -> None:
    there = [stop("away", 0, 60), stop("fault", 30, 90), stop("printer", 80, 100)]
    assert spent(there, [span(10, 95)]) == {"away": 20 * 60, "fault": 60 * 60, "printer": 5 * 60}


def test_the_same_reason_twice_at_once_counts_once() -> None:
    there = [stop("away", 0, 60), stop("away", 10, 70), stop("away", 70, 80)]
    assert spent(there, [span(0, 100)]) == {"away": 80 * 60}


def test_what_lies_outside_the_hours_counts_nowhere() -> None:
    assert spent([stop("fault", 0, 10)], [span(10, 20)]) == {}
    assert spent([stop("fault", 0, 10)], []) == {}
    assert spent([stop("fault", 20, 10)], [span(0, 100)]) == {}


@given(st.lists(stops, max_size=12), hours)
def test_each_minute_counts_once_under_the_gravest(there: list[Stop], opened: list[Span]) -> None:
    told = spent(there, opened)
    counted: dict[Reason, int] = {}
    for minute in minutes(opened):
        standing = [each.reason for each in there if each.began <= at(minute) < each.ended]
        if standing:
            gravest = min(standing, key=REASONS.index)
            counted[gravest] = counted.get(gravest, 0) + 60
    assert told == counted
    assert sum(told.values()) <= length_s(opened)


@given(st.lists(stops, max_size=12), hours, st.randoms(use_true_random=False))
def test_the_order_in_which_stops_are_read_changes_nothing(
    there: list[Stop], opened: list[Span], chance: Random
) -> None:
    mixed = list(there)
    chance.shuffle(mixed)
    assert spent(mixed, opened) == spent(there, opened)


@given(st.lists(spans, max_size=10), hours)
def test_parts_within_the_hours_are_the_time_that_both_have(
    some: list[Span], opened: list[Span]
) -> None:
    parts = within(some, opened)
    assert minutes(parts) == minutes(some) & minutes(opened)
    assert parts == sorted(parts)
    assert length_s(parts) == 60 * len(minutes(parts))


@given(st.lists(stops, max_size=10), st.lists(spans, max_size=6), hours)
def test_a_window_is_closed_for_a_fault_while_one_stops_it_and_it_is_not_open(
    there: list[Stop], opened: list[Span], house: list[Span]
) -> None:
    stopped = minutes(
        [(each.began, each.ended) for each in there if each.reason in ("fault", "maintenance")]
    )
    told = closed_for_fault(there, opened, house)
    assert told == 60 * len((stopped & minutes(house)) - minutes(opened))


def line(kind: str, name: str, **facts: object) -> Standstill:
    return Standstill(kind, name, **facts)  # type: ignore[arg-type]


LINES = (
    line("window", "10", open_s=600, down_s={"fault": 60}, closed_for_fault_s=30),
    line("window", "9", open_s=600),
    line("elsewhere", "", orders_done=1, work_minutes=5),
    line("kiosk", "K1", open_s=600, down_s={"away": 300, "printer": 60}, orders_done=2),
    line("display", "D1"),
)


def test_the_whole_is_the_sum_of_the_rows_and_the_share_that_of_all_hours() -> None:
    languages: tuple[Language, ...] = ("ar", "en")
    for language in languages:
        sheet = availability_sheet(LINES, language, period="x")
        for place, figure in enumerate(FIGURES):
            cells = [each for each in sheet.figures(figure.key) if each is not None]
            if figure.key == "available":
                assert sheet.total[place + 1] == available(LINES) == 1 - 420 / 1800
            else:
                assert sheet.total[place + 1] == sum(cells), figure.key
        named = {each.term for each in sheet.definitions}
        columns = {each.title for each in sheet.columns[2:]}
        undefined = {"أوامر صيانة نُفّذت", "Orders done"}
        assert columns - named <= undefined
        assert named <= columns


def test_rows_stand_by_kind_and_windows_by_number() -> None:
    names = [row[1] for row in availability_sheet(LINES, "en", period="x").rows]
    assert names == ["K1", "D1", "9", "10", None]
    assert [row[1] for row in availability_sheet(LINES, "ar", period="x").rows][2] == "٩"


def test_nothing_that_was_there_has_no_share_and_no_row() -> None:
    assert line("kiosk", "K1").available is None
    assert available(()) is None
    empty = availability_sheet((), "ar", period="x")
    assert (empty.rows, empty.total) == ((), ())
