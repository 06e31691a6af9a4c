"""What python-escpos does when it is brought in."""

import subprocess
import sys
from pathlib import Path

_BRING_IN = """
import importlib.resources, os, tempfile
from drivers.printers.escpos_library import PRINTERS
import yaml
table = importlib.resources.files("escpos").joinpath("capabilities.json")
assert PRINTERS == yaml.safe_load(table.read_text())["profiles"]
assert "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ
assert tempfile.gettempdir() == os.environ["TMPDIR"]
"""


def test_its_table_is_its_own_and_nothing_stays_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BRING_IN],
        env={"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
