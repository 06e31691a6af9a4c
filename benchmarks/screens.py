"""From the clerk's order to the glass: our server beside a bare broadcast of the same bytes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from benchmarks.broadcast import Programme
from benchmarks.centre import BenchCentre, bench_centre, bench_server
from benchmarks.days import open_windows, queue_of, seed_waiting
from benchmarks.effort import Effort
from benchmarks.findings import Finding, at_most, below, quantile
from benchmarks.processes import BenchmarkError, free_port, output_of, python, told
from benchmarks.screen_client import Orders, Saw
from core_services.clock import SystemClock
from core_services.devices.register import add_device
from queue_server.demo.setup import CENTRE_ID
from queue_server.tickets.model import Actor

ROW = "screens"
FEW, MANY = 100, 1000
_EVERY_S = {FEW: 0.04, MANY: 0.2}
"""Between two calls; a hall of nine windows calls every 20 s or so."""
_WAITING = 20_000
STALLED = "S1"


@dataclass(slots=True)
class _Rounds:
    """Quantiles of each round, in ms."""

    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    def add(self, saw: Saw, who: str) -> None:
        if saw.missed:
            raise BenchmarkError(f"{who}: {saw.missed} calls never reached a screen")
        self.p50.append(quantile(saw.taken_ms, 0.5))
        self.p99.append(quantile(saw.taken_ms, 0.99))


async def measure(effort: Effort) -> list[Finding]:
    """Call with 100 and 1,000 screens, and with one among 100 that stopped reading."""
    ours = {FEW: _Rounds(), MANY: _Rounds()}
    bare = {FEW: _Rounds(), MANY: _Rounds()}
    stalled = _Rounds()
    async with bench_centre() as centre:
        effort.say(f"screens: registering {MANY:,} displays")
        screens = await _prepare(centre)
        for number in range(effort.rounds):
            effort.say(f"screens: round {number + 1} of {effort.rounds}")
            await centre.rest()
            for count in (FEW, MANY):
                calls = max(20, effort.samples // (2 if count == FEW else 8))
                saw = await _with_our_server(centre, _first(screens, count), calls=calls)
                ours[count].add(saw, f"{count} screens")
                echoed = await _with_bare_broadcast(
                    centre, _first(screens, count), saw, calls=calls
                )
                bare[count].add(echoed, f"{count} screens of the bare broadcast")
                if count == FEW:
                    saw = await _with_our_server(
                        centre,
                        _first(screens, count),
                        calls=calls,
                        stalled={STALLED: screens[STALLED]},
                    )
                    stalled.add(saw, "beside a stalled screen")
    return _findings(ours, bare, stalled)


async def _prepare(centre: BenchCentre) -> dict[str, str]:
    """Register the displays, open the windows, seat the people."""
    async with queue_of(centre.app_dsn, centre.centre) as queue:
        await open_windows(queue, *range(1, 10))
        tokens = {}
        for name in (STALLED, *(f"B{number}" for number in range(MANY))):
            device = await add_device(
                queue.pool,
                centre_id=CENTRE_ID,
                kind="display",
                name=name,
                actor=Actor("system"),
                at=SystemClock().now(),
            )
            tokens[name] = device.token
    await seed_waiting(
        centre.sql, centre.today, queue="U", series="", count=_WAITING, first_number=101
    )
    return tokens


def _first(screens: Mapping[str, str], count: int) -> dict[str, str]:
    names = [name for name in screens if name != STALLED][:count]
    return {name: screens[name] for name in names}


async def _with_our_server(
    centre: BenchCentre,
    screens: Mapping[str, str],
    *,
    calls: int,
    stalled: Mapping[str, str] | None = None,
) -> Saw:
    async with bench_server(centre) as server:
        port = urlsplit(server.url).port or 0
        return await _be_screens(centre, port, screens, calls=calls, stalled=stalled)


async def _with_bare_broadcast(
    centre: BenchCentre, screens: Mapping[str, str], sample: Saw, *, calls: int
) -> Saw:
    port = free_port()
    async with _broadcast(centre, port, sample):
        return await _be_screens(centre, port, screens, calls=calls)


@asynccontextmanager
async def _broadcast(centre: BenchCentre, port: int, sample: Saw) -> AsyncIterator[None]:
    programme = Programme(port=port, dsn=centre.app_dsn, called=sample.called, board=sample.board)
    line = programme.model_dump_json().encode() + b"\n"
    async with told(python("benchmarks.broadcast"), line):
        yield


async def _be_screens(
    centre: BenchCentre,
    port: int,
    screens: Mapping[str, str],
    *,
    calls: int,
    stalled: Mapping[str, str] | None = None,
) -> Saw:
    orders = Orders(
        port=port,
        screens=dict(screens),
        stalled=dict(stalled or {}),
        dsn=centre.app_dsn,
        day=centre.today,
        calls=calls,
        every_s=_EVERY_S[len(screens)],
    )
    printed = await output_of(
        python("benchmarks.screen_client"), fed=orders.model_dump_json().encode()
    )
    return Saw.model_validate_json(printed)


def _findings(
    ours: dict[int, _Rounds], bare: dict[int, _Rounds], stalled: _Rounds
) -> list[Finding]:
    findings = []
    for count, limit_ms in ((FEW, 10.0), (MANY, 40.0)):
        against = f"a bare broadcast of the same bytes to {count:,} sockets"
        findings += [
            Finding(
                row=ROW,
                what=f"order → screen, p50, {count:,} screens",
                unit="ms",
                figures=tuple(ours[count].p50),
                limits=tuple(bare[count].p50),
                against=against,
                target=at_most(1.3),
            ),
            Finding(
                row=ROW,
                what=f"order → screen, p99, {count:,} screens",
                unit="ms",
                figures=tuple(ours[count].p99),
                limits=tuple(bare[count].p99),
                against=against,
                target=below(limit_ms),
            ),
        ]
    findings.append(
        Finding(
            row=ROW,
            what=f"p99 of {FEW} screens beside one that reads nothing",
            unit="ms",
            figures=tuple(stalled.p99),
            limits=tuple(ours[FEW].p99),
            against="the same without it",
            target=at_most(1.3),
        )
    )
    return findings
