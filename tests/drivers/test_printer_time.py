"""When a printer asks, waits, gives up and comes back: on a clock that only the test moves."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from drivers.printers.commands import real_time_status
from drivers.printers.journal import Journal
from drivers.printers.model import JobChange, JobState
from drivers.printers.profiles import PROFILES
from tests.drivers.bench import Bench, bench_of
from tests.drivers.links import settle
from tests.drivers.papers import job, number_of

EPSON = PROFILES["epson-576"]
ASKED_ONCE = b"".join(real_time_status(question) for question in (1, 2, 3, 4))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "jobs.sqlite") as journal:
        yield journal


@pytest.fixture
async def epson(journal: Journal) -> AsyncIterator[Bench]:
    async with bench_of("epson", journal, "epson-576") as bench:
        yield bench


@pytest.fixture
async def clone(journal: Journal) -> AsyncIterator[Bench]:
    async with bench_of("clone", journal, "clone-576") as bench:
        yield bench


async def test_an_idle_printer_is_asked_every_two_seconds(epson: Bench) -> None:
    await epson.advance(1)
    epson.received()
    await epson.advance(10)
    assert epson.received() == ASKED_ONCE * 5


async def test_paper_out_is_known_within_two_seconds_without_being_told(clone: Bench) -> None:
    assert clone.front.printer.status.ready
    clone.rig.fault(paper="out")
    await clone.advance(2)
    assert clone.front.printer.status.paper == "out"


async def test_a_job_is_done_without_waiting_for_a_poll(epson: Bench) -> None:
    epson.submit(1)
    await settle()
    assert epson.front.state("job-1") == "done"
    assert epson.clock.monotonic() == 0


async def test_a_printer_without_echo_must_stay_well_for_a_second(clone: Bench) -> None:
    clone.submit(1)
    await clone.advance(0.9)
    assert clone.front.state("job-1") == "sent"
    await clone.advance(1.5)
    assert clone.front.state("job-1") == "done"


async def test_that_second_begins_with_its_answer_however_long_the_printing_took(
    clone: Bench,
) -> None:
    clone.rig.fault(bytes_per_s=400)
    clone.submit(1)
    while not clone.rig.papers:
        await clone.advance(0.1)
    assert clone.clock.monotonic() > 1
    await clone.advance(0.8)
    assert clone.front.state("job-1") == "sent"
    await clone.advance(2)
    assert clone.front.state("job-1") == "done"


async def test_a_fault_in_that_second_holds_the_job(clone: Bench) -> None:
    clone.submit(1)
    await settle()
    clone.rig.fault(paper="out")
    await clone.advance(3)
    assert clone.front.state("job-1") == "held"
    clone.rig.fault(paper="ok")
    await clone.advance(3)
    assert clone.front.state("job-1") == "done"
    assert [number_of(paper) for paper in clone.rig.papers] == [1]


async def test_a_held_job_waits_for_hours(epson: Bench) -> None:
    epson.front.on_change = lambda change: (
        epson.rig.fault(paper="out") if change.state == "sending" else None
    )
    epson.submit(1)
    await epson.advance(1)
    epson.front.on_change = None
    for _ in range(6):
        await epson.clock.advance(0.5)
        await settle()
    assert epson.front.state("job-1") == "held"
    await epson.advance(120)
    assert epson.front.state("job-1") == "held"
    epson.rig.fault(paper="ok")
    await epson.advance(1)
    assert epson.front.history("job-1") == ["sending", "sent", "held", "done"]


async def test_backoff_doubles_to_thirty_seconds_and_both_ways_are_logged_once(
    epson: Bench,
) -> None:
    with structlog.testing.capture_logs() as logs:
        epson.device.is_present = False
        epson.device.drop()
        await settle()
        assert epson.front.printer.status.link == "down"
        opened = epson.device.opened
        attempts = []
        for tenth in range(1500):
            before = epson.device.refused
            await epson.clock.advance(0.1)
            if epson.device.refused != before:
                attempts.append(round(tenth / 10 + 0.1, 1))
        gaps = [later - sooner for sooner, later in itertools.pairwise(attempts)]
        assert gaps[:7] == pytest.approx([1, 2, 4, 8, 16, 30, 30], abs=0.15)
        assert epson.device.opened == opened
        epson.device.is_present = True
        await epson.advance(31)
        assert epson.front.printer.status.ready
    assert [line["event"] for line in logs] == ["printer_is_lost", "printer_is_back"]


async def test_a_new_job_does_not_wait_for_the_backoff(epson: Bench) -> None:
    epson.device.is_present = False
    epson.device.drop()
    await epson.advance(60)
    epson.device.is_present = True
    epson.submit(1)
    await settle()
    assert epson.front.state("job-1") == "done"


async def test_an_idle_link_closed_by_the_printer_is_reopened_without_a_word(
    epson: Bench,
) -> None:
    await epson.advance(90)
    statuses = len(epson.front.statuses)
    with structlog.testing.capture_logs() as logs:
        epson.device.drop()
        await settle()
        assert epson.device.opened == 2
    assert logs == []
    assert epson.front.statuses[statuses:] == []


async def test_a_mute_printer_is_not_ready_at_once_and_reopened_after_a_while(
    epson: Bench,
) -> None:
    epson.rig.fault(replies=False)
    await epson.advance(3.5)
    assert epson.front.printer.status.reason == "no_reply"
    assert epson.device.opened == 1
    await epson.advance(25)
    assert epson.device.opened > 1
    assert not epson.front.printer.status.ready


async def test_a_job_of_which_not_one_byte_was_accepted_is_tried_again_and_printed_once(
    epson: Bench,
) -> None:
    def close_the_window(change: JobChange) -> None:
        if change.state == "sending":
            epson.device.window_bytes = 0

    epson.front.on_change = close_the_window
    epson.submit(1)
    await epson.advance(1)
    assert epson.front.state("job-1") == "sending"
    assert not epson.front.printer.cancel("job-1")
    epson.front.on_change = None
    epson.device.drop()
    await settle()
    assert epson.front.history("job-1")[:2] == ["sending", "queued"]
    epson.device.window_bytes = 65_536
    await epson.advance(30)
    stored = epson.front.journal.get("job-1")
    assert stored is not None
    assert (stored.state, stored.attempts, stored.is_copy) == ("done", 2, False)
    assert [number_of(paper) for paper in epson.rig.papers] == [1]


async def test_a_requeued_job_can_still_be_cancelled(epson: Bench) -> None:
    epson.front.on_change = lambda change: (
        epson.device.resume(0) if change.state == "sending" else None
    )
    epson.submit(1)
    await epson.advance(1)
    epson.device.is_present = False
    epson.device.drop()
    await settle()
    assert epson.front.printer.cancel("job-1")
    epson.device.is_present = True
    epson.device.resume(65_536)
    await epson.advance(40)
    assert epson.front.history("job-1") == ["sending", "queued", "failed"]
    assert epson.rig.papers == []


async def test_one_accepted_byte_is_enough_to_make_a_cut_job_unknown(epson: Bench) -> None:
    def take_a_byte_at_a_time(change: JobChange) -> None:
        if change.state == "sending":
            epson.rig.fault(bytes_per_s=1)
            epson.device.resume(1)

    epson.front.on_change = take_a_byte_at_a_time
    epson.submit(1)
    await settle()
    epson.device.drop()
    await settle()
    stored = epson.front.journal.get("job-1")
    assert stored is not None
    # One was read, and printing it takes a second; one more waits in the window.
    assert (stored.state, stored.accepted_bytes) == ("unknown", 2)
    epson.front.on_change = None
    epson.rig.fault(bytes_per_s=0)
    epson.device.resume(65_536)
    epson.submit(2)
    await epson.advance(30)
    assert epson.front.state("job-1") == "unknown"
    assert epson.front.state("job-2") == "done"


async def test_a_healthy_printer_that_never_echoes_makes_the_job_unknown_until_it_does(
    epson: Bench,
) -> None:
    await epson.advance(1)
    epson.tap.is_losing_echoes = True
    epson.submit(1)
    await epson.advance(19)
    assert epson.front.state("job-1") == "sent"
    await epson.advance(3)
    assert epson.front.state("job-1") == "unknown"
    assert epson.front.printer.status.ready
    epson.submit(2)
    await epson.advance(23)
    assert epson.front.state("job-2") == "unknown"
    epson.device.send(epson.tap.lost_echoes[0])
    await settle()
    assert epson.front.state("job-1") == "done"
    assert epson.front.state("job-2") == "unknown"
    assert epson.front.history("job-1") == ["sending", "sent", "unknown", "done"]


async def test_jobs_left_behind_by_a_dead_process_are_owned_up_to_at_the_start(
    tmp_path: Path,
) -> None:
    with Journal(tmp_path / "left.sqlite") as journal:
        routes: dict[str, list[JobState]] = {
            "queued": [],
            "sending": ["sending"],
            "sent": ["sending", "sent"],
            "held": ["sending", "held"],
            "done": ["sending", "sent", "done"],
        }
        for name, route in routes.items():
            journal.add(name, *job(5, EPSON))
            for state in route:
                journal.move(name, state, confirmed_by="echo" if state == "done" else None)
        async with bench_of("left", journal, "epson-576") as bench:
            await bench.advance(1)
            states = {stored.job_id: stored.state for stored in journal.jobs()}
            assert states == {
                "queued": "done",
                "sending": "unknown",
                "sent": "unknown",
                "held": "unknown",
                "done": "done",
            }
            assert len(bench.rig.papers) == 1
