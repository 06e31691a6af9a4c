"""A whole kiosk that comes back after it was killed, and after its print journal was lost."""

import asyncio
from pathlib import Path

import pytest

from core_services.link.citizen_frames import Issue, Issued
from core_services.link.cut_off_frames import Abandon
from core_services.link.slip_frames import Paper, Reprint
from kiosk.agent import DiskRefused
from kiosk.shell import Shell
from kiosk.steps import Patience
from tests.support.eventually import eventually
from tests.support.kiosk import ticket
from tests.support.kiosk_scene import (
    CLOCK,
    lose_print_journal,
    until_printer,
    until_settled,
)
from tests.support.kiosk_scene import glass as glass
from tests.support.kiosk_scene import kiosk as kiosk
from tests.support.kiosk_scene import printer as printer
from tests.support.kiosk_scene import server as server
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import (
    Glass,
    VirtualPrinter,
    looking_at,
    running_kiosk,
)


async def test_after_a_kill_a_key_in_flight_is_abandoned(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    server.answers_issue = False
    quick = Patience(double_touch_s=0.0)
    async with (
        running_kiosk(
            server.url, tmp_path, CLOCK, shell, printer=printer.url, patience=quick
        ) as running,
        looking_at(running) as glass,
    ):
        for name in ("services", "group:0", "service:101", "requests:several", "take"):
            await glass.until(lambda face, name=name: name in face.touches)  # type: ignore[misc]
            await glass.touch(name)
        await server.until(lambda: len(server.frames(Issue)) == 1)
    (command,) = server.frames(Issue)
    assert isinstance(command, Issue)
    assert command.requests == 3
    async with running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running:
        assert running.outbox.keys_in_flight() == [], "nobody can have touched it before that"
        await server.until(lambda: server.frames(Abandon) == [Abandon(key=command.key)])
        await server.send(Issued(key=command.key, ticket=ticket()))
        await until_settled(running, server)
        assert running.kiosk.flow.slips == {}
    assert printer.slips == []


async def test_after_a_kill_a_slip_that_did_not_leave_is_void_and_never_printed(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    printer.change(paper="out")
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running,
        looking_at(running) as glass,
    ):
        await until_printer(running, "not_ready")
        await glass.until(lambda face: "take" in face.touches)
        await glass.touch("take")
        await glass.until_step("number")
    printer.change(paper="ok")
    async with running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running:
        await server.until(lambda: server.words() == ["void"])
        await until_printer(running, "ready")
        await until_settled(running, server)
    assert printer.slips == []


async def test_after_a_kill_while_printing_the_slip_is_listed_and_printed_once_at_most(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    printer.change(bytes_per_s=15_000)
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running,
        looking_at(running) as glass,
    ):
        await until_printer(running, "ready")
        await glass.until(lambda face: "take" in face.touches)
        await glass.touch("take")
        await glass.until_step("number")

        async def has_begun() -> bool:
            return (
                running.kiosk.flow.slip is not None and running.kiosk.flow.slip.state == "sending"
            )

        await eventually(has_begun)
        await asyncio.sleep(0.1)
    printer.change(bytes_per_s=0)
    async with running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running:
        await server.until(lambda: server.words()[-1:] == ["unknown"])
        await until_printer(running, "ready")
    assert len(printer.slips) <= 1


@pytest.mark.parametrize("fate", ["lost", "damaged"])
async def test_without_its_print_journal_a_kiosk_voids_no_number_that_may_be_on_paper(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path, fate: str
) -> None:
    printer.change(bytes_per_s=15_000)
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running,
        looking_at(running) as glass,
    ):
        await until_printer(running, "ready")
        await glass.until(lambda face: "take" in face.touches)
        await glass.touch("take")
        await glass.until_step("number")
    assert server.words() == []
    lose_print_journal(tmp_path)
    if fate == "damaged":
        (tmp_path / "print-journal.sqlite3").write_bytes(b"not a database, " * 200)
    printer.change(bytes_per_s=0)
    for _ in range(2):
        async with running_kiosk(
            server.url, tmp_path, CLOCK, shell, printer=printer.url
        ) as running:
            await server.until(lambda: server.words() == ["unknown"])
            await until_printer(running, "ready")
            await until_settled(running, server)


async def test_an_order_that_a_lost_print_journal_may_have_printed_is_not_printed_again(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    order = Reprint(job="reprint-1", ticket=ticket(150))
    printer.change(paper="out")
    async with running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running:
        await until_printer(running, "not_ready")
        await server.until(lambda: server.connections == 1)
        await server.send(order)

        async def is_ordered() -> bool:
            return "reprint-1" in running.kiosk.flow.slips

        await eventually(is_ordered)
    lose_print_journal(tmp_path)
    printer.change(paper="ok")
    async with running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running:
        await server.until(lambda: server.words() == ["unknown"])
        await server.send(order)
        await server.send(Reprint(job="reprint-2", ticket=ticket(151)))
        await server.until(lambda: server.words() == ["unknown", "done"])
    assert [word.job for word in server.frames(Paper) if isinstance(word, Paper)] == [
        "reprint-1",
        "reprint-2",
    ]
    assert len(printer.slips) == 1


async def test_a_disk_that_takes_nothing_more_stops_the_kiosk_before_anything_is_promised(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    seen: list[Glass] = []

    async def touch_a_full_disk() -> None:
        async with (
            running_kiosk(server.url, tmp_path, CLOCK, shell) as running,
            looking_at(running) as glass,
        ):
            seen.append(glass)
            await glass.until(lambda face: "take" in face.touches)
            running.outbox._connection.execute("PRAGMA query_only = ON")
            await glass.touch("take")
            await asyncio.wait([running.work])

    with pytest.raises(ExceptionGroup) as stopped:
        await touch_a_full_disk()
    assert stopped.group_contains(DiskRefused)
    assert server.frames(Issue) == []
    assert {face.step for face in seen[0].faces} == {"home"}, "a page shows what the disk knows"
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell) as running,
        looking_at(running) as glass,
    ):
        await glass.until(lambda face: "take" in face.touches)
        await glass.touch("take")
        await server.until(lambda: len(server.frames(Issue)) == 1)
