"""Seven-segment panels on Modbus RTU (Armfly LED-485 and kin); pure.

Modbus over serial line 1.02 for the frame and its CRC; the registers are the maker's: 0 a signed
number, 4 its decimal point, 0x80 and on the raw bars of two digits each, the left one in the high
byte. Function 06 writes one register, 16 several; both are answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from drivers.panels.model import Answer, Message, PanelFace
from drivers.panels.segments import bars_of

NUMBER_REGISTER: Final = 0
POINT_REGISTER: Final = 4
BARS_REGISTER: Final = 0x80

WRITE_ONE: Final = 6
WRITE_SEVERAL: Final = 16
_EXCEPTION = 0x80
_ANSWER_BYTES = 8
_EXCEPTION_BYTES = 5
_LARGEST_NUMBER = 32767

EXCEPTIONS = {
    1: "illegal function",
    2: "illegal register",
    3: "illegal value",
    4: "device failure",
    6: "device busy",
}
"""Modbus application protocol 1.1b3, section 7."""


def crc(data: bytes) -> bytes:
    """Return the two check bytes of a frame, low byte first."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")


def framed(body: bytes) -> bytes:
    """Put the check bytes behind a frame."""
    return body + crc(body)


def write_register(unit: int, register: int, value: int) -> bytes:
    """Write one register, signed 16 bits."""
    return framed(
        bytes((unit, WRITE_ONE))
        + register.to_bytes(2, "big")
        + value.to_bytes(2, "big", signed=True)
    )


def write_registers(unit: int, register: int, data: bytes) -> bytes:
    """Write registers from one on; an odd last byte is filled with a dark digit."""
    data += bytes(len(data) % 2)
    head = bytes((unit, WRITE_SEVERAL)) + register.to_bytes(2, "big")
    return framed(head + (len(data) // 2).to_bytes(2, "big") + bytes((len(data),)) + data)


def read_answer(request: bytes, heard: bytes) -> Answer | None:
    """Look for the answer to a request in all that was heard since.

    Bytes before it are passed over: noise at the turn of the line, a late answer of another panel,
    our own bytes where an adapter hears them. None when more must come; whoever waits in vain
    though something came has heard a garbled answer.
    """
    unit, function = request[0], request[1]
    for start in range(len(heard)):
        rest = heard[start:]
        if rest[0] != unit or (len(rest) > 1 and rest[1] & ~_EXCEPTION != function):
            continue
        if len(rest) < 2:
            break
        length = _EXCEPTION_BYTES if rest[1] & _EXCEPTION else _ANSWER_BYTES
        frame = rest[:length]
        if len(frame) < length or crc(frame[:-2]) != frame[-2:]:
            continue
        if frame[1] & _EXCEPTION:
            code = frame[2]
            return Answer("refused", EXCEPTIONS.get(code, f"exception {code}"))
        # Function 06 is answered with the request itself, 16 with its register and their number.
        if frame[2:6] == request[2:6]:
            return Answer("accepted")
    return None


@dataclass(frozen=True, slots=True)
class ModbusPanels:
    """All panels of one bus; each has as many digits.

    `bars` draws every face with raw segments; `number` writes what is a number as a number.
    """

    digits: int = 4
    style: Literal["bars", "number"] = "bars"

    flashes_by_itself = False
    answers = True

    def check(self, address: int) -> None:
        if not 1 <= address <= 247:
            raise ValueError(f"a Modbus unit is 1 to 247, not {address}")

    def set_up(self, address: int) -> Sequence[Message]:
        if self.style == "bars":
            return ()
        return (Message((write_register(address, POINT_REGISTER, 0),), is_answered=True),)

    def paint(self, address: int, face: PanelFace, was: PanelFace | None) -> Sequence[Message]:
        """Write the number or the bars. A stale face has its last point lit; nothing can dim it."""
        if self._is_number(face):
            frame = write_register(address, NUMBER_REGISTER, int(face.text))
        else:
            bars = bars_of(face.text, self.digits, with_point=face.stale)
            frame = write_registers(address, BARS_REGISTER, bars)
        return (Message((frame,), is_answered=True),)

    def read(self, message: Message, heard: bytes) -> Answer | None:
        return read_answer(message.data, heard)

    def _is_number(self, face: PanelFace) -> bool:
        return (
            self.style == "number"
            and not face.stale
            and face.text.isdecimal()
            and face.text.isascii()
            and len(face.text) <= self.digits
            and int(face.text) <= _LARGEST_NUMBER
        )
