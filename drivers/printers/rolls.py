"""Knows the roll in a printer: how much paper is left on it, and whether anybody saw it print."""

import json
import math
import os
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import structlog

from drivers.clock import Clock
from drivers.printers.model import PrinterStatus

logger = structlog.get_logger()

RollCheck = Literal["assumed", "asked", "good", "blank", "unchecked"]
"""Is the print seen? `assumed` from before anybody was asked · `asked` a test slip is out or on its
way · `good` and `blank` as a person answered · `unchecked` nobody did."""

RollNews = Literal["new_roll", "opened"]
"""What may have turned the paper over: a new roll, or a cover that was opened and closed."""

USUAL_SLIP_MM = 130.0
"""Until a roll has a mean of its own."""

_SLIPS_FOR_A_MEAN = 5


@dataclass(frozen=True, slots=True)
class Roll:
    """One roll of paper, by what was fed from it; lengths in millimetres."""

    loaded_at: datetime
    length_mm: float
    used_mm: float = 0.0
    slips: int = 0
    check: RollCheck = "assumed"
    was_out: bool = False
    """The paper ended, and no other was seen since."""

    @property
    def left_mm(self) -> float:
        return max(0.0, self.length_mm - self.used_mm)

    @property
    def slip_mm(self) -> float:
        """The mean of its slips."""
        return USUAL_SLIP_MM if self.slips < _SLIPS_FOR_A_MEAN else self.used_mm / self.slips

    @property
    def slips_left(self) -> int:
        """So many more slips may be hoped for."""
        return math.floor(self.left_mm / self.slip_mm)


class RollWatch:
    """Hears a printer's states in their order, and tells when the paper may be another; pure.

    The state of a lost link says nothing: a printer is often switched off for a new roll. Near end
    and then enough is a new roll only with an open cover between: such sensors flicker.
    """

    def __init__(self, *, was_out: bool = False) -> None:
        self.was_out = was_out
        self._was_near_end = False
        self._was_open = False

    def hear(self, status: PrinterStatus) -> RollNews | None:
        """Return what this state means for the roll; None for nothing."""
        if status.link == "down" or status.paper == "unknown":
            return None
        if status.paper == "out":
            self.was_out = True
        if status.cover == "open":
            self._was_open = True
        if status.paper == "out" or status.cover == "open":
            return None
        is_new = self.was_out or (self._was_open and self._was_near_end and status.paper == "ok")
        was_open, self._was_open, self.was_out = self._was_open, False, False
        self._was_near_end = status.paper == "near_end"
        return "new_roll" if is_new else "opened" if was_open else None


class RollBook:
    """Keeps the present roll in a file, so that a restart forgets none of it.

    A file that can't be read is begun anew, and one that can't be written is told of in the log: an
    estimate of paper stops no printer.
    """

    def __init__(self, path: Path, clock: Clock, *, length_mm: float) -> None:
        self._path = path
        self._clock = clock
        self._length_mm = length_mm
        self.roll = self._read() or Roll(clock.now(), length_mm)

    def new_roll(self) -> None:
        """A full roll of the usual length is in the printer now."""
        self._write(Roll(self._clock.now(), self._length_mm))

    def correct(self, left_mm: float) -> None:
        """A person measured what is left."""
        self._write(replace(self.roll, length_mm=self.roll.used_mm + left_mm))

    def use(self, length_mm: float | None) -> None:
        """One slip took so much paper; None: nobody knows, and the mean is taken."""
        taken = self.roll.slip_mm if length_mm is None else length_mm
        self._write(
            replace(self.roll, used_mm=self.roll.used_mm + taken, slips=self.roll.slips + 1)
        )

    def note_check(self, check: RollCheck) -> None:
        self._write(replace(self.roll, check=check))

    def note_out(self, was_out: bool) -> None:
        if was_out != self.roll.was_out:
            self._write(replace(self.roll, was_out=was_out))

    def _read(self) -> Roll | None:
        try:
            kept = json.loads(self._path.read_text())
            return Roll(
                loaded_at=datetime.fromisoformat(kept["loaded_at"]),
                length_mm=float(kept["length_mm"]),
                used_mm=float(kept["used_mm"]),
                slips=int(kept["slips"]),
                check=_check(kept["check"]),
                was_out=bool(kept["was_out"]),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("roll_forgotten", file=self._path.name, reason=str(error))
            return None

    def _write(self, roll: Roll) -> None:
        self.roll = roll
        text = json.dumps({**asdict(roll), "loaded_at": roll.loaded_at.isoformat()})
        beside = self._path.with_name(f"{self._path.name}.new")
        try:
            with beside.open("w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        except OSError as error:
            logger.error("roll_not_kept", file=self._path.name, reason=str(error))


def _check(word: str) -> RollCheck:
    known: tuple[RollCheck, ...] = ("assumed", "asked", "good", "blank", "unchecked")
    return next((each for each in known if each == word), "unchecked")
