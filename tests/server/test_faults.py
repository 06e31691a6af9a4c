"""Staff report a fault from any screen, supervisors mend it; its diagnosis names nobody."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from aiohttp import web

from core_services.audit.verify import verify
from core_services.database.errors import DatabaseGone
from core_services.devices.model import Attached, Device
from core_services.devices.register import revoke_device
from core_services.people.passwords import Passwords
from queue_server.faults import store_reading
from queue_server.faults.faults import Faults
from queue_server.faults.model import Fault
from queue_server.tickets import windows
from queue_server.web.sessions import Sessions
from tests.server.test_api_staff import person
from tests.support.centre_server import CentreServer
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor

STAFF_ROOTS = ("/desk", "/reception", "/supervisor", "/admin")


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


@pytest.fixture
async def workstation(scene: HallScene) -> Device:
    """The machine at window 5, which Mona has open; its printer has no paper."""
    await scene.seat(5)
    printer = Attached("receipt", "receipt_printer", "not_ready", paper="out", window=5)
    return await scene.machine("W5", "workstation", attached=(printer,))


async def fill(visitor: Visitor, back: str = "/desk", **fields: str) -> Seen:
    """Open the form from a screen and send it."""
    form = await visitor.get(f"/fault?from={quote(back)}")
    known = {
        each.get("name", ""): each.get("value", "")
        for each in form.find("form", action="/fault").iter("input")
        if each.get("type") == "hidden"
    }
    chosen = [
        each.get("value", "")
        for each in form.find("select", name="place").iter("option")
        if "selected" in each.attrib
    ]
    return await visitor.post("/fault", known | {"place": chosen[0]} | fields)


async def only_fault(scene: HallScene) -> Fault:
    [fault] = await store_reading.list_faults(scene.pool, 1, before=None, limit=9)
    return fault


def links(seen: Seen) -> list[str]:
    return [str(a.get("href")) for a in seen.all("a") if str(a.get("href")).startswith("/fault?")]


async def test_every_staff_screen_has_the_way_to_report_a_fault_and_back(
    scene: HallScene,
) -> None:
    await scene.seat(5)
    device = await scene.machine("K1")
    ticket = await scene.site.issue()
    await scene.site.add_staff("admin", "admin", "مدير النظام", "The administrator")
    admin, mona = await scene.site.sign_in("admin"), await scene.site.sign_in("mona")
    paths = {
        resource.canonical
        for resource in scene.site.client.app.router.resources()
        if isinstance(resource, web.PlainResource)
        and resource.canonical.startswith(STAFF_ROOTS)
        and any(route.method == "GET" for route in resource)
    }
    paths |= {f"/supervisor/machines/{device.name}", f"/supervisor/tickets/{ticket.id}"}
    without, looked = [], 0
    for visitor, path in [*((admin, each) for each in sorted(paths)), (mona, "/desk")]:
        answer = await visitor.client.get(path, headers={"Accept": "text/html"})
        if answer.content_type != "text/html" or "<!doctype" not in await answer.text():
            continue  # a part of a page, a file
        seen = await visitor.get(path)
        looked += 1
        back = quote(seen.path, safe="/")
        if not any(link.startswith(f"/fault?from={back.split('%3F')[0]}") for link in links(seen)):
            without.append(path)
    assert without == []
    assert looked > 30


async def test_a_clerk_reports_from_the_desk_and_sees_what_became_of_it(
    scene: HallScene, hoda: Visitor, workstation: Device
) -> None:
    mona = await scene.site.sign_in("mona")
    seen = await fill(mona, "/desk?window=5", kind="printer", words="لا تطبع", stops_work="yes")
    assert "وصل بلاغك إلى المشرف." in seen.words()
    assert "لم يُستلم بعد" in seen.words()
    assert [a.get("href") for a in seen.all("a", class_="button")] == ["/desk?window=5"]
    fault = await only_fault(scene)
    assert (fault.kind, fault.device_id, fault.window) == ("printer", workstation.id, 5)
    assert fault.stops_work
    assert fault.alarm_id is not None
    hall = await hoda.get("/supervisor")
    grave = [
        " ".join("".join(each.itertext()).split()) for each in hall.all("li", class_="alarm--grave")
    ]
    told = "عطل في شباك ٥: الطابعة. العمل متوقف. منى السيد"  # a window that stands still
    assert [each.startswith(told) for each in grave].count(True) == 1
    page = await hoda.get(f"/supervisor/faults/{fault.id}")
    for words in ("لا تطبع", "العمل متوقف", "طابعة إيصالات", "W5", "/desk"):
        assert words in page.words()
    page = await hoda.submit(page, f"/supervisor/faults/{fault.id}/accept")
    assert "تمّ، وسُجِّل" in page.words()
    samy = await scene.site.add_staff("samy", "supervisor", "سامي عادل", "Samy Adel")
    late = await scene.site.sign_in("samy")
    csrf = (await late.get("/supervisor")).find("input", name="csrf").get("value") or ""
    for taker in ("", str(samy.id), str(scene.site.mona.id)):  # Hoda has it; Mona mends nothing
        took = {"csrf": csrf, "by": taker}
        refused = await late.post(f"/supervisor/faults/{fault.id}/accept", took)
        assert (refused.status, "لم يتم" in refused.words()) == (409, True)
    assert "هدى" in (await mona.get("/fault")).words()
    assert "هدى منصور في الطريق." in (await mona.get("/desk")).words("body")
    csrf = page.find("input", name="csrf").get("value") or ""
    mend = f"/supervisor/faults/{fault.id}/mend"
    refused = await hoda.post(mend, {"csrf": csrf, "words": "  "})
    assert (refused.status, "اكتب ما لوحظ أو ما تمّ" in refused.words()) == (409, True)
    long = await hoda.post(mend, {"csrf": csrf, "words": "ط" * 3000})
    assert (long.status, long.words("p", id="words-mend-error")) == (
        409,
        "اكتب ٥٠٠ حرف على الأكثر.",
    )
    assert len(long.words("textarea", id="words-mend")) == 3000
    assert long.find("textarea", id="words-mend").get("aria-invalid") == "true"
    await hoda.post(mend, {"csrf": csrf, "words": "وُضع رول جديد"})
    assert "أُصلح" in (await mona.get("/fault")).words("ul", class_="fault__own")
    assert await windows.open_alarms(scene.site.queue) == ()
    assert (await verify(scene.pool, 1)).is_whole


async def test_the_diagnosis_is_the_machines_own_and_names_nobody(
    scene: HallScene, workstation: Device
) -> None:
    mona = await scene.site.sign_in("mona")
    mona.client.session.headers["User-Agent"] = (
        "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
        " Chrome/109.0.0.0 Safari/537.36"
    )
    ticket = await scene.site.issue()
    back = f"/desk?window=5&ticket={ticket.id}"
    await fill(mona, back, kind="computer", size="1366x768")
    fault = await only_fault(scene)
    [step] = await store_reading.read_steps(scene.pool, 1, fault.id)
    assert (step.screen, step.from_window) == ("/desk", 5)
    known: Any = step.diagnosis
    assert known["browser"] == {
        "family": "Chrome",
        "release": "109",
        "system": "Windows 7",
        "size": "1366x768",
    }
    assert known["machine"]["name"] == "W5"
    assert known["machine"]["attached"][0]["paper"] == "out"
    assert known["window"]["number"] == 5
    assert known["server"]["power"] == "mains"
    text = str(known)
    for secret in ("منى", "mona", "Mona", str(ticket.id), str(scene.site.mona.id)):
        assert secret not in text


async def test_a_report_of_no_window_is_an_alarm_until_somebody_takes_it_up(
    scene: HallScene, hoda: Visitor
) -> None:
    kiosk = await scene.machine("K1")
    await scene.site.add_staff("rania", "receptionist", "رانيا كمال", "Rania Kamal")
    rania, mona = await scene.site.sign_in("rania"), await scene.site.sign_in("mona")
    seen = await fill(rania, "/reception", kind="kiosk", place="device:K1", stops_work="yes")
    assert "وصل بلاغك" in seen.words()
    again = await fill(mona, kind="kiosk", place="device:K1")
    assert "هذا مُبلَّغ عنه من قبل" in again.words()
    assert "عدد البلاغات: ٢" in again.words()
    fault = await only_fault(scene)
    assert (fault.device_id, fault.window, fault.alarm_id) == (kiosk.id, None, None)
    hall = await hoda.get("/supervisor")
    assert "أُبلغ عن: جهاز الأرقام – K1." in hall.words()
    assert "عدد البلاغات: ٢" in hall.words()
    screen = await scene.machine("D7", "display")
    await fill(rania, "/reception", kind="screen", place="device:D7")
    at = scene.site.clock.now()
    await revoke_device(
        scene.pool, centre_id=1, device_id=screen.id, actor=scene.supervisor, at=at
    )  # nobody forgets what was reported of it, and its name is free
    assert "أُبلغ عن: شاشة الصالة – D7." in (await hoda.get("/supervisor")).words()
    gone = await hoda.get("/supervisor/faults")
    assert "D7" in gone.words("table")
    [of_screen] = [
        each for each in await store_reading.open_faults(scene.pool, 1) if each.id != fault.id
    ]
    page = await hoda.get(f"/supervisor/faults/{of_screen.id}")
    assert not [a for a in page.all("a") if a.get("href") == "/supervisor/machines/D7"]
    await hoda.submit(hall, f"/supervisor/faults/{fault.id}/accept")
    assert "أُبلغ عن: جهاز الأرقام" not in (await hoda.get("/supervisor")).words()
    assert "قيد الإصلاح" in (await hoda.get("/supervisor/machines/K1")).words()
    listed = (await hoda.get("/supervisor/faults")).words("table")
    assert "قيد الإصلاح" in listed
    assert "الأحد ٢٢/١١/٢٠٢٦" in listed  # it may be open for days
    one = await hoda.get(f"/supervisor/faults/{fault.id}")
    assert "الأحد ٢٢/١١/٢٠٢٦" in one.words("h2", id="known-title")
    for path in ("/supervisor/faults", f"/supervisor/faults/{fault.id}"):
        assert (await rania.get(path)).status == 403


async def test_two_windows_of_one_workstation_are_one_fault_on_every_page(
    scene: HallScene, hoda: Visitor
) -> None:
    for window in (4, 5):
        await scene.seat(window)
    printers = tuple(
        Attached(f"receipt-{window}", "receipt_printer", "ready", window=window)
        for window in (4, 5)
    )
    await scene.machine("W4", "workstation", attached=printers)
    nada, mona = await scene.site.sign_in("nada"), await scene.site.sign_in("mona")
    await fill(nada, kind="printer")
    assert "وأُضيف بلاغك إليه" in (await fill(mona, kind="printer", stops_work="yes")).words()
    fault = await only_fault(scene)
    hall = await hoda.get("/supervisor")
    assert hall.words().count("عطل واحد في أكثر من شباك: شباك ٤ وشباك ٥") == 2
    page = await hoda.get(f"/supervisor/faults/{fault.id}")
    assert page.words("h1") == "الطابعة – W4 · شباك ٤ وشباك ٥"
    assert "شباك ٤ وشباك ٥" in (await hoda.get("/supervisor/machines/W4")).words()
    await hoda.submit(page, f"/supervisor/faults/{fault.id}/accept")
    for clerk in (nada, mona):
        assert "هدى منصور في الطريق." in (await clerk.get("/desk")).words("body")
    form = (await nada.get("/desk")).find("form", action="/desk/4/settle")
    known = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    await nada.post("/desk/4/settle", known | {"why": "handled"})
    page = await hoda.get(f"/supervisor/faults/{fault.id}")
    assert page.words("h1") == "الطابعة – W4 · شباك ٥"
    assert page.words("main").count("شباك ٤ عاد إلى العمل") == 2


async def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1")
    seen = await fill(hoda, "/supervisor", place="device:K9", words="يطبع نصف الورقة")
    assert seen.status == 422
    assert "اختر ما الذي لا يعمل." in seen.words()
    assert "اختر مكانه." in seen.words()
    assert seen.words("textarea") == "يطبع نصف الورقة"
    long = await fill(hoda, "/supervisor", kind="other", words="ا" * 3000)
    assert (long.status, "حرف على الأكثر" in long.words()) == (422, True)
    assert len(long.words("textarea")) == 3000
    assert long.words("p", id="words-error") == "اكتب ٥٠٠ حرف على الأكثر."
    for back in ("//evil.example", "https://evil.example/", "javascript:alert(1)"):
        page = await hoda.get(f"/fault?from={quote(back)}")
        assert page.find("input", name="from").get("value") == ""
    assert await store_reading.open_faults(scene.pool, 1) == ()


async def test_while_the_database_is_away_the_words_stay_and_are_sent_once(
    scene: HallScene, hoda: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.machine("K1")
    form = await hoda.get("/fault?from=/supervisor")
    sent = {
        "csrf": form.find("input", name="csrf").get("value") or "",
        "key": form.find("input", name="key").get("value") or "",
        "from": "/supervisor",
        "screen": "/supervisor",
        "kind": "printer",
        "place": "device:K1",
        "words": "لا تطبع منذ الصباح",
        "stops_work": "yes",
    }

    async def gone(*_: object, **__: object) -> None:
        raise DatabaseGone("it was stopped")

    with monkeypatch.context() as away:
        away.setattr(Sessions, "of", gone)
        away.setattr(Faults, "report", gone)
        told = await hoda.post("/fault", sent)
    assert told.status == 503
    assert "لم يُرسل البلاغ: قاعدة البيانات لا ترد الآن." in told.words()
    assert told.words("textarea") == "لا تطبع منذ الصباح"
    again = {
        each.get("name", ""): each.get("value", "")
        for each in told.find("form", action="/fault").iter("input")
        if each.get("type") == "hidden" or "checked" in each.attrib
    }
    [place] = [o.get("value") for o in told.all("option") if "selected" in o.attrib]
    again |= {"place": place or "", "words": told.words("textarea")}
    assert again | {"size": ""} == sent | {"size": ""}
    for _ in range(2):
        assert "وصل بلاغك" in (await hoda.post("/fault", again)).words()
    fault = await only_fault(scene)
    assert (fault.reports, fault.stops_work) == (1, True)
    with monkeypatch.context() as away:
        away.setattr(Faults, "report", gone)
        foreign = await hoda.post("/fault", sent, Origin="https://evil.example")
    assert foreign.status == 403


async def test_programs_report_list_and_mend_faults(
    centre_server: CentreServer, passwords: Passwords
) -> None:
    clerk = await person(centre_server, passwords, "mona")
    hoda = await person(centre_server, passwords, "hoda", "supervisor")
    told = await clerk.post(
        "/faults", {"kind": "network", "stops_work": True, "words": "بطيئة جدًا"}
    )
    assert (told.status, told.body["joined"], told.body["state"]) == (201, False, "reported")
    assert (await clerk.post("/faults", {"kind": "network"})).body["reports"] == 2
    assert (await clerk.get("/faults")).status == 403
    fault = told.body["id"]
    by_clerk = await hoda.post(f"/faults/{fault}/accept", {"by": told.body["reported_by"]})
    assert by_clerk.status == 404  # who reports does not mend
    taken = await hoda.post(f"/faults/{fault}/accept")
    assert (taken.status, taken.body["state"]) == (200, "accepted")
    assert (await hoda.post(f"/faults/{fault}/mend")).status == 422
    await hoda.post(f"/faults/{fault}/note", {"words": "كُلِّمت الشركة"})
    mended = await hoda.post(f"/faults/{fault}/mend", {"words": "عادت"})
    assert (mended.body["state"], mended.body["until_mended_s"]) == ("mended", 0)
    refused = await hoda.post(f"/faults/{fault}/accept")
    assert (refused.status, refused.body["allowed"]) == (409, ["note", "reopen"])
    read = (await hoda.get(f"/faults/{fault}")).body
    assert [each["event"] for each in read["steps"]] == [
        "reported",
        "joined",
        "accepted",
        "noted",
        "mended",
    ]
    assert read["steps"][0]["diagnosis"]["server"]["version"]
    assert read["steps"][0]["words"] == "بطيئة جدًا"
    assert (await hoda.get("/faults?open=true")).body["items"] == []
    assert [each["id"] for each in (await hoda.get("/faults")).body["items"]] == [fault]
    assert (await hoda.post("/faults", {"kind": "kiosk", "device": "K9"})).status == 404
    alarm = await centre_server.program("act")
    raised = await alarm.post("/windows/5/report-fault", {"category": "printer"})
    [one] = (await hoda.get("/faults?open=true")).body["items"]
    assert (one["alarm"], one["window"]) == (raised.body["id"], 5)
    assert UUID(one["id"])
    hall = (await alarm.post("/faults", {"kind": "kiosk", "window": 5})).body
    assert (hall["window"], hall["windows"], hall["device"]) == (None, [], None)
    first = (await hoda.get("/faults?open=true&limit=1")).body
    rest = (await hoda.get(f"/faults?open=true&limit=1&after={first['next']}")).body
    listed = [each["id"] for each in (*first["items"], *rest["items"])]
    assert sorted(listed) == sorted((one["id"], hall["id"]))
    assert rest["next"] is None
