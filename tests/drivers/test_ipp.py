"""An A4 printer over IPP: paper once, or a person is asked, whatever printer and line do."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from drivers.errors import WrongTransition
from drivers.printers.ipp_model import IppPatience
from drivers.printers.journal import Journal
from drivers.printers.model import JobState
from tests.drivers.ipp_rigs import PDF, QUICK, office
from tests.drivers.links import LONGEST_S
from tests.support.clock import ManualClock
from tests.support.ipp_printer import (
    ABORTED,
    BUSY,
    CANCELED,
    COMPLETED,
    FORMAT_REFUSED,
    GET_JOBS,
    GET_PRINTER,
    INTERNAL,
    PENDING,
    PRINT_JOB,
    PRINTING,
    UNPRINTABLE,
    IppStandIn,
    Job,
    ipp_printer,
)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "a4.sqlite") as journal:
        yield journal


@pytest.fixture
async def a4() -> AsyncIterator[IppStandIn]:
    async with ipp_printer(IppStandIn()) as printer:
        yield printer


def names(a4: IppStandIn) -> list[str]:
    return [job.name for job in a4.jobs]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def test_a_document_arrives_whole_with_its_copies_and_its_paper(
    a4: IppStandIn, journal: Journal
) -> None:
    async with office(a4.url, journal) as room:
        room.printer.submit("book", PDF, copies=3, media="iso_a3_297x420mm")
        room.printer.submit("book", b"another", copies=1)
        await room.until_state("book", "done")
        assert room.history("book") == ["sending", "sent", "done"]
        assert room.changes[-1].confirmed_by == "job_state"
    assert a4.jobs == [Job(1, "book", 3, "iso_a3_297x420mm", PDF)]
    kept = journal.get("book")
    assert kept is not None
    assert kept.accepted_bytes == len(PDF)


async def test_twenty_documents_keep_their_order(a4: IppStandIn, journal: Journal) -> None:
    async with office(a4.url, journal) as room:
        for number in range(20):
            room.printer.submit(f"page-{number}", PDF)
        await room.until_state("page-19", "done")
    assert names(a4) == [f"page-{number}" for number in range(20)]


async def test_an_absent_printer_is_said_once_and_its_job_waits_and_is_printed_once(
    journal: Journal,
) -> None:
    a4 = IppStandIn(port=free_port())
    with capture_logs() as logs:
        async with AsyncExitStack() as stack, office(a4.url, journal) as room:
            room.printer.submit("page", PDF)
            await asyncio.sleep(0.3)
            assert room.state("page") == "queued"
            assert room.statuses == []  # it began as down and stayed so
            await stack.enter_async_context(ipp_printer(a4))
            await room.until_state("page", "done")
    assert names(a4) == ["page"]
    said = [line["event"] for line in logs]
    assert said.count("printer_is_lost") == 1
    assert said.count("printer_is_back") == 1


@pytest.mark.parametrize("cut_at", [0.0, 0.5, 0.99])
async def test_a_document_cut_off_on_its_way_is_unknown_and_not_handed_over_again(
    a4: IppStandIn, journal: Journal, cut_at: float
) -> None:
    a4.cut_at = cut_at
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", "unknown")
        a4.cut_at = None
        room.printer.submit("next", PDF)
        await room.until_state("next", "done")
        assert room.history("page") == ["sending", "unknown"]
    assert names(a4) == ["next"]
    assert a4.handed_over == 2


async def test_a_job_whose_answer_was_lost_is_found_again_by_its_name(
    a4: IppStandIn, journal: Journal
) -> None:
    a4.cut_at = 1.0
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", "done")
        assert room.history("page") == ["sending", "sent", "done"]
    assert names(a4) == ["page"]


@pytest.mark.parametrize("to_all", [False, True])
async def test_a_document_swallowed_in_silence_is_unknown_and_not_handed_over_again(
    a4: IppStandIn, journal: Journal, to_all: bool
) -> None:
    a4.silent_at = (PRINT_JOB,)
    patience = replace(QUICK, reply_s=0.2, send_s=0.3)
    async with office(a4.url, journal, patience) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", "sending")
        if to_all:
            a4.silent_at = (PRINT_JOB, GET_PRINTER, GET_JOBS)
        await room.until(lambda: room.printer.status.reason == "no_reply")
        await room.until_state("page", "unknown")
        a4.silent_at = ()
        room.printer.submit("next", PDF)
        await room.until_state("next", "done")
    assert names(a4) == ["next"]
    assert a4.handed_over == 2


@pytest.mark.parametrize("busy", ["http", "ipp"])
async def test_a_printer_that_will_not_now_is_asked_again_later(
    a4: IppStandIn, journal: Journal, busy: str
) -> None:
    with capture_logs() as logs:
        async with office(a4.url, journal) as room:
            await room.until(lambda: room.printer.status.ready)
            if busy == "http":
                a4.http_status = 503
            else:
                a4.print_status = BUSY
            room.printer.submit("page", PDF)
            await room.until(lambda: room.printer.status.reason == "offline")
            await asyncio.sleep(0.2)
            assert room.state("page") == "queued"
            a4.http_status, a4.print_status = 200, None
            await room.until_state("page", "done")
            await room.until(lambda: room.printer.status.ready)
    assert names(a4) == ["page"]
    said = [line["event"] for line in logs]
    assert said.count("printer_turns_away") + said.count("printer_is_lost") == 1


async def test_a_document_that_the_printer_refuses_has_failed_and_the_next_is_printed(
    a4: IppStandIn, journal: Journal
) -> None:
    a4.print_status = FORMAT_REFUSED
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", "failed")
        a4.print_status = None
        room.printer.submit("next", PDF)
        await room.until_state("next", "done")
        assert room.history("page") == ["sending", "queued", "failed"]
    assert names(a4) == ["next"]
    failed = journal.get("page")
    assert failed is not None
    assert failed.accepted_bytes == 0


@pytest.mark.parametrize("error", [INTERNAL, UNPRINTABLE])
@pytest.mark.parametrize(("keeps", "end"), [(True, "done"), (False, "unknown")])
async def test_an_error_in_mid_document_is_no_refusal_so_that_the_job_is_looked_for(
    a4: IppStandIn, journal: Journal, keeps: bool, end: JobState, error: int
) -> None:
    a4.print_status, a4.keeps_what_it_refuses = error, keeps
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", end)
    assert a4.handed_over == 1


async def test_nothing_leaves_for_a_printer_without_paper(a4: IppStandIn, journal: Journal) -> None:
    a4.halt("media-empty-error")
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until(lambda: room.printer.status.reason == "paper_out")
        await asyncio.sleep(0.1)
        assert a4.handed_over == 0
        a4.go_on()
        await room.until_state("page", "done")
        assert room.history("page") == ["sending", "sent", "done"]
    assert names(a4) == ["page"]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("media-empty", "paper_out"),
        ("cover-open-error", "cover_open"),
        ("media-jam", "paper_jam"),
        ("toner-empty-error", "toner_out"),
        ("fuser-over-temp", "error"),
        ("paused", "offline"),
    ],
)
async def test_a_fault_in_mid_job_holds_it_and_it_comes_out_once_when_mended(
    a4: IppStandIn, journal: Journal, reason: str, told: str
) -> None:
    a4.takes_jobs_as = PRINTING
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", "sent")
        a4.halt(reason)
        await room.until_state("page", "held")
        assert room.printer.status.reason == told
        a4.go_on()
        await room.until_state("page", "done")
        assert room.history("page") == ["sending", "sent", "held", "done"]
    assert a4.handed_over == 1


@pytest.mark.parametrize("state", [CANCELED, ABORTED])
async def test_a_job_that_the_printer_ended_unprinted_is_unknown_since_pages_may_be_out(
    a4: IppStandIn, journal: Journal, state: int
) -> None:
    a4.takes_jobs_as = state
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", "unknown")
    assert a4.handed_over == 1


async def test_a_job_that_never_ends_at_a_well_printer_is_unknown_in_the_end(
    a4: IppStandIn, journal: Journal
) -> None:
    a4.takes_jobs_as = PENDING
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", "unknown")
        a4.jobs[0].state = COMPLETED
        a4.http_status = 503
        await room.until(lambda: not room.printer.status.ready)
        a4.http_status = 200
        await room.until_state("page", "done")
    assert a4.handed_over == 1


async def test_an_hour_without_paper_is_no_reason_to_give_a_job_up(
    a4: IppStandIn, journal: Journal
) -> None:
    a4.takes_jobs_as = PRINTING
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", "sent")
        a4.halt("media-empty")
        await room.until_state("page", "held")
        await asyncio.sleep(QUICK.stuck_s + 0.2)
        assert room.state("page") == "held"


async def test_a_printer_that_goes_away_with_a_job_and_comes_back_is_asked_for_it(
    journal: Journal,
) -> None:
    a4 = IppStandIn(takes_jobs_as=PRINTING)
    async with AsyncExitStack() as stack:
        async with ipp_printer(a4):
            room = await stack.enter_async_context(office(a4.url, journal))
            room.printer.submit("page", PDF)
            await room.until_state("page", "sent")
        await room.until(lambda: room.printer.status.link == "down")
        a4.jobs[0].state = COMPLETED
        async with ipp_printer(a4):
            await room.until_state("page", "done")
    assert a4.handed_over == 1


async def test_a_printer_that_stays_away_with_a_job_leaves_it_unknown_until_it_tells(
    journal: Journal,
) -> None:
    a4 = IppStandIn(takes_jobs_as=PRINTING)
    async with AsyncExitStack() as stack:
        async with ipp_printer(a4):
            room = await stack.enter_async_context(office(a4.url, journal))
            room.printer.submit("page", PDF)
            await room.until_state("page", "sent")
        await room.until_state("page", "unknown")
        a4.jobs[0].state = COMPLETED
        async with ipp_printer(a4):
            await room.until_state("page", "done")
    assert a4.handed_over == 1


async def test_the_number_of_a_restarted_printer_is_not_taken_for_the_old_job(
    a4: IppStandIn, journal: Journal
) -> None:
    a4.takes_jobs_as = PRINTING
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", "sent")
        a4.jobs = [Job(1, "a stranger's", 1, "", b"", COMPLETED)]
        await room.until_state("page", "unknown")


@pytest.mark.parametrize("left_in", ["sending", "sent", "held"])
@pytest.mark.parametrize(("has", "end"), [(True, "done"), (False, "unknown")])
async def test_what_a_killed_process_left_is_looked_for_before_it_is_unknown(
    a4: IppStandIn, journal: Journal, left_in: JobState, has: bool, end: JobState
) -> None:
    async with office(a4.url, journal) as room:
        room.printer.submit("seed", PDF)
        await room.until_state("seed", "done")
    path = {"sending": ["sending"], "sent": ["sending", "sent"], "held": ["sending", "held"]}
    journal.add("page", journal.paper("seed"), b"")
    for state in path[left_in]:
        journal.move("page", state)  # type: ignore[arg-type]
    if has:
        a4.jobs.append(Job(9, "page", 1, "", PDF, COMPLETED))
    async with office(a4.url, journal) as room:
        await room.until_state("page", end)
    assert a4.handed_over == 1


async def test_an_answer_that_makes_no_sense_is_a_lost_line(
    a4: IppStandIn, journal: Journal
) -> None:
    a4.garbage = True
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await asyncio.sleep(0.1)
        assert not room.printer.status.ready
        a4.garbage = False
        await room.until_state("page", "done")


async def test_a_printer_of_an_older_version_is_spoken_to_in_its_own(
    a4: IppStandIn, journal: Journal
) -> None:
    a4.speaks = (1, 1)
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", "done")
    assert names(a4) == ["page"]


async def test_a_cancelled_job_is_never_printed_and_a_sent_one_can_not_be_cancelled(
    a4: IppStandIn, journal: Journal
) -> None:
    a4.halt("media-empty")
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        assert room.printer.cancel("page")
        assert not room.printer.cancel("nobody's")
        room.printer.submit("next", PDF)
        a4.go_on()
        await room.until_state("next", "done")
        assert not room.printer.cancel("next")
    assert names(a4) == ["next"]


async def test_a_second_print_is_the_marked_copy_and_needs_one(
    a4: IppStandIn, journal: Journal
) -> None:
    async with office(a4.url, journal) as room:
        room.printer.submit("plain", PDF)
        room.printer.submit("marked", PDF, copy=PDF + b"COPY")
        await room.until_state("marked", "done")
        room.printer.reprint("again", of="marked")
        await room.until_state("again", "done")
        with pytest.raises(WrongTransition):
            room.printer.reprint("again-plain", of="plain")
    assert a4.jobs[-1].document == PDF + b"COPY"
    assert len(a4.jobs) == 3


async def test_a_job_damaged_on_the_disk_fails_alone(a4: IppStandIn, journal: Journal) -> None:
    journal.add("damaged", b"no line of facts", b"")
    async with office(a4.url, journal) as room:
        room.printer.submit("page", PDF)
        await room.until_state("page", "done")
        assert room.state("damaged") == "failed"
    assert names(a4) == ["page"]


async def test_a_dead_printer_is_asked_less_and_less_often(journal: Journal) -> None:
    clock = ManualClock()
    url = f"ipp://127.0.0.1:{free_port()}/ipp/print"
    async with office(url, journal, IppPatience(reply_s=1000.0), clock):
        waits = []
        for _ in range(9):
            async with asyncio.timeout(LONGEST_S):
                while not (rests := rests_of(clock)):  # noqa: ASYNC110 - a real socket refuses
                    await asyncio.sleep(0.001)
            waits += rests
            await clock.advance(rests[0])
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def rests_of(clock: ManualClock) -> list[float]:
    """Return the waits that are neither over nor for an answer."""
    waits = [due - clock.monotonic() for due, _, slept in clock._sleepers if not slept.done()]
    return [wait for wait in waits if wait <= 30]
