"""The supervisor's charts over a real morning: pictures, tables and files tell the events."""

import csv
import io
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import fromstring

import pytest

from core_services.l10n import Language, digits, format_minutes_seconds, format_number
from core_services.paper.drawing import DrawingError
from core_services.sheets import pdf
from queue_server.figures.days import lives_on
from queue_server.policy.body import HallRoom, PolicyBody, Targets
from queue_server.tickets import windows
from queue_server.web.supervisor.chart import DAY_CHARTS, SLOW_CHARTS
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor, strict_fragment
from tests.support.past_days import live_days
from tests.support.policy_page import publish
from tests.unit.test_sheets import Book

PATH = "/supervisor/charts"
SVG = "{http://www.w3.org/2000/svg}"


def table(seen: Seen, name: str) -> list[list[str]]:
    """Return the cells of a chart's table twin."""
    body = seen.find("details", id=f"{name}-table").find(".//tbody")
    assert body is not None
    return [["".join(cell.itertext()) for cell in row] for row in body]


async def rows_of(visitor: Visitor, name: str, query: str = "") -> list[dict[str, str]]:
    """Return a chart's CSV as its rows."""
    seen = await visitor.get(f"{PATH}/{name}.csv?{query}")
    assert seen.status == 200
    assert seen.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(seen.text.lstrip("\ufeff")), strict=True))


async def file_of(visitor: Visitor, address: str) -> bytes:
    async with visitor.client.get(address) as response:
        assert response.status == 200
        assert "attachment" in response.headers["Content-Disposition"]
        return await response.read()


async def test_every_form_of_a_chart_tells_what_the_events_say(scene: HallScene) -> None:
    say: Language = "ar"
    await scene.morning()
    queue = scene.site.queue
    day, _ = queue.today()
    lives, _ = await lives_on(queue, day)
    hoda = await scene.site.sign_in("hoda", say)
    seen = await hoda.get(PATH)

    # Waits: people in each five minutes, to the second at their edges.
    waits = [life.wait_us / 1e6 for life in lives if life.wait_us is not None]
    bands = Counter(int(wait // 300) for wait in waits)
    told = await rows_of(hoda, "waits")
    assert {
        int(row["from_s"]) // 300: int(row["people"]) for row in told if row["people"] != "0"
    } == bands
    assert table(seen, "waits") == [
        [
            format_minutes_seconds(int(row["from_s"]), say),
            format_minutes_seconds(int(row["to_s"]), say),
            format_number(int(row["people"]), say),
        ]
        for row in told
    ]
    within = format_number(sum(wait <= 1800 for wait in waits), say)
    assert within in seen.words("section", **{"aria-labelledby": "waits-question"})
    [chart] = seen.all(f"{SVG}svg", **{"aria-labelledby": "waits-title waits-desc"})
    titles = ["".join(each.itertext()) for each in chart.iter(f"{SVG}title")]
    assert [digits(each, "en") for each in titles[1:]] == [
        row["people"] for row in told if row["people"] != "0"
    ]

    # Waits by service, in whole seconds.
    of_service: dict[str | None, list[int]] = {}
    for life in lives:
        if life.wait_us is not None:
            of_service.setdefault(life.service, []).append(life.wait_us)
    services = await rows_of(hoda, "services")
    assert sorted(int(row["people"]) for row in services) == sorted(map(len, of_service.values()))
    assert sorted(int(row["mean_s"]) for row in services) == sorted(
        int(sum(each) / len(each) / 1e6 + 0.5) for each in of_service.values()
    )
    book = Book(await file_of(hoda, f"{PATH}/services.xlsx?lang={say}"))
    assert [round(row[2] * 86_400) for row in book.rows(1)[-len(services) :]] == [
        int(row["mean_s"]) for row in services
    ]
    assert [row[0] for row in book.rows(1)[-len(services) :]] == [
        row["service"] for row in services
    ]

    # Idle time: the cells of a window add up to what is counted of it.
    counted: Counter[int] = Counter()
    for each in await windows.counts_of_day(queue):
        counted[each.window] += each.idle_s
    in_cells: Counter[int] = Counter(dict.fromkeys(counted, 0))
    for row in await rows_of(hoda, "idle"):
        in_cells[int(row["window"])] += int(row["idle_s"])
    assert in_cells == counted

    # The hall as it is now, and everybody who came.
    hall = await rows_of(hoda, "hall")
    standing = await scene.pool.fetchval(
        "SELECT count(*) FROM ticket WHERE state IN ('unconfirmed', 'waiting', 'called')"
    )
    assert int(hall[-1]["in_hall"]) == standing > 10
    now = datetime.fromisoformat(hall[-1]["at"])
    assert abs(now - scene.site.clock.now()) < timedelta(minutes=1)
    assert now.utcoffset() != UTC.utcoffset(None)
    assert sum(int(row["came"]) for row in await rows_of(hoda, "rhythm")) == len(lives)


async def test_charts_come_as_pictures_and_paper_too(
    scene: HallScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.site.open(9)
    await scene.site.issue(3)
    await scene.site.serve(9, 120)
    hoda = await scene.site.sign_in("hoda")
    picture = await file_of(hoda, f"{PATH}/hall.svg")
    root = fromstring(picture)
    assert root.tag == f"{SVG}svg"
    assert b"<style>" in picture
    paper = await file_of(hoda, f"{PATH}/hall.pdf")
    assert paper.startswith(b"%PDF-")

    def fail(*_: object, **__: object) -> bytes:
        raise DrawingError("no font")

    monkeypatch.setattr(pdf, "draw", fail)
    assert (await hoda.get(f"{PATH}/hall.pdf")).status == 503


async def test_the_weeks_before_are_crossed_by_day_and_hour(scene: HallScene) -> None:
    began = scene.site.clock.now()
    await live_days(scene.site, 3)
    hoda = await scene.site.sign_in("hoda", "en")
    rows = await rows_of(hoda, "week-arrivals")
    counts = await scene.pool.fetch(
        "SELECT extract(isodow FROM business_day)::int AS weekday,"
        " extract(hour FROM issued_at AT TIME ZONE 'Africa/Cairo')::int AS hour, count(*) AS n"
        " FROM ticket GROUP BY 1, 2"
    )
    assert {
        (int(row["weekday"]), int(row["hour"])): int(row["arrivals"])
        for row in rows
        if row["arrivals"] != "0"
    } == {(row["weekday"], row["hour"]): row["n"] for row in counts}
    assert {row["days"] for row in rows} == {"1"}
    waits = await rows_of(hoda, "week-waits")
    assert sum(int(row["people"]) for row in waits) == sum(row["n"] for row in counts)

    # A day that is over is charted as it ended; its page does not call it today.
    first = began.date().isoformat()
    seen = await hoda.get(f"{PATH}?day={first}&weeks=4")
    assert "Back to today" in seen.words()
    assert len(table(seen, "rhythm")) > 0
    assert seen.find("input", id="day").get("value") == first
    async with hoda.client.get(f"{PATH}/day?day={first}") as part:
        strict_fragment(await part.text())


async def test_seats_and_target_of_the_policy_are_drawn_across_the_charts(
    scene: HallScene,
) -> None:
    await scene.site.open(9)
    await scene.site.issue(4)
    await scene.site.serve(9, 120)
    hoda = await scene.site.sign_in("hoda", "en")
    assert "seats" not in (await file_of(hoda, f"{PATH}/hall.svg")).decode()
    assert "target 30 minutes" in (await file_of(hoda, f"{PATH}/waits.svg")).decode()
    body = PolicyBody(hall=HallRoom(seats=48), targets=Targets(wait_minutes=20))
    await publish(scene, body, scene.supervisor)
    assert "48 seats" in (await file_of(hoda, f"{PATH}/hall.svg")).decode()
    assert "target 20 minutes" in (await file_of(hoda, f"{PATH}/waits.svg")).decode()


async def test_a_day_that_is_over_is_held_against_the_target_that_it_had(scene: HallScene) -> None:
    day, _ = scene.site.queue.today()
    await live_days(scene.site, 1)
    await publish(scene, PolicyBody(targets=Targets(wait_minutes=20)), scene.supervisor)
    hoda = await scene.site.sign_in("hoda", "en")
    drawn = (await file_of(hoda, f"{PATH}/waits.svg?day={day}")).decode()
    assert "target 30 minutes" in drawn


async def test_an_empty_day_says_so_in_place_of_every_chart(scene: HallScene) -> None:
    hoda = await scene.site.sign_in("hoda", "en")
    seen = await hoda.get(PATH)
    assert seen.all(f"{SVG}svg") == []
    for words in ("Nobody came", "Nobody was called", "No window was open", "no earlier days"):
        assert words in seen.words()
    for name in (*DAY_CHARTS, *SLOW_CHARTS):
        assert await rows_of(hoda, name) == []


async def test_what_cannot_be_meant_is_passed_over_and_what_is_not_there_is_not_found(
    scene: HallScene,
) -> None:
    await scene.site.issue(2, service="enquiry")
    hoda = await scene.site.sign_in("hoda", "en")
    odd = await hoda.get(f"{PATH}?day=2026-13-40&queue=%00&service=nothing&weeks=9999")
    assert odd.status == 200
    assert re.search(r'option value="8" selected', odd.text)
    tomorrow = (scene.site.queue.today()[0] + timedelta(days=1)).isoformat()
    assert len(table(await hoda.get(f"{PATH}?day={tomorrow}"), "rhythm")) == 1
    assert await rows_of(hoda, "rhythm", "service=dues-payment") == []
    for path in ("/nothing.csv", "/waits.exe", "/waits.csv/x"):
        assert (await hoda.get(PATH + path)).status == 404
    clerk = await scene.site.sign_in("mona", "en")
    for path in ("", "/day", "/slow", "/waits.csv"):
        assert (await clerk.get(PATH + path)).status == 403
