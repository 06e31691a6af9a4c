"""A whole kiosk with a scanner: a slip looked up, an appointment checked in, the rest told."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from core_services.link.citizen_frames import CheckIn, Found, Look
from kiosk.shell import Shell
from tests.support.kiosk import hall
from tests.support.kiosk_scene import BRISK, CLOCK, until_printer, until_scanner
from tests.support.kiosk_scene import printer as printer
from tests.support.kiosk_scene import server as server
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import (
    Glass,
    RunningKiosk,
    VirtualPrinter,
    VirtualScanner,
    looking_at,
    running_kiosk,
    virtual_scanner,
)

TOKEN = "7K2M4QXA5D3F6G7H"
SLIP = f"HTTPS://DAWR.EXAMPLE/T/{TOKEN}"
BOOKING = f"https://dawr.example/b/{TOKEN.lower()}"
HALF_PAST_TEN = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture
async def scanner(tmp_path: Path) -> AsyncIterator[VirtualScanner]:
    async with virtual_scanner(tmp_path) as standing:
        yield standing


@pytest.fixture
async def kiosk(
    server: KioskServer,
    printer: VirtualPrinter,
    scanner: VirtualScanner,
    shell: Shell,
    tmp_path: Path,
) -> AsyncIterator[RunningKiosk]:
    async with running_kiosk(
        server.url,
        tmp_path / "data",
        CLOCK,
        shell,
        printer=printer.url,
        scanner=scanner.url,
        patience=BRISK,
    ) as running:
        await until_printer(running, "ready")
        await until_scanner(running, "ready")
        yield running


@pytest.fixture
async def glass(kiosk: RunningKiosk, server: KioskServer) -> AsyncIterator[Glass]:
    await server.show(hall(2, appointments=True))
    async with looking_at(kiosk) as page:
        await page.until(lambda face: "code" in face.touches)
        yield page


async def test_a_slip_held_before_the_scanner_shows_its_place_within_a_second(
    server: KioskServer, scanner: VirtualScanner, glass: Glass
) -> None:
    assert "قرّب ورقتك من القارئ" in glass.face.html
    server.slips[TOKEN] = Found(key="", label="142", display_label="١٤٢", stage="far", ahead=12)
    began = time.monotonic()
    scanner.hold(SLIP)
    await glass.until_step("standing")
    assert time.monotonic() - began < 1.0
    assert "١٤٢" in glass.face.html
    assert "رقمك في الدور" in glass.face.html
    (frame,) = server.frames(Look)
    assert isinstance(frame, Look)
    assert frame.token == TOKEN


async def test_an_appointment_held_before_the_scanner_becomes_a_number_and_a_slip(
    server: KioskServer, printer: VirtualPrinter, scanner: VirtualScanner, glass: Glass
) -> None:
    server.appointments[TOKEN] = HALF_PAST_TEN
    scanner.hold(BOOKING)
    await glass.until_paper("printed")
    (frame,) = server.frames(CheckIn)
    assert isinstance(frame, CheckIn)
    assert (frame.code, frame.token) == (None, TOKEN)
    assert len(printer.slips) == 1


async def test_what_is_not_of_the_centre_is_told_and_asks_nobody(
    server: KioskServer, scanner: VirtualScanner, glass: Glass
) -> None:
    for pick, words in (
        ("biscuits", "هذا الكود ليس من أكواد المركز."),
        ("licence", "هذه رخصة صادرة من مركز."),
        ("menu", "هذا الكود ليس من أكواد المركز."),
        ("card", "لا يُقرأ كود البطاقة هنا."),
    ):
        scanner.change(identifier=True, pick=pick)
        await glass.until(lambda face, words=words: words in face.html)  # type: ignore[misc]
        await glass.touch("home")
        await glass.until_step("home")
    assert not server.frames(Look, CheckIn)


async def test_a_card_without_an_identifier_is_known_by_its_noise(
    scanner: VirtualScanner, glass: Glass
) -> None:
    scanner.change(pick="card")
    await glass.until(lambda face: "لا يُقرأ كود البطاقة هنا." in face.html)


async def test_a_scanner_pulled_out_is_told_to_the_server_and_its_words_go(
    kiosk: RunningKiosk, server: KioskServer, scanner: VirtualScanner, glass: Glass
) -> None:
    scanner.change(plug="out")
    await glass.until(lambda face: "قرّب ورقتك من القارئ" not in face.html)
    await server.until(lambda: server.statuses[-1].scanner == "not_ready")
    assert server.statuses[-1].scanner_detail == "no_link"
    scanner.change(plug="in")
    await glass.until(lambda face: "قرّب ورقتك من القارئ" in face.html)
    await server.until(lambda: server.statuses[-1].scanner == "ready")
    assert server.statuses[-1].scanner_detail is None


async def test_without_a_server_a_scan_is_answered_at_once(
    server: KioskServer, scanner: VirtualScanner, glass: Glass
) -> None:
    await server.stop()
    await glass.until(lambda face: "take" not in face.touches)
    scanner.hold(SLIP)
    await glass.until_step("notice")
    assert "لا يمكن الاستعلام عن ورقتك الآن" in glass.face.html


async def test_no_token_is_logged_or_kept_on_the_disk(
    server: KioskServer, scanner: VirtualScanner, glass: Glass, tmp_path: Path
) -> None:
    server.slips[TOKEN] = Found(key="", label="142", display_label="١٤٢", stage="near", ahead=1)
    with structlog.testing.capture_logs() as logs:
        scanner.hold(SLIP)
        await glass.until_step("standing")
    assert TOKEN.lower() not in repr(logs).lower()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("outbox*"))
    assert TOKEN.encode() not in kept
