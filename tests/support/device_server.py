"""A serial device server: pyserial's server side of RFC 2217 before a serial line."""

import contextlib
import select
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import serial
import serial.rfc2217

_LOOK_S = 0.02


class _Line(serial.Serial):
    """A pseudo-terminal has no control lines to ask about: they stand as with a printer ready."""

    cts = dsr = cd = True
    ri = False

    def _update_dtr_state(self) -> None:
        pass

    def _update_rts_state(self) -> None:
        pass


class _Connection:
    """What pyserial's server writes its answers to."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)


class DeviceServer:
    """Serves one caller at a time in a thread; each gets the line, opened anew.

    Like a real one it takes no more from the network than the line takes.
    """

    def __init__(self, line: Path) -> None:
        self._line = line
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._listener.settimeout(_LOOK_S)
        self.port: int = self._listener.getsockname()[1]
        self.settings: list[tuple[int, int, str, float]] = []
        """What each caller set the line to."""
        self._is_stopping = False
        self._thread = threading.Thread(target=self._serve, name="device-server")

    def __enter__(self) -> "DeviceServer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_stopping = True
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        while not self._is_stopping:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                try:
                    line = _Line(str(self._line), timeout=0, write_timeout=0)
                except serial.SerialException:
                    continue  # the line is not there: hang up
                try:
                    self._pass_on(connection, line)
                except (OSError, serial.SerialException):
                    pass  # either side has gone
                finally:
                    with contextlib.suppress(OSError):
                        line.close()

    def _pass_on(self, connection: socket.socket, line: serial.Serial) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        serve: Any = serial.rfc2217.PortManager  # its types are those of the other end
        protocol = serve(line, _Connection(connection))
        to_line = b""
        while not self._is_stopping:
            reading: list[Any] = [line.fileno()] if to_line else [line.fileno(), connection]
            writing: list[Any] = [line.fileno()] if to_line else []
            readable, writable, _ = select.select(reading, writing, [], _LOOK_S)
            if connection in readable:
                data = connection.recv(512)
                if not data:
                    break
                to_line = b"".join(protocol.filter(data))
            if line.fileno() in readable:
                connection.sendall(b"".join(protocol.escape(line.read(512))))
            if writable:
                to_line = to_line[line.write(to_line) or 0 :]
        self.settings.append((line.baudrate, line.bytesize, line.parity, line.stopbits))
