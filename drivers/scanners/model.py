"""The values a scanner speaks of: what it read, what was refused of it, its own state."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

WhyRefused = Literal["no_end", "too_long", "no_prefix", "control", "empty"]
"""`no_end` it stopped amid a code · `too_long` more bytes than any code has · `no_prefix` not what
the scanner was set to send · `control` holds control characters, keys that mean no sign, or
no text · `empty` nothing but its frame."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One code that was read, once, however often the scanner sent it meanwhile.

    Its text may be a secret (a ticket's token) or personal: it stands in no log, nor in `repr`.
    """

    text: str = field(repr=False)
    symbology: str | None
    """The kind of code, such as `QR`; None where the scanner is not set to tell."""
    at: datetime


@dataclass(frozen=True, slots=True)
class RefusedScan:
    """Bytes that made no code; what they were is not kept."""

    why: WhyRefused
    size_bytes: int
    symbology: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ScannerStatus:
    """What an agent shows and decides by."""

    ready: bool
    """A code held before it now would be read, as far as anybody can know."""
    reason: Literal["no_link", "garbage"] | None
    """Why it is not; None when it is."""


LINK_DOWN = ScannerStatus(ready=False, reason="no_link")
GARBAGE = ScannerStatus(ready=False, reason="garbage")
READY = ScannerStatus(ready=True, reason=None)
