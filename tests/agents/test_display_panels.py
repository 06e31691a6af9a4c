"""A display's panels, from the server's frames to what a citizen sees above the windows."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest

from core_services.link.board_frames import BoardWindow
from core_services.link.status_frames import Status
from displays.panel_settings import PanelBusSettings
from displays.panels import Panels
from drivers.clock import SystemClock
from drivers.transports.memory import memory_device
from drivers.virtual.lines import serve
from drivers.virtual.panel.faults import FaultChange
from drivers.virtual.panel.wall import Wall
from drivers.virtual.program import listening_socket
from tests.agents.test_display_program import config as config
from tests.agents.test_display_program import program, until_connected
from tests.drivers.panels import TEMPLATE, wall_of
from tests.support.clock import ManualClock
from tests.support.display import running_display
from tests.support.hall_server import (
    HallServer,
    board,
    call,
    called,
    hall_server,
    withdrawn,
)

LONGEST_S = 15.0


@pytest.fixture
def with_panels(config: Path, unused_tcp_port_factory: Callable[[], int]) -> tuple[Path, int]:
    """Settings of a display with two panels, and the port of their bus."""
    port = unused_tcp_port_factory()
    bus = f'[[panels]]\nurl = "tcp://127.0.0.1:{port}"\nwindows = {{ 5 = 1, 6 = 2 }}\n'
    config.write_text(config.read_text() + bus)
    return config, port


@pytest.fixture
async def server() -> AsyncIterator[HallServer]:
    async with hall_server() as started:
        yield started


def window(
    number: int, label: str | None = None, state: Literal["closed", "open", "paused"] = "open"
) -> BoardWindow:
    return BoardWindow(window=number, state=state, label=label, called_at=None)


def bus(url: str, protocol: str = "template", **more: object) -> PanelBusSettings:
    template = TEMPLATE if protocol == "template" else None
    given = {"url": url, "protocol": protocol, "template": template, "windows": {5: 1, 6: 2}}
    return PanelBusSettings.model_validate({**given, **more})


async def until(clock: ManualClock, is_so: Callable[[], bool]) -> None:
    """Let time pass in small steps until something has come about."""
    async with asyncio.timeout(LONGEST_S):
        while not is_so():
            await clock.advance(0.05)
            await asyncio.sleep(0)


@asynccontextmanager
async def wall_at(name: str, kind: str, clock: ManualClock) -> AsyncIterator[Wall]:
    """Hang virtual panels at `memory://name`."""
    wall = wall_of(kind, clock)
    with memory_device(name) as device:

        async def attend() -> None:
            while True:
                await device.wait_for_link()
                await wall.attend(device)

        async with asyncio.TaskGroup() as tasks:
            life = tasks.create_task(attend())
            yield wall
            life.cancel()


@pytest.mark.parametrize("kind", ["alpha", "modbus", "template"])
async def test_panels_follow_the_hall_though_no_page_is_open(
    server: HallServer, tmp_path: Path, kind: str
) -> None:
    clock = ManualClock()
    server.board = board(10, windows=(window(5), window(6, state="closed")))
    name = f"follow-{kind}"
    panels = Panels([bus(f"memory://{name}", kind)], clock)
    async with wall_at(name, kind, clock) as wall:

        def text(address: int) -> str:
            return wall.reader.shown(address).text

        def flashes(address: int) -> bool:
            return kind == "modbus" or wall.reader.shown(address).flash

        def is_dim(address: int) -> bool:
            return kind == "modbus" or wall.reader.shown(address).dim

        async with running_display(server.url, tmp_path, clock, panels=panels):
            await until(clock, lambda: (text(1), text(2)) == ("0", "---") and is_dim(2))
            await server.send(called(call(11, "142", 5)))
            await until(clock, lambda: text(1) == "142" and flashes(1))
            await server.send(board(12, windows=(window(5, "142"), window(6, state="paused"))))
            await until(clock, lambda: text(2) == "--")
            await server.send(
                board(13, call(13, "143", 6), windows=(window(5, "142"), window(6, "143")))
            )
            await until(clock, lambda: text(2) == "143")
            await server.send(withdrawn(13, 14))
            await until(clock, lambda: text(2) == "0")
            assert text(1) == "142"
    assert wall.reader.problems == 0


async def test_a_silent_server_leaves_the_numbers_and_marks_them_as_old(
    server: HallServer, tmp_path: Path
) -> None:
    clock = ManualClock()
    server.board = board(10, windows=(window(5, "142"), window(6, "143")))
    panels = Panels([bus("memory://old", "alpha")], clock)
    async with (
        wall_at("old", "alpha", clock) as wall,
        running_display(server.url, tmp_path, clock, panels=panels),
    ):
        await until(clock, lambda: wall.reader.shown(1).text == "142")
        await server.stop()
        await until(clock, lambda: wall.reader.shown(1).text == "142." and wall.reader.shown(1).dim)
        await server.start()
        await until(
            clock, lambda: wall.reader.shown(1).text == "142" and not wall.reader.shown(1).dim
        )


async def test_a_display_that_never_heard_its_server_takes_old_numbers_off_the_panels(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    clock = ManualClock()
    panels = Panels([bus("memory://never", "template")], clock)
    async with (
        wall_at("never", "template", clock) as wall,
        running_display(f"http://127.0.0.1:{unused_tcp_port}", tmp_path, clock, panels=panels),
    ):
        await until(clock, lambda: wall.reader.shown(1).text == "---")


async def test_the_server_is_told_which_windows_panels_are_silent(
    server: HallServer, tmp_path: Path
) -> None:
    clock = ManualClock()
    server.board = board(10, windows=(window(5, "142"), window(6, "143")))
    panels = Panels([bus("memory://told", "modbus"), bus("memory://gone", "template")], clock)

    def told() -> list[list[str | None]]:
        return [
            [each.reason for each in frame.devices]
            for frame in server.heard
            if isinstance(frame, Status) and frame.devices is not None
        ]

    async with wall_at("told", "modbus", clock) as wall:
        wall.change(FaultChange(dead=2))
        async with running_display(server.url, tmp_path, clock, panels=panels):
            await until(clock, lambda: ["silent: 6", "no_link: 5, 6"] in told())
            assert wall.reader.shown(1).text == "142", "one bus is nothing to the other"
            wall.change(FaultChange(dead=0))
            await until(clock, lambda: wall.reader.shown(2).text == "143")
            await until(clock, lambda: told()[-1] == [None, "no_link: 5, 6"])


async def test_an_arabic_number_is_drawn_on_a_panel_of_dots(
    server: HallServer, tmp_path: Path
) -> None:
    clock = ManualClock()
    server.board = board(10, windows=(window(5, "A17"), window(6, state="closed")))
    panels = Panels([bus("memory://drawn", "alpha", picture_width=32)], clock)
    async with (
        wall_at("drawn", "alpha", clock) as wall,
        running_display(server.url, tmp_path, clock, panels=panels),
    ):
        await until(clock, lambda: len(wall.reader.shown(1).dots) == 7)
        assert wall.reader.shown(1).text == ""
        assert wall.reader.problems == 0


async def test_the_program_serves_the_panels_of_its_settings(
    server: HallServer, with_panels: tuple[Path, int]
) -> None:
    config, port = with_panels
    wall = wall_of("modbus", SystemClock())
    server.board = board(10, windows=(window(5, "142"), window(6)))
    async with asyncio.TaskGroup() as tasks:
        life = tasks.create_task(serve(wall.attend, listening_socket("127.0.0.1", port)))
        async with program("--config", str(config)) as process:
            await until_connected(config)
            async with asyncio.timeout(LONGEST_S):
                while wall.reader.shown(1).text != "142":  # noqa: ASYNC110 - behind a process
                    await asyncio.sleep(0.02)
            process.terminate()
            _, log = await process.communicate()
            assert process.returncode == 0
            events = [json.loads(line)["event"] for line in log.splitlines()]
            assert "panel_bus_is_lost" not in events
        life.cancel()
