"""A device that is plugged in is opened at once, whatever the backoff, with udev and without."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from drivers.clock import Clock
from drivers.errors import LinkLost
from drivers.hotplug import Place, Watch, look_for_device, place_of, watch_for_device
from drivers.transports.keeping import LinkKeeper
from drivers.transports.transport import Transport
from tests.drivers.links import settle
from tests.support.clock import ManualClock
from tests.support.umockdev import said_in_umockdev


def test_a_printer_plugged_in_is_opened_within_a_second_by_udevs_word() -> None:
    assert said_in_umockdev("tests.drivers.plugging_process") == [
        "tried",
        "lost",
        "deaf to a disk",
        "tried",
        "open within a second",
        "deaf to a removal",
    ]


class Stop(Exception):
    """Ends a test's device."""


async def keep_until_opened(url: str, clock: Clock, watch: Watch) -> asyncio.Task[None]:
    async def attend(link: Transport) -> None:
        raise Stop

    keeper = LinkKeeper(
        url,
        clock,
        device="printer",
        attend=attend,
        on_lost=lambda: None,
        backoff_first_s=600,
        backoff_longest_s=600,
        jitter=lambda: 0.0,
        watch=watch,
    )
    keeping = asyncio.create_task(keeper.run())
    await settle()
    assert keeper.is_lost
    return keeping


async def test_without_udev_the_place_is_looked_at_each_second(tmp_path: Path) -> None:
    clock = ManualClock()
    device = tmp_path / "no" / "lp0"

    async def looking(url: str, clock: Clock, on_come: Callable[[], None]) -> None:
        await look_for_device(Place(device), clock, on_come)

    keeping = await keep_until_opened(f"file://{device}", clock, looking)
    await clock.advance(30)
    assert not keeping.done()
    device.parent.mkdir()
    device.touch()
    await clock.advance(1)
    with pytest.raises(Stop):
        await keeping


async def test_a_device_that_wakes_slowly_is_tried_again_soon(tmp_path: Path) -> None:
    """Its node is there before its permissions are: the backoff begins anew, and short."""
    clock = ManualClock()
    tried: list[float] = []

    async def open_late(url: str, parts: object) -> Transport:
        tried.append(clock.monotonic())
        raise LinkLost(url, "permission denied")

    keeper = LinkKeeper(
        "memory://late",
        clock,
        device="printer",
        attend=lambda link: asyncio.sleep(0),
        on_lost=lambda: None,
        jitter=lambda: 0.0,
        openers={"memory": open_late},
    )
    keeping = asyncio.create_task(keeper.run())
    await clock.advance(100)
    before = len(tried)
    keeper.plugged_in()
    await clock.advance(2)
    assert [round(at - 100, 1) for at in tried[before:]] == [0.0, 0.5, 1.5]
    keeping.cancel()
    await asyncio.wait({keeping})


async def test_looking_tells_of_what_came_and_of_what_was_exchanged_and_of_nothing_else(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    news: list[float] = []
    bus = tmp_path / "001"
    bus.mkdir()
    async with asyncio.TaskGroup() as tasks:
        place = Place(tmp_path)
        looking = tasks.create_task(
            look_for_device(place, clock, lambda: news.append(clock.monotonic()))
        )
        await clock.advance(5)
        assert news == []
        (bus / "004").touch()
        await clock.advance(1)
        assert news == [6]
        (bus / "004").rename(bus / "005")  # unplugged and plugged in between two looks
        await clock.advance(1)
        assert news == [6, 7]
        (bus / "005").unlink()
        await clock.advance(10)
        assert news == [6, 7]
        looking.cancel()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("usb://04b8:0e15", "/dev/bus/usb"),
        ("file:///dev/usb/lp0", "/dev/usb/lp0"),
        ("serial:///dev/shubbak/modem?baud=9600", "/dev/shubbak/modem"),
        ("tcp://127.0.0.1:9100", None),
        ("rfc2217://127.0.0.1:2217", None),
        ("memory://printer", None),
        ("file:///var/tmp/fifo", None),
    ],
)
def test_only_devices_of_this_machine_are_watched(url: str, path: str | None) -> None:
    assert place_of(url) == (None if path is None else Place(Path(path)))


async def test_a_device_elsewhere_is_not_waited_for() -> None:
    async with asyncio.timeout(1):
        await watch_for_device("tcp://127.0.0.1:9100", ManualClock(), lambda: None)


async def test_a_machine_without_udev_is_looked_at(tmp_path: Path) -> None:
    clock = ManualClock()
    heard: list[float] = []
    watch = partial(watch_for_device, udev=tmp_path / "no-daemon")
    watching = asyncio.create_task(
        watch("file:///dev/shubbak/never", clock, lambda: heard.append(clock.monotonic()))
    )
    await clock.advance(3)
    assert not watching.done()
    assert heard == []
    watching.cancel()
    await asyncio.wait({watching})
