"""What a supervisor does about windows: alarms, messages, profiles, who sits where, counts."""

import pytest

from queue_server.tickets import windows
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Visitor


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


async def test_an_emergency_stands_above_everything_until_somebody_closes_it(
    scene: HallScene, hoda: Visitor
) -> None:
    actor = await scene.seat(5)
    await scene.site.issue(3)
    alarm = await windows.raise_alarm(scene.site.queue, 5, "emergency", actor=actor, is_silent=True)
    seen = await hoda.get("/supervisor")
    first = seen.all("li", class_="alarm")[0]
    words = " ".join("".join(first.itertext()).split())
    assert words.startswith("طوارئ في شباك ٥. منى السيد")
    assert "إنذار صامت: لا تراه الصالة، توجّه بهدوء" in words
    seen = await hoda.submit(seen, f"/supervisor/alarms/{alarm.id}/accept")
    assert "علم موظف شباك ٥ أنك قادم." in seen.words("main")
    assert "هدى منصور في الطريق." in seen.words("main")
    await scene.site.stop()
    await scene.site.start()
    hoda = await scene.site.sign_in("hoda")
    seen = await hoda.get("/supervisor")
    assert "هدى منصور في الطريق." in seen.words("main")
    form = f"/supervisor/alarms/{alarm.id}/close"
    seen = await hoda.submit(seen, form, why="false_alarm")
    assert "طوارئ في شباك" not in seen.words("main")
    row = await scene.pool.fetchrow(
        "SELECT event, reason, actor_id FROM window_alarm_event ORDER BY revision DESC LIMIT 1"
    )
    assert row is not None
    assert tuple(row) == ("closed", "false_alarm", scene.hoda.id)


async def test_an_alarm_ends_with_a_known_reason_alone(scene: HallScene, hoda: Visitor) -> None:
    actor = await scene.seat(5)
    alarm = await windows.raise_alarm(scene.site.queue, 5, "fault", category="printer", actor=actor)
    seen = await hoda.get("/supervisor")
    assert "عطل في شباك ٥: الطابعة." in seen.words("main")
    await hoda.submit(seen, f"/supervisor/alarms/{alarm.id}/close", why="boredom")
    assert len(await windows.open_alarms(scene.site.queue)) == 1
    unknown = f"/supervisor/alarms/{scene.hoda.id}/accept"
    csrf = seen.find("input", name="csrf").get("value") or ""
    assert (await hoda.post(unknown, {"csrf": csrf})).status == 404


async def test_a_message_goes_to_one_window_or_to_all_and_its_ticks_come_back(
    scene: HallScene, hoda: Visitor
) -> None:
    actor = await scene.seat(5)
    assert actor.id is not None
    page = await hoda.get("/supervisor/windows")
    page = await hoda.submit(page, "/supervisor/messages", window="5", text="كلّم الأستاذ حسن")
    assert "أُرسلت الرسالة إلى شباك ٥." in page.words("main")
    assert "لم تُقرأ بعد" in page.words("ul", class_="messages")
    [message] = await windows.unread_messages(scene.site.queue, 5, actor.id)
    await windows.mark_read(scene.site.queue, message.id, window=5, actor=actor)
    page = await hoda.get("/supervisor/windows")
    assert "قُرئت في شباك: ٥" in page.words("ul", class_="messages")
    csrf = page.find("input", name="csrf").get("value") or ""
    fields = {"csrf": csrf, "window": "", "text": "", "phrase": "الصلاة بعد عشر دقائق."}
    page = await hoda.post("/supervisor/messages", fields)
    assert "أُرسلت الرسالة إلى كل الشبابيك." in page.words("main")
    for text in ("", "  ", "س" * 201):
        page = await hoda.post("/supervisor/messages", {"csrf": csrf, "window": "", "text": text})
        assert "لم يتم: اكتب رسالة" in page.words("main")
    for window in ("0", "100", "99999", "٥", "x"):
        page = await hoda.post(
            "/supervisor/messages", {"csrf": csrf, "window": window, "text": "إلى شباك غير موجود"}
        )
        assert page.status == 200
    assert await scene.pool.fetchval("SELECT count(*) FROM window_message") == 2


async def test_a_clerks_message_stands_on_the_page_until_it_is_read(
    scene: HallScene, hoda: Visitor
) -> None:
    actor = await scene.seat(5)
    sent = await windows.send_message(
        scene.site.queue, "أحتاج ورق طباعة", toward="supervisor", window=5, actor=actor
    )
    seen = await hoda.get("/supervisor")
    assert "شباك ٥ يكتب: أحتاج ورق طباعة" in seen.words("main")
    seen = await hoda.submit(seen, f"/supervisor/messages/{sent}/read")
    assert "أحتاج ورق طباعة" not in seen.words("main")


async def test_a_profile_is_changed_from_the_page(scene: HallScene, hoda: Visitor) -> None:
    await scene.seat(5)
    page = await hoda.get("/supervisor/windows")
    codes = [each.get("value") for each in page.find("select", id="profile-5").iter("option")]
    now = (await scene.site.window(5)).profile
    other = next(code for code in codes if code and code != now)
    page = await hoda.submit(page, "/supervisor/windows/5/profile", profile=other)
    assert "يسري نظام عمل شباك ٥ من النداء التالي." in page.words("main")
    assert (await scene.site.window(5)).profile == other
    page = await hoda.submit(page, "/supervisor/windows/5/profile", profile="nothing")
    assert (await scene.site.window(5)).profile == other


async def test_a_window_is_given_to_somebody_who_sits_nowhere(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.seat(5)
    await scene.seat(6)
    await scene.site.issue()
    ticket = await scene.site.call(5, scene.staff[5])
    suad = await scene.site.add_staff("suad", "clerk", "سعاد عبد الله", "Suad Abdallah")
    page = await hoda.get("/supervisor/windows")
    offered = [each.get("value") for each in page.find("select", id="staff-5").iter("option")]
    assert str(suad.id) in offered
    assert str(scene.staff[6].id) not in offered
    page = await hoda.submit(page, "/supervisor/windows/5/assign", staff=str(suad.id))
    assert "سُلِّم شباك ٥ بما في يده." in page.words("main")
    window = await scene.site.window(5)
    assert (window.opened_by_name, window.ticket and window.ticket.id) == (
        "سعاد عبد الله",
        ticket.id,
    )
    csrf = page.find("input", name="csrf").get("value") or ""
    page = await hoda.post("/supervisor/windows/6/assign", {"csrf": csrf, "staff": str(suad.id)})
    assert "لم يتم: هذا الموظف يعمل على شباك ٥." in page.words("main")


async def test_the_days_counts_bear_their_caveat_and_the_clerks_reply(
    scene: HallScene, hoda: Visitor
) -> None:
    actor = await scene.seat(5)
    await scene.site.issue()
    scene.site.clock.jump(160)
    ticket = await scene.site.call(5, actor)
    await scene.site.act(ticket, "no_show", actor)
    await windows.write_reply(scene.site.queue, 5, "كنت أحضر ورقًا", actor=actor)
    page = await hoda.get("/supervisor/windows")
    assert "مؤشر للمتابعة ولا يُعد سندًا للجزاء." in page.words("main")
    row = page.words("tr", id="counts-5-1")
    assert "منى السيد" in row
    assert "فراغ والناس تنتظر: ٠١:٤" in row
    assert "لم يحضر: ١" in row
    assert "كنت أحضر ورقًا" in row


async def test_a_clerk_may_not_look_after_the_hall(scene: HallScene) -> None:
    mona = await scene.site.sign_in("mona")
    for path in ("/supervisor/windows",):
        assert (await mona.get(path)).status == 403
