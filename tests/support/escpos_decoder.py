"""Decodes ESC/POS strictly, for tests: a byte that no command accounts for is an error.

Written apart from the encoder and from the virtual printer, from Epson's command reference, so that
one misreading can't hide in two places.
"""

import re
from dataclasses import dataclass, field

from PIL import Image

_OBEYED_ANYWHERE = re.compile(rb"\x10(\x04[\x01-\x08]|\x05[\x00-\x02]|\x14[\x01-\x08])")
_LINE_ROWS = 30
_WIDEST_BYTES, _MOST_ROWS = 80, 256
_LONGEST_FUNCTION = 65_535
_DENSE_COLUMNS = 33
"""ESC * m: 24 dots from top to bottom, as dense as the head from side to side."""


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
        self._line: list[int] | None = None
        """The 24-dot columns of ESC * that wait for LF, as numbers, the topmost dot highest."""
        self._spacing_rows = _LINE_ROWS
        self._stored: tuple[int, int, bytes] | None = None
        """Width in bytes, rows and ink of the picture that GS ( L fn 112 left for fn 50."""

    def decode(self) -> Decoded:
        while self._at < len(self._stream):
            self._command()
        asked = {each.at for each in self._decoded.commands if each.name == "DLE EOT"}
        for trap in _OBEYED_ANYWHERE.finditer(self._stream):
            if trap.start() not in asked:
                raise NotEscPos(trap.start(), f"{trap[0].hex(' ')} stands there and is obeyed")
        if self._line is not None or self._stored is not None:
            raise NotEscPos(len(self._stream), "a picture was sent and never printed")
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
            self._end_line()
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
            self._spacing_rows = _LINE_ROWS
            if code == b"@":
                self._line = self._stored = None
            self._note(at, f"ESC {code.decode()}")
        elif code == b"3":
            spacing = self._take(1)
            self._spacing_rows = spacing[0]
            self._note(at, "ESC 3", spacing)
        elif code == b"*":
            self._columns(at)
        elif code == b"J":
            rows = self._take(1)
            self._feed(rows[0])
            self._note(at, "ESC J", rows)
        elif code == b"d":
            lines = self._take(1)
            self._feed(lines[0] * _LINE_ROWS)
            self._note(at, "ESC d", lines)
        elif code in (b"a", b"t", b"M", b"E", b"G", b"!", b"{", b"V"):
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
            if function == b"L":
                self._graphics(at, parameters)
                return
            if function != b"H" or parameters[:2] != b"00" or length != 6:
                raise NotEscPos(at, f"GS ( {function!r} {parameters[:2]!r} is not known")
            if not all(32 <= sign <= 126 for sign in parameters[2:]):
                raise NotEscPos(at, "a process id has signs from 32 to 126 only")
            self._note(at, "GS ( H", parameters[2:])
        elif code == b"e":
            kind = self._take(1)
            if kind[0] not in (1, 2, 3, 5, 6):
                raise NotEscPos(at, f"GS e {kind.hex()} is not known")
            self._note(at, "GS e", kind + (self._take(1) if kind[0] == 3 else b""))
        elif code in (b"a", b"r", b"I", b"!", b"B", b"h", b"w", b"f", b"H"):
            self._note(at, f"GS {code.decode()}", self._take(1))
        else:
            raise NotEscPos(at, f"GS {code.hex()} is not known")

    def _raster(self, at: int) -> None:
        if self._take(2) != b"0\x00":
            raise NotEscPos(at, "GS v 0 in normal size is all we print")
        row_bytes = int.from_bytes(self._take(2), "little")
        rows = int.from_bytes(self._take(2), "little")
        self._must_fit(at, row_bytes, rows)
        self._ink(row_bytes, rows, self._take(row_bytes * rows))
        self._note(at, "GS v 0", bytes((row_bytes, rows % 256)))

    def _graphics(self, at: int, parameters: bytes) -> None:
        """GS ( L <Function 112> stores a raster picture of one colour, <Function 50> prints it."""
        if parameters in (b"\x30\x32", b"\x30\x02"):
            if self._stored is None:
                raise NotEscPos(at, "GS ( L prints, and nothing was stored")
            self._ink(*self._stored)
            self._stored = None
            self._note(at, "GS ( L 50")
            return
        if parameters[:2] != b"\x30\x70":
            raise NotEscPos(at, f"GS ( L {parameters[:2].hex()} is not known")
        if parameters[2:6] != b"\x30\x01\x01\x31":
            raise NotEscPos(at, "GS ( L in one tone, single size and colour 1 is all we print")
        if self._stored is not None:
            raise NotEscPos(at, "GS ( L stores a second picture over one that was not printed")
        width = int.from_bytes(parameters[6:8], "little")
        rows = int.from_bytes(parameters[8:10], "little")
        row_bytes = -(-width // 8)
        self._must_fit(at, row_bytes, rows)
        if len(parameters) != 10 + row_bytes * rows or len(parameters) > _LONGEST_FUNCTION:
            raise NotEscPos(at, f"GS ( L tells {width} x {rows} and has {len(parameters)} bytes")
        self._stored = (row_bytes, rows, parameters[10:])
        self._note(at, "GS ( L 112", bytes((row_bytes, rows % 256)))

    def _columns(self, at: int) -> None:
        """ESC * m nL nH: columns of 24 dots, three bytes each, printed by the LF that follows."""
        mode = self._take(1)[0]
        width = int.from_bytes(self._take(2), "little")
        if mode != _DENSE_COLUMNS or not 1 <= width <= 8 * _WIDEST_BYTES or width % 8:
            raise NotEscPos(at, f"ESC * {mode} with {width} columns is not ours to send")
        if self._line is not None:
            raise NotEscPos(at, "a second ESC * on one line would run off the paper")
        dots = self._take(3 * width)
        self._line = [int.from_bytes(dots[at : at + 3]) for at in range(0, 3 * width, 3)]
        self._note(at, "ESC *", bytes((mode,)))

    def _end_line(self) -> None:
        """LF: print the columns; the paper moves by the line spacing, or by 24 rows if more."""
        columns, self._line = self._line, None
        if columns is None:
            self._feed(self._spacing_rows)
            return
        rows = []
        for row in range(24):
            bits = "".join("1" if column >> (23 - row) & 1 else "0" for column in columns)
            rows.append(int(bits, 2).to_bytes(len(columns) // 8))
        self._ink(len(columns) // 8, 24, b"".join(rows))
        self._feed(max(0, self._spacing_rows - 24))

    def _must_fit(self, at: int, row_bytes: int, rows: int) -> None:
        if not 1 <= row_bytes <= _WIDEST_BYTES or not 1 <= rows <= _MOST_ROWS:
            raise NotEscPos(at, f"a picture of {row_bytes * 8} x {rows} fits no printer of ours")

    def _ink(self, row_bytes: int, rows: int, ink: bytes) -> None:
        for row in range(rows):
            self._rows.append((row_bytes, ink[row * row_bytes : (row + 1) * row_bytes]))
        self._decoded.images.append(_image(row_bytes, ink, rows))

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
