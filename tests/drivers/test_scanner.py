"""A scanner and its driver, over each kind of link and each fault."""

import asyncio
import os
import random
from pathlib import Path

import pytest
import structlog

from drivers.clock import SystemClock
from drivers.errors import OpenFailed, UnknownScheme
from drivers.scanners.framing import Framing
from drivers.scanners.model import (
    GARBAGE,
    LINK_DOWN,
    READY,
    Patience,
    Scan,
    ScannerStatus,
)
from drivers.scanners.options import read_framing
from drivers.scanners.scanner import Scanner
from drivers.transports.opening import open_transport
from drivers.virtual.serial_line import SerialLine
from tests.drivers.links import until
from tests.drivers.scanner_rigs import LINES, LINKS, QUICK, counter
from tests.support.clock import ManualClock

TICKET = "https://q.example/t/7k2m9qxa4d3f5g6h"
HONEYWELL_ON, HONEYWELL_OFF = bytes.fromhex("16 54 0D"), bytes.fromhex("16 55 0D")


@pytest.mark.parametrize("link", LINKS)
async def test_a_code_held_before_it_is_told_once(link: str, tmp_path: Path) -> None:
    async with counter(link, tmp_path) as there:
        await there.until_ready()
        there.hold(TICKET)
        await there.until(lambda: len(there.scans) == 1)
        there.hold("12345678")
        await there.until(lambda: len(there.scans) == 2)
        assert there.texts == [TICKET, "12345678"]
        assert there.refused == []
        assert there.statuses == [READY]


@pytest.mark.parametrize("link", LINKS)
async def test_a_code_sent_twice_is_told_once(link: str, tmp_path: Path) -> None:
    async with counter(link, tmp_path) as there:
        await there.until_ready()
        there.fault(doubled=True)
        there.hold(TICKET)
        there.hold("12345678")
        await there.until(lambda: "12345678" in there.texts)
        assert there.texts == [TICKET, "12345678"]


@pytest.mark.parametrize("link", LINKS)
async def test_the_kind_of_code_is_told_where_the_scanner_tells_it(
    link: str, tmp_path: Path
) -> None:
    async with counter(link, tmp_path) as there:
        await there.until_ready()
        there.fault(identifier=True)
        there.hold("6221031491016", "EAN")
        await there.until(lambda: len(there.scans) == 1)
        scan = there.scans[0]
        assert (scan.text, scan.symbology) == ("6221031491016", "EAN")


@pytest.mark.parametrize("link", LINKS)
async def test_a_slow_scanner_is_read_whole(link: str, tmp_path: Path) -> None:
    async with counter(link, tmp_path) as there:
        await there.until_ready()
        there.fault(per_s=200)
        there.hold(TICKET)
        await there.until(lambda: len(there.scans) == 1)
        assert there.texts == [TICKET]


@pytest.mark.parametrize("link", LINES)
async def test_a_code_without_its_end_is_refused_on_a_line(link: str, tmp_path: Path) -> None:
    async with counter(link, tmp_path, framing=Framing(unfinished_s=0.1)) as there:
        await there.until_ready()
        there.fault(suffix=False)
        there.hold(TICKET)
        await there.until(lambda: len(there.refused) == 1)
        assert there.refused[0].why == "no_end"
        there.fault(suffix=True)
        there.hold(TICKET)
        await there.until(lambda: len(there.scans) == 1)
        assert there.texts == [TICKET]


@pytest.mark.parametrize("link", LINKS)
async def test_silence_ends_a_code_where_the_scanner_sends_no_end(
    link: str, tmp_path: Path
) -> None:
    framing = None if link == "keys" else Framing(suffixes=(), gap_ends=True)
    async with counter(link, tmp_path, framing=framing) as there:
        await there.until_ready()
        there.fault(suffix=False)
        there.hold(TICKET)
        await there.until(lambda: len(there.scans) == 1)
        assert there.texts == [TICKET]


@pytest.mark.parametrize("link", LINES)
async def test_garbage_without_end_is_told_while_it_lasts_and_counted_once(
    link: str, tmp_path: Path
) -> None:
    async with counter(link, tmp_path, framing=Framing(unfinished_s=0.2)) as there:
        await there.until_ready()
        there.fault(sends="endless")
        there.hold(TICKET)
        await there.until(lambda: bool(there.refused))
        assert [(each.why, each.size_bytes) for each in there.refused] == [("too_long", 12_288)]
        assert there.statuses == [READY, GARBAGE, READY]
        there.fault(sends="code")
        there.hold(TICKET)
        await there.until(lambda: bool(there.scans))
        assert there.texts == [TICKET]


async def test_keys_that_mean_nothing_are_refused_and_the_next_code_is_read(
    tmp_path: Path,
) -> None:
    async with counter("keys", tmp_path) as there:
        await there.until_ready()
        there.fault(sends="garbage")
        there.hold(TICKET)
        await there.until(lambda: bool(there.refused))
        assert there.refused[0].why == "control"
        there.fault(sends="code")
        there.hold(TICKET)
        await there.until(lambda: bool(there.scans))
        assert there.texts == [TICKET]


@pytest.mark.parametrize("link", LINKS)
async def test_pulled_out_and_plugged_in_it_reads_again_and_says_so_once(
    link: str, tmp_path: Path
) -> None:
    with structlog.testing.capture_logs() as logs:
        async with counter(link, tmp_path) as there:
            await there.until_ready()
            there.fault(plug="out")
            await there.until(lambda: not there.scanner.status.ready)
            there.fault(plug="in")
            await there.until_ready()
            there.hold(TICKET)
            await there.until(lambda: bool(there.scans))
            assert there.texts == [TICKET]
            assert there.statuses == [READY, LINK_DOWN, READY]
    told = [each["event"] for each in logs if each["event"].startswith("scanner_is")]
    assert told == ["scanner_is_lost", "scanner_is_back"]


@pytest.mark.parametrize("link", LINKS)
async def test_a_code_cut_off_by_the_plug_is_refused_and_never_joined_with_the_next(
    link: str, tmp_path: Path
) -> None:
    async with counter(link, tmp_path) as there:
        await there.until_ready()
        there.fault(per_s=100)
        there.hold(TICKET)
        await asyncio.sleep(0.08)  # amid the code: it takes a third of a second
        there.fault(plug="cycle", per_s=0)
        await there.until(lambda: there.statuses[-1] == LINK_DOWN)
        await there.until_ready()
        there.hold("12345678")
        await there.until(lambda: bool(there.scans))
        assert there.texts == ["12345678"]
        assert [each.why for each in there.refused] == ["no_end"]
        assert there.refused[0].size_bytes < len(TICKET)


@pytest.mark.parametrize("link", ["serial", "file"])
async def test_a_scanner_that_is_not_there_at_the_start_is_read_once_it_comes(
    link: str, tmp_path: Path
) -> None:
    async with counter(link, tmp_path) as there:
        there.fault(plug="out")
        await there.until(lambda: there.scanner.status == LINK_DOWN)
        there.fault(plug="in")
        there.scanner.wake()
        await there.until_ready()
        there.hold(TICKET)
        await there.until(lambda: bool(there.scans))


async def test_a_code_that_was_shown_before_the_program_came_is_not_acted_upon(
    tmp_path: Path,
) -> None:
    path = tmp_path / "port"
    clock = SystemClock()
    line = SerialLine(path)
    try:
        line.send(b"12345678\r1234")
        scans: list[str] = []
        refused: list[str] = []
        scanner = Scanner(
            f"file://{path}",
            clock,
            on_scan=lambda scan: scans.append(scan.text),
            on_status=lambda _: None,
            on_refused=lambda each: refused.append(each.why),
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(scanner.run())
            await until(lambda: refused == ["no_start", "no_end"])
            line.send(b"87654321\r")
            await until(lambda: scans == ["87654321"])
            running.cancel()
    finally:
        line.drop()


@pytest.mark.parametrize("link", LINES)
async def test_a_scanner_that_waits_for_orders_gets_them_again_after_each_code(
    link: str, tmp_path: Path
) -> None:
    framing = read_framing("tcp://x", trigger_on="16 54 0D", trigger_off="16 55 0D")
    async with counter(
        link, tmp_path, framing=framing, trigger_on=HONEYWELL_ON, trigger_off=HONEYWELL_OFF
    ) as there:
        await there.until_ready()
        for number in range(1, 4):
            await until(lambda: there.head.is_looking)
            there.hold(f"code {number}")
            await there.until(lambda number=number: len(there.scans) == number)  # type: ignore[misc]
        assert there.head.missed_scans == 0
        await until(lambda: there.head.is_looking)
        there.scanner.arm(False)
        await until(lambda: not there.head.is_looking)


async def test_an_order_that_a_scanner_tired_of_is_given_again(tmp_path: Path) -> None:
    framing = Framing(trigger_on=HONEYWELL_ON, rearm_s=0.05)
    async with counter("serial", tmp_path, framing=framing, trigger_on=HONEYWELL_ON) as there:
        await until(lambda: there.head.is_looking)
        there.head._is_looking = False
        await until(lambda: there.head.is_looking)


async def test_a_device_that_cannot_be_grabbed_is_read_and_told_of_once(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        async with counter("keys", tmp_path) as there:
            for _ in range(2):
                await there.until_ready()
                there.fault(plug="cycle")
                await there.until(lambda: there.statuses[-1] == LINK_DOWN)
    assert [each["event"] for each in logs].count("scanner_cannot_be_grabbed") == 1


async def test_stopping_gives_the_device_back(tmp_path: Path) -> None:
    held = _descriptors()
    async with counter("keys", tmp_path) as there:
        await there.until_ready()
        assert _descriptors() > held
    assert _descriptors() == held


async def test_nothing_that_was_scanned_is_logged(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        async with counter("serial", tmp_path) as there:
            await there.until_ready()
            there.hold(TICKET)
            there.hold("A\x00" + TICKET)
            await there.until(lambda: bool(there.scans and there.refused))
    assert TICKET not in repr(logs) + repr(there.scans) + repr(there.refused)
    assert [each["why"] for each in logs if each["event"] == "scan_refused"] == ["control"]


@pytest.mark.parametrize("link", LINKS)
async def test_no_handling_of_the_plug_makes_a_wrong_code(link: str, tmp_path: Path) -> None:
    await _mishandle(link, tmp_path, seed=7, times=6)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("link", LINKS)
async def test_no_handling_of_the_plug_makes_a_wrong_code_however_long(
    link: str, seed: int, tmp_path: Path
) -> None:
    await _mishandle(link, tmp_path, seed=seed, times=40)


async def _mishandle(link: str, tmp_path: Path, *, seed: int, times: int) -> None:
    """Pull the plug at random moments of random codes: each is told right, or refused, or lost."""
    chance = random.Random(seed)
    shown = [f"https://q.example/t/{number:016d}" for number in range(times)]
    async with counter(link, tmp_path) as there:
        await there.until_ready()
        there.fault(per_s=2000)
        for text in shown:
            there.hold(text)
            await asyncio.sleep(chance.uniform(0.0, 0.04))
            if chance.random() < 0.5:
                lost = there.statuses.count(LINK_DOWN)
                there.fault(plug="cycle")
                await there.until(lambda lost=lost: there.statuses.count(LINK_DOWN) > lost)  # type: ignore[misc]
                there.scanner.wake()
                await there.until_ready()
        there.fault(per_s=0)
        await asyncio.sleep(0.15)
        there.hold("the last one")
        await there.until(lambda: "the last one" in there.texts)
        assert there.texts == [each for each in shown if each in there.texts] + ["the last one"]
        assert {each.why for each in there.refused} <= {"no_end", "no_start"}


async def test_one_plugged_in_again_within_five_seconds_is_read_within_four(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with counter("memory", tmp_path, clock=clock, patience=Patience()) as there:
        await clock.advance(0.5)
        assert there.scanner.status == READY
        there.fault(plug="out")
        await clock.advance(5)
        assert there.scanner.status == LINK_DOWN
        there.fault(plug="in")
        await clock.advance(4.5)
        assert there.statuses == [READY, LINK_DOWN, READY]
        there.hold(TICKET)
        await clock.advance(0.01)
        assert there.texts == [TICKET]


async def test_what_can_only_be_written_to_is_no_scanner(tmp_path: Path) -> None:
    statuses: list[ScannerStatus] = []
    plain = tmp_path / "plain"
    with structlog.testing.capture_logs() as logs:
        scanner = Scanner(
            f"file://{plain}",
            SystemClock(),
            on_scan=lambda _: None,
            on_status=statuses.append,
            patience=QUICK,
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(scanner.run())
            await until(lambda: bool(logs))
            await asyncio.sleep(0.2)
            running.cancel()
    assert (statuses, scanner.status) == ([], LINK_DOWN)
    assert "nothing can be read from it" in logs[0]["reason"]


async def test_only_a_device_or_a_fifo_is_opened_for_keys(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    with pytest.raises(OpenFailed, match="neither an input device nor a FIFO"):
        await open_transport(f"hid://{plain}")
    with pytest.raises(OpenFailed, match="No such file"):
        await open_transport(f"hid://{tmp_path}/none")
    with pytest.raises(OpenFailed, match="hid:///an/absolute/path"):
        await open_transport("hid://event4")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OpenFailed, match="nobody holds the other end"):
        await open_transport(f"hid://{tmp_path}/fifo")


def test_an_address_that_nothing_opens_is_refused_at_once() -> None:
    def hear(_: Scan) -> None: ...

    with pytest.raises(UnknownScheme):
        Scanner("gopher://x", ManualClock(), on_scan=hear, on_status=lambda _: None)


@pytest.mark.parametrize(
    ("words", "framing"),
    [
        ({}, Framing()),
        ({"suffix": "line"}, Framing()),
        ({"suffix": "crlf", "prefix": "7E"}, Framing(prefix=b"~", suffixes=(b"\r\n",))),
        ({"suffix": "03", "prefix": "02"}, Framing(prefix=b"\x02", suffixes=(b"\x03",))),
        ({"suffix": "none", "gap_ms": 60}, Framing(suffixes=(), gap_ends=True, gap_s=0.06)),
        ({"trigger_on": "16:54:0d"}, Framing(trigger_on=HONEYWELL_ON)),
        ({"encodings": ["cp1256"]}, Framing(encodings=("cp1256",))),
    ],
)
def test_what_a_person_writes_of_a_scanner_is_understood(
    words: dict[str, object], framing: Framing
) -> None:
    assert read_framing("tcp://x", **words) == framing  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"suffix": "enter"}, "neither one of cr, lf, crlf, tab"),
        ({"suffix": ""}, "called none"),
        ({"prefix": "1"}, "nor bytes as 16 54 0D"),
        ({"encodings": ["klingon"]}, "no encoding"),
    ],
)
def test_what_nobody_can_mean_is_refused_in_words(words: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_framing("tcp://x", **words)  # type: ignore[arg-type]


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))
