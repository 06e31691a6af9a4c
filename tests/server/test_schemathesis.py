"""Schemathesis, from outside: thousands of requests, valid and not, along the links of the API.

It reads the served document and looks for answers that the document does not promise. The seed is
fixed, so that a failure comes again. That every act can be done is not left to luck:
tests/server/test_api_every_act.py does each once.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from core_services.audit.verify import verify
from queue_server.routes import OPERATIONS
from tests.support.centre_server import CentreServer, Program, a_centre_server
from tests.support.database import Database
from tests.support.running_clock import RunningClock
from tests.support.seeding import seed_tickets

SEED: Final = 22112026
PATIENCE_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Run:
    """How Schemathesis judged the server."""

    code: int
    words: str
    report: dict[str, Any]

    @property
    def cases(self) -> int:
        return int(self.report["test_cases"]["generated"])


async def attack(
    server: CentreServer, key: str, folder: Path, *, phases: str, examples: int
) -> Run:
    """Run some phases with so many examples an operation."""
    report = folder / f"{phases}.json"
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", f"{server.url}/api/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {key}"),
        *("--phases", phases, "--checks", "all", "--mode", "all"),
        *("--seed", str(SEED), "--generation-database", "none"),
        *("--max-examples", str(examples), "--suppress-health-check", "all"),
        *("--request-timeout", "30", "--warnings", "off", "--no-color"),
        *("--report", "json", "--report-json-path", str(report)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
    )
    async with asyncio.timeout(PATIENCE_S):
        words, _ = await process.communicate()
    told = json.loads(await asyncio.to_thread(report.read_text)) if report.exists() else {}
    return Run(process.returncode or 0, words.decode(), told)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("examples", "walks", "least_cases"),
    [(4, 70, 2000), pytest.param(12, 200, 4000, marks=pytest.mark.soak)],
)
async def test_no_request_makes_the_server_fail_or_break_its_own_document(
    database: Database,
    server_data: Path,
    tmp_path: Path,
    examples: int,
    walks: int,
    least_cases: int,
) -> None:
    async with a_centre_server(database, server_data, clock=RunningClock()) as server:
        day, at = server.queue.today()
        await seed_tickets(database.app_dsn, 3000, day=day, at=at)
        key = await server.key(name="schemathesis")
        program = Program(server.session, server.url, {"Authorization": f"Bearer {key}"})
        for window in range(1, 100):
            assert (await program.post(f"/windows/{window}/open")).status == 200
        runs = [
            await attack(
                server, key, tmp_path, phases="examples,coverage,fuzzing", examples=examples
            ),
            await attack(server, key, tmp_path, phases="stateful", examples=walks),
        ]
        for run in runs:
            assert run.code == 0, run.words
            assert run.report["complete"]
            assert run.report["test_cases"]["with_failures"] == 0, run.words
        assert runs[0].report["operations"]["tested"] == len(OPERATIONS)
        assert sum(run.cases for run in runs) >= least_cases
        done = await server.pool.fetch("SELECT DISTINCT event FROM ticket_event")
        assert {row["event"] for row in done} >= {"issue", "call"}
        verdict = await verify(server.pool, 1)
        assert verdict.is_whole, verdict.breaks
