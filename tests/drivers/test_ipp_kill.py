"""A process killed at any state of an A4 job: the page comes out once, or a person is asked."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.drivers.links import LONGEST_S, until
from tests.support.ipp_printer import PRINTING, IppStandIn, ipp_printer

ROOT = Path(__file__).parents[2]


async def start(a4: IppStandIn, journal: Path, die_at: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.drivers.ipp_process",
        a4.url,
        str(journal),
        die_at,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )


async def states_of(process: asyncio.subprocess.Process) -> list[str]:
    """Return the page's states, without the log's lines."""
    async with asyncio.timeout(LONGEST_S):
        output, _ = await process.communicate()
    return [line for line in output.decode().splitlines() if " " not in line]


@pytest.mark.parametrize(
    ("die_at", "first", "second", "printed"),
    [
        ("queued", [], ["sending", "sent", "done"], ["page", "next"]),
        ("sending", ["sending"], ["unknown"], ["next"]),
        ("sent", ["sending", "sent"], ["done"], ["page", "next"]),
        ("done", ["sending", "sent", "done"], [], ["page", "next"]),
    ],
)
async def test_a_page_is_printed_once_or_unknown_wherever_its_process_was_killed(
    tmp_path: Path, die_at: str, first: list[str], second: list[str], printed: list[str]
) -> None:
    async with ipp_printer(IppStandIn()) as a4:
        journal = tmp_path / "a4.sqlite"
        assert await states_of(await start(a4, journal, die_at)) == first
        assert await states_of(await start(a4, journal, "never")) == second
    assert [job.name for job in a4.jobs] == printed


async def test_a_page_that_waits_for_paper_is_found_again_after_a_kill(tmp_path: Path) -> None:
    async with ipp_printer(IppStandIn(takes_jobs_as=PRINTING)) as a4:
        journal = tmp_path / "a4.sqlite"
        process = await start(a4, journal, "held")
        await until(lambda: bool(a4.jobs))
        a4.halt("media-empty")
        assert await states_of(process) == ["sending", "sent", "held"]
        a4.takes_jobs_as = 9
        process = await start(a4, journal, "never")
        await until(lambda: 0x000A in a4.asked)
        a4.go_on()
        assert await states_of(process) == ["done"]
    assert [job.name for job in a4.jobs] == ["page", "next"]
