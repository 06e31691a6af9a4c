"""Labels, counting and plans of maintenance: nothing skipped, nothing doubled, nothing lost."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core_services.paper import labels
from core_services.paper.labels import LabelFacts, draw_labels, qr_svg
from queue_server.faults.model import Fault, FaultKind, FaultWindow
from queue_server.maintenance.due import GRACE, Standing, days_after, due, is_overdue, is_soon
from queue_server.maintenance.labels import next_label, read_label
from queue_server.maintenance.lifecycle import AFTER, TRANSITIONS, acts_of, may
from queue_server.maintenance.metering import Reading, advance, reading_of
from queue_server.maintenance.model import (
    KINDS,
    Counts,
    Equipment,
    EquipmentKind,
    Limit,
    Place,
    Plan,
    PlanUnit,
)
from queue_server.maintenance.ties import faults_behind, pieces_behind

DAY = date(2026, 11, 22)
NOUGHT = Counts()


def plan(
    every: int | None = None,
    unit: PlanUnit | None = None,
    *limits: Limit,
) -> Plan:
    return Plan(
        id=UUID(int=1),
        title_ar="تنظيف",
        title_en="",
        kind="printer",
        equipment_id=None,
        every=every,
        unit=unit,
        limits=limits,
        stops_work=False,
        steps=(),
        made_at=datetime(2026, 11, 22, tzinfo=UTC),
    )


# ------------------------------------------------------------------ labels


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("PRN-001", "PRN-001"),
        (" prn 001\r\n", "PRN-001"),
        ("prn_٠٠١", "PRN-001"),
        ("PRN–001", "PRN-001"),
        ("gov4411", "GOV4411"),
        ("PRN-1", None),
        ("P" * 17, None),
        ("-PRN001", None),
        ("طابعة-١٢٣", None),
        ("https://x/t/abc", None),
        ("", None),
        ("PRN-001'; --", None),
    ],
)
def test_a_label_is_read_as_it_was_scanned_or_typed(text: str, label: str | None) -> None:
    assert read_label(text) == label


@given(st.text(max_size=300))
def test_whatever_is_scanned_is_a_label_that_reads_the_same_again_or_none(text: str) -> None:
    label = read_label(text)
    assert label is None or read_label(label) == label


@given(st.sampled_from(KINDS), st.lists(st.from_regex(r"[A-Z]{3}-[0-9]{1,4}", fullmatch=True)))
def test_the_next_label_is_nobodys_and_can_be_scanned(kind: str, known: list[str]) -> None:
    label = next_label(kind, known)  # type: ignore[arg-type]
    assert label not in known
    assert read_label(label) == label


# ------------------------------------------------------------------ counting


def reading(day: int, slips: int, roll: str | None, used: float, journal: str = "j") -> Reading:
    return Reading("K1", journal, DAY + timedelta(days=day), slips, roll, used)


def told(readings: Sequence[Reading]) -> Counts:
    counts, seen = NOUGHT, None
    for each in readings:
        counts, seen = advance(counts, seen, each), each
    return counts


def test_a_new_day_a_new_roll_and_a_new_disk_count_from_nought_and_nothing_is_lost() -> None:
    readings = [
        reading(0, 40, "r1", 4.0),
        reading(0, 90, "r1", 9.0),
        reading(1, 5, "r1", 9.5),
        reading(1, 60, "r2", 5.0),
        reading(1, 3, "r?", 0.3, journal="new"),
        reading(1, 10, "r?", 1.0, journal="new"),
    ]
    assert told(readings) == Counts(50 + 5 + 55 + 3 + 7, 5 + 0.5 + 5.0 + 0.3 + 0.7, 1)


def test_another_kiosk_is_where_counting_begins_again_and_the_sum_stays() -> None:
    elsewhere = Reading("K2", "j2", DAY, 700, "r9", 70.0)
    counts = advance(Counts(50, 5.0, 1), reading(0, 50, "r1", 5.0), elsewhere)
    assert counts == Counts(50, 5.0, 1)


def test_a_heartbeat_without_a_roll_counts_slips_alone() -> None:
    first = reading_of("K1", "j", DAY, {"done": 5, "failed": 9}, None)
    then = reading_of("K1", "j", DAY, {"done": 8}, None)
    assert told([first, then]) == Counts(3, 0.0, 0)
    assert Reading.of_json(then.as_json()) == then
    assert reading_of("K1", None, DAY, None, None).slips == 0


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from(["same", "day", "roll", "disk", "look"])),
        max_size=40,
    )
)
def test_every_slip_and_metre_that_was_told_is_counted_once(
    days: list[tuple[int, str]],
) -> None:
    day, slips, roll, journal, used, printed, rolls = 0, 0, 0, 0, 0, 0, 0
    readings = [Reading("K1", "0", DAY, 0, "0", 0.0)]
    for more, what in days:
        if what == "day":
            day, slips = day + 1, 0
        elif what == "roll":
            roll, used, rolls = roll + 1, 0, rolls + 1
        elif what == "disk":
            journal, roll, slips, used = journal + 1, roll + 1, 0, 0
        if what != "look":
            slips, used, printed = slips + more, used + more, printed + more
        readings.append(
            Reading("K1", str(journal), DAY + timedelta(days=day), slips, str(roll), float(used))
        )
    assert told(readings) == Counts(printed, float(printed), rolls)


@given(st.lists(st.builds(reading, st.integers(0, 3), st.integers(0, 9), st.none(), st.just(0.0))))
def test_a_sum_never_falls_whatever_a_machine_tells(readings: list[Reading]) -> None:
    sums = [told(readings[: n + 1]) for n in range(len(readings))]
    assert all(before.slips <= after.slips for before, after in pairwise(sums))


# ------------------------------------------------------------------ plans


def test_a_month_on_from_a_day_that_the_next_lacks_is_its_last() -> None:
    assert days_after(date(2027, 1, 31), 1, "month") == date(2027, 2, 28)
    assert days_after(date(2028, 1, 31), 1, "month") == date(2028, 2, 29)
    assert days_after(date(2026, 12, 15), 1, "month") == date(2027, 1, 15)
    assert days_after(date(2026, 11, 22), 1000, "day") == date(2029, 8, 18)


days = st.dates(date(2020, 1, 1), date(2100, 1, 1))


@given(days, st.integers(1, 1000))
def test_so_many_months_on_is_in_that_month_on_that_day_or_its_last(day: date, every: int) -> None:
    on = days_after(day, every, "month")
    assert (on.year * 12 + on.month) - (day.year * 12 + day.month) == every
    assert on.day == min(day.day, monthrange(on.year, on.month)[1])


@given(days, st.integers(1, 1000), st.sampled_from(["day", "month"]))
def test_a_later_beginning_is_never_due_earlier(day: date, every: int, unit: PlanUnit) -> None:
    first, later = (days_after(each, every, unit) for each in (day, day + timedelta(days=1)))
    assert day < first <= later


def test_the_end_of_the_calendar_is_no_error() -> None:
    assert days_after(date(9999, 12, 1), 1000, "month") == date.max
    assert days_after(date(9999, 12, 1), 1000, "day") == date.max


def test_whichever_is_first_is_due() -> None:
    both = plan(30, "day", Limit(50_000, "slips"), Limit(5, "rolls"))
    for counts in (Counts(50_000), Counts(0, 0.0, 5)):
        assert due(both, Standing(DAY, NOUGHT, counts), DAY).is_due
    by_count = Standing(DAY, NOUGHT, Counts(50_000))
    assert due(both, by_count, DAY).due_on(DAY) == DAY
    late = due(both, Standing(DAY, NOUGHT, NOUGHT), DAY + timedelta(days=45))
    assert (late.is_due, late.left, late.due_on(DAY + timedelta(days=45))) == (
        True,
        (("slips", 50_000), ("rolls", 5)),
        DAY + timedelta(days=30),
    )
    early = due(both, Standing(DAY, Counts(49_000), Counts(98_999)), DAY + timedelta(days=29))
    assert (early.is_due, early.left) == (False, (("slips", 1), ("rolls", 5)))


@given(
    st.integers(1, 60),
    st.integers(1, 500),
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 400), st.booleans(), st.integers(0, 9)),
        max_size=60,
    ),
)
def test_no_round_is_skipped_and_none_is_opened_twice(
    every: int, every_count: int, looks: list[tuple[int, int, bool, int]]
) -> None:
    both = plan(every, "day", Limit(every_count, "slips"))
    today, since, counts, base = DAY, DAY, 0, 0
    is_open = False
    for days_on, more, ends, _ in looks:
        today, counts = today + timedelta(days=days_on), counts + more
        standing = Standing(since, Counts(base), Counts(counts), is_under_way=is_open)
        judged = due(both, standing, today)
        is_reached = today >= since + timedelta(days=every) or counts - base >= every_count
        assert judged.is_due == (is_reached and not is_open)
        if judged.is_due:
            is_open = True
            assert since <= judged.due_on(today) <= today
        if is_open and ends:
            is_open, since, base = False, today, counts


@pytest.mark.parametrize(
    ("counts", "days_on", "soon"),
    [
        (Counts(), 0, False),
        (Counts(), 22, False),
        (Counts(), 23, True),
        (Counts(), 30, False),  # it is due
        (Counts(44_999), 0, False),
        (Counts(45_000), 0, True),
        (Counts(0, 0.0, 4), 0, False),
        (Counts(50_000), 0, False),  # it is due
    ],
)
def test_a_round_is_soon_within_a_week_or_a_tenth_of_its_counter(
    counts: Counts, days_on: int, soon: bool
) -> None:
    both, today = plan(30, "day", Limit(50_000, "slips"), Limit(5, "rolls")), DAY
    today += timedelta(days=days_on)
    judged = due(both, Standing(DAY, NOUGHT, counts), today)
    assert is_soon(both, judged, today) == soon


@given(days, st.integers(0, 30))
def test_an_order_is_overdue_after_its_grace_and_one_without_a_day_never(
    day: date, late: int
) -> None:
    assert is_overdue(day, day + timedelta(days=late)) == (late > GRACE.days)
    assert not is_overdue(None, day)


# ------------------------------------------------------------------ the life of an order


def test_an_order_allows_what_its_table_has_and_ends_once() -> None:
    assert acts_of("open") == ("start", "cancel")
    assert acts_of("in_work") == ("finish", "cancel")
    assert acts_of("done") == acts_of("cancelled") == ()
    for act, after in AFTER.items():
        assert any(each[0] == act and each[2] == after for each in TRANSITIONS)
        assert not may(act, "done")


# ------------------------------------------------------------------ labels on paper


def test_every_label_that_is_asked_for_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[dict[str, Any]] = []
    monkeypatch.setattr(labels, "draw", lambda _, contents, *rest, **how: drawn.append(contents))
    facts = [LabelFacts(f"PRN-{nth:03}", "طابعة", "X") for nth in range(300)]
    draw_labels(facts, Path(), centre="مركز", language="ar")
    assert [each["code"] for each in drawn[0]["labels"]] == [each.code for each in facts]


def test_the_code_of_a_label_is_read_by_a_scanner_as_it_is_drawn() -> None:
    svg = qr_svg("PRN-001")
    side = int(svg.partition('viewBox="0 0 ')[2].split()[0])
    picture = Image.new("L", (side, side), 255)
    for x, y in re.findall(r"M(\d+) (\d+)h1", svg):
        picture.putpixel((int(x), int(y)), 0)
    [found] = zxingcpp.read_barcodes(picture.resize((side * 4, side * 4), Image.Resampling.NEAREST))
    assert found.text == "PRN-001"


# ------------------------------------------------------------------ faults and their pieces


def piece(label: str, kind: EquipmentKind, place: Place, device: int | None = None) -> Equipment:
    device_id = None if device is None else UUID(int=device)
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    in_use = moment if place.is_in_use else None
    return Equipment(
        UUID(int=9), label, kind, "X", None, place, moment, in_use, NOUGHT, device_id=device_id
    )


def reported(kind: FaultKind, *, device: int | None = None, window: int | None = None) -> Fault:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    return Fault(
        id=UUID(int=7),
        kind=kind,
        device_id=None if device is None else UUID(int=device),
        machine=None,
        windows=() if window is None else (FaultWindow(window, moment, None, None, None),),
        stops_work=True,
        state="reported",
        reported_at=moment,
        reported_by=UUID(int=8),
        reports=1,
        accepted_at=None,
        accepted_by=None,
        mended_at=None,
        dismissed_at=None,
        ended_by=None,
    )


IN_K1 = Place("machine", device="K1")
PIECES = (
    piece("PRN-001", "printer", Place("machine", device="K2"), 2),
    piece("PRN-002", "printer", IN_K1, 1),
    piece("PRN-003", "printer", Place("shelf")),
    piece("SCN-001", "scanner", IN_K1, 1),
    piece("UPS-001", "ups", Place("room", room="x")),
)


def test_the_likeliest_piece_behind_a_fault_stands_first_and_no_spare_is_offered() -> None:
    found = [each.label for each in pieces_behind(reported("printer", device=1), PIECES)]
    assert found == ["PRN-002", "SCN-001", "PRN-001"]


def test_a_swap_mends_the_faults_of_its_kind_at_its_place_alone() -> None:
    faults = [
        reported("printer", device=1),
        reported("kiosk", device=1),
        reported("network", device=1),
        reported("printer", device=2),
        reported("printer", window=5),
    ]
    assert faults_behind(PIECES[1], faults) == tuple(faults[:2])
    assert faults_behind(PIECES[4], [reported("power"), reported("power", window=5)]) == ()
    at_window = piece("PRN-004", "printer", Place("window", window=5))
    assert faults_behind(at_window, faults) == (faults[4],)
