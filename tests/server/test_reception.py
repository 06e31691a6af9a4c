"""Reception's pages as a phone without JavaScript sees them: give, tell, find, print again."""

from collections.abc import Mapping

import pytest

from core_services.devices.store_presence import open_commands
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor


@pytest.fixture
async def sara(scene: HallScene) -> Visitor:
    """A receptionist with her phone."""
    await scene.site.add_staff("sara", "receptionist", "سارة علي", "Sara Ali")
    return await scene.site.sign_in("sara")


def plain(seen: Seen) -> dict[str, str]:
    """Return the fields of the page's form as one touch on «رقم» sends them."""
    form = seen.find("form", action="/reception/issue")
    fields = {
        each.get("name", ""): each.get("value", "")
        for each in form.iter("input")
        if each.get("type") not in ("checkbox", "radio") or each.get("checked") is not None
    }
    return {**fields, "priority": "none"}


async def give(visitor: Visitor, **changes: str) -> Seen:
    seen = await visitor.get("/reception")
    return await visitor.post("/reception/issue", {**plain(seen), **changes})


async def use(visitor: Visitor, scene: HallScene, name: str) -> Seen:
    """Let the phone's slips come out of that kiosk."""
    fields = await csrf(visitor)
    device = str(scene.devices[name].id) if name in scene.devices else name
    return await visitor.post("/reception/printer", {**fields, "device": device})


async def csrf(visitor: Visitor) -> Mapping[str, str]:
    return {"csrf": plain(await visitor.get("/reception"))["csrf"]}


async def orders(scene: HallScene) -> list[tuple[str, bool]]:
    """Return the kiosks of all open orders, and whether each is for a first slip."""
    names = {device.id: name for name, device in scene.devices.items()}
    commands = await open_commands(scene.pool, centre_id=1)
    return [(names[each.device_id], bool(each.payload.get("first"))) for each in commands]


async def test_a_receptionist_begins_at_reception_and_has_no_desk(sara: Visitor) -> None:
    assert (await sara.get("/")).path == "/reception"
    assert (await sara.get("/desk")).status == 403
    assert (await sara.get("/supervisor")).status == 403


@pytest.mark.parametrize("who", ["mona", "hoda"])
async def test_clerks_and_supervisors_may_receive_too(scene: HallScene, who: str) -> None:
    visitor = await scene.site.sign_in(who)
    assert (await visitor.get("/reception")).status == 200


async def test_who_is_not_signed_in_is_led_to_the_sign_in(scene: HallScene) -> None:
    visitor = Visitor(scene.site.client)
    for path in ("/reception", "/reception/find", "/reception/book", "/reception/now"):
        assert (await visitor.get(path)).path.startswith("/sign-in"), path


async def test_one_touch_gives_a_number_and_orders_its_slip_unmarked(
    scene: HallScene, sara: Visitor
) -> None:
    await scene.machine("K1")
    seen = await give(sara)
    [ticket] = await scene.site.queue.tickets()
    assert seen.path == f"/reception/tickets/{ticket.id}?new"
    assert "١٠١ 101 في الانتظار تُطبع الآن في K1" in seen.words()
    assert (ticket.channel, ticket.state, ticket.paper) == ("reception", "waiting", "pending")
    assert (ticket.service, ticket.priority, ticket.language) == (None, "none", "ar")
    assert await orders(scene) == [("K1", True)]


async def test_a_number_carries_priority_needs_language_requests_and_service(
    scene: HallScene, sara: Visitor
) -> None:
    await scene.machine("K1")
    seen = await give(
        sara,
        **{
            "priority": "disability",
            "language": "en",
            "requests": "3",
            "service": "طلب تصالح",
            "need-accessible_window": "yes",
            "need-cannot_hear": "yes",
        },
    )
    assert seen.status == 200
    [ticket] = await scene.site.queue.tickets()
    assert (ticket.service, ticket.priority, ticket.language) == (
        "reconciliation",
        "disability",
        "en",
    )
    assert (ticket.requests, set(ticket.needs)) == (3, {"accessible_window", "cannot_hear"})


async def test_the_same_press_sent_again_is_the_same_number_whatever_the_printer_does_then(
    scene: HallScene, sara: Visitor
) -> None:
    await scene.machine("K1")
    fields = plain(await sara.get("/reception"))
    first = await sara.post("/reception/issue", fields)
    await scene.machine("K1", paper="out", printer="not_ready")
    again = await sara.post("/reception/issue", fields)
    assert again.path == first.path
    assert len(await scene.site.queue.tickets()) == 1
    assert await orders(scene) == [("K1", True)]


async def test_a_printer_that_cannot_print_is_told_of_before_a_number_is_given(
    scene: HallScene, sara: Visitor
) -> None:
    await scene.machine("K1")
    await scene.machine("K2")
    await use(sara, scene, "K1")
    await scene.machine("K1", paper="out", printer="not_ready")
    page = await sara.get("/reception")
    assert "الورق يخرج من K1 نفد الورق" in page.words()
    refused = await give(sara, requests="2")
    assert refused.status == 409
    assert "لم يتم: K1 لا يطبع الآن." in refused.words("div", class_="notice")
    assert await scene.site.queue.tickets() == ()
    chosen = [each.get("value") for each in refused.all("input") if each.get("checked") is not None]
    assert chosen == ["ar", "2"]
    assert "الورق يخرج من K2 من الآن." in (await use(sara, scene, "K2")).words()
    assert (await give(sara)).status == 200
    assert await orders(scene) == [("K2", True)]


async def test_a_silent_kiosk_counts_as_one_that_cannot_print(
    scene: HallScene, sara: Visitor
) -> None:
    await scene.machine("K1")
    scene.site.clock.jump(12)
    refused = await give(sara)
    assert refused.status == 409
    assert await scene.site.queue.tickets() == ()


async def test_without_a_printer_a_number_is_given_by_hand_once_that_is_chosen(
    scene: HallScene, sara: Visitor
) -> None:
    assert (await give(sara)).status == 409
    await use(sara, scene, "by-hand")
    seen = await give(sara)
    [ticket] = await scene.site.queue.tickets()
    assert ticket.paper == "none"
    assert "بلا ورقة" in seen.words()
    told = await sara.submit(seen, f"/reception/tickets/{ticket.id}/by-hand")
    assert (await scene.site.queue.ticket(ticket.id)).paper == "kept"
    assert "الرقم مع المواطن مكتوبًا أو مصوّرًا" in told.words()


async def test_the_printer_that_was_chosen_is_remembered(scene: HallScene, sara: Visitor) -> None:
    await scene.machine("K1")
    await scene.machine("K2")
    await use(sara, scene, "K2")
    await give(sara)
    await give(sara)
    assert await orders(scene) == [("K2", True), ("K2", True)]


async def test_a_service_that_is_not_one_is_asked_for_again(
    scene: HallScene, sara: Visitor
) -> None:
    await scene.machine("K1")
    for text in ("رخصة", "لا شيء مثل هذا"):
        refused = await give(sara, service=text)
        assert refused.status == 409
        assert refused.find("input", id="service").get("value") == text
    assert await scene.site.queue.tickets() == ()


async def test_a_kiosks_words_about_anothers_slip_are_told_on_the_page(
    scene: HallScene, sara: Visitor
) -> None:
    kiosk = await scene.machine("K1")
    for state, words in (
        ("failed", "لم تُطبع الورقة"),
        ("held", "لم تُطبع: الطابعة تنتظر ورقًا أو غطاءها مفتوح"),
        ("done", "طُبعت الورقة"),
    ):
        await give(sara)
        [*_, ticket] = await scene.site.queue.tickets()
        await scene.says(kiosk, ticket, state)  # type: ignore[arg-type]
        seen = await sara.get(f"/reception/tickets/{ticket.id}")
        assert seen.words("p", class_="slip-state").startswith(words[:12])
    assert len((await sara.get("/reception")).all("a", class_="trouble__slip")) == 2


async def test_a_kiosk_that_died_is_told_within_seconds_and_the_slip_comes_from_another(
    scene: HallScene, sara: Visitor
) -> None:
    await scene.machine("K1")
    await give(sara)
    [ticket] = await scene.site.queue.tickets()
    await scene.unplug("K1")
    await scene.machine("K2")
    scene.site.clock.jump(9)
    await scene.machine("K2")
    home = await sara.get("/reception")
    assert "لم يرد K1 حتى الآن" in home.words("ul", class_="trouble__list")
    await use(sara, scene, "K2")
    seen = await sara.get(f"/reception/tickets/{ticket.id}")
    fields = {"csrf": seen.find("input", name="csrf").get("value", ""), "reason": "not_printed"}
    done = await sara.post(f"/reception/tickets/{ticket.id}/reprint", fields)
    assert "K2" in done.words("div", class_="notice")
    assert await orders(scene) == [("K2", False)]
    events = await scene.site.queue.events(ticket.id)
    assert (events[-1].event, events[-1].reason) == ("reprint", "not_printed")


async def test_a_lost_slip_is_found_in_any_digits_and_with_its_letter_folded(
    scene: HallScene, sara: Visitor
) -> None:
    await scene.site.issue(2)
    for text in ("102", "١٠٢", " ١٠٢ "):
        found = await sara.get(f"/reception/find?label={text}")
        [row] = found.all("a", class_="found__row")
        assert "١٠٢" in "".join(row.itertext())
    assert "هذا ليس رقم دور" in (await sara.get("/reception/find?label=abc")).words()
    assert len((await sara.get("/reception/find?label=A102")).all("a", class_="found__row")) == 0


async def test_a_lost_slip_is_found_by_time_and_service_with_what_happened_since(
    scene: HallScene, sara: Visitor
) -> None:
    site = scene.site
    await site.issue(service="reconciliation")  # 07:30
    site.clock.jump(1200)
    await site.issue(service="reconciliation")
    await site.issue(service="shop-new")
    await scene.seat(5)
    await site.call(5, scene.staff[5])
    found = await sara.get("/reception/find?time=٧:٤٠&service=تصالح")
    rows = ["".join(each.itertext()) for each in found.all("a", class_="found__row")]
    assert len(rows) == 2
    assert "١٠١" in rows[0]
    assert "شباك ٥" in rows[0]
    assert "١٠٢" in rows[1]
    assert len((await sara.get("/reception/find?time=٩:٤٠")).all("a", class_="found__row")) == 0


async def test_who_missed_the_call_gets_a_place_again(scene: HallScene, sara: Visitor) -> None:
    site = scene.site
    await site.issue()
    await scene.seat(5)
    ticket = await site.call(5, scene.staff[5])
    await site.act(ticket, "no_show", scene.staff[5])
    seen = await sara.get(f"/reception/tickets/{ticket.id}")
    done = await sara.submit(seen, f"/reception/tickets/{ticket.id}/return")
    assert (await site.queue.ticket(ticket.id)).state == "waiting"
    assert "عاد الرقم ١٠١ إلى الدور." in done.words()


async def test_a_call_for_help_is_answered_from_the_phone(scene: HallScene, sara: Visitor) -> None:
    await scene.machine("K1")
    call = await scene.ask_help("K1")
    seen = await sara.get("/reception")
    assert "مواطن يطلب المساعدة عند K1" in seen.words()
    done = await sara.submit(seen, f"/reception/help/{call}/answer")
    assert done.all("form", class_="help") == []
    again = await sara.post(f"/reception/help/{call}/answer", await csrf(sara))
    assert again.all("div", class_="note--alarm") != []


async def test_nothing_personal_is_on_any_page(scene: HallScene, sara: Visitor) -> None:
    await scene.machine("K1")
    await give(sara)
    [ticket] = await scene.site.queue.tickets()
    for path in ("", f"/tickets/{ticket.id}", "/find?time=7:30"):
        seen = await sara.get(f"/reception{path}")
        assert ticket.token.lower() not in seen.text.lower(), path


async def test_what_is_no_number_of_ours_is_not_found(sara: Visitor) -> None:
    for path in ("abc", "00000000-0000-7000-8000-000000000000"):
        assert (await sara.get(f"/reception/tickets/{path}")).status == 404


async def test_the_supervisors_page_names_where_a_number_was_given(
    scene: HallScene, sara: Visitor
) -> None:
    await scene.machine("K1")
    await give(sara)
    [ticket] = await scene.site.queue.tickets()
    hoda = await scene.site.sign_in("hoda")
    seen = await hoda.get(f"/supervisor/tickets/{ticket.id}")
    assert "من الصف" in seen.words()
    assert (await hoda.get("/supervisor")).find("a", href="/reception") is not None
