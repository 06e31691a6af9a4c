"""What each kind of printer can do; the technician names one in the agent's settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Raster = Literal["gs_v0", "gs_L", "esc_star"]
"""How a picture is sent: `GS v 0` is what every clone takes, `GS ( L` its successor on Epsons, and
`ESC *`, in columns of 24 dots, for printers that know neither."""

Cut = Literal["full", "partial", "none"]

CHUNK_ROWS = (128, 256)
"""One raster command has so many rows: what a clone's buffer holds, and a cut-off costs little."""

WIDTHS_DOTS = (384, 640)
"""The narrowest and the widest paper that slips are drawn for (58 mm, and 80 mm to its edges)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The facts about a printer that it can't be asked."""

    name: str
    width_dots: int
    capabilities: str
    """The nearest profile of python-escpos; guards the width."""
    dots_per_inch: int = 203
    raster: Raster = "gs_v0"
    cut: Cut = "partial"
    feed_rows: int = 0
    """Blank rows before the cut, beyond the way from head to knife that GS V 66 feeds itself; where
    there is no knife, the way to the tear-off edge."""
    head_to_knife_mm: float = 13.0
    """Paper that GS V 66 feeds before each cut: 12 to 15 mm in most printers."""
    chunk_rows: int = 192
    """Rows in one raster command."""
    skips_blank: bool = True
    """Blank rows are fed, not sent; false where ESC J does not count in dots."""
    before_job: bytes = b""
    """Sent before each slip, as to take back one that nobody took."""
    after_cut: bytes = b""
    """Sent after each cut, as to present or eject the slip."""
    beep: bytes = b""
    """Sent after that, to be heard."""
    echo: bool = False
    """GS ( H: says when a job is on paper."""
    asb: bool = True
    """GS a: tells of changes by itself."""
    clears_buffer: bool = False
    """DLE ENQ 2 and DLE DC4 8 drop what was received and not printed."""
    answers: bool = True
    """DLE EOT; a printer that never answers is printed to blindly, and no job is ever `done`."""
    native_qr: bool = False
    """Draws QR codes by itself; our slips are pictures and don't ask it to."""
    baud: int = 115_200
    """The speed of its serial line, unless the address names one."""

    @property
    def longest_command_bytes(self) -> int:
        """How many bytes a printer may still wait for when a picture was cut off."""
        if self.raster == "esc_star":
            return 3 * self.width_dots
        return self.chunk_rows * self.width_dots // 8 + 10

    def mm(self, rows: int) -> float:
        """Return the paper that so many rows of dots are, in millimetres."""
        return rows * 25.4 / self.dots_per_inch


_ALL = (
    Profile("epson-576", 576, "TM-T20II", echo=True, clears_buffer=True, native_qr=True),
    Profile(
        "epson-576-graphics",
        576,
        "TM-T20II",
        raster="gs_L",
        echo=True,
        clears_buffer=True,
        native_qr=True,
    ),
    Profile(
        "epson-512",
        512,
        "TM-T88V",
        dots_per_inch=180,
        skips_blank=False,
        echo=True,
        chunk_rows=128,
        native_qr=True,
        baud=38_400,
    ),
    Profile("clone-576", 576, "NT-80-V-UL", native_qr=True),
    Profile("clone-576-no-asb", 576, "NT-80-V-UL", asb=False, chunk_rows=128, native_qr=True),
    Profile(
        "clone-576-columns", 576, "NT-80-V-UL", raster="esc_star", asb=False, skips_blank=False
    ),
    Profile("clone-512", 512, "NT-80-V-UL", chunk_rows=128, native_qr=True),
    Profile(
        "clone-384", 384, "POS-5890", cut="none", feed_rows=96, asb=False, chunk_rows=128, baud=9600
    ),
    Profile("clone-640", 640, "CT-S651", native_qr=True),
    Profile(
        "ejector-640",
        640,
        "CT-S651",
        cut="full",
        before_job=b"\x1de\x02",
        after_cut=b"\x1de\x05",
        asb=False,
        chunk_rows=128,
    ),
    Profile("blind-576", 576, "NT-80-V-UL", asb=False, answers=False),
)

PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in _ALL}


def with_baud(url: str, profile: Profile) -> str:
    """Return the address, a serial one with the profile's speed unless it names its own."""
    parts = urlsplit(url)
    if parts.scheme not in ("serial", "rfc2217") or "baud" in parse_qs(parts.query):
        return url
    return f"{url}{'&' if parts.query else '?'}baud={profile.baud}"
