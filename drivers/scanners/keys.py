"""The keys of a scanner that plays a keyboard → the bytes it meant; pure.

The kernel tells which key moved, not which sign was meant, so that no keyboard layout of this
machine comes in between: a scanner set to the US layout is read right under an Arabic desktop.
Events are `struct input_event` of linux/input.h; key codes are of linux/input-event-codes.h.
"""

from collections.abc import Mapping

from drivers.transports.input_event import (
    EV_KEY,
    EV_LED,
    EV_SYN,
    EVENT,
    LED_CAPS,
    SYN_DROPPED,
    SYN_REPORT,
)

KEY_ENTER, KEY_KPENTER, KEY_TAB, KEY_CAPSLOCK = 28, 96, 15, 58
_UP, _DOWN = 0, 1
_SHIFTS = frozenset({42, 54})
_CONTROLS = frozenset({29, 97})
_OTHER_MODIFIERS = frozenset({56, 100, 125, 126})
"""Alt and Meta: a scanner that holds them sends a sign by another way than its key."""
_SILENT = frozenset({58, 69, 70, 113, 114, 115, 142, 143})
"""The locks, the loudspeaker's keys, sleep and wake: they write nothing anywhere."""

UNREADABLE = b"\x00"
"""A key that this map does not know: the code that it belongs to is refused, not shortened."""


def _row(first: int, plain: str, shifted: str) -> dict[int, tuple[str, str]]:
    return {first + at: pair for at, pair in enumerate(zip(plain, shifted, strict=True))}


US_KEYS: Mapping[int, tuple[str, str]] = {
    **_row(2, "1234567890-=", "!@#$%^&*()_+"),
    **_row(16, "qwertyuiop[]", "QWERTYUIOP{}"),
    **_row(30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    **_row(43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    57: (" ", " "),
    86: ("\\", "|"),
}
"""The sign of each key, alone and with Shift."""

KEYPAD: Mapping[int, str] = {
    **dict(zip((71, 72, 73, 75, 76, 77, 79, 80, 81, 82), "7894561230", strict=True)),
    55: "*",
    74: "-",
    78: "+",
    83: ".",
    98: "/",
    117: "=",
    121: ",",
}
"""The number pad, taken as locked to numbers whatever its lamp says: scanners mean digits by it."""


class Keyboard:
    """One scanner's keys. Its state survives a cut in the bytes, not in the link."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_skipping = False
        self._held: set[int] = set()
        self._caps = False

    def feed(self, data: bytes) -> bytes:
        """Take raw events, cut anywhere; return what they wrote."""
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        written = bytearray()
        for _, _, kind, code, value in EVENT.iter_unpack(data[:whole]):
            if kind == EV_SYN and code == SYN_DROPPED:
                # Keys are missing: whatever code they belong to is spoilt (evdev documentation).
                written += UNREADABLE
                self._held.clear()
                self._is_skipping = True
            elif self._is_skipping:
                self._is_skipping = not (kind == EV_SYN and code == SYN_REPORT)
            elif kind == EV_KEY:
                written += self._key(code, value)
            elif kind == EV_LED and code == LED_CAPS:
                self._caps = bool(value)
        return bytes(written)

    def _key(self, code: int, value: int) -> bytes:
        if value == _UP:
            self._held.discard(code)
            return b""
        if value != _DOWN:
            return b""  # the kernel repeats a key that is held down; no scanner holds one
        self._held.add(code)
        if code == KEY_CAPSLOCK:
            self._caps = not self._caps
        if code in _SHIFTS | _CONTROLS | _OTHER_MODIFIERS | _SILENT:
            return b""
        if self._held & _OTHER_MODIFIERS:
            return UNREADABLE
        if code in (KEY_ENTER, KEY_KPENTER):
            return b"\r"
        if code == KEY_TAB:
            return b"\t"
        if code in KEYPAD:
            return KEYPAD[code].encode()
        signs = US_KEYS.get(code)
        if signs is None:
            return UNREADABLE
        return self._sign(*signs)

    def _sign(self, plain: str, shifted: str) -> bytes:
        if self._held & _CONTROLS:
            return bytes((ord(shifted) & 0x1F,))
        with_shift = bool(self._held & _SHIFTS)
        if plain.isalpha() and self._caps:
            with_shift = not with_shift
        return (shifted if with_shift else plain).encode()
