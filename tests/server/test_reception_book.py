"""The emergency book's page: keying in, its mistakes, printing further books."""

from datetime import timedelta

import pytest

from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor

SERVED = {
    "label": "ط-١٠٣",
    "arrived": "٧:٠٥",
    "service": "طلب تصالح",
    "priority": "age65",
    "outcome": "served",
    "window": "5",
    "started": "7:10",
    "finished": "7:20",
}


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


@pytest.fixture
async def sara(scene: HallScene, hoda: Visitor) -> Visitor:
    """A receptionist; Hoda has printed a book before the power went."""
    page = await hoda.get("/reception/book")
    await hoda.submit(page, "/reception/book/print")
    await scene.site.add_staff("sara", "receptionist", "سارة علي", "Sara Ali")
    return await scene.site.sign_in("sara")


async def key_in(visitor: Visitor, **changes: str) -> Seen:
    page = await visitor.get("/reception/book")
    form = page.find("form", action="/reception/book")
    kept = {
        each.get("name", ""): each.get("value", "")
        for each in form.iter("input")
        if each.get("name") in ("csrf", "key", "day")
    }
    return await visitor.post("/reception/book", {**kept, **SERVED, **changes})


def mistakes(seen: Seen) -> list[str]:
    return ["".join(each.itertext()) for each in seen.find("div", class_="summary").iter("a")]


async def test_a_line_is_keyed_in_and_the_next_number_stands_ready(
    scene: HallScene, sara: Visitor
) -> None:
    seen = await key_in(sara)
    assert "أُدخل الرقم ط-١٠٣." in seen.words()
    assert seen.find("input", id="label").get("value") == "ط-١٠٤"
    assert seen.find("input", id="outcome-served").get("checked") is not None
    [ticket] = await scene.site.queue.tickets()
    assert (ticket.label, ticket.state, ticket.window) == ("T103", "finished", 5)
    assert (ticket.service, ticket.priority) == ("reconciliation", "age65")


async def test_who_waits_is_called_from_the_screen_before_who_came_later(
    scene: HallScene, sara: Visitor
) -> None:
    await scene.site.issue()
    seen = await key_in(sara, outcome="waiting", priority="none")
    assert seen.status == 200
    await scene.seat(5)
    assert (await scene.site.call(5, scene.staff[5])).label == "T103"


async def test_a_number_keyed_in_twice_is_refused_and_names_what_it_stands_for(
    scene: HallScene, sara: Visitor
) -> None:
    await key_in(sara)
    seen = await key_in(sara, outcome="left")
    assert seen.status == 422
    assert mistakes(seen) == ["هذا الرقم أُدخل من قبل"]
    [ticket] = await scene.site.queue.tickets()
    assert "الرقم ط-١٠٣ حالته: انتهى" in seen.words("p", class_="note")
    assert seen.find("a", href=f"/reception/tickets/{ticket.id}") is not None


async def test_a_line_with_mistakes_is_shown_again_as_it_was_typed(sara: Visitor) -> None:
    seen = await key_in(sara, label="٩٩٩", arrived="7:05")
    assert mistakes(seen) == ["الرقم ليس في أي دفتر مطبوع: راجع الورقة"]
    assert seen.find("input", id="label").get("value") == "٩٩٩"
    seen = await key_in(sara, started="7:00", finished="8:30")
    assert mistakes(seen) == ["ساعة النهاية لم تأتِ بعد"]
    assert seen.find("input", id="finished").get("value") == "8:30"


async def test_only_supervisors_make_and_print_books(scene: HallScene, sara: Visitor) -> None:
    page = await sara.get("/reception/book")
    assert page.all("form", action="/reception/book/print") == []
    csrf = page.find("input", name="csrf").get("value", "")
    assert (await sara.post("/reception/book/print", {"csrf": csrf})).status == 403
    assert (await sara.get("/reception/book/1.pdf")).status == 403


async def test_a_book_is_a_pdf_of_its_own_numbers(scene: HallScene, hoda: Visitor) -> None:
    page = await hoda.get("/reception/book")
    page = await hoda.submit(page, "/reception/book/print", count="50")
    assert "من ط-١٠١ إلى ط-١٥٠" in page.words()
    response = await hoda.client.get("/reception/book/1.pdf")
    assert response.content_type == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="KFS-T-1.pdf"'
    assert (await response.read()).startswith(b"%PDF-")
    assert (await hoda.get("/reception/book/2.pdf")).status == 404


async def test_a_book_asked_for_twice_from_one_page_is_one_book(
    scene: HallScene, hoda: Visitor
) -> None:
    page = await hoda.get("/reception/book")
    for _ in range(2):
        await hoda.submit(page, "/reception/book/print", count="50")
    assert await scene.pool.fetchval("SELECT count(*) FROM emergency_batch") == 1


async def test_the_list_of_what_was_keyed_in_is_that_of_the_day_being_keyed_in(
    scene: HallScene, sara: Visitor
) -> None:
    await key_in(sara, **SERVED)
    today = scene.site.queue.today()[0]
    assert "١٠٣" in (await sara.get(f"/reception/book?day={today}")).words("ul", class_="found")
    yesterday = today - timedelta(days=1)
    page = await sara.get(f"/reception/book?day={yesterday}")
    assert not list(page.all("ul", class_="found"))
    await key_in(sara, **(SERVED | {"label": "104", "day": yesterday.isoformat()}))
    page = await sara.get(f"/reception/book?day={yesterday}")
    assert "١٠٤" in page.words("ul", class_="found")
    assert "١٠٣" not in page.words("ul", class_="found")


async def test_a_slip_that_a_machine_printed_is_keyed_in_as_the_list_tells(
    scene: HallScene, sara: Visitor
) -> None:
    seen = await key_in(sara, label="ك١٠٥", outcome="waiting", priority="none")
    assert "أُدخل الرقم ك-١٠٥." in seen.words()
    assert seen.find("input", id="label").get("value") == "ك-١٠٦"
    assert seen.find("option", value="machine").get("selected") is not None
    assert (await key_in(sara, label="K106")).status == 200
    tickets = {each.label: each for each in await scene.site.queue.tickets()}
    assert tickets["K105"].state == "waiting"
    assert (tickets["K106"].state, tickets["K106"].window) == ("finished", 5)
    assert {each.channel for each in tickets.values()} == {"adopted"}


async def test_a_bare_number_is_the_books_unless_a_machine_printed_it(
    scene: HallScene, sara: Visitor
) -> None:
    await scene.site.issue()
    assert (await key_in(sara, label="101")).status == 200
    assert (await key_in(sara, label="101", paper="machine", outcome="left")).status == 200
    states = {each.label: each.state for each in await scene.site.queue.tickets()}
    assert states == {"101": "cancelled", "T101": "finished"}
    known = await key_in(sara, label="101", paper="machine")
    assert mistakes(known) == ["تقدّمت حالة هذا الرقم على النظام: انظر أين وصل"]
    assert "الرقم ١٠١ حالته: أُلغي" in known.words()
    far = await key_in(sara, label="9999", paper="machine")
    assert mistakes(far) == ["لا يعطي أي جهاز هنا هذا الرقم: راجع الورقة"]
    assert mistakes(await key_in(sara, label="ك٩٩")) == mistakes(far)
    assert mistakes(await key_in(sara, label="A7")) == mistakes(far)
