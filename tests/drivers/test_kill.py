"""A process killed at any state of a job leaves it printed once or unknown, never printed twice."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.printers.escpos import compose
from drivers.printers.profiles import PROFILES
from tests.drivers.links import LONGEST_S, until
from tests.drivers.papers import noise, number_of, numbered
from tests.drivers.rigs import Rig, rig

EPSON = PROFILES["epson-576"]
ROOT = Path(__file__).parents[2]


LINKS = [
    "tcp",
    "fifo",
    *(pytest.param(link, marks=pytest.mark.soak) for link in ("serial", "usb", "rfc2217")),
]


@pytest.fixture(params=LINKS)
async def epson(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(request.param, EPSON, tmp_path) as epson:
        yield epson


@pytest.fixture(params=LINKS)
async def slow_epson(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(request.param, EPSON, tmp_path, rows_per_s=100) as epson:
        yield epson


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    (tmp_path / "jobs.slip").write_bytes(compose(numbered(1), EPSON))
    (tmp_path / "jobs.next").write_bytes(compose(numbered(2), EPSON))
    return tmp_path / "jobs.sqlite"


async def start(epson: Rig, journal: Path, die_at: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.drivers.printing_process",
        epson.url,
        str(journal),
        die_at,
        str(epson.bus_port),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )


async def lines_of(process: asyncio.subprocess.Process) -> list[str]:
    async with asyncio.timeout(LONGEST_S):
        output, _ = await process.communicate()
    # A machine without udev says so once, for a device that could be plugged into it.
    return [line for line in output.decode().splitlines() if "devices_are_looked_for" not in line]


async def test_a_job_that_was_only_queued_is_printed_once_by_the_next_process(
    epson: Rig, journal: Path
) -> None:
    assert await lines_of(await start(epson, journal, "queued")) == []
    lines = await lines_of(await start(epson, journal, "never"))
    assert lines[-1] == "in the end: done"
    assert [number_of(paper) for paper in epson.papers] == [1, 2]


@pytest.mark.parametrize(("die_at", "printed"), [("sending", []), ("sent", [1])])
async def test_a_job_whose_bytes_may_have_left_is_unknown_and_not_sent_again(
    epson: Rig, journal: Path, die_at: str, printed: list[int]
) -> None:
    assert (await lines_of(await start(epson, journal, die_at)))[-1] == die_at
    lines = await lines_of(await start(epson, journal, "never"))
    assert lines[0] == "unknown"
    late_echo = ["done", "in the end: done"]
    assert lines[1:] in (["in the end: unknown"], late_echo if die_at == "sent" else None)
    assert [number_of(paper) for paper in epson.papers] == [*printed, 2]


async def test_a_job_that_the_printer_holds_is_unknown_and_comes_out_once_after_the_refill(
    slow_epson: Rig, journal: Path
) -> None:
    process = await start(slow_epson, journal, "held")
    await until(lambda: b"\x1b@" in slow_epson.received)
    slow_epson.fault(paper="out")
    assert (await lines_of(process))[-1] == "held"
    slow_epson.fault(paper="ok")
    lines = await lines_of(await start(slow_epson, journal, "never"))
    assert lines[0] == "unknown"
    assert [number_of(paper) for paper in slow_epson.papers] == [1, 2]


async def test_a_job_killed_amid_its_bytes_spoils_neither_itself_twice_nor_the_next(
    epson: Rig, journal: Path
) -> None:
    big = compose(noise(576, 2000), EPSON)
    journal.with_suffix(".slip").write_bytes(big)
    epson.fault(bytes_per_s=60_000)
    process = await start(epson, journal, "never")
    await until(lambda: len(epson.received) > 5_000)
    process.kill()
    assert await lines_of(process) == ["sending"]
    epson.fault(bytes_per_s=0)
    lines = await lines_of(await start(epson, journal, "never"))
    assert lines == ["unknown", "in the end: unknown"]
    half, following = epson.papers
    assert half.height < 2000
    assert number_of(following) == 2
    assert bytes(epson.received).count(big[:64]) == 1


async def test_a_job_that_was_done_stays_done(epson: Rig, journal: Path) -> None:
    assert (await lines_of(await start(epson, journal, "done")))[-1] == "done"
    lines = await lines_of(await start(epson, journal, "never"))
    assert lines == ["in the end: done"]
    assert [number_of(paper) for paper in epson.papers] == [1, 2]
