"""A demonstration whose programs are killed: it is started, hit, waited for, and ended."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg

from tests.support.fonts import share_fonts
from tests.support.programs import free_ports

ROOT: Final = Path(__file__).parents[2]
SLOWER: Final = 5
"""A loaded machine may take so many times what is promised."""
START_S: Final = 60.0
BACK_S: Final = 3.0 * SLOWER
STOP_S: Final = 60.0
PORTS: Final = 16


@dataclass(slots=True)
class Demo:
    """A demonstration that was started."""

    process: asyncio.subprocess.Process
    folder: Path
    port: int
    output: Path
    session: aiohttp.ClientSession = field(repr=False)

    @property
    def facts(self) -> dict[str, Any]:
        """What `demo.json` says now."""
        facts: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return facts

    @property
    def said(self) -> str:
        """All that it printed so far."""
        return self.output.read_text()

    def pid(self, name: str) -> int:
        """Return the process id of one of its programs."""
        return int(self.facts["pids"][name])

    def health(self, name: str) -> str:
        """Return the address that answers 200 when that program is well."""
        facts = self.facts
        return {
            "server": f"{facts['server']}/readyz",
            "database": f"{facts['server']}/readyz",
            "kiosk": f"{facts['kiosk']}/healthz",
            "display": f"{facts['display']}/healthz",
            "workstation": f"{facts['workstation']}/healthz",
            "devices": f"{facts['devices']['panels_page']}/state",
        }[name]

    async def api(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Ask the API with the demonstration's key."""
        facts = self.facts
        async with self.session.request(
            method,
            f"{facts['server']}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {facts['api_key']}"},
        ) as answer:
            is_json = answer.content_type.endswith("json")
            return answer.status, await answer.json(content_type=None) if is_json else None

    def kill(self, names: Collection[str]) -> dict[str, int]:
        """`kill -9` these programs at once; returns whom it hit."""
        pids = {name: self.pid(name) for name in names}
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
        return pids

    async def until_back(self, killed: dict[str, int]) -> dict[str, float]:
        """Return how long each took to answer again as another process; raises TimeoutError."""
        began = time.monotonic()
        took: dict[str, float] = {}
        async with asyncio.timeout(BACK_S):
            while len(took) < len(killed):
                for name, pid in killed.items():
                    if name not in took and self.pid(name) != pid and await self._is_well(name):
                        took[name] = time.monotonic() - began
                await asyncio.sleep(0.02)
        return took

    async def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Stop it as Ctrl-C does, for the whole process group, and return its exit code."""
        os.killpg(self.process.pid, number)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for its end and return its exit code."""
        async with asyncio.timeout(STOP_S):
            return await self.process.wait()

    def processes(self) -> dict[int, str]:
        """Return the living processes that were started for this folder, by their command."""
        return processes_about(self.folder)

    async def _is_well(self, name: str) -> bool:
        if name == "database":
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await (await asyncpg.connect(self.facts["database"], timeout=1.0)).close()
                return await self._answers(name)
            return False
        return await self._answers(name)

    async def _answers(self, name: str) -> bool:
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            timeout = aiohttp.ClientTimeout(total=1.0)
            async with self.session.get(self.health(name), timeout=timeout) as answer:
                return answer.status == 200
        return False


@asynccontextmanager
async def demo_started(
    folder: Path, *options: str, port: int | None = None, output: str = "demo.out"
) -> AsyncIterator[Demo]:
    """Start a demonstration in a session of its own; what is left of it at the end is killed.

    What it prints goes to `output` beside the folder.
    """
    share_fonts(folder)
    port = port or free_ports(PORTS)
    printed = folder.parent / output
    inherited = {name: word for name, word in os.environ.items() if not name.startswith("SHUBBAK_")}
    words = ("--data", str(folder), "--port", str(port), *options)
    with printed.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-m", "queue_server.cli", "demo", *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=ROOT,
            env={**inherited, "COLUMNS": "120"},
            start_new_session=True,
        )
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            yield Demo(process, folder, port, printed, session)
    finally:
        if process.returncode is None:
            process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()
        if output == "demo.out":
            for pid in processes_about(folder):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def demo_running(folder: Path, *options: str, port: int | None = None) -> AsyncIterator[Demo]:
    """The same, once everything answers."""
    async with demo_started(folder, *options, port=port) as demo:
        await until_up(demo)
        yield demo


async def until_up(demo: Demo) -> float:
    """Wait for `demo.json` and return how long that took; raises when it ends before."""
    began = time.monotonic()
    async with asyncio.timeout(START_S * SLOWER):
        while not (demo.folder / "demo.json").exists():
            if demo.process.returncode is not None:
                raise RuntimeError(f"the demonstration ended:\n{demo.said}")
            await asyncio.sleep(0.05)
    return time.monotonic() - began


async def demo_refused(folder: Path, port: int) -> tuple[int, str]:
    """Start a demonstration that cannot run; return its exit code and what it said."""
    async with demo_started(folder, "--no-bots", port=port, output=f"{port}.out") as demo:
        return await demo.ended(), demo.said


def processes_about(folder: Path) -> dict[int, str]:
    """Return the living processes whose command line or working folder lies in a folder."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        with suppress(OSError):
            command = Path("/proc", name, "cmdline").read_bytes().decode(errors="replace")
            works_in = os.readlink(f"/proc/{name}/cwd")
            if str(folder) in command or works_in.startswith(str(folder)):
                found[int(name)] = command.replace("\0", " ").strip()
    return found


def is_running(pid: int) -> bool:
    """Tell whether a process has not ended; a zombie, which its parent still has to reap, has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
