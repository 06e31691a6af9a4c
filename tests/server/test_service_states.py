"""Service states through the API and on every page that speaks of a service."""

import asyncio
from pathlib import Path

from core_services.catalogue.load import load_catalogue
from queue_server.service_states.model import PAYMENT, Subject
from queue_server.web.keys import SERVICE_STATES
from tests.support.centre_server import CentreServer, a_centre_server
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor
from tests.support.queue import STAFF

SERVICE = "reconciliation"
GROUP = load_catalogue().services[SERVICE].group.code


async def service(program: CentreServer, code: str = SERVICE) -> dict[str, object]:
    services = (await program.stranger().get("/services")).body["items"]
    (found,) = [each for each in services if each["code"] == code]
    state: dict[str, object] = found["state"]
    return state


async def test_a_service_says_that_it_is_down_why_since_when_and_until_when(
    centre_server: CentreServer,
) -> None:
    assert await service(centre_server) == {
        "is_down": False,
        "reason": None,
        "since": None,
        "expected": None,
    }
    program = await centre_server.program("supervise")
    told = await program.post(
        f"/services/{SERVICE}/down", {"reason": "network", "expected": "2026-11-22T12:30:00Z"}
    )
    assert told.status == 200, told.body
    assert (told.body["is_down"], told.body["through_group"]) == (True, None)
    state = await service(centre_server)
    assert (state["is_down"], state["reason"]) == (True, "network")
    assert state["expected"] == "2026-11-22T12:30:00+00:00"
    told = await program.post(f"/services/{SERVICE}/up")
    assert (told.status, told.body["is_down"]) == (200, False)
    assert not (await service(centre_server))["is_down"]


async def test_a_number_can_still_be_taken_for_what_is_down(centre_server: CentreServer) -> None:
    program = await centre_server.program()
    await program.post(f"/services/{SERVICE}/down", {"reason": "ministry_system"})
    told = await program.post("/tickets", {"service": SERVICE})
    assert (told.status, told.body["service"]) == (201, SERVICE)
    await program.post(f"/services/{SERVICE}/up")


async def test_a_service_that_is_down_with_its_group_says_so_and_comes_up_with_it(
    centre_server: CentreServer,
) -> None:
    program = await centre_server.program("supervise")
    await program.post(f"/service-groups/{GROUP}/down", {"reason": "power"})
    assert (await service(centre_server))["reason"] == "power"
    told = await program.post(f"/services/{SERVICE}/up")
    assert (told.body["is_down"], told.body["through_group"]) == (True, GROUP)
    await program.post(f"/service-groups/{GROUP}/up")
    assert not (await service(centre_server))["is_down"]


async def test_electronic_payment_is_marked_and_read_by_everybody(
    centre_server: CentreServer,
) -> None:
    program = await centre_server.program("supervise")
    await program.post("/e-payment/down", {"reason": "network"})
    told = await centre_server.stranger().get("/e-payment")
    assert (told.status, told.body["is_down"], told.body["code"]) == (200, True, "e-payment")
    await program.post("/e-payment/up")
    assert not (await centre_server.stranger().get("/e-payment")).body["is_down"]


async def test_what_cannot_be_meant_is_refused(centre_server: CentreServer) -> None:
    program = await centre_server.program("supervise")
    answers = [
        await program.post("/services/nothing/down", {"reason": "network"}),
        await program.post("/service-groups/nothing/up"),
        await program.post(f"/services/{SERVICE}/down", {"reason": "laziness"}),
        await program.post(f"/services/{SERVICE}/down"),
        await program.post(
            f"/services/{SERVICE}/down", {"reason": "network", "expected": "2026-11-22T12:30:00"}
        ),
    ]
    assert [answer.status for answer in answers] == [404, 404, 422, 422, 422]


async def test_a_key_without_the_scope_marks_nothing(centre_server: CentreServer) -> None:
    program = await centre_server.program("act", "issue", "read")
    told = await program.post(f"/services/{SERVICE}/down", {"reason": "network"})
    assert (told.status, told.body["permission"]) == (403, "mark_services")


async def test_the_same_key_marks_once_whatever_happened_since(
    centre_server: CentreServer,
) -> None:
    program = await centre_server.program("supervise")
    path, body = f"/services/{SERVICE}/down", {"reason": "network"}
    await program.post(path, body, Idempotency_Key="first-word")
    await program.post(f"/services/{SERVICE}/up")
    again = await program.post(path, body, Idempotency_Key="first-word")
    assert (again.status, again.body["is_down"]) == (200, False)
    other = await program.post(path, {"reason": "power"}, Idempotency_Key="first-word")
    assert other.status == 409


async def test_minutes_down_are_counted_by_service_and_day(centre_server: CentreServer) -> None:
    clock = centre_server.clock
    assert isinstance(clock, ManualClock)
    program = await centre_server.program()
    day = str(centre_server.queue.today()[0])
    await program.post(f"/services/{SERVICE}/down", {"reason": "network"})
    await clock.advance(125)
    await program.post(f"/services/{SERVICE}/up")
    told = await program.get(f"/service-downtime?from={day}&to={day}")
    assert told.body["items"] == [
        {"day": day, "kind": "service", "code": SERVICE, "down_s": 125, "minutes": 2}
    ]
    for query in ("from=2026-11-23&to=2026-11-22", "from=0001-01-01&to=0002-01-01"):
        assert (await program.get(f"/service-downtime?{query}")).body["items"] == []
    long = await program.get("/service-downtime?from=0001-01-01&to=2026-12-31")
    assert long.body["items"] == told.body["items"]
    assert (await program.get("/service-downtime?from=9999-1")).status == 422


async def test_every_process_tells_its_screens_what_one_of_them_was_told(
    database: Database, tmp_path: Path
) -> None:
    clock = ManualClock()
    async with a_centre_server(database, tmp_path / "one", clock=clock) as one:
        states = one.app[SERVICE_STATES]
        await clock.advance(1.0)
        await states.queue.pool.fetchval("SELECT 1")
        # Another process has its own memory and the same database.
        other = type(states)(states.queue, states.catalogue, lambda _: None)
        await other.mark_down(PAYMENT, "network", actor=STAFF)
        async with asyncio.timeout(10):
            while states.shown is None or states.shown.payment is None:
                await clock.advance(1.0)
                await asyncio.sleep(0.01)


async def supervisor(scene: HallScene, language: str = "ar") -> Visitor:
    return await scene.site.sign_in("hoda", language)


async def press(visitor: Visitor, page: Seen, action: str, **pressed: str) -> Seen:
    """Send a form by one of its named buttons."""
    form = page.find("form", action=action)
    hidden = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    return await visitor.post(action, {**hidden, **pressed})


async def test_a_supervisor_marks_a_group_down_and_up_by_one_press_each(scene: HallScene) -> None:
    hoda = await supervisor(scene)
    page = await hoda.get("/supervisor/services")
    assert "لا شيء: كل الخدمات والدفع الإلكتروني تعمل." in page.words()
    path = f"/supervisor/services/group/{GROUP}"
    page = await press(hoda, page, f"{path}/down", reason="ministry_system", expected="60")
    assert "أُعلن توقفها" in page.words("div", class_="notice")
    assert "سيستم الوزارة" in page.words("ul", class_="outages")
    outage = await scene.site.client.app[SERVICE_STATES].outage(Subject("group", GROUP))
    assert outage is not None
    assert outage.expected is not None
    assert round((outage.expected - outage.since).total_seconds(), -1) == 3600
    page = await hoda.submit(page, f"{path}/up")
    assert "عادت تعمل" in page.words("div", class_="notice")
    history = page.words("tbody")
    assert "هدى" in history
    assert "متوقفة – سيستم الوزارة" in history


async def test_a_service_is_found_by_part_of_its_name_in_any_spelling(scene: HallScene) -> None:
    hoda = await supervisor(scene)
    page = await hoda.get("/supervisor/services?q=طلب تصالح")
    assert page.find("form", action=f"/supervisor/services/service/{SERVICE}/down") is not None
    page = await hoda.get("/supervisor/services?q=nothing like this")
    assert "لا توجد خدمة بهذا الاسم." in page.words()


async def test_a_press_without_a_reason_does_nothing_and_says_so(scene: HallScene) -> None:
    hoda = await supervisor(scene)
    page = await hoda.get("/supervisor/services")
    page = await hoda.submit(page, "/supervisor/services/payment/e-payment/down")
    assert "لم يُنفَّذ: اختر سبب التوقف." in page.words()
    assert await scene.site.client.app[SERVICE_STATES].outage(PAYMENT) is None


async def test_the_same_press_twice_makes_one_event(scene: HallScene) -> None:
    hoda = await supervisor(scene)
    page = await hoda.get("/supervisor/services")
    down = "/supervisor/services/payment/e-payment/down"
    await press(hoda, page, down, reason="network")
    states = scene.site.client.app[SERVICE_STATES]
    await states.mark_up(PAYMENT, actor=scene.supervisor)
    await press(hoda, page, down, reason="network")
    assert await states.outage(PAYMENT) is None
    assert len(await states.history(states.queue.today()[0])) == 2


async def test_a_clerk_neither_sees_nor_marks(scene: HallScene) -> None:
    mona = await scene.site.sign_in("mona")
    assert (await mona.get("/supervisor/services")).status == 403


async def test_the_desk_and_the_phone_say_what_is_down(scene: HallScene) -> None:
    states = scene.site.client.app[SERVICE_STATES]
    await scene.seat(5)
    first = await scene.site.issue()
    last = await scene.site.issue()
    await scene.site.call(5, scene.staff[5])
    assert first.service is not None
    await states.mark_down(
        Subject("service", first.service), "ministry_system", actor=scene.supervisor
    )
    await states.mark_down(PAYMENT, "network", actor=scene.supervisor)
    mona = await scene.site.sign_in("mona")
    desk = await mona.get("/desk?window=5")
    assert "متوقفة الآن – سيستم الوزارة" in desk.words()
    assert "الدفع الإلكتروني متوقف الآن – الشبكة" in desk.words()
    phone = await Visitor(scene.site.client).get(f"/t/{last.token.lower()}?lang=ar")
    assert "(سيستم الوزارة). دورك محفوظ." in phone.words()
    assert "الدفع الإلكتروني متوقف الآن." in phone.words()


async def test_the_hall_reminds_of_an_outage_until_it_is_over(scene: HallScene) -> None:
    states = scene.site.client.app[SERVICE_STATES]
    await states.mark_down(PAYMENT, "network", actor=scene.supervisor)
    scene.site.clock.jump(180)
    hoda = await supervisor(scene)
    assert "متوقف منذ ٣ دقائق: الدفع الإلكتروني." in (await hoda.get("/supervisor")).words()
    await states.mark_up(PAYMENT, actor=scene.supervisor)
    assert "الدفع الإلكتروني" not in (await hoda.get("/supervisor")).words()
