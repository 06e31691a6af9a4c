"""Printers on USB without the kernel's driver: `usb://04b8:0e15`, or `usb://04b8:0e15/SERIAL`.

For printers that `usblp` does not serve, or gives no answers from. The endpoints are taken from the
device's own description; the device is never reset, since that loses what it holds.
"""

import errno
import os
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import SplitResult, unquote

import usb.backend.libusb1
import usb.core
import usb.util

from drivers.errors import LinkLost, OpenFailed
from drivers.transports.blocking import BlockingTransport, make_in_own_thread

_WRITE_MS = 500
"""A printer that takes nothing for this long is asked again; libusb then tells what it took."""
_READ_MS = 250
_READ_BYTES = 512
_EMPTY_READ_PAUSE_S = 0.01
"""Some printers answer a read with nothing at once, for as long as they have nothing to say."""
_CONTROL_MS = 1000

_PRINTER_CLASS = 7
_USB_DIRECTION_IN = 0x80
_BULK = 2
_NO_BYTE_STREAM = {
    (_PRINTER_CLASS, 4),  # IPP over USB: speaks HTTP
}
_NOT_FOR_US = {3, 8, 9}
"""Classes that have their own drivers: keyboards and scanners (HID), storage, hubs."""
_PREFERENCE = {2: 0, 3: 1, 1: 2}
"""USB printer class 1.1, section 4.2.1: protocol 2 answers, 1 only takes, 3 packs (IEEE 1284.4)."""
_ADDRESS = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})")
_WORDS = {
    errno.ENODEV: "the plug was pulled",
    errno.EBUSY: "in use by another program",
    errno.EACCES: "permission denied: a udev rule must give it to our group",
    errno.EPIPE: "the device refused the transfer",
}

FindBackend = Callable[[], Any]
"""Returns a `usb.backend.IBackend`, None where libusb is not installed."""


@dataclass(frozen=True, slots=True)
class UsbName:
    """Which device an address means."""

    vendor: int
    product: int
    serial: str | None


def usb_name_in(url: str, parts: SplitResult) -> UsbName:
    """Read an address; raises OpenFailed."""
    found = _ADDRESS.fullmatch(parts.netloc)
    serial = unquote(parts.path.removeprefix("/"))
    if found is None or "/" in serial or parts.query:
        raise OpenFailed(url, "write usb://VENDOR:PRODUCT as lsusb shows them, or with /SERIAL")
    return UsbName(int(found[1], 16), int(found[2], 16), serial or None)


def usb_opener(
    find_backend: FindBackend = usb.backend.libusb1.get_backend,
) -> Callable[[str, SplitResult], Awaitable[BlockingTransport]]:
    """Return what opens `usb:` addresses over a backend of pyusb: libusb, but for tests."""

    async def open_usb(url: str, parts: SplitResult) -> BlockingTransport:
        """Claim the device's printer interface; raises OpenFailed."""
        name = usb_name_in(url, parts)
        port = await make_in_own_thread(partial(_open, url, name, find_backend), UsbPort.close)
        return BlockingTransport(url, port, carries_replies=port.answers)

    return open_usb


class UsbPort:
    """One claimed interface; pyusb allows a read and a write at the same time."""

    def __init__(self, url: str, device: Any, interface: Any, *, was_kernels: bool) -> None:
        outlet, inlet = _pipes(interface)
        self._url = url
        self._device = device
        self._number = interface.bInterfaceNumber
        self._outlet = outlet
        self._inlet = inlet
        self._was_kernels = was_kernels
        self._closing = threading.Event()

    @property
    def answers(self) -> bool:
        """Whether the interface has a way back."""
        return self._inlet is not None

    def offer(self, piece: bytes) -> int:
        try:
            return int(self._device.write(self._outlet, piece, _WRITE_MS))
        except usb.core.USBError as error:
            if _is_timeout(error):
                return 0  # pyusb raises this only when not one byte was taken
            self._free_if_stalled(error, self._outlet)
            raise LinkLost(self._url, _reason(error)) from error

    def take(self) -> bytes:
        try:
            data = bytes(self._device.read(self._inlet, _READ_BYTES, _READ_MS))
        except usb.core.USBError as error:
            if _is_timeout(error):
                return b""
            self._free_if_stalled(error, self._inlet)
            raise LinkLost(self._url, _reason(error)) from error
        if not data:
            self._closing.wait(_EMPTY_READ_PAUSE_S)
        return data

    def pending(self) -> int:
        return 0  # what a transfer took is in the device

    def close(self) -> None:
        self._closing.set()
        with suppress(usb.core.USBError, NotImplementedError):  # it was pulled out
            usb.util.release_interface(self._device, self._number)
            if self._was_kernels:
                self._device.attach_kernel_driver(self._number)
        usb.util.dispose_resources(self._device)

    def _free_if_stalled(self, error: usb.core.USBError, endpoint: int | None) -> None:
        """Clear a halt, so that the next opening finds the endpoint at work."""
        if error.errno == errno.EPIPE:
            with suppress(usb.core.USBError):
                self._device.clear_halt(endpoint)


def _open(url: str, name: UsbName, find_backend: FindBackend) -> UsbPort:
    try:
        backend = find_backend()
        if backend is None:
            raise OpenFailed(url, "libusb is not installed (Debian: libusb-1.0-0)")
        device = _find(url, name, backend)
        device.default_timeout = _CONTROL_MS
        return _claim(url, device)
    except NotImplementedError as error:
        raise OpenFailed(url, f"libusb can't do this here: {error}") from error
    except usb.core.USBError as error:
        raise OpenFailed(url, _reason(error)) from error


def _find(url: str, name: UsbName, backend: Any) -> Any:
    """Return the device; without a serial number it must be the only one of its kind."""
    alike = list(
        usb.core.find(find_all=True, idVendor=name.vendor, idProduct=name.product, backend=backend)
        or ()
    )
    if not alike:
        raise OpenFailed(url, "no such device")
    if name.serial is None:
        if len(alike) > 1:
            raise OpenFailed(url, f"there are {len(alike)} of these: add /SERIAL to the address")
        return alike[0]
    for device in alike:
        if _serial_of(device) == name.serial:
            return device
    raise OpenFailed(url, f"none of the {len(alike)} here has the serial number {name.serial}")


def _serial_of(device: Any) -> str | None:
    try:
        serial = device.serial_number
    except (usb.core.USBError, ValueError, NotImplementedError):
        return None  # another one of its kind that does not answer, or is not ours to ask
    return None if serial is None else str(serial)


def _claim(url: str, device: Any) -> UsbPort:
    try:
        configuration = device.get_active_configuration()
    except usb.core.USBError:
        device.set_configuration()
        configuration = device.get_active_configuration()
    interface = _printing_interface(url, configuration)
    number = interface.bInterfaceNumber
    was_kernels = _take_from_kernel(device, number)
    try:
        usb.util.claim_interface(device, number)
        if interface.bAlternateSetting:
            device.set_interface_altsetting(number, interface.bAlternateSetting)
    except usb.core.USBError:
        if was_kernels:
            device.attach_kernel_driver(number)
        usb.util.dispose_resources(device)
        raise
    return UsbPort(url, device, interface, was_kernels=was_kernels)


def _printing_interface(url: str, configuration: Any) -> Any:
    """Choose where to print: the printer class, answering before mute; else any pair of pipes."""
    usable = [
        interface
        for interface in _interfaces(configuration)
        if interface.bInterfaceClass not in _NOT_FOR_US
        and (interface.bInterfaceClass, interface.bInterfaceProtocol) not in _NO_BYTE_STREAM
        and _pipes(interface)[0] is not None
    ]
    printers = [each for each in usable if each.bInterfaceClass == _PRINTER_CLASS]
    if printers:
        return min(printers, key=lambda each: _PREFERENCE.get(each.bInterfaceProtocol, 3))
    answering = [each for each in usable if _pipes(each)[1] is not None]
    if not answering:
        raise OpenFailed(url, "the device has no pipe that prints")
    return answering[0]


def _interfaces(configuration: Any) -> Iterator[Any]:
    yield from configuration


def _pipes(interface: Any) -> tuple[int | None, int | None]:
    """Return the addresses of the first bulk endpoints out and in."""
    outlet: int | None = None
    inlet: int | None = None
    for endpoint in interface:
        if endpoint.bmAttributes & 0x03 != _BULK:
            continue
        if endpoint.bEndpointAddress & _USB_DIRECTION_IN:
            inlet = inlet or endpoint.bEndpointAddress
        else:
            outlet = outlet or endpoint.bEndpointAddress
    return outlet, inlet


def _take_from_kernel(device: Any, number: int) -> bool:
    """Detach `usblp`; True when it was there, and must be given back.

    Where that can't be asked or done, claiming the interface says whether somebody has it.
    """
    try:
        if not device.is_kernel_driver_active(number):
            return False
        device.detach_kernel_driver(number)
    except (NotImplementedError, usb.core.USBError):
        return False
    return True


def _is_timeout(error: usb.core.USBError) -> bool:
    return isinstance(error, usb.core.USBTimeoutError) or error.errno == errno.ETIMEDOUT


def _reason(error: usb.core.USBError) -> str:
    if error.errno is None:
        return str(error.strerror or error)
    return _WORDS.get(error.errno, os.strerror(error.errno))
