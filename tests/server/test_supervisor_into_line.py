"""What brings a number back into a line from the supervisor's pages: today's, or another day's."""

from datetime import date, timedelta

import pytest

from queue_server.live.board import board_frame
from queue_server.tickets import journeys
from queue_server.tickets.model import Ticket
from queue_server.tickets.supervision import day_report
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor

KEEP = "/supervisor/numbers/keep"


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    await scene.seat(5)
    return await scene.site.sign_in("hoda")


def said(seen: Seen) -> str:
    """Return the sentence above everything else."""
    return seen.words("div", class_="notice")


async def missed(scene: HallScene) -> Ticket:
    await scene.site.issue()
    await scene.site.call(5, scene.staff[5])
    ticket = await scene.site.in_hand(5)
    await scene.site.act(ticket, "no_show", scene.staff[5])
    return ticket


async def parked(scene: HallScene) -> Ticket:
    await scene.site.issue()
    await scene.site.call(5, scene.staff[5])
    await scene.start_hand(5)
    ticket = await scene.site.in_hand(5)
    await journeys.park(
        scene.site.queue,
        ticket.id,
        actor=scene.staff[5],
        any_window=False,
        reason="document",
        minutes=None,
    )
    return ticket


async def void(scene: HallScene) -> Ticket:
    ticket = await scene.site.issue()
    await scene.site.act(ticket, "void", scene.supervisor)
    return ticket


@pytest.mark.parametrize(
    ("left", "act", "words"),
    [
        (missed, "return", "عاد الرقم ١٠١ إلى الدور."),
        (parked, "resume", "عاد الرقم ١٠١ إلى انتظار شباكه."),
        (void, "reinstate", "عاد الرقم ١٠١ صالحًا وهو في الدور."),
    ],
    ids=["a missed call", "a parked number", "a void number"],
)
async def test_a_number_that_left_its_line_is_put_back_into_it(
    scene: HallScene, hoda: Visitor, left: object, act: str, words: str
) -> None:
    assert callable(left)
    ticket = await left(scene)
    address = f"/supervisor/tickets/{ticket.id}"
    page = await hoda.get(address)
    seen = await hoda.submit(page, f"{address}/{act}")
    assert said(seen) == words
    assert (await scene.site.queue.ticket(ticket.id)).state == "waiting"
    [*_, last] = await scene.site.queue.events(ticket.id)
    assert (last.event, last.actor_id) == (act, scene.hoda.id)
    again = await hoda.submit(page, f"{address}/{act}")
    assert said(again) == "لم يتم: حالة الرقم ١٠١ الآن: في الانتظار."


async def test_a_second_return_is_refused_in_words(scene: HallScene, hoda: Visitor) -> None:
    ticket = await missed(scene)
    address = f"/supervisor/tickets/{ticket.id}"
    await hoda.submit(await hoda.get(address), f"{address}/return")
    await scene.site.call(5, scene.staff[5])
    await scene.site.act(await scene.site.in_hand(5), "no_show", scene.staff[5])
    seen = await hoda.submit(await hoda.get(address), f"{address}/return")
    assert said(seen) == "لم يتم: الرقم ١٠١ استنفد ما تسمح به القواعد من ذلك."
    assert (await scene.site.queue.ticket(ticket.id)).state == "no_show"


async def test_who_is_parked_is_found_among_todays_numbers(scene: HallScene, hoda: Visitor) -> None:
    await parked(scene)
    await scene.site.issue()
    seen = await hoda.get("/supervisor/tickets?state=parked")
    assert "١٠١" in seen.words("table")
    assert "١٠٢" not in seen.words("table")


async def test_all_who_wait_keep_their_numbers_for_a_day_and_the_hall_is_told(
    scene: HallScene, hoda: Visitor
) -> None:
    first = await scene.site.issue()
    await scene.site.issue()
    await parked(scene)  # 101, which was called
    page = await hoda.get("/supervisor")
    days = [option.get("value") for option in page.find("select", id="numbers-day")]
    today = scene.site.queue.today()[0]
    assert days[0] == (today + timedelta(days=1)).isoformat()
    seen = await hoda.submit(page, KEEP, day=days[0] or "")
    assert said(seen).startswith("حُفظت ٣ أرقام إلى الاثنين ٢٣/١١/٢٠٢٦.")
    hall = await scene.site.queue.hall()
    assert (hall.waiting, hall.kept_for) == (0, date(2026, 11, 23))
    told = [message.text_ar for message in board_frame(hall).messages]
    assert told == [
        "من لم يُنادَ اليوم فرقمه محفوظ.",
        "احضر الاثنين ٢٣/١١/٢٠٢٦ قبل ١٠ صباحًا ومعك ورقة دورك.",
    ]
    assert not seen.all("select", id="numbers-day")
    counts = (await day_report(scene.site.queue)).counts
    assert (counts.issued, counts.lapsed, counts.carried_over) == (3, 0, 3)
    assert (await scene.site.queue.ticket_by_token(first.token)).business_day == date(2026, 11, 23)
    again = await hoda.submit(page, KEEP, day=days[0] or "")
    assert said(again) == "لا أحد ينتظر الآن، فلم يلزم حفظ أي رقم."


@pytest.mark.parametrize("day", ["", "2026-11-22", "2027-11-22", "tomorrow"])
async def test_numbers_are_kept_for_no_day_but_one_that_is_offered(
    scene: HallScene, hoda: Visitor, day: str
) -> None:
    ticket = await scene.site.issue()
    seen = await hoda.submit(await hoda.get("/supervisor"), KEEP, day=day)
    assert said(seen) == "لم يتم: اختر يومًا من الأيام التي يفتح فيها المركز."
    assert (await scene.site.queue.ticket(ticket.id)).state == "waiting"


async def test_a_clerk_keeps_no_numbers_for_another_day(scene: HallScene, hoda: Visitor) -> None:
    ticket = await scene.site.issue()
    mona = await scene.site.sign_in("mona")
    csrf = (await mona.get("/desk")).find("input", name="csrf").get("value") or ""
    seen = await mona.post(KEEP, {"csrf": csrf, "day": "2026-11-23"})
    assert seen.status == 403
    assert (await scene.site.queue.ticket(ticket.id)).state == "waiting"
