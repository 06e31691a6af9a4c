"""Plugs devices into a machine that umockdev makes up, and prints what the driver hears of it.

`umockdev-wrapper python -m tests.drivers.plugging_process GI_FOLDER`: the folder holds the system's
Python bindings for GObject, which no package index has. One line a step on standard output.
"""

import asyncio
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from drivers.clock import SystemClock
from drivers.errors import OpenFailed
from drivers.hotplug import watch_for_device
from drivers.transports.keeping import LinkKeeper
from drivers.transports.opening import OPENERS
from drivers.transports.transport import Transport

_LONGEST_S = 10.0
_BACKOFF_S = 600.0
"""Nothing here ends in time if it waits for the backoff."""


def bed() -> Any:
    """Return umockdev's test bed."""
    sys.path.append(sys.argv[1])
    bindings: Any = import_module("gi")
    bindings.require_version("UMockdev", "1.0")
    return import_module("gi.repository.UMockdev").Testbed.new()


def plug(testbed: Any, number: int) -> str:
    """Plug a USB printer in; return its path in /sys."""
    socket = testbed.add_device(
        "usb", f"usb{number}", None, ["idVendor", "04b8", "idProduct", "0e15"], []
    )
    return str(
        testbed.add_device(
            "usbmisc", f"lp{number}", socket, [], ["DEVNAME", f"/dev/usb/lp{number}"]
        )
    )


watch = partial(watch_for_device, udev=Path("/"))


async def main() -> None:
    testbed = bed()
    present = asyncio.Event()
    lost = asyncio.Event()
    opened = asyncio.Event()

    async def attend(link: Transport) -> None:
        opened.set()
        await asyncio.get_running_loop().create_future()

    async def open_if_present(url: str, parts: Any) -> Transport:
        print("tried", flush=True)
        if not present.is_set():
            raise OpenFailed(url, "not there")
        return await OPENERS["file"]("file:///dev/null", parts._replace(path="/dev/null"))

    keeper = LinkKeeper(
        "file:///dev/usb/lp1",
        SystemClock(),
        device="printer",
        attend=attend,
        on_lost=lost.set,
        backoff_first_s=_BACKOFF_S,
        backoff_longest_s=_BACKOFF_S,
        openers={**OPENERS, "file": open_if_present},
        watch=watch,
    )
    heard = asyncio.Event()
    # umockdev sends the daemon's events without a daemon.
    async with asyncio.timeout(_LONGEST_S), asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(watch("file:///dev/usb/lp9", SystemClock(), heard.set))
        keeping = tasks.create_task(keeper.run())
        await lost.wait()
        print("lost", flush=True)
        testbed.add_device("block", "sda", None, [], [])
        await asyncio.sleep(0.2)
        print("heard of a disk" if heard.is_set() else "deaf to a disk", flush=True)
        present.set()
        loop = asyncio.get_running_loop()
        began = loop.time()
        path = plug(testbed, 1)
        await opened.wait()
        print("open within a second" if loop.time() - began < 1 else "open late", flush=True)
        await asyncio.sleep(0.2)
        heard.clear()
        testbed.uevent(path, "remove")
        await asyncio.sleep(0.2)
        print("heard of a removal" if heard.is_set() else "deaf to a removal", flush=True)
        keeping.cancel()
        watching.cancel()


if __name__ == "__main__":
    Path(sys.argv[1]).stat()
    asyncio.run(main())
