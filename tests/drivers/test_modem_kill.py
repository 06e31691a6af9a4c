"""A process killed at any moment of a message leaves it sent once or unknown, never sent twice."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.drivers.links import LONGEST_S, until
from tests.drivers.modem_rigs import NEAR, Rig, modem_rig
from tests.drivers.sending_process import FOLLOWING

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["tcp", "serial"])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with modem_rig(request.param, tmp_path) as rig:
        yield rig


@pytest.fixture
async def on_serial(tmp_path: Path) -> AsyncIterator[Rig]:
    """Like a serial cable it does not show that a process died."""
    async with modem_rig("serial", tmp_path) as rig:
        yield rig


async def start(rig: Rig, folder: Path, die_at: str, parts: int = 1) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.drivers.sending_process",
        rig.url,
        str(folder / "outbox.sqlite"),
        die_at,
        str(parts),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )


async def lines_of(process: asyncio.subprocess.Process) -> list[str]:
    async with asyncio.timeout(LONGEST_S):
        output, _ = await process.communicate()
    return [line for line in output.decode().splitlines() if " [" not in line]


@pytest.mark.parametrize(
    ("die_at", "said"), [("queued", []), ("begun", []), ("sending", ["sending"])]
)
async def test_a_message_of_which_nothing_was_handed_over_is_sent_once_by_the_next_process(
    on_serial: Rig, tmp_path: Path, die_at: str, said: list[str]
) -> None:
    assert await lines_of(await start(on_serial, tmp_path, die_at)) == said
    lines = await lines_of(await start(on_serial, tmp_path, "never"))
    assert lines[-1] == "in the end: delivered"
    assert on_serial.texts() == [NEAR, FOLLOWING]


async def test_a_message_whose_last_byte_may_have_left_is_unknown_though_it_had_not(
    on_serial: Rig, tmp_path: Path
) -> None:
    assert await lines_of(await start(on_serial, tmp_path, "handed")) == ["sending"]
    lines = await lines_of(await start(on_serial, tmp_path, "never"))
    assert lines == ["unknown", "in the end: unknown"]
    assert on_serial.texts() == [FOLLOWING]
    assert on_serial.machine.refused == []


@pytest.mark.parametrize("reports", ["never", "late"])
async def test_a_message_on_its_way_is_unknown_and_not_sent_again(
    rig: Rig, tmp_path: Path, reports: str
) -> None:
    rig.fault(answers="lost", reports="never")
    process = await start(rig, tmp_path, "never")
    await until(lambda: len(rig.machine.network.parts) == 1)
    process.kill()
    assert await lines_of(process) == ["sending"]
    rig.fault(answers="at_once", reports="at_once")
    if reports == "late":
        (message,) = rig.machine.network.sent
        rig.machine.network.report(1, message, is_delivered=True, after_s=0.7)
    lines = await lines_of(await start(rig, tmp_path, "never"))
    assert lines[0] == "unknown"
    assert lines[-1] in ("in the end: unknown", "in the end: delivered")
    assert rig.texts() == [NEAR, FOLLOWING]


async def test_a_message_killed_amid_its_octets_spoils_neither_itself_nor_the_next(
    on_serial: Rig, tmp_path: Path
) -> None:
    on_serial.fault(prompt="slow")
    process = await start(on_serial, tmp_path, "never")
    await until(lambda: any(said.startswith("AT+CMGS") for said in on_serial.machine.commands))
    process.kill()
    await lines_of(process)
    on_serial.fault(prompt="at_once")
    on_serial.machine._octets = bytearray(b"0011")  # the prompt came, and half of what followed
    on_serial.machine._began_anew.set()
    lines = await lines_of(await start(on_serial, tmp_path, "never"))
    assert lines[-1] == "in the end: delivered"
    assert on_serial.texts() == [NEAR, FOLLOWING]


async def test_the_rest_of_a_long_message_is_sent_by_the_next_process_and_no_part_twice(
    on_serial: Rig, tmp_path: Path
) -> None:
    await lines_of(await start(on_serial, tmp_path, "first_part", 3))
    lines = await lines_of(await start(on_serial, tmp_path, "never", 3))
    assert lines[-1].startswith("in the end: ")
    assert on_serial.texts() == [NEAR * 3, FOLLOWING]
    assert [part.part for part in on_serial.machine.network.parts] == [1, 2, 3, 1]


@pytest.mark.parametrize("die_at", ["accepted", "delivered"])
async def test_a_message_that_was_sent_stays_sent(
    on_serial: Rig, tmp_path: Path, die_at: str
) -> None:
    assert (await lines_of(await start(on_serial, tmp_path, die_at)))[-1] == die_at
    lines = await lines_of(await start(on_serial, tmp_path, "never"))
    assert lines[-1] in (f"in the end: {die_at}", "in the end: delivered")
    assert on_serial.texts() == [NEAR, FOLLOWING]
