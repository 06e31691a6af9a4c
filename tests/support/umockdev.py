"""Runs a module in a machine that umockdev makes up, where this one has it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def said_in_umockdev(module: str, *words: str) -> list[str]:
    """Run a module; return its lines on standard output without the log. Skips where it can't.

    The module's first argument is the folder of the system's Python bindings for GObject, which no
    package index has.
    """
    if shutil.which("umockdev-wrapper") is None:
        pytest.skip("umockdev is not installed (Debian: umockdev)")
    bindings = _bindings()
    if bindings is None:
        pytest.skip("no bindings for umockdev (Debian: python3-gi, gir1.2-umockdev-1.0)")
    ran = subprocess.run(
        ["umockdev-wrapper", sys.executable, "-m", module, bindings, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return [line for line in ran.stdout.splitlines() if "[" not in line]


def _bindings() -> str | None:
    """Return where the system keeps the bindings, if this Python can use them."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    asked = subprocess.run(
        [
            "/usr/bin/python3",
            "-c",
            "import gi, sys; gi.require_version('UMockdev', '1.0');"
            f"print('%d.%d' % sys.version_info[:2] == '{version}', gi.__path__[0])",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    is_same, _, path = asked.stdout.strip().partition(" ")
    return str(Path(path).parent) if is_same == "True" else None
