"""A slip or an appointment that a member of staff scans: the page that it leads to."""

import pytest

from queue_server.appointments.acts import Appointments
from tests.server.test_desk import at_window, fields_of, part, parts, words
from tests.server.test_reception import csrf, orders, sara, use
from tests.support.appointments import add_plan, at_wall, book
from tests.support.desk_site import DeskSite
from tests.support.desk_site import site as site
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor

__all__ = ["sara"]

NOBODYS = "https://q.example/t/AAAAAAAAAAAAAAAA"


async def scan(visitor: Visitor, code: str) -> Seen:
    return await visitor.post("/reception/scan", {**await csrf(visitor), "code": code})


@pytest.fixture
async def appointments(scene: HallScene) -> Appointments:
    await add_plan(scene.site.queue)
    return Appointments(scene.site.queue)


async def test_a_scanned_slip_leads_reception_to_its_number(
    scene: HallScene, sara: Visitor
) -> None:
    ticket = await scene.site.issue(3)
    seen = await scan(sara, f"HTTPS://Q.EXAMPLE/T/{ticket.token}")
    assert (seen.status, seen.path) == (200, f"/reception/tickets/{ticket.id}")


@pytest.mark.parametrize("code", [NOBODYS, "6221031491016", "", "https://example.com/menu"])
async def test_what_is_not_ours_is_said_and_leads_to_the_search(sara: Visitor, code: str) -> None:
    seen = await scan(sara, code)
    assert seen.path.startswith("/reception/find?")
    assert "هذا الكود ليس لرقم ولا لموعد في هذا المركز." in seen.words()


async def test_a_scanned_appointment_is_checked_in_once_and_its_slip_comes_out(
    scene: HallScene, sara: Visitor, appointments: Appointments
) -> None:
    await scene.machine("K1")
    await use(sara, scene, "K1")
    found = await book(appointments, at_wall(scene.site.queue, "10:00"))
    seen = await scan(sara, found.code)
    number = (await appointments.appointment(found.id)).ticket_id
    assert (seen.status, seen.path) == (200, f"/reception/tickets/{number}?new")
    assert await orders(scene) == [("K1", True)]
    again = await scan(sara, f"https://q.example/b/{found.token.lower()}")
    assert again.path == f"/reception/tickets/{number}"
    assert await orders(scene) == [("K1", True)]


async def test_an_appointment_of_another_day_is_refused_in_words(
    scene: HallScene, sara: Visitor, appointments: Appointments
) -> None:
    await scene.machine("K1")
    await use(sara, scene, "K1")
    found = await book(appointments, at_wall(scene.site.queue, "10:00", days=1))
    seen = await scan(sara, found.code)
    assert seen.status == 409
    assert "لم يُسجَّل حضور الموعد" in seen.words()


async def test_a_slip_scanned_at_a_window_is_told_and_offered_for_a_call(site: DeskSite) -> None:
    mona = await at_window(site)
    ticket = await site.issue()
    form = fields_of(await mona.get("/desk"), "/desk/5/scan")
    status, page = await parts(mona, "/desk/5/scan", {**form, "code": ticket.token.lower()})
    assert status == 200
    notice = part(page, "notice")
    assert "الورقة للرقم ١٠٤، وحالته: في الانتظار." in words(notice)
    [told] = [each for each in notice.iter() if each.get("data-scanned")]
    assert (told.get("data-scanned"), told.get("data-takes")) == ("104", "call")


async def test_a_foreign_code_at_a_window_is_refused_in_place(site: DeskSite) -> None:
    mona = await at_window(site)
    form = fields_of(await mona.get("/desk"), "/desk/5/scan")
    status, page = await parts(mona, "/desk/5/scan", {**form, "code": NOBODYS})
    assert status == 409
    assert "هذا الكود ليس لرقم ولا لموعد في هذا المركز." in words(part(page, "notice"))


async def test_an_appointment_scanned_at_a_window_is_its_number_once_it_has_one(
    site: DeskSite,
) -> None:
    await add_plan(site.queue)
    appointments = Appointments(site.queue)
    mona = await at_window(site)
    found = await book(appointments, at_wall(site.queue, "10:00"))
    form = fields_of(await mona.get("/desk"), "/desk/5/scan")
    _, page = await parts(mona, "/desk/5/scan", {**form, "code": found.code})
    assert "لم يُسجَّل حضوره" in words(part(page, "notice"))
    await appointments.check_in(found.id, via="desk", actor=site.clerk)
    _, page = await parts(mona, "/desk/5/scan", {**form, "code": found.code})
    assert "الورقة للرقم" in words(part(page, "notice"))
