"""The day's situation makes itself once at its time, tells what the reports tell, and stays."""

import re

from queue_server.figures.daily import DailyReports
from queue_server.figures.reading import FiguresReading
from queue_server.web.keys import CONFIGURATION, FIGURES
from tests.support.fonts import font_cache
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene

EASTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")


def reports_of(scene: HallScene) -> DailyReports:
    app = scene.site.client.app
    reading: FiguresReading = app[FIGURES]
    return DailyReports(reading, app[CONFIGURATION], font_cache())


async def test_the_situation_makes_itself_once_at_its_time(scene: HallScene) -> None:
    reports, another = reports_of(scene), reports_of(scene)
    await reports.look()
    await scene.morning()
    await reports.look()
    count = "SELECT count(*) FROM daily_report"
    assert await scene.pool.fetchval(count) == 0, "it is not half past two yet"
    scene.site.clock.jump(6 * 3600)
    await reports.look()
    await another.look()
    rows = await scene.pool.fetch("SELECT nth, made_by, text_ar, picture, paper FROM daily_report")
    [row] = rows
    assert (row["nth"], row["made_by"]) == (0, None)
    issued = await scene.pool.fetchval("SELECT count(*) FROM ticket")
    finished = await scene.pool.fetchval("SELECT count(*) FROM ticket WHERE state = 'finished'")
    text = row["text_ar"].translate(EASTERN)
    assert re.findall(r"^(?:وارد|منجز): (\d+)$", text, re.M) == [str(issued), str(finished)]
    by_department = re.findall(r"وارد (\d+)، منجز (\d+)", text)
    assert sum(int(came) for came, _ in by_department) == issued
    assert len(row["text_ar"]) <= 900
    assert row["paper"].startswith(b"%PDF-")
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get("/supervisor/daily")
    assert "أُعد تلقائيًا" in page.words()
    again = await hoda.submit(page, "/supervisor/daily")
    assert "هدى منصور" in again.words()
    assert await scene.pool.fetchval(count) == 2


async def test_a_clerk_sees_neither_reports_nor_the_situation(scene: HallScene) -> None:
    mona = await scene.site.sign_in("mona")
    for path in ("/supervisor/daily", "/supervisor/reports", "/supervisor/reports.csv"):
        assert (await mona.get(path)).status == 403
