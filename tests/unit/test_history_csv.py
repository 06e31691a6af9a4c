"""A history in CSV: read strictly, each fault named by line and column, and written alike."""

import re
from io import StringIO

import pytest

from queue_server.estimate.history import (
    COLUMNS,
    HistoryError,
    read_staffed,
    read_targets,
    read_visits,
    write_staffed,
    write_targets,
    write_visits,
)
from queue_server.estimate.model import Staffed, Visit

HEAD = ",".join(COLUMNS)
GOOD = (
    "142,U,land-survey,age65,2026-11-22T09:14:05+02:00,2026-11-22T09:20:00+02:00,"
    "2026-11-22T07:20:30Z,2026-11-22T09:25:00.250+02:00,5,finished"
)
KNOWN = {"none": 0.0, "age65": 900.0, "disability": 900.0, "infant": 900.0}


def read(*rows: str, head: str = HEAD) -> list[Visit]:
    return read_visits(StringIO("\n".join((head, *rows)) + "\n"), priorities=KNOWN)


def problem_of(row: str, *, head: str = HEAD) -> str:
    with pytest.raises(HistoryError) as caught:
        read(row, head=head)
    return str(caught.value)


def changed(column: str, value: str) -> str:
    cells = dict(zip(COLUMNS, GOOD.split(","), strict=True)) | {column: value}
    return ",".join(cells.values())


def test_times_of_any_offset_are_the_same_moments() -> None:
    (visit,) = read(GOOD)
    assert visit.called_at is not None
    assert visit.started_at == visit.called_at + 30
    assert visit.finished_at == visit.called_at + 300.25
    assert (visit.ticket, visit.queue, visit.service) == ("142", "U", "land-survey")
    assert (visit.priority, visit.window, visit.outcome) == ("age65", 5, "finished")


def test_codes_of_the_files_own_are_kept_and_one_without_credit_is_no_priority() -> None:
    file = StringIO(f"{HEAD}\n{changed('priority', 'gold')}\n")
    (gold,) = read_visits(file, priorities={**KNOWN, "gold": 1200.0})
    assert str(gold.priority) == "gold"
    file.seek(0)
    (normal,) = read_visits(file, priorities={**KNOWN, "gold": 0.0})
    assert normal.priority == "none"


def test_columns_come_in_any_order_and_unknown_ones_are_left_alone() -> None:
    cells = dict(zip(COLUMNS, GOOD.split(","), strict=True)) | {"clerk": "منى"}
    names = sorted(cells)
    (visit,) = read(",".join(cells[name] for name in names), head=",".join(names))
    assert visit == read(GOOD)[0]


def test_a_byte_order_mark_empty_lines_and_windows_line_ends_do_no_harm(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "events.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}\r\n\r\n{GOOD}\r\n,,,,,,,,,\r\n".encode())
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert read_visits(file, priorities=KNOWN) == read(GOOD)


def test_a_label_may_come_again_on_another_business_day_and_not_on_the_same() -> None:
    after_midnight = GOOD.replace("2026-11-22T09:14:05", "2026-11-22T02:00:00")
    assert len(read(GOOD, after_midnight)) == 2
    with pytest.raises(HistoryError) as caught:
        read(GOOD, after_midnight, GOOD)
    assert "line 4, column ticket: '142' stands on line 2 too" in str(caught.value)


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("ticket", "", "line 2, column ticket: is empty"),
        ("queue", "", "line 2, column queue: is empty"),
        ("priority", "vip", "--credit vip=SECONDS"),
        ("issued_at", "", "column issued_at: is empty"),
        ("issued_at", "22/11/2026 09:14", "is no time; write it as"),
        ("issued_at", "2026-11-22T09:14:05", "has no offset"),
        ("issued_at", "2026-11-22T09:50:00+02:00", "column called_at: lies before issued_at"),
        ("started_at", "2026-11-22T07:19:00Z", "column started_at: lies before called_at"),
        ("finished_at", "2026-11-22T07:20:10Z", "column finished_at: lies before started_at"),
        ("finished_at", "", "column finished_at: is empty, yet the outcome is finished"),
        ("window", "", "column window: is empty, yet the outcome is finished"),
        ("window", "five", "'five' is no whole number"),
        ("window", "0", "'0' is no whole number"),
        ("window", "9" * 5000, "is no whole number"),
        ("issued_at", "0001-01-01T00:00:00+02:00", "column issued_at: '0001-01-01"),
        ("issued_at", "9999-12-31T23:59:59-02:00", "lies outside the years 2000 to 2199"),
        ("outcome", "done", "'done' is none of finished, no_show, left"),
        ("outcome", "left", "column called_at: is given, yet this number left"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(column: str, value: str, told: str) -> None:
    assert told in problem_of(changed(column, value))


def test_a_service_known_before_its_number_is_named_by_line_and_column() -> None:
    told = problem_of(f"{GOOD},2026-11-22T09:00:00+02:00", head=f"{HEAD},service_known_at")
    assert "line 2, column service_known_at: lies before issued_at" in told


def test_a_missing_column_a_doubled_one_and_a_short_row_are_named() -> None:
    assert "there is no column priority" in problem_of(GOOD, head=HEAD.replace("priority,", "p,"))
    assert "column queue is there twice" in problem_of(GOOD, head=HEAD.replace("service", "queue"))
    assert "9 cells where the first line names 10" in problem_of(GOOD.removesuffix(",finished"))


def test_a_file_without_numbers_and_a_broken_quote_are_told() -> None:
    with pytest.raises(HistoryError, match="no numbers"):
        read()
    assert "no CSV" in problem_of('"142,U')


def test_all_faults_of_a_file_are_told_at_once() -> None:
    with pytest.raises(HistoryError) as caught:
        read(changed("queue", ""), GOOD, changed("window", "x"))
    assert [each.line for each in caught.value.problems] == [2, 4]


def test_numbers_that_left_or_missed_their_call_may_lack_what_never_was() -> None:
    left, missed = read(
        "1,U,,,2026-11-22T07:00:00Z,,,,,left",
        "2,U,,none,2026-11-22T07:00:00Z,2026-11-22T07:10:00Z,,,3,no_show",
    )
    assert (left.service, left.priority, left.called_at) == (None, "none", None)
    assert (missed.finished_at, missed.window) == (None, 3)


def test_what_was_written_reads_back_the_same() -> None:
    visits = [
        *read(GOOD),
        Visit("7", "X", None, "none", 1.8e9, None, None, 1.8e9 + 60.123456, None, "left", 3),
        Visit("8", "X", "a", "infant", 1.8e9, 1.8e9 + 1, None, 1.8e9 + 50, 2, "no_show", 1,
              "priority", 1.8e9 - 600),
        Visit("9", "X", "a", "none", 1.8e9, 1.8e9 + 1, 1.8e9 + 9, 1.8e9 + 50, 2, "finished",
              service_known_at=1.8e9 + 12.5),
    ]  # fmt: skip
    file = StringIO()
    assert write_visits(file, visits) == 4
    file.seek(0)
    assert read_visits(file, priorities=KNOWN) == visits


def test_a_log_of_windows_reads_back_the_same_and_names_its_faults() -> None:
    staffed = [
        Staffed(1, 1.8e9, 1.8e9 + 3600, frozenset({"U", "X"}), frozenset({"plain"}), True),
        Staffed(2, 1.8e9, 1.8e9 + 7200.5, frozenset({"U"}), frozenset({"plain", "priority"})),
    ]
    file = StringIO()
    assert write_staffed(file, staffed) == 2
    file.seek(0)
    assert read_staffed(file) == staffed
    head = "window,opened_at,closed_at,queues"
    for row, told in (
        (",2026-11-22T07:00:00Z,2026-11-22T08:00:00Z,U", "column window: is empty"),
        ("1,2026-11-22T07:00:00Z,2026-11-22T06:00:00Z,U", "closed_at: lies before opened_at"),
        ("1,2026-11-22T07:00:00Z,2026-11-22T08:00:00Z,", "column queues: is empty"),
    ):
        with pytest.raises(HistoryError, match=told):
            read_staffed(StringIO(f"{head}\n{row}\n"))


def test_a_catalogues_times_read_back_the_same_and_name_their_faults() -> None:
    file = StringIO()
    write_targets(file, {"land-survey": 210, "building-new": 360})
    file.seek(0)
    assert read_targets(file) == {"land-survey": 210.0, "building-new": 360.0}
    for row, told in (
        (",60", "column service: is empty"),
        ("collection,", "column target_s: is empty"),
        ("collection,2.5", "column target_s: '2.5' is no whole number"),
        ("land-survey,60\nland-survey,70", "'land-survey' is there twice; keep one"),
    ):
        with pytest.raises(HistoryError, match=re.escape(told)):
            read_targets(StringIO(f"service,target_s\n{row}\n"))
