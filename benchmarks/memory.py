"""What the three programs keep in memory after some thousand tickets, and whether it grows."""

import asyncio
from dataclasses import dataclass, field
from itertools import count

import aiohttp

from benchmarks.agents import (
    KioskPage,
    bench_display,
    bench_kiosk,
    bench_printer,
    kiosk_page,
)
from benchmarks.centre import BenchServer, bench_centre, bench_server
from benchmarks.effort import Effort
from benchmarks.findings import Finding, at_most, below
from benchmarks.paper import DOUBLE_TOUCH_S
from benchmarks.processes import BenchmarkError, memory_mb, python, told

ROW = "memory"
_TARGETS_MB = {"server": 120.0, "kiosk": 130.0, "display": 60.0}
_WARM_UP_SHARE = 0.25
_AT_ONCE = 4


@dataclass(slots=True)
class _Memory:
    """RSS and PSS of one program in MB: warmed up, after one half of the load, after the other."""

    rss: list[float] = field(default_factory=list)
    pss: list[float] = field(default_factory=list)

    def note(self, pid: int) -> None:
        rss, pss = memory_mb(pid)
        self.rss.append(rss)
        self.pss.append(pss)


async def measure(effort: Effort) -> list[Finding]:
    """Serve people over HTTP and at the kiosk while a board is watched; weigh in between."""
    tickets, slips = effort.samples * 10, effort.samples // 10
    memory = {name: _Memory() for name in _TARGETS_MB}
    async with (
        bench_centre() as centre,
        bench_server(centre) as server,
        bench_printer(centre) as printer,
        bench_kiosk(centre, server, printer_port=printer) as kiosk,
        bench_display(centre, server) as display,
        kiosk_page(kiosk) as page,
        aiohttp.ClientSession() as watcher,
        watcher.ws_connect(f"{display.url}/ws", origin=display.url) as board,
    ):
        pids = {"server": server.pid, "kiosk": kiosk.pid, "display": display.pid}
        watching = asyncio.create_task(_watch(board))
        try:
            await _open_windows(server)
            for part, share in (("warm-up", _WARM_UP_SHARE), ("half 1", 1.0), ("half 2", 1.0)):
                effort.say(f"memory: {part}, {round(tickets * share):,} tickets")
                await asyncio.gather(
                    _serve_people(server, round(tickets * share)),
                    _take_slips(page, round(slips * share)),
                )
                for name, pid in pids.items():
                    memory[name].note(pid)
        finally:
            watching.cancel()
        bare = {
            name: await _bare(name, centre.app_dsn if name == "server" else None)
            for name in _TARGETS_MB
        }
    return _findings(memory, bare)


async def _watch(board: aiohttp.ClientWebSocketResponse) -> None:
    """Be the display's page: read every face."""
    async for _ in board:
        pass


async def _open_windows(server: BenchServer) -> None:
    async with aiohttp.ClientSession(headers=server.headers) as client:
        for number in range(1, 10):
            await _post(client, f"{server.url}/api/v1/windows/{number}/open")


async def _serve_people(server: BenchServer, people: int) -> None:
    """Give each a number and call somebody, finishing whoever stood at that window."""
    numbers = count()

    async def serve(client: aiohttp.ClientSession) -> None:
        while (number := next(numbers)) < people:
            await _post(client, f"{server.url}/api/v1/tickets")
            await _post(
                client, f"{server.url}/api/v1/windows/{number % 9 + 1}/call-next", finish=True
            )

    async with aiohttp.ClientSession(headers=server.headers) as client:
        await asyncio.gather(*(serve(client) for _ in range(_AT_ONCE)))


async def _post(client: aiohttp.ClientSession, url: str, **body: object) -> None:
    async with client.post(url, json=body) as response:
        if response.status >= 400 and response.status != 409:
            raise BenchmarkError(f"{url} answers {response.status}")
        await response.read()


async def _take_slips(page: KioskPage, slips: int) -> None:
    for _ in range(slips):
        await page.until(lambda face: face["step"] == "home" and "take" in face["touches"])
        await asyncio.sleep(DOUBLE_TOUCH_S)
        await page.touch("take")
        await page.until(lambda face: "finish" in face["touches"])
        await asyncio.sleep(DOUBLE_TOUCH_S)
        await page.touch("finish")


async def _bare(kind: str, dsn: str | None) -> float:
    """Return the RSS of a program that only has the same libraries loaded."""
    command = python("benchmarks.bare_program", kind, *([dsn] if dsn else []))
    async with told(command, b"") as pid:
        return memory_mb(pid)[0]


def _findings(memory: dict[str, _Memory], bare: dict[str, float]) -> list[Finding]:
    findings = []
    for name, target_mb in _TARGETS_MB.items():
        weighed = memory[name]
        findings += [
            Finding(
                row=ROW,
                what=f"{name}, RSS (PSS {weighed.pss[-1]:.0f} MB)",
                unit="MB",
                figures=(weighed.rss[-1],),
                limits=(bare[name],),
                against="the same libraries loaded and at rest",
                target=below(target_mb),
            ),
            Finding(
                row=ROW,
                what=f"{name}, after the second half of the load",
                unit="MB",
                figures=(weighed.rss[2],),
                limits=(weighed.rss[1],),
                against="after the first half",
                target=at_most(1.05),
            ),
        ]
    return findings
