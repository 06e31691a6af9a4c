"""Scanners that play a keyboard, read below every keyboard layout: `hid:///dev/input/by-id/…`.

The device is grabbed, so that its keys reach nobody else: neither the browser nor a terminal. The
grab ends with the descriptor. Use the link below `/dev/input/by-id`: `eventN` changes its number.
"""

import errno
import fcntl
import os
import stat
from urllib.parse import SplitResult

from drivers.errors import OpenFailed, reason_of
from drivers.transports.descriptor import DescriptorTransport
from drivers.transports.file import path_in
from drivers.transports.input_event import EV_LED, EVENT, LED_CAPS

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int) of linux/input.h."""
_LED_BYTES = 8
EVIOCGLED = 2 << 30 | _LED_BYTES << 16 | ord("E") << 8 | 0x19
"""_IOC(_IOC_READ, 'E', 0x19, 8): which lamps are lit."""


class HidTransport(DescriptorTransport):
    """An open input device; it can be read only, in pieces of `struct input_event`."""

    def __init__(self, url: str, fd: int, *, is_grabbed: bool, first: bytes) -> None:
        super().__init__(url, fd, fd)
        self.is_grabbed = is_grabbed
        """False: its keys reach others too. Only a FIFO or a terminal can't be grabbed."""
        self._first = first

    async def read(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        return await super().read()


async def open_hid(url: str, parts: SplitResult) -> HidTransport:
    """Open and grab an input device; raises OpenFailed, also where another program grabbed it."""
    path = path_in(url, parts)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise OpenFailed(url, reason_of(error)) from error
    try:
        mode = os.fstat(fd).st_mode
        if not (stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)):
            raise OpenFailed(url, "neither an input device nor a FIFO")
        is_grabbed = _grab(url, fd)
        first = _caps_lamp(fd) + (_first_of_fifo(url, fd) if stat.S_ISFIFO(mode) else b"")
    except BaseException:
        os.close(fd)
        raise
    return HidTransport(url, fd, is_grabbed=is_grabbed, first=first)


def _grab(url: str, fd: int) -> bool:
    try:
        fcntl.ioctl(fd, EVIOCGRAB, 1)
    except OSError as error:
        if error.errno in (errno.ENOTTY, errno.EINVAL):
            return False
        raise OpenFailed(url, f"cannot be grabbed: {reason_of(error)}") from error
    return True


def _caps_lamp(fd: int) -> bytes:
    """Return the event that says that Caps Lock is on, where it is: scanners mind the lamp."""
    try:
        lamps = fcntl.ioctl(fd, EVIOCGLED, bytes(_LED_BYTES))
    except OSError:
        return b""
    return EVENT.pack(0, 0, EV_LED, LED_CAPS, 1) if lamps[0] >> LED_CAPS & 1 else b""


def _first_of_fifo(url: str, fd: int) -> bytes:
    """Return what waits in a FIFO; raises OpenFailed when nobody holds its other end."""
    try:
        data = os.read(fd, 4096)
    except BlockingIOError:
        return b""
    except OSError as error:
        raise OpenFailed(url, reason_of(error)) from error
    if not data:
        raise OpenFailed(url, "nobody holds the other end")
    return data
