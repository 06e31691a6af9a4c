"""Tells when a device is plugged into this machine, so that nobody waits for the end of a backoff.

Every `LinkKeeper` runs one watch: a driver gets this by keeping its link with one. udev's events
are heard where its library and its service are; elsewhere the device's place is looked at each
second.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyudev
import structlog

from drivers.clock import Clock

logger = structlog.get_logger()

Watch = Callable[[str, Clock, Callable[[], None]], Awaitable[None]]
"""Called with a device's address, a clock, and what to call when the device may have come."""

LOOK_S = 1.0
SUBSYSTEMS = ("usb", "usbmisc", "tty", "input", "hidraw")
"""Of the kernel: where printers, serial adaptors, modems, scanners and panels appear."""
UDEV_SERVICE = Path("/run/udev/control")
"""There while udev's daemon runs: its library alone would wait for events that nobody sends."""

_DEVICES = Path("/dev")
_USB_BUSES = Path("/dev/bus/usb")
_NEWS = frozenset({"add", "bind", "change"})
_ELSEWHERE = frozenset({"tcp", "rfc2217", "memory"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device of this machine appears."""

    path: Path
    """The device itself; for a device that has an address on the bus, the folder of the buses."""

    def look(self) -> Hashable:
        """Return what is there, None for nothing; another thing is another value."""
        try:
            if self.path.is_dir():
                return tuple(sorted(map(str, self.path.glob("*/*")))) or None
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_rdev


def place_of(url: str) -> Place | None:
    """Return where to look for a device; None for one that nobody plugs into this machine."""
    parts = urlsplit(url)
    if parts.scheme in _ELSEWHERE:
        return None
    if parts.scheme == "usb":
        return Place(_USB_BUSES)
    path = Path(unquote(parts.path))
    return Place(path) if _DEVICES in path.parents else None


async def watch_for_device(
    url: str, clock: Clock, on_come: Callable[[], None], *, udev: Path = UDEV_SERVICE
) -> None:
    """Call `on_come` whenever the device of an address may have come, until cancelled.

    It may be called for another device too; whoever is called tries to open its own. For an address
    elsewhere (`tcp:`) there is nothing to watch: it returns at once.
    """
    place = place_of(url)
    if place is None:
        return
    try:
        monitor = open_monitor(udev)
    except (OSError, ImportError) as error:
        logger.info("devices_are_looked_for", url=url, every_s=LOOK_S, reason=str(error))
        await look_for_device(place, clock, on_come)
    else:
        await hear_of_devices(monitor, on_come)


def open_monitor(udev: Path = UDEV_SERVICE) -> Any:
    """Return a started `pyudev.Monitor`; raises ImportError or OSError where there is no udev."""
    if not os.access(udev, os.F_OK):
        raise OSError("udev is not running here")
    monitor = pyudev.Monitor.from_netlink(pyudev.Context())
    for subsystem in SUBSYSTEMS:
        monitor.filter_by(subsystem)
    monitor.start()
    return monitor


async def hear_of_devices(monitor: Any, on_come: Callable[[], None]) -> None:
    """Call `on_come` for each device that udev has named and given to its group."""
    loop = asyncio.get_running_loop()

    def hear() -> None:
        try:
            while (device := monitor.poll(timeout=0)) is not None:
                if device.action in _NEWS:
                    on_come()
        except OSError:
            on_come()  # so much came at once that the kernel dropped some of it

    descriptor = monitor.fileno()
    loop.add_reader(descriptor, hear)
    try:
        await loop.create_future()
    finally:
        loop.remove_reader(descriptor)


async def look_for_device(place: Place, clock: Clock, on_come: Callable[[], None]) -> None:
    """Look at a place each second, and call `on_come` when there is something new."""
    seen = place.look()
    while True:
        await clock.sleep(LOOK_S)
        now = place.look()
        if now != seen and now is not None:
            on_come()
        seen = now
