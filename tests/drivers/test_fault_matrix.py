"""Each link × each fault: a slip comes out once, or never and nobody waits for it, or a person is
told to look; never twice without its mark. Meanwhile everything else on the loop goes on.

Each run tries every fault over TCP and one of each kind over the other links; the long form tries
all of them over all links, with a printer that confirms by echo and with one that cannot.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from drivers.printers.journal import Journal
from drivers.printers.model import JobState, Patience, Reason
from drivers.printers.profiles import PROFILES
from tests.drivers.bench import bench_of
from tests.drivers.links import settle
from tests.drivers.papers import job, number_of
from tests.drivers.rigs import LINKS, QUICK, Desk, Rig, desk, rig

EPSON, CLONE = PROFILES["epson-576"], PROFILES["clone-576"]
JOB_BYTES = len(job(1, EPSON)[0])
LAG_S = 0.5
"""How long the loop may stand still: a hundred times what it does here, for a loaded machine."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong, when, and what may become of the slip that it meets."""

    name: str
    change: dict[str, Any]
    mend: dict[str, Any]
    ends: frozenset[JobState]
    """The states in which the slip may end."""
    at: JobState | None = "sending"
    """When it happens: as the slip takes this state; None: before there is a slip."""
    reasons: frozenset[Reason] | None = None
    """One of these is told while it lasts; None: the printer seems well, or is well too soon."""
    holds: bool = False
    """The slip waits for the mending, so that it may be looked at meanwhile."""
    not_over: frozenset[str] = frozenset()
    """Links that can't have it."""
    only_echo: bool = False
    patience: Patience = QUICK


def states(*names: JobState) -> frozenset[JobState]:
    return frozenset(names)


def reasons(*names: Reason) -> frozenset[Reason]:
    return frozenset(names)


DONE = states("done")
PRINTED_OR_ASKED = states("done", "unknown")
GONE = reasons("no_link", "no_reply", "stalled", "offline")
A_CABLE = frozenset({"fifo"})
"""Two FIFOs do not show that the other end has gone, as three wires do not."""

FAULTS = (
    Fault("absent", {"power": "off"}, {"power": "on"}, DONE, at=None, reasons=GONE,
          not_over=A_CABLE | {"memory"}, holds=True),
    Fault("refused", {"connections": "refused", "power": "cycle"}, {"connections": "accepted"},
          DONE, at=None, reasons=GONE, not_over=A_CABLE | {"memory"}, holds=True),
    Fault("cut at byte 0", {"cut_after_bytes": 0}, {}, PRINTED_OR_ASKED, not_over=A_CABLE),
    Fault("cut at byte 100", {"cut_after_bytes": 100}, {}, PRINTED_OR_ASKED, not_over=A_CABLE),
    Fault("cut at half", {"cut_after_bytes": JOB_BYTES // 2}, {}, PRINTED_OR_ASKED,
          not_over=A_CABLE),
    Fault("cut at the last byte", {"cut_after_bytes": JOB_BYTES - 1}, {}, PRINTED_OR_ASKED,
          not_over=A_CABLE),
    Fault("slow", {"bytes_per_s": 1000}, {"bytes_per_s": 0}, PRINTED_OR_ASKED,
          patience=replace(QUICK, silence_s=4, stall_s=4, echo_s=4, reply_s=2)),
    Fault("never reading", {"reads": False}, {"reads": True}, PRINTED_OR_ASKED,
          reasons=GONE, holds=True),
    Fault("never reading, no slip yet", {"reads": False}, {"reads": True}, DONE, at=None,
          reasons=GONE, holds=True),
    Fault("paper out before", {"paper": "out"}, {"paper": "ok"}, DONE, at=None,
          reasons=reasons("paper_out"), holds=True),
    Fault("paper out amid", {"paper": "out"}, {"paper": "ok"}, DONE,
          reasons=reasons("paper_out"), holds=True),
    Fault("paper out after the bytes", {"paper": "out"}, {"paper": "ok"}, DONE, at="sent",
          reasons=reasons("paper_out"), holds=True),
    Fault("cover open before", {"cover": "open"}, {"cover": "closed"}, DONE, at=None,
          reasons=reasons("cover_open"), holds=True),
    Fault("cover open amid", {"cover": "open"}, {"cover": "closed"}, DONE,
          reasons=reasons("cover_open"), holds=True),
    Fault("cutter stuck amid", {"cutter": "stuck"}, {"cutter": "ok"}, DONE,
          reasons=reasons("cutter"), holds=True),
    Fault("power cycle", {"power": "cycle"}, {}, PRINTED_OR_ASKED),
    Fault("power cut with the slip inside", {"paper": "out"}, {"power": "cycle", "paper": "ok"},
          states("unknown"), reasons=reasons("paper_out"), holds=True),
    Fault("silent", {"replies": False}, {"replies": True}, PRINTED_OR_ASKED,
          reasons=reasons("no_reply", "no_link"), holds=True),
    Fault("echo late", {"echo_delay_ms": 400}, {}, DONE, only_echo=True),
    Fault("echo too late", {"echo_delay_ms": 1500}, {"echo_delay_ms": 0}, PRINTED_OR_ASKED,
          only_echo=True),
    Fault("echo absent", {"echo": "absent"}, {"echo": "right"}, states("unknown"), only_echo=True),
    Fault("echo wrong", {"echo": "wrong"}, {"echo": "right"}, states("unknown"), only_echo=True),
    Fault("echo split", {"echo": "split"}, {"echo": "right"}, DONE, only_echo=True),
    Fault("echo split by XON", {"echo": "split", "noise": "xon"}, {"echo": "right"}, DONE,
          only_echo=True),
    Fault("status among XON and XOFF", {"noise": "xon"}, {}, DONE, at=None),
    Fault("status among automatic ones", {"noise": "asb"}, {}, DONE, at=None),
    Fault("automatic status amid a paper end", {"noise": "asb", "paper": "out"},
          {"paper": "ok", "noise": "none"}, DONE, reasons=reasons("paper_out"), holds=True),
)  # fmt: skip
EACH_KIND = {
    "serial": {"cut at half", "paper out amid", "absent"},
    "usb": {"cut at half", "paper out amid", "absent"},
    "rfc2217": {"cut at half", "paper out amid"},
    "memory": {"never reading", "echo split by XON"},
    "fifo": {"never reading", "paper out amid"},
}


def cases() -> Iterator[Any]:
    for link in LINKS:
        for fault in FAULTS:
            for profile in (EPSON, CLONE):
                if link in fault.not_over or (fault.only_echo and not profile.echo):
                    continue
                is_quick = profile is EPSON and (
                    link == "tcp" or fault.name in EACH_KIND.get(link, ())
                )
                yield pytest.param(
                    link,
                    fault,
                    profile.name,
                    id=f"{link}-{fault.name}-{profile.name}",
                    marks=() if is_quick else pytest.mark.soak,
                )


@dataclass
class Pulse:
    """Feels how long the loop stood still."""

    longest_s: float = 0.0
    beats: list[float] = field(default_factory=list)

    async def beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.01)
            self.longest_s = max(self.longest_s, loop.time() - before - 0.01)


@asynccontextmanager
async def neighbour(folder: Path) -> AsyncIterator[Desk]:
    """Keep another printer at work on the same loop."""
    folder.mkdir()  # noqa: ASYNC240 - nobody else is on this loop yet
    async with rig("memory", EPSON, folder) as other:
        with Journal(folder / "jobs.sqlite") as journal:
            async with desk(other, EPSON, journal) as front:
                await front.until(lambda: front.printer.status.ready)
                yield front


@pytest.mark.parametrize(("link", "fault", "profile_name"), list(cases()))
async def test_a_slip_is_printed_once_or_a_person_is_told_to_look(
    tmp_path: Path, link: str, fault: Fault, profile_name: str
) -> None:
    profile = PROFILES[profile_name]
    pulse = Pulse()
    with Journal(tmp_path / "jobs.sqlite") as journal:
        async with (
            rig(link, profile, tmp_path) as printer,
            neighbour(tmp_path / "other") as other,
            desk(printer, profile, journal, patience=fault.patience) as front,
            asyncio.TaskGroup() as tasks,
        ):
            await front.until(lambda: front.printer.status.ready)
            beating = tasks.create_task(pulse.beat())
            await meet(fault, printer, front, other)
            submit(front, 3)
            await front.until_state("job-3", "done", "unknown")
            if front.state("job-3") == "unknown":  # its predecessor's last hour
                assert fault.name == "echo too late"
            await front.until(lambda: all(each.state in END for each in journal.jobs()))
            beating.cancel()
            check(fault, printer, front)
    assert pulse.longest_s < LAG_S


END: tuple[JobState, ...] = ("done", "unknown", "failed")


async def meet(fault: Fault, printer: Rig, front: Desk, other: Desk) -> None:
    """Let a slip meet the fault, see what is told of it, and mend it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    if fault.at is None:
        printer.fault(**fault.change)
    else:
        front.on_change = once(
            lambda change: change.job_id == "job-1" and change.state == fault.at,
            lambda: printer.fault(**fault.change),
        )
    submit(front, 1)
    if fault.reasons is not None:
        told = fault.reasons
        await front.until(
            lambda: any(not each.ready and each.reason in told for each in front.statuses)
        )
        assert loop.time() - began < 10
    if fault.holds:
        submit(other, 7)
        await other.until_state("job-7", "done")
        if fault.at is None:
            submit(front, 2)
            assert front.printer.cancel("job-2")
    else:
        await front.until_state("job-1", *END)
    printer.fault(**fault.mend)
    await front.until_state("job-1", *END)


def once(is_it: Callable[[Any], bool], act: Callable[[], None]) -> Callable[[Any], None]:
    """Return a listener that acts at the first change that is the one."""
    is_done = False

    def hear(change: Any) -> None:
        nonlocal is_done
        if not is_done and is_it(change):
            is_done = True
            act()

    return hear


def submit(front: Desk, number: int) -> None:
    front.printer.submit(f"job-{number}", *job(number, EPSON))


def check(fault: Fault, printer: Rig, front: Desk) -> None:
    printed = [number for number in map(number_or_none, printer.papers) if number is not None]
    assert len(printed) == len(set(printed)), "a slip came out twice"
    assert printed == sorted(printed), "slips came out of order"
    assert front.state("job-1") in fault.ends
    for stored in front.journal.jobs():
        number = int(stored.job_id.removeprefix("job-"))
        if stored.state == "done":
            assert number in printed, f"{stored} was not printed"
        if stored.state == "failed":
            assert number not in printed, f"{stored} was taken back and printed"
    assert 3 in printed, "the slip behind it was spoilt"
    if fault.holds and fault.at is None:
        assert front.state("job-2") == "failed"


def number_or_none(paper: Image.Image) -> int | None:
    """Read a slip's number; None for a piece that was cut off before it."""
    try:
        return number_of(paper)
    except (AssertionError, IndexError):
        return None


ALARMS: list[tuple[dict[str, Any], frozenset[Reason]]] = [
    ({"power": "off"}, GONE),
    ({"reads": False}, GONE),
    ({"replies": False}, reasons("no_reply")),
    ({"paper": "out"}, reasons("paper_out")),
    ({"cover": "open"}, reasons("cover_open")),
    ({"cutter": "stuck"}, reasons("cutter")),
    ({"online": False}, reasons("offline")),
    ({"paper": "out", "noise": "asb"}, reasons("paper_out")),
    ({"cover": "open", "noise": "xon"}, reasons("cover_open")),
]


@pytest.mark.parametrize("has_job", [False, True], ids=["idle", "with a slip"])
@pytest.mark.parametrize(("change", "told"), ALARMS, ids=[str(change) for change, _ in ALARMS])
@pytest.mark.parametrize("profile", ["epson-576", "clone-576-no-asb"])
async def test_the_alarm_comes_within_ten_seconds_with_the_patience_of_real_printers(
    tmp_path: Path, profile: str, change: dict[str, Any], told: frozenset[Reason], has_job: bool
) -> None:
    with Journal(tmp_path / "jobs.sqlite") as journal:
        async with bench_of("alarm", journal, profile) as bench:
            await bench.advance(3)
            if has_job:
                bench.front.on_change = once(
                    lambda seen: seen.state == "sending", lambda: bench.rig.fault(**change)
                )
                bench.submit(1)
                await settle()
            else:
                bench.rig.fault(**change)
            if change.get("power") == "off":
                bench.device.is_present = False
            await bench.advance(10)
            status = bench.front.printer.status
            assert not status.ready
            assert status.reason in told


async def test_a_printer_that_takes_not_even_a_question_is_told_of_and_opened_again(
    tmp_path: Path,
) -> None:
    with Journal(tmp_path / "jobs.sqlite") as journal:
        async with bench_of("full", journal, "clone-576-no-asb") as bench:
            await bench.advance(3)
            bench.device.resume(0)
            await bench.advance(5)
            assert bench.front.printer.status.reason == "no_reply"
            opened = bench.device.opened
            await bench.advance(20)
            assert bench.device.opened > opened
            bench.device.resume(65_536)
            await bench.advance(5)
            assert bench.front.printer.status.ready


async def test_a_slow_printer_is_no_broken_one_at_a_thousand_bytes_a_second(
    tmp_path: Path,
) -> None:
    """A slip of real size takes half a minute and is done; nothing is alarming about it."""
    with Journal(tmp_path / "jobs.sqlite") as journal:
        async with bench_of("slow", journal, "epson-576") as bench:
            await bench.advance(3)
            bench.rig.fault(bytes_per_s=1000)
            for number in (1, 2):
                bench.submit(number)
            await bench.advance(60)
            assert journal.counts() == {"done": 2}
            assert [number_of(paper) for paper in bench.rig.papers] == [1, 2]


@pytest.mark.parametrize("link", [link for link in LINKS if link not in A_CABLE])
async def test_a_link_that_is_cut_again_and_again_loses_no_slip_in_silence(
    tmp_path: Path, link: str
) -> None:
    async with rig(link, EPSON, tmp_path) as printer:
        with Journal(tmp_path / "jobs.sqlite") as journal:
            async with desk(printer, EPSON, journal) as front:
                for number in range(1, 6):
                    await front.until(lambda: front.printer.status.ready)
                    printer.fault(cut_after_bytes=number * 170)
                    submit(front, number)
                    await front.until_state(f"job-{number}", "done", "unknown")
                printer.fault(cut_after_bytes=-1)
                submit(front, 6)
                await front.until_state("job-6", "done")
    printed = [number for number in map(number_or_none, printer.papers) if number is not None]
    assert len(printed) == len(set(printed))
    assert 6 in printed
