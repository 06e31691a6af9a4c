"""The report of availability: page, CSV, XLSX, PDF and API say the same."""

import csv
import io
import zipfile
from typing import cast
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from core_services.l10n import Language, format_hours_minutes
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import Place
from tests.support.centre_server import CentreServer
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene

PATH = "/supervisor/reports/availability"
_CELLS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


async def lived(scene: HallScene) -> None:
    """Let a window stand still for a quarter of an hour, and a kiosk be silent for ten minutes."""
    await scene.machine("K1")
    care = Maintenance(scene.site.queue)
    scanner = await care.add(
        uuid4(), kind="scanner", model="HR22", place=Place("window", window=5),
        actor=scene.supervisor,
    )  # fmt: skip
    order = await care.open_order(
        uuid4(), scanner.label, title="لا يقرأ", stops_work=True, actor=scene.supervisor
    )
    scene.site.clock.jump(3600)
    await scene.machine("K1")
    await care.act(order.id, "start", actor=scene.supervisor)
    scene.site.clock.jump(900)
    await care.act(order.id, "finish", done_text="غُيّر الكابل", minutes=14, actor=scene.supervisor)
    await scene.machine("K1")
    scene.site.clock.jump(3600)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_page_csv_xlsx_and_pdf_bear_the_same_figures(scene: HallScene, language: str) -> None:
    await lived(scene)
    day, _ = scene.site.queue.today()
    scene.site.clock.jump(24 * 3600)  # figures of a day that is over stand still
    hoda = await scene.site.sign_in("hoda", language)
    asked = f"period=day&day={day}&lang={language}"
    page = await hoda.get(f"{PATH}?{asked}")
    shown = [
        ["".join(cell.itertext()).strip() for cell in row if cell.tag in ("th", "td")]
        for row in page.find("tbody").iter("tr")
    ]
    text = (await hoda.get(f"{PATH}.csv?{asked}")).text.removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:4] == ["kind", "name", "open_s", "available"]
    assert [row[1] or "–" for row in rows[1:]] == [row[1] for row in shown]
    answer = await hoda.client.get(f"{PATH}.xlsx?{asked}")
    book = await answer.read()
    cells = xlsx_numbers(book)
    assert "[h]:mm" in xlsx_formats(book)
    maintenance = rows[0].index("maintenance_s")
    window = next(row for row in rows[1:] if row[1] in ("5", "٥"))
    assert abs(int(window[maintenance]) - 900) <= 2
    assert window[rows[0].index("work_minutes")] == "14"
    for row in rows[1:]:
        for key in ("open_s", "down_s", "maintenance_s", "away_s"):
            seconds = row[rows[0].index(key)]
            if seconds:
                hours = format_hours_minutes(int(seconds), cast(Language, language))
                assert hours in shown[rows.index(row) - 1], (key, row)
                assert any(abs(each * 86_400 - int(seconds)) < 0.5 for each in cells), (key, row)
    assert (await (await hoda.client.get(f"{PATH}.pdf?{asked}")).read()).startswith(b"%PDF-")
    title = {"ar": "توافر الأجهزة وأعمال الصيانة", "en": "Availability and maintenance work"}
    assert title[language] in page.words("h1")
    mona = await scene.site.sign_in("mona")
    assert (await mona.client.get(PATH)).status == 403
    assert (await hoda.client.get(f"{PATH}.doc?{asked}")).status == 404


def xlsx_numbers(content: bytes) -> set[float]:
    """Return every number that stands in the first sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    return {
        float(value.text or "0")
        for cell in sheet.iter(f"{_CELLS}c")
        if cell.get("t") in (None, "n")
        for value in cell.iter(f"{_CELLS}v")
    }


def xlsx_formats(content: bytes) -> set[str | None]:
    """Return the formats in which its numbers are shown."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        styles = ElementTree.fromstring(book.read("xl/styles.xml"))
    return {each.get("formatCode") for each in styles.iter(f"{_CELLS}numFmt")}


async def test_a_program_reads_the_same_where_it_may_see_figures(
    centre_server: CentreServer,
) -> None:
    program, other = await centre_server.program("metrics"), await centre_server.program("read")
    day = centre_server.clock.now().date()
    address = f"/maintenance/availability?from={day}&to={day}"
    assert (await other.get(address)).status == 403
    told = await program.get(address)
    assert told.status == 200, told.body
    windows = [each for each in told.body["items"] if each["kind"] == "window"]
    assert windows
    assert all(each["closed_for_fault_s"] == 0 for each in windows)
    assert set(windows[0]["reasons"]) >= {"fault", "away", "maintenance"}
    backwards = await program.get("/maintenance/availability?from=2026-12-31&to=2026-01-01")
    assert (backwards.status, backwards.body["items"]) == (200, [])


async def test_a_period_that_cannot_be_meant_is_passed_over(scene: HallScene) -> None:
    hoda = await scene.site.sign_in("hoda")
    for query in ("period=age&day=x", "period=range&day=0001-01-01&to=9999-12-31", "to=%00"):
        assert (await hoda.get(f"{PATH}?{query}")).status == 200
    long = await hoda.get(f"{PATH}?period=range&day=2024-01-01&to=2026-11-22")
    assert "لآخر ٤٠٠ يوم من المدة المطلوبة" in long.words()
    whole = await hoda.get(f"{PATH}?period=range&day=2025-10-19&to=2026-11-22")  # 400 days
    assert "من المدة المطلوبة" not in whole.words()
    week = await hoda.get(f"{PATH}?period=week")
    assert "إلى" in week.words("h1")
