"""How a virtual scanner says a code: as bytes on a line, or as the keys of a keyboard."""

import random
import time
from collections.abc import Mapping
from typing import Protocol

from drivers.transports.input_event import EV_KEY, EV_SYN, EVENT, SYN_REPORT

_IDENTIFIERS: Mapping[str, str] = {
    "QR": "]Q1",
    "PDF417": "]L0",
    "EAN": "]E0",
    "Code 128": "]C0",
    "Code 39": "]A0",
    "Data Matrix": "]d1",
    "Aztec": "]z0",
}
NOISE_BYTES = 64


class Speech(Protocol):
    """Says codes and noise, in the pieces that a slow scanner sends one by one."""

    def code(self, text: str, kind: str, *, identifier: bool, suffix: bool) -> list[bytes]: ...

    def noise(self, count: int) -> list[bytes]: ...


class LineSpeech:
    """A scanner on a serial line: prefix, perhaps an identifier, the text, suffix."""

    def __init__(self, prefix: bytes = b"", suffix: bytes = b"\r") -> None:
        self._prefix = prefix
        self._suffix = suffix

    def code(self, text: str, kind: str, *, identifier: bool, suffix: bool) -> list[bytes]:
        named = _IDENTIFIERS.get(kind, "]X0") if identifier else ""
        body = text.encode("latin-1" if kind == "PDF417" else "utf-8", "replace")
        sent = self._prefix + named.encode() + body + (self._suffix if suffix else b"")
        return [bytes((sign,)) for sign in sent]

    def noise(self, count: int) -> list[bytes]:
        return [bytes((random.choice((0xFE, 0xAA, 0x80, 0x55, 0x00)),)) for _ in range(count)]


class KeySpeech:
    """A scanner that plays a US keyboard, as `struct input_event`."""

    _ROWS = (
        (2, "1234567890-=", "!@#$%^&*()_+"),
        (16, "qwertyuiop[]", "QWERTYUIOP{}"),
        (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
        (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
        (57, " ", " "),
    )
    _ENTER, _TAB, _LEFT_SHIFT, _LEFT_CONTROL, _UNKNOWN = 28, 15, 42, 29, 240

    def __init__(self, suffix: bytes = b"\r") -> None:
        self._suffix = suffix
        plain = {sign: (first + at,) for first, row, _ in self._ROWS for at, sign in enumerate(row)}
        shifted: dict[str, tuple[int, ...]] = {
            sign: (self._LEFT_SHIFT, first + at)
            for first, _, row in self._ROWS
            for at, sign in enumerate(row)
        }
        control: dict[str, tuple[int, ...]] = {
            chr(ord(sign) & 0x1F): (self._LEFT_CONTROL, *plain[sign]) for sign in plain
        }
        enders: dict[str, tuple[int, ...]] = {"\r": (self._ENTER,), "\t": (self._TAB,)}
        self._keys: Mapping[str, tuple[int, ...]] = control | shifted | plain | enders

    def code(self, text: str, kind: str, *, identifier: bool, suffix: bool) -> list[bytes]:
        named = _IDENTIFIERS.get(kind, "]X0") if identifier else ""
        end = self._suffix.decode() if suffix else ""
        return [_pressed(*self._keys.get(sign, (self._UNKNOWN,))) for sign in f"{named}{text}{end}"]

    def noise(self, count: int) -> list[bytes]:
        return [_pressed(random.choice((self._UNKNOWN, 30, 59))) for _ in range(count)]


def _pressed(*keys: int) -> bytes:
    """Press keys together, the first first, and let go in the other order."""
    moves = [*((key, 1) for key in keys), *((key, 0) for key in reversed(keys))]
    return b"".join(_event(EV_KEY, *move) + _event(EV_SYN, SYN_REPORT, 0) for move in moves)


def _event(kind: int, code: int, value: int) -> bytes:
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    return EVENT.pack(seconds, microseconds, kind, code, value)
