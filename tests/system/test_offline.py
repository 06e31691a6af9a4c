"""A centre without the Internet: the whole demonstration on a machine that has only itself."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.demonstration import demonstration

ALONE = ("unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
"""Runs a command where the only network is 127.0.0.1."""

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0
    or shutil.which("ip") is None
    or subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode != 0,
    reason="needs root, a network namespace and ip (package iproute2)",
)


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


async def test_the_demonstration_needs_and_asks_for_nothing_outside(short_dir: Path) -> None:
    async with demonstration(short_dir, "--speed", "20", within=ALONE) as demo:
        pid = demo.process.pid
        inside = ["nsenter", f"--target={pid}", "--net", "--", sys.executable, "-c"]
        for screen in ("server", "kiosk", "display"):
            page = demo.facts[screen]
            asked = await asyncio.create_subprocess_exec(
                *inside, f"import urllib.request as r; assert r.urlopen({page!r}).status == 200"
            )
            assert await asked.wait() == 0, page
        assert refused_packets(pid) == 0
        outside = await asyncio.create_subprocess_exec(
            *inside,
            "import socket; socket.create_connection(('192.0.2.1', 80))",
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await outside.wait() != 0
        assert refused_packets(pid) == 1, "what goes outside is not counted"
