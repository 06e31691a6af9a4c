"""What is wrong with a virtual document scanner; pure."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from drivers.virtual.change import Change, changed


@dataclass(frozen=True, slots=True)
class Faults:
    """The scanner's paper and troubles; the defaults are three pages and no trouble."""

    pages: int = 3
    """In the feeder."""
    blank: int = 0
    """Which page of the feeder is blank; 0 for none."""
    jam: int = 0
    """At which page of the feeder the paper jams; 0 for none."""
    cut: int = 0
    """Amid which page of a job the connection breaks; 0 for none."""
    busy: int = 0
    """How many requests are answered with *busy* before it works again."""
    forgets: int = 0
    """At which page of a job the scanner restarts and knows of no job; 0 for never."""
    location: Literal["relative", "absolute", "foreign"] = "relative"
    """How a job's address is told; `foreign` is a name that only the scanner knows."""
    power: Literal["on", "off"] = "on"
    """Off: it breaks every connection."""


class FaultChange(Change):
    """A change of these troubles."""

    pages: int | None = Field(default=None, ge=0, le=500)
    blank: int | None = Field(default=None, ge=0)
    jam: int | None = Field(default=None, ge=0)
    cut: int | None = Field(default=None, ge=0)
    busy: int | None = Field(default=None, ge=0)
    forgets: int | None = Field(default=None, ge=0)
    location: Literal["relative", "absolute", "foreign"] | None = None
    power: Literal["on", "off"] | None = None

    def applied_to(self, faults: Faults) -> Faults:
        """Return the faults after this change."""
        return changed(faults, self)
