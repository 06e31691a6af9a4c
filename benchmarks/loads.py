"""The two programs that make load: wrk for HTTP, pgbench for SQL, and what they report."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.centre import BenchCentre, BenchServer
from benchmarks.processes import BenchmarkError, output_of
from core_services.database.programs import wheel_programs

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class HttpLoad:
    """What wrk saw; every request that it counts was answered 201."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class SqlLoad:
    """What pgbench saw."""

    per_second: float
    mean_ms: float


async def issue_over_http(
    server: BenchServer, *, connections: int, seconds: float, with_keys: bool = True
) -> HttpLoad:
    """Ask for tickets as fast as they are answered, over so many connections.

    Raises BenchmarkError when one request is answered anything but 2xx.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise BenchmarkError("wrk is not installed: apt-get install wrk")
    command = [
        *(
            "env",
            f"SHUBBAK_BEARER={server.api_key}",
            f"SHUBBAK_KEYS={'yes' if with_keys else 'no'}",
        ),
        *(wrk, "-t", "1", "-c", str(connections), "-d", f"{max(1, round(seconds))}s"),
        *("--timeout", "10s", "-s", str(HERE / "lua" / "issue.lua"), server.url),
    ]
    printed = await output_of(command)
    found = re.search(r"^FIGURES (.*)$", printed, re.MULTILINE)
    if found is None:
        raise BenchmarkError(f"wrk did not report:\n{printed}")
    figures: dict[str, Any] = orjson.loads(found[1])
    if figures["refused"] or figures["broken"]:
        raise BenchmarkError(f"not every request was answered 201: {figures}")
    return HttpLoad(
        requests=figures["requests"],
        per_second=figures["requests"] / (figures["microseconds"] / 1e6),
        p50_ms=figures["p50_us"] / 1000,
        p99_ms=figures["p99_us"] / 1000,
    )


async def pgbench(centre: BenchCentre, script: str, *, clients: int, seconds: float) -> SqlLoad:
    """Run a script of `sql/` with prepared statements on the socket, so many clients at once."""
    command = [
        *(wheel_programs().path("pgbench"), "--no-vacuum", "--protocol=prepared"),
        *(f"--client={clients}", f"--jobs={min(2, clients)}"),
        *(f"--time={max(1, round(seconds))}", f"--file={HERE / 'sql' / script}"),
        *(f"--define=day={centre.today.isoformat()}", f"--host={centre.sockets}"),
        *("--port=5432", "--username=shubbak_owner", "shubbak"),
    ]
    printed = await output_of(command)
    if re.search(r"number of failed transactions: [1-9]", printed):
        raise BenchmarkError(f"pgbench had failures:\n{printed}")
    return SqlLoad(
        per_second=_figure(r"^tps = ([\d.]+)", printed),
        mean_ms=_figure(r"^latency average = ([\d.]+) ms", printed),
    )


def _figure(pattern: str, printed: str) -> float:
    found = re.search(pattern, printed, re.MULTILINE)
    if found is None:
        raise BenchmarkError(f"pgbench did not report:\n{printed}")
    return float(found[1])


def processors() -> int:
    """Return how many processors this machine lends us."""
    return len(os.sched_getaffinity(0))
