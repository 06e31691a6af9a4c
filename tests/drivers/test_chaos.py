"""Whatever goes wrong in whatever order: no slip twice, none out of order, none forgotten."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from drivers.printers.journal import Journal
from tests.drivers.bench import Bench, bench_of
from tests.drivers.links import settle
from tests.drivers.papers import number_of

ACTS = 40
WELL = {"paper": "ok", "cover": "closed", "cutter": "ok", "online": True, "replies": True}


@pytest.mark.parametrize("profile", ["epson-576", "clone-576", "clone-576-no-asb"])
@pytest.mark.parametrize("seed", range(5))
async def test_no_sequence_of_faults_prints_a_slip_twice_or_out_of_order(
    tmp_path: Path, profile: str, seed: int
) -> None:
    await run(tmp_path, profile, seed)


@pytest.mark.soak
@pytest.mark.parametrize("profile", ["epson-576", "clone-576", "clone-576-no-asb"])
async def test_no_long_run_of_faults_prints_a_slip_twice_or_out_of_order(
    tmp_path: Path, profile: str
) -> None:
    for seed in range(1000, 1150):
        folder = tmp_path / str(seed)
        folder.mkdir()
        await run(folder, profile, seed)


async def run(tmp_path: Path, profile: str, seed: int) -> None:
    with Journal(tmp_path / "jobs.sqlite") as journal:
        async with bench_of(f"chaos-{profile}-{seed}", journal, profile) as bench:
            submitted = await disturb(bench, random.Random(seed))
            mend(bench)
            await bench.advance(400, step_s=1)
            check(bench, journal, submitted, f"{profile}, seed {seed}")


async def disturb(bench: Bench, chance: random.Random) -> int:
    """Do random things to a printer at work; return how many jobs were submitted."""
    submitted = 0
    acts: list[Callable[[], object]] = [
        lambda: bench.rig.fault(paper=chance.choice(["ok", "near_end", "out"])),
        lambda: bench.rig.fault(cover=chance.choice(["closed", "open"])),
        lambda: bench.rig.fault(cutter=chance.choice(["ok", "stuck"])),
        lambda: bench.rig.fault(online=chance.choice([True, False])),
        lambda: bench.rig.fault(replies=chance.choice([True, False])),
        lambda: bench.rig.fault(bytes_per_s=chance.choice([0, 200, 5000])),
        lambda: bench.rig.fault(power="cycle"),
        lambda: bench.device.drop(),
        lambda: bench.device.resume(chance.choice([0, 1, 300, 65_536])),
        lambda: setattr(bench.device, "is_present", chance.choice([True, False])),
        lambda: bench.front.printer.cancel(f"job-{chance.randint(1, submitted + 1)}"),
        lambda: mend(bench),
        lambda: mend(bench),
    ]
    for _ in range(ACTS):
        if chance.random() < 0.4:
            submitted += 1
            bench.submit(submitted)
        else:
            chance.choice(acts)()
        for _ in range(chance.randrange(8)):
            await settle_a_little(chance)
        if chance.random() < 0.5:
            await bench.advance(chance.choice([0.1, 0.5, 2, 8]))
    return submitted


async def settle_a_little(chance: random.Random) -> None:
    """Stop the tasks at an odd moment, or let them all come to rest."""
    if chance.random() < 0.3:
        await settle()
    else:
        await asyncio.sleep(0)


def mend(bench: Bench) -> None:
    bench.rig.fault(**WELL, bytes_per_s=0)
    bench.device.is_present = True
    bench.device.resume(65_536)


def check(bench: Bench, journal: Journal, submitted: int, which: str) -> None:
    printed = [number for number in map(number_or_none, bench.rig.papers) if number is not None]
    assert len(printed) == len(set(printed)), f"{which}: a slip came out twice"
    assert printed == sorted(printed), f"{which}: slips came out of order"
    assert len(journal.jobs()) == submitted, f"{which}: a job is forgotten"
    for job in journal.jobs():
        number = int(job.job_id.removeprefix("job-"))
        assert job.state in ("done", "unknown", "failed"), f"{which}: {job} never came to an end"
        if job.state == "failed":
            assert number not in printed, f"{which}: {job} was cancelled and printed"
        if job.state == "done" and job.confirmed_by == "echo":
            assert number in printed, f"{which}: {job} was echoed and not printed"


def number_or_none(paper: Image.Image) -> int | None:
    """Read a slip's number; None for a piece that was cut off before it."""
    try:
        return number_of(paper)
    except (AssertionError, IndexError):
        return None
