"""The supervisor's pages with 60 days of 3,000 numbers behind them, and what an open one costs."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from benchmarks.centre import BenchCentre, BenchServer, bench_centre, bench_server
from benchmarks.effort import Effort
from benchmarks.findings import Finding, Target, below, quantile
from benchmarks.history import live_past, live_today
from benchmarks.pages import ask, sign_in
from benchmarks.processes import BenchmarkError

ROW: Final = "past"
DAYS, NUMBERS, TODAY, WAITING = 60, 3000, 2000, 90
QUICK_DAYS, QUICK_NUMBERS, QUICK_TODAY = 6, 300, 300
MOST_MS: Final = 50.0
WHO: Final = "admin"

PAGES: Final = (
    "/supervisor",
    "/supervisor/now",
    "/supervisor/today",
    "/supervisor/windows",
    "/supervisor/windows/counts",
    "/supervisor/tickets",
    "/supervisor/patterns",
    "/supervisor/charts",
    "/supervisor/charts/day",
    "/supervisor/charts/slow",
    "/supervisor/charts?weeks=26",
    "/supervisor/charts?day={day}",
    "/supervisor/charts/waits.csv",
    "/supervisor/charts/week-waits.svg",
    "/supervisor/reports",
    "/supervisor/reports?period=day&day={day}&by=hour",
    "/supervisor/reports?period=week&day={day}&by=service",
    "/supervisor/reports?period=month&day={day}&by=service",
    "/supervisor/reports?period=month&day={day}&by=window",
    "/supervisor/reports?period=month&day={day}&by=clerk",
    "/supervisor/reports?period=month&day={day}&by=hour",
    "/supervisor/reports?period=month&day={day}&by=day",
    "/supervisor/reports.csv?period=month&day={day}&by=service",
    "/supervisor/daily",
    "/supervisor/waits",
    "/waits/truth",
    "/supervisor/planning",
    "/supervisor/planning/waits",
    "/supervisor/alarms",
    "/supervisor/broadcast",
    "/supervisor/services",
    "/supervisor/work",
    "/supervisor/satisfaction",
    "/supervisor/appointments",
    "/admin/policy",
    "/admin/policy/preview",
    "/admin/policy/history",
    "/desk/my-day",
)
FILES: Final = (
    "/supervisor/charts/waits.xlsx",
    "/supervisor/reports.xlsx?period=month&day={day}&by=service",
    "/supervisor/reports.pdf?period=month&day={day}&by=service",
)
"""Made off the loop: what they may take is not promised, what they take from others is told."""

OPEN_PAGES: Final = 8
ACT_EVERY_S: Final = 1.3
"""A day of 3,000 numbers has so many acts."""
_LOOK_EVERY_S, _BREATH_S, _TODAY_EVERY_S = 5.0, 0.3, 10.0
"""As static/renewing.js does."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


async def measure(effort: Effort) -> list[Finding]:
    """Ask for each page in turn, beside an answer that says nothing; then leave some open."""
    is_full = effort.samples > 100
    days, numbers = (DAYS, NUMBERS) if is_full else (QUICK_DAYS, QUICK_NUMBERS)
    async with bench_centre() as centre:
        past = await live_past(
            centre, days=days, numbers=numbers, say=lambda text: effort.say(f"past: {text}")
        )
        effort.say("past: living today")
        await live_today(centre, numbers=TODAY if is_full else QUICK_TODAY, waiting=WAITING)
        await centre.rest()
        async with bench_server(centre) as server, AsyncExitStack() as stack:
            person = await stack.enter_async_context(await sign_in(centre, server, WHO))
            day = past[-1].isoformat()
            pages = await _pages(effort, person, server, day)
            files = await _files(effort, person, server, day)
            renewal = await _renewal(effort, centre, server, person)
    return [*pages, *files, *renewal]


async def _pages(
    effort: Effort, person: aiohttp.ClientSession, server: BenchServer, day: str
) -> list[Finding]:
    taken: dict[str, list[float]] = {}
    least: list[float] = []
    samples = max(10, effort.samples // 10)
    for page in PAGES:  # whoever comes first after a start is told apart
        await ask(person, server.url + page.format(day=day), 2)
    for number in range(effort.rounds):
        effort.say(f"past: round {number + 1} of {effort.rounds}")
        health = await ask(person, f"{server.url}/healthz", samples * 4)
        least.append(quantile(health or [], 0.95))
        for page in PAGES:
            found = await ask(person, server.url + page.format(day=day), samples)
            if found is not None:
                taken.setdefault(page, []).append(quantile(found, 0.95))
    return [
        _finding(f"{page.format(day='…')}, p95", "ms", figures, least, below(MOST_MS))
        for page, figures in taken.items()
    ]


async def _files(
    effort: Effort, person: aiohttp.ClientSession, server: BenchServer, day: str
) -> list[Finding]:
    """Ask for files while another client asks for the health again and again."""
    found: list[Finding] = []
    for page in FILES:
        beside: list[float] = []
        alone: list[float] = []
        for _ in range(effort.rounds):
            alone.append(quantile(await ask(person, f"{server.url}/healthz", 40) or [], 0.95))
            making = asyncio.create_task(ask(person, server.url + page.format(day=day), 2))
            waits: list[float] = []
            while not making.done():
                waits += await ask(person, f"{server.url}/healthz", 1) or []
                await asyncio.sleep(0.002)
            await making
            beside.append(quantile(waits, 0.95))
        found.append(
            _finding(
                f"/healthz while {page.format(day='…')} is made, p95",
                "ms",
                beside,
                alone,
                below(MOST_MS),
                against="/healthz with nothing else, p95",
            )
        )
    return found


async def _renewal(
    effort: Effort, centre: BenchCentre, server: BenchServer, person: aiohttp.ClientSession
) -> list[Finding]:
    """Weigh the server's and the database's work in a running hall, with pages open and without."""
    seconds = max(8.0, 5 * effort.seconds)
    with_pages: list[float] = []
    without: list[float] = []
    for number in range(effort.rounds):
        effort.say(f"past: an open page, round {number + 1} of {effort.rounds}")
        idle = await _work_s(centre, server, seconds, person, pages=0)
        busy = await _work_s(centre, server, seconds, person, pages=OPEN_PAGES)
        without.append(idle / seconds * 60_000)
        with_pages.append(max(0.0, busy - idle) / OPEN_PAGES / seconds * 60_000)
    return [
        _finding(
            "work of server and database for an open /supervisor, a minute",
            "ms",
            with_pages,
            without,
            None,
            against="their work in the same hall with no page open, a minute",
        )
    ]


async def _work_s(
    centre: BenchCentre,
    server: BenchServer,
    seconds: float,
    person: aiohttp.ClientSession,
    *,
    pages: int,
) -> float:
    """Return the processor's seconds of both while numbers are given and pages stand open."""
    open_pages = [asyncio.create_task(_stay_open(person, server)) for _ in range(pages)]
    try:
        await asyncio.sleep(2)
        before = _spent_s(centre, server)
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            asked = {"service": "enquiry", "channel": "desk"}
            async with person.post(
                f"{server.url}/api/v1/tickets", json=asked, headers=server.headers
            ) as answer:
                if answer.status != 201:
                    raise BenchmarkError(f"no number was given: {answer.status}")
            await asyncio.sleep(min(ACT_EVERY_S, left))
        return _spent_s(centre, server) - before
    finally:
        for page in open_pages:
            page.cancel()
        await asyncio.gather(*open_pages, return_exceptions=True)


async def _stay_open(person: aiohttp.ClientSession, server: BenchServer) -> None:
    """Renew the hall's page as its script does."""
    today_at = 0.0
    async with person.ws_connect(f"{server.url}/ws/live") as socket:
        while True:
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await socket.receive()
            except TimeoutError:
                pass
            await _renew(person, f"{server.url}/supervisor/now")
            if time.monotonic() - today_at >= _TODAY_EVERY_S:
                today_at = time.monotonic()
                await _renew(person, f"{server.url}/supervisor/today")
            await asyncio.sleep(_BREATH_S)


async def _renew(person: aiohttp.ClientSession, url: str) -> None:
    async with person.get(url) as answer:
        await answer.read()
        if answer.status != 200:
            raise BenchmarkError(f"{url} answers {answer.status}")


def _spent_s(centre: BenchCentre, server: BenchServer) -> float:
    """Return the processor's time that the server and the database's processes have used."""
    postmaster = (centre.folder / "database" / "cluster" / "postmaster.pid").read_text().split()[0]
    return (
        sum(
            each.ticks
            for each in _processes()
            if each.pid == server.pid or str(each.parent) == postmaster
        )
        / _TICKS
    )


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    parent: int
    ticks: int


def _processes() -> list[_Process]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                told = (folder / "stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            found.append(_Process(int(folder.name), int(told[1]), int(told[11]) + int(told[12])))
    return found


def _finding(
    what: str,
    unit: str,
    figures: list[float],
    limits: list[float],
    target: Target | None,
    *,
    against: str = "/healthz of the same server, p95",
) -> Finding:
    return Finding(
        row=ROW,
        what=what,
        unit=unit,
        figures=tuple(figures),
        limits=tuple(limits),
        against=against,
        target=target,
    )
