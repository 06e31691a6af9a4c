"""What a display remembers across a kill, and that it never stumbles over its own file."""

import json
import os
from pathlib import Path

import pytest

from displays.memory import KEPT, Memory, Remembered
from tests.support.hall_server import EPOCH, NEXT_EPOCH


def test_what_was_announced_is_on_disk_at_once(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.begin(EPOCH)
    memory.chimed(7)
    memory.chimed(8)
    memory.stood(7)
    again = Memory(tmp_path)
    assert again.epoch == EPOCH
    assert again.remembered == Remembered(frozenset({7, 8}), frozenset({7}))


def test_the_journal_keeps_its_name_and_a_new_disk_has_another(tmp_path: Path) -> None:
    first = Memory(tmp_path / "a").journal_id
    assert Memory(tmp_path / "a").journal_id == first
    assert Memory(tmp_path / "b").journal_id != first


def test_another_epoch_forgets_the_ids_and_keeps_the_journal(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.begin(EPOCH)
    memory.chimed(7)
    journal_id = memory.journal_id
    memory.begin(EPOCH)
    assert memory.remembered.chimed == {7}
    memory.begin(NEXT_EPOCH)
    assert memory.remembered == Remembered()
    assert Memory(tmp_path).journal_id == journal_id


def test_the_file_does_not_grow_over_a_day(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    for call_id in range(200):
        memory.chimed(call_id)
    assert memory.remembered.chimed == set(range(200 - KEPT, 200))
    assert os.listdir(tmp_path) == ["display.json"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"journal_id": 7}', b"\xff\xfe\x00"])
def test_a_damaged_file_counts_as_a_new_disk(tmp_path: Path, damage: bytes) -> None:
    old = Memory(tmp_path).journal_id
    (tmp_path / "display.json").write_bytes(damage)
    memory = Memory(tmp_path)
    assert memory.journal_id != old
    assert json.loads((tmp_path / "display.json").read_text())["journal_id"] == memory.journal_id


def test_a_disk_that_fails_later_stops_no_call(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    memory = Memory(folder)
    (folder / "display.json").unlink()
    folder.rmdir()
    memory.chimed(7)
    assert memory.remembered.chimed == {7}
