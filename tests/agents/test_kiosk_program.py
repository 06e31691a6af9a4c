"""The real `shubbak-kiosk` process: started, killed at any moment, started again, stopped."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from core_services.clock import SystemClock
from core_services.link.citizen_frames import Issue
from core_services.link.errand_frames import Errand
from tests.support.eventually import eventually
from tests.support.fonts import share_fonts
from tests.support.kiosk import OWN_SERIES, hall, openings
from tests.support.kiosk_server import TOKEN, KioskServer, kiosk_server
from tests.support.kiosk_site import Glass, VirtualPrinter, virtual_printer

PROGRAM = (sys.executable, "-c", "from kiosk.cli import main; main()")


@pytest.fixture
async def server() -> AsyncIterator[KioskServer]:
    async with kiosk_server() as started:
        yield started


@pytest.fixture
async def printer() -> AsyncIterator[VirtualPrinter]:
    async with virtual_printer() as standing:
        yield standing


@pytest.fixture
def config(
    server: KioskServer, printer: VirtualPrinter, tmp_path: Path, unused_tcp_port: int
) -> Path:
    """The settings of one kiosk; its token file is private, its fonts are made already."""
    token = tmp_path / "kiosk.token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    share_fonts(tmp_path / "data")
    path = tmp_path / "kiosk.toml"
    path.write_text(
        f'server = "{server.url}"\ntoken_file = "kiosk.token"\nport = {unused_tcp_port}\n'
        f'data_dir = "data"\nprinter = "{printer.url}"\nprinter_profile = "epson-576"\n'
        "log_json = true\n"
    )
    return path


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the program; kill it if the test leaves it alive."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def url_of(config: Path) -> str:
    return f"http://127.0.0.1:{config.read_text().partition('port = ')[2].split()[0]}"


def with_wrong_server(config: Path, server: KioskServer) -> Path:
    wrong = config.with_name("wrong.toml")
    wrong.write_text(config.read_text().replace(server.url, "http://127.0.0.1:9"))
    return wrong


def with_wider_paper(config: Path) -> Path:
    wide = config.with_name("wide.toml")
    wide.write_text(f"{config.read_text()}width_dots = 640\n")
    return wide


async def until_ready(config: Path, *, printer: str = "ready") -> None:
    async def is_so() -> bool:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{url_of(config)}/healthz") as answer,
            ):
                health = await answer.json()
                return bool(health["connected"]) and health["printer"] == printer
        except aiohttp.ClientError:
            return False

    await eventually(is_so, within_s=30)


@asynccontextmanager
async def page_of(config: Path) -> AsyncIterator[Glass]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url_of(config)}/ws") as socket,
    ):
        yield Glass(socket)


async def take(config: Path, glass: Glass) -> None:
    """Touch for a number once the kiosk can give one."""
    await until_ready(config)
    await glass.until(lambda face: "take" in face.touches)
    await glass.touch("take")


async def test_a_citizen_gets_one_slip_and_sigterm_stops_the_kiosk_cleanly(
    server: KioskServer, printer: VirtualPrinter, config: Path
) -> None:
    async with program("--config", str(config)) as process:
        await until_ready(config)
        async with page_of(config) as glass:
            await take(config, glass)
            await glass.until_paper("printed")
        await server.until(lambda: server.words() == ["done"])
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in errors.decode()
    assert "Warning" not in errors.decode()
    assert '"kiosk_stopped"' in errors.decode()
    assert len(printer.slips) == 1


@pytest.mark.parametrize("moment_s", [0.0, 0.01, 0.03, 0.08, 0.3])
async def test_a_kill_at_any_moment_leaves_no_ticket_unsettled(
    server: KioskServer, printer: VirtualPrinter, config: Path, moment_s: float
) -> None:
    await kill_and_recover(server, printer, config, moment_s)


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_a_hundred_kills_leave_no_ticket_unsettled(
    server: KioskServer, printer: VirtualPrinter, config: Path
) -> None:
    for moment in range(100):
        await kill_and_recover(server, printer, config, moment * 0.004)


async def kill_and_recover(
    server: KioskServer, printer: VirtualPrinter, config: Path, moment_s: float
) -> None:
    """However far the touch had come: printed once, or void, or listed for a person."""
    printer.change(bytes_per_s=400_000)
    async with program("--config", str(config)) as process:
        await until_ready(config)
        async with page_of(config) as glass:
            await take(config, glass)
            await asyncio.sleep(moment_s)
            process.kill()
            await process.wait()
            with suppress(TypeError):
                await glass.until_step("never")
    printer.change(bytes_per_s=0)
    async with program("--config", str(config)):
        await until_ready(config)
        commands = server.frames(Issue)

        async def is_settled() -> bool:
            known = {each.key for each in commands if isinstance(each, Issue)}
            undecided = known - set(server.tickets) - server.abandoned
            return not undecided and "unconfirmed" not in server.states.values()

        await eventually(is_settled)
        async with page_of(config) as glass:
            await take(config, glass)
            await glass.until_paper("printed")
            await glass.touch("finish")
            await server.until(lambda: "unconfirmed" not in server.states.values())
    states = Counter(server.states.values())
    assert states["waiting/done"] >= 1
    assert set(states) <= {"waiting/done", "waiting/unknown", "void"}
    assert states["waiting/done"] <= len(printer.slips)
    assert len(printer.slips) <= states["waiting/done"] + states["waiting/unknown"]
    assert len({slip.tobytes() for slip in printer.slips}) == len(printer.slips)


async def test_a_kill_while_cut_off_leaves_one_number_or_none(
    server: KioskServer, printer: VirtualPrinter, config: Path
) -> None:
    await kill_while_cut_off(server, printer, config, 0.03)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_sixty_kills_while_cut_off_give_no_number_twice(
    server: KioskServer, printer: VirtualPrinter, config: Path
) -> None:
    for moment in range(60):
        await kill_while_cut_off(server, printer, config, moment * 0.006)


async def kill_while_cut_off(
    server: KioskServer, printer: VirtualPrinter, config: Path, moment_s: float
) -> None:
    """Without a server, however far a touch had come: one number at most, with one slip at most."""
    clock = SystemClock()
    server.offline, server.now = OWN_SERIES, clock.now
    server.hall = hall(openings=openings(clock.now() - timedelta(days=1), 1, hours=240))
    printer.change(bytes_per_s=400_000)
    before = set(server.given)
    async with program("--config", str(config)) as process:
        await until_ready(config)
        async with page_of(config) as glass:
            await server.stop()
            await glass.until(lambda face: "cut-off" in face.html)
            await glass.touch("take")
            await asyncio.sleep(moment_s)
            process.kill()
            await process.wait()
            with suppress(TypeError):
                await glass.until_step("never")
    printer.change(bytes_per_s=0)
    async with program("--config", str(config)):
        await until_printer_ready(config)
        async with page_of(config) as glass:
            await glass.until(lambda face: "take" in face.touches)
            await glass.touch("take")
            await glass.until_paper("printed")
        heard = len(server.statuses)
        await server.start()
        await until_ready(config)

        async def is_told() -> bool:
            return len(server.statuses) > heard and server.statuses[-1].undelivered == 0

        await eventually(is_told)
    new = [frame for key, frame in server.given.items() if key not in before]
    assert [each.paper for each in new][-1] == "done"
    assert len(new) <= 2
    labels = [each.label for each in server.given.values()]
    assert len(set(labels)) == len(labels)
    papers = Counter(each.paper for each in server.given.values())
    assert set(papers) <= {"done", "unknown", "failed"}
    assert papers["done"] <= len(printer.slips) <= papers["done"] + papers["unknown"]


async def until_printer_ready(config: Path) -> None:
    async def is_so() -> bool:
        with suppress(aiohttp.ClientError):
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{url_of(config)}/healthz") as answer,
            ):
                return bool((await answer.json())["printer"] == "ready")
        return False

    await eventually(is_so, within_s=30)


@pytest.mark.timeout(400)
async def test_the_settings_are_checked_before_anything_starts(config: Path) -> None:
    async with program("--config", str(config), "--printer-profile", "epson-567") as process:
        _, errors = await process.communicate()
    assert process.returncode == 2
    assert 'did you mean "epson-576"?' in errors.decode()
    for options, words in (
        (("--printer", "lpt://1"), "starts with tcp://, file://, serial://"),
        (("--printer", "usb://x"), "write usb://VENDOR:PRODUCT"),
        (("--printer", "serial:///dev/ttyS0?baud=11520"), "baud=11520 is none of"),
        (("--printer", "tcp://"), "names no host"),
        (("--printer", "tcp://10.0.0.7:99999"), "Port out of range"),
        (("--printer", "file://lp0"), "write file:///an/absolute/path"),
        (("--config", str(with_wider_paper(config))), "give a smaller number"),
    ):
        async with program("--config", str(config), *options) as process:
            _, errors = await process.communicate()
        assert process.returncode == 2
        assert words in errors.decode()
        assert "Traceback" not in errors.decode()
    (config.parent / "kiosk.token").chmod(0o644)
    async with program("--config", str(config)) as process:
        _, errors = await process.communicate()
    assert process.returncode == 2
    assert "chmod 600" in errors.decode()


async def test_a_failure_before_the_log_is_set_right_shows_no_values(config: Path) -> None:
    failing = (
        "import kiosk.cli as program\n"
        "def fail(_):\n"
        "    hidden = 'of-' + 'nobody'\n"
        "    raise RuntimeError('no')\n"
        "program.go_on_as_owner = fail\n"
        "program.main()\n"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", failing, "--config", str(config)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 1
    assert b"kiosk_failed" in said
    assert b"of-nobody" not in said


async def test_a_second_kiosk_on_the_same_data_is_refused(config: Path) -> None:
    async with program("--config", str(config)):
        await until_ready(config)
        async with program("--config", str(config), "--port", "1") as second:
            _, errors = await second.communicate()
    assert second.returncode == 1
    assert "in use by another process" in errors.decode()


async def test_options_win_over_the_file(server: KioskServer, config: Path) -> None:
    wrong = with_wrong_server(config, server)
    async with program("--config", str(wrong), "--server", server.url):
        await until_ready(config)


async def test_a_restart_by_order_ends_the_program_with_zero_and_its_next_run_answers(
    server: KioskServer, config: Path
) -> None:
    server.orders = [Errand(job="restart-00001", do="restart")]
    async with program("--config", str(config)) as first:
        async with asyncio.timeout(30):
            assert await first.wait() == 0
    assert server.outcomes("restart-00001") == []
    async with program("--config", str(config)) as second:
        await server.until(lambda: server.outcomes("restart-00001") == ["done"], within_s=30)
        assert second.returncode is None
