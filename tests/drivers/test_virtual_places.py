"""The names at which virtual devices stand: addresses, taken again, never somebody else's."""

import asyncio
import os
from pathlib import Path

import pytest
import typer

from drivers.transports.opening import open_transport
from drivers.virtual.lines import Line
from drivers.virtual.places import chosen_place, free_name
from drivers.virtual.serial_line import SerialLine
from tests.drivers.links import LONGEST_S


async def echo(line: Line) -> None:
    while data := await line.read():
        line.send(data)


async def test_a_name_with_any_signs_is_told_as_an_address_that_opens(tmp_path: Path) -> None:
    place = chosen_place("127.0.0.1:0", tmp_path / "طابعة 50%?")
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(place.serve(echo, lambda: True))
        link = await open_transport(place.url, timeout_s=LONGEST_S)
        await link.write(b"here")
        heard = b""
        async with asyncio.timeout(LONGEST_S):
            while heard != b"here":
                heard += await link.read()
        await link.close()
        serving.cancel()
    assert os.listdir(tmp_path) == []


def test_a_name_that_a_killed_program_left_is_taken_again(tmp_path: Path) -> None:
    killed = SerialLine(tmp_path / "printer")
    assert free_name("--serial", killed.name) == killed.name
    line = SerialLine(killed.name)
    line.drop()
    assert not killed.name.is_symlink()
    killed.drop()


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_somebody_else_put_there_is_never_taken(kind: str, tmp_path: Path) -> None:
    name = tmp_path / "printer"
    match kind:
        case "file":
            name.touch()
        case "folder":
            name.mkdir()
        case "link":  # such as udev makes for a real device
            name.symlink_to("/dev/null")
    with pytest.raises(typer.BadParameter, match="is there already"):
        free_name("--serial", name)
