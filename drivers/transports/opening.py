"""Opens a device by its URL; a new kind of link adds one line here."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import SplitResult, urlsplit

from drivers.errors import OpenFailed, UnknownScheme
from drivers.transports.file import open_file
from drivers.transports.memory import open_memory
from drivers.transports.tcp import open_tcp
from drivers.transports.transport import Transport

Opener = Callable[[str, SplitResult], Awaitable[Transport]]

OPENERS: Mapping[str, Opener] = {"tcp": open_tcp, "file": open_file, "memory": open_memory}


def check_url(url: str) -> None:
    """Raise UnknownScheme unless some transport opens this kind of address."""
    if urlsplit(url).scheme not in OPENERS:
        raise UnknownScheme(url, tuple(OPENERS))


async def open_transport(url: str, *, timeout_s: float = 5.0) -> Transport:
    """Open a device; the caller closes it. Raises UnknownScheme or OpenFailed."""
    check_url(url)
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(timeout_s):
            return await OPENERS[parts.scheme](url, parts)
    except TimeoutError:
        raise OpenFailed(url, f"no answer within {timeout_s:g} s") from None
