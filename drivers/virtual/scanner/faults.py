"""What is wrong with a virtual scanner, and what it is told to read; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from drivers.virtual.change import Change, changed

Pick = Literal["none", "biscuits", "menu", "card", "licence"]

PICKS: Mapping[Pick, tuple[str, str]] = {
    "biscuits": ("6221031491016", "EAN"),
    "menu": ("https://example.com/menu?table=7", "QR"),
    "card": ("\x01\x92K\xd3\x0e\xa7\x1b\xf0\x88Z\x06\xc4\x9d\x11\xe5\x7f" * 24, "PDF417"),
    "licence": ("HTTPS://EXAMPLE.COM/V/ABCDEFGHIJKLMNOP", "QR"),
}
"""What people hold before a scanner besides our papers: the text and the kind of its code. What the
back of a national ID card holds is encrypted, so that here it is as good as noise."""


@dataclass(frozen=True, slots=True)
class Faults:
    """The scanner's troubles; the defaults are none."""

    sends: Literal["code", "garbage", "endless"] = "code"
    """`garbage`: noise where the code was · `endless`: 12 KB of it, and no end."""
    suffix: bool = True
    """False: nothing tells where a code ends."""
    doubled: bool = False
    """Each code is sent twice."""
    identifier: bool = False
    """An AIM identifier is sent before each code."""
    per_s: int = 0
    """How many bytes or keys it sends in a second; 0 for all at once."""
    plug: Literal["in", "out"] = "in"
    pick: Pick = "none"
    """What it was told to read last, of the things on its page."""


class FaultChange(Change):
    """A change of them; for a scanner also what it is to read."""

    sends: Literal["code", "garbage", "endless"] | None = None
    suffix: bool | None = None
    doubled: bool | None = None
    identifier: bool | None = None
    per_s: int | None = Field(default=None, ge=0)
    plug: Literal["in", "out", "cycle"] | None = None
    """`cycle`: out and in again; what it was sending is cut off."""
    pick: Pick | None = None
    """Read one of `PICKS`."""
    scan: str | None = Field(default=None, min_length=1, max_length=8000)
    """Read this text."""
    kind: str | None = Field(default=None, max_length=20)
    """The kind of code that `scan` stands in; QR where it is not named."""

    def applied_to(self, faults: Faults) -> Faults:
        """Return the faults after this change."""
        return changed(faults, self)

    @property
    def asked_for(self) -> tuple[str, str] | None:
        """Return the text and the kind of code to read now; None where none is named."""
        if self.scan is not None:
            return self.scan, self.kind or "QR"
        return PICKS.get(self.pick) if self.pick is not None else None
