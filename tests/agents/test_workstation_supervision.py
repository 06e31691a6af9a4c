"""A device that fails is run again and again, told in its own words, until the program ends."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from core_services.link.status_frames import AttachedDevice
from drivers.errors import LinkLost
from kiosk.station.supervision import RESTART_S, keep_running
from tests.support.clock import ManualClock


@dataclass
class Failing:
    """A device whose work fails as often as it has failures left, and then goes on."""

    name: str
    failures: list[Exception]
    runs: int = 0
    stands: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> AttachedDevice:
        return AttachedDevice(name=self.name, kind="modem", state="absent")

    async def run(self) -> None:
        """Fail two groups deep, as owners of devices do."""
        self.runs += 1
        async with asyncio.TaskGroup() as outer:
            outer.create_task(self._work())

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as inner:
            inner.create_task(self._fail())

    async def _fail(self) -> None:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop()
        self.stands.set()
        await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize("make", [lambda: LinkLost("x", "gone"), lambda: ValueError("a defect")])
async def test_it_is_run_until_it_stands_and_stops_when_it_is_told_to(
    make: Callable[[], Exception],
) -> None:
    clock, device = ManualClock(), Failing("modem", [make() for _ in range(3)])
    with capture_logs() as logs:
        task = asyncio.ensure_future(keep_running(device, clock))
        async with asyncio.timeout(5):
            while not device.stands.is_set():
                await asyncio.sleep(0)
                await clock.advance(RESTART_S / 5)
        task.cancel()
        await asyncio.wait({task})
    assert task.cancelled()
    assert device.runs == 4
    assert all("gone" in each["reason"] for each in logs if each["event"] == "device_failed")
    told = [each["event"] for each in logs]
    assert told in (["device_failed"], ["device_crashed"] * 3)
