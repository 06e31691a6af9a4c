"""Seven-segment panels on Modbus RTU, as slaves; strict, and written apart from the driver."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.virtual.panel.reading import IsDead, Shown

_DIGITS = 4
_LOOKS = {
    0b0000000: " ", 0b0111111: "0", 0b0000110: "1", 0b1011011: "2", 0b1001111: "3",
    0b1100110: "4", 0b1101101: "5", 0b1111101: "6", 0b0000111: "7", 0b1111111: "8",
    0b1101111: "9", 0b1110111: "A", 0b0011110: "J", 0b1011110: "D", 0b0110111: "M",
    0b1110101: "K", 0b0111000: "L", 0b1010100: "N", 0b0111110: "W", 0b1101110: "Y",
    0b1000000: "-", 0b0001000: "_", 0b1001000: "=",
}  # fmt: skip
"""What a person takes the bars for; an S looks like a 5."""
_BARS = {look: bars for bars, look in _LOOKS.items()}
_POINT = 0b10000000
_ILLEGAL_FUNCTION, _ILLEGAL_REGISTER, _DEVICE_FAILURE = 1, 2, 4


@dataclass
class _Slave:
    """One panel's registers."""

    number: int = 0
    point: int = 0
    raw: bytearray = field(default_factory=lambda: bytearray(_DIGITS))
    is_dark: bool = True
    """Just switched on: nothing is lit."""
    shows_raw: bool = False


class ModbusReader:
    """The panels of one bus."""

    def __init__(
        self, addresses: range, is_dead: IsDead, *, refuses: Callable[[], bool] = lambda: False
    ) -> None:
        self._is_dead = is_dead
        self._refuses = refuses
        self._slaves = {address: _Slave() for address in addresses}
        self._unread = bytearray()
        self.problems = 0

    def feed(self, data: bytes) -> bytes:
        """Take bytes; return the answers of the panels that were asked."""
        self._unread += data
        answers = b""
        while len(self._unread) >= 8:
            length = self._length()
            if len(self._unread) < length:
                break
            frame = bytes(self._unread[:length])
            if _remainder(frame) != 0:
                del self._unread[0]  # a slave would wait for the next silence
                self.problems += 1
                continue
            del self._unread[:length]
            answers += self._answer(frame)
        return answers

    def shown(self, address: int) -> Shown:
        slave = self._slaves[address]
        if slave.is_dark:
            return Shown(bars=(0,) * _DIGITS)
        bars = tuple(slave.raw) if slave.shows_raw else _bars_of_number(slave.number, slave.point)
        text = "".join(_LOOKS.get(each & ~_POINT, "?") for each in bars)
        return Shown(text.strip(), bars=bars)

    def forget(self) -> None:
        self._slaves = {address: _Slave() for address in self._slaves}
        self._unread.clear()

    def _length(self) -> int:
        """Return how long the frame is that begins here: one write, or several."""
        return 9 + self._unread[6] if self._unread[1] == 16 else 8

    def _answer(self, frame: bytes) -> bytes:
        unit, function = frame[0], frame[1]
        slave = self._slaves.get(unit)
        if slave is None or self._is_dead(unit):
            return b""
        if self._refuses():
            return _with_crc(bytes((unit, function | 0x80, _DEVICE_FAILURE)))
        if function == 6:
            register, value = struct.unpack(">Hh", frame[2:6])
            problem = _write_one(slave, register, value)
        elif function == 16:
            register, count, size = struct.unpack(">HHB", frame[2:7])
            problem = _write_several(slave, register, count, size, frame[7:-2])
        else:
            problem = _ILLEGAL_FUNCTION
        if problem:
            self.problems += 1
            return _with_crc(bytes((unit, function | 0x80, problem)))
        return _with_crc(frame[:6])


def _write_one(slave: _Slave, register: int, value: int) -> int:
    if register == 0:
        slave.number, slave.is_dark, slave.shows_raw = value, False, False
    elif register == 4 and 0 <= value <= _DIGITS:
        slave.point = value
    else:
        return _ILLEGAL_REGISTER
    return 0


def _write_several(slave: _Slave, register: int, count: int, size: int, data: bytes) -> int:
    first = (register - 0x80) * 2
    if size != len(data) or size != count * 2 or not 0 <= first <= _DIGITS - size:
        return _ILLEGAL_REGISTER
    slave.raw[first : first + size] = data
    slave.is_dark, slave.shows_raw = False, True
    return 0


def _bars_of_number(number: int, point: int) -> tuple[int, ...]:
    digits = str(number).rjust(_DIGITS)[-_DIGITS:]
    bars = [_BARS[digit] for digit in digits]
    if point:
        bars[-1 - point] |= _POINT
    return tuple(bars)


def _remainder(data: bytes) -> int:
    """Return the CRC of a whole frame, its own check bytes included: 0 when it is sound."""
    register = 0xFFFF
    for byte in data:
        for bit in range(8):
            carry = (register ^ byte >> bit) & 1
            register >>= 1
            if carry:
                register ^= 0xA001
    return register


def _with_crc(body: bytes) -> bytes:
    return body + struct.pack("<H", _remainder(body))
