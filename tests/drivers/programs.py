"""A virtual device as a program of its own: started, spoken to, ended."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.drivers.links import LONGEST_S


@dataclass
class Program:
    """`shubbak-devices` with one device, and what it said when it was ready."""

    process: asyncio.subprocess.Process
    ready: dict[str, str]

    @property
    def url(self) -> str:
        return self.ready["url"]

    @property
    def http(self) -> str:
        return self.ready["http"]

    async def type(self, words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(words.encode() + b"\n")
        await self.process.stdin.drain()


@asynccontextmanager
async def program(device: str, *arguments: str) -> AsyncIterator[Program]:
    """Run one virtual device, its page at a free port, for as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from drivers.virtual.cli import main; main()",
        device,
        "--http=127.0.0.1:0",
        *arguments,
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LONGEST_S):
            ready = json.loads(await process.stdout.readline())
        yield Program(process, ready)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
