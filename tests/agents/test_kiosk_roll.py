"""A whole kiosk after a new roll: a test slip, a question, and no white slip for a citizen."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from core_services.link.status_frames import RollFrame, RollSeen
from kiosk.shell import Shell
from tests.support.eventually import eventually
from tests.support.kiosk_scene import BRISK, CLOCK, until_printer, until_slips
from tests.support.kiosk_scene import printer as printer
from tests.support.kiosk_scene import server as server
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import (
    Glass,
    RunningKiosk,
    VirtualPrinter,
    looking_at,
    running_kiosk,
)
from tests.support.pages import strict_fragment

ASKING = replace(BRISK, keep_s=20.0, roll_answer_s=30.0)


@pytest.fixture
async def kiosk(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> AsyncIterator[RunningKiosk]:
    async with running_kiosk(
        server.url, tmp_path, CLOCK, shell, printer=printer.url, patience=ASKING
    ) as running:
        await until_printer(running, "ready")
        yield running


@pytest.fixture
async def glass(kiosk: RunningKiosk) -> AsyncIterator[Glass]:
    async with looking_at(kiosk) as page:
        await page.until(lambda face: "take" in face.touches)
        yield page


def roll(server: KioskServer) -> RollFrame:
    last = server.statuses[-1].roll
    assert last is not None
    return last


async def change_roll(kiosk: RunningKiosk, printer: VirtualPrinter) -> None:
    printer.change(paper="out")
    await until_printer(kiosk, "not_ready")
    printer.change(paper="ok")


async def open_and_close(kiosk: RunningKiosk, printer: VirtualPrinter) -> None:
    printer.change(cover="open")

    async def is_seen() -> bool:
        printing = kiosk.kiosk.machines.printing
        return printing is not None and printing.status.cover == "open"

    await eventually(is_seen)
    printer.change(cover="closed")


async def test_a_new_roll_prints_a_short_slip_and_yes_ends_the_question(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    await change_roll(kiosk, printer)
    face = await glass.until_step("roll")
    strict_fragment(face.html)
    assert "هل الرقم ظاهر على الورقة؟" in face.html
    await until_slips(printer, 1)
    assert printer.slips[0].height < 450
    assert printer.slips[0].convert("L").getextrema() == (0, 255)
    await server.until(lambda: roll(server).check == "asked")
    await glass.touch("roll:yes")
    await glass.until_step("home")
    await server.until(lambda: roll(server).check == "good")
    await glass.touch("take")
    await glass.until_paper("printed")
    assert roll(server).used_m > 0


async def test_no_stops_the_printer_until_its_cover_was_opened_and_the_answer_is_yes(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    await change_roll(kiosk, printer)
    await glass.until_step("roll")
    await glass.touch("roll:no")
    face = await glass.until(lambda face: "roll:read" in face.touches)
    strict_fragment(face.html)
    assert "الورق مركّب بالمقلوب" in face.html
    await server.until(lambda: roll(server).check == "blank")
    assert (server.statuses[-1].printer, server.statuses[-1].detail) == ("not_ready", "roll_blank")
    await glass.touch("roll:read")
    await glass.until_step("home")
    await glass.touch("take")
    await glass.until_paper("not_printed")
    assert len(printer.slips) == 1
    await glass.touch("kept")
    await glass.until_paper("kept")
    await glass.touch("finish")
    await open_and_close(kiosk, printer)
    await glass.until_step("roll")
    await until_slips(printer, 2)
    await glass.touch("roll:yes")
    await until_printer(kiosk, "ready")
    await glass.until(lambda face: "take" in face.touches)
    await glass.touch("take")
    await glass.until_paper("printed")
    assert len(printer.slips) == 3


async def test_after_white_paper_a_cover_that_was_opened_twice_is_asked_about_once(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    await change_roll(kiosk, printer)
    await glass.until_step("roll")
    await glass.touch("roll:no")
    await glass.until(lambda face: "roll:read" in face.touches)
    await glass.touch("roll:read")
    await glass.until_step("home")
    for _ in range(2):
        kiosk.kiosk.machines._roll_changed("opened")
    await glass.until_step("roll")
    printing = kiosk.kiosk.machines.printing
    assert printing is not None
    assert printing.roll.check == "blank", "a restart now would still print on no white paper"
    await glass.touch("roll:yes")
    await until_printer(kiosk, "ready")
    await server.until(lambda: roll(server).check == "good")
    assert len(printer.slips) == 2, "the first of the two tests was given up in line"


async def test_nobody_s_answer_is_told_and_the_kiosk_goes_on(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    impatient = replace(BRISK, roll_answer_s=1.5)
    async with running_kiosk(
        server.url, tmp_path, CLOCK, shell, printer=printer.url, patience=impatient
    ) as running:
        await until_printer(running, "ready")
        async with looking_at(running) as glass:
            await change_roll(running, printer)
            await glass.until_step("roll")
            await glass.until_step("home")
            await server.until(lambda: roll(server).check == "unchecked")
            await glass.touch("take")
            await glass.until_paper("printed")


async def test_white_paper_is_remembered_over_a_restart(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    async with running_kiosk(
        server.url, tmp_path, CLOCK, shell, printer=printer.url, patience=ASKING
    ) as running:
        await until_printer(running, "ready")
        async with looking_at(running) as glass:
            await change_roll(running, printer)
            await glass.until_step("roll")
            await glass.touch("roll:no")
            await server.until(lambda: roll(server).check == "blank")
    server.statuses.clear()
    async with running_kiosk(
        server.url, tmp_path, CLOCK, shell, printer=printer.url, patience=ASKING
    ) as running:
        await server.until(lambda: any(each.detail == "roll_blank" for each in server.statuses))
        async with looking_at(running) as glass:
            await open_and_close(running, printer)
            await glass.until_step("roll")
            await glass.touch("roll:yes")
            await until_printer(running, "ready")


async def test_a_technician_corrects_what_is_left_and_another_page_may_not(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk
) -> None:
    async with aiohttp.ClientSession() as session:
        for left_m, origin, status in (
            ("35.5", None, 204),
            ("12", "http://elsewhere.example", 403),
            ("-1", None, 400),
            ("nan", None, 400),
            ("much", None, 400),
        ):
            headers = {} if origin is None else {"Origin": origin}
            answer = await session.post(
                f"{kiosk.url}/roll", data={"left_m": left_m}, headers=headers
            )
            assert answer.status == status
    await server.until(lambda: roll(server).left_m == 35.5)
    assert roll(server).slips_left == 273


async def nobody_looked(
    server: KioskServer, printer: VirtualPrinter, running: RunningKiosk, glass: Glass
) -> None:
    await change_roll(running, printer)
    await glass.until_step("roll")
    await glass.touch("roll:later")
    await glass.until_step("home")
    await server.until(lambda: roll(server).check == "unchecked")


async def test_a_supervisors_yes_is_noted_of_the_roll_that_nobody_looked_at(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    await nobody_looked(server, printer, kiosk, glass)
    await server.send(RollSeen(loaded_at=roll(server).loaded_at, seen=True))
    await server.until(lambda: roll(server).check == "good")


async def test_a_supervisors_no_stops_the_printer_until_the_paper_is_turned(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    await nobody_looked(server, printer, kiosk, glass)
    await server.send(RollSeen(loaded_at=roll(server).loaded_at, seen=False))
    await server.until(lambda: roll(server).check == "blank")
    assert (server.statuses[-1].printer, server.statuses[-1].detail) == ("not_ready", "roll_blank")
    await glass.until(lambda face: "take" in face.touches)
    await glass.touch("take")
    await glass.until_paper("not_printed")
    await glass.touch("kept")
    await glass.until_paper("kept")
    await glass.touch("finish")
    await open_and_close(kiosk, printer)
    await glass.until_step("roll")
    await glass.touch("roll:yes")
    await until_printer(kiosk, "ready")


async def test_a_word_about_another_roll_or_after_somebodys_answer_changes_nothing(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    await nobody_looked(server, printer, kiosk, glass)
    earlier = roll(server).loaded_at
    await change_roll(kiosk, printer)
    await glass.until_step("roll")
    await glass.touch("roll:later")
    await glass.until_step("home")
    await server.until(
        lambda: roll(server).check == "unchecked" and roll(server).loaded_at != earlier
    )
    await server.send(RollSeen(loaded_at=earlier, seen=False))
    await server.send(RollSeen(loaded_at=roll(server).loaded_at, seen=True))
    await server.until(lambda: roll(server).check == "good")
    await server.send(RollSeen(loaded_at=roll(server).loaded_at, seen=False))
    await glass.until(lambda face: "take" in face.touches)
    await glass.touch("take")
    await glass.until_paper("printed")
    assert roll(server).check == "good"
