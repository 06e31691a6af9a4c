"""The book of alarms on the supervisor's pages and in the API: seen, over, told of by file."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest

from queue_server.alarms.model import Episode, Finding
from queue_server.estimate.promises_kept import READ_EVERY
from queue_server.tickets.issuing import IssueRequest
from queue_server.web.keys import ALARM_BOOK
from tests.support.centre_server import CentreServer
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Visitor
from tests.support.queue import KEY
from tests.unit.test_sheets import Book


async def nobody_serves(scene: HallScene) -> Episode:
    """Let three people wait before closed windows until it stands in the book."""
    book = scene.site.client.app[ALARM_BOOK]
    await scene.site.issue(3)
    [queue] = (await scene.site.queue.hall()).queues
    finding = Finding("nobody-serves", queue.code, is_grave=True, facts={"waiting": 3})
    await book.enter([finding])
    scene.site.clock.jump(5)
    await book.enter([finding])
    return next(each for each in await book.open() if each.kind == "nobody-serves")


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


async def test_a_press_says_that_it_was_seen_and_it_counts_no_more(
    scene: HallScene, hoda: Visitor
) -> None:
    entered = await nobody_serves(scene)
    page = await hoda.get("/supervisor")
    title = page.find("div", class_="hall__now").get("data-title") or ""
    assert title.startswith("(١)")
    seen = await hoda.submit(page, f"/supervisor/alarms/{entered.id}/seen")
    assert "سُجّل أنك رأيته." in seen.words("div", class_="notice")
    now = seen.find("div", class_="hall__now")
    assert now.get("data-title") == "متابعة الصالة"
    assert now.get("data-key") == ""
    assert "منتظرون ولا شباك مفتوح" in seen.words("details", class_="seen")
    assert "لا جديد: كل التنبيهات القائمة سبقت رؤيتها." in seen.words()
    again = await hoda.submit(page, f"/supervisor/alarms/{entered.id}/seen")
    assert again.status == 200
    [known] = await scene.site.client.app[ALARM_BOOK].open()
    assert known.acknowledged_by == scene.hoda.id


async def test_the_page_of_alarms_tells_of_a_day_and_its_file_has_the_same(
    scene: HallScene, hoda: Visitor
) -> None:
    entered = await nobody_serves(scene)
    page = await hoda.get("/supervisor/alarms")
    assert "منتظرون ولا شباك مفتوح" in page.words("ul", class_="episodes")
    scene.site.clock.jump(5)
    seen = await hoda.submit(page, f"/supervisor/alarms/{entered.id}/seen")
    assert seen.path.startswith("/supervisor/alarms")
    assert "رآه هدى منصور" in seen.words("ul", class_="episodes")
    await scene.seat(5)
    book = scene.site.client.app[ALARM_BOOK]
    await book.enter([])
    scene.site.clock.jump(60)
    await book.enter([])
    over = (await hoda.get("/supervisor/alarms")).words("table")
    assert "منتظرون ولا شباك مفتوح" in over
    assert "هدى منصور" in over
    answer = await hoda.get("/supervisor/alarms.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    [row] = [each for each in rows if each["kind"] == "nobody-serves"]
    assert (row["subject"], row["acknowledged_by"]) == (entered.subject, "هدى منصور")
    assert (row["what"], row["grave"]) == ("منتظرون ولا شباك مفتوح", "yes")
    assert int(row["seconds"]) > 0
    assert row["cleared_at"] > row["acknowledged_at"] > row["raised_at"] != ""
    async with hoda.client.get("/supervisor/alarms.xlsx?lang=en") as file:
        [heads, found] = Book(await file.read()).rows(1)[-2:]
    cells = dict(zip(heads, found, strict=True))
    assert (cells["Code of its kind"], cells["Grave"]) == ("nobody-serves", "yes")
    assert (cells["Alarm"], cells["Seen by"]) == (
        "People wait and no window is open",
        "Hoda Mansour",
    )
    assert round(cells["Lasted"] * 86_400) == int(row["seconds"])
    yesterday = (scene.site.queue.today()[0] - timedelta(days=1)).isoformat()
    empty = await hoda.get(f"/supervisor/alarms?day={yesterday}")
    assert "لا تنبيهات أخرى في هذا اليوم." in empty.words()
    for day in ("2999-01-01", "0001-01-01", "yesterday"):
        assert (await hoda.get(f"/supervisor/alarms?day={day}")).status == 200


async def test_a_clerk_sees_no_book_of_alarms(scene: HallScene) -> None:
    mona = await scene.site.sign_in("mona")
    for path in ("", ".csv", ".xlsx"):
        assert (await mona.get(f"/supervisor/alarms{path}")).status == 403


async def test_from_its_tile_a_window_pauses_is_opened_for_somebody_and_changes_profile(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.seat(5)
    page = await hoda.get("/supervisor")
    seen = await hoda.submit(page, "/supervisor/windows/5/pause", reason="prayer")
    assert "الشباك ٥ متوقف مؤقتًا." in seen.words("div", class_="notice")
    window = await scene.site.window(5)
    assert (window.state, window.reason) == ("paused", "prayer")
    salma = await scene.site.add_staff("salma", "clerk", "سلمى حسن", "Salma Hassan", 2)
    page = await hoda.get("/supervisor")
    seen = await hoda.submit(page, "/supervisor/windows/2/open-for", staff=str(salma.id))
    assert "الشباك ٢ مفتوح." in seen.words("div", class_="notice")
    window = await scene.site.window(2)
    assert window.opened_by is not None
    assert (window.state, window.opened_by.id) == ("open", salma.id)
    page = await hoda.get("/supervisor")
    other = next(
        code
        for each in page.find("select", id="tile-profile-2").iter("option")
        if (code := each.get("value") or "") != window.profile
    )
    seen = await hoda.submit(page, "/supervisor/windows/2/profile", profile=other)
    assert seen.path.startswith("/supervisor?")
    assert (await scene.site.window(2)).profile == other


async def test_a_window_that_cannot_be_given_stays_closed(scene: HallScene, hoda: Visitor) -> None:
    await scene.seat(5)
    page = await hoda.get("/supervisor")
    csrf = page.find("input", name="csrf").get("value") or ""
    for staff in (str(scene.staff[5].id), "nobody"):
        told = await hoda.post("/supervisor/windows/3/open-for", {"csrf": csrf, "staff": staff})
        assert told.find("div", class_="notice").get("role") == "alert"
        assert (await scene.site.window(3)).state == "closed"
    told = await hoda.post("/supervisor/windows/5/pause", {"csrf": csrf, "reason": "boredom"})
    assert (await scene.site.window(5)).state == "open"


async def test_a_program_reads_the_book_and_says_once_that_it_has_seen(
    centre_server: CentreServer,
) -> None:
    queue, program = centre_server.queue, await centre_server.program("supervise")
    await queue.issue(IssueRequest(KEY, "api"))
    line = next(each for each in (await queue.hall()).queues if each.waiting)
    finding = Finding("nobody-serves", line.code, is_grave=True, facts={"waiting": 1})
    book = centre_server.app[ALARM_BOOK]
    await book.enter([finding])
    assert isinstance(centre_server.clock, ManualClock)
    await centre_server.clock.jump(5)
    await book.enter([finding])
    [alarm] = (await program.get("/alarms/episodes?open=true")).body["items"]
    assert (alarm["kind"], alarm["acknowledged_by"]) == ("nobody-serves", None)
    assert alarm["facts"]["waiting"] == 1
    assert (await program.get("/alarms/episodes?day=0001-01-01")).body["items"] == []
    path = f"/alarms/episodes/{alarm['id']}/acknowledge"
    first = await program.post(path, Idempotency_Key="once-and-for-all")
    again = await program.post(path, Idempotency_Key="once-and-for-all")
    assert (first.status, again.body) == (200, first.body)
    assert first.body["acknowledged_by"] is not None
    [listed] = (await program.get("/alarms/episodes?limit=1")).body["items"]
    assert listed["id"] == alarm["id"]
    assert (await program.post(f"/alarms/episodes/{'0' * 8}-0000-4000-8000-{'0' * 12}/acknowledge"
                               )).status == 404  # fmt: skip


async def test_a_backtest_whose_range_did_not_hold_is_an_alarm_until_one_that_did(
    scene: HallScene, hoda: Visitor
) -> None:
    async def night(share: float) -> None:
        """Bring the result of a night, and let the figures of before be too old."""
        day, at = scene.site.queue.today()
        product = {
            "n": 6000,
            "mae_s": 200,
            "rmse_s": 300,
            "bias_s": -20,
            "coverage_80": share,
            "mean_width_80_s": 430,
        }
        await scene.pool.execute(
            "INSERT INTO estimate_backtest (centre_id, business_day, claimed_at, claimed_by,"
            " done_at, result) VALUES (1, $1, $2, $3, $2, $4)"
            " ON CONFLICT ON CONSTRAINT estimate_backtest_pk"
            " DO UPDATE SET claimed_by = $3, done_at = $2, result = $4",
            day,
            at,
            uuid4(),
            {"days": 21, "train_days": 14, "product": product, "baselines": {}},
        )
        scene.site.clock.jump(READ_EVERY.total_seconds())

    async def of_nights() -> list[Episode]:
        return [
            each
            for each in await scene.site.client.app[ALARM_BOOK].open()
            if each.kind == "estimate-untrue"
        ]

    async def is_entered() -> bool:
        return bool(await of_nights())

    async def is_over() -> bool:
        scene.site.clock.jump(20)
        return not await of_nights()

    await night(0.70)
    await eventually(is_entered, within_s=30)
    page = await hoda.get("/supervisor")
    told = "الوقت المقدَّر غير دقيق: في آخر اختبار ليلي صدق المدى في ٧٠٪ من الأوقات"
    assert told in page.words("ul", class_="alarms__list")
    assert told in (await hoda.get("/supervisor/waits")).words("p", class_="note--alarm")
    english = await hoda.get("/supervisor?lang=en")
    assert "held 70 % of the waits" in english.words("ul", class_="alarms__list")
    [entered] = await of_nights()
    assert (entered.subject, entered.is_grave) == ("night", False)
    await hoda.submit(page, f"/supervisor/alarms/{entered.id}/seen")
    quiet = (await hoda.get("/supervisor?lang=ar")).words("details", class_="seen")
    assert "الوقت المقدَّر غير دقيق – الاختبار الليلي" in quiet

    scene.site.clock.jump(24 * 3600)
    await night(0.80)
    await eventually(is_over, within_s=60)
    assert told not in (await hoda.get("/supervisor/waits")).words()
