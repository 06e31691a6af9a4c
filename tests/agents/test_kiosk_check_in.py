"""A whole kiosk where somebody has an appointment: the frame, the slip, a code that nobody has."""

from datetime import UTC, datetime

from core_services.link.citizen_frames import CheckIn, Issue
from tests.support.kiosk import hall
from tests.support.kiosk_scene import glass as glass
from tests.support.kiosk_scene import kiosk as kiosk
from tests.support.kiosk_scene import printer as printer
from tests.support.kiosk_scene import server as server
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import Glass, VirtualPrinter

HALF_PAST_TEN = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


async def type_code(glass: Glass, server: KioskServer, code: str) -> None:
    await server.show(hall(2, appointments=True))
    for name in ("code", *(f"digit:{digit}" for digit in code), "check-in"):
        await glass.until(lambda face, name=name: name in face.touches)  # type: ignore[misc]
        await glass.touch(name)


async def test_a_code_becomes_a_number_and_a_slip(
    server: KioskServer, printer: VirtualPrinter, glass: Glass
) -> None:
    server.appointments["47298381"] = HALF_PAST_TEN
    await type_code(glass, server, "47298381")
    await glass.until_paper("printed")
    await server.until(lambda: server.words() == ["done"])
    (frame,) = server.frames(CheckIn)
    assert isinstance(frame, CheckIn)
    assert (frame.code, frame.language) == ("47298381", "ar")
    assert not server.frames(Issue)
    assert "موعد \u2068١٠:٣٠ ص\u2069" in glass.face.html
    assert len(printer.slips) == 1


async def test_a_code_that_nobody_has_gives_no_number_and_is_typed_anew(
    server: KioskServer, printer: VirtualPrinter, glass: Glass
) -> None:
    server.appointments["47298381"] = HALF_PAST_TEN
    await type_code(glass, server, "47298382")
    await glass.until_step("notice")
    assert "لا يوجد موعد اليوم بهذا الكود." in glass.face.html
    await glass.touch("home")
    await type_code(glass, server, "47298381")
    await glass.until_paper("printed")
    assert [frame.code for frame in server.frames(CheckIn) if isinstance(frame, CheckIn)] == [
        *("47298382", "47298381"),
    ]
    assert len(printer.slips) == 1
