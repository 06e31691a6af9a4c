"""Opens a device by its URL; a new kind of link adds one line here."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import SplitResult, urlsplit

from drivers.errors import OpenFailed, UnknownScheme
from drivers.transports.file import open_file, path_in
from drivers.transports.hid import open_hid
from drivers.transports.memory import open_memory
from drivers.transports.rfc2217 import open_rfc2217, remote_line_in
from drivers.transports.serial_port import open_serial, serial_line_in
from drivers.transports.tcp import host_and_port_in, open_tcp
from drivers.transports.transport import Transport
from drivers.transports.usb_port import usb_name_in, usb_opener

Opener = Callable[[str, SplitResult], Awaitable[Transport]]

OPENERS: Mapping[str, Opener] = {
    "tcp": open_tcp,
    "file": open_file,
    "serial": open_serial,
    "usb": usb_opener(),
    "rfc2217": open_rfc2217,
    "memory": open_memory,
    "hid": open_hid,
}

_PLACES: Mapping[str, Callable[[str, SplitResult], object]] = {
    "tcp": host_and_port_in,
    "file": path_in,
    "hid": path_in,
    "serial": serial_line_in,
    "usb": usb_name_in,
    "rfc2217": remote_line_in,
}


def check_url(url: str) -> None:
    """Raise UnknownScheme unless some transport opens this kind of address.

    Raises OpenFailed for one of a known kind that names no place. Nothing is opened.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise OpenFailed(url, str(error)) from error
    if parts.scheme not in OPENERS:
        raise UnknownScheme(url, tuple(OPENERS))
    if parts.scheme in _PLACES:
        _PLACES[parts.scheme](url, parts)


async def open_transport(
    url: str, *, timeout_s: float = 5.0, openers: Mapping[str, Opener] = OPENERS
) -> Transport:
    """Open a device; the caller closes it. Raises UnknownScheme or OpenFailed.

    `openers` is for tests that stand a device of their own at the end of a kind of link.
    """
    check_url(url)
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(timeout_s):
            return await openers[parts.scheme](url, parts)
    except TimeoutError:
        raise OpenFailed(url, f"no answer within {timeout_s:g} s") from None
