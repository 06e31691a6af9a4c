"""Files that must outlive a power cut."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from core_services.files import write_durably


@pytest.fixture
def acts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything asked of the disk, in order."""
    done: list[str] = []

    def watched(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def act(*arguments: object) -> object:
            is_folder = name == "fsync" and stat.S_ISDIR(os.fstat(int(str(arguments[0]))).st_mode)
            done.append(f"{name} folder" if is_folder else name)
            return real(*arguments)

        return act

    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, watched(name, getattr(os, name)))
    return done


def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_before_the_return(
    tmp_path: Path, acts: list[str]
) -> None:
    path = tmp_path / "font.ttf"
    write_durably(path, b"old", mode=0o644)
    assert acts == ["fsync", "replace", "fsync folder"]
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "font.ttf"
    write_durably(path, b"old")

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
