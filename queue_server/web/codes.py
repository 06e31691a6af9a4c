"""Draws an address as a QR code for a page: one SVG path, a unit for each module."""

from dataclasses import dataclass
from functools import lru_cache

QUIET_MODULES = 4


@dataclass(frozen=True, slots=True)
class Code:
    """A square of `side` units and the dark part of it."""

    side: int
    path: str


@lru_cache(maxsize=16)
def draw(url: str) -> Code:
    """Return the code of an address, error correction M."""
    import qrcode  # its imaging library is a fat guest where no code is ever shown
    from qrcode.constants import ERROR_CORRECT_M

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_MODULES)
    code.add_data(url)
    code.make(fit=True)
    matrix = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return Code(len(matrix), path)
