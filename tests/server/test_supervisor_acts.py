"""What a supervisor does from the page, and how it is told that the state forbids it."""

from typing import Any
from uuid import UUID

import pytest

from core_services.devices.store_help import open_help_calls
from core_services.devices.store_presence import open_commands
from queue_server.tickets.model import Actor, Ticket
from queue_server.tickets.reception import order_first_slip
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


def said(seen: Seen) -> str:
    """Return the sentence above everything else."""
    return seen.words("div", class_="notice")


async def post(visitor: Visitor, page: str, action: str, **fields: str) -> Seen:
    """Send a form that the page no longer shows, as an old tab would."""
    seen = await visitor.get(page)
    csrf = seen.find("input", name="csrf").get("value") or ""
    return await visitor.post(action, {"csrf": csrf, **fields})


async def test_a_window_without_a_ticket_is_closed(scene: HallScene, hoda: Visitor) -> None:
    await scene.seat(5)
    seen = await hoda.submit(await hoda.get("/supervisor"), "/supervisor/windows/5/close")
    assert said(seen) == "أُغلق شباك ٥."
    assert (await scene.site.window(5)).state == "closed"
    event = await scene.pool.fetchrow(
        "SELECT event, actor_kind, actor_id FROM window_event ORDER BY revision DESC LIMIT 1"
    )
    assert event is not None
    assert tuple(event) == ("close", "staff", scene.hoda.id)


async def test_a_window_is_taken_over_in_the_supervisors_name(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.seat(5)
    await scene.site.pause(5, "break", scene.staff[5])
    seen = await hoda.submit(await hoda.get("/supervisor"), "/supervisor/windows/5/take-over")
    assert said(seen) == "شباك ٥ مفتوح باسمك. افتح شاشته"
    window = await scene.site.window(5)
    assert (window.state, window.opened_by) == ("open", scene.supervisor)
    assert window.opened_by_name == "هدى منصور"
    assert "هدى منصور" in seen.words("li", id="window-5")
    assert not [form for form in seen.all("form") if "take-over" in form.get("action", "")]


@pytest.mark.parametrize("act", ["close", "take-over"])
async def test_a_window_with_a_ticket_in_hand_keeps_it_and_says_so(
    scene: HallScene, hoda: Visitor, act: str
) -> None:
    await scene.seat(5)
    await scene.site.issue()
    await scene.site.call(5, scene.staff[5])
    page = await hoda.get("/supervisor")
    offered = [each.get("action", "").rpartition("/")[2] for each in page.all("form")]
    assert not {"close", "take-over", "pause"} & set(offered)
    seen = await post(hoda, "/supervisor", f"/supervisor/windows/5/{act}")
    assert seen.find("div", class_="notice").get("role") == "alert"
    assert said(seen).startswith("لم يتم: شباك ٥ معه الرقم ١٠١، ويُغلق بعد انتهاء الخدمة.")
    [link] = seen.find("div", class_="notice").iter("a")
    ticket = await scene.site.in_hand(5)
    assert link.get("href") == f"/supervisor/tickets/{ticket.id}"
    window = await scene.site.window(5)
    assert (window.state, window.opened_by) == ("open", scene.staff[5])


async def test_a_window_that_was_closed_meanwhile_is_told_so(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.seat(5)
    page = await hoda.get("/supervisor")
    await hoda.submit(page, "/supervisor/windows/5/close")
    seen = await hoda.submit(page, "/supervisor/windows/5/close")
    assert said(seen) == "شباك ٥ مغلق بالفعل."


async def test_an_unknown_window_is_not_found(scene: HallScene, hoda: Visitor) -> None:
    assert (await post(hoda, "/supervisor", "/supervisor/windows/77/close")).status == 404
    assert (await post(hoda, "/supervisor", "/supervisor/windows/0/close")).status == 404


async def test_a_call_for_help_is_an_alarm_until_somebody_goes(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1")
    call_id = await scene.ask_help("K1")
    scene.site.clock.jump(5)
    await scene.machine("K1")
    page = await hoda.get("/supervisor")
    assert "مواطن يطلب مساعدة عند الجهاز K1." in page.words("li", class_="alarm--help")
    action = f"/supervisor/help/{call_id}/answer"
    seen = await hoda.submit(page, action)
    assert said(seen) == "سُجّلت الاستجابة لطلب المساعدة."
    assert not seen.all("li", class_="alarm--help")
    assert await open_help_calls(scene.pool, centre_id=1) == ()
    by = await scene.pool.fetchval("SELECT answered_by FROM help_call")
    assert by == scene.hoda.id
    again = await hoda.submit(page, action)
    assert said(again) == "استجاب موظف آخر لطلب المساعدة من قبل."


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("held", "لم تُطبع: الطابعة تنتظر الورق أو الغطاء"),
        ("unknown", "لم تتأكد الطباعة"),
        ("failed", "لم تُطبع الورقة"),
    ],
)
async def test_a_slip_in_doubt_is_listed_until_a_person_says_it_printed(
    scene: HallScene, hoda: Visitor, mark: Any, words: str
) -> None:
    await scene.machine("K1")
    ticket = await scene.from_kiosk("K1", mark)
    page = await hoda.get("/supervisor")
    assert page.words("li", class_="slip").startswith(f"١٠١ {words}")
    seen = await hoda.submit(page, f"/supervisor/tickets/{ticket.id}/printed")
    assert said(seen) == "سُجّل أن ورقة الرقم ١٠١ طُبعت."
    assert not seen.all("li", class_="slip")
    known = await scene.site.queue.ticket(ticket.id)
    assert (known.paper, known.state) == ("printed", "waiting")
    [*_, last] = await scene.site.queue.events(ticket.id)
    assert (last.actor_kind, last.actor_id, last.reason) == ("staff", scene.hoda.id, "printed")


async def reprint_orders(scene: HallScene) -> list[tuple[UUID, str]]:
    commands = await open_commands(scene.pool, centre_id=1)
    return [(each.device_id, each.payload["ticket"]) for each in commands]


async def test_a_first_slip_ordered_at_reception_is_not_called_a_reprint(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1")
    ticket = await scene.site.issue()
    device = scene.devices["K1"].id
    assert await order_first_slip(
        scene.site.queue, ticket.id, device, actor=Actor("staff", scene.hoda.id)
    )
    seen = await hoda.get(f"/supervisor/tickets/{ticket.id}")
    assert "طُلبت طباعة الورقة من K1" in seen.words()
    assert "طُلبت إعادة طباعة" not in seen.words()


async def test_a_reprint_is_ordered_from_the_only_kiosk_once(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1")
    ticket = await scene.from_kiosk("K1", "failed")
    page = await hoda.get("/supervisor")
    assert "إعادة طباعة – نفس الدور" in page.words("li", class_="slip")
    action = f"/supervisor/tickets/{ticket.id}/reprint"
    seen = await hoda.submit(page, action)
    assert said(seen) == "طُلبت ورقة جديدة للرقم ١٠١ من K1، وعليها «إعادة طباعة – نفس الدور»."
    assert "طُلبت إعادة طباعة الورقة من K1" in seen.words("li", class_="slip")
    again = await hoda.submit(page, action)
    assert said(again) == "ورقة الرقم ١٠١ مطلوبة من K1 من قبل ولم تخرج بعد."
    assert await reprint_orders(scene) == [(scene.devices["K1"].id, str(ticket.id))]
    events = [event.event for event in await scene.site.queue.events(ticket.id)]
    assert events.count("reprint") == 1


async def test_of_several_kiosks_one_is_chosen_and_the_ready_one_first(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1", paper="out", printer="not_ready")
    await scene.machine("K2")
    ticket = await scene.from_kiosk("K1", "held")
    page = await hoda.get("/supervisor")
    choice = page.find("select", id=f"device-for-{ticket.id}")
    options = ["".join(option.itertext()) for option in choice]
    assert options == ["K2", "K1 – غير جاهزة"]
    action = f"/supervisor/tickets/{ticket.id}/reprint"
    none = await hoda.submit(page, action)
    assert said(none) == "لم يتم: اختر الجهاز الذي يطبع الورقة."
    await hoda.submit(page, action, device=str(scene.devices["K2"].id))
    assert await reprint_orders(scene) == [(scene.devices["K2"].id, str(ticket.id))]


async def test_a_display_prints_no_slips(scene: HallScene, hoda: Visitor) -> None:
    await scene.machine("D1", "display")
    await scene.machine("K1")
    ticket = await scene.from_kiosk("K1", "held")
    seen = await post(
        hoda,
        "/supervisor",
        f"/supervisor/tickets/{ticket.id}/reprint",
        device=str(scene.devices["D1"].id),
    )
    assert said(seen) == "لم يتم: اختر الجهاز الذي يطبع الورقة."
    assert await reprint_orders(scene) == []


async def test_a_slip_whose_owner_was_served_is_no_trouble_any_more(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1")
    ticket = await scene.from_kiosk("K1", "held")
    await scene.seat(5)
    await scene.site.call(5, scene.staff[5])
    assert (await hoda.get("/supervisor")).all("li", class_="slip")
    await scene.start_hand(5)
    assert not (await hoda.get("/supervisor")).all("li", class_="slip")
    seen = await post(
        hoda,
        "/supervisor",
        f"/supervisor/tickets/{ticket.id}/reprint",
        device=str(scene.devices["K1"].id),
    )
    assert said(seen) == "لم يتم: حالة الرقم ١٠١ الآن: في الخدمة."


async def detail(scene: HallScene, hoda: Visitor, ticket: Ticket) -> tuple[str, Seen]:
    address = f"/supervisor/tickets/{ticket.id}"
    return address, await hoda.get(address)


@pytest.mark.parametrize(
    ("act", "reason", "state", "words"),
    [
        ("cancel", "left", "cancelled", "أُلغي الرقم ١٠١."),
        ("void", "no_slip", "void", "أُبطل الرقم ١٠١."),
    ],
)
async def test_a_ticket_is_ended_by_hand_with_a_reason(
    scene: HallScene, hoda: Visitor, act: str, reason: str, state: str, words: str
) -> None:
    ticket = await scene.site.issue()
    address, page = await detail(scene, hoda, ticket)
    seen = await hoda.submit(page, f"{address}/{act}", reason=reason)
    assert said(seen) == words
    assert seen.path.startswith(address)
    assert (await scene.site.queue.ticket(ticket.id)).state == state
    [*_, last] = await scene.site.queue.events(ticket.id)
    assert (last.actor_id, last.reason) == (scene.hoda.id, reason)
    offered = [each.get("action", "") for each in seen.all("form")]
    offered = [each for each in offered if each.startswith(address)]
    assert offered == ([f"{address}/reinstate"] if act == "void" else [])


async def abandoned(scene: HallScene, hoda: Visitor, *, is_begun: bool) -> tuple[str, Seen]:
    """Let the clerk of window 5 go away with number 101 in hand; return where it is ended."""
    await scene.seat(5)
    ticket = await scene.site.issue()
    await scene.site.call(5, scene.staff[5])
    if is_begun:
        await scene.start_hand(5)
    return await detail(scene, hoda, ticket)


async def test_the_visit_of_a_clerk_who_is_gone_is_ended_saying_how(
    scene: HallScene, hoda: Visitor
) -> None:
    address, page = await abandoned(scene, hoda, is_begun=True)
    tile = (await hoda.get("/supervisor")).find("li", id="window-5")
    assert address in [each.get("href") for each in tile.iter("a")]
    offered = {each.get("action", "").removeprefix(address) for each in page.all("form")}
    assert offered & {"/finish", "/no-show", "/cancel", "/void"} == {"/finish"}
    seen = await hoda.submit(page, f"{address}/finish", reason="clerk_gone")
    assert said(seen).startswith("أُنهيت خدمة الرقم ١٠١ عند شباك ٥.")
    [link] = seen.find("div", class_="notice").iter("a")
    assert link.get("href") == "/supervisor#window-5"
    assert "انصرف الموظف قبل انتهاء الخدمة" in seen.words("table", class_="events")
    ticket = await scene.site.labelled("101")
    outcome = await scene.pool.fetchval("SELECT outcome FROM ticket WHERE id = $1", ticket.id)
    assert (ticket.state, outcome) == ("finished", "clerk_gone")
    [*_, last] = await scene.site.queue.events(ticket.id)
    assert (last.event, last.window, last.actor_id) == ("finish", 5, scene.hoda.id)
    assert last.reason == "clerk_gone"


async def test_a_call_of_a_clerk_who_is_gone_ends_as_not_come(
    scene: HallScene, hoda: Visitor
) -> None:
    address, page = await abandoned(scene, hoda, is_begun=False)
    offered = {each.get("action", "").removeprefix(address) for each in page.all("form")}
    assert offered & {"/finish", "/no-show", "/cancel", "/void"} == {"/no-show", "/cancel"}
    seen = await hoda.submit(page, f"{address}/no-show")
    assert said(seen).startswith("سُجّل أن صاحب الرقم ١٠١ لم يحضر إلى شباك ٥.")
    ticket = await scene.site.labelled("101")
    assert ticket.state == "no_show"
    [*_, last] = await scene.site.queue.events(ticket.id)
    assert (last.reason, last.window, last.actor_id) == ("absent", 5, scene.hoda.id)


@pytest.mark.parametrize("act", ["close", "take-over"])
async def test_a_window_whose_visit_the_supervisor_ended_is_free_to_close_or_to_take(
    scene: HallScene, hoda: Visitor, act: str
) -> None:
    address, page = await abandoned(scene, hoda, is_begun=True)
    await hoda.submit(page, f"{address}/finish", reason="left")
    await hoda.submit(await hoda.get("/supervisor"), f"/supervisor/windows/5/{act}")
    window = await scene.site.window(5)
    if act == "close":
        assert window.state == "closed"
    else:
        assert (window.state, window.opened_by) == ("open", scene.supervisor)


async def test_a_visit_is_not_ended_without_saying_how(scene: HallScene, hoda: Visitor) -> None:
    address, page = await abandoned(scene, hoda, is_begun=True)
    seen = await hoda.submit(page, f"{address}/finish", reason="")
    assert seen.words("p", id="reason-finish-error") == "اختر السبب"
    assert (await scene.site.labelled("101")).state == "serving"


async def test_a_visit_that_its_clerk_ended_meanwhile_is_told_so(
    scene: HallScene, hoda: Visitor
) -> None:
    address, page = await abandoned(scene, hoda, is_begun=True)
    await scene.end_hand(5)
    seen = await hoda.submit(page, f"{address}/finish", reason="served")
    assert said(seen) == "لم يتم: حالة الرقم ١٠١ الآن: انتهى."


async def test_a_clerk_ends_no_visit_of_another_window_from_here(scene: HallScene) -> None:
    await scene.seat(2)
    ticket = await scene.site.issue()
    await scene.site.call(2, scene.staff[2])
    mona = await scene.site.sign_in("mona")
    for act in ("finish", "no-show"):
        seen = await post(mona, "/desk", f"/supervisor/tickets/{ticket.id}/{act}", reason="left")
        assert seen.status == 403
    assert (await scene.site.labelled("101")).state == "called"


@pytest.mark.parametrize("reason", ["", "because"])
async def test_without_a_reason_nothing_is_ended_and_the_field_is_named(
    scene: HallScene, hoda: Visitor, reason: str
) -> None:
    ticket = await scene.site.issue()
    address, page = await detail(scene, hoda, ticket)
    seen = await hoda.submit(page, f"{address}/cancel", reason=reason)
    summary = seen.find("div", class_="summary")
    assert [link.get("href") for link in summary.iter("a")] == ["#reason-cancel"]
    assert seen.words("p", id="reason-cancel-error") == "اختر السبب"
    assert seen.words("title").startswith("خطأ:")
    assert (await scene.site.queue.ticket(ticket.id)).state == "waiting"


async def test_a_called_ticket_is_not_voided_and_its_state_is_told(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.seat(5)
    ticket = await scene.site.issue()
    address, page = await detail(scene, hoda, ticket)
    await scene.site.call(5, scene.staff[5])
    seen = await hoda.submit(page, f"{address}/void", reason="test")
    assert said(seen) == "لم يتم: حالة الرقم ١٠١ الآن: نودي."
    assert (await scene.site.queue.ticket(ticket.id)).state == "called"


async def test_a_form_without_its_token_or_from_elsewhere_does_nothing(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.seat(5)
    await hoda.get("/supervisor")
    assert (await hoda.post("/supervisor/windows/5/close", {})).status == 403
    page = await hoda.get("/supervisor")
    csrf = page.find("input", name="csrf").get("value") or ""
    elsewhere = await hoda.post(
        "/supervisor/windows/5/close", {"csrf": csrf}, Origin="http://elsewhere.example"
    )
    assert elsewhere.status == 403
    assert (await scene.site.window(5)).state == "open"


async def test_a_clerk_may_not_act_here(scene: HallScene) -> None:
    await scene.seat(2)
    mona = await scene.site.sign_in("mona")
    seen = await post(mona, "/desk", "/supervisor/windows/2/close")
    assert seen.status == 403
    assert (await scene.site.window(2)).state == "open"
