"""Call next through asyncpg, with ten people waiting and with a million, and for a rare queue."""

import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median

import asyncpg

from benchmarks.centre import BenchCentre, Superuser, another_database, bench_centre
from benchmarks.days import CLERK, open_windows, queue_of, seed_waiting
from benchmarks.effort import Effort
from benchmarks.findings import Finding, at_most, below
from benchmarks.processes import BenchmarkError
from core_services.clock import SystemClock
from core_services.database.pool import Connection, connect
from queue_server.demo.setup import CENTRE_ID
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest

ROW = "call-next"
SIZES = (10, 1_000, 100_000, 1_000_000)
QUICK_SIZES = (10, 1_000, 20_000)
WINDOW, RARE_WINDOW = 2, 10
RARE_PEOPLE = 20
"""They stay so many: each that is called is followed by another."""
_FULL_ROUNDS = 5


@dataclass(slots=True)
class _Line:
    """One database with so many people waiting, and what calls from it took."""

    size: int
    queue: Queue
    window: int
    service: str
    samples_ms: list[float] = field(default_factory=list)
    medians_ms: list[float] = field(default_factory=list)


async def measure(effort: Effort) -> list[Finding]:
    """Call from every line in turn, again and again, beside a pop that does the least there is."""
    sizes = SIZES if effort.rounds >= _FULL_ROUNDS else QUICK_SIZES
    async with bench_centre() as centre, AsyncExitStack() as stack:
        databases = await _make_databases(centre, sizes, effort.say)
        lines = []
        for size, dsn in databases.items():
            queue = await stack.enter_async_context(queue_of(dsn, centre.centre))
            await open_windows(queue, WINDOW, RARE_WINDOW)
            lines.append(_Line(size, queue, WINDOW, "enquiry"))
        lines.append(_Line(sizes[-1], lines[-1].queue, RARE_WINDOW, "rare"))
        bare = await connect(centre.owner_dsn, application_name="shubbak bench bare")
        stack.push_async_callback(bare.close)
        least: list[float] = []
        for number in range(effort.rounds):
            effort.say(f"call-next: round {number + 1} of {effort.rounds}")
            await centre.sql.execute("CHECKPOINT")
            least.append(await _pop_barely(bare, effort.samples))
            for line in lines:
                await _call(line, effort.samples)
        return _findings(lines, least)


async def _make_databases(
    centre: BenchCentre, sizes: tuple[int, ...], say: Callable[[str], None]
) -> dict[int, str]:
    """Make the centre's database once a size, fill each, and return their addresses."""
    await centre.sql.execute(_BARE)
    dsns = {}
    for size in sizes:
        say(f"call-next: seating {size:,} people")
        dsns[size] = await another_database(centre, f"waiting_{size}")
        sql = await asyncpg.connect(centre.database.dsn("postgres", f"waiting_{size}"))
        try:
            await _fill(sql, centre, size)
        finally:
            await sql.close()
    return dsns


async def _fill(sql: Superuser, centre: BenchCentre, size: int) -> None:
    await sql.execute(_RARE_QUEUE)
    await seed_waiting(sql, centre.today, queue="U", series="", count=size, first_number=101)
    await seed_waiting(
        sql, centre.today, queue="R", series="A", count=RARE_PEOPLE, first_number=101
    )
    await sql.execute("VACUUM (ANALYZE)")


async def _call(line: _Line, samples: int) -> None:
    """Call, let the person go and a new one come; only the call is timed."""
    queue, taken = line.queue, []
    for _ in range(samples):
        began = time.perf_counter()
        ticket = await queue.call_next(line.window, actor=CLERK, own_only=False)
        taken.append((time.perf_counter() - began) * 1000)
        if ticket is None:
            raise BenchmarkError(f"nobody waited for window {line.window} among {line.size}")
        await queue.act(ticket.id, "no_show", actor=CLERK, any_window=True, window=line.window)
        await queue.issue(IssueRequest(actor=CLERK, channel="api", service=line.service))
    line.samples_ms += taken
    line.medians_ms.append(median(taken))


async def _pop_barely(connection: Connection, samples: int) -> float:
    """Return the median of taking the first in line by one statement and one commit."""
    taken = []
    for _ in range(samples):
        began = time.perf_counter()
        popped = await connection.fetchrow(_BARE_POP, SystemClock().now())
        taken.append((time.perf_counter() - began) * 1000)
        if popped is None:
            raise BenchmarkError("the bare queue is empty")
    return median(taken)


def _findings(lines: list[_Line], least: list[float]) -> list[Finding]:
    few, many, rare = lines[0], lines[-2], lines[-1]
    against = "a bare queue: take the first, one event, one commit"
    findings = [
        Finding(
            row=ROW,
            what=f"p50, {line.size:,} waiting",
            unit="ms",
            figures=tuple(line.medians_ms),
            limits=tuple(least),
            against=against,
            target=below(0.6),
        )
        for line in (few, many)
    ]
    findings.append(
        Finding(
            row=ROW,
            what=f"p50, a window of one rare queue among {rare.size:,}",
            unit="ms",
            figures=tuple(rare.medians_ms),
            limits=tuple(least),
            against=against,
            target=below(0.6),
        )
    )
    return findings + [
        Finding(
            row=ROW,
            what=f"p50, {line.size:,} waiting" + (", the rare queue" if line is rare else ""),
            unit="ms",
            figures=tuple(line.medians_ms),
            limits=tuple(few.medians_ms),
            against=f"the same with {few.size} waiting",
            target=at_most(1.5),
        )
        for line in lines[1:]
    ]


_RARE_QUEUE = f"""
INSERT INTO queue (centre_id, code, name_ar, name_en, series)
VALUES ({CENTRE_ID}, 'R', 'نادر', 'Rare', 'A');
INSERT INTO service (centre_id, code, queue, name_ar, name_en)
VALUES ({CENTRE_ID}, 'rare', 'R', 'نادر', 'Rare');
INSERT INTO work_profile (centre_id, code, name_ar, name_en)
VALUES ({CENTRE_ID}, 'rare', 'نادر', 'Rare');
INSERT INTO work_profile_queue (centre_id, profile, queue) VALUES ({CENTRE_ID}, 'rare', 'R');
INSERT INTO service_window (centre_id, number, profile) VALUES ({CENTRE_ID}, {RARE_WINDOW}, 'rare');
"""

_BARE = """
CREATE SCHEMA bare AUTHORIZATION shubbak_owner;
CREATE TABLE bare.waiting (id bigint PRIMARY KEY, state text NOT NULL, called_at timestamptz);
CREATE INDEX waiting_line ON bare.waiting (id) WHERE state = 'waiting';
CREATE TABLE bare.event (id bigint GENERATED ALWAYS AS IDENTITY, waiting_id bigint NOT NULL,
                         at timestamptz NOT NULL, event text NOT NULL);
INSERT INTO bare.waiting SELECT n, 'waiting' FROM generate_series(1, 20000) n;
ALTER TABLE bare.waiting OWNER TO shubbak_owner;
ALTER TABLE bare.event OWNER TO shubbak_owner;
ANALYZE bare.waiting;
"""

_BARE_POP = """
WITH first AS (
    SELECT id FROM bare.waiting WHERE state = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
), called AS (
    UPDATE bare.waiting w SET state = 'called', called_at = $1 FROM first WHERE w.id = first.id
    RETURNING w.id
)
INSERT INTO bare.event (waiting_id, at, event) SELECT id, $1, 'call' FROM called
RETURNING waiting_id
"""
