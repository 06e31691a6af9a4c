"""Messages to the hall through the API and the supervisor's page, on every glass of a browser."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core_services.link.message_frames import MessageShown
from queue_server.broadcasts.phrases import PHRASES
from queue_server.web.keys import BROADCASTS
from tests.server.test_agent_commands import Bench
from tests.support.centre_server import CentreServer
from tests.support.clock import ManualClock
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor

LEAVE = PHRASES["leave-hall"]
PRAYER = PHRASES["prayer-now"]


async def test_a_program_sends_reads_and_ends_a_message(centre_server: CentreServer) -> None:
    program = await centre_server.program("supervise", "read")
    body = {"kind": "notice", "text_ar": "برجاء الهدوء.", "glasses": ["board", "phone"]}
    sent = await program.post("/broadcasts", body, Idempotency_Key="message-1")
    assert sent.status == 201, sent.body
    again = await program.post("/broadcasts", body, Idempotency_Key="message-1")
    assert again.body["id"] == sent.body["id"]
    assert (sent.body["state"], sent.body["full_screen"]) == ("standing", False)
    assert sent.body["glasses"] == ["board", "phone"]
    [listed] = (await program.get("/broadcasts?open=true")).body["items"]
    assert listed == (await program.get(f"/broadcasts/{sent.body['id']}")).body
    ended = await program.post(f"/broadcasts/{sent.body['id']}/end")
    assert (ended.status, ended.body["state"]) == (200, "over")
    assert (await program.get("/broadcasts?open=true")).body["items"] == []
    [old] = (await program.get("/broadcasts")).body["items"]
    assert old["ended_at"] == ended.body["ended_at"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "notice"}, "text_ar"),
        ({"kind": "notice", "text_ar": "م", "glasses": []}, "glasses"),
    ],
)
async def test_what_is_no_message_is_refused_by_name(
    centre_server: CentreServer, body: dict[str, Any], field: str
) -> None:
    program = await centre_server.program("supervise")
    told = await program.post("/broadcasts", body)
    assert told.status == 422
    assert [each["field"] for each in told.body["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"text_ar": "م" * 121}, "too-long"),
        ({"phrase": "leave-hall"}, "unknown-phrase"),
        ({"text_ar": "م", "ends_at": "2026-11-01T07:00:00Z"}, "ends-before"),
        ({"text_ar": "م", "starts_at": "2027-11-01T07:00:00Z"}, "too-far"),
        ({"text_ar": "م", "starts_at": "0001-01-01T00:00:00+14:00"}, ""),
    ],
)
async def test_what_cannot_stand_is_refused_with_its_reason(
    centre_server: CentreServer, body: dict[str, Any], fault: str
) -> None:
    program = await centre_server.program("supervise")
    told = await program.post("/broadcasts", {"kind": "notice", **body})
    assert told.status == (409 if fault else 201), told.body
    if fault:
        assert told.body["type"].endswith("message-cannot-stand")
        assert told.body["state"] == fault


async def test_a_repeated_command_gets_its_first_answer_after_its_time_has_passed(
    centre_server: CentreServer,
) -> None:
    program = await centre_server.program("supervise")
    ends_at = centre_server.clock.now() + timedelta(minutes=5)
    body = {"kind": "notice", "text_ar": "برجاء الهدوء.", "ends_at": ends_at.isoformat()}
    late = {**body, "ends_at": "2026-11-01T07:00:00Z"}
    sent = await program.post("/broadcasts", body, Idempotency_Key="message-1")
    refused = await program.post("/broadcasts", late, Idempotency_Key="message-2")
    assert isinstance(centre_server.clock, ManualClock)
    await centre_server.clock.advance(600)
    again = await program.post("/broadcasts", body, Idempotency_Key="message-1")
    assert (sent.status, again.status, again.body["id"]) == (201, 201, sent.body["id"])
    twice = await program.post("/broadcasts", late, Idempotency_Key="message-2")
    assert (refused.status, twice.status, twice.body["state"]) == (409, 409, "ends-before")
    assert (await program.post("/broadcasts", body, Idempotency_Key="message-3")).status == 409


async def test_an_emergency_takes_the_place_of_another(centre_server: CentreServer) -> None:
    program = await centre_server.program("supervise", "read")
    first = await program.post("/broadcasts", {"kind": "emergency", "phrase": "leave-hall"})
    assert (first.body["full_screen"], first.body["calls_go_on"]) == (True, False)
    await program.post("/broadcasts", {"kind": "emergency", "text_ar": "ابقوا بالداخل."})
    standing = (await program.get("/broadcasts?open=true")).body["items"]
    assert [each["text_ar"] for each in standing] == ["ابقوا بالداخل."]


async def test_two_who_say_one_thing_at_once_say_it_once(centre_server: CentreServer) -> None:
    program = await centre_server.program("supervise", "read")
    prayer = {"kind": "prayer", "phrase": "prayer-now"}
    later = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    await program.post("/broadcasts", {**prayer, "starts_at": later})
    await program.post("/broadcasts", prayer)
    latest = await program.post("/broadcasts", prayer)
    notice = await program.post("/broadcasts", {"kind": "notice", "text_ar": PRAYER.ar})
    items = (await program.get("/broadcasts?open=true")).body["items"]
    assert [each["kind"] for each in items] == ["prayer", "prayer", "notice"]
    assert [each["id"] for each in items if each["state"] == "standing"] == [
        latest.body["id"],
        notice.body["id"],
    ]


async def test_a_glass_that_shows_it_is_told_of_with_its_moment(
    centre_server: CentreServer,
) -> None:
    bench = Bench(centre_server)
    device = await bench.device("D1", "display")
    workstation = await bench.device("W1", "workstation")
    program = await centre_server.program("supervise", "read")
    sent = await program.post("/broadcasts", {"kind": "prayer", "phrase": "prayer-now"})
    frame = MessageShown(message=sent.body["id"])
    for each in (device, device, workstation):
        await bench.commands.message_shown(each, frame)
    told = (await program.get(f"/broadcasts/{sent.body['id']}")).body["shown"]
    assert [each["device"] for each in told] == [str(device.id)]
    assert bench.news == 1


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


async def press(hoda: Visitor, **fields: str) -> Seen:
    page = await hoda.get("/supervisor/broadcast")
    csrf = page.find("input", name="csrf").get("value") or ""
    key = page.find("input", name="key").get("value") or ""
    return await hoda.post("/supervisor/broadcast", {"csrf": csrf, "key": key, **fields})


async def test_one_press_tells_the_whole_hall_and_another_ends_it(
    scene: HallScene, hoda: Visitor
) -> None:
    seen = await press(hoda, kind="prayer", phrase="prayer-now")
    assert "الرسالة معروضة الآن في الصالة." in seen.words("div", class_="notice")
    assert PRAYER.ar in seen.words("ul", class_="standing")
    [sent] = await scene.site.client.app[BROADCASTS].now()
    seen = await hoda.submit(seen, f"/supervisor/broadcast/{sent.id}/end")
    assert "انتهت الرسالة ورُفعت من كل الشاشات." in seen.words("div", class_="notice")
    assert PRAYER.ar in seen.words("table")
    assert await scene.site.client.app[BROADCASTS].now() == ()


async def test_a_message_of_ones_own_has_its_places_and_times(
    scene: HallScene, hoda: Visitor
) -> None:
    own = {"kind": "notice", "text_ar": "برجاء الهدوء.", "text_en": "Quiet please."}
    seen = await press(hoda, **own)
    assert "اختر مكانًا واحدًا على الأقل" in seen.words("div", class_="notice")
    seen = await press(hoda, **own, **{"on-face": "yes", "from": "13:00", "minutes": "30"})
    assert "حُفظت الرسالة وتظهر في موعدها." in seen.words("div", class_="notice")
    [sent] = await scene.site.client.app[BROADCASTS].open()
    assert sent.glasses == ("face",)
    assert sent.ends_at is not None
    assert (sent.ends_at - sent.starts_at).total_seconds() == 1800
    assert "من ١:٠٠ م" in seen.words("ul", class_="standing")
    seen = await press(hoda, **own, **{"on-face": "yes", "until": "00:01"})
    assert "يجب أن تنتهي بعد أن تبدأ" in seen.words("div", class_="notice")


async def test_an_emergency_stands_on_face_phone_desk_and_hall_and_outlives_the_server(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.seat(5)
    ticket = await scene.site.issue()
    seen = await press(hoda, kind="emergency", phrase="leave-hall")
    assert "الطوارئ معروضة الآن على كل الشاشات" in seen.words("div", class_="notice")
    await scene.site.stop()
    await scene.site.start()
    broadcasts = scene.site.client.app[BROADCASTS]
    assert [each.phrase for each in broadcasts.shown] == ["leave-hall"]
    visitor = Visitor(scene.site.client)
    face = await visitor.get("/windows/5/face")
    assert face.find("div", class_="glass").get("data-state") == "emergency"
    assert LEAVE.ar in face.words("div", class_="glass__said")
    english = await visitor.get(f"/t/{ticket.token}?lang=en")
    assert LEAVE.en in english.words("p", class_="hall-says--emergency")
    mona = await scene.site.sign_in("mona")
    desk = await mona.get("/desk?window=5")
    assert LEAVE.ar in desk.words("p", class_="desk-top__message--emergency")
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get("/supervisor")
    [sent] = await broadcasts.now()
    seen = await hoda.submit(page, f"/supervisor/broadcast/{sent.id}/end")
    assert "انتهت الرسالة" in seen.words("div", class_="notice")
    face = await visitor.get("/windows/5/face")
    assert face.find("div", class_="glass").get("data-state") != "emergency"


async def test_a_clerk_says_nothing_to_the_hall(scene: HallScene) -> None:
    mona = await scene.site.sign_in("mona")
    assert (await mona.get("/supervisor/broadcast")).status == 403
    told = await mona.post("/supervisor/broadcast", {"kind": "emergency", "phrase": "leave-hall"})
    assert told.status == 403
    assert await scene.site.client.app[BROADCASTS].open() == ()
