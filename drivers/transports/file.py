"""Devices that are a path: `/dev/usb/lp0`, a FIFO, a plain file.

`file:///dev/usb/lp0` writes and reads one device. A FIFO carries one direction, so a second one may
be named for what comes back: `file:///run/in?replies=/run/out`.
"""

import os
import stat
from urllib.parse import SplitResult, parse_qs, unquote

from drivers.errors import OpenFailed, reason_of
from drivers.transports.descriptor import DescriptorTransport


def path_in(url: str, parts: SplitResult) -> str:
    """Return the path that an address names; raises OpenFailed when it names none."""
    if parts.netloc not in ("", "localhost") or not parts.path:
        raise OpenFailed(url, f"write {parts.scheme}:///an/absolute/path")
    return unquote(parts.path)


async def open_file(url: str, parts: SplitResult) -> DescriptorTransport:
    """Open a path for printing; a plain file is appended to. Raises OpenFailed."""
    path = path_in(url, parts)
    named = parse_qs(parts.query).get("replies")
    fd = _open(url, path, _flags(url, path))
    if named is None:
        return DescriptorTransport(url, fd, fd if stat.S_ISCHR(os.fstat(fd).st_mode) else None)
    try:
        # Both ways, so that the FIFO never seems to end while nobody holds its other side.
        reply_fd = _open(url, named[0], os.O_RDWR)
    except OpenFailed:
        os.close(fd)
        raise
    return DescriptorTransport(url, fd, reply_fd)


def _flags(url: str, path: str) -> int:
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        # A name that leads nowhere: a udev link whose device is unplugged, wherever it stands.
        if path.startswith("/dev/") or os.path.islink(path):
            raise OpenFailed(url, "no such device") from None
        return os.O_WRONLY | os.O_APPEND | os.O_CREAT
    except OSError as error:
        raise OpenFailed(url, reason_of(error)) from error
    if stat.S_ISCHR(mode):
        return os.O_RDWR
    if stat.S_ISFIFO(mode):
        return os.O_WRONLY
    if stat.S_ISREG(mode):
        return os.O_WRONLY | os.O_APPEND
    raise OpenFailed(url, "neither a device, a FIFO nor a file")


def _open(url: str, path: str, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise OpenFailed(url, reason_of(error)) from error
