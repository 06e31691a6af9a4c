"""Starts and ends real programs, and reads from the kernel what they use."""

import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

ROOT = Path(__file__).resolve().parents[1]
READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0
_LOOK_EVERY_S = 0.005


class BenchmarkError(RuntimeError):
    """A measurement that could not be made; its text says what went wrong."""


def python(module: str, *arguments: object) -> list[str]:
    """Return the command that runs a module of this source tree."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def program(name: str, *arguments: object) -> list[str]:
    """Return the command that runs one of our programs by its installed name."""
    return [str(Path(sys.executable).parent / name), *map(str, arguments)]


@asynccontextmanager
async def running(
    command: list[str], *, log: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program for the block and end it afterwards, kindly at first."""
    process = await start(command, log=log, environment=environment)
    try:
        yield process
    finally:
        await end(process)


async def start(
    command: list[str], *, log: Path, environment: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """Start a program whose output goes to `log`."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        )


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask a program to end, and kill it when it does not."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def output_of(command: list[str], *, fed: bytes = b"", timeout_s: float = 300.0) -> str:
    """Run a program to its end, give it its input, and return what it printed.

    Raises BenchmarkError if it failed or took too long.
    """
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complaints:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=printed,
            stderr=complaints,
            cwd=ROOT,
        )
        try:
            async with asyncio.timeout(timeout_s):
                await process.communicate(fed)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise BenchmarkError(f"{command[0]} took longer than {timeout_s:.0f} s") from None
        printed.seek(0)
        complaints.seek(0)
        if process.returncode != 0:
            words = " ".join(command[:3])
            raise BenchmarkError(f"{words} failed:\n{complaints.read().decode()[-2000:]}")
        return printed.read().decode()


@asynccontextmanager
async def told(command: list[str], line: bytes) -> AsyncIterator[int]:
    """Run a program that takes one line and answers with one when it is ready; give its pid."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        if process.stdin is None or process.stdout is None:
            raise BenchmarkError(f"{command[0]} has no pipes")
        process.stdin.write(line)
        await process.stdin.drain()
        async with asyncio.timeout(READY_TIMEOUT_S):
            if not await process.stdout.readline():
                raise BenchmarkError(f"{' '.join(command[:3])} ended at once")
        yield process.pid
    finally:
        await end(process)


async def until_answered(
    url: str, process: asyncio.subprocess.Process | None, *, log: Path
) -> None:
    """Return when the URL answers 200; raise BenchmarkError when its program ends before."""
    timeout = aiohttp.ClientTimeout(total=2.0)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as client:
            async with asyncio.timeout(READY_TIMEOUT_S):
                while not await _answers(client, url):
                    if process is not None and process.returncode is not None:
                        raise BenchmarkError(f"it ended at once:\n{tail(log)}")
                    await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError:
        raise BenchmarkError(f"{url} does not answer:\n{tail(log)}") from None


async def _answers(client: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with client.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def tail(log: Path) -> str:
    """Return the last lines of a program's output."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def free_port() -> int:
    """Return a port of the loopback that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def free_ports(count: int) -> int:
    """Return the first of so many ports in a row that nobody uses now."""
    while True:
        first = free_port()
        if first + count < 65536 and all(_is_free(first + more) for more in range(1, count)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def memory_mb(pid: int) -> tuple[float, float]:
    """Return a process's resident and proportional memory in MB (RSS, PSS)."""
    kilobytes: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, value = line.partition(":")
        kilobytes[name] = int(value.split()[0])
    return kilobytes["Rss"] / 1024, kilobytes["Pss"] / 1024


def processor_s(pid: int) -> float:
    """Return the processor time that all threads of a process have used, in seconds."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9
