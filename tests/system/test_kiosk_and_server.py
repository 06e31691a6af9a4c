"""A kiosk before the real server: what a touch, a printer and a cut line make of tickets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core_services.devices.model import NewDevice
from core_services.devices.register import add_device
from core_services.link.citizen_frames import IssuedTicket
from core_services.people.passwords import Passwords
from kiosk.shell import Shell, load_shell
from kiosk.steps import Patience
from queue_server.appointments.acts import Appointments
from queue_server.reprints import Reprints
from queue_server.tickets.model import Actor, Ticket
from tests.support.database import Database
from tests.support.desk_site import DeskSite, desk_site
from tests.support.eventually import eventually
from tests.support.kiosk_site import (
    Glass,
    RunningKiosk,
    VirtualPrinter,
    looking_at,
    running_kiosk,
    virtual_printer,
)

BRISK = Patience(double_touch_s=0.0, keep_s=2.0, keep_at_most_s=4.0)


@pytest.fixture(scope="session")
def shell(font: Path) -> Shell:
    return load_shell(font)


@pytest.fixture
async def site(
    database: Database, passwords: Passwords, short_dir: Path
) -> AsyncIterator[DeskSite]:
    async with desk_site(database, passwords, short_dir) as started:
        await started.open(5)
        yield started


@pytest.fixture
async def registered(site: DeskSite) -> NewDevice:
    return await add_device(
        site.queue.pool,
        centre_id=1,
        kind="kiosk",
        name="K1",
        actor=Actor("system"),
        at=site.clock.now(),
    )


@pytest.fixture
async def printer() -> AsyncIterator[VirtualPrinter]:
    async with virtual_printer() as standing:
        yield standing


@pytest.fixture
async def kiosk(
    site: DeskSite, registered: NewDevice, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> AsyncIterator[RunningKiosk]:
    async with running_kiosk(
        site.url(""),
        tmp_path,
        site.clock,
        shell,
        printer=printer.url,
        patience=BRISK,
        token=registered.token,
    ) as running:
        await until_printer(running, "ready")
        yield running


@pytest.fixture
async def glass(kiosk: RunningKiosk) -> AsyncIterator[Glass]:
    async with looking_at(kiosk) as page:
        await page.until(lambda face: "take" in face.touches)
        yield page


async def until_printer(running: RunningKiosk, state: str) -> None:
    async def is_so() -> bool:
        return running.kiosk.machines.printer == state

    await eventually(is_so)


async def until_ticket(site: DeskSite, label: str, state: str, paper: str) -> Ticket:
    async def is_so() -> bool:
        found = await site.queue.tickets(label=label)
        return [(each.state, each.paper) for each in found] == [(state, paper)]

    await eventually(is_so)
    return await site.labelled(label)


async def take(glass: Glass, touch: str = "take") -> str:
    """Touch for a number; return its label."""
    await glass.touch(touch)
    face = await glass.until_step("number")
    assert face.number is not None
    return face.number.label


async def test_a_printed_number_waits_and_can_be_called(
    site: DeskSite, printer: VirtualPrinter, glass: Glass
) -> None:
    label = await take(glass, "take:age65")
    await glass.until_paper("printed")
    ticket = await until_ticket(site, label, "waiting", "printed")
    assert (ticket.priority, ticket.channel) == ("age65", "kiosk")
    assert (await site.call(5)).label == label
    assert len(printer.slips) == 1


async def test_a_number_that_did_not_print_waits_once_it_is_kept(
    site: DeskSite, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    printer.change(paper="out")
    await until_printer(kiosk, "not_ready")
    label = await take(glass)
    assert (await site.labelled(label)).state == "unconfirmed"
    await glass.until_paper("not_printed")
    await glass.touch("kept")
    await until_ticket(site, label, "waiting", "kept")


async def test_a_number_that_nobody_kept_is_void(
    site: DeskSite, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    printer.change(cover="open")
    await until_printer(kiosk, "not_ready")
    label = await take(glass)
    await glass.until_step("notice")

    async def is_void() -> bool:
        return (await site.labelled(label)).state == "void"

    await eventually(is_void)


async def test_a_slip_is_printed_again_by_order_of_the_desk(
    site: DeskSite,
    registered: NewDevice,
    printer: VirtualPrinter,
    kiosk: RunningKiosk,
    glass: Glass,
) -> None:
    def no_slip(_ticket: Ticket) -> IssuedTicket:
        raise AssertionError("the server makes it")

    label = await take(glass)
    ticket = await until_ticket(site, label, "waiting", "printed")
    reprints = Reprints(Appointments(site.queue), slip=no_slip)
    await reprints.order(ticket.id, registered.device.id, actor=site.clerk)

    async def is_printed() -> bool:
        return len(printer.slips) == 2

    await eventually(is_printed)
    first, copy = printer.slips
    assert copy.height > first.height


async def test_a_server_that_restarts_while_a_number_is_kept_hears_of_it(
    site: DeskSite, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    printer.change(paper="out")
    await until_printer(kiosk, "not_ready")
    label = await take(glass)
    await glass.until_paper("not_printed")
    await site.stop()
    await glass.touch("kept")
    await glass.until_paper("kept")
    await site.start()
    await until_ticket(site, label, "waiting", "kept")
    await glass.touch("finish")
    await glass.until(lambda face: "take" in face.touches, within_s=15)


async def test_the_home_page_tells_the_state_of_the_hall(site: DeskSite, glass: Glass) -> None:
    await site.issue(7)
    face = await glass.until(lambda face: ">٧</dd>" in face.html)
    assert "١ من ٩" in face.html
    assert "الأسبق حضورًا أولًا." in face.html
    await glass.touch("services")
    await glass.until_step("groups")


async def test_a_number_given_without_a_server_comes_into_line_and_is_called(
    site: DeskSite, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    online = await take(glass)
    await glass.until_paper("printed")
    await until_ticket(site, online, "waiting", "printed")
    await glass.touch("finish")
    await site.stop()
    await glass.until(lambda face: "take" in face.touches and "cut-off" in face.html)
    labels = []
    for _ in range(3):
        labels.append(await take(glass, "take:age65"))
        await glass.until_paper("printed")
        await glass.touch("finish")
        await glass.until_step("home")
    assert labels == ["K101", "K102", "K103"]
    await site.start()
    for label in labels:
        ticket = await until_ticket(site, label, "waiting", "printed")
        assert (ticket.channel, ticket.priority) == ("kiosk_offline", "age65")

    async def is_settled() -> bool:
        return kiosk.outbox.undelivered == 0

    await eventually(is_settled)
    assert (await site.call(5)).label in {online, *labels}
    assert len(printer.slips) == 4
