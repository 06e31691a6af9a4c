"""Paper that comes late or whose fate is unknown, through the kiosk, the server and a person."""

import pytest

from queue_server.tickets.model import Ticket
from tests.support.desk_site import DeskSite
from tests.support.eventually import eventually
from tests.support.kiosk_site import Glass, RunningKiosk, VirtualPrinter
from tests.support.pages import Seen, Visitor
from tests.system.test_kiosk_and_server import glass as glass
from tests.system.test_kiosk_and_server import kiosk as kiosk
from tests.system.test_kiosk_and_server import printer as printer
from tests.system.test_kiosk_and_server import registered as registered
from tests.system.test_kiosk_and_server import shell as shell
from tests.system.test_kiosk_and_server import site as site
from tests.system.test_kiosk_and_server import take, until_ticket


@pytest.fixture
async def hoda(site: DeskSite) -> Visitor:
    await site.add_staff("hoda", "supervisor", "هدى منصور", "Hoda Mansour")
    return await site.sign_in("hoda")


def said(seen: Seen) -> str:
    return seen.words("p", class_="notice__words")


async def half_a_slip(kiosk: RunningKiosk, printer: VirtualPrinter, glass: Glass) -> str:
    """Take a number whose slip is on its way, some bytes of it at the printer; return its label."""
    printer.change(bytes_per_s=20_000)
    label = await take(glass)

    async def has_begun() -> bool:
        slip = kiosk.kiosk.flow.slip
        return slip is not None and slip.state == "sending" and printer.mechanism.received_bytes > 0

    await eventually(has_begun)
    return label


async def until_slips(printer: VirtualPrinter, count: int) -> None:
    async def is_so() -> bool:
        return len(printer.slips) >= count

    await eventually(is_so)


async def test_a_slip_that_printed_after_its_void_is_listed_and_reinstated_once(
    site: DeskSite, hoda: Visitor, kiosk: RunningKiosk, printer: VirtualPrinter, glass: Glass
) -> None:
    label = await half_a_slip(kiosk, printer, glass)
    printer.change(paper="out")
    ticket = await until_ticket(site, label, "waiting", "held")
    address = f"/supervisor/tickets/{ticket.id}"
    await hoda.submit(await hoda.get(address), f"{address}/void", reason="no_slip")
    await until_ticket(site, label, "void", "held")
    printer.change(paper="ok", bytes_per_s=0)
    await until_slips(printer, 1)
    await until_ticket(site, label, "void", "printed")
    listed = (await hoda.get("/supervisor")).words("li", class_="slip")
    assert "طُبعت الورقة بعد إلغاء الرقم" in listed
    seen = await hoda.submit(await hoda.get(address), f"{address}/reinstate")
    await until_ticket(site, label, "waiting", "printed")
    assert not (await hoda.get("/supervisor")).all("li", class_="slip")
    assert (await site.call(5)).label == label
    assert seen.status == 200
    await site.act(await site.in_hand(5), "no_show")
    assert (await site.acts_on(label)).count("reinstate") == 1


async def test_a_second_reinstatement_is_refused(
    site: DeskSite, hoda: Visitor, kiosk: RunningKiosk, printer: VirtualPrinter, glass: Glass
) -> None:
    label = await take(glass)
    ticket = await until_ticket(site, label, "waiting", "printed")
    address = f"/supervisor/tickets/{ticket.id}"
    for times in (1, 2):
        await hoda.submit(await hoda.get(address), f"{address}/void", reason="no_slip")
        await until_ticket(site, label, "void", "printed")
        page = await hoda.get(address)
        await hoda.submit(page, f"{address}/reinstate")
        await until_ticket(site, label, "waiting" if times == 1 else "void", "printed")


async def unknown(
    site: DeskSite, kiosk: RunningKiosk, printer: VirtualPrinter, glass: Glass
) -> Ticket:
    """Cut the printer's power amid a slip."""
    label = await half_a_slip(kiosk, printer, glass)
    printer.change(power="cycle", bytes_per_s=0)
    return await until_ticket(site, label, "waiting", "unknown")


async def test_a_slip_of_unknown_fate_is_listed_and_printed_again_with_its_mark(
    site: DeskSite, hoda: Visitor, kiosk: RunningKiosk, printer: VirtualPrinter, glass: Glass
) -> None:
    ticket = await unknown(site, kiosk, printer, glass)
    page = await hoda.get("/supervisor")
    assert "لم تتأكد الطباعة" in page.words("li", class_="slip")
    before = len(printer.slips)
    await hoda.submit(page, f"/supervisor/tickets/{ticket.id}/reprint")
    await until_slips(printer, before + 1)
    await until_ticket(site, ticket.label, "waiting", "printed")
    assert not (await hoda.get("/supervisor")).all("li", class_="slip")
    copy = printer.slips[-1]
    await glass.touch("kept")
    await glass.until(lambda face: "finish" in face.touches)
    await glass.touch("finish")
    await glass.until(lambda face: "take" in face.touches)
    await take(glass)
    await until_slips(printer, before + 2)
    assert copy.height > printer.slips[-1].height  # it bears the mark of a second print


async def test_a_slip_of_unknown_fate_is_off_the_list_once_a_person_saw_it(
    site: DeskSite, hoda: Visitor, kiosk: RunningKiosk, printer: VirtualPrinter, glass: Glass
) -> None:
    ticket = await unknown(site, kiosk, printer, glass)
    before = len(printer.slips)
    await hoda.submit(await hoda.get("/supervisor"), f"/supervisor/tickets/{ticket.id}/printed")
    await until_ticket(site, ticket.label, "waiting", "printed")
    assert not (await hoda.get("/supervisor")).all("li", class_="slip")
    assert len(printer.slips) == before
