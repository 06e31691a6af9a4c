"""Runs our programs as a machine does: as processes, asked over HTTP, stopped by a signal."""

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.support.eventually import eventually

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0


def free_ports(count: int) -> int:
    """Return the first of so many neighbouring ports of 127.0.0.1 that nobody serves now."""
    for first in range(20_000 + os.getpid() % 1000 * 10, 32_000, count):
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise RuntimeError("no free ports")


async def answers(url: str, *, trust: ssl.SSLContext | None = None) -> bool:
    """Tell whether this address answers 200; `trust` judges the certificate of https."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as client:
        try:
            async with client.get(url, ssl=trust or True) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


@asynccontextmanager
async def running(
    command: Sequence[str | Path],
    url: str,
    log: Path,
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    trust: ssl.SSLContext | None = None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Keep a program running for the block, from when `url` answers 200; end it with SIGTERM.

    Its output is appended to `log`. Fails with the log's text when it ends before it answers, when
    it does not answer in time, and when it does not end with code 0 in time.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("SHUBBAK_")}
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env={**inherited, **(environment or {})},
            start_new_session=True,
        )

    async def is_up_or_gone() -> bool:
        return process.returncode is not None or await answers(url, trust=trust)

    try:
        try:
            await eventually(is_up_or_gone, within_s=START_TIMEOUT_S)
        except TimeoutError:
            raise AssertionError(f"{command[0]}: {url} does not answer\n{_text(log)}") from None
        assert process.returncode is None, f"{command[0]} ended\n{_text(log)}"
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    assert process.returncode == 0, f"{command[0]}: code {process.returncode}\n{_text(log)}"


def _is_free(port: int) -> bool:
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-4000:]
