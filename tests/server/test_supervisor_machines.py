"""A machine that fails is seen within ten seconds, by its own heartbeat."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import pytest

from core_services.devices.model import Attached, Beat, Device, DeviceKind
from core_services.devices.store_presence import note_beat, open_commands
from core_services.link.status_frames import Status
from queue_server.machines import attached_of
from queue_server.tickets.errors import LabelTaken
from queue_server.web.supervisor.room import LOOK_EVERY_S
from queue_server.web.supervisor.watch import DeviceWatch
from tests.support.cut_off import a_cut_off_kiosk
from tests.support.hall_scene import PROCESS, HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor

HEARTBEAT_S = 5.0


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


def alarms(seen: Seen) -> list[str]:
    """Return the first sentence of each alarm."""
    return ["".join(each.itertext()) for each in seen.all("p", class_="alarm__what")]


def machine(seen: Seen, name: str) -> str:
    return seen.words("tr", id=f"device-{name}")


async def test_the_machines_are_told_by_their_last_word(scene: HallScene, hoda: Visitor) -> None:
    await scene.machine("K1", paper="near_end", jobs={"done": 101, "held": 2})
    await scene.machine("D1", "display")
    seen = await hoda.get("/supervisor")
    assert machine(seen, "K1") == ("K1 جهاز أرقام يعمل جاهزة قرب ينفد مغلق محتجزة ٢ طُبعت ١٠١ 0.1.0")
    assert machine(seen, "D1") == "D1 شاشة صالة يعمل – – – – 0.1.0"
    assert alarms(seen) == ["قرب نفاد ورق الطابعة في K1."]


def roll(**changes: object) -> dict[str, object]:
    """Return what a kiosk says of the roll in its printer."""
    return {
        "left_m": 35.4,
        "used_m": 44.6,
        "slips": 340,
        "slips_left": 270,
        "check": "good",
    } | changes


async def test_the_paper_left_is_told_in_metres_and_slips_and_a_low_roll_is_warned_of(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1", roll=roll())
    seen = await hoda.get("/supervisor")
    assert "كافٍ ٣٥ م، نحو ٢٧٠ ورقة مغلق" in machine(seen, "K1")
    assert alarms(seen) == []
    await scene.machine("K1", roll=roll(left_m=7.4, slips_left=58))
    assert alarms(await hoda.get("/supervisor")) == ["قرب نفاد ورق الطابعة في K1."]
    await scene.machine("K1")
    assert "نحو ٥٨ ورقة" in machine(await hoda.get("/supervisor"), "K1")


async def test_a_roll_that_nobody_looked_at_is_told_and_a_white_one_is_an_alarm(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1", roll=roll(check="unchecked"))
    seen = await hoda.get("/supervisor")
    assert "لم يتأكد أحد من الطباعة" in machine(seen, "K1")
    assert alarms(seen) == []
    assert len(seen.all("form", class_="devices__ask")) == 1
    await scene.machine("K1", printer="not_ready", detail="roll_blank", roll=roll(check="blank"))
    seen = await hoda.get("/supervisor")
    assert alarms(seen) == ["الورق في طابعة K1 مركّب بالمقلوب: الأرقام تخرج بيضاء."]
    assert "مركّب بالمقلوب" in machine(seen, "K1")
    english = await hoda.get("/supervisor?lang=en")
    assert "turn the roll over" in english.words("li", class_="alarm")


async def test_a_supervisor_answers_for_a_roll_that_nobody_looked_at_once(
    scene: HallScene, hoda: Visitor
) -> None:
    loaded = "2026-11-29T06:00:00Z"
    await scene.machine("K1", roll=roll(check="unchecked", loaded_at=loaded))
    seen = await hoda.get("/supervisor")
    assert "هل الرقم ظاهر على آخر ورقة خرجت من K1؟ نعم، ظاهر لا، الورقة بيضاء" in machine(
        seen, "K1"
    )
    path = f"/supervisor/devices/{scene.devices['K1'].id}/roll"
    csrf = seen.find("input", name="csrf").get("value") or ""
    said = await hoda.post(path, {"csrf": csrf, "loaded_at": loaded, "seen": "no"})
    assert "أُبلغ جهاز الأرقام بما رأيته على ورقه." in said.words()
    [command] = await open_commands(scene.pool, centre_id=1)
    assert command.payload["roll"]["loaded_at"] == "2026-11-29T06:00:00+00:00"
    assert command.payload["roll"]["seen"] is False
    for wrong in (
        {"loaded_at": loaded, "seen": "perhaps"},
        {"loaded_at": "yesterday", "seen": "yes"},
        {"loaded_at": "2026-11-29", "seen": "yes"},
        {"loaded_at": "2026-11-29T07:00:00Z", "seen": "yes"},
    ):
        assert "تغيّرت الحالة" in (await hoda.post(path, {"csrf": csrf, **wrong})).words()
    await scene.machine("K1", roll=roll(check="good", loaded_at=loaded))
    seen = await hoda.post(path, {"csrf": csrf, "loaded_at": loaded, "seen": "yes"})
    assert "تغيّرت الحالة" in seen.words()
    assert not seen.all("form", class_="devices__ask")
    assert len(await open_commands(scene.pool, centre_id=1)) == 1


async def test_a_kiosks_scanner_that_died_is_an_alarm_and_hides_no_trouble_of_its_printer(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1", attached=(Attached("scanner", "scanner", "ready"),))
    seen = await hoda.get("/supervisor")
    assert alarms(seen) == []
    assert "قارئ أكواد scanner يعمل" in seen.words("tr", class_="devices__attached")
    dead = (Attached("scanner", "scanner", "not_ready", reason="no_link"),)
    await scene.machine("K1", paper="out", printer="not_ready", attached=dead)
    seen = await hoda.get("/supervisor?lang=en")
    assert alarms(seen) == [
        "The printer of K1 is out of paper.",
        "Code scanner of K1: does not work.",
    ]
    assert "scanner: no_link" in seen.words()
    assert {each.get("href") for each in seen.all("a", class_="button")} == {"#device-K1"}
    await scene.machine("K1", attached=())
    assert alarms(await hoda.get("/supervisor")) == []


async def test_a_screen_with_panels_that_does_not_speak_is_an_alarm_too(
    scene: HallScene, hoda: Visitor
) -> None:
    panels = (Attached("panels", "panels", "ready"),)
    await scene.machine("D1", "display", detail="no voice", attached=panels)
    seen = await hoda.get("/supervisor?lang=en")
    assert alarms(seen) == ["The hall screen D1 does not speak the calls."]
    arabic = await hoda.get("/supervisor?lang=ar")
    assert "لوحات الشبابيك panels" in arabic.words("tr", class_="devices__attached")


async def test_nothing_is_said_to_be_ready_at_a_machine_that_is_silent(
    scene: HallScene, hoda: Visitor
) -> None:
    printers = (
        Attached("receipts", "receipt_printer", "ready"),
        Attached("codes", "scanner", "ready"),
    )
    await scene.machine("W5", "workstation", attached=printers)
    await scene.machine("K1", jobs={"done": 7})
    work = await hoda.get("/supervisor/work")
    assert "جاهزة" in work.words("li", id="station-W5")
    scene.site.clock.jump(9.5)
    hall = await hoda.get("/supervisor")
    told = [
        *(row for row in hall.all("tr") if row.get("class") == "devices__attached"),
        hall.find("tr", id="device-K1"),
        (await hoda.get("/supervisor/work")).find("li", id="station-W5"),
    ]
    for each in told:
        assert "غير معروف" in " ".join(each.itertext())
        assert not [tag for tag in each.iter("span") if "tag--good" in tag.get("class", "")]


async def test_a_kiosks_offline_letter_and_what_it_could_not_deliver_are_told(
    scene: HallScene, hoda: Visitor
) -> None:
    for number in range(1, 7):
        await scene.machine(f"K{number}", journal=f"disk-{number}")
    await scene.machine("K2", undelivered=3)
    seen = await hoda.get("/supervisor")
    assert "K1 جهاز أرقام حرف الانقطاع ك" in machine(seen, "K1")
    assert "تُسلَّم" not in machine(seen, "K1")
    assert "حرف الانقطاع ل" in machine(seen, "K2")
    assert "٣ أرقام لم تُسلَّم بعد" in machine(seen, "K2")
    assert "لم يبق له حرف: لا يعطي أرقامًا أثناء الانقطاع" in machine(seen, "K6")
    await scene.machine("K2", undelivered=0)
    assert "تُسلَّم" not in machine(await hoda.get("/supervisor"), "K2")


async def test_numbers_that_came_late_are_listed_with_their_kiosk(
    scene: HallScene, hoda: Visitor
) -> None:
    assert "متأخر" not in (await hoda.get("/supervisor")).words()
    kiosk = await a_cut_off_kiosk(scene.site.queue, "K7")
    now = scene.site.clock.now()
    await kiosk.deliver(101, now - timedelta(minutes=30))
    await kiosk.deliver(102, now, mark="failed")
    with pytest.raises(LabelTaken):
        await kiosk.deliver(101, now, key="another-number")
    seen = await hoda.get("/supervisor")
    late = seen.words("details", id="late")
    assert late.startswith("٣ أرقام وصلت متأخرة من أجهزة كان اتصالها مقطوعًا")
    assert "لم يُسجَّل: الرقم نفسه مع غيره" in late
    assert "ك-١٠١ K7 حضر" in late
    assert "أُبطل" in late


async def test_a_machine_in_order_raises_no_alarm(scene: HallScene, hoda: Visitor) -> None:
    await scene.machine("K1")
    seen = await hoda.get("/supervisor")
    assert alarms(seen) == []
    assert "لا تنبيهات: الشبابيك والأجهزة والأوراق على ما يرام." in seen.words()


async def test_paper_cover_and_printer_are_named_with_what_to_do(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1", paper="out", printer="not_ready")
    await scene.machine("K2", cover="open", printer="not_ready")
    await scene.machine("K3", printer="not_ready", detail="connection refused")
    seen = await hoda.get("/supervisor?lang=en")
    assert alarms(seen) == [
        "The printer of K1 is out of paper.",
        "The printer of K2 is open.",
        "The printer of K3 does not work.",
    ]
    assert "Put a new roll in and close the cover." in seen.words()
    assert "connection refused" in seen.words()


async def test_a_silent_kiosk_is_down_within_ten_seconds(scene: HallScene, hoda: Visitor) -> None:
    await scene.machine("K1")
    scene.site.clock.jump(HEARTBEAT_S + 1)
    assert alarms(await hoda.get("/supervisor")) == []
    scene.site.clock.jump(10 - HEARTBEAT_S - 1 - LOOK_EVERY_S)
    assert alarms(await hoda.get("/supervisor")) == ["جهاز الأرقام K1 لا يستجيب."]
    await scene.machine("K1")
    assert alarms(await hoda.get("/supervisor")) == []


async def test_a_cut_connection_is_seen_at_once(scene: HallScene, hoda: Visitor) -> None:
    await scene.machine("D1", "display")
    await scene.unplug("D1")
    seen = await hoda.get("/supervisor")
    assert alarms(seen) == ["شاشة الصالة D1 لا تستجيب."]
    assert "نادِ بالصوت" in seen.words("li", class_="alarm")


async def test_a_window_that_idles_while_people_wait_is_told_with_its_caveat(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.seat(3)
    await scene.site.issue(4)
    assert alarms(await hoda.get("/supervisor")) == []
    scene.site.clock.jump(125)
    seen = await hoda.get("/supervisor")
    assert alarms(seen) == ["شباك ٣ خالٍ منذ دقيقتين وفي الانتظار ٤."]
    assert "مؤشر للمتابعة ولا يُعد سندًا للجزاء." in seen.words("li", class_="alarm")
    await scene.site.pause(3, "break", scene.staff[3])
    assert alarms(await hoda.get("/supervisor")) == ["في الانتظار ٤ ولا شباك مفتوح."]


@dataclass(slots=True)
class Nudges:
    """Counts how often pages were told to look again."""

    count: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self) -> None:
        self.count += 1
        self.news.set()


async def test_the_watch_tells_of_every_change_of_a_machine_once(scene: HallScene) -> None:
    nudges = Nudges()
    clock = scene.site.clock
    watch = DeviceWatch(scene.pool, clock, centre_id=1, on_change=nudges)
    await scene.machine("K1")
    counts = []
    for change in (
        scene.machine("K1"),
        scene.machine("K1"),
        scene.machine("K1", paper="out"),
        scene.machine("K1", paper="out"),
        scene.ask_help("K1"),
        scene.unplug("K1"),
        scene.machine("K1", paper="out"),
    ):
        await change
        await watch.look()
        counts.append(nudges.count)
    assert counts == [0, 0, 1, 1, 2, 3, 4]
    clock.jump(9.5)
    await watch.look()
    assert nudges.count == 5


async def test_pages_hear_of_a_silent_machine_from_the_running_server(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1")
    origin = {"Origin": hoda.origin}
    async with hoda.client.ws_connect("/ws/live", headers=origin) as page:

        async def hears() -> None:
            message = await page.receive_json(timeout=10)
            assert message["type"] == "changed"

        await hears()
        await scene.machine("K1", paper="near_end")
        await hears()
        await scene.machine("K1", paper="out")
        await hears()
        scene.site.clock.jump(9.5)
        await hears()


async def panels(scene: HallScene, reason: str | None, detail: str | None = None) -> None:
    """Let a display speak of its window panels."""
    device = await scene.machine("D1", "display")
    bus = Attached("panels-1", "panels", "not_ready" if reason else "ready", reason=reason)
    beat = Beat(version="0.1.0", detail=detail, attached=(bus,))
    scene.site.clock.jump(0.1)
    await note_beat(scene.pool, device, beat, process_id=PROCESS, at=scene.site.clock.now())


async def test_panels_that_do_not_show_what_is_called_are_named_by_their_windows(
    scene: HallScene, hoda: Visitor
) -> None:
    await panels(scene, "silent: 3, 7; garbled: 12")
    seen = await hoda.get("/supervisor")
    assert alarms(seen) == ["بعض لوحات الشبابيك التابعة لـ D1 لا تُظهر النداء."]
    alarm = seen.words("li", class_="alarm")
    assert "لوحات لا ترد فوق الشبابيك: ٣، ٧. راجع الكهرباء والكابلات." in alarm
    assert "لوحات ردّها غير مفهوم فوق الشبابيك: ١٢" in alarm
    assert "silent" not in alarm
    row = seen.words("tr", class_="devices__attached")
    assert row.startswith("لوحات الشبابيك panels-1 لا يعمل لوحات لا ترد فوق الشبابيك: ٣، ٧")
    english = await hoda.get("/supervisor?lang=en")
    assert alarms(english) == ["Some window panels of D1 do not show what is called."]
    assert "No answer from the panels of these windows: 3, 7." in english.words(
        "li", class_="alarm"
    )


async def test_panels_in_order_are_no_alarm_and_hide_no_other_trouble_of_their_display(
    scene: HallScene, hoda: Visitor
) -> None:
    await panels(scene, None, detail="no page is open")
    seen = await hoda.get("/supervisor")
    assert alarms(seen) == []
    assert seen.words("tr", class_="devices__attached") == "لوحات الشبابيك panels-1 يعمل"
    await panels(scene, "no_link: 1, 2", detail="no voice: espeak-ng: is not installed")
    assert alarms(await hoda.get("/supervisor")) == [
        "بعض لوحات الشبابيك التابعة لـ D1 لا تُظهر النداء.",
        "شاشة الصالة D1 لا تنطق النداء.",
    ]


@pytest.mark.parametrize(
    ("kind", "arabic", "english"),
    [
        (
            "display",
            "شاشة الصالة D1 مطفأة: لا يعرض المتصفح لوحة الأدوار.",
            "The hall screen D1 is dark: no browser shows the board.",
        ),
        (
            "kiosk",
            "شاشة جهاز الأرقام D1 مطفأة: لا يعرض المتصفح صفحتها.",
            "The number kiosk D1 is dark: no browser shows its page.",
        ),
    ],
)
async def test_a_glass_that_went_dark_is_named_until_a_page_is_open_again(
    scene: HallScene, hoda: Visitor, kind: DeviceKind, arabic: str, english: str
) -> None:
    device = await scene.machine("D1", kind)

    async def says(glass: Literal["lit", "dark"] | None) -> None:
        scene.site.clock.jump(0.1)
        await said(scene, device, Status(version="0.1.0", scanner="absent", glass=glass))

    await says(None)
    assert alarms(await hoda.get("/supervisor")) == []
    await says("lit")
    page = await hoda.get("/supervisor")
    assert alarms(page) == []
    assert "الشاشة يعمل" in page.words("tr", class_="devices__attached")
    await says("dark")
    assert alarms(await hoda.get("/supervisor")) == [arabic]
    assert alarms(await hoda.get("/supervisor?lang=en")) == [english]
    await says("lit")
    assert alarms(await hoda.get("/supervisor?lang=ar")) == []


async def said(scene: HallScene, device: Device, status: Status) -> None:
    """Note a status as the server does that hears it."""
    beat = Beat(version=status.version, attached=attached_of(status))
    await note_beat(scene.pool, device, beat, process_id=PROCESS, at=scene.site.clock.now())
