"""The watchdog of the real programs: starved by what hangs, and never by what is merely away."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core_services.clock import SystemClock
from drivers.printers.profiles import PROFILES
from drivers.virtual.printer.mechanism import Mechanism
from tests.drivers.links import Place, Stand, standing
from tests.support.fonts import share_fonts
from tests.support.systemd import Ear, listening

ROOT = Path(__file__).parents[2]
WATCHDOG_S = 2.0
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
async def ear(short_dir: Path) -> AsyncIterator[Ear]:
    async with listening(str(short_dir / "notify")) as heard:
        yield heard


@pytest.fixture
async def printer(short_dir: Path) -> AsyncIterator[Place]:
    """A printer behind a device server, whose line a library of blocking calls serves."""
    mechanism = Mechanism(PROFILES["epson-576"], SystemClock(), on_slip=lambda slip: None)
    async with asyncio.TaskGroup() as tasks:
        living = tasks.create_task(mechanism.run())
        stand = Stand(mechanism.attend, has_power=mechanism.has_power)
        async with standing("rfc2217", short_dir, stand) as place:
            yield place
        living.cancel()


async def start(
    *command: str, ear: Ear, folder: Path, port: int, **values: str
) -> asyncio.subprocess.Process:
    """Start an agent of a server that is not there, as systemd would."""
    share_fonts(folder / "data")
    token = folder / "agent.token"
    token.write_text("a-token")
    token.chmod(0o600)
    lines = (f'{key} = "{value}"\n' for key, value in values.items())
    config = folder / "agent.toml"
    config.write_text(
        f'server = "{NOWHERE}"\ntoken_file = "agent.token"\nport = {port}\ndata_dir = "data"\n'
        f"{''.join(lines)}"
    )
    return await asyncio.create_subprocess_exec(
        *(sys.executable, *command, "--config", str(config)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **ear.environment(WATCHDOG_S)},
    )


async def ended(process: asyncio.subprocess.Process, by: signal.Signals) -> str:
    """End a program by a signal; return what it said."""
    process.send_signal(by)
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    return said.decode()


async def test_a_device_that_hangs_starves_the_watchdog_and_the_journal_says_which_and_where(
    ear: Ear, printer: Place, tmp_path: Path, unused_tcp_port: int
) -> None:
    trigger, device = tmp_path / "stuck", f"{printer.url}?baud=115200"
    process = await start(
        *("-m", "tests.support.stuck_kiosk", str(trigger)),
        ear=ear,
        folder=tmp_path,
        port=unused_tcp_port,
        printer=device,
        printer_profile="epson-576",
    )
    try:
        await ear.until("READY=1")
        await ear.fed_again()
        assert ear.status == "server: no connection; printer: ready; scanner: absent"
        trigger.touch()
        await ear.starved(WATCHDOG_S)
        assert ear.status == f"hangs: {device}: write"
        trigger.unlink()
        await ear.fed_again()
        await ear.until_status("printer: ready")
        trigger.touch()
        await ear.starved(WATCHDOG_S)
    finally:
        said = await ended(process, signal.SIGABRT)
    assert process.returncode == -signal.SIGABRT
    assert f'"task":"{device}: write"' in said
    assert '"event":"task_hangs"' in said
    assert '"event":"task_goes_on"' in said
    assert "in stuck_write" in said, "where each thread stood"


async def test_a_printer_and_a_server_that_are_away_are_no_reason_to_start_anew(
    ear: Ear, tmp_path: Path, unused_tcp_port: int
) -> None:
    process = await start(
        *("-c", "from kiosk.cli import main; main()"),
        ear=ear,
        folder=tmp_path,
        port=unused_tcp_port,
        printer="file:///dev/shubbak/no-such-printer",
        printer_profile="epson-576",
    )
    try:
        await ear.until("READY=1")
        await ear.fed_again(4)
        assert ear.status == "server: no connection; printer: not_ready; scanner: absent"
    finally:
        said = await ended(process, signal.SIGTERM)
    assert process.returncode == 0, said
    assert ear.heard[-2:] == ["STOPPING=1", "STATUS=stopping"]
    assert "task_hangs" not in said


async def test_a_program_that_does_not_run_at_all_feeds_nothing_and_lives_on_when_it_does(
    ear: Ear, tmp_path: Path, unused_tcp_port: int
) -> None:
    process = await start(
        *("-c", "from displays.cli import main; main()"),
        ear=ear,
        folder=tmp_path,
        port=unused_tcp_port,
    )
    try:
        await ear.until("READY=1")
        await ear.fed_again()
        process.send_signal(signal.SIGSTOP)
        await ear.starved(WATCHDOG_S)
        process.send_signal(signal.SIGCONT)
        await ear.fed_again()
    finally:
        process.send_signal(signal.SIGCONT)
        said = await ended(process, signal.SIGTERM)
    assert process.returncode == 0, said
