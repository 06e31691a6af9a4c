"""Printers on the network: raw TCP, port 9100 by custom."""

import asyncio
import socket
from urllib.parse import SplitResult

from drivers.errors import OpenFailed, reason_of
from drivers.transports.descriptor import DescriptorTransport

DEFAULT_PORT = 9100
_SEND_BUFFER_BYTES = 16_384
"""Small, so that *accepted* is close to *received*: the kernel doubles it."""
_KEEPALIVE = (
    (socket.TCP_KEEPIDLE, 10),
    (socket.TCP_KEEPINTVL, 5),
    (socket.TCP_KEEPCNT, 3),
)
"""A cable that was pulled is noticed in 25 s even when nobody sends. TCP_USER_TIMEOUT is left
alone: it would also end the wait of a printer that takes no bytes because its paper is out."""


def host_and_port_in(url: str, parts: SplitResult) -> tuple[str, int]:
    """Return where an address leads; raises OpenFailed when it leads nowhere."""
    try:
        host, port = parts.hostname, parts.port or DEFAULT_PORT
    except ValueError as error:
        raise OpenFailed(url, str(error)) from error
    if not host:
        raise OpenFailed(url, "the address names no host")
    return host, port


async def open_tcp(url: str, parts: SplitResult) -> DescriptorTransport:
    """Connect to `tcp://host[:port]`; raises OpenFailed."""
    host, port = host_and_port_in(url, parts)
    loop = asyncio.get_running_loop()
    try:
        addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise OpenFailed(url, error.strerror or "unknown host") from error
    reason = "no address"
    for family, kind, protocol, _, address in addresses:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            prepare_socket(connection)
            await loop.sock_connect(connection, address)
        except OSError as error:
            reason = reason_of(error)
            connection.close()
        except BaseException:
            connection.close()
            raise
        else:
            fd = connection.fileno()
            return DescriptorTransport(url, fd, fd, on_close=connection.close)
    raise OpenFailed(url, reason)


def prepare_socket(connection: socket.socket) -> None:
    """Send at once, hold few bytes, and notice a pulled cable."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
