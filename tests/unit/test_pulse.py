"""What has begun and should have ended is told; what ended in time, or is not due yet, is not."""

import asyncio
import os
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from structlog.testing import capture_logs

from core_services.pulse import Pulse
from core_services.watchdog import Systemd, watched
from tests.support.clock import ManualClock
from tests.support.systemd import Ear, listening

WATCHDOG_S = 8.0


async def test_only_what_is_overdue_is_told_and_no_more_once_it_ended() -> None:
    clock = ManualClock()
    pulse = Pulse(clock)
    with pulse.bounded("write", 10.0), pulse.bounded("read", 60.0):
        await clock.advance(10.0)
        assert pulse.overdue() == frozenset()
        await clock.advance(0.1)
        assert pulse.overdue() == {"write"}
    assert pulse.overdue() == frozenset()


async def test_a_stretch_that_fails_is_over() -> None:
    clock = ManualClock()
    pulse = Pulse(clock)
    try:
        with pulse.bounded("write", 10.0):
            raise OSError
    except OSError:
        await clock.advance(20.0)
    assert pulse.overdue() == frozenset()


async def test_two_alike_are_two() -> None:
    clock = ManualClock()
    pulse = Pulse(clock)
    with pulse.bounded("write", 10.0):
        with pulse.bounded("write", 10.0):
            pass
        await clock.advance(10.1)
        assert pulse.overdue() == {"write"}


def test_what_systemd_gave_is_taken_so_that_no_child_speaks_for_us() -> None:
    given = {"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}
    systemd = Systemd.of(given)
    assert (systemd.is_there, systemd.watchdog_s, given) == (True, 30.0, {})


def test_a_watchdog_that_is_not_ours_is_not_fed() -> None:
    assert Systemd.of({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}).watchdog_s is None
    assert Systemd.of({"WATCHDOG_USEC": "0"}).watchdog_s is None
    assert Systemd.of({}).is_there is False


async def test_a_socket_may_have_a_path_or_a_name_of_no_file(short_dir: Path) -> None:
    for address in (str(short_dir / "notify"), f"@shubbak-test-{os.getpid()}"):
        async with listening(address) as ear:
            Systemd(address).tell("READY=1", "STATUS=well")
            await ear.until("READY=1")
        assert ear.heard == ["READY=1", "STATUS=well"]


async def test_a_service_manager_that_is_gone_stops_nothing_and_is_told_of_once(
    short_dir: Path,
) -> None:
    systemd = Systemd(str(short_dir / "nobody"))
    with capture_logs() as told:
        systemd.tell("READY=1")
        systemd.tell("WATCHDOG=1")
    assert [each["event"] for each in told] == ["systemd_does_not_hear"]


class Program:
    """What is watched here."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.pulse = Pulse(self.clock)
        self.is_up = True
        self.says = "well"

    async def is_ready(self) -> bool:
        return self.is_up

    def watched_by(self, ear: Ear) -> AbstractAsyncContextManager[None]:
        return watched(
            Systemd(ear.address, WATCHDOG_S),
            self.pulse,
            is_ready=self.is_ready,
            status=lambda: self.says,
            clock=self.clock,
        )


async def told_in(program: Program, ear: Ear, seconds: float) -> list[str]:
    """Let time pass; return what was told meanwhile."""
    before = len(ear.heard)
    await program.clock.advance(seconds)
    await asyncio.sleep(0.01)
    return ear.heard[before:]


async def test_the_watchdog_is_fed_twice_in_its_time_once_the_program_is_ready(
    short_dir: Path,
) -> None:
    program = Program()
    program.is_up = False
    async with listening(str(short_dir / "notify")) as ear:
        async with program.watched_by(ear):
            assert await told_in(program, ear, 60.0) == []
            program.is_up = True
            assert await told_in(program, ear, 0.2) == ["READY=1", "STATUS=well", "WATCHDOG=1"]
            assert await told_in(program, ear, WATCHDOG_S) == ["WATCHDOG=1"] * 2
            program.says = "away"
            assert await told_in(program, ear, WATCHDOG_S / 2) == ["WATCHDOG=1", "STATUS=away"]
        await ear.until("STOPPING=1")


async def test_what_hangs_starves_the_watchdog_and_is_named_until_it_goes_on(
    short_dir: Path,
) -> None:
    program = Program()
    async with listening(str(short_dir / "notify")) as ear:
        with capture_logs() as logged:
            async with program.watched_by(ear):
                await told_in(program, ear, 0.1)
                with program.pulse.bounded("usb://1: write", 1.0):
                    await told_in(program, ear, WATCHDOG_S)  # a look that finds it late once
                    assert await told_in(program, ear, 60.0) == []
                    assert ear.status == "hangs: usb://1: write"
                assert "WATCHDOG=1" in await told_in(program, ear, WATCHDOG_S)
                assert ear.status == "well"
    told = [(each["event"], each["task"]) for each in logged]
    assert told == [("task_hangs", "usb://1: write"), ("task_goes_on", "usb://1: write")]


async def test_a_machine_that_slept_is_not_taken_for_one_that_hangs(short_dir: Path) -> None:
    program = Program()
    async with (
        listening(str(short_dir / "notify")) as ear,
        program.watched_by(ear),
    ):
        await told_in(program, ear, 0.1)
        under_way = program.pulse.bounded("usb://1: write", 1.0)
        under_way.__enter__()
        before = len(ear.heard)
        await program.clock.jump(3600.0)
        under_way.__exit__(None, None, None)
        await asyncio.sleep(0.01)
        assert ear.heard[before:] == ["WATCHDOG=1"]
        assert await told_in(program, ear, WATCHDOG_S) == ["WATCHDOG=1"] * 2
