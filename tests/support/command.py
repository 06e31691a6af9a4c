"""Runs the `shubbak` command as a person does: another process, its output and its exit code."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

LONGEST_RUN_S = 60


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


async def shubbak(
    *words: str,
    stdin: str | None = None,
    environment: dict[str, str] | None = None,
    within_s: float = LONGEST_RUN_S,
) -> Ran:
    """Run `shubbak` with these words; standard input is empty unless given."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("SHUBBAK_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-m",
        "queue_server.cli",
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**inherited, "COLUMNS": "200", **(environment or {})},
    )
    async with asyncio.timeout(within_s):
        out, err = await process.communicate((stdin or "").encode())
    return Ran(process.returncode or 0, out.decode(), err.decode())
