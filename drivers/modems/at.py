"""Takes apart what a modem says on its command line; pure, whatever way the bytes were cut.

3GPP TS 27.007 and 27.005. Answers, echoes, the `> ` that asks for a message and what the modem
says unasked all come in one stream; only the last two of an answer's marks are certain: its final
line, and, for some lines, that the octets of a message follow on a line of their own.
"""

import re
from dataclasses import dataclass
from typing import Literal

LONGEST_LINE = 2048
"""Longer than any line of a modem; what is longer is noise."""

_BEFORE_PDU = ("+CMGR", "+CMGL", "+CMT", "+CDS")
_ECHO = re.compile(r"AT(?:[+&^$%*\\#]|[A-Z]\d*$|$)", re.IGNORECASE)
_ERROR = re.compile(r"\+(CME|CMS) ERROR: ?(.*)")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}")
_UNPRINTABLE = dict.fromkeys((*range(32), 127))


@dataclass(frozen=True, slots=True)
class Final:
    """The end of an answer."""

    kind: Literal["ok", "error", "cme", "cms"]
    code: int | None = None
    """The number of `+CME ERROR` or `+CMS ERROR`; None where the modem tells words."""

    @property
    def is_ok(self) -> bool:
        return self.kind == "ok"


@dataclass(frozen=True, slots=True)
class Line:
    """Any other line: part of an answer, or said unasked."""

    head: str
    """What stands before the colon, or the whole line: `+CSQ`, `RING`, `^RSSI`."""
    rest: str = ""
    pdu: str | None = None
    """The octets of a message in hex, where such a line brings them; empty for an empty place."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """`> `: the octets of a message are awaited."""


@dataclass(frozen=True, slots=True)
class Echo:
    """Our own words come back: the modem repeats what it is told, as it does after a reset."""


@dataclass(frozen=True, slots=True)
class Noise:
    """So many bytes made no line."""

    count: int


Said = Final | Line | Prompt | Echo | Noise


class Lines:
    """Feed it what was read; it returns what is complete and keeps the rest."""

    def __init__(self) -> None:
        self.awaits_prompt = False
        """Set while a `> ` may come: only then is a `>` at the start of a line one."""
        self._line = bytearray()
        self._dropped = 0
        self._header: Line | None = None
        self._may_be_prompt_space = False

    def feed(self, data: bytes) -> list[Said]:
        """Return what these bytes completed, in order."""
        said: list[Said] = []
        for byte in data:
            self._take(byte, said)
        return said

    def reset(self) -> None:
        """Forget a line that was never completed."""
        self._line.clear()
        self._dropped = 0
        self._header = None

    def _take(self, byte: int, said: list[Said]) -> None:
        if self._may_be_prompt_space:
            self._may_be_prompt_space = False
            if byte == 0x20:
                return
        if byte in (0x0D, 0x0A):
            self._end_line(said)
        elif self._dropped:
            self._dropped += 1
        elif self.awaits_prompt and byte == 0x3E and not self._line.strip(b"\0"):
            self._line.clear()
            self._may_be_prompt_space = True
            said.append(Prompt())
        else:
            self._line.append(byte)
            if len(self._line) > LONGEST_LINE:
                self._dropped = len(self._line)
                self._line.clear()

    def _end_line(self, said: list[Said]) -> None:
        if self._dropped:
            said.append(Noise(self._dropped))
            self._dropped = 0
            return
        text = self._line.decode("ascii", "replace").translate(_UNPRINTABLE).strip()
        self._line.clear()
        if text:
            self._say(text, said)

    def _say(self, text: str, said: list[Said]) -> None:
        header = self._header
        if header is not None and _HEX.fullmatch(text):
            self._header = None
            said.append(Line(header.head, header.rest, text))
            return
        final = _final(text)
        if final is not None:
            if header is not None:  # an empty place in the storage has no octets
                said.append(Line(header.head, header.rest, ""))
                self._header = None
            said.append(final)
        elif _ECHO.match(text) or _HEX.fullmatch(text):
            said.append(Echo())
        else:
            head, colon, rest = text.partition(":")
            line = Line(head.strip(), rest.strip()) if colon else Line(text)
            if line.head in _BEFORE_PDU and colon:
                if header is not None:
                    said.append(Line(header.head, header.rest, ""))
                self._header = line
            else:
                said.append(line)


def _final(text: str) -> Final | None:
    if text == "OK":
        return Final("ok")
    if text in ("ERROR", "COMMAND NOT SUPPORT", "COMMAND NOT SUPPORTED", "TOO MANY PARAMETERS"):
        return Final("error")
    found = _ERROR.fullmatch(text)
    if found is None:
        return None
    code = int(found[2]) if found[2].isdecimal() else None
    return Final("cme" if found[1] == "CME" else "cms", code)
