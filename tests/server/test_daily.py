"""The day's situation makes itself once at its time, tells what the reports tell, and stays."""

import asyncio
import re
from uuid import uuid4

from queue_server.figures.daily import DailyReports
from queue_server.figures.reading import FiguresReading
from queue_server.figures.rollup import Rollup
from queue_server.web.keys import CONFIGURATION, FIGURES
from tests.support.database import Database
from tests.support.figures import refuse_figures_of
from tests.support.fonts import font_cache
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene

EASTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")


def reports_of(scene: HallScene) -> DailyReports:
    app = scene.site.client.app
    reading: FiguresReading = app[FIGURES]
    rollup = Rollup(scene.site.queue, lambda: 1800, process_id=uuid4())
    return DailyReports(reading, rollup, app[CONFIGURATION], font_cache())


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


async def test_two_processes_that_are_asked_at_once_keep_both(scene: HallScene) -> None:
    await scene.morning()
    day, _ = scene.site.queue.today()
    made = await asyncio.gather(
        *(reports_of(scene).make(day, by=scene.hoda.id) for _ in range(3)),
        *(reports_of(scene).make(day, by=None) for _ in range(2)),
    )
    assert sorted(each.nth for each in made if each is not None) == [0, 0, 1, 2, 3]
    rows = await scene.pool.fetch("SELECT nth FROM daily_report ORDER BY nth")
    assert [row["nth"] for row in rows] == [0, 1, 2, 3]


async def test_a_day_that_has_just_ended_is_worked_out_for_whoever_asks(scene: HallScene) -> None:
    await scene.morning()
    day, _ = scene.site.queue.today()
    issued = await scene.pool.fetchval("SELECT count(*) FROM ticket")
    scene.site.clock.jump(86400)
    await scene.site.queue.keep_house()
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get(f"/supervisor/daily?day={day}")
    made = await hoda.submit(page, "/supervisor/daily")
    assert f"وارد: {issued}" in made.words("textarea").translate(EASTERN)


async def test_a_day_that_cannot_be_worked_out_is_told_so(
    scene: HallScene, database: Database
) -> None:
    await scene.morning()
    day, _ = scene.site.queue.today()
    scene.site.clock.jump(86400)
    await refuse_figures_of(database, day)
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get(f"/supervisor/daily?day={day}")
    told = await hoda.submit(page, "/supervisor/daily")
    assert "تعذر حساب أرقام هذا اليوم" in told.words()
    assert await scene.pool.fetchval("SELECT count(*) FROM daily_report") == 0


async def test_a_clerk_sees_neither_reports_nor_the_situation(scene: HallScene) -> None:
    mona = await scene.site.sign_in("mona")
    for path in ("/supervisor/daily", "/supervisor/reports", "/supervisor/reports.csv"):
        assert (await mona.get(path)).status == 403
