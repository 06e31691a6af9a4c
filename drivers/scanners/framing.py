"""Bytes of a scanner → codes: where each begins and ends, and what of it is text; pure.

The same bytes give the same codes wherever they were split. Nothing waits for ever and nothing
grows: what has no end is refused after a silence, what is too long is counted and dropped.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from drivers.scanners.model import WhyRefused
from drivers.scanners.symbologies import split_identifier

LONGEST_BYTES = 8192
"""More than any code holds: a QR carries 7,089 digits, the most of all."""

_BEFORE_A_CODE = b"\r\n\x06\x15\x11\x13"
"""Ends of the code before, answers to commands (ACK, NAK) and flow control (XON, XOFF)."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How one scanner is set to send: the defaults are what most do out of the box."""

    prefix: bytes = b""
    """Before each code; what comes without it is refused."""
    suffixes: tuple[bytes, ...] = (b"\r", b"\n")
    """Any of these ends a code."""
    gap_ends: bool = False
    """Whether silence ends a code as well; where it does not, it makes the rest a refusal."""
    gap_s: float = 0.1
    """The silence that ends a code."""
    unfinished_s: float = 1.0
    """The silence after which a code without its end is given up."""
    encodings: tuple[str, ...] = ("utf-8", "latin-1")
    """Tried in this order."""
    repeat_s: float = 1.0
    """The same code again within this is the same scan: scanners that stand read on and on."""
    trigger_on: bytes = b""
    """What makes the scanner look, for those that wait for an order; empty where none is needed."""
    trigger_off: bytes = b""
    rearm_s: float = 5.0
    """The order to look is given again so often, since scanners tire of it."""

    @property
    def silence_s(self) -> float:
        """How long a silence must be to mean something."""
        return self.gap_s if self.gap_ends else self.unfinished_s


@dataclass(frozen=True, slots=True)
class Code:
    """One code as text."""

    text: str = field(repr=False)
    symbology: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Bytes that made no code."""

    why: WhyRefused
    size_bytes: int
    symbology: str | None = None


class Framer:
    """The codes of one link; `now` is in monotonic seconds."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        ends = sorted(framing.suffixes, key=len, reverse=True)
        self._end = re.compile(b"|".join(map(re.escape, ends))) if ends else None
        self._longest_end = max(map(len, ends), default=1)
        self._held = bytearray()
        self._looked_at = 0
        self._dropped_bytes = 0
        self._dropped_symbology: str | None = None
        self._lacks_its_start = False
        self._heard_at = 0.0
        self._last: Code | None = None
        self._last_at = 0.0

    @property
    def is_dropping(self) -> bool:
        """Whether more has come than any code has, and no end to it."""
        return self._dropped_bytes > 0

    @property
    def due_at(self) -> float | None:
        """When silence means something; None while nothing is unfinished."""
        if not self._held and not self.is_dropping:
            return None
        if self._lacks_its_start:  # nobody waits for it: what comes next is soon heard for itself
            return self._heard_at + self._framing.gap_s
        return self._heard_at + self._framing.silence_s

    def feed(self, data: bytes, now: float, *, is_stale: bool = False) -> list[Code | Refused]:
        """Take bytes; return the codes and refusals that they complete.

        Stale ones were sent before the link was there: a code that began so has lost its start, or
        whoever showed it has gone. Its rest is refused too.
        """
        found = self.pause(now)
        self._heard_at = now
        self._lacks_its_start |= is_stale
        self._held += data
        while self._end is not None:
            end = self._end.search(self._held, self._looked_at)
            if end is None:
                break
            found += self._finish(bytes(self._held[: end.start()]), now)
            del self._held[: end.end()]
            self._looked_at = 0
            self._lacks_its_start = is_stale
        self._lacks_its_start &= bool(self._held)
        # An end may have come in part: its first bytes are looked at again with the next.
        self._looked_at = max(0, len(self._held) - self._longest_end + 1)
        if self.is_dropping or len(self._held) > LONGEST_BYTES + self._longest_end:
            if not self.is_dropping:
                self._dropped_symbology = self._symbology(bytes(self._held))
            self._dropped_bytes += self._looked_at
            del self._held[: self._looked_at]
            self._looked_at = 0
        return found

    def pause(self, now: float) -> list[Code | Refused]:
        """Time has passed: end or refuse what has been silent for long enough."""
        if self.due_at is None or now < self.due_at:
            return []
        if self._framing.gap_ends:
            held = bytes(self._held)
            self._held.clear()
            self._looked_at = 0
            found = self._finish(held, now)
            self._lacks_its_start = False
            return found
        return self.cut()

    def cut(self) -> list[Code | Refused]:
        """No more will come of what was begun: refuse it."""
        held = bytes(self._held)
        self._held.clear()
        self._looked_at = 0
        self._lacks_its_start = False
        if self.is_dropping:
            return [self._too_long(held)]
        return [Refused("no_end", len(held), self._symbology(held))] if held else []

    def _finish(self, raw: bytes, now: float) -> list[Code | Refused]:
        if self.is_dropping or len(raw) > LONGEST_BYTES:
            return [self._too_long(raw)]
        result = self._read(raw)
        if self._lacks_its_start and result is not None:
            return [Refused("no_start", len(raw), result.symbology)]
        if isinstance(result, Refused):
            return [result]
        if result is None or self._is_repeated(result, now):
            return []
        return [result]

    def _too_long(self, rest: bytes) -> Refused:
        symbology = self._dropped_symbology if self.is_dropping else self._symbology(rest)
        size, self._dropped_bytes = self._dropped_bytes + len(rest), 0
        return Refused("too_long", size, symbology)

    def _is_repeated(self, code: Code, now: float) -> bool:
        same = code == self._last and now - self._last_at < self._framing.repeat_s
        self._last, self._last_at = code, now
        return same

    def _read(self, raw: bytes) -> Code | Refused | None:
        """Take the frame off; None for an end with nothing before it."""
        body = raw.rstrip(b"\r\n").lstrip(_BEFORE_A_CODE)
        if not body:
            return None
        symbology, rest = split_identifier(body)
        if not rest.startswith(self._framing.prefix):
            return Refused("no_prefix", len(raw), symbology)
        rest = rest.removeprefix(self._framing.prefix)
        if symbology is None:
            symbology, rest = split_identifier(rest)
        if not rest:
            return Refused("empty", len(raw), symbology)
        text = _decode(rest, self._framing.encodings)
        if text is None or any(unicodedata.category(sign) == "Cc" for sign in text):
            return Refused("control", len(raw), symbology)
        return Code(text, symbology)

    def _symbology(self, raw: bytes) -> str | None:
        body = raw.lstrip(_BEFORE_A_CODE)
        symbology, rest = split_identifier(body)
        return symbology or split_identifier(rest.removeprefix(self._framing.prefix))[0]


def _decode(data: bytes, encodings: Sequence[str]) -> str | None:
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
