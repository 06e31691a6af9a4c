"""Fonts are cut by a process that lives no longer than whoever waits for it."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.mortal_demo import processes_about

PARENT = """
import sys
from pathlib import Path
from core_services.cutting import cut_apart
cut_apart(sys.argv[1], Path(sys.argv[2]))
"""


@pytest.mark.parametrize("module", ["core_services.look.font", "core_services.paper.fonts"])
def test_who_cuts_ends_with_the_program_that_was_killed(tmp_path: Path, module: str) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, module, str(tmp_path)]) as parent:
        deadline = time.monotonic() + 60
        while not is_cutting(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.005)
        parent.kill()
    while processes_about(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def is_cutting(folder: Path) -> bool:
    """Tell whether a process for that folder has loaded the tools, so that it has begun."""
    for pid in processes_about(folder):
        with suppress(OSError):
            if "fontTools" in Path(f"/proc/{pid}/maps").read_text():
                return True
    return False
