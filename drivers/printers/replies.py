"""Takes apart the mixed stream that a printer sends back; pure, whatever way the bytes were cut.

The kinds of answer carry fixed bits (Epson ESC/POS, appendix "Transmission status identification"):
DLE EOT 0xx1xx10 · automatic status 0xx1xx00 and three of 0xx0xxxx · GS r and GS I 0xx0xxxx ·
XON 11, XOFF 13 · blocks from 37 or 5F to NUL.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK_STARTS = (0x37, 0x5F)
_LONGEST_BLOCK = 256
_PROCESS_ID = 0x22


@dataclass(frozen=True, slots=True)
class RealTimeStatus:
    """The answer to one DLE EOT; which one, only the order of the questions tells."""

    bits: int


@dataclass(frozen=True, slots=True)
class AutoStatus:
    """The four bytes of an automatic status."""

    bits: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ShortReply:
    """The answer to GS r, or to a one-byte GS I."""

    bits: int


@dataclass(frozen=True, slots=True)
class FlowControl:
    """XON (may send) or XOFF; of interest on serial lines only."""

    may_send: bool


@dataclass(frozen=True, slots=True)
class ProcessEcho:
    """GS ( H: everything before this process id is on paper."""

    process_id: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """Any other block: its first byte, and the bytes between it and NUL."""

    start: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Stray:
    """A byte that no answer begins with."""

    byte: int


Reply = RealTimeStatus | AutoStatus | ShortReply | FlowControl | ProcessEcho | Block | Stray


class Replies:
    """Feed it what was read; it returns what is complete and keeps the rest."""

    def __init__(self) -> None:
        self._block: bytearray | None = None
        self._auto: list[int] = []

    def feed(self, data: bytes) -> list[Reply]:
        """Return the answers completed by these bytes, in order."""
        return [reply for byte in data for reply in self._take(byte)]

    def reset(self) -> None:
        """Forget an answer that was never completed."""
        self._block = None
        self._auto = []

    def _take(self, byte: int) -> Iterator[Reply]:
        if byte in (0x11, 0x13):  # a serial printer says it wherever it is, and no answer holds it
            yield FlowControl(may_send=byte == 0x11)
        elif self._block is not None:
            yield from self._continue_block(self._block, byte)
        elif byte & 0x93 == 0x12:
            yield RealTimeStatus(byte)
        elif byte & 0x93 == 0x10:
            self._auto = [byte]
        elif byte & 0x90 == 0 and self._auto:
            self._auto.append(byte)
            if len(self._auto) == 4:
                first, second, third, fourth = self._auto
                self._auto = []
                yield AutoStatus((first, second, third, fourth))
        elif byte & 0x90 == 0:
            yield ShortReply(byte)
        elif byte in _BLOCK_STARTS:
            self._block = bytearray((byte,))
        else:
            yield Stray(byte)

    def _continue_block(self, block: bytearray, byte: int) -> Iterator[Reply]:
        if byte:
            block.append(byte)
            if len(block) > _LONGEST_BLOCK:
                self._block = None
                yield from (Stray(lost) for lost in block)
            return
        self._block = None
        if len(block) == 6 and block[0] == 0x37 and block[1] == _PROCESS_ID:
            yield ProcessEcho(bytes(block[2:]))
        else:
            yield Block(block[0], bytes(block[1:]))
