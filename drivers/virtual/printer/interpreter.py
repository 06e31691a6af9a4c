"""Reads an ESC/POS stream as a printer does: command by command, however it was cut."""

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, slots=True)
class Initialise:
    """ESC @."""


@dataclass(frozen=True, slots=True)
class Picture:
    """GS v 0, a line of ESC *, or what GS ( L prints: black on white."""

    image: Image.Image


@dataclass(frozen=True, slots=True)
class Feed:
    """ESC J, ESC d, LF: blank rows."""

    rows: int


@dataclass(frozen=True, slots=True)
class Cut:
    """GS V, with the rows fed before it."""

    feed_rows: int


@dataclass(frozen=True, slots=True)
class AutoStatusMask:
    """GS a: what to tell of without being asked; 0 for nothing."""

    mask: int


@dataclass(frozen=True, slots=True)
class ReadStatus:
    """GS r."""

    kind: int


@dataclass(frozen=True, slots=True)
class Identify:
    """GS I."""

    kind: int


@dataclass(frozen=True, slots=True)
class Eject:
    """GS e: what to do with the slip that was cut: 2 take back, 3 present, 5 throw out."""

    kind: int


@dataclass(frozen=True, slots=True)
class EchoProcess:
    """GS ( H fn 48."""

    process_id: bytes


@dataclass(frozen=True, slots=True)
class Skipped:
    """A command that changes nothing here (alignment, real-time commands already obeyed)."""


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A byte that begins no command known here."""

    byte: int


Command = (
    Initialise
    | Picture
    | Feed
    | Cut
    | AutoStatusMask
    | ReadStatus
    | Identify
    | Eject
    | EchoProcess
    | Skipped
    | Unrecognised
)

_LINE_ROWS = 30
"""A line of text at the default spacing: 1/6 inch is 33.9 rows, Epson's default 30."""
_NUL, _LF, _DLE, _ESC, _GS = 0x00, 0x0A, 0x10, 0x1B, 0x1D
_DLE_DC4_LENGTHS = {1: 5, 2: 5, 3: 7, 7: 4, 8: 10}
_INVERTED = bytes(255 - byte for byte in range(256))
_ESC_WITH_ONE = b"atMEG!{VR- "
_COLUMN_ROWS: Mapping[int, int] = {0: 8, 1: 8, 32: 24, 33: 24}
"""ESC * m: dots from top to bottom; 0 and 32 are half as dense from side to side."""
_GRAPHICS_STORE, _GRAPHICS_PRINT = (112, (2, 50))
_GS_WITH_ONE = b"!BbHhfw"


class Interpreter:
    """Feed it bytes; it returns whole commands and keeps the rest."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._line: Image.Image | None = None
        """Dots of ESC * that wait for the end of their line."""
        self._spacing_rows = _LINE_ROWS
        self._stored: Image.Image | None = None
        """What GS ( L fn 112 left to be printed by fn 50."""

    def feed(self, data: bytes) -> list[Command]:
        """Return the commands completed by these bytes, in order."""
        self._rest += data
        commands: list[Command] = []
        start = 0
        while start < len(self._rest):
            read = self._command(start)
            if read is None:
                break
            command, length = read
            commands.append(command)
            start += length
        del self._rest[:start]
        return commands

    def reset(self) -> None:
        """Forget a command that was cut off, and all that was set."""
        self._rest.clear()
        self._forget_buffer()

    def _command(self, at: int) -> tuple[Command, int] | None:
        """Return the command at this place and its length, None while bytes are missing."""
        first = self._rest[at]
        if first == _NUL:
            return Skipped(), 1
        if first == _LF:
            return self._end_line(), 1
        if first not in (_DLE, _ESC, _GS):
            return Unrecognised(first), 1
        if len(self._rest) - at < 2:
            return None
        if first == _DLE:
            return self._real_time(at)
        if first == _ESC:
            return self._escape(at)
        return self._group(at)

    def _real_time(self, at: int) -> tuple[Command, int] | None:
        if self._rest[at + 1] in (0x04, 0x05):
            return self._with_parameters(at, 3, Skipped())
        if self._rest[at + 1] == 0x14:
            kind = self._byte(at + 2)
            if kind is None:
                return None
            return self._with_parameters(at, _DLE_DC4_LENGTHS.get(kind, 3), Skipped())
        return Unrecognised(_DLE), 1

    def _escape(self, at: int) -> tuple[Command, int] | None:
        code = self._rest[at + 1]
        value = self._byte(at + 2)
        if code == ord("@"):
            self._forget_buffer()
            return Initialise(), 2
        if code == ord("2"):
            self._spacing_rows = _LINE_ROWS
            return Skipped(), 2
        if code == ord("3"):
            if value is not None:
                self._spacing_rows = value
            return self._with_parameters(at, 3, Skipped())
        if code == ord("*"):
            return self._columns(at)
        if code == ord("J"):
            return None if value is None else (Feed(value), 3)
        if code == ord("d"):
            return None if value is None else (Feed(value * _LINE_ROWS), 3)
        if code in _ESC_WITH_ONE:
            return self._with_parameters(at, 3, Skipped())
        return Unrecognised(_ESC), 1

    def _group(self, at: int) -> tuple[Command, int] | None:
        code = self._rest[at + 1]
        value = self._byte(at + 2)
        if code == ord("v"):
            return self._raster(at)
        if code == ord("("):
            return self._function(at)
        if code == ord("V"):
            return self._cut(at)
        if code in b"arI":
            if value is None:
                return None
            if code == ord("a"):
                return AutoStatusMask(value), 3
            return (ReadStatus(value) if code == ord("r") else Identify(value)), 3
        if code == ord("e"):
            if value is None:
                return None
            return self._with_parameters(at, 4 if value == 3 else 3, Eject(value))
        if code in b"LWP":
            return self._with_parameters(at, 4, Skipped())
        if code in _GS_WITH_ONE:
            return self._with_parameters(at, 3, Skipped())
        return Unrecognised(_GS), 1

    def _raster(self, at: int) -> tuple[Command, int] | None:
        if len(self._rest) - at < 8:
            return None
        row_bytes = int.from_bytes(self._rest[at + 4 : at + 6], "little")
        rows = int.from_bytes(self._rest[at + 6 : at + 8], "little")
        length = 8 + row_bytes * rows
        if len(self._rest) - at < length:
            return None
        if length == 8:
            return Skipped(), length
        dots = bytes(self._rest[at + 8 : at + length]).translate(_INVERTED)
        return Picture(Image.frombytes("1", (row_bytes * 8, rows), dots)), length

    def _function(self, at: int) -> tuple[Command, int] | None:
        if len(self._rest) - at < 5:
            return None
        length = 5 + int.from_bytes(self._rest[at + 3 : at + 5], "little")
        if len(self._rest) - at < length:
            return None
        parameters = bytes(self._rest[at + 5 : at + length])
        if self._rest[at + 2] == ord("H") and parameters[:2] == b"00" and len(parameters) == 6:
            return EchoProcess(parameters[2:]), length
        if self._rest[at + 2] == ord("L") and len(parameters) >= 2:
            return self._graphics(parameters), length
        return Skipped(), length

    def _graphics(self, parameters: bytes) -> Command:
        """GS ( L: fn 112 stores one picture in single size, fn 50 prints it."""
        function = parameters[1]
        if function in _GRAPHICS_PRINT:
            stored, self._stored = self._stored, None
            return Skipped() if stored is None else Picture(stored)
        if function != _GRAPHICS_STORE or len(parameters) < 10:
            return Skipped()
        width = int.from_bytes(parameters[6:8], "little")
        rows = int.from_bytes(parameters[8:10], "little")
        row_bytes = (width + 7) // 8
        dots = parameters[10:]
        if not row_bytes * rows or len(dots) != row_bytes * rows:
            return Unrecognised(_GS)
        self._stored = Image.frombytes("1", (row_bytes * 8, rows), dots.translate(_INVERTED))
        return Skipped()

    def _columns(self, at: int) -> tuple[Command, int] | None:
        if len(self._rest) - at < 5:
            return None
        rows = _COLUMN_ROWS.get(self._rest[at + 2])
        if rows is None:
            return Unrecognised(_ESC), 1
        width = int.from_bytes(self._rest[at + 3 : at + 5], "little")
        length = 5 + width * rows // 8
        if len(self._rest) - at < length:
            return None
        dots = bytes(self._rest[at + 5 : at + length]).translate(_INVERTED)
        if width:
            on_side = Image.frombytes("1", (rows, width), dots)
            self._line = on_side.transpose(Image.Transpose.TRANSPOSE)
        return Skipped(), length

    def _end_line(self) -> Command:
        """LF prints what waits; the paper moves by the spacing, or by the dots if they are more."""
        line, self._line = self._line, None
        if line is None:
            return Feed(self._spacing_rows)
        if self._spacing_rows <= line.height:
            return Picture(line)
        spaced = Image.new("1", (line.width, self._spacing_rows), 255)
        spaced.paste(line)
        return Picture(spaced)

    def _forget_buffer(self) -> None:
        self._line = None
        self._stored = None
        self._spacing_rows = _LINE_ROWS

    def _cut(self, at: int) -> tuple[Command, int] | None:
        kind, feed = self._byte(at + 2), self._byte(at + 3)
        if kind in (0, 1, 48, 49):
            return Cut(0), 3
        if kind is None or feed is None:
            return None
        return Cut(feed), 4

    def _with_parameters(
        self, at: int, length: int, command: Command
    ) -> tuple[Command, int] | None:
        return None if len(self._rest) - at < length else (command, length)

    def _byte(self, at: int) -> int | None:
        return self._rest[at] if at < len(self._rest) else None
