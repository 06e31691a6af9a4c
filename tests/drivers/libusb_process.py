"""Drives libusb itself against a device that umockdev makes up, and prints what came of it.

`umockdev-wrapper python -m tests.drivers.libusb_process GI_FOLDER FOLDER`: umockdev answers the
kernel's USB calls from a recording, which is written here, transfer by transfer, as usbmon would.
"""

import asyncio
import struct
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from drivers.clock import SystemClock, within
from drivers.errors import LinkLost, OpenFailed
from drivers.transports.opening import open_transport

BUS, ADDRESS = 1, 4
OUT, IN = 0x01, 0x82
_BULK = 3
_IN_PROGRESS = -115
_LINKTYPE_USB_LINUX_MMAPPED = 220

DEVICE = struct.pack(
    "<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0, 0, 0, 64, 0x04B8, 0x0E15, 0x0100, 0, 0, 0, 1
)
CONFIGURATION = (
    struct.pack("<BBHBBBBB", 9, 2, 32, 1, 1, 0, 0x80, 50)
    + struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 2, 7, 1, 2, 0)
    + struct.pack("<BBBBHB", 7, 5, OUT, 2, 64, 0)
    + struct.pack("<BBBBHB", 7, 5, IN, 2, 64, 0)
)
DESCRIPTORS = (DEVICE + CONFIGURATION).hex().upper()
MACHINE = f"""P: /devices/usb1/1-1
N: bus/usb/001/004={DESCRIPTORS}
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
E: DEVNAME=/dev/bus/usb/001/004
E: BUSNUM=001
E: DEVNUM=004
E: MAJOR=189
E: MINOR=3
A: busnum=1\\n
A: devnum=4\\n
A: idVendor=04b8\\n
A: idProduct=0e15\\n
A: bConfigurationValue=1\\n
A: bNumConfigurations=1\\n
A: speed=12\\n
H: descriptors={DESCRIPTORS}
"""


class Recording:
    """What passes over the bus, in order."""

    def __init__(self) -> None:
        self._events: list[bytes] = []
        self._transfers = 0

    def out(self, data: bytes, *, taken: int | None = None, status: int = 0) -> None:
        """The host offers bytes; the device takes some."""
        self._transfers += 1
        length = len(data) if taken is None else taken
        self._event(b"S", OUT, _IN_PROGRESS, len(data), data)
        self._event(b"C", OUT, status, length, b"")

    def back(self, data: bytes) -> None:
        """The device answers."""
        self._transfers += 1
        self._event(b"S", IN, _IN_PROGRESS, 512, b"")
        self._event(b"C", IN, 0, len(data), data)

    def write(self, path: Path) -> Path:
        """Write it as usbmon's packets in a pcap file."""
        head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, _LINKTYPE_USB_LINUX_MMAPPED)
        packets = (
            struct.pack("<IIII", 1, number, len(event), len(event)) + event
            for number, event in enumerate(self._events)
        )
        path.write_bytes(head + b"".join(packets))
        return path

    def _event(self, kind: bytes, endpoint: int, status: int, length: int, data: bytes) -> None:
        no_data = 0 if data else ord("<") if endpoint & 0x80 else ord(">")
        head = (self._transfers, kind, _BULK, endpoint, ADDRESS, BUS, ord("-"), no_data, 0, 0)
        tail = (status, length, len(data), bytes(8), 0, 0, 0, 0)
        self._events.append(struct.pack("<QcBBBHBBqiiII8siiII", *head, *tail) + data)


async def main(folder: Path) -> None:
    bindings: Any = import_module("gi")
    bindings.require_version("UMockdev", "1.0")
    testbed = import_module("gi.repository.UMockdev").Testbed.new()
    recording = Recording()
    recording.out(b"\x10\x04\x01")
    recording.back(b"\x12")
    recording.out(b"hello paper", taken=6)
    recording.out(b"paper")
    recording.back(b"\x37\x22slip\x00")
    recording.out(b"never", taken=0, status=-19)
    testbed.add_from_string(MACHINE)
    testbed.load_pcap("/sys/devices/usb1/1-1", str(recording.write(folder / "bus.pcap")))
    try:
        await open_transport("usb://04b8:ffff")
    except OpenFailed as error:
        print(error.reason)
    link = await open_transport("usb://04b8:0e15")
    async with asyncio.timeout(10):
        print(await link.write(b"\x10\x04\x01"), (await link.read()).hex())
        print(await link.write(b"hello paper"), await link.write(b"paper"), link.accepted)
        print((await link.read()).hex())
        try:
            async with within(SystemClock(), 0.1):
                await link.write(b"not on the recording, so the device takes none of it")
        except TimeoutError:
            print("took nothing", link.accepted)
        try:
            await link.write(b"never")
        except LinkLost as error:
            print(error.reason, link.accepted)
        await link.close()
    print("closed")


if __name__ == "__main__":
    sys.path.append(sys.argv[1])
    asyncio.run(main(Path(sys.argv[2])))
