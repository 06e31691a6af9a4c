"""The values a scanner speaks of: what it read, what was refused of it, its own state."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

WhyRefused = Literal["no_start", "no_end", "too_long", "no_prefix", "control", "empty"]
"""`no_start` it was on its way when the link was opened · `no_end` it stopped amid a code ·
`too_long` more bytes than any code has · `no_prefix` not what the scanner was set to send ·
`control` holds control characters, keys that mean no sign, or no text · `empty` nothing but its
frame."""


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


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a scanner is waited for; seconds."""

    open_s: float = 5.0
    steady_s: float = 0.5
    """A link that lived so long, or brought a byte, is a scanner: one can't be asked who it is."""
    stale_s: float = 0.1
    """What comes so soon after the link was opened was sent before."""
    order_s: float = 2.0
    """For the order to look to be taken."""
    backoff_first_s: float = 0.5
    backoff_longest_s: float = 4.0
    """It is opened by its path, which costs nothing: one plugged in again is soon at work."""


LINK_DOWN = ScannerStatus(ready=False, reason="no_link")
GARBAGE = ScannerStatus(ready=False, reason="garbage")
READY = ScannerStatus(ready=True, reason=None)
