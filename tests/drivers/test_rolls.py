"""The roll is counted, its change is noticed, and white paper stops the line."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from drivers.printers.journal import Journal
from drivers.printers.model import PrinterStatus
from drivers.printers.profiles import PROFILES
from drivers.printers.rolls import RollBook, RollNews, RollWatch
from drivers.printers.status import LINK_DOWN
from tests.drivers.papers import job, number_of
from tests.drivers.rigs import desk, rig
from tests.support.clock import ManualClock

EPSON = PROFILES["epson-576"]
WELL = PrinterStatus(ready=True, link="up", paper="ok", cover="closed", reason=None)
LOW = PrinterStatus(ready=True, link="up", paper="near_end", cover="closed", reason=None)
OUT = PrinterStatus(ready=False, link="up", paper="out", cover="closed", reason="paper_out")
OPEN = PrinterStatus(ready=False, link="up", paper="ok", cover="open", reason="cover_open")
OUT_OPEN = PrinterStatus(ready=False, link="up", paper="out", cover="open", reason="paper_out")
UNKNOWN = PrinterStatus(ready=True, link="up", paper="unknown", cover="unknown", reason=None)


@pytest.mark.parametrize(
    ("heard", "news"),
    [
        ([WELL, OUT, WELL], "new_roll"),
        ([WELL, OUT, OUT_OPEN, OPEN, WELL], "new_roll"),
        ([OUT, LINK_DOWN, WELL], "new_roll"),
        ([OUT, LOW], "new_roll"),
        ([LOW, OPEN, WELL], "new_roll"),
        ([WELL, OPEN, WELL], "opened"),
        ([LOW, OPEN, LOW], "opened"),
        ([WELL, LOW, WELL], None),
        ([LINK_DOWN, WELL], None),
        ([LINK_DOWN, UNKNOWN, LINK_DOWN, UNKNOWN], None),
        ([WELL, LINK_DOWN, WELL], None),
        ([WELL, OUT, OUT_OPEN], None),
    ],
)
def test_a_new_roll_is_told_from_a_cover_that_was_only_opened(
    heard: list[PrinterStatus], news: RollNews | None
) -> None:
    watch = RollWatch()
    *before, last = heard
    assert [watch.hear(status) for status in before] == [None] * len(before)
    assert watch.hear(last) == news
    assert watch.hear(last) is None


@pytest.fixture
def book(tmp_path: Path) -> RollBook:
    return RollBook(tmp_path / "roll.json", ManualClock(), length_mm=80_000)


def test_paper_is_counted_and_forecast_in_slips_by_their_mean(book: RollBook) -> None:
    assert book.roll.slips_left == 615
    for _ in range(10):
        book.use(200.0)
    book.use(None)
    assert book.roll.used_mm == pytest.approx(2200)
    assert book.roll.left_mm == pytest.approx(77_800)
    assert book.roll.slips_left == 389
    book.correct(1_000)
    assert book.roll.left_mm == pytest.approx(1_000)
    assert book.roll.slips_left == 5
    for _ in range(9):
        book.use(200.0)
    assert (book.roll.left_mm, book.roll.slips_left) == (0.0, 0)


def test_a_restart_forgets_nothing_of_the_roll(book: RollBook, tmp_path: Path) -> None:
    book.use(150.0)
    book.note_check("blank")
    book.note_out(True)
    again = RollBook(tmp_path / "roll.json", ManualClock(), length_mm=50_000)
    assert again.roll == book.roll
    assert again.roll.was_out
    again.new_roll()
    assert (again.roll.used_mm, again.roll.left_mm, again.roll.check) == (0, 50_000, "assumed")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"loaded_at": 7}', "\x00" * 40])
def test_a_damaged_file_begins_a_new_count_and_stops_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roll.json"
    path.write_text(text)
    with capture_logs() as logs:
        book = RollBook(path, ManualClock(), length_mm=80_000)
    assert [line["event"] for line in logs] == ["roll_forgotten"]
    assert book.roll.left_mm == 80_000
    book.use(100.0)
    assert json.loads(path.read_text())["slips"] == 1


def test_a_disk_that_refuses_is_told_of_and_the_count_goes_on(tmp_path: Path) -> None:
    book = RollBook(tmp_path / "absent" / "roll.json", ManualClock(), length_mm=80_000)
    with capture_logs() as logs:
        book.use(100.0)
    assert [line["event"] for line in logs] == ["roll_not_kept"]
    assert book.roll.slips == 1


def test_a_roll_knows_since_when_it_is_in(book: RollBook) -> None:
    first = book.roll.loaded_at
    assert first == ManualClock().now()
    assert first.utcoffset() == timedelta(0)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "jobs.sqlite") as journal:
        yield journal


async def test_a_held_line_prints_the_one_job_that_may_and_the_rest_in_order_when_released(
    journal: Journal, tmp_path: Path
) -> None:
    async with rig("memory", EPSON, tmp_path) as epson, desk(epson.url, EPSON, journal) as front:
        await front.until(lambda: front.printer.status.ready)
        front.printer.hold_line("roll_blank")
        assert (front.printer.status.ready, front.printer.status.reason) == (False, "roll_blank")
        for number in (1, 2):
            front.printer.submit(f"job-{number}", *job(number, EPSON))
        front.printer.submit("test", *job(9, EPSON))
        front.printer.hold_line("roll_blank", but="test")
        await front.until_state("test", "done")
        assert front.state("job-1") == "queued"
        assert front.printer.status.reason == "roll_blank"
        front.printer.release_line()
        assert front.printer.status.ready
        await front.until_state("job-2", "done")
    assert [number_of(paper) for paper in epson.papers] == [9, 1, 2]


async def test_a_fault_of_the_printer_is_told_before_what_a_person_said(
    journal: Journal, tmp_path: Path
) -> None:
    async with rig("memory", EPSON, tmp_path) as epson, desk(epson.url, EPSON, journal) as front:
        front.printer.hold_line("roll_blank")
        await front.until(lambda: front.printer.status.reason == "roll_blank")
        epson.fault(cover="open")
        await front.until(lambda: front.printer.status.reason == "cover_open")
        epson.fault(cover="closed")
        await front.until(lambda: front.printer.status.reason == "roll_blank")
