"""A scan at a window stands on its clerk's desk for a minute, and the text itself nowhere."""

import pytest

from core_services.devices.model import Device
from core_services.link.answer_frames import Settled
from core_services.link.work_frames import Scanned
from queue_server.appointments.acts import Appointments
from queue_server.scans import SHOWN_FOR, Scans
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Visitor

FOREIGN = "6221031490378"


@pytest.fixture
async def mona(scene: HallScene) -> Visitor:
    visitor = await scene.site.sign_in("mona")
    await scene.site.open(5, scene.site.clerk, "منى السيد")
    return visitor


@pytest.fixture
async def device(scene: HallScene) -> Device:
    return await scene.machine("W1", "workstation")


async def scan(
    scene: HallScene, device: Device, text: str, window: int = 5, symbology: str | None = "QR"
) -> str:
    frame = Scanned(key="k" * 8, scanner="desk", window=window, text=text, symbology=symbology)
    answer = await Scans(Appointments(scene.site.queue)).take(device, frame)
    assert isinstance(answer, Settled)
    assert answer.about == frame.key
    return answer.state


async def said(mona: Visitor) -> str:
    seen = await mona.get("/desk?window=5")
    return seen.words("p", id="scanned") if seen.all("p", id="scanned") else ""


async def test_a_scanned_number_is_shown_with_its_state_and_for_a_minute(
    scene: HallScene, device: Device, mona: Visitor
) -> None:
    await scene.site.issue(1)
    [ticket] = await scene.site.queue.tickets()
    address = f"https://kfs.example.gov.eg/t/{ticket.token.lower()}"
    assert await scan(scene, device, address) == "ticket"
    assert await said(mona) == "المسح: رقم ١٠١، في الانتظار."
    scene.site.clock.jump(SHOWN_FOR.total_seconds() + 1)
    assert await said(mona) == ""


async def test_a_foreign_code_is_unknown_and_kept_nowhere(
    scene: HallScene, device: Device, mona: Visitor
) -> None:
    assert await scan(scene, device, FOREIGN) == "unknown"
    assert await said(mona) == "كود غير معروف: ليس رقم دور ولا موعدًا في هذا المركز."
    assert FOREIGN not in repr(await scene.pool.fetch("SELECT s::text FROM window_scan s"))
    assert await scan(scene, device, "47298381") == "unknown"
    assert await scan(scene, device, "a" * 16) == "unknown"


async def test_a_scanner_at_a_window_is_understood_as_a_browsers_is_at_the_desk(
    scene: HallScene, device: Device, mona: Visitor
) -> None:
    """In either digits, and never the back of a card, whatever stands in its code."""
    await scene.site.issue(1)
    [ticket] = await scene.site.queue.tickets()
    assert await scan(scene, device, ticket.token) == "ticket"
    assert await scan(scene, device, f"https://x.example/t/{ticket.token}?lang=en") == "ticket"
    assert await scan(scene, device, ticket.token, symbology="PDF417") == "unknown"
    assert await scan(scene, device, "29801011301234", symbology=None) == "unknown"


async def test_at_a_window_where_nobody_sits_a_scan_is_shown_to_nobody(
    scene: HallScene, device: Device
) -> None:
    for window in (6, 88):
        assert await scan(scene, device, FOREIGN, window) == "closed"
    assert await scene.pool.fetchval("SELECT count(*) FROM window_scan") == 0
