"""Every chart and report says one and the same in every form, and that is what the events say."""

import csv
import io
import re
import shutil
import subprocess
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from core_services.calendar import day_bounds
from core_services.l10n import Language
from core_services.sheets.texts import cell_text
from queue_server.figures.report import BYS, By, figures_of
from queue_server.figures.rollup import Rollup
from queue_server.tickets.journeys import undo
from queue_server.tickets.opening import spans_within
from queue_server.web.supervisor.chart import DAY_CHARTS, SLOW_CHARTS
from queue_server.web.supervisor.report_names import PRIORITIES
from tests.support.hall_scene import CLERKS, HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Visitor
from tests.support.past_days import live_days
from tests.support.plain_figures import (
    CAIRO,
    IN_LINE,
    Told,
    mean_s,
    of_people,
    of_window,
    open_and_paused_s,
    quantile_s,
    told_numbers,
)
from tests.unit.test_sheets import Book

TARGET_S: Final = 1800
LANGUAGES: Final[tuple[Language, ...]] = ("ar", "en")
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext")


async def lived(scene: HallScene) -> tuple[date, Visitor]:
    """Live a crowded morning with all that may happen, then quieter days; return the first.

    Somebody leaves the line, a call is taken back, a clerk is at prayer, and some are still there
    when the day ends.
    """
    site, queue = scene.site, scene.site.queue
    await scene.morning()
    day, _ = queue.today()
    [gone, *_] = await queue.tickets(states=["waiting"], limit=500)
    await queue.act(gone.id, "cancel", actor=scene.supervisor, any_window=True)
    await scene.end_hand(5)
    called = await queue.call_next(5, actor=scene.staff[5], own_only=True)
    assert called is not None
    site.clock.jump(7)
    await undo(queue, called.id, window=5, actor=scene.staff[5], any_window=True)
    await queue.act_on_window(
        5, "pause", actor=scene.staff[5], actor_name="", any_window=False, reason="prayer"
    )
    site.clock.jump(400)
    for window in range(1, 9):
        await scene.end_hand(window)
        await queue.act_on_window(
            window, "close", actor=scene.supervisor, actor_name="", any_window=True
        )
    start, _ = day_bounds(day, CAIRO, queue.centre.cut_over)
    site.clock.jump((start + timedelta(hours=28) - queue.clock.now()).total_seconds())
    await queue.keep_house()
    await live_days(site, 2)
    await Rollup(queue, lambda: TARGET_S, process_id=uuid4()).look()
    return day, await site.sign_in("hoda", "en")


async def file_of(visitor: Visitor, address: str) -> bytes:
    async with visitor.client.get(address) as answer:
        assert answer.status == 200, address
        return await answer.read()


def csv_rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))


def as_csv_tells(value: Any) -> str:
    """Write a reckoned figure as CSV does."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)


def as_xlsx_tells(row: Sequence[Any], by: By) -> list[Any]:
    """Read the figures of a spreadsheet's row back into those of CSV."""
    kinds = [column.kind for column in figures_of(by)]
    cells = [*row[1:], *([None] * (len(kinds) + 1 - len(row)))]
    return [
        None if cell is None else round(cell * 86_400) if kind == "seconds" else cell
        for cell, kind in zip(cells, kinds, strict=True)
    ]


def figures_on_paper(body: bytes, folder: Path) -> Counter[str]:
    """Return every figure that a reader of the page finds, in Western digits."""
    path = folder / "sheet.pdf"
    path.write_bytes(body)
    done = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    )
    return Counter(figures_in(done.stdout))


def figures_in(text: str) -> list[str]:
    plain = "".join(each for each in text if unicodedata.category(each) != "Cf")
    western = "".join(
        str(unicodedata.decimal(each)) if each.isdecimal() else {"٫": ".", "٬": ","}.get(each, each)
        for each in plain
    )
    return re.findall(r"\d(?:[\d:.,]*\d)?", western)


def reckoned(
    by: By, numbers: Sequence[Told], names: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Reckon a report of people, each row under its name for programs."""
    keys: dict[By, Callable[[Told], str]] = {
        "day": lambda one: one.day.isoformat(),
        "hour": lambda one: str(one.hour),
        "queue": lambda one: names[one.queue],
        "service": lambda one: names[one.service] if one.service else "Service not set",
        "priority": lambda one: PRIORITIES[one.priority].en,
    }
    groups: dict[str, list[Told]] = defaultdict(list)
    for one in numbers:
        groups[keys[by](one)].append(one)
    rows = {key: of_people(mine, mine, TARGET_S) for key, mine in groups.items()}
    if by == "hour":
        hours = Counter(stay.called.astimezone(CAIRO).hour for one in numbers for stay in one.stays)
        for hour in {*rows, *map(str, hours)}:
            rows.setdefault(hour, of_people([], [], TARGET_S))["calls"] = hours[int(hour)]
    return rows


def shown(by: By, values: Sequence[Any], language: Language) -> list[str]:
    """Write figures as the page does, those that it shows."""
    return [
        cell_text(value, column.kind, language)
        for column, value in zip(figures_of(by), values, strict=True)
        if column.is_shown
    ]


async def names_of(scene: HallScene) -> dict[str, str]:
    rows = await scene.pool.fetch(
        "SELECT code, name_en FROM service UNION ALL SELECT code, name_en FROM queue"
    )
    return {row["code"]: row["name_en"] for row in rows}


@needs_poppler
async def test_every_report_of_a_day_says_in_every_form_what_the_events_say(
    scene: HallScene, tmp_path: Path
) -> None:
    day, hoda = await lived(scene)
    numbers = [one for one in await told_numbers(scene.pool) if one.day == day]
    assert {one.last for one in numbers} == {"finished", "no_show", "cancelled", "lapsed"}
    names = await names_of(scene)
    people: tuple[By, ...] = ("day", "hour", "queue", "service", "priority")
    whole = of_people(numbers, numbers, TARGET_S)
    for by in people:
        rows = reckoned(by, numbers, names)
        told = csv_rows(await file_of(hoda, f"/supervisor/reports.csv?day={day}&by={by}&lang=en"))
        assert {
            row.pop(by): row for row in told
        } == {
            key: {name: as_csv_tells(value) for name, value in row.items()}
            for key, row in rows.items()
        }, by  # fmt: skip
        in_order = [rows[row] for row in rows]
        await check_forms(hoda, by, day, in_order, whole, tmp_path)


async def check_forms(
    hoda: Visitor,
    by: By,
    day: date,
    rows: Sequence[Mapping[str, Any]],
    whole: Mapping[str, Any] | None,
    folder: Path,
) -> None:
    """Hold page, spreadsheet and paper in both languages against the reckoned rows."""
    keys = [column.key for column in figures_of(by)]
    expected = [[row[key] for key in keys] for row in rows]
    last = [] if whole is None else [[whole[key] for key in keys]]
    for language in LANGUAGES:
        query = f"day={day}&by={by}&lang={language}"
        book = Book(await file_of(hoda, f"/supervisor/reports.xlsx?{query}"))
        found = book.rows(1)[-len(expected) - 1 :]
        found = [as_xlsx_tells(row, by) for row in (found if last else found[:-1])]
        assert sorted(map(rounded, found), key=str) == sorted(
            map(rounded, [*expected, *last]), key=str
        ), by
        page = await hoda.get(f"/supervisor/reports?{query}")
        table = page.find("table", class_="reports__table")
        body, foot = table.find("tbody"), table.find("tfoot")
        assert body is not None
        assert foot is not None
        on_page = [["".join(cell.itertext()) for cell in row][1:] for row in body]
        assert sorted(on_page) == sorted(shown(by, row, language) for row in expected), by
        if whole is not None:
            [total] = [["".join(cell.itertext()) for cell in row][1:] for row in foot]
            assert total == shown(by, last[0], language), by
        paper = figures_on_paper(await file_of(hoda, f"/supervisor/reports.pdf?{query}"), folder)
        texts = [
            cell_text(value, column.kind, language)
            for row in [*expected, *last]
            for column, value in zip(figures_of(by), row, strict=True)
        ]
        assert not Counter(each for text in texts for each in figures_in(text)) - paper, by


def rounded(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(round(each, 6) if isinstance(each, float) else each for each in row)


@needs_poppler
async def test_windows_and_clerks_have_what_their_own_rows_say(
    scene: HallScene, tmp_path: Path
) -> None:
    day, hoda = await lived(scene)
    numbers = [one for one in await told_numbers(scene.pool) if one.day == day]
    queue = scene.site.queue
    start, end = day_bounds(day, CAIRO, queue.centre.cut_over)
    [(opens, closes)] = spans_within(queue.hours(), start, end, CAIRO)
    idle = Counter[int]()
    for cell in csv_rows(await file_of(hoda, f"/supervisor/charts/idle.csv?day={day}")):
        idle[int(cell["window"])] += int(cell["idle_s"])
    assert sum(idle.values()) > 0
    rows: list[dict[str, Any]] = []
    for window in range(1, 9):
        open_s, pause_s = await open_and_paused_s(scene.pool, window, opens, closes)
        row = of_window(numbers, window)
        busy_us = sum(
            (stay.ended - stay.called) // timedelta(microseconds=1)
            for one in numbers
            for stay in one.stays
            if stay.window == window and stay.ended
        )
        row |= {
            "open_s": open_s,
            "pause_s": pause_s,
            "idle_s": idle[window],
            "occupancy": busy_us / (open_s * 1_000_000),
            "out_of_order": 0,
            "undos": int(window == 5),
        }
        rows.append(row)
    clerks = [name for _, name, _ in CLERKS]
    ways: tuple[tuple[By, list[str]], ...] = (
        ("window", [f"Window {n}" for n in range(1, 9)]), ("clerk", clerks),
    )  # fmt: skip
    for by, heads in ways:
        language = "en" if by == "window" else "ar"
        told = csv_rows(
            await file_of(hoda, f"/supervisor/reports.csv?day={day}&by={by}&lang={language}")
        )
        assert {row.pop(by): row for row in told} == {
            head: {name: as_csv_tells(value) for name, value in row.items()}
            for head, row in zip(heads, rows, strict=True)
        }, by
        await check_forms(hoda, by, day, rows, None, tmp_path)


async def test_weeks_and_months_are_the_sums_of_their_days(scene: HallScene) -> None:
    day, hoda = await lived(scene)
    numbers = await told_numbers(scene.pool)
    assert len({one.day for one in numbers}) == 3
    names = await names_of(scene)
    for period in ("week", "month"):
        for by in ("day", "hour", "service", "priority"):
            query = f"period={period}&day={day}&by={by}&lang=en"
            told = csv_rows(await file_of(hoda, f"/supervisor/reports.csv?{query}"))
            rows = reckoned(by, numbers, names)
            assert {row[by] for row in told} == set(rows)
            for found in told:
                row = rows[found[by]]
                for name, value in row.items():
                    is_near = by != "day" and re.search(r"_p\d", name) and value is not None
                    if is_near:
                        assert abs(int(found[name]) - value) <= max(1, 0.02 * value + 1), name
                    else:
                        assert found[name] == as_csv_tells(value), (by, name)


async def test_every_chart_of_a_day_is_what_the_events_say(scene: HallScene) -> None:
    day, hoda = await lived(scene)
    everybody = await told_numbers(scene.pool)
    numbers = [one for one in everybody if one.day == day]
    names = await names_of(scene)

    async def chart(name: str) -> list[dict[str, str]]:
        return csv_rows(await file_of(hoda, f"/supervisor/charts/{name}.csv?day={day}&lang=en"))

    came: Counter[datetime] = Counter(half_hour(one.issued) for one in numbers)
    called: Counter[datetime] = Counter(
        half_hour(one.stays[0].called) for one in numbers if one.stays
    )
    rhythm = await chart("rhythm")
    assert {
        datetime.fromisoformat(row["from"]): (int(row["came"]), int(row["called"]))
        for row in rhythm
    } == {start: (came[start], called[start]) for start in {*came, *called}}

    for row in await chart("hall"):
        at = datetime.fromisoformat(row["at"])
        states = Counter(one.state_at(at) for one in numbers)
        line = sum(states[each] for each in IN_LINE)
        assert (int(row["in_hall"]), int(row["waiting"])) == (line + states["called"], line), at

    waits = [one.wait_us for one in numbers if one.wait_us is not None]
    bands = Counter(min(wait // 300_000_000, 12) for wait in waits)
    assert {
        int(row["from_s"]) // 300: int(row["people"])
        for row in await chart("waits")
        if row["people"] != "0"
    } == bands

    by_service: dict[str, list[int]] = defaultdict(list)
    for one in numbers:
        if one.wait_us is not None:
            by_service[names[one.service] if one.service else "Service not set"].append(one.wait_us)
    assert {row.pop("service"): row for row in await chart("services")} == {
        service: {
            "people": str(len(found)),
            "mean_s": str(mean_s(found)),
            **{f"p{p}_s": str(quantile_s(found, p)) for p in (10, 50, 90)},
        }
        for service, found in by_service.items()
    }

    weekly: dict[tuple[int, int], list[Told]] = defaultdict(list)
    for one in everybody:
        weekly[one.day.isoweekday(), one.hour].append(one)
    assert {
        (int(row["weekday"]), int(row["hour"])): (int(row["arrivals"]), row["arrivals_mean"])
        for row in await chart("week-arrivals")
        if row["arrivals"] != "0"
    } == {key: (len(found), str(len(found))) for key, found in weekly.items()}
    assert {
        (int(row["weekday"]), int(row["hour"])): (int(row["people"]), int(row["mean_wait_s"]))
        for row in await chart("week-waits")
    } == {
        key: (len(found), mean_s(found))
        for key, of_all in weekly.items()
        if (found := [one.wait_us for one in of_all if one.wait_us is not None])
    }


@needs_poppler
async def test_table_spreadsheet_and_paper_of_every_chart_are_its_csv(
    scene: HallScene, tmp_path: Path
) -> None:
    day, hoda = await lived(scene)
    for language in LANGUAGES:
        page = await hoda.get(f"/supervisor/charts?day={day}&lang={language}")
        for name in (*DAY_CHARTS, *SLOW_CHARTS):
            address = f"/supervisor/charts/{name}"
            query = f"day={day}&lang={language}"
            told = csv_rows(await file_of(hoda, f"{address}.csv?{query}"))
            body = page.find("details", id=f"{name}-table").find(".//tbody")
            assert body is not None
            table = [["".join(cell.itertext()) for cell in row] for row in body]
            assert len(table) == len(told) > 0
            book = Book(await file_of(hoda, f"{address}.xlsx?{query}"))
            for row, found in zip(told, book.rows(1)[-len(told) :], strict=True):
                cells = dict(zip(row, [*found, None], strict=False))
                for key, text in row.items():
                    if key.endswith("_s") and text:
                        assert round(cells[key] * 86_400) == int(text), (name, key)
                    elif re.fullmatch(r"\d+(\.\d+)?", text) and key not in ("weekday", "hour"):
                        assert round(cells[key], 6) == float(text), (name, key)
            paper = figures_on_paper(await file_of(hoda, f"{address}.pdf?{query}"), tmp_path)
            on_page = Counter(each for row in table for cell in row for each in figures_in(cell))
            assert not on_page - paper, name


async def test_the_days_situation_says_the_same_in_both_languages(scene: HallScene) -> None:
    day, hoda = await lived(scene)
    numbers = [one for one in await told_numbers(scene.pool) if one.day == day]
    whole = of_people(numbers, numbers, TARGET_S)
    page = await hoda.get(f"/supervisor/daily?day={day}&lang=en")
    await hoda.submit(page, "/supervisor/daily")
    row = await scene.pool.fetchrow("SELECT * FROM daily_report")
    assert row is not None
    english, arabic = row["text_en"], row["text_ar"]
    assert f"Numbers taken: {whole['came']}\n" in english
    assert f"Served: {whole['served']}\n" in english
    assert f"Mean wait: {cell_text(whole['wait_mean_s'], 'seconds', 'en')}\n" in english
    assert f"80 % waited at most: {cell_text(whole['wait_p80_s'], 'seconds', 'en')}\n" in english
    assert sorted(figures_in(english)) == sorted(figures_in(arabic))
    assert row["picture"] != row["picture_en"]
    for form, magic in (("png", b"\x89PNG"), ("pdf", b"%PDF-")):
        for language, suffix in (("", ""), ("-en", "_en")):
            drawn = await file_of(hoda, f"/supervisor/daily/{day}/1{language}.{form}")
            assert drawn == row[("picture" if form == "png" else "paper") + suffix]
            assert drawn.startswith(magic)
    missing = await hoda.get(f"/supervisor/daily/{day}/2-en.png")
    assert missing.status == 404


def half_hour(at: datetime) -> datetime:
    local = at.astimezone(CAIRO)
    return local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0)


def test_every_report_is_among_those_that_are_held() -> None:
    assert set(BYS) == {"day", "hour", "queue", "service", "priority", "window", "clerk"}
