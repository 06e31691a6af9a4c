"""The seven bars of a digit: which are lit for a character; pure.

Bit 0 is the bar at the top, then clockwise, bit 6 the middle one, bit 7 the point.
"""

from collections.abc import Mapping
from types import MappingProxyType

POINT = 0x80

BARS: Mapping[str, int] = MappingProxyType(
    {
        "0": 0x3F, "1": 0x06, "2": 0x5B, "3": 0x4F, "4": 0x66,
        "5": 0x6D, "6": 0x7D, "7": 0x07, "8": 0x7F, "9": 0x6F,
        "A": 0x77, "J": 0x1E, "D": 0x5E, "S": 0x6D, "M": 0x37,
        "K": 0x75, "L": 0x38, "N": 0x54, "W": 0x3E, "Y": 0x6E,
        "-": 0x40, "_": 0x08, "=": 0x48, " ": 0x00,
    }
)  # fmt: skip
"""The digits, the letters of queues (A J D S M) and of kiosks cut off (K L N W Y), and marks."""


def bars_of(text: str, width: int, *, with_point: bool = False) -> bytes:
    """Return the bars of a text set to the right of so many digits.

    A letter has a point behind it, since an S has the bars of a 5; `with_point` lights the last
    one. What has no bars is dark; a text that is too long is dashes.
    """
    shown = text if len(text) <= width else "-" * width
    bars = bytearray(
        BARS.get(character, 0) | (POINT if character.isalpha() else 0)
        for character in shown.rjust(width)
    )
    if with_point and bars:
        bars[-1] |= POINT
    return bytes(bars)
