"""Keeps the slips that a virtual printer cut: one PNG each, numbered, in one folder."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from drivers.clock import Clock


@dataclass(frozen=True, slots=True)
class Slip:
    """One piece of paper."""

    number: int
    file: str
    width: int
    height: int
    at: datetime
    """When it was cut."""


class Slips:
    """The folder of slips; numbers go on from what it holds already."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        folder.mkdir(parents=True, exist_ok=True)
        self._slips = {slip.number: slip for slip in map(_read, folder.glob("slip-*.png"))}

    def add(self, image: Image.Image) -> Slip:
        """Store a slip; its file appears whole or not at all."""
        number = max(self._slips, default=0) + 1
        file = f"slip-{number:05}.png"
        unfinished = self._folder / f".{file}"
        image.save(unfinished, "PNG")
        os.replace(unfinished, self._folder / file)
        slip = Slip(number, file, image.width, image.height, self._clock.now())
        self._slips[number] = slip
        return slip

    def all(self) -> list[Slip]:
        """Return the slips, oldest first."""
        return [self._slips[number] for number in sorted(self._slips)]

    def path(self, number: int) -> Path | None:
        """Return where a slip's picture is, None when there is no such slip."""
        slip = self._slips.get(number)
        return None if slip is None else self._folder / slip.file


def _read(path: Path) -> Slip:
    with Image.open(path) as image:
        width, height = image.size
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Slip(int(path.stem.removeprefix("slip-")), path.name, width, height, at)
