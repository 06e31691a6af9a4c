"""Runs `shubbak demo` as a person does, in a folder of the caller's, until the block ends."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.eventually import eventually
from tests.support.programs import free_ports

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 60.0
PORTS = 16
SHUBBAK = Path(sys.executable).parent / "shubbak"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A demonstration that answers, and what its `demo.json` says."""

    process: asyncio.subprocess.Process
    facts: dict[str, Any]


@asynccontextmanager
async def demonstration(
    folder: Path,
    *options: str,
    within: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Demonstration]:
    """Keep a demonstration in `folder` for the block; Ctrl-C ends it.

    `folder` is short, since sockets live in it, and holds the data in `demo` and the output in
    `demo.log`. `within` is a command that runs ours where it pleases. Fails with the output when
    it does not come up, and when it does not end well.
    """
    log = folder / "demo.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *within,
            *(str(SHUBBAK), "demo", "--data", str(folder / "demo")),
            *("--port", str(free_ports(PORTS)), *options),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    facts = folder / "demo" / "demo.json"

    async def is_up_or_gone() -> bool:
        return process.returncode is not None or facts.exists()

    try:
        await eventually(is_up_or_gone, within_s=START_TIMEOUT_S)
        assert process.returncode is None, _told(folder)
        yield Demonstration(process, json.loads(facts.read_text(encoding="utf-8")))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    assert process.returncode == 0, _told(folder)


def _told(folder: Path) -> str:
    """Return the end of what the demonstration and each of its programs said."""
    logs = [folder / "demo.log", *sorted((folder / "demo" / "logs").glob("*.log"))]
    return "\n".join(
        f"{log.name}: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}" for log in logs
    )
