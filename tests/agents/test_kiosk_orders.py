"""Slips that a person ordered: the kiosk prints numbers that it did not give, and tells of them."""

from datetime import UTC, datetime
from pathlib import Path

from core_services.devices.register import add_device
from core_services.link.slip_frames import Paper, Reprint
from kiosk.shell import Shell
from queue_server.tickets.model import Actor
from tests.support.eventually import eventually
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.kiosk import ticket
from tests.support.kiosk_scene import BRISK, CLOCK, until_printer, until_slips
from tests.support.kiosk_scene import kiosk as kiosk
from tests.support.kiosk_scene import printer as printer
from tests.support.kiosk_scene import server as server
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import RunningKiosk, VirtualPrinter, running_kiosk
from tests.support.pages import Visitor

BAND = (datetime(2026, 11, 22, 6, 10, tzinfo=UTC), datetime(2026, 11, 22, 6, 20, tzinfo=UTC))


async def test_the_first_slip_of_a_number_given_elsewhere_bears_no_mark_of_a_copy(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk
) -> None:
    elsewhere = ticket(150)
    for _ in range(2):
        await server.send(Reprint(job="first", ticket=elsewhere, is_first=True))
    await server.until(lambda: server.words() == ["done"])
    await server.send(Reprint(job="again", ticket=elsewhere))
    await server.until(lambda: server.words() == ["done"] * 2)
    first, copy = printer.slips
    assert copy.height > first.height
    said = [frame for frame in server.frames(Paper) if isinstance(frame, Paper)]
    assert [(frame.ticket, frame.job) for frame in said] == [
        (elsewhere.id, "first"),
        (elsewhere.id, "again"),
    ]


async def test_a_slip_from_along_the_line_tells_when_its_citizen_came(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk
) -> None:
    plain = ticket(150)
    banded = ticket(150).model_copy(update={"arrival": BAND})
    await server.send(Reprint(job="plain", ticket=plain, is_first=True))
    await until_slips(printer, 1)
    await server.send(Reprint(job="banded", ticket=banded, is_first=True))
    await until_slips(printer, 2)
    first, second = printer.slips
    assert second.height > first.height


async def test_a_slip_that_cannot_be_printed_now_is_told_of_and_never_void(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk
) -> None:
    printer.change(paper="out")
    await until_printer(kiosk, "not_ready")
    elsewhere = ticket(150)
    await server.send(Reprint(job="first", ticket=elsewhere, is_first=True))
    await server.until(lambda: any(each.paper == "out" for each in server.statuses))
    assert "void" not in server.words()
    assert printer.slips == []
    printer.change(paper="ok")
    await server.until(lambda: server.words()[-1:] == ["done"])
    assert len(printer.slips) == 1


async def test_a_kiosk_without_a_printer_says_at_once_that_it_failed(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    async with running_kiosk(server.url, tmp_path, CLOCK, shell, patience=BRISK):
        await server.until(lambda: any(each.printer == "absent" for each in server.statuses))
        await server.send(Reprint(job="first", ticket=ticket(150), is_first=True))
        await server.until(lambda: server.words() == ["failed"])


async def give(visitor: Visitor) -> str:
    """Touch «رقم» on a phone; return where the number stands."""
    seen = await visitor.get("/reception")
    form = seen.find("form", action="/reception/issue")
    fields = {
        each.get("name", ""): each.get("value", "")
        for each in form.iter("input")
        if each.get("type") not in ("checkbox", "radio") or each.get("checked") is not None
    }
    return (await visitor.post("/reception/issue", fields)).path


async def test_a_number_touched_on_a_phone_comes_out_of_a_kiosk_and_the_phone_hears_of_it(
    scene: HallScene, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    site = scene.site
    await site.add_staff("sara", "receptionist", "سارة علي", "Sara Ali")
    sara = await site.sign_in("sara")
    new = await add_device(
        scene.pool,
        centre_id=1,
        kind="kiosk",
        name="K1",
        actor=Actor("system"),
        at=site.clock.now(),
    )

    async def is_ready() -> bool:
        return "K1 جاهزة" in (await sara.get("/reception")).words()

    async with running_kiosk(
        site.url(""), tmp_path, CLOCK, shell, printer=printer.url, token=new.token
    ) as running:
        await until_printer(running, "ready")
        await eventually(is_ready)
        place = await give(sara)
        await until_slips(printer, 1)
        [given] = await site.queue.tickets()

        async def is_printed() -> bool:
            return (await site.queue.ticket(given.id)).paper == "printed"

        await eventually(is_printed)
        assert "طُبعت الورقة" in (await sara.get(place)).words()
        assert len(printer.slips) == 1
