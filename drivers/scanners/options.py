"""Reads the words in which a person says how a scanner is set to send."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from drivers.scanners.framing import Framing
from drivers.scanners.scanner import default_framing

NAMED: Mapping[str, bytes] = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "tab": b"\t"}
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[\s:]*)+")


def read_bytes(words: str) -> bytes:
    """Return the bytes of a name (`cr`, `lf`, `crlf`, `tab`) or of hex pairs such as `16 54 0D`.

    Nothing is no bytes. Raises ValueError with a sentence.
    """
    words = words.strip()
    if words.lower() in NAMED:
        return NAMED[words.lower()]
    if words and not _HEX.fullmatch(words):
        raise ValueError(f"{words!r} is neither one of {', '.join(NAMED)} nor bytes as 16 54 0D")
    return bytes.fromhex(words.replace(":", " "))


def read_framing(
    url: str,
    *,
    prefix: str = "",
    suffix: str | None = None,
    gap_ms: int | None = None,
    trigger_on: str = "",
    trigger_off: str = "",
    encodings: Sequence[str] = (),
) -> Framing:
    """Return how the scanner at this address sends; what is not said is as most scanners do.

    `suffix` is a name, hex bytes, `line` (CR, LF or both) or `none`: then a silence of `gap_ms`
    ends a code. Raises ValueError with a sentence.
    """
    framing = default_framing(url)
    if suffix is not None:
        ends = {"line": (b"\r", b"\n"), "none": ()}.get(suffix.strip().lower())
        framing = replace(
            framing,
            suffixes=(read_bytes(suffix),) if ends is None else ends,
            gap_ends=ends == (),
        )
        if b"" in framing.suffixes:
            raise ValueError("a suffix of no bytes is called none")
    if gap_ms is not None:
        framing = replace(framing, gap_s=gap_ms / 1000)
    for encoding in encodings:
        try:
            "".encode(encoding)
        except LookupError:
            raise ValueError(f"{encoding!r} is no encoding") from None
    return replace(
        framing,
        prefix=read_bytes(prefix),
        trigger_on=read_bytes(trigger_on),
        trigger_off=read_bytes(trigger_off),
        encodings=tuple(encodings) or framing.encodings,
    )
