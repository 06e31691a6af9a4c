"""Which Python a supervisor starts its next process with: the one that is installed now."""

import sys
from pathlib import Path

import pytest

from queue_server.processes.share import python_now


def _installation(folder: Path) -> Path:
    """Make an environment as `python3 -m venv` does: its Python is a link to the system's."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / "bin" / "shubbak").touch()
    return folder


def test_the_next_process_is_of_the_installation_to_which_the_link_leads_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = (_installation(tmp_path / name) for name in ("shubbak-0.1", "shubbak-0.2"))
    link = tmp_path / "shubbak"
    link.symlink_to(before)
    monkeypatch.setattr(sys, "argv", [str(link / "bin" / "shubbak"), "serve"])
    assert python_now() == before / "bin" / "python"
    link.unlink()
    link.symlink_to(after)
    assert python_now() == after / "bin" / "python"


def test_without_a_python_beside_the_command_it_is_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "cli.py"), "serve"])
    assert python_now() == Path(sys.executable)
