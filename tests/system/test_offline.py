"""A centre without the Internet: the whole demonstration on a machine that has only itself."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.programs import free_ports

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 30.0

ALONE = ("unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
"""Runs a command where the only network is 127.0.0.1."""

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0
    or shutil.which("ip") is None
    or subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode != 0,
    reason="needs root, a network namespace and ip (package iproute2)",
)


@pytest.fixture
async def demo(short_dir: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The demonstration, up, on a network of its own; its folder is `short_dir/demo`."""
    log = short_dir / "demo.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *ALONE,
            *(str(Path(sys.executable).parent / "shubbak"), "demo"),
            *("--data", str(short_dir / "demo"), "--port", str(free_ports(5)), "--speed", "20"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    async def is_up_or_gone() -> bool:
        return process.returncode is not None or (short_dir / "demo" / "demo.json").exists()

    try:
        await eventually(is_up_or_gone, within_s=START_TIMEOUT_S)
        assert process.returncode is None, log.read_text()
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()


def refused_packets(pid: int) -> int:
    """Count what was sent to a network that is not there, by any process beside this one."""
    refused = 0
    names, values = (
        line.split()
        for line in Path(f"/proc/{pid}/net/snmp").read_text().splitlines()
        if line.startswith("Ip:")
    )
    refused += int(dict(zip(names, values, strict=True))["OutNoRoutes"])
    for line in Path(f"/proc/{pid}/net/snmp6").read_text().splitlines():
        name, value = line.split()
        if name == "Ip6OutNoRoutes":
            refused += int(value)
    return refused


async def test_the_demonstration_needs_and_asks_for_nothing_outside(
    demo: asyncio.subprocess.Process, short_dir: Path
) -> None:
    facts = json.loads((short_dir / "demo" / "demo.json").read_text())
    inside = ["nsenter", f"--target={demo.pid}", "--net", "--", sys.executable, "-c"]
    for page in (facts["server"], facts["kiosk"], facts["display"]):
        asked = await asyncio.create_subprocess_exec(
            *inside, f"import urllib.request as r; assert r.urlopen({page!r}).status == 200"
        )
        assert await asked.wait() == 0, page
    assert refused_packets(demo.pid) == 0
    outside = await asyncio.create_subprocess_exec(
        *inside, "import socket; socket.create_connection(('192.0.2.1', 80))", stderr=-3
    )
    assert await outside.wait() != 0
    assert refused_packets(demo.pid) == 1, "what goes outside is not counted"
