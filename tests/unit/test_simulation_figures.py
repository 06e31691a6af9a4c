"""The figures of a simulated day come from its events, and its report from those figures."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import html5lib
import pytest

from queue_server.estimate.model import Range
from queue_server.simulation.library import scenario_of
from queue_server.simulation.outcome import (
    Act,
    LivedTicket,
    WindowAct,
    figures,
    quantile,
)
from queue_server.simulation.report import write_report
from queue_server.simulation.report_sheets import taken_sheet
from queue_server.simulation.result import LivedThrough, Simulated, tables
from queue_server.simulation.screens import BOARD, HALL_SCREEN, ScreenWatch
from queue_server.simulation.store import _said
from tests.support.clock import ManualClock

OPENING: Final = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
DAY: Final = date(2026, 11, 22)


def at(minutes: float) -> datetime:
    return OPENING + timedelta(minutes=minutes)


def a_ticket(
    number: int, state: str, issued: float, *acts: tuple[str, float], said: float | None = None
) -> LivedTicket:
    return LivedTicket(
        id=UUID(int=number),
        label=str(100 + number),
        queue="U",
        service="enquiry",
        priority="none",
        state=state,
        channel="kiosk",
        issued_at=at(issued),
        acts=(
            Act("issue", at(issued), None),
            *(Act(event, at(minutes), 1) for event, minutes in acts),
        ),
        said=None if said is None else Range(said * 30, said * 60, said * 90),
    )


TICKETS: Final = (
    a_ticket(1, "finished", 0, ("call", 2), ("start", 2.5), ("finish", 6), said=4),
    a_ticket(2, "finished", 1, ("call", 7), ("start", 7.5), ("finish", 10), said=5),
    a_ticket(3, "no_show", 2, ("call", 10), ("no_show", 11), said=6),
    a_ticket(4, "cancelled", 3, ("cancel", 9)),
    a_ticket(5, "waiting", 4),
    a_ticket(6, "void", 5, ("void", 6)),
)
WINDOWS: Final = (
    WindowAct(1, "open", at(0), "open"),
    WindowAct(1, "pause", at(6), "paused"),
    WindowAct(1, "resume", at(7), "open"),
    WindowAct(1, "close", at(12), "closed"),
)


@pytest.fixture(scope="module")
def lived() -> LivedThrough:
    return LivedThrough(
        figures(DAY, TICKETS, WINDOWS, citizens=7),
        TICKETS,
        WINDOWS,
        opens_at=OPENING,
        began=OPENING,
    )


@pytest.fixture(scope="module")
def simulated(lived: LivedThrough) -> Simulated:
    plan = scenario_of(
        {
            "title": {"ar": "تجربة", "en": "A trial <day>"},
            "date": "2026-11-22",
            "arrivals": {"people": 7},
            "windows": [{"numbers": [1]}],
            "faults": [{"kind": "printer", "at": "10:00:00", "minutes": 30}],
        }
    ).plan
    return Simulated("trial", plan, 1, "max", (lived,), took_s=1.0)


def test_every_number_has_one_end_and_a_void_one_none(lived: LivedThrough) -> None:
    found = lived.figures
    ends = (found.issued, found.finished, found.no_show, found.left, found.lapsed)
    assert ends == (5, 2, 1, 1, 1)


def test_waits_are_to_the_first_call_of_whoever_was_called(lived: LivedThrough) -> None:
    waits = lived.figures.waits
    assert (waits.n, waits.mean_s, waits.p50_s, waits.max_s) == (3, 320.0, 360.0, 480.0)
    assert waits.p80_s == pytest.approx(360 + 0.6 * 120)


def test_a_window_is_open_without_its_pauses_and_busy_from_call_to_end(lived: LivedThrough) -> None:
    [window] = lived.figures.windows
    assert (window.served, window.no_shows) == (2, 1)
    assert (window.open_s, window.busy_s) == (11 * 60, (4 + 3 + 1) * 60)


def test_the_estimate_is_held_against_what_was_waited(lived: LivedThrough) -> None:
    estimate = lived.figures.estimate
    errors = [4 - 2, 5 - 6, 6 - 8]
    assert estimate.n == 3
    assert estimate.mae_s == pytest.approx(60 * sum(map(abs, errors)) / 3)
    assert estimate.bias_s == pytest.approx(60 * sum(errors) / 3)
    assert estimate.coverage == 1.0


def test_spans_of_a_shortened_day_are_taken_as_long_as_they_were_meant() -> None:
    short = figures(DAY, TICKETS, WINDOWS, citizens=7, times=60.0)
    assert short.waits.mean_s == 320.0 * 60
    assert short.windows[0].open_s == 11 * 60 * 60
    assert short.estimate.coverage == 1.0


def test_numbers_of_a_dead_printer_are_seen_to_come_from_reception() -> None:
    tickets = tuple(
        replace(a_ticket(number, "finished", minutes), channel=channel)
        for number, (minutes, channel) in enumerate(
            [(0, "kiosk"), (5, "kiosk"), (59, "kiosk"), (60, "desk"), (89, "phone"), (130, "kiosk")]
        )
    )
    void = a_ticket(9, "void", 1)
    found = figures(DAY, (*tickets, void), (), citizens=6)
    assert (found.issued, found.from_kiosk) == (6, 4)
    day = LivedThrough(found, (*tickets, void), (), opens_at=OPENING, began=OPENING)
    sheet = taken_sheet(day, "en", ZoneInfo("Africa/Cairo"))
    assert [(f"{row[0]:%H:%M}", *row[1:]) for row in sheet.rows] == [
        ("09:00", 2, 0),
        ("09:30", 1, 0),
        ("10:00", 0, 2),
        ("10:30", 0, 0),
        ("11:00", 1, 0),
    ]


def test_a_day_on_which_nobody_came_has_no_waits() -> None:
    found = figures(DAY, (), (), citizens=0)
    assert found.as_json()["waits"] == {
        "n": 0,
        **dict.fromkeys(("mean_s", "p50_s", "p80_s", "p90_s", "max_s")),
    }


def test_a_quantile_lies_between_its_neighbours() -> None:
    assert quantile([1.0, 2.0, 4.0], 0.0) == 1.0
    assert quantile([1.0, 2.0, 4.0], 0.75) == 3.0
    assert quantile([1.0, 2.0, 4.0], 1.0) == 4.0


def test_a_result_is_plain_values_and_a_table(simulated: Simulated) -> None:
    found = simulated.as_json()
    assert list(found) == ["scenario", "seed", "speed", "took_s", "days", "errors"]
    assert found["days"][0]["day"] == "2026-11-22"
    assert [table.row_count for table in tables(simulated)] == [1, 1]


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_report_is_one_page_that_needs_nothing_beside_it(
    language: str, simulated: Simulated, tmp_path: Path
) -> None:
    written = write_report(tmp_path, simulated, ZoneInfo("Africa/Cairo"))
    page = tmp_path / f"report-{language}.html"
    assert page in written
    text = page.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert "<day>" not in text
    assert text.count("<svg") == 5
    assert "<caption>" + ("ما الذي تعطّل؟" if language == "ar" else "What broke?") in text
    assert "http://" not in text.replace("http://www.w3.org/", "")
    assert "src=" not in text
    for path in written:
        if path.suffix == ".svg":
            assert path.read_text(encoding="utf-8").startswith("<svg")


def test_a_report_of_a_day_without_people_says_so(simulated: Simulated, tmp_path: Path) -> None:
    empty = LivedThrough(figures(DAY, (), (), citizens=0), (), (), opens_at=OPENING, began=OPENING)
    quiet = Simulated("trial", simulated.plan, 1, "max", (empty,), took_s=1.0)
    write_report(tmp_path, quiet, ZoneInfo("Africa/Cairo"))
    text = (tmp_path / "report-ar.html").read_text(encoding="utf-8")
    assert text.count("لم يُنادَ على أحد.") == 5


async def test_a_screen_is_behind_until_it_shows_a_commit_or_a_later_one() -> None:
    clock = ManualClock()
    watch = ScreenWatch(clock)
    watch.note_commit(5)
    await clock.advance(0.25)
    watch.note_commit(6)
    watch.note_seen(BOARD, 4)
    await clock.advance(0.5)
    watch.note_seen(BOARD, 6)
    board = watch.figures()[BOARD]
    assert (board["n"], board["p50_s"], board["max_s"]) == (2, 0.625, 0.75)


async def test_what_is_committed_while_a_screen_is_meant_to_be_dead_is_left_out() -> None:
    clock = ManualClock()
    watch = ScreenWatch(clock)
    watch.leave_out(1.0, 3.0)
    for revision in range(1, 6):
        watch.note_commit(revision)
        await clock.advance(1.0)
    watch.note_seen(HALL_SCREEN, 5)
    assert watch.figures()[HALL_SCREEN]["n"] == 2


def test_a_screen_that_never_showed_the_last_commits_is_not_passed_over() -> None:
    watch = ScreenWatch(ManualClock())
    watch.note_commit(1)
    watch.note_seen(BOARD, 1)
    watch.note_commit(2)
    assert watch.figures()[BOARD]["unseen"] == 1


def test_a_range_that_ends_at_no_wait_is_taken_as_it_was_said() -> None:
    row: Any = {
        "wait_low_s": 0,
        "wait_likely_s": 0,
        "wait_high_s": 300,
        "detail": {"raw_low_s": 0, "raw_high_s": 0},
    }
    assert _said(row) == Range(0.0, 0.0, 0.0)
    assert _said(row | {"detail": {}}) == Range(0.0, 0.0, 300.0)
    assert _said(row | {"wait_likely_s": None}) is None
