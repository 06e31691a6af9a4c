"""Serial lines at the other end of a network: `rfc2217://host:port?baud=115200`.

For device servers (serial over LAN) that let us set the line up by RFC 2217; one that passes bytes
only is a `tcp:` address. pyserial speaks the protocol.
"""

import fcntl
import select
import struct
import termios
from functools import partial
from typing import Any
from urllib.parse import SplitResult

import serial
import serial.rfc2217

from drivers.errors import LinkLost, OpenFailed
from drivers.transports.blocking import BlockingTransport, make_in_own_thread
from drivers.transports.line_settings import LineSettings, line_settings_in
from drivers.transports.serial_errors import reason_of_serial
from drivers.transports.tcp import prepare_socket

_PIECE_BYTES = 1024
"""Goes whole into a socket that has room: the kernel calls one writable only with a third free."""
_ROOM_S = 0.25
_READ_S = 0.25


def remote_line_in(url: str, parts: SplitResult) -> tuple[str, int, LineSettings]:
    """Return host, port and settings that an address names; raises OpenFailed."""
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise OpenFailed(url, str(error)) from error
    if not host or not port or parts.path.strip("/"):
        raise OpenFailed(url, "write rfc2217://HOST:PORT")
    return host, port, line_settings_in(url, parts.query)


async def open_rfc2217(url: str, parts: SplitResult) -> BlockingTransport:
    """Connect and set the line up; raises OpenFailed."""
    host, number, settings = remote_line_in(url, parts)
    port = await make_in_own_thread(partial(_open, url, host, number, settings), Rfc2217Port.close)
    return BlockingTransport(url, port)


class _Line(serial.rfc2217.Serial):
    """pyserial's end, which may be asked about its socket."""

    _socket: Any

    def has_room(self, seconds: float) -> bool:
        """Wait until a piece can be sent without waiting; False when it can't."""
        _, writable, _ = select.select([], [self._socket], [], seconds)
        return bool(writable)

    def unsent(self) -> int:
        """Return how many bytes the other end has not acknowledged."""
        answer = fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
        return int(struct.unpack("i", answer)[0])

    def close(self) -> None:
        """Close the socket even where pyserial forgets to: when the other end has gone first."""
        connection = self._socket
        super().close()
        if connection is not None:
            connection.close()

    def keep_little(self) -> None:
        """Make the kernel hold few bytes, and notice a pulled cable."""
        prepare_socket(self._socket)


class Rfc2217Port:
    """One connection. A piece is offered only where it goes whole, so that the count is exact.

    pyserial's `write` sends all or fails somewhere on the way, and does not say where.
    """

    def __init__(self, url: str, line: _Line) -> None:
        self._url = url
        self._line = line

    def offer(self, piece: bytes) -> int:
        piece = piece[:_PIECE_BYTES]
        try:
            if not self._line.has_room(_ROOM_S):
                return 0
            self._line.write(piece)
        except (serial.SerialException, OSError, ValueError) as error:
            raise LinkLost(self._url, reason_of_serial(error)) from error
        return len(piece)

    def take(self) -> bytes:
        try:
            data = byte = self._line.read(1)
            while byte and self._line.in_waiting:
                byte = self._line.read(1)  # one by one: a longer read may drop what it has
                data += byte
            return data
        except (serial.SerialException, OSError, ValueError) as error:
            reason = "closed by the device" if "reader thread" in str(error) else None
            raise LinkLost(self._url, reason or reason_of_serial(error)) from error

    def pending(self) -> int:
        try:
            return self._line.unsent()
        except (OSError, AttributeError):
            return 0  # it was closed

    def close(self) -> None:
        self._line.close()


def _open(url: str, host: str, port: int, settings: LineSettings) -> Rfc2217Port:
    place = f"[{host}]" if ":" in host else host
    try:
        line = _Line(f"rfc2217://{place}:{port}", timeout=_READ_S, **settings.for_pyserial())
        line.keep_little()
    except (serial.SerialException, OSError, ValueError) as error:
        raise OpenFailed(url, reason_of_serial(error)) from error
    return Rfc2217Port(url, line)
