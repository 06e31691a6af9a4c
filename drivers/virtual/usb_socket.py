"""A virtual printer as a USB device, reachable over USB/IP: the kernel's protocol, on a socket.

Built on the package `usbip`, which plays the device's side of the bus: descriptors, endpoints,
control requests. It is there where the tests are; the program that is asked for USB without it says
so.
"""

import asyncio
import contextlib
import errno
import socket
import struct
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import usbip
from usbip import core, protocol

from drivers.virtual.lines import Line

VENDOR, PRODUCT = 0x04B8, 0x0E15
"""An Epson TM-T20II."""
BUS_ID = "1-1"

_PACKET_BYTES = 64
_BUFFER_BYTES = 8192
_ROOM_S = 0.2
"""How long a transfer waits for room; then the bus says that it timed out, with nothing taken."""
_SAY_S = 0.004
_READ_BYTES = 512
_DEVICE_ID = b"MFG:SHUBBAK;CMD:ESC/POS;MDL:VIRTUAL;CLS:PRINTER;"


class UsbLine:
    """The device's end: filled by a thread of the bus, emptied by the device's loop."""

    def __init__(self, connection: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        self._connection = connection
        self._loop = loop
        self._arrived = bytearray()
        self._to_say = bytearray()
        self._is_open = True
        self._changed = threading.Condition()
        self._woken = asyncio.Event()

    async def read(self) -> bytes:
        """Return what arrived; b"" once the plug was pulled."""
        while True:
            self._woken.clear()
            with self._changed:
                if not self._is_open:
                    return b""
                data = bytes(self._arrived[:_READ_BYTES])
                del self._arrived[:_READ_BYTES]
                self._changed.notify_all()
            if data:
                return data
            await self._woken.wait()

    def send(self, data: bytes) -> None:
        """Answer, as soon as the host asks."""
        with self._changed:
            self._to_say += data
            self._changed.notify_all()

    def drop(self) -> None:
        """Pull the plug."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self.end()

    def end(self) -> None:
        """Note, in whatever thread, that the host has gone."""
        with self._changed:
            self._is_open = False
            self._arrived.clear()
            self._changed.notify_all()
        self._loop.call_soon_threadsafe(self._woken.set)

    def arrive(self, data: bytes) -> bool:
        """Take a transfer whole, or none of it; called by the bus."""
        with self._changed:
            has_room = self._changed.wait_for(
                lambda: not self._is_open or len(self._arrived) < _BUFFER_BYTES, _ROOM_S
            )
            if not has_room or not self._is_open:
                return False
            self._arrived += data
        self._loop.call_soon_threadsafe(self._woken.set)
        return True

    def say(self, longest: int) -> bytes:
        """Return what the device has to say, after a short while nothing; called by the bus."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_open or bool(self._to_say), _SAY_S)
            data = bytes(self._to_say[:longest])
            del self._to_say[:longest]
        return data


class _PrinterInterface(usbip.Interface):  # type: ignore[misc]
    """USB printer class 1.1: bidirectional, one pipe each way."""

    bInterfaceClass = 7  # noqa: N815 - the names of the USB standard
    bInterfaceSubClass = 1  # noqa: N815
    bInterfaceProtocol = 2  # noqa: N815
    outlet = usbip.Out(0x01, mps=_PACKET_BYTES)
    inlet = usbip.In(0x82, mps=_PACKET_BYTES)

    def on_control(self, setup: Any, data: bytes = b"") -> bytes:
        """Answer GET_DEVICE_ID, GET_PORT_STATUS (no error, selected), SOFT_RESET."""
        match setup.bRequest:
            case 0:
                return struct.pack(">H", len(_DEVICE_ID) + 2) + _DEVICE_ID
            case 1:
                return b"\x18"
            case 2:
                return b""
        raise core.Stall


class _Device(usbip.USBDevice):  # type: ignore[misc]
    """Gives each host that imports the device a line of its own."""

    def __init__(self, on_line: Callable[[UsbLine], None]) -> None:
        super().__init__(
            VENDOR, PRODUCT, manufacturer="SHUBBAK", product="VIRTUAL", serial="000001"
        )
        self.add(_PrinterInterface())
        self.busid, self.busnum, self.devnum = BUS_ID, 1, 2
        self._on_line = on_line
        self._loop = asyncio.get_running_loop()
        self._own = threading.local()

    def serve(self, connection: socket.socket, *, is_there: bool) -> None:
        """Be the bus for one connection; runs in a thread of its own to its end."""
        self._own.connection = connection
        self._own.line = None
        protocol.serve_connection(connection, [self] if is_there else [])
        if self._own.line is not None:
            self._own.line.end()

    def reset_io(self) -> None:
        """A host took the device; or chose its configuration, which changes nothing here."""
        super().reset_io()
        if self._own.line is not None:
            return
        self._own.line = UsbLine(self._own.connection, self._loop)
        self._loop.call_soon_threadsafe(self._on_line, self._own.line)

    def handle_urb(self, urb: Any, respond: Any = None) -> Any:
        """Carry one transfer; the endpoints are the line's own, with its room and its silence."""
        line = self._own.line
        if urb.ep == 0 or line is None:
            return super().handle_urb(urb, respond)
        if urb.direction == core.IN:
            urb.buffer = line.say(urb.length)
            urb.actual, urb.status = len(urb.buffer), 0
        elif line.arrive(bytes(urb.buffer)):
            urb.actual, urb.status = len(urb.buffer), 0
        else:
            urb.actual, urb.status = 0, -errno.ETIMEDOUT
        return urb


async def serve_usb(
    attend: Callable[[Line], Awaitable[None]],
    listener: socket.socket,
    *,
    has_power: Callable[[], bool] = lambda: True,
) -> None:
    """Export the device on a listening socket until cancelled; without power the bus is empty."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[UsbLine] = asyncio.Queue()
    device = _Device(lines.put_nowait)
    connections: list[socket.socket] = []

    async def accept() -> None:
        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setblocking(True)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connections[:] = [each for each in connections if each.fileno() != -1]
            connections.append(connection)
            threading.Thread(
                target=device.serve,
                args=(connection,),
                kwargs={"is_there": has_power()},
                name="usb-bus",
                daemon=True,
            ).start()

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(accept())
            while True:
                line = await lines.get()
                try:
                    await attend(line)
                finally:
                    line.drop()
    finally:
        listener.close()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
