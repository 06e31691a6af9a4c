"""Today's tickets: found in any digits, by state and line, page by page, with all that happened."""

import re

import pytest

from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor
from queue_server.web.supervisor.reading import PAGE_SIZE
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor

LIST = "/supervisor/tickets"


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


def labels(seen: Seen) -> list[str]:
    return ["".join(each.itertext()) for each in seen.all("a", class_="tickets__label")]


@pytest.mark.parametrize("typed", ["103", "١٠٣", "۱۰۳", " 103 "])
async def test_a_number_is_found_in_eastern_and_western_digits(
    scene: HallScene, hoda: Visitor, typed: str
) -> None:
    await scene.site.issue(5)
    seen = await hoda.get(f"{LIST}?label={typed}")
    assert labels(seen) == ["١٠٣"]


async def test_what_is_no_number_finds_nothing_and_is_told_so(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.site.issue(2)
    seen = await hoda.get(f"{LIST}?label=أحمد")
    assert labels(seen) == []
    assert "هذا ليس رقم دور." in seen.words()
    none = await hoda.get(f"{LIST}?label=999")
    assert "لا يوجد رقم اليوم بهذا الوصف." in none.words()


async def test_the_list_is_narrowed_by_state_line_and_doubtful_slips(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.seat(5)
    await scene.machine("K1")
    await scene.site.issue(2)
    await scene.from_kiosk("K1", "held")
    await scene.from_kiosk("K1", "printed")
    await scene.site.call(5, scene.staff[5])
    assert labels(await hoda.get(f"{LIST}?state=called")) == ["١٠١"]
    assert labels(await hoda.get(f"{LIST}?state=waiting&queue=U")) == ["١٠٢", "١٠٣", "١٠٤"]
    assert labels(await hoda.get(f"{LIST}?queue=none")) == []
    assert labels(await hoda.get(f"{LIST}?paper=doubtful")) == ["١٠٣"]
    chosen = await hoda.get(f"{LIST}?state=waiting&queue=U")
    [state] = [each for each in chosen.find("select", id="state") if "selected" in each.attrib]
    assert state.get("value") == "waiting"


async def test_a_long_day_is_read_page_by_page_without_a_gap(
    scene: HallScene, hoda: Visitor
) -> None:
    count = PAGE_SIZE * 2 + 7
    await scene.site.issue(count)
    found: list[str] = []
    address: str | None = LIST
    pages = 0
    while address is not None:
        seen = await hoda.get(address)
        found += labels(seen)
        pages += 1
        following = [each.get("href") for each in seen.all("a", rel="next")]
        address = following[0] if following else None
    assert pages == 3
    assert len(found) == len(set(found)) == count


@pytest.mark.parametrize(
    "query", ["after=nothing", "state=rich", "label=%00", "queue=%00", "paper=x&label=%D8%A7"]
)
async def test_an_address_that_nobody_of_ours_wrote_breaks_nothing(
    scene: HallScene, hoda: Visitor, query: str
) -> None:
    await scene.site.issue()
    assert (await hoda.get(f"{LIST}?{query}")).status == 200


async def test_a_ticket_shows_all_that_happened_and_who_did_it(
    scene: HallScene, hoda: Visitor
) -> None:
    site = scene.site
    await scene.machine("K1")
    await scene.seat(5)
    ticket = await scene.from_kiosk("K1", "held", priority="age65")
    site.clock.jump(65)
    await site.call(5, scene.staff[5])
    await site.act(ticket, "recall", scene.staff[5])
    await site.act(ticket, "start", scene.staff[5])
    site.clock.jump(190)
    await site.act(ticket, "finish", scene.staff[5])
    seen = await hoda.get(f"{LIST}/{ticket.id}")
    body = seen.find("table", class_="events").find("tbody")
    assert body is not None
    rows = [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in body]
    assert [row[1:4] for row in rows] == [
        ["صدر", "–", "K1"],
        ["الورقة", "–", "K1"],
        ["نودي", "شباك: ٥", "منى السيد"],
        ["أُعيد النداء", "شباك: ٥", "منى السيد"],
        ["بدأت الخدمة", "شباك: ٥", "منى السيد"],
        ["انتهى", "شباك: ٥", "منى السيد"],
    ]
    assert rows[1][4] == "لم تُطبع: الطابعة تنتظر الورق أو الغطاء"
    assert rows[0][0].startswith("٧:٣٠:")
    facts = seen.words("dl", class_="ticket__facts")
    assert "ترخيص بناء جديد" in facts
    assert "٦٥ سنة فأكثر" in facts
    assert "جهاز الأرقام K1" in facts
    assert re.search("٠١:(٠[٥-٩]|[١٢][٠-٩])", facts)
    assert re.search("٠٣:[١٢][٠-٩]", facts)


async def test_a_waiting_ticket_shows_its_place_now(scene: HallScene, hoda: Visitor) -> None:
    await scene.seat(5)
    ticket = await scene.site.issue(4)
    seen = await hoda.get(f"{LIST}/{ticket.id}?lang=en")
    assert "People before it now3" in seen.words("dl", class_="ticket__facts")


async def test_a_program_that_acted_is_named_by_its_key(scene: HallScene, hoda: Visitor) -> None:
    ticket = await scene.site.queue.issue(IssueRequest(Actor("system"), "api"))
    seen = await hoda.get(f"{LIST}/{ticket.id}")
    assert "النظام" in seen.words("table", class_="events")


@pytest.mark.parametrize("path", ["0192f000-0000-7000-8000-000000000000", "nothing"])
async def test_an_unknown_ticket_is_not_found(scene: HallScene, hoda: Visitor, path: str) -> None:
    assert (await hoda.get(f"{LIST}/{path}")).status == 404
