"""Decodes ESC/POS strictly, for tests: a byte that no command accounts for is an error.

Written apart from the encoder and from the virtual printer, from Epson's command reference, so that
one misreading can't hide in two places.
"""

import re
from dataclasses import dataclass, field

from PIL import Image

_OBEYED_ANYWHERE = re.compile(rb"\x10(\x04[\x01-\x08]|\x05[\x00-\x02]|\x14[\x01-\x08])")
_LINE_ROWS = 30


class NotEscPos(Exception):
    """The stream is wrong at this place."""

    def __init__(self, at: int, what: str) -> None:
        super().__init__(at, what)
        self.at = at
        self.what = what

    def __str__(self) -> str:
        return f"byte {self.at}: {self.what}"


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it stood in the stream."""

    at: int
    name: str
    parameters: bytes


@dataclass(slots=True)
class Decoded:
    """What a stream says."""

    commands: list[Command] = field(default_factory=list)
    images: list[Image.Image] = field(default_factory=list)
    """The raster pictures as sent, black on white."""
    papers: list[Image.Image] = field(default_factory=list)
    """The paper between cuts, with what was fed."""
    uncut: Image.Image | None = None
    """What hangs out of the printer at the end."""

    @property
    def cuts(self) -> int:
        return sum(command.name == "GS V" for command in self.commands)

    @property
    def names(self) -> list[str]:
        return [command.name for command in self.commands]


def decode(stream: bytes) -> Decoded:
    """Decode a whole stream. Raises NotEscPos at the first byte that is not accounted for."""
    return _Decoder(stream).decode()


class _Decoder:
    def __init__(self, stream: bytes) -> None:
        self._stream = stream
        self._at = 0
        self._decoded = Decoded()
        self._rows: list[tuple[int, bytes]] = []
        """(width in bytes, ink), one a row of dots; fed rows have width 0."""

    def decode(self) -> Decoded:
        while self._at < len(self._stream):
            self._command()
        self._decoded.uncut = self._paper()
        return self._decoded

    def _take(self, count: int) -> bytes:
        taken = self._stream[self._at : self._at + count]
        if len(taken) < count:
            raise NotEscPos(self._at, f"the stream ends {count - len(taken)} bytes too early")
        self._at += count
        return taken

    def _note(self, at: int, name: str, parameters: bytes = b"") -> None:
        self._decoded.commands.append(Command(at, name, parameters))

    def _command(self) -> None:
        at = self._at
        first = self._take(1)
        if first == b"\x00":
            self._note(at, "NUL")
        elif first == b"\n":
            self._feed(_LINE_ROWS)
            self._note(at, "LF")
        elif first == b"\x1b":
            self._escape(at)
        elif first == b"\x1d":
            self._group(at)
        elif first == b"\x10":
            self._real_time(at)
        else:
            raise NotEscPos(at, f"{first.hex()} begins no command")

    def _escape(self, at: int) -> None:
        code = self._take(1)
        if code in (b"@", b"2"):
            self._note(at, f"ESC {code.decode()}")
        elif code == b"J":
            rows = self._take(1)
            self._feed(rows[0])
            self._note(at, "ESC J", rows)
        elif code == b"d":
            lines = self._take(1)
            self._feed(lines[0] * _LINE_ROWS)
            self._note(at, "ESC d", lines)
        elif code in (b"a", b"t", b"M", b"E", b"G", b"!", b"3", b"{", b"V"):
            self._note(at, f"ESC {code.decode()}", self._take(1))
        else:
            raise NotEscPos(at, f"ESC {code.hex()} is not known")

    def _group(self, at: int) -> None:
        code = self._take(1)
        if code == b"v":
            self._raster(at)
        elif code == b"V":
            kind = self._take(1)
            if kind[0] in (65, 66):
                feed = self._take(1)
                self._feed(feed[0])
            elif kind[0] not in (0, 1, 48, 49):
                raise NotEscPos(at, f"GS V {kind.hex()} is not a cut")
            self._note(at, "GS V", kind)
            paper = self._paper()
            if paper is not None:
                self._decoded.papers.append(paper)
        elif code == b"(":
            function = self._take(1)
            length = int.from_bytes(self._take(2), "little")
            parameters = self._take(length)
            if function != b"H" or parameters[:2] != b"00" or length != 6:
                raise NotEscPos(at, f"GS ( {function!r} {parameters[:2]!r} is not known")
            if not all(32 <= sign <= 126 for sign in parameters[2:]):
                raise NotEscPos(at, "a process id has signs from 32 to 126 only")
            self._note(at, "GS ( H", parameters[2:])
        elif code in (b"a", b"r", b"I", b"!", b"B", b"h", b"w", b"f", b"H"):
            self._note(at, f"GS {code.decode()}", self._take(1))
        else:
            raise NotEscPos(at, f"GS {code.hex()} is not known")

    def _raster(self, at: int) -> None:
        if self._take(2) != b"0\x00":
            raise NotEscPos(at, "GS v 0 in normal size is all we print")
        row_bytes = int.from_bytes(self._take(2), "little")
        rows = int.from_bytes(self._take(2), "little")
        if not 1 <= row_bytes <= 80 or not 1 <= rows <= 256:
            raise NotEscPos(at, f"a picture of {row_bytes * 8} x {rows} fits no printer of ours")
        ink = self._take(row_bytes * rows)
        trap = _OBEYED_ANYWHERE.search(ink)
        if trap is not None:
            raise NotEscPos(
                at + 8 + trap.start(), f"the picture holds {trap[0].hex(' ')}, which is obeyed"
            )
        for row in range(rows):
            self._rows.append((row_bytes, ink[row * row_bytes : (row + 1) * row_bytes]))
        self._decoded.images.append(_image(row_bytes, ink, rows))
        self._note(at, "GS v 0", bytes((row_bytes, rows % 256)))

    def _real_time(self, at: int) -> None:
        kind = self._take(1)
        if kind != b"\x04":
            raise NotEscPos(at, f"DLE {kind.hex()} is not ours to send")
        question = self._take(1)
        if question[0] not in (1, 2, 3, 4):
            raise NotEscPos(at, f"DLE EOT {question.hex()} asks nothing")
        self._note(at, "DLE EOT", question)

    def _feed(self, rows: int) -> None:
        self._rows.extend([(0, b"")] * rows)

    def _paper(self) -> Image.Image | None:
        rows, self._rows = self._rows, []
        width = max((row_bytes for row_bytes, _ in rows), default=0)
        if not width:
            return None
        return _image(width, b"".join(ink.ljust(width, b"\x00") for _, ink in rows), len(rows))


def _image(row_bytes: int, ink: bytes, rows: int) -> Image.Image:
    white_is_one = bytes(~byte & 0xFF for byte in ink)
    return Image.frombytes("1", (row_bytes * 8, rows), white_is_one)
