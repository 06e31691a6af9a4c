"""A history of numbers as a CSV file, read strictly and written alike; also the log of windows, and
the catalogue's times.

One row is one number: `ticket,queue,service,priority,issued_at,called_at,started_at,finished_at,
window,outcome`, in any order of columns and rows; times RFC 3339 with their offset; cells empty
where they do not apply. `requests`, `lane`, `rank_at` and `service_known_at` may follow; other
columns are left alone.
A label may come again on another business day, not on the same one.
"""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final, TextIO, cast
from zoneinfo import ZoneInfo

from core_services.calendar import business_day
from queue_server.estimate.model import Outcome, Staffed, Visit
from queue_server.tickets.model import Priority
from queue_server.tickets.selection import COMMON_LANES

COLUMNS: Final = (
    "ticket",
    "queue",
    "service",
    "priority",
    "issued_at",
    "called_at",
    "started_at",
    "finished_at",
    "window",
    "outcome",
)
MORE_COLUMNS: Final = ("requests", "lane", "rank_at", "service_known_at")
WINDOW_COLUMNS: Final = ("window", "opened_at", "closed_at", "queues")
MORE_WINDOW_COLUMNS: Final = ("priority_first", "lanes")
TARGET_COLUMNS: Final = ("service", "target_s")
OUTCOMES: Final[tuple[Outcome, ...]] = ("finished", "no_show", "left")
PRIORITIES: Final[tuple[Priority, ...]] = ("none", "age65", "disability", "infant")
MOST_PROBLEMS: Final = 20
"""So many problems are told at once."""
_MOST_DIGITS: Final = 6
_YEARS: Final = (2000, 2199)
"""What lies outside is a slip of the pen, or a cell that some program filled with its zero."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a file, where, and what to do."""

    line: int
    column: str
    what: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", column {self.column}" if self.column else "")
        return f"{where}: {self.what}"


class HistoryError(Exception):
    """A file of history cannot be used as it is; `problems` says where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class _Wrong(Exception):
    def __init__(self, column: str, what: str) -> None:
        super().__init__(column, what)
        self.column, self.what = column, what


@dataclass(slots=True)
class _Problems:
    found: list[Problem] = field(default_factory=list)

    def add(self, line: int, column: str, what: str) -> None:
        self.found.append(Problem(line, column, what))
        if len(self.found) >= MOST_PROBLEMS:
            raise HistoryError(self.found)

    def tell(self) -> None:
        if self.found:
            raise HistoryError(self.found)


def read_visits(
    file: TextIO,
    *,
    priorities: Collection[str],
    zone: ZoneInfo | None = None,
    cut_over: time = time(3),
) -> list[Visit]:
    """Read a history; open the file with encoding `utf-8-sig` and newline="".

    `priorities`: the codes that may stand there, best with the credit of each in seconds: a code of
    the file's own that gives none is no priority. Raises HistoryError, which names each bad row by
    its line and column.
    """
    zone = zone or ZoneInfo("Africa/Cairo")
    problems = _Problems()
    seen: dict[tuple[date, str], int] = {}
    visits: list[Visit] = []
    for line, row in _rows(file, COLUMNS, problems):
        try:
            visit = _visit(row, priorities)
            day = business_day(datetime.fromtimestamp(visit.issued_at, UTC), zone, cut_over)
            first = seen.setdefault((day, visit.ticket), line)
            if first != line:
                raise _Wrong(
                    "ticket",
                    f"{visit.ticket!r} stands on line {first} too, for the same day ({day}); "
                    "give each number of a day one row",
                )
        except _Wrong as wrong:
            problems.add(line, wrong.column, wrong.what)
        else:
            visits.append(visit)
    problems.tell()
    if not visits:
        raise HistoryError([Problem(1, "", "the file has no numbers; give one row for each")])
    return visits


def read_staffed(file: TextIO) -> list[Staffed]:
    """Read a log of windows: `window,opened_at,closed_at,queues`, queues separated by spaces.

    `priority_first` (true or false) and `lanes` may follow. Raises HistoryError.
    """
    problems = _Problems()
    staffed: list[Staffed] = []
    for line, row in _rows(file, WINDOW_COLUMNS, problems):
        try:
            staffed.append(_staffed(row))
        except _Wrong as wrong:
            problems.add(line, wrong.column, wrong.what)
    problems.tell()
    return staffed


def read_targets(file: TextIO) -> dict[str, float]:
    """Read what a catalogue gives each service at a window: `service,target_s`, in seconds.

    Raises HistoryError.
    """
    problems = _Problems()
    targets: dict[str, float] = {}
    for line, row in _rows(file, TARGET_COLUMNS, problems):
        try:
            service, target_s = _given(row, "service"), _whole(row, "target_s")
            if target_s is None:
                raise _Wrong("target_s", "is empty")
            if service in targets:
                raise _Wrong("service", f"{service!r} is there twice; keep one")
        except _Wrong as wrong:
            problems.add(line, wrong.column, wrong.what)
        else:
            targets[service] = float(target_s)
    problems.tell()
    return targets


def write_targets(file: TextIO, targets: Mapping[str, int]) -> None:
    """Write a catalogue's times, in seconds, in the form that `read_targets` reads."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow(TARGET_COLUMNS)
    out.writerows(targets.items())


def write_visits(file: TextIO, visits: Iterable[Visit]) -> int:
    """Write visits in the form that `read_visits` reads and return their number."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow((*COLUMNS, *MORE_COLUMNS))
    count = 0
    for each in visits:
        out.writerow(
            (
                each.ticket,
                each.queue,
                each.service or "",
                each.priority,
                _text(each.issued_at),
                _text(each.called_at),
                _text(each.started_at),
                _text(each.finished_at),
                each.window if each.window is not None else "",
                each.outcome,
                each.requests,
                each.lane or "",
                _text(each.rank_at),
                _text(each.service_known_at),
            )
        )
        count += 1
    return count


def write_staffed(file: TextIO, staffed: Iterable[Staffed]) -> int:
    """Write a log of windows in the form that `read_staffed` reads and return its length."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow((*WINDOW_COLUMNS, *MORE_WINDOW_COLUMNS))
    count = 0
    for each in staffed:
        out.writerow(
            (
                each.window,
                _text(each.opened_at),
                _text(each.closed_at),
                " ".join(sorted(each.queues)),
                "true" if each.priority_first else "false",
                " ".join(sorted(each.lanes)),
            )
        )
        count += 1
    return count


def _rows(
    file: TextIO, columns: tuple[str, ...], problems: _Problems
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Give each row that is not empty with its line; tell of missing columns and cells."""
    reader = csv.reader(file, strict=True)
    try:
        head = [name.strip() for name in next(reader, [])]
        doubled = sorted({name for name in head if name and head.count(name) > 1})
        if doubled:
            what = f"the column {', '.join(doubled)} is there twice; keep one"
            raise HistoryError([Problem(1, "", what)])
        missing = [name for name in columns if name not in head]
        if missing:
            expected = ",".join(columns)
            what = f"there is no column {', '.join(missing)}; the first line names {expected}"
            raise HistoryError([Problem(1, "", what)])
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(head):
                what = f"{len(cells)} cells where the first line names {len(head)} columns"
                problems.add(reader.line_num, "", what)
                continue
            yield reader.line_num, dict(zip(head, map(str.strip, cells), strict=True))
    except csv.Error as error:
        problems.add(reader.line_num, "", f"this is no CSV: {error}")
    except UnicodeDecodeError as error:
        what = f"the file is not UTF-8 ({error.reason}); save it as CSV in UTF-8"
        problems.add(reader.line_num + 1, "", what)


def _visit(row: Mapping[str, str], priorities: Collection[str]) -> Visit:
    outcome = row["outcome"]
    if outcome not in OUTCOMES:
        raise _Wrong("outcome", f"{outcome!r} is none of {', '.join(OUTCOMES)}")
    priority = row["priority"] or "none"
    if priority not in priorities:
        known = ", ".join(sorted(priorities))
        raise _Wrong(
            "priority",
            f"{priority!r} has no known credit; known are {known}; name it with "
            f"--credit {priority}=SECONDS",
        )
    gives = priorities[priority] if isinstance(priorities, Mapping) else None
    if priority not in PRIORITIES and gives == 0:
        priority = "none"
    issued_at = _moment(row, "issued_at")
    if issued_at is None:
        raise _Wrong("issued_at", "is empty; every number was issued at some time")
    called_at, started_at, finished_at = (
        _moment(row, name) for name in ("called_at", "started_at", "finished_at")
    )
    _check_order(issued_at, called_at, started_at, finished_at)
    known_at = _moment(row, "service_known_at")
    if known_at is not None and known_at < issued_at:
        raise _Wrong("service_known_at", "lies before issued_at")
    window = _whole(row, "window")
    if outcome == "left":
        if called_at is not None:
            raise _Wrong("called_at", "is given, yet this number left before a call; empty it")
    else:
        for name, value in (("called_at", called_at), ("window", window)):
            if value is None:
                raise _Wrong(name, f"is empty, yet the outcome is {outcome}; a call has both")
        if outcome == "finished" and finished_at is None:
            raise _Wrong("finished_at", "is empty, yet the outcome is finished")
    return Visit(
        ticket=_given(row, "ticket"),
        queue=_given(row, "queue"),
        service=row["service"] or None,
        priority=cast(Priority, priority),
        issued_at=issued_at,
        called_at=called_at,
        started_at=started_at,
        finished_at=finished_at,
        window=window,
        outcome=outcome,
        requests=_whole(row, "requests") or 1,
        lane=row.get("lane") or None,
        rank_at=_moment(row, "rank_at"),
        service_known_at=known_at,
    )


def _staffed(row: Mapping[str, str]) -> Staffed:
    window = _whole(row, "window")
    opened_at, closed_at = _moment(row, "opened_at"), _moment(row, "closed_at")
    if window is None or opened_at is None or closed_at is None:
        empty = next(name for name in WINDOW_COLUMNS[:3] if not row[name])
        raise _Wrong(empty, "is empty")
    if closed_at < opened_at:
        raise _Wrong("closed_at", "lies before opened_at")
    first = row.get("priority_first", "").lower()
    if first not in ("", "true", "false"):
        raise _Wrong("priority_first", f"{first!r} is neither true nor false")
    queues = frozenset(row["queues"].replace(";", " ").split())
    if not queues:
        raise _Wrong("queues", "is empty; name the queues that it served, separated by spaces")
    lanes = frozenset(row.get("lanes", "").replace(";", " ").split())
    return Staffed(
        window, opened_at, closed_at, queues, lanes or frozenset(COMMON_LANES), first == "true"
    )


def _check_order(
    issued_at: float,
    called_at: float | None,
    started_at: float | None,
    finished_at: float | None,
) -> None:
    before, name = issued_at, "issued_at"
    for column, moment in (
        ("called_at", called_at),
        ("started_at", started_at),
        ("finished_at", finished_at),
    ):
        if moment is None:
            continue
        if moment < before:
            raise _Wrong(column, f"lies before {name}")
        before, name = moment, column


def _given(row: Mapping[str, str], column: str) -> str:
    if not row[column]:
        raise _Wrong(column, "is empty")
    return row[column]


def _whole(row: Mapping[str, str], column: str) -> int | None:
    text = row.get(column, "")
    if not text:
        return None
    is_short = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    if not is_short or int(text) < 1:
        raise _Wrong(column, f"{text!r} is no whole number from 1 on")
    return int(text)


def _moment(row: Mapping[str, str], column: str) -> float | None:
    text = row.get(column, "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Wrong(
            column, f"{text!r} is no time; write it as 2026-11-22T09:14:05+02:00"
        ) from None
    if moment.tzinfo is None:
        raise _Wrong(column, f"{text!r} has no offset; end it with Z or +02:00")
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise _Wrong(column, f"{text!r} lies outside the years {_YEARS[0]} to {_YEARS[1]}")
    return moment.timestamp()


def _text(moment: float | None) -> str:
    if moment is None:
        return ""
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
