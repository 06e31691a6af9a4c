"""Where tests keep their files: in memory only where that is roomy and allowed."""

import tempfile
from pathlib import Path

import pytest

from tests.support.ram_disk import temporary_folder

ORDINARY = Path(tempfile.gettempdir())


@pytest.fixture(autouse=True)
def _nobody_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR")


def test_a_disk_with_room_is_taken(tmp_path: Path) -> None:
    assert temporary_folder(tmp_path, room_bytes=1) == tmp_path


def test_a_disk_without_room_is_left(tmp_path: Path) -> None:
    assert temporary_folder(tmp_path, room_bytes=1 << 60) == ORDINARY


def test_a_machine_without_such_a_disk_uses_its_own_folder(tmp_path: Path) -> None:
    assert temporary_folder(tmp_path / "none", room_bytes=1) == ORDINARY


def test_a_folder_that_somebody_chose_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    assert temporary_folder(tmp_path, room_bytes=1) == ORDINARY
