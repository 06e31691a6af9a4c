"""Devices on a serial line of this machine: RS-232, USB adaptors, USB devices that play one.

`serial:///dev/ttyUSB0?baud=115200&bytes=8&parity=none&stop=1&flow=none`. pyserial sets the line up;
the bytes go by the descriptor, without its waiting.
"""

import termios
from contextlib import suppress
from functools import partial
from urllib.parse import SplitResult, unquote

import serial

from drivers.errors import OpenFailed
from drivers.transports.blocking import make_in_own_thread
from drivers.transports.descriptor import DescriptorTransport
from drivers.transports.line_settings import LineSettings, line_settings_in
from drivers.transports.serial_errors import reason_of_serial


def serial_line_in(url: str, parts: SplitResult) -> tuple[str, LineSettings]:
    """Return the path and the settings that an address names; raises OpenFailed."""
    if parts.netloc not in ("", "localhost") or not parts.path.strip("/"):
        raise OpenFailed(url, "write serial:///dev/ttyUSB0")
    return unquote(parts.path), line_settings_in(url, parts.query)


async def open_serial(url: str, parts: SplitResult) -> DescriptorTransport:
    """Open a serial line for ourselves alone; raises OpenFailed.

    In a thread, since setting up an adaptor asks it over USB, and a broken one answers late.
    """
    path, settings = serial_line_in(url, parts)
    port = await make_in_own_thread(partial(_open, url, path, settings), serial.Serial.close)
    fd = port.fileno()
    return DescriptorTransport(url, fd, fd, on_close=partial(_give_back, port))


def _open(url: str, path: str, settings: LineSettings) -> serial.Serial:
    try:
        port = serial.Serial(
            path, timeout=0, write_timeout=0, exclusive=True, **settings.for_pyserial()
        )
        _tell_silence_from_hanging_up(port.fileno())
        return port
    except (serial.SerialException, OSError, ValueError, termios.error) as error:
        raise OpenFailed(url, reason_of_serial(error)) from error


def _tell_silence_from_hanging_up(fd: int) -> None:
    """Ask for at least one byte a read: pyserial asks for none, and then nothing looks like an end.

    termios(3), non-canonical mode: with MIN 0 and TIME 0 a read returns 0 at once.
    """
    attributes = termios.tcgetattr(fd)
    attributes[6][termios.VMIN] = 1
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


def _give_back(port: serial.Serial) -> None:
    """Close without the wait for a printer that takes nothing: the kernel would wait 30 s.

    What had not left is dropped; it was counted as accepted, and its job is settled so.
    """
    with suppress(OSError, termios.error):  # it was pulled out
        termios.tcflush(port.fileno(), termios.TCOFLUSH)
    port.close()
