"""The writer of a bus: paced, the last value wins, nobody waits for the dead, all comes back."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
import structlog
from pymodbus.framer import FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.clock import SystemClock
from drivers.errors import UnknownScheme
from drivers.panels.alpha import AlphaPanels
from drivers.panels.bus import PanelBus
from drivers.panels.modbus import ModbusPanels
from drivers.panels.model import PanelFace, Patience
from tests.drivers.links import until
from tests.drivers.panels import (
    ADDRESSES,
    hall_on_a_wire,
    hall_on_manual_clock,
)
from tests.support.clock import ManualClock

KINDS = ("alpha", "modbus", "template")
WIRES = ("tcp", "serial")
CHARACTER_S = 11 / 9600
PATIENT_FOR_A_MOMENT = Patience(
    repaint_s=0.3, set_up_s=1.0, backoff_first_s=0.01, backoff_longest_s=0.05
)


class Told:
    """What was logged."""

    def __init__(self, entries: list[MutableMapping[str, Any]]) -> None:
        self._entries = entries

    def count(self, event: str) -> int:
        return sum(entry["event"] == event for entry in self._entries)


@pytest.fixture
def told() -> Iterator[Told]:
    with structlog.testing.capture_logs() as entries:
        yield Told(entries)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wire", WIRES)
async def test_every_panel_shows_its_face_over_every_wire(
    kind: str, wire: str, tmp_path: Path
) -> None:
    async with hall_on_a_wire(kind, wire, tmp_path) as hall:
        hall.show_all()
        await until(lambda: all(hall.text(n) == f"1{n}" for n in ADDRESSES))
        hall.bus.show(5, PanelFace("142", flash=True, dim=True))
        await until(lambda: hall.text(5) == "142")
        assert hall.wall.reader.problems == 0
        expected = "shown" if kind == "modbus" else "sent"
        await until(lambda: {hall.state(n) for n in ADDRESSES} == {expected})


@pytest.mark.parametrize("wire", WIRES)
async def test_a_cable_that_was_pulled_out_and_put_in_brings_all_faces_back(
    wire: str, tmp_path: Path
) -> None:
    async with hall_on_a_wire("alpha", wire, tmp_path, patience=PATIENT_FOR_A_MOMENT) as hall:
        hall.show_all()
        await until(lambda: hall.text(9) == "19")
        hall.fault(plug="out")
        hall.fault(power="cycle")
        await until(lambda: hall.state(9) == "no_link")
        hall.bus.show(9, PanelFace("555"))
        hall.fault(plug="in")
        await until(lambda: hall.text(9) == "555" and hall.text(1) == "11")


@pytest.mark.parametrize("kind", KINDS)
async def test_only_the_last_of_many_faces_is_sent(kind: str) -> None:
    async with hall_on_manual_clock(kind, f"last-{kind}") as hall:
        hall.show_all()
        await hall.advance(3.0)
        hall.frames.clear()
        for number in range(200, 300):
            hall.bus.show(5, PanelFace(str(number)))
        await hall.advance(1.0)
        assert hall.text(5) == "299"
        sent = b"".join(data for _, data in hall.frames)
        assert len(sent) < 60, "one face, not a hundred"


@pytest.mark.parametrize("baud", [9600, 19_200, 115_200])
async def test_frames_are_apart_by_the_silence_that_the_speed_of_the_bus_asks_for(
    baud: int,
) -> None:
    async with hall_on_manual_clock("template", f"gap-{baud}", baud=baud) as hall:
        hall.show_all()
        await hall.advance(1.0, step_s=0.0005)
        assert len(hall.frames) == len(ADDRESSES)
        character_s = 11 / baud
        for (at, data), (then, _) in zip(hall.frames, hall.frames[1:], strict=False):
            silence_s = then - at - len(data) * character_s
            assert silence_s >= max(3.5 * character_s, 0.00175) - 1e-9
            assert silence_s < 0.01, "and it is not slower than it has to be"


async def test_showing_never_waits_even_while_the_bus_takes_no_byte() -> None:
    async with hall_on_manual_clock("template", "stuck") as hall:
        assert hall.device is not None
        hall.device.resume(0)
        hall.show_all()
        await hall.advance(0.5)
        hall.show_all("2{n}")
        assert hall.text(1) == ""
        hall.device.resume(65_536)
        await hall.advance(1.0)
        assert [hall.text(n) for n in ADDRESSES] == [f"2{n}" for n in ADDRESSES]


async def test_a_bus_that_takes_no_byte_for_long_is_lost_and_opened_again() -> None:
    async with hall_on_manual_clock("template", "stalled") as hall:
        assert hall.device is not None
        hall.device.resume(0)
        hall.show_all()
        await hall.advance(5.2)
        assert hall.state(1) == "no_link"
        hall.device.resume(65_536)
        await hall.advance(2.0)
        assert [hall.text(n) for n in ADDRESSES] == [f"1{n}" for n in ADDRESSES]


async def test_a_dead_panel_costs_the_others_one_wait_and_then_nothing(told: Told) -> None:
    async with hall_on_manual_clock("modbus", "dead") as hall:
        hall.fault(dead=3)
        hall.show_all()
        await hall.advance(1.0)
        assert hall.state(3) == "silent"
        assert all(hall.text(n) == f"1{n}" for n in ADDRESSES if n != 3)
        worst = 0.0
        for number in range(40):
            hall.bus.show(3, PanelFace(str(400 + number)))
            hall.bus.show(5, PanelFace(str(500 + number)))
            waited = 0.0
            while hall.text(5) != str(500 + number):
                await hall.advance(0.01)
                waited += 0.01
            worst = max(worst, waited)
            await hall.advance(0.5)
        assert worst <= 0.3 + 0.1, "at most one time-out stands between a call and its panel"
        hall.fault(dead=0)
        await hall.advance(61.0, step_s=0.05)
        assert hall.text(3) == "439"
        assert hall.state(3) == "shown"
    assert told.count("panel_is_lost") == told.count("panel_is_back") == 1


async def test_a_panel_that_answers_is_missed_within_seconds_though_nobody_calls() -> None:
    async with hall_on_manual_clock("modbus", "missed") as hall:
        hall.show_all()
        await hall.advance(20.0, step_s=0.05)
        hall.fault(dead=3)
        await hall.advance(5.5, step_s=0.05)
        assert hall.state(3) == "silent"
        assert hall.state(4) == "shown"


async def test_a_panel_that_stays_dead_is_asked_ever_less_often() -> None:
    async with hall_on_manual_clock("modbus", "ever") as hall:
        hall.fault(dead=3)
        hall.show_all()
        await hall.advance(200.0, step_s=0.05)
        asked = [at for at, data in hall.frames if data[0] == 3]
        apart = [later - at for at, later in itertools.pairwise(asked)]
        assert [round(each) for each in apart[:6]] == [1, 2, 4, 8, 10, 10]
        assert max(apart) < 11


@pytest.mark.parametrize("fault", [{"deaf": True}, {"answers": "refused"}, {"power": "off"}])
async def test_after_a_long_fault_of_the_whole_bus_all_panels_are_true_within_eleven_seconds(
    fault: dict[str, object],
) -> None:
    async with hall_on_manual_clock("modbus", "long") as hall:
        hall.show_all()
        await hall.advance(2.0)
        hall.fault(**fault)
        hall.show_all("2{n}")
        await hall.advance(50.0, step_s=0.05)
        assert hall.text(5) != "25"
        hall.fault(deaf=False, answers="true", power="on")
        waited_s = 0.0
        while hall.text(1) != "21":
            await hall.advance(0.1, step_s=0.05)
            waited_s += 0.1
            assert waited_s < 11.0
        await hall.advance(1.0, step_s=0.05)
        assert [hall.text(n) for n in ADDRESSES] == [f"2{n}" for n in ADDRESSES]


@pytest.mark.parametrize(("answers", "state"), [("garbled", "garbled"), ("refused", "refused")])
async def test_an_answer_that_is_none_or_a_no_is_told_and_tried_again(
    answers: str, state: str
) -> None:
    async with hall_on_manual_clock("modbus", f"said-{answers}") as hall:
        hall.fault(answers=answers)
        hall.show_all()
        await hall.advance(4.0)
        assert {hall.state(n) for n in ADDRESSES} == {state}
        assert bool(hall.bus.statuses[4].detail)
        hall.fault(answers="true")
        await hall.advance(12.0)
        assert {hall.state(n) for n in ADDRESSES} == {"shown"}
        assert [hall.text(n) for n in ADDRESSES] == [f"1{n}" for n in ADDRESSES]


@pytest.mark.parametrize("kind", ["modbus", "template"])
async def test_a_panel_whose_power_failed_shows_its_face_again_within_the_repaint(
    kind: str,
) -> None:
    async with hall_on_manual_clock(kind, f"power-{kind}") as hall:
        hall.show_all()
        await hall.advance(2.0)
        hall.fault(power="cycle")
        assert hall.text(5) == ""
        await hall.advance(31.0, step_s=0.05)
        assert [hall.text(n) for n in ADDRESSES] == [f"1{n}" for n in ADDRESSES]


async def test_an_alpha_panel_that_lost_its_memory_gets_it_laid_out_anew_in_time() -> None:
    async with hall_on_manual_clock("alpha", "memory") as hall:
        hall.show_all()
        await hall.advance(3.0)
        hall.fault(power="cycle")
        await hall.advance(100.0, step_s=0.1)
        assert hall.text(5) == "", "a string alone has no place to stand"
        await hall.advance(205.0, step_s=0.1)
        assert [hall.text(n) for n in ADDRESSES] == [f"1{n}" for n in ADDRESSES]


async def test_deaf_panels_show_their_faces_once_they_hear_again() -> None:
    async with hall_on_manual_clock("template", "deaf") as hall:
        hall.fault(deaf=True)
        hall.show_all()
        await hall.advance(2.0)
        assert hall.text(5) == ""
        hall.fault(deaf=False)
        await hall.advance(31.0, step_s=0.05)
        assert hall.text(5) == "15"


async def test_a_call_flashes_slowly_where_the_writer_has_to_make_it_flash() -> None:
    async with hall_on_manual_clock("modbus", "flash") as hall:
        hall.show_all()
        await hall.advance(1.0)
        hall.bus.show(5, PanelFace("142", flash=True))
        seen = []
        for _ in range(60):
            await hall.advance(0.1)
            seen.append(hall.text(5))
        assert set(seen) == {"142", ""}
        changes = sum(one != other for one, other in itertools.pairwise(seen))
        assert 6 <= changes <= 9, "lit for a second, dark for half of one"
        assert seen.count("142") > seen.count("")
        hall.bus.show(5, PanelFace("142"))
        await hall.advance(0.2)
        assert [hall.text(5)] * 10 == [hall.text(5) for _ in range(10)] == ["142"] * 10


@pytest.mark.parametrize("kind", ["alpha", "template"])
async def test_a_panel_that_flashes_by_itself_is_told_once(kind: str) -> None:
    async with hall_on_manual_clock(kind, f"told-{kind}") as hall:
        hall.show_all()
        await hall.advance(3.0)
        hall.bus.show(5, PanelFace("142", flash=True))
        await hall.advance(1.0)
        assert hall.wall.reader.shown(5).flash
        hall.frames.clear()
        await hall.advance(10.0)
        assert hall.frames == []


async def test_a_stale_face_does_not_flash() -> None:
    async with hall_on_manual_clock("modbus", "stale") as hall:
        hall.bus.show(5, PanelFace("142", flash=True, stale=True))
        await hall.advance(0.5)
        seen = set()
        for _ in range(30):
            await hall.advance(0.1)
            seen.add(hall.text(5))
        assert seen == {"142"}


async def test_a_bus_that_is_silent_as_a_whole_is_opened_anew(told: Told) -> None:
    async with hall_on_manual_clock("modbus", "silent") as hall:
        assert hall.device is not None
        hall.show_all()
        await hall.advance(2.0)
        opened = hall.device.opened
        hall.fault(deaf=True)
        hall.show_all("2{n}")
        await hall.advance(130.0, step_s=0.1)
        assert hall.device.opened > opened
        hall.fault(deaf=False)
        await hall.advance(62.0, step_s=0.1)
        assert [hall.text(n) for n in ADDRESSES] == [f"2{n}" for n in ADDRESSES]
    assert told.count("panel_bus_is_lost") == told.count("panel_bus_is_back") == 1
    assert told.count("panel_is_lost") == len(ADDRESSES), "each once, however long it lasts"


async def test_nine_calls_at_once_are_on_their_panels_within_half_a_second() -> None:
    async with hall_on_manual_clock("modbus", "nine") as hall:
        hall.show_all()
        await hall.advance(2.0)
        hall.show_all("20{n}", flash=True)
        await hall.advance(0.5)
        assert [hall.text(n) for n in ADDRESSES] == [f"20{n}" for n in ADDRESSES]


async def test_the_pieces_of_a_picture_are_a_tenth_of_a_second_apart() -> None:
    rows = ("0110",) * 7
    panels = AlphaPanels(picture_size=(7, 4))
    [message, *_] = panels.paint(5, PanelFace("A17", picture=rows), None)
    async with hall_on_manual_clock("alpha", "picture", protocol=panels) as hall:
        hall.bus.show(5, PanelFace("A17", picture=rows))
        await hall.advance(3.0)
        assert hall.wall.reader.shown(5).dots == rows
        at = {data: when for when, data in hall.frames}
        first, second = (at[piece] for piece in message.pieces)
        breath_s = second - first - len(message.pieces[0]) * CHARACTER_S
        assert breath_s == pytest.approx(0.1)


def test_an_address_that_cannot_be_is_refused_before_anything_is_opened() -> None:
    clock = ManualClock()
    with pytest.raises(UnknownScheme):
        PanelBus("pigeon://loft", ModbusPanels(), [1], clock)
    with pytest.raises(ValueError, match="1 to 247"):
        PanelBus("tcp://127.0.0.1:1", ModbusPanels(), [0], clock)
    with pytest.raises(ValueError, match="at least one panel"):
        PanelBus("tcp://127.0.0.1:1", ModbusPanels(), [], clock)


@asynccontextmanager
async def slaves_of_pymodbus() -> AsyncIterator[tuple[str, ModbusTcpServer]]:
    """Run two slaves that somebody else wrote, speaking RTU over TCP."""
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    devices = [
        SimDevice(
            unit,
            simdata=[
                SimData(0, count=8, values=0, datatype=DataType.REGISTERS),
                SimData(0x80, count=4, values=0, datatype=DataType.REGISTERS),
            ],
        )
        for unit in (1, 2)
    ]
    server = ModbusTcpServer(
        devices, framer=FramerType.RTU, address=("127.0.0.1", 0), ignore_missing_devices=True
    )
    await server.serve_forever(background=True)
    assert isinstance(server.transport, asyncio.Server)
    port = server.transport.sockets[0].getsockname()[1]
    try:
        yield f"tcp://127.0.0.1:{port}", server
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("style", ["bars", "number"])
async def test_slaves_written_by_others_take_our_frames_and_we_their_answers(
    style: Literal["bars", "number"],
) -> None:
    async with slaves_of_pymodbus() as (url, server), asyncio.TaskGroup() as tasks:
        bus = PanelBus(
            url,
            ModbusPanels(style=style),
            [1, 2],
            SystemClock(),
            baud=115_200,
            patience=Patience(answer_s=0.2),
        )
        owner = tasks.create_task(bus.run())
        for unit in (1, 2):
            bus.show(unit, PanelFace(f"14{unit}"))
        await until(lambda: [each.state for each in bus.statuses.values()] == ["shown"] * 2)
        if style == "number":
            assert await server.async_getValues(2, 3, 0, 1) == [142]
        else:
            assert await server.async_getValues(2, 3, 0x80, 2) == [0x0006, 0x665B]
        owner.cancel()


async def test_a_no_of_a_slave_written_by_others_is_understood() -> None:
    async with slaves_of_pymodbus() as (url, _), asyncio.TaskGroup() as tasks:
        bus = PanelBus(url, ModbusPanels(digits=12), [1], SystemClock(), baud=115_200)
        owner = tasks.create_task(bus.run())
        bus.show(1, PanelFace("142"))
        await until(lambda: bus.statuses[1].state == "refused")
        assert bus.statuses[1].detail == "illegal register"
        owner.cancel()
