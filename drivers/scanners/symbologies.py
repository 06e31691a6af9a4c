"""AIM symbology identifiers: three signs before a code that say which kind it is.

`]`, a letter for the kind, a modifier (ISO/IEC 15424). Scanners send them only when they are set to
(Honeywell calls it *Code ID: AIM*), and some makers before the prefix, some behind it.
"""

import re
from collections.abc import Mapping

SYMBOLOGIES: Mapping[str, str] = {
    "A": "Code 39",
    "C": "Code 128",
    "d": "Data Matrix",
    "E": "EAN",
    "e": "GS1 DataBar",
    "F": "Codabar",
    "G": "Code 93",
    "h": "Han Xin",
    "H": "Code 11",
    "I": "ITF",
    "K": "Code 16K",
    "L": "PDF417",
    "M": "MSI",
    "O": "Codablock",
    "P": "Plessey",
    "Q": "QR",
    "S": "Industrial 2 of 5",
    "T": "Code 49",
    "U": "MaxiCode",
    "z": "Aztec",
}
"""The kinds by their letter; another letter after `]` is text."""

_IDENTIFIER = re.compile(rb"\](" + b"|".join(each.encode() for each in SYMBOLOGIES) + rb")[0-9A-F]")


def split_identifier(data: bytes) -> tuple[str | None, bytes]:
    """Return the kind that an identifier at the front names, and what stands behind it."""
    found = _IDENTIFIER.match(data)
    if found is None:
        return None, data
    return SYMBOLOGIES[found[1].decode()], data[found.end() :]
