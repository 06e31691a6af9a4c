"""Panels that speak the Alpha protocol (BetaBrite, Adaptive and kin); pure.

Alpha Sign Communications Protocol, Adaptive 97088061: a packet is five NULs, SOH, type code,
address, then STX, a command, ETX, the checksum of all from STX to ETX, and EOT. 9600 baud, 7E1.
One command a packet: nested ones would need a pause after each STX.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from drivers.panels.model import Answer, Message, PanelFace, fit

Mode = Literal["hold", "flash"]

TEXT_FILE: Final = b"A"
STRING_FILE: Final = b"S"
PICTURE_FILE: Final = b"P"
"""Labels of files in a panel's memory; 1 to 5 belong to the counters of some models."""

LONGEST_STRING = 125
TALLEST_PICTURE = 31
WIDEST_PICTURE = 255

_MODES = {"hold": b"b", "flash": b"c"}
_MIDDLE: Final = b" "
_ALL_TYPES: Final = b"Z"
_CALL_STRING: Final = b"\x10"
_CALL_PICTURE: Final = b"\x14"
_SETTLE_S = 0.5
"""After its memory was laid out anew a panel is left alone; how long it needs is not documented."""


def packet(address: int, command: bytes) -> bytes:
    """Frame one command for the panel at an address (1 to 255; 0 is all of them)."""
    body = b"\x02" + command + b"\x03"
    checksum = b"%04X" % (sum(body) % 65536)
    return bytes(5) + b"\x01" + _ALL_TYPES + b"%02X" % address + body + checksum + b"\x04"


def write_text(content: bytes, mode: Mode) -> bytes:
    """Write the TEXT file: what is on show, and how (command A)."""
    return b"A" + TEXT_FILE + b"\x1b" + _MIDDLE + _MODES[mode] + content


def write_string(text: str) -> bytes:
    """Write the STRING file that the text calls: it changes without a flicker (command G)."""
    return b"G" + STRING_FILE + _printable(text)


def write_picture(rows: Sequence[str]) -> tuple[bytes, bytes]:
    """Write the SMALL DOTS file (command I), in two pieces with the pause between.

    Raises ValueError for a picture that is empty, uneven or too large.
    """
    width = len(rows[0]) if rows else 0
    if not (0 < len(rows) <= TALLEST_PICTURE and 0 < width <= WIDEST_PICTURE):
        raise ValueError(f"a picture of {width} by {len(rows)} dots")
    if any(len(row) != width or set(row) - {"0", "1"} for row in rows):
        raise ValueError("the rows of a picture are 0 and 1, all equally long")
    head = b"I" + PICTURE_FILE + b"%02X%02X" % (len(rows), width)
    return head, b"".join(row.encode("ascii") + b"\r" for row in rows)


def lay_out_memory(width: int, picture_size: tuple[int, int] | None) -> bytes:
    """Make room for the files and forget everything else (command E, function $).

    `picture_size` is height and width in dots.
    """
    files = TEXT_FILE + b"AU0040FF00" + STRING_FILE + b"BL%04X0000" % max(width, 16)
    if picture_size is not None:
        files += PICTURE_FILE + b"DL%02X%02X1000" % picture_size
    return b"E$" + files


def set_brightness(dim: bool) -> bytes:
    """Set the dimming register (command E, function /): full, or 44 %."""
    return b"E/" + (b"0004" if dim else b"0000")


def sound() -> bytes:
    """Sound the panel's own beep (command E, function open bracket)."""
    return b"E(1"


@dataclass(frozen=True, slots=True)
class AlphaPanels:
    """All panels of one bus; each has the same width."""

    width: int = 6
    """Characters that fit on the panel."""
    picture_size: tuple[int, int] | None = None
    """Height and width in dots of pictures; None for panels that are sent text only."""
    beeps: bool = False
    """Sound the panel's own beep with each call."""

    flashes_by_itself = True
    answers = False

    def check(self, address: int) -> None:
        if not 1 <= address <= 255:
            raise ValueError(f"an Alpha panel's address is 1 to 255, not {address}")

    def set_up(self, address: int) -> Sequence[Message]:
        command = lay_out_memory(self.width, self.picture_size)
        return (Message((packet(address, command),), settle_s=_SETTLE_S),)

    def paint(self, address: int, face: PanelFace, was: PanelFace | None) -> Sequence[Message]:
        """Change the string or the picture alone where that is enough; else the text as well.

        A stale number is dimmed, does not flash, and has a point behind it.
        """
        commands: list[tuple[bytes, ...]] = []
        has_picture = self._takes_picture(face)
        if has_picture:
            commands.append(write_picture(face.picture))
        else:
            commands.append((write_string(fit(face.text, self.width - 1) + _mark(face)),))
        if was is None or _mode(was) != _mode(face) or self._takes_picture(was) != has_picture:
            content = _CALL_PICTURE + PICTURE_FILE if has_picture else _CALL_STRING + STRING_FILE
            commands.append((write_text(content, _mode(face)),))
        if was is None or _is_dim(was) != _is_dim(face):
            commands.append((set_brightness(_is_dim(face)),))
        if self.beeps and was is not None and _mode(face) == "flash" and _mode(was) == "hold":
            commands.append((sound(),))
        return tuple(Message(_in_packet(address, command)) for command in commands)

    def read(self, message: Message, heard: bytes) -> Answer | None:
        """Nothing is asked of these panels."""
        return None

    def _takes_picture(self, face: PanelFace) -> bool:
        """Whether a face is shown as its picture; a stale one is text, with room for a mark."""
        if self.picture_size is None or not face.picture or face.stale:
            return False
        height, width = self.picture_size
        return len(face.picture) == height and len(face.picture[0]) == width


def _in_packet(address: int, pieces: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Frame a command and cut the frame where its pieces meet."""
    whole = packet(address, b"".join(pieces))
    if len(pieces) == 1:
        return (whole,)
    cut = whole.index(b"\x02") + 1 + len(pieces[0])
    return whole[:cut], whole[cut:]


def _mode(face: PanelFace) -> Mode:
    return "flash" if face.flash and not face.stale else "hold"


def _is_dim(face: PanelFace) -> bool:
    return face.dim or face.stale


def _mark(face: PanelFace) -> str:
    return "." if face.stale else ""


def _printable(text: str) -> bytes:
    """Return ASCII; what a panel's font lacks, and what would be a command, becomes `?`."""
    return "".join(c if " " <= c <= "~" else "?" for c in text[:LONGEST_STRING]).encode("ascii")
