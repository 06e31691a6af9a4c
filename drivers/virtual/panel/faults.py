"""What is wrong with the virtual panels of one bus; pure."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from drivers.virtual.change import Change, changed


@dataclass(frozen=True, slots=True)
class Faults:
    """The troubles of a bus; the defaults are none."""

    power: Literal["on", "off"] = "on"
    """Of the panels; the bus converter has its own."""
    plug: Literal["in", "out"] = "in"
    """Of the bus converter: unplugged, its link is gone and cannot be opened."""
    deaf: bool = False
    """Bytes are taken and nothing becomes of them."""
    answers: Literal["true", "garbled", "refused"] = "true"
    """`garbled`: the check bytes are wrong; `refused`: the panel says that it failed."""
    bytes_per_s: int = 0
    """How fast bytes are taken; 0 for as fast as they come."""
    dead: int = 0
    """The address of one panel that hangs; 0 for none."""


class FaultChange(Change):
    """A change of these troubles."""

    power: Literal["on", "off", "cycle"] | None = None
    """`cycle`: off and on again; what the panels showed and remembered is lost."""
    plug: Literal["in", "out"] | None = None
    deaf: bool | None = None
    answers: Literal["true", "garbled", "refused"] | None = None
    bytes_per_s: int | None = Field(default=None, ge=0)
    dead: int | None = Field(default=None, ge=0, le=255)

    def applied_to(self, faults: Faults) -> Faults:
        """Return the faults after this change."""
        return changed(faults, self)
