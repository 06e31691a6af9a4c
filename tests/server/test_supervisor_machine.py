"""The page of one machine, and the API of the fleet."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from core_services.devices.model import Device
from core_services.devices.register import add_device
from core_services.link.errand_frames import PictureTaken
from core_services.link.work_frames import Outcome
from queue_server.errands import Errands
from queue_server.tickets.model import Actor
from tests.support.centre_server import CentreServer
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor
from tests.support.webp import WEBP, in_frame

PATH = "/supervisor/machines/K1"


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


@pytest.fixture
async def kiosk(scene: HallScene) -> Device:
    return await scene.machine("K1", paper="near_end", jobs={"done": 101, "held": 2})


async def tell(visitor: Visitor, seen: Seen, path: str, do: str, **fields: str) -> str:
    """Press a button of a machine's page that was seen; return what the page says."""
    form = seen.all("form", action=f"{path}/errands")[0]
    hidden = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    return (await visitor.post(f"{path}/errands", hidden | {"do": do} | fields)).words()


async def press(visitor: Visitor, do: str, **fields: str) -> str:
    """Press a button of K1's page once and return what the page says."""
    return await tell(visitor, await visitor.get(PATH), PATH, do, **fields)


async def test_the_page_tells_how_a_machine_stands_and_what_became_of_its_errands(
    scene: HallScene, hoda: Visitor, kiosk: Device
) -> None:
    errands = Errands(scene.site.queue)
    arabic = (await hoda.get(PATH)).words()
    for words in ("جهاز أرقام K1", "قرب ينفد", "طُبعت ١٠١", "0.1.0", "طلبات لم يردّ عليها بعد ٠"):
        assert words in arabic
    english = (await hoda.get(f"{PATH}?lang=en")).words()
    for words in ("Number kiosk K1", "nearly out", "done 101", "Ordered, not answered yet 0"):
        assert words in english
    await hoda.get(f"{PATH}?lang=ar")
    assert "أُبلغ الجهاز" in await press(hoda, "trial")
    [trial] = await errands.of_device(kiosk.id, limit=9)
    assert (trial.kind, trial.ordered_by) == ("trial", scene.supervisor.id)
    await errands.outcome(kiosk, Outcome(job=str(trial.id), state="failed", reason="no_device"))
    now = await (await hoda.client.get(f"{PATH}/now")).text()
    for words in ("ورقة تجربة", "لم يتم", "هدى", "٢٢/١١/٢٠٢٦"):
        assert words in now


async def test_a_kiosk_goes_out_of_service_with_words_and_shows_lines_that_end(
    scene: HallScene, hoda: Visitor, kiosk: Device
) -> None:
    assert "اكتب بالعربية" in await press(hoda, "out", text_ar="…")
    assert "١٦٠ حرفًا" in await press(hoda, "out", text_ar="نص" * 81)
    page = await hoda.get(PATH)
    fields = {"do": "notice", "minutes": "240", "text_ar": "الفني قادم", "text_en": "x" * 161}
    csrf = page.find("input", name="csrf").get("value", "")
    seen = await hoda.post(f"{PATH}/errands", {"csrf": csrf, "order": str(uuid4()), **fields})
    assert (seen.status, seen.words("p", id="notice-en-error")) == (
        409,
        "اكتب ١٦٠ حرفًا على الأكثر.",
    )
    for name, typed in (("notice-ar", "الفني قادم"), ("notice-en", "x" * 161)):
        assert seen.find("input", id=name).get("value") == typed
    assert seen.find("option", value="240").get("selected") is not None
    assert "خذ رقمك" in (seen.find("input", id="out-ar").get("value") or "")
    said = await press(hoda, "out", text_ar="اذهب إلى الاستقبال", text_en="Go to reception")
    assert "اذهب إلى الاستقبال" in said
    assert "خارج الخدمة منذ الأحد ٢٢/١١/٢٠٢٦" in said
    assert "خارج الخدمة" in (await hoda.get("/supervisor")).words("tr", id="device-K1")
    assert "أوقفه عن الخدمة" in await press(hoda, "in")
    await press(hoda, "notice", text_ar="الفني في الطريق", minutes="60")
    notice = (await Errands(scene.site.queue).of_device(kiosk.id, limit=1))[0]
    stands_for = datetime.fromisoformat(notice.payload["until"]) - notice.ordered_at
    assert timedelta(minutes=59) < stands_for <= timedelta(minutes=60)
    assert "رفع السطر" in await press(hoda, "end-notice")


async def test_the_picture_of_a_glass_is_shown_to_whoever_cares_for_the_machines_alone(
    scene: HallScene, hoda: Visitor, kiosk: Device
) -> None:
    errands = Errands(scene.site.queue)
    assert (await hoda.client.get(f"{PATH}/picture")).status == 404
    await press(hoda, "picture")
    [order] = await errands.of_device(kiosk.id, limit=9)
    await errands.keep_picture(kiosk, PictureTaken(job=str(order.id), webp=in_frame(WEBP)))
    image = (await hoda.get(PATH)).find("img", class_="machine__picture")
    shown = await hoda.client.get(image.get("src", ""))
    assert (shown.content_type, await shown.read()) == ("image/webp", WEBP)
    assert shown.headers["Cache-Control"] == "no-store, private"
    mona = await scene.site.sign_in("mona")
    for path in (PATH, f"{PATH}/picture"):
        assert (await mona.client.get(path)).status == 403
    assert (await hoda.get("/supervisor/machines/K9")).status == 404


async def test_one_press_is_one_errand_and_only_of_what_the_machine_does(
    scene: HallScene, hoda: Visitor, kiosk: Device
) -> None:
    await scene.machine("D1", "display")
    seen = await hoda.get(PATH)
    for said in ("أُبلغ الجهاز", "سبق إصدار هذا الأمر"):
        assert said in await tell(hoda, seen, PATH, "restart")
    [only] = await Errands(scene.site.queue).of_device(kiosk.id, limit=9)
    assert only.kind == "restart"
    path = "/supervisor/machines/D1"
    assert "لا ينفّذ هذا الأمر" in await tell(hoda, await hoda.get(path), path, "trial")


async def test_a_program_lists_the_machines_and_tells_one_something_once(
    centre_server: CentreServer,
) -> None:
    server = centre_server
    await add_device(
        server.pool,
        centre_id=1,
        kind="kiosk",
        name="K1",
        actor=Actor("system"),
        at=server.clock.now(),
    )
    reader, program = await server.program("read"), await server.program("supervise", "read")
    [listed] = (await reader.get("/devices")).body["items"]
    assert (listed["name"], listed["kind"], listed["up"]) == ("K1", "kiosk", False)
    body = {"kind": "out_of_service", "text_ar": "خارج الخدمة", "text_en": "Out of service"}
    assert (await reader.post("/devices/K1/commands", body)).status == 403
    told = await program.post("/devices/K1/commands", body, Idempotency_Key="machine-1")
    again = await program.post("/devices/K1/commands", body, Idempotency_Key="machine-1")
    assert (told.status, again.status) == (201, 201), told.body
    assert told.body == again.body
    assert (told.body["kind"], told.body["outcome"]) == ("duty", None)
    one = (await reader.get("/devices/K1")).body
    assert one["out_of_service"]["text_en"] == "Out of service"
    assert [each["id"] for each in one["commands"]] == [told.body["id"]]
    for refused, why in (
        (body, "stands-so"),
        ({"kind": "notice", "text_ar": "سطر"}, "bad-end"),
        ({"kind": "out_of_service"}, "lacks-text"),
    ):
        answer = await program.post("/devices/K1/commands", refused)
        assert (answer.status, answer.body["state"]) == (409, why)
    assert (await reader.get("/devices/K9")).status == 404
    assert (await program.post("/devices/K9/commands", {"kind": "restart"})).status == 404
