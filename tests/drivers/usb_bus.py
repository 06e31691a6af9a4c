"""A USB bus inside one process, for what a real one does too seldom: a backend of pyusb."""

import errno
from array import array
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

OUT, IN = 0x01, 0x82


@dataclass
class Interface:
    """One interface (or alternate setting) of a device, as its descriptors say."""

    number: int = 0
    alternate: int = 0
    kind: int = 7
    protocol: int = 2
    endpoints: tuple[tuple[int, int], ...] = ((OUT, 2), (IN, 2))
    """Address and transfer type; 2 is bulk, 3 interrupt."""


@dataclass
class UsbDevice:
    """One device on the bus, and what was done to it."""

    vendor: int = 0x04B8
    product: int = 0x0E15
    serial: str | None = None
    interfaces: tuple[Interface, ...] = (Interface(),)
    kernel_has: set[int] = field(default_factory=set)
    """Interfaces that the kernel's driver holds."""
    busy: bool = False
    configured: bool = True
    received: bytearray = field(default_factory=bytearray)
    answers: list[bytes] = field(default_factory=list)
    takes: list[int | BaseException] = field(default_factory=list)
    """What each write takes: a number of bytes at most, or how it fails; all of it when empty."""
    claimed: set[int] = field(default_factory=set)
    settings: dict[int, int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    timeouts_ms: set[int] = field(default_factory=set)
    is_present: bool = True


def gone() -> usb.core.USBError:
    return usb.core.USBError("No such device", -4, errno.ENODEV)


def timed_out() -> usb.core.USBTimeoutError:
    return usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)


class Bus(usb.backend.IBackend):  # type: ignore[misc]
    """Does what libusb's backend does, with its errors and its short writes."""

    def __init__(self, *devices: UsbDevice) -> None:
        super().__init__()
        self.devices = devices

    def enumerate_devices(self) -> Any:
        return iter([device for device in self.devices if device.is_present])

    def get_parent(self, dev: UsbDevice) -> None:
        return None

    def get_device_descriptor(self, dev: UsbDevice) -> Any:
        return SimpleNamespace(
            bLength=18,
            bDescriptorType=1,
            bcdUSB=0x0200,
            bDeviceClass=0,
            bDeviceSubClass=0,
            bDeviceProtocol=0,
            bMaxPacketSize0=64,
            idVendor=dev.vendor,
            idProduct=dev.product,
            bcdDevice=0x0100,
            iManufacturer=0,
            iProduct=0,
            iSerialNumber=3 if dev.serial else 0,
            bNumConfigurations=1,
            bus=1,
            address=2,
            port_number=None,
            port_numbers=None,
            speed=None,
        )

    def get_configuration_descriptor(self, dev: UsbDevice, config: int) -> Any:
        if config:
            raise IndexError(config)
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=2,
            wTotalLength=32,
            bNumInterfaces=len({each.number for each in dev.interfaces}),
            bConfigurationValue=1,
            iConfiguration=0,
            bmAttributes=0x80,
            bMaxPower=50,
            extra_descriptors=b"",
        )

    def get_interface_descriptor(self, dev: UsbDevice, intf: int, alt: int, config: int) -> Any:
        interface = self._interface(dev, intf, alt)
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=4,
            bInterfaceNumber=interface.number,
            bAlternateSetting=interface.alternate,
            bNumEndpoints=len(interface.endpoints),
            bInterfaceClass=interface.kind,
            bInterfaceSubClass=1,
            bInterfaceProtocol=interface.protocol,
            iInterface=0,
            extra_descriptors=b"",
        )

    def get_endpoint_descriptor(
        self, dev: UsbDevice, ep: int, intf: int, alt: int, config: int
    ) -> Any:
        address, kind = self._interface(dev, intf, alt).endpoints[ep]
        return SimpleNamespace(
            bLength=7,
            bDescriptorType=5,
            bEndpointAddress=address,
            bmAttributes=kind,
            wMaxPacketSize=64,
            bInterval=0,
            bRefresh=0,
            bSynchAddress=0,
            extra_descriptors=b"",
        )

    def _interface(self, dev: UsbDevice, number: int, alternate: int) -> Interface:
        numbers = sorted({each.number for each in dev.interfaces})
        if number >= len(numbers):
            raise IndexError(number)
        settings = [each for each in dev.interfaces if each.number == numbers[number]]
        return settings[alternate]

    def open_device(self, dev: UsbDevice) -> UsbDevice:
        self._must_be_there(dev)
        dev.done.append("open")
        return dev

    def close_device(self, dev_handle: UsbDevice) -> None:
        dev_handle.done.append("close")

    def get_configuration(self, dev_handle: UsbDevice) -> int:
        self._must_be_there(dev_handle)
        return 1 if dev_handle.configured else 0

    def set_configuration(self, dev_handle: UsbDevice, config_value: int) -> None:
        dev_handle.done.append(f"configure {config_value}")
        dev_handle.configured = True

    def set_interface_altsetting(self, dev_handle: UsbDevice, intf: int, altsetting: int) -> None:
        dev_handle.settings[intf] = altsetting

    def claim_interface(self, dev_handle: UsbDevice, intf: int) -> None:
        self._must_be_there(dev_handle)
        if dev_handle.busy or intf in dev_handle.kernel_has:
            raise usb.core.USBError("Resource busy", -6, errno.EBUSY)
        dev_handle.claimed.add(intf)

    def release_interface(self, dev_handle: UsbDevice, intf: int) -> None:
        self._must_be_there(dev_handle)
        dev_handle.claimed.discard(intf)

    def is_kernel_driver_active(self, dev_handle: UsbDevice, intf: int) -> bool:
        return intf in dev_handle.kernel_has

    def detach_kernel_driver(self, dev_handle: UsbDevice, intf: int) -> None:
        dev_handle.kernel_has.discard(intf)
        dev_handle.done.append(f"detach {intf}")

    def attach_kernel_driver(self, dev_handle: UsbDevice, intf: int) -> None:
        dev_handle.kernel_has.add(intf)
        dev_handle.done.append(f"attach {intf}")

    def clear_halt(self, dev_handle: UsbDevice, ep: int) -> None:
        dev_handle.done.append(f"clear {ep:#x}")

    def reset_device(self, dev_handle: UsbDevice) -> None:
        dev_handle.done.append("reset")

    def bulk_write(self, dev_handle: UsbDevice, ep: int, intf: int, data: Any, timeout: int) -> int:
        self._must_be_there(dev_handle)
        dev_handle.timeouts_ms.add(timeout)
        taken = dev_handle.takes.pop(0) if dev_handle.takes else len(data)
        if isinstance(taken, BaseException):
            raise taken
        dev_handle.received += data.tobytes()[:taken]
        return min(taken, len(data))

    def bulk_read(self, dev_handle: UsbDevice, ep: int, intf: int, buff: Any, timeout: int) -> int:
        self._must_be_there(dev_handle)
        dev_handle.timeouts_ms.add(timeout)
        if not dev_handle.answers:
            raise timed_out()
        answer = dev_handle.answers.pop(0)
        buff[: len(answer)] = array("B", answer)
        return len(answer)

    def ctrl_transfer(
        self,
        dev_handle: UsbDevice,
        bmRequestType: int,  # noqa: N803 - pyusb's names
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: Any,
        timeout: int,
    ) -> int:
        """Answer GET_DESCRIPTOR for the languages and the serial number."""
        if wValue & 0xFF == 0:
            text = b"\x04\x03\x09\x04"
        else:
            letters = (dev_handle.serial or "").encode("utf-16-le")
            text = bytes((len(letters) + 2, 3)) + letters
        data[: len(text)] = array("B", text)
        return len(text)

    def _must_be_there(self, device: UsbDevice) -> None:
        if not device.is_present:
            raise gone()
