"""The supervisor's page over a real day: its figures, its words, who may see it."""

import re
import statistics
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import pytest

from core_services.l10n import Language, digits, format_minutes_seconds, wait_words
from queue_server.tickets.supervision import day_report
from tests.support.eventually import eventually
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor, strict_fragment


async def supervisor(scene: HallScene, language: str = "ar") -> Visitor:
    return await scene.site.sign_in("hoda", language)


def cells(seen: Seen, table: str) -> list[list[str]]:
    """Return the words of each row of a table's body, without what only folded tables show."""
    body = seen.find("table", class_=table).find("tbody")
    assert body is not None
    for row in body:
        for cell in row:
            for span in cell.findall("span"):
                if span.get("class") == "unfolded":
                    cell.remove(span)
                    cell.text = (cell.text or "") + (span.tail or "")
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in body]


def tile(seen: Seen, window: int) -> str:
    return seen.words("li", id=f"window-{window}")


async def true_waits(scene: HallScene) -> dict[tuple[str, str], list[float]]:
    """Work the waits out again, by queue and priority, from the events alone."""
    rows = await scene.pool.fetch(
        "SELECT ticket_id, event, at, queue, detail FROM ticket_event ORDER BY revision"
    )
    issued: dict[UUID, tuple[datetime, str, str]] = {}
    waits: dict[tuple[str, str], list[float]] = {}
    called: set[UUID] = set()
    for row in rows:
        if row["event"] == "issue":
            issued[row["ticket_id"]] = (row["at"], row["queue"], row["detail"]["priority"])
        if row["event"] == "call" and row["ticket_id"] not in called:
            called.add(row["ticket_id"])
            at, queue, priority = issued[row["ticket_id"]]
            waits.setdefault((queue, priority), []).append((row["at"] - at).total_seconds())
    return waits


def p90(values: list[float]) -> float:
    """Return the 90th percentile, interpolated between the two nearest."""
    ordered = sorted(values)
    place = 0.9 * (len(ordered) - 1)
    low = int(place)
    rest = ordered[min(low + 1, len(ordered) - 1)] - ordered[low]
    return ordered[low] + rest * (place - low)


def told(values: list[float], language: Language) -> list[str]:
    """Return people, mean, P50 and P90 as the page writes them."""
    figures = (statistics.fmean(values), statistics.median(values), p90(values))
    return [digits(str(len(values)), language)] + [
        format_minutes_seconds(int(figure + 0.5), language) for figure in figures
    ]


async def test_the_longest_wait_is_minutes_and_seconds_without_a_word_after_them(
    scene: HallScene,
) -> None:
    await scene.site.issue()
    scene.site.clock.jump(67)
    seen = await (await supervisor(scene)).get("/supervisor")
    figures = [
        " ".join("".join(each.itertext()).split()) for each in seen.all("div", class_="figure")
    ]
    [longest] = [each for each in figures if each.startswith("أطول انتظار")]
    assert re.fullmatch("أطول انتظار حتى الآن ٠١:[٠-٥][٠-٩]", longest)


async def test_the_true_waits_equal_those_recomputed_from_events_to_the_second(
    scene: HallScene,
) -> None:
    await scene.morning()
    waits = await true_waits(scene)
    everybody = [wait for group in waits.values() for wait in group]
    assert len(everybody) > 100
    seen = await (await supervisor(scene, "en")).get("/supervisor")
    assert cells(seen, "waits") == [
        ["Everybody", *told(everybody, "en")],
        ["65 and over", *told(waits["U", "age65"], "en")],
        ["Pregnant or with an infant", *told(waits["U", "infant"], "en")],
        ["No priority", *told(waits["U", "none"], "en")],
    ]
    arabic = await (await supervisor(scene)).get("/supervisor")
    assert cells(arabic, "waits")[0] == ["الكل", *told(everybody, "ar")]


async def test_the_counts_of_the_day_are_those_of_its_events(scene: HallScene) -> None:
    await scene.morning()
    site = scene.site
    given_up = await site.issue(2)
    await site.queue.act(given_up.id, "cancel", actor=scene.supervisor, any_window=True)
    wrong = await site.issue()
    await site.queue.act(wrong.id, "void", actor=scene.supervisor, any_window=True)
    counts = (await day_report(site.queue)).counts
    by_event = {
        row["event"]: row["n"]
        for row in await scene.pool.fetch(
            "SELECT event, count(DISTINCT ticket_id) AS n FROM ticket_event GROUP BY event"
        )
    }
    assert (counts.issued, counts.called) == (by_event["issue"], by_event["call"])
    assert (counts.finished, counts.no_show) == (by_event["finish"], by_event["no_show"])
    assert (counts.cancelled, counts.void, counts.lapsed) == (1, 1, 0)
    assert counts.no_show >= 3
    seen = await (await supervisor(scene, "en")).get("/supervisor")
    shown = [" ".join("".join(each.itertext()).split()) for each in seen.all("div", class_="count")]
    assert shown == [
        f"Issued {counts.issued}",
        f"Called {counts.called}",
        f"Finished {counts.finished}",
        f"Did not come {counts.no_show}",
        "Cancelled 1",
        "Void 1",
        "Lapsed 0",
    ]


async def test_yesterday_is_not_in_todays_figures(scene: HallScene) -> None:
    await scene.morning()
    scene.site.clock.jump(24 * 3600)
    await scene.site.queue.keep_house()
    report = await day_report(scene.site.queue)
    assert (report.waits, report.counts.issued, report.half_hours) == ((), 0, ())
    seen = await (await supervisor(scene)).get("/supervisor")
    assert "لم يُنادَ على أحد اليوم حتى الآن." in seen.words()


async def test_nine_windows_stand_in_the_order_of_the_hall(scene: HallScene) -> None:
    site = scene.site
    for window in (1, 2, 5, 8):
        await scene.seat(window)
    await site.pause(1, "prayer", scene.staff[1])
    await site.issue(3)
    called = await site.call(2, scene.staff[2])
    started = await site.call(5, scene.staff[5])
    await site.act(started, "start", scene.staff[5])
    site.clock.jump(190)
    seen = await (await supervisor(scene)).get("/supervisor")
    numbers = [each.get("id") for each in seen.all("li", class_="window")]
    assert numbers == [f"window-{number}" for number in range(1, 10)]
    assert tile(seen, 1).startswith(
        "شباك ١ متوقف صلاة منذ ٣ دقائق كريم فؤاد إجراء: شباك ١ إغلاق الشباك استلام الشباك باسمي"
    )
    assert tile(seen, 2).startswith("شباك ٢ ينادي ١٠١ منذ ٣ دقائق")
    assert tile(seen, 5).startswith("شباك ٥ يخدم ١٠٢ منذ ٣ دقائق منى السيد")
    assert tile(seen, 8).startswith("شباك ٨ خالٍ – منذ ٣ دقائق يوسف علي")
    assert tile(seen, 9).startswith("شباك ٩ مغلق –")
    assert called.label == "101"
    english = await (await supervisor(scene, "en")).get("/supervisor")
    assert tile(english, 5).startswith("Window 5 Serving 102 for 3 minutes Mona El-Sayed")


async def test_the_lines_tell_who_waits_how_long_and_what_to_expect(scene: HallScene) -> None:
    site = scene.site
    await site.issue(4)
    site.clock.jump(75)
    visitor = await supervisor(scene, "en")
    [[queue, waiting, longest, wait, windows]] = cells(await visitor.get("/supervisor"), "queues")
    assert (queue, waiting, wait, windows) == ("Unified", "4", "no window serves", "0")
    assert "01:15" <= longest <= "01:45"
    await scene.seat(5)

    async def is_told_as_the_hall_foresees() -> bool:
        [line] = cells(await visitor.get("/supervisor"), "queues")
        wait = (await site.queue.hall_foreseen()).queues[0].wait
        assert wait is not None
        assert wait.low_s <= 4 * 300 <= wait.high_s
        return line[3:] == [wait_words(wait.low_s, wait.high_s, "en"), "1"]

    await eventually(is_told_as_the_hall_foresees)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_every_page_of_a_quiet_morning_is_strictly_well_formed(
    scene: HallScene, language: str
) -> None:
    visitor = await supervisor(scene, language)
    for path in ("/supervisor", "/supervisor/tickets"):
        assert (await visitor.get(path)).status == 200
    for path in ("/supervisor/now", "/supervisor/today"):
        part = await visitor.client.get(path)
        strict_fragment(await part.text())


async def test_the_parts_that_renew_are_those_of_the_page(scene: HallScene) -> None:
    await scene.seat(5)
    await scene.machine("K1", paper="out")
    visitor = await supervisor(scene)
    page = await visitor.get("/supervisor")
    for part in ("now", "today"):
        address = page.find("div", id=part).get("data-part")
        assert address == f"/supervisor/{part}?lang=ar"
        text = await (await visitor.client.get(address)).text()
        assert " ".join(strict_fragment(text).itertext()).split() == (
            " ".join(page.find("div", id=part).itertext()).split()
        )


async def test_without_a_script_the_page_asks_again_by_itself(scene: HallScene) -> None:
    seen = await (await supervisor(scene)).get("/supervisor")
    [refresh] = seen.all("meta", http_equiv="refresh")
    assert refresh.get("content") == "15"


async def test_it_leads_to_the_desk_the_numbers_and_the_programming_interface(
    scene: HallScene,
) -> None:
    seen = await (await supervisor(scene)).get("/supervisor")
    leads = {each.get("href") for each in seen.all("a")}
    assert {"/desk", "/api", "/supervisor/tickets"} <= leads
    assert "هدى منصور" in seen.words("header")


async def test_a_clerk_may_not_see_it_and_a_stranger_signs_in_first(scene: HallScene) -> None:
    clerk = await scene.site.sign_in("mona")
    for path in ("/supervisor", "/supervisor/now", "/supervisor/tickets"):
        assert (await clerk.get(path)).status == 403
    stranger = Visitor(scene.site.client)
    answer = await stranger.get("/supervisor", follow=False)
    assert answer.status == 303
    assert answer.headers["Location"] == f"/sign-in?next={quote('/supervisor', safe='/')}"


async def test_an_administrator_sees_what_a_supervisor_sees(scene: HallScene) -> None:
    await scene.site.add_staff("omar", "admin", "عمر سالم", "Omar Salem")
    visitor = await scene.site.sign_in("omar")
    assert (await visitor.get("/supervisor")).status == 200


async def test_a_forged_word_about_an_act_says_nothing(scene: HallScene) -> None:
    visitor = await supervisor(scene)
    for query in (
        "said=you-won",
        "said=ticket-state&state=rich&label=%3Cb%3E",
        "said=window-state",
    ):
        seen = await visitor.get(f"/supervisor?{query}")
        assert seen.status == 200
        assert "<b>" not in seen.text
