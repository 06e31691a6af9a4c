"""How a printer behaves, whatever link and whatever fault: paper once, or a person is asked."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from drivers.errors import UnknownScheme, WrongTransition
from drivers.printers.escpos import compose
from drivers.printers.journal import Journal
from drivers.printers.printer import Printer
from drivers.printers.profiles import PROFILES
from tests.drivers.links import LONGEST_S, until
from tests.drivers.papers import job, noise, number_of, ticket
from tests.drivers.rigs import MOST_LINKS, QUICK, Desk, Rig, desk, rig
from tests.support.clock import ManualClock
from tests.support.escpos_decoder import decode

EPSON = PROFILES["epson-576"]
CLONE = PROFILES["clone-576"]
PLAIN_CLONE = PROFILES["clone-576-no-asb"]

FAULTS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"paper": "out"}, {"paper": "ok"}, "paper_out"),
    ({"cover": "open"}, {"cover": "closed"}, "cover_open"),
    ({"online": False}, {"online": True}, "offline"),
    ({"cutter": "stuck"}, {"cutter": "ok"}, "cutter"),
    ({"replies": False}, {"replies": True}, "no_reply"),
]
FAULT_NAMES = [reason for _, _, reason in FAULTS]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "jobs.sqlite") as journal:
        yield journal


@pytest.fixture(params=MOST_LINKS)
async def epson(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(request.param, EPSON, tmp_path) as epson:
        yield epson


@pytest.fixture(params=MOST_LINKS)
async def clone(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(request.param, CLONE, tmp_path) as clone:
        yield clone


def numbers(rig: Rig) -> list[int]:
    return [number_of(paper) for paper in rig.papers]


def submit(desk: Desk, number: int) -> str:
    desk.printer.submit(f"job-{number}", *job(number, EPSON))
    return f"job-{number}"


def is_same(paper: Image.Image, picture: Image.Image) -> bool:
    white = Image.new("1", paper.size, 255)
    white.paste(picture)
    return ImageChops.difference(paper.convert("L"), white.convert("L")).getbbox() is None


@pytest.mark.parametrize("turns", range(6))
async def test_a_stop_is_heard_in_whichever_turn_of_the_loop_the_link_is_lost(
    journal: Journal, tmp_path: Path, turns: int
) -> None:
    async with rig("memory", EPSON, tmp_path) as lost:
        async with asyncio.timeout(LONGEST_S), desk(lost, EPSON, journal) as front:
            await front.until(lambda: front.printer.status.ready)
            lost.fault(power="off")
            for _ in range(turns):
                await asyncio.sleep(0)
        assert not lost.mechanism.is_connected


async def test_a_slip_is_printed_dot_by_dot_and_confirmed_by_its_echo(
    epson: Rig, journal: Journal
) -> None:
    picture = ticket()
    async with desk(epson, EPSON, journal) as front:
        front.printer.submit("slip", compose(picture, EPSON), b"")
        await front.until_state("slip", "done")
        assert front.history("slip") == ["sending", "sent", "done"]
        assert front.changes[-1].confirmed_by == "echo"
        assert front.printer.identity is not None
        assert front.printer.identity.maker == "SHUBBAK"
    assert len(epson.papers) == 1
    assert is_same(epson.papers[0], picture)
    decode(bytes(epson.received))


async def test_a_printer_without_echo_confirms_by_its_answer_after_the_cut(
    clone: Rig, journal: Journal
) -> None:
    async with desk(clone, CLONE, journal) as front:
        submit(front, 7)
        await front.until_state("job-7", "done")
        assert front.changes[-1].confirmed_by == "gs_r"
    assert numbers(clone) == [7]
    assert clone.mechanism.unrecognised_bytes == 0


async def test_a_printer_that_only_claims_to_echo_is_found_out(
    clone: Rig, journal: Journal
) -> None:
    async with desk(clone, EPSON, journal) as front:
        submit(front, 7)
        await front.until_state("job-7", "done")
        assert front.changes[-1].confirmed_by == "gs_r"


@pytest.mark.parametrize(("fault", "mend", "reason"), FAULTS, ids=FAULT_NAMES)
async def test_nothing_leaves_for_a_printer_that_is_not_ready_and_all_is_printed_when_it_is(
    epson: Rig, journal: Journal, fault: dict[str, Any], mend: dict[str, Any], reason: str
) -> None:
    epson.fault(**fault)
    async with desk(epson, EPSON, journal) as front:
        await front.until(lambda: front.printer.status.reason == reason)
        assert not front.printer.status.ready
        submit(front, 1)
        submit(front, 2)
        asked = len(epson.received)
        await until(lambda: len(epson.received) > asked + 24 or reason == "no_reply")
        assert set(decode(bytes(epson.received)).names) == {"DLE EOT"}
        assert front.state("job-1") == "queued"
        epson.fault(**mend)
        await front.until_state("job-2", "done")
        assert front.statuses[-1].ready
    assert numbers(epson) == [1, 2]


@pytest.mark.parametrize(("fault", "mend", "reason"), FAULTS[:4], ids=FAULT_NAMES[:4])
async def test_a_fault_after_the_bytes_holds_the_job_and_prints_it_once_when_mended(
    epson: Rig, journal: Journal, fault: dict[str, Any], mend: dict[str, Any], reason: str
) -> None:
    async with desk(epson, EPSON, journal) as front:
        front.on_change = lambda change: epson.fault(**fault) if change.state == "sending" else None
        submit(front, 1)
        await front.until_state("job-1", "held")
        front.on_change = None
        await front.until(lambda: front.printer.status.reason == reason)
        submit(front, 2)
        assert not front.printer.cancel("job-1")
        epson.fault(**mend)
        await front.until_state("job-2", "done")
        assert front.history("job-1")[-2:] == ["held", "done"]
    assert numbers(epson) == [1, 2]


async def test_a_printer_without_echo_prints_a_held_job_once_too(
    clone: Rig, journal: Journal
) -> None:
    async with desk(clone, CLONE, journal) as front:
        front.on_change = lambda change: (
            clone.fault(paper="out") if change.state == "sending" else None
        )
        submit(front, 1)
        await front.until_state("job-1", "held")
        front.on_change = None
        clone.fault(paper="ok")
        await front.until_state("job-1", "done")
    assert numbers(clone) == [1]


async def test_a_power_cut_with_the_bytes_inside_leaves_the_job_unknown_and_never_resends_it(
    epson: Rig, journal: Journal
) -> None:
    async with desk(epson, EPSON, journal) as front:
        front.on_change = lambda change: (
            epson.fault(paper="out") if change.state == "sending" else None
        )
        submit(front, 1)
        await front.until_state("job-1", "held")
        front.on_change = None
        epson.fault(power="cycle", paper="ok")
        await front.until_state("job-1", "unknown")
        submit(front, 2)
        await front.until_state("job-2", "done")
        assert front.history("job-1")[-1] == "unknown"
    assert numbers(epson) == [2]


async def test_a_printer_that_falls_silent_leaves_the_job_unknown_though_it_printed(
    epson: Rig, journal: Journal
) -> None:
    async with desk(epson, EPSON, journal) as front:
        front.on_change = lambda change: (
            epson.fault(replies=False) if change.state == "sending" else None
        )
        submit(front, 1)
        await front.until_state("job-1", "unknown")
        front.on_change = None
        epson.fault(replies=True)
        submit(front, 2)
        await front.until_state("job-2", "done")
    assert numbers(epson) == [1, 2]


async def test_a_job_whose_bytes_are_damaged_on_the_disk_fails_alone(
    epson: Rig, journal: Journal
) -> None:
    async with desk(epson, EPSON, journal) as front:
        epson.fault(cover="open")
        await front.until(lambda: front.printer.status.cover == "open")
        for number in (1, 2):
            submit(front, number)
        with closing(sqlite3.connect(journal.path)) as disk, disk:
            disk.execute("UPDATE jobs SET data = x'00ff' WHERE job_id = 'job-1'")
        epson.fault(cover="closed")
        await front.until_state("job-2", "done")
        assert front.history("job-1")[-1] == "failed"
    assert numbers(epson) == [2]


async def test_two_hundred_jobs_keep_their_order(epson: Rig, journal: Journal) -> None:
    async with desk(epson, EPSON, journal) as front:
        for number in range(1, 201):
            submit(front, number)
        for number in range(20, 201, 20):
            await front.until_state(f"job-{number}", "done")
        assert journal.counts() == {"done": 200}
    assert numbers(epson) == list(range(1, 201))


async def test_a_job_submitted_twice_is_printed_once(epson: Rig, journal: Journal) -> None:
    async with desk(epson, EPSON, journal) as front:
        submit(front, 1)
        submit(front, 1)
        await front.until_state("job-1", "done")
        submit(front, 1)
        submit(front, 2)
        await front.until_state("job-2", "done")
    assert numbers(epson) == [1, 2]


async def test_a_second_print_is_a_new_job_that_carries_the_mark(
    epson: Rig, journal: Journal
) -> None:
    async with desk(epson, EPSON, journal) as front:
        submit(front, 1)
        await front.until_state("job-1", "done")
        front.printer.reprint("again", of="job-1")
        front.printer.reprint("again", of="job-1")
        await front.until_state("again", "done")
        front.printer.reprint("and again", of="again")
        await front.until_state("and again", "done")
        with pytest.raises(WrongTransition, match="there is no job nothing"):
            front.printer.reprint("never", of="nothing")
    assert numbers(epson) == [1, -1, -1]


async def test_a_cancelled_job_is_never_printed_and_a_printed_one_cannot_be_cancelled(
    epson: Rig, journal: Journal
) -> None:
    epson.fault(paper="out")
    async with desk(epson, EPSON, journal) as front:
        await front.until(lambda: front.printer.status.paper == "out")
        submit(front, 1)
        submit(front, 2)
        assert front.printer.cancel("job-1")
        assert front.printer.cancel("job-1")
        assert front.history("job-1") == ["failed"]
        assert not front.printer.cancel("nothing")
        with pytest.raises(WrongTransition, match="job-1 is failed"):
            front.printer.reprint("again", of="job-1")
        epson.fault(paper="ok")
        await front.until_state("job-2", "done")
        assert not front.printer.cancel("job-2")
    assert numbers(epson) == [2]


@pytest.mark.parametrize("seed", range(3))
async def test_a_cancel_that_races_the_printer_tells_the_truth(
    epson: Rig, journal: Journal, seed: int
) -> None:
    chance = random.Random(seed)
    cancelled = set()
    async with desk(epson, EPSON, journal) as front:
        for number in range(1, 31):
            submit(front, number)
            for _ in range(chance.randrange(12)):
                await ManualClock().sleep(0)
            victim = chance.randint(1, number)
            if front.printer.cancel(f"job-{victim}"):
                cancelled.add(victim)
        submit(front, 31)
        await front.until_state("job-31", "done")
    assert numbers(epson) == [number for number in range(1, 32) if number not in cancelled]


async def test_paper_near_its_end_is_told_and_still_printed_on(
    epson: Rig, journal: Journal
) -> None:
    epson.fault(paper="near_end")
    async with desk(epson, EPSON, journal) as front:
        await front.until(lambda: front.printer.status.paper == "near_end")
        assert front.printer.status.ready
        submit(front, 1)
        await front.until_state("job-1", "done")


@pytest.mark.parametrize("profile", [CLONE, PLAIN_CLONE], ids=["asb", "polled"])
async def test_an_idle_printer_tells_of_its_troubles_by_itself(
    tmp_path: Path, journal: Journal, profile: Any
) -> None:
    async with (
        rig("tcp", profile, tmp_path) as clone,
        desk(clone, profile, journal) as front,
    ):
        await front.until(lambda: front.printer.status.ready)
        clone.fault(cover="open")
        await front.until(lambda: front.printer.status.cover == "open")
        clone.fault(cover="closed", paper="out")
        await front.until(lambda: front.printer.status.paper == "out")
        clone.fault(paper="ok")
        await front.until(lambda: front.printer.status.ready)


async def test_a_slow_printer_is_waited_for_while_it_takes_bytes(
    epson: Rig, journal: Journal
) -> None:
    picture = noise(576, 600)
    # Nobody can tell what a pseudo-terminal still holds.
    patience = replace(QUICK, echo_s=5.0, silence_s=5.0)
    async with desk(epson, EPSON, journal, patience=patience) as front:
        await front.until(lambda: front.printer.status.ready)
        front.on_change = lambda change: (
            epson.fault(bytes_per_s=30_000) if change.state == "sending" else None
        )
        front.printer.submit("big", compose(picture, EPSON), b"")
        await front.until_state("big", "done", "unknown")
        assert front.state("big") == "done"
    assert len(epson.papers) == 1


async def test_a_printer_whose_buffer_is_full_at_paper_end_holds_and_then_prints_whole(
    epson: Rig, journal: Journal
) -> None:
    picture = noise(576, 2600)
    async with desk(epson, EPSON, journal) as front:
        await front.until(lambda: front.printer.status.ready)
        submit(front, 1)
        await front.until_state("job-1", "done")
        front.on_change = lambda change: (
            epson.fault(paper="out") if change.state == "sending" else None
        )
        front.printer.submit("big", compose(picture, EPSON), b"")
        await front.until_state("big", "held")
        front.on_change = None
        epson.fault(paper="ok")
        await front.until_state("big", "done", "unknown")
        assert front.history("big")[-2:] == ["held", "done"]
    assert len(epson.papers) == 2
    assert epson.papers[1].height == 2600


async def test_a_picture_cut_off_on_a_cable_does_not_swallow_the_next_slip(
    tmp_path: Path, journal: Journal
) -> None:
    async with rig("fifo", PLAIN_CLONE, tmp_path) as clone:
        async with desk(clone, PLAIN_CLONE, journal) as front:
            await front.until(lambda: front.printer.status.ready)
            front.on_change = lambda change: (
                clone.fault(cover="open") if change.state == "sending" else None
            )
            front.printer.submit("big", compose(noise(576, 3000), PLAIN_CLONE), b"")
            await front.until_state("big", "unknown")
            front.on_change = None
            clone.fault(cover="closed")
            submit(front, 2)
            await front.until_state("job-2", "done")
        big = journal.get("big")
        assert big is not None
        assert 0 < big.accepted_bytes < len(journal.paper("big"))
    picture = compose(noise(576, 3000), PLAIN_CLONE)
    assert clone.mechanism.unrecognised_bytes == 0
    half, following = clone.papers
    assert half.height < 3000
    assert number_of(following) == 2
    assert bytes(clone.received).count(picture[:2000]) <= 1


async def test_a_printer_that_answers_nothing_is_printed_to_blindly_and_never_confirmed(
    tmp_path: Path, journal: Journal
) -> None:
    blind = PROFILES["blind-576"]
    output = tmp_path / "port"
    async with desk(f"file://{output}", blind, journal) as front:
        front.printer.submit("slip", *job(5, blind))
        await front.until_state("slip", "unknown")
        assert front.history("slip") == ["sending", "sent", "unknown"]
        assert front.printer.status.ready
        assert front.printer.status.paper == "unknown"
    assert number_of(decode(output.read_bytes()).papers[0]) == 5


async def test_a_file_takes_no_job_from_a_profile_that_expects_answers(
    tmp_path: Path, journal: Journal
) -> None:
    output = tmp_path / "port"
    async with desk(f"file://{output}", EPSON, journal) as front:
        submit(front, 1)
        await front.until(lambda: front.printer.status.reason == "no_reply")
        assert front.state("job-1") == "queued"
    assert output.read_bytes() == b""


async def test_a_printer_needs_an_address_that_some_transport_opens(journal: Journal) -> None:
    with pytest.raises(UnknownScheme, match=r"starts with tcp://, file://, serial://"):
        Printer(
            "lpt://1",
            EPSON,
            journal,
            ManualClock(),
            on_job=lambda change: None,
            on_status=lambda status: None,
            patience=QUICK,
        )
