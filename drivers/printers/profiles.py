"""What each kind of printer can do; the technician names one in the agent's settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Profile:
    """The facts about a printer that it can't be asked."""

    name: str
    width_dots: int
    capabilities: str
    """The nearest profile of python-escpos; guards the width."""
    dots_per_inch: int = 203
    cut: Literal["full", "partial", "none"] = "partial"
    feed_rows: int = 0
    """Blank rows before the cut, beyond the way from head to knife that GS V 66 feeds itself; where
    there is no knife, the way to the tear-off edge."""
    chunk_rows: int = 192
    """Rows in one raster command, 128 to 256."""
    skips_blank: bool = True
    """Blank rows are fed, not sent; false where ESC J does not count in dots."""
    echo: bool = False
    """GS ( H: says when a job is on paper."""
    asb: bool = True
    """GS a: tells of changes by itself."""
    clears_buffer: bool = False
    """DLE ENQ 2 and DLE DC4 8 drop what was received and not printed."""
    answers: bool = True
    """DLE EOT; a printer that never answers is printed to blindly, and no job is ever `done`."""


_ALL = (
    Profile("epson-576", 576, "TM-T20II", echo=True, clears_buffer=True),
    Profile(
        "epson-512", 512, "TM-T88V", dots_per_inch=180, skips_blank=False, echo=True, chunk_rows=128
    ),
    Profile("clone-576", 576, "NT-80-V-UL"),
    Profile("clone-576-no-asb", 576, "NT-80-V-UL", asb=False, chunk_rows=128),
    Profile("clone-384", 384, "POS-5890", cut="none", feed_rows=96, asb=False, chunk_rows=128),
    Profile("clone-640", 640, "CT-S651"),
    Profile("blind-576", 576, "NT-80-V-UL", asb=False, answers=False),
)

PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in _ALL}
