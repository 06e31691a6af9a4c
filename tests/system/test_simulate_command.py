"""`shubbak simulate` as a person calls it."""

import asyncio
import csv
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from queue_server.cli import app
from queue_server.estimate.history import read_targets
from queue_server.simulation import run
from queue_server.simulation.errors import SimulationFailed
from queue_server.simulation.library import library
from tests.support.eventually import eventually
from tests.support.fonts import share_fonts

SHUBBAK = Path(sys.executable).parent / "shubbak"
TINY = """
title = { ar = "ربع ساعة", en = "A quarter of an hour" }
date = 2026-11-22
opens = 09:00:00
closes = 09:10:00
overtime_minutes = 10
[arrivals]
people = 12
at_the_door = 6
[services]
factor = 0.2
[[windows]]
numbers = [1, 2, 3]
[[faults]]
kind = "server"
at = 09:04:00
minutes = 2
"""


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Commands that run in this process make its log their own."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


async def called(*arguments: object, folder: Path) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        str(SHUBBAK),
        "simulate",
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_day_is_told_as_json_as_events_and_as_a_report(short_dir: Path) -> None:
    (short_dir / "tiny.toml").write_text(TINY, encoding="utf-8")
    share_fonts(short_dir / "centre")
    code, out, err = await called(
        *("tiny.toml", "--seed", 3, "--json", "--data", "centre"),
        *("--events", "events.csv", "--report", "report"),
        folder=short_dir,
    )
    assert code == 0, err
    told = json.loads(out)
    assert (told["scenario"], told["seed"], told["speed"], told["errors"]) == ("tiny", 3, "max", {})
    [day] = told["days"]
    assert day["day"] == "2026-11-22"
    assert day["issued"] == day["citizens"] >= 6
    assert day["finished"] + day["no_show"] == day["issued"]
    with (short_dir / "events.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == day["issued"]
    assert (short_dir / "events-windows.csv").exists()
    with (short_dir / "events-services.csv").open(encoding="utf-8", newline="") as file:
        assert {"reconciliation", "collection"} <= set(read_targets(file))
    assert (short_dir / "report" / "report-ar.html").exists()


def test_the_library_is_named() -> None:
    found = CliRunner().invoke(app, ["simulate", "list"])
    assert found.exit_code == 0
    assert tuple(found.stdout.split()) == library()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ordinary_sundai",), "ordinary_sunday"),
        (("ordinary_sunday", "--speed", "fast"), "--speed"),
        (("ordinary_sunday", "--speed", "60", "--days", "2"), "--speed max"),
        (("missing.toml",), "missing.toml"),
    ],
)
def test_what_cannot_be_simulated_is_told_with_code_2(
    arguments: tuple[str, ...], says: str
) -> None:
    found = CliRunner().invoke(app, ["simulate", *arguments])
    assert found.exit_code == 2
    assert says in found.stderr


@pytest.mark.parametrize("speed", ["max", "60"])
def test_nobody_invented_comes_into_a_centre_that_was_not_simulated(
    speed: str, short_dir: Path
) -> None:
    real = short_dir / "centre"
    (real / "database").mkdir(parents=True)
    found = CliRunner().invoke(
        app, ["simulate", "ordinary_sunday", "--data", str(real), "--speed", speed]
    )
    assert found.exit_code == 1
    assert f"a centre lives in {real.resolve()} that was not simulated" in found.stderr
    assert list(real.iterdir()) == [real / "database"]


def test_a_folder_holds_one_simulation_at_a_time(tmp_path: Path) -> None:
    with run.folder_of(tmp_path) as folder:
        (folder / "database").mkdir()
        with pytest.raises(SimulationFailed, match="another simulation"), run.folder_of(tmp_path):
            pass
    with run.folder_of(tmp_path) as again:
        assert again == folder


def test_files_that_cannot_be_written_are_told_before_a_day_is_lived(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    for option, path in (
        ("--events", tmp_path),
        ("--events", file / "events.csv"),
        ("--report", file),
        ("--report", file / "report"),
    ):
        found = CliRunner().invoke(app, ["simulate", "ordinary_sunday", option, str(path)])
        assert found.exit_code == 2
        assert option in found.stderr
        assert "Preparing" not in found.stderr


@pytest.mark.soak
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_ctrl_c_and_a_kill_leave_no_program_behind(
    number: signal.Signals, short_dir: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        str(SHUBBAK),
        *("simulate", "ordinary_sunday", "--data", str(short_dir / "centre")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )

    async def has_a_database() -> bool:
        return bool(list((short_dir / "centre").rglob("postmaster.pid")))

    await eventually(has_a_database, within_s=60.0)
    process.send_signal(number)
    async with asyncio.timeout(60):
        await process.communicate()
    assert process.returncode == 128 + number
    assert not list((short_dir / "centre").rglob("postmaster.pid"))
