"""The wheel, which a centre installs: everything that the programs read is in it, and it runs."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.support.demonstration import demonstration
from tests.support.programs import answers

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROGRAMS = ("core_services", "displays", "drivers", "kiosk", "queue_server")
NOT_FOR_RUNNING = ("*.md",)
MATERIAL = "queue_server/installing/material"
"""Our link to the folder `systemd`, whose files `shubbak install` writes."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of this tree, built from a copy of what git knows of it."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in known_to_git("."):
        target = folder / "tree" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target, follow_symlinks=False)
    built = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])",
            str(folder),
        ],
        cwd=folder / "tree",
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def known_to_git(*folders: str) -> list[str]:
    """Return the tracked files that are there, and links to folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [name for name in listed.stdout.split("\0") if name]
    return [name for name in names if (ROOT / name).is_file() or (ROOT / name).is_symlink()]


def test_the_wheel_holds_every_file_of_the_programs_and_nothing_else(
    wheel: zipfile.ZipFile,
) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    wanted = {
        name
        for name in known_to_git(*PROGRAMS)
        if not any(Path(name).match(pattern) for pattern in NOT_FOR_RUNNING)
    }
    assert MATERIAL in wanted
    wanted.remove(MATERIAL)
    wanted |= {name.replace("systemd", MATERIAL, 1) for name in known_to_git("systemd")}
    assert packed == wanted


def test_every_package_is_listed() -> None:
    listed = PYPROJECT["tool"]["setuptools"]["packages"]
    found = [
        ".".join(Path(name).parent.parts)
        for name in known_to_git(*PROGRAMS)
        if Path(name).name == "__init__.py"
    ]
    assert listed == sorted(found)


def test_the_wheel_brings_the_commands(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    commands = re.findall(r"^([\w-]+) = ", wheel.read(name).decode(), re.MULTILINE)
    assert sorted(commands) == sorted(PYPROJECT["project"]["scripts"])


async def test_a_centre_runs_from_the_wheel_alone(wheel: zipfile.ZipFile, short_dir: Path) -> None:
    """Our tree is out of sight: what the programs import and read is what was packed."""
    packed = short_dir / "packed"
    wheel.extractall(packed)
    alone = {"PYTHONPATH": str(packed), "PYTHONSAFEPATH": "1"}
    where = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", "import queue_server, kiosk; print(queue_server, kiosk)"],
        cwd=short_dir,
        env={**os.environ, **alone},
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.count(str(packed)) == 2
    async with demonstration(short_dir, "--no-bots", environment=alone) as demo:
        for screen in ("server", "kiosk", "display"):
            assert await answers(demo.facts[screen])
