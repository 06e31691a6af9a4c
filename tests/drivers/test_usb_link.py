"""A USB device is found, claimed, written to with an exact count, and given back."""

import asyncio
import errno
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import usb.core

from drivers.clock import SystemClock, within
from drivers.errors import LinkLost, OpenFailed
from drivers.printers.journal import Journal
from drivers.printers.profiles import PROFILES
from drivers.transports.opening import OPENERS, open_transport
from drivers.transports.transport import PIECE_BYTES, Transport
from drivers.transports.usb_port import usb_opener
from tests.drivers.links import LONGEST_S
from tests.drivers.papers import job, number_of
from tests.drivers.rigs import desk, rig
from tests.drivers.usb_bus import IN, OUT, Bus, Interface, UsbDevice, gone, timed_out
from tests.support.umockdev import said_in_umockdev

EPSON = PROFILES["epson-576"]
NAME = "usb://04b8:0e15"
MUTE = ((OUT, 2),)


async def open_on(bus: Bus | None, url: str = NAME) -> Transport:
    openers = {**OPENERS, "usb": usb_opener(lambda: bus)}
    return await open_transport(url, timeout_s=LONGEST_S, openers=openers)


@asynccontextmanager
async def opened(device: UsbDevice, url: str = NAME) -> AsyncIterator[Transport]:
    link = await open_on(Bus(device), url)
    try:
        yield link
    finally:
        await link.close()


async def test_bytes_go_both_ways_and_the_device_is_given_back() -> None:
    device = UsbDevice(answers=[b"", b"\x12"])
    async with opened(device) as link:
        assert link.carries_replies
        assert await link.write(b"hello") == 5
        assert bytes(device.received) == b"hello"
        assert await link.read() == b"\x12"
        assert device.claimed == {0}
        assert link.pending() == 0
    assert device.claimed == set()
    assert device.done[-1] == "close"
    assert "reset" not in device.done
    assert all(0 < each <= 1000 for each in device.timeouts_ms)
    with pytest.raises(LinkLost, match="closed by ourselves"):
        await link.write(b"x")
    await link.close()


async def test_a_short_write_is_counted_as_short() -> None:
    device = UsbDevice(takes=[3, 10])
    async with opened(device) as link:
        assert await link.write(b"0123456789") == 3
        assert await link.write(b"3456789") == 7
        assert bytes(device.received) == b"0123456789"
        assert await link.write(bytes(100_000)) == PIECE_BYTES
        assert link.accepted == 10 + PIECE_BYTES


async def test_a_printer_that_takes_nothing_for_a_while_is_asked_again() -> None:
    device = UsbDevice(takes=[timed_out(), 0, timed_out(), 4])
    async with opened(device) as link:
        assert await link.write(b"slip") == 4
        assert bytes(device.received) == b"slip"


class SlowBus(Bus):
    """A bus on which a transfer takes its time, and is over only when the test says so."""

    def __init__(self, *devices: UsbDevice) -> None:
        super().__init__(*devices)
        self.has_begun = threading.Event()
        self.may_end = threading.Event()

    def bulk_write(self, *arguments: Any) -> int:
        self.has_begun.set()
        self.may_end.wait(LONGEST_S)
        return super().bulk_write(*arguments)


@pytest.mark.parametrize("taken", [0, 3, 10])
async def test_what_a_cancelled_write_took_is_counted_and_told_by_the_next_and_not_sent_twice(
    taken: int,
) -> None:
    device = UsbDevice(takes=[taken])
    bus = SlowBus(device)
    link = await open_on(bus)
    writing = asyncio.create_task(link.write(b"0123456789"))
    await asyncio.to_thread(bus.has_begun.wait, LONGEST_S)
    writing.cancel()
    done, _ = await asyncio.wait({writing}, timeout=0.05)
    assert not done, "the transfer can't be taken back, so it is waited for"
    bus.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert link.accepted == taken
    assert await link.write(b"0123456789") == (taken or 10)
    assert link.accepted == (taken or 10)
    await link.close()
    assert bytes(device.received) == b"0123456789"[: taken or 10]


async def test_what_was_given_up_does_not_stand_for_what_is_said_instead() -> None:
    device = UsbDevice(takes=[3])
    bus = SlowBus(device)
    link = await open_on(bus)
    writing = asyncio.create_task(link.write(b"ask"))
    await asyncio.to_thread(bus.has_begun.wait, LONGEST_S)
    writing.cancel()
    bus.may_end.set()
    await asyncio.wait({writing})
    assert await link.write(b"slip") == 4
    assert link.accepted == 7
    await link.close()
    assert bytes(device.received) == b"askslip"


async def test_a_time_limit_ends_a_write_with_its_count(tmp_path: Path) -> None:
    device = UsbDevice(takes=[timed_out()] * 1000)
    async with opened(device) as link:
        with pytest.raises(TimeoutError):
            async with within(SystemClock(), 0.02):
                await link.write(b"slip")
        assert link.accepted == 0


async def test_a_plug_pulled_amid_a_write_counts_what_may_have_left() -> None:
    device = UsbDevice(takes=[gone()])
    async with opened(device) as link:
        with pytest.raises(LinkLost, match="plug was pulled"):
            await link.write(b"slip")
        assert link.accepted == 4
        with pytest.raises(LinkLost, match="plug was pulled"):
            await link.write(b"slip")
        assert link.accepted == 4


async def test_a_pulled_plug_is_heard_by_a_waiting_reader() -> None:
    device = UsbDevice()
    async with opened(device) as link:
        reading = asyncio.create_task(link.read())
        await asyncio.sleep(0)
        device.is_present = False
        with pytest.raises(LinkLost, match="plug was pulled"):
            async with asyncio.timeout(LONGEST_S):
                await reading


async def test_a_cancelled_read_loses_no_answer() -> None:
    device = UsbDevice()
    async with opened(device) as link:
        reading = asyncio.create_task(link.read())
        await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.wait({reading})
        device.answers.append(b"\x16")
        async with asyncio.timeout(LONGEST_S):
            assert await link.read() == b"\x16"


async def test_a_stall_is_cleared_for_the_next_opening() -> None:
    device = UsbDevice(takes=[usb.core.USBError("Pipe error", -9, errno.EPIPE)])
    async with opened(device) as link:
        with pytest.raises(LinkLost, match="refused the transfer"):
            await link.write(b"slip")
    assert "clear 0x1" in device.done


async def test_the_kernels_driver_steps_aside_and_comes_back() -> None:
    device = UsbDevice(kernel_has={0})
    async with opened(device):
        assert device.kernel_has == set()
        assert device.claimed == {0}
    assert device.kernel_has == {0}


async def test_an_unconfigured_device_is_configured_and_a_configured_one_left_alone() -> None:
    fresh, used = UsbDevice(configured=False), UsbDevice()
    async with opened(fresh), opened(used):
        assert "configure 1" in fresh.done
        assert "configure 1" not in used.done


@pytest.mark.parametrize(
    ("interfaces", "claimed", "setting", "answers"),
    [
        ((Interface(0, kind=3, protocol=1, endpoints=((IN, 3),)), Interface(1)), 1, None, True),
        ((Interface(0, kind=0xFF, protocol=0), Interface(1)), 1, None, True),
        ((Interface(0, kind=8, protocol=80), Interface(1, kind=0xFF, protocol=0)), 1, None, True),
        ((Interface(0, protocol=1, endpoints=MUTE), Interface(0, alternate=1)), 0, 1, True),
        ((Interface(0, protocol=4), Interface(1, protocol=2)), 1, None, True),
        ((Interface(0, protocol=1, endpoints=MUTE),), 0, None, False),
    ],
    ids=["not HID", "printer first", "not storage", "alternate", "not IPP", "mute"],
)
async def test_the_pipes_are_taken_from_the_devices_own_description(
    interfaces: tuple[Interface, ...], claimed: int, setting: int | None, answers: bool
) -> None:
    device = UsbDevice(interfaces=interfaces)
    async with opened(device) as link:
        assert device.claimed == {claimed}
        assert device.settings.get(claimed) == setting
        assert link.carries_replies == answers
        assert await link.write(b"slip") == 4


async def test_of_two_alike_the_serial_number_decides() -> None:
    first, second = UsbDevice(serial="A1"), UsbDevice(serial="B 2")
    bus = Bus(first, second)
    link = await open_on(bus, f"{NAME}/B%202")
    await link.write(b"slip")
    await link.close()
    assert (bytes(first.received), bytes(second.received)) == (b"", b"slip")
    with pytest.raises(OpenFailed, match="there are 2 of these: add /SERIAL"):
        await open_on(bus)
    with pytest.raises(OpenFailed, match="none of the 2 here has the serial number C3"):
        await open_on(bus, f"{NAME}/C3")


@pytest.mark.parametrize(
    ("bus", "said"),
    [
        (None, "libusb is not installed"),
        (Bus(), "no such device"),
        (Bus(UsbDevice(product=1)), "no such device"),
        (Bus(UsbDevice(busy=True)), "in use by another program"),
        (Bus(UsbDevice(interfaces=(Interface(kind=3, endpoints=((IN, 3),)),))), "no pipe"),
    ],
)
async def test_a_device_that_cannot_be_opened_says_why(bus: Bus | None, said: str) -> None:
    with pytest.raises(OpenFailed, match=said):
        await open_on(bus)


async def test_a_device_that_was_busy_is_given_back_to_the_kernel() -> None:
    device = UsbDevice(kernel_has={0}, busy=True)
    with pytest.raises(OpenFailed, match="in use"):
        await open_on(Bus(device))
    assert device.kernel_has == {0}
    assert device.done[-1] == "close"


async def test_an_opening_that_comes_too_late_is_undone() -> None:
    device = UsbDevice()

    class SlowToOpen(Bus):
        def claim_interface(self, *arguments: Any) -> None:
            may_claim.wait(LONGEST_S)
            super().claim_interface(*arguments)

    may_claim = threading.Event()
    openers = {**OPENERS, "usb": usb_opener(lambda: SlowToOpen(device))}
    with pytest.raises(OpenFailed, match="no answer within"):
        await open_transport(NAME, timeout_s=0.05, openers=openers)
    may_claim.set()
    async with asyncio.timeout(LONGEST_S):
        while "close" not in device.done:  # noqa: ASYNC110 - it happens in a thread
            await asyncio.sleep(0.005)
    assert device.claimed == set()


@pytest.mark.parametrize(
    "url", ["usb://", "usb://printer", "usb://04b8", "usb://04b8:0e15/A/B", "usb://04b8:0e15?x=1"]
)
async def test_an_address_that_names_no_device_is_refused(url: str) -> None:
    with pytest.raises(OpenFailed, match="usb://VENDOR:PRODUCT"):
        await open_transport(url)


async def test_libusb_itself_is_asked_where_nobody_says_otherwise() -> None:
    """Whatever this machine has, it has no such device: made-up numbers."""
    with pytest.raises(OpenFailed, match=r"no such device|libusb|Unable|error"):
        await open_transport("usb://fffe:fffe", timeout_s=LONGEST_S)


def test_libusb_carries_bytes_and_counts_what_was_taken_short_late_and_lost(
    tmp_path: Path,
) -> None:
    """The library itself and pyusb's backend for it; only the kernel's answers are a recording."""
    assert said_in_umockdev("tests.drivers.libusb_process", str(tmp_path)) == [
        "no such device",
        "3 12",
        "6 5 14",
        b"\x37\x22slip\x00".hex(),
        "took nothing 14",
        "the plug was pulled 19",
        "closed",
    ]


async def test_a_slip_goes_over_the_bus_and_its_echo_comes_back(tmp_path: Path) -> None:
    """pyusb's own client of USB/IP, and a device made by another hand, over a socket."""
    async with rig("usb", EPSON, tmp_path) as epson:
        with Journal(tmp_path / "jobs.sqlite") as journal:
            async with desk(epson, EPSON, journal) as front:
                for number in (1, 2):
                    front.printer.submit(f"job-{number}", *job(number, EPSON))
                await front.until_state("job-2", "done")
                assert front.changes[-1].confirmed_by == "echo"
    assert [number_of(paper) for paper in epson.papers] == [1, 2]
