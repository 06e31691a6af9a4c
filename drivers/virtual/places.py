"""Where a virtual device is reached: on a socket, at a serial line, as a USB device."""

import os
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from drivers.virtual.lines import RECEIVE_BUFFER_BYTES, Line, serve
from drivers.virtual.path_line import serve_path
from drivers.virtual.program import address_of, listen
from drivers.virtual.serial_line import SerialLine

Attend = Callable[[Line], Awaitable[None]]
SerialOption = Annotated[
    Path | None,
    typer.Option(
        help="Stand at a serial line instead: the name to give it, such as /dev/shm/device."
    ),
]


@dataclass(frozen=True, slots=True)
class Place:
    """What the ready line says of a place, its `url` above all, and what serves a device there.

    `serve` is given what attends to one link, and what tells whether the device has its power.
    """

    ready: Mapping[str, str]
    serve: Callable[[Attend, Callable[[], bool]], Coroutine[object, object, None]]

    @property
    def url(self) -> str:
        """The address by which a driver opens it."""
        return self.ready["url"]


def chosen_place(listen_at: str, serial: Path | None = None, usbip: str | None = None) -> Place:
    """Open what the options `--listen`, `--serial`, `--usbip` name; raises BadParameter, OSError.

    One of the last two stands in for the first.
    """
    if serial is not None and usbip is not None:
        raise typer.BadParameter("choose one of --serial and --usbip")
    if serial is not None:
        return _serial_place(serial)
    if usbip is not None:
        return _usb_place(usbip)
    return socket_place(listen("--listen", listen_at, receive_buffer_bytes=RECEIVE_BUFFER_BYTES))


def socket_place(listener: socket.socket) -> Place:
    """Return the place of a device that is reached on a listening socket."""
    return Place(
        {"url": f"tcp://{address_of(listener)}"},
        lambda attend, has_power: serve(attend, listener, has_power=has_power),
    )


def free_name(option: str, path: Path) -> Path:
    """Return the whole path of a name that a line may have. Raises BadParameter.

    It is free, or was left by a line whose program was killed.
    """
    path = path.absolute()
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise typer.BadParameter(
            f"{path.parent} is no folder that can be written to", param_hint=option
        )
    is_left_over = path.is_fifo() or (
        path.is_symlink() and os.readlink(path).startswith("/dev/pts/")
    )
    if os.path.lexists(path) and not is_left_over:
        raise typer.BadParameter(f"{path} is there already", param_hint=option)
    return path


def path_url(scheme: str, path: Path) -> str:
    """Return the address of a device at a path."""
    return f"{scheme}://{quote(str(path))}"


def _serial_place(path: Path) -> Place:
    line = SerialLine(free_name("--serial", path))
    return Place(
        {"url": path_url("serial", line.name)},
        lambda attend, has_power: serve_path(attend, line, has_power=has_power),
    )


def _usb_place(address: str) -> Place:
    try:
        from drivers.virtual.usb_socket import PRODUCT, VENDOR, serve_usb
    except ImportError as error:
        raise typer.BadParameter(
            "this needs the Python package usbip, which is not installed", param_hint="--usbip"
        ) from error
    bus = listen("--usbip", address)
    return Place(
        {"url": f"usb://{VENDOR:04x}:{PRODUCT:04x}", "usbip": address_of(bus)},
        lambda attend, has_power: serve_usb(attend, bus, has_power=has_power),
    )
