"""An A4 printer's owner under test, and all that it said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from drivers.clock import SystemClock
from drivers.printers.ipp import IppPrinter
from drivers.printers.ipp_model import IppPatience
from drivers.printers.journal import Journal
from drivers.printers.model import JobChange, JobState, PrinterStatus
from tests.drivers.links import Heard
from tests.support.clock import ManualClock

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 800 + b"\n%%EOF\n"
QUICK = IppPatience(
    reply_s=1.0,
    send_s=2.0,
    poll_s=0.02,
    missing_s=0.1,
    lost_s=0.4,
    stuck_s=0.5,
    backoff_first_s=0.01,
    backoff_longest_s=0.05,
)


@dataclass
class Office(Heard):
    """The printer's owner under test, and all that it said."""

    printer: IppPrinter
    journal: Journal
    changes: list[JobChange] = field(default_factory=list)
    statuses: list[PrinterStatus] = field(default_factory=list)

    def history(self, job_id: str) -> list[JobState]:
        return [change.state for change in self.changes if change.job_id == job_id]

    def state(self, job_id: str) -> JobState | None:
        job = self.journal.get(job_id)
        return None if job is None else job.state

    async def until_state(self, job_id: str, *states: JobState) -> None:
        await self.until(lambda: self.state(job_id) in states)


@asynccontextmanager
async def office(
    url: str, journal: Journal, patience: IppPatience = QUICK, clock: ManualClock | None = None
) -> AsyncIterator[Office]:
    """Own an A4 printer for as long as the block lasts."""
    heard: list[Office] = []

    def hear_job(change: JobChange) -> None:
        heard[0].changes.append(change)
        heard[0].stir()

    def hear_status(status: PrinterStatus) -> None:
        heard[0].statuses.append(status)
        heard[0].stir()

    printer = IppPrinter(
        url,
        journal,
        clock or SystemClock(),
        on_job=hear_job,
        on_status=hear_status,
        patience=patience,
        jitter=lambda: 0.0,
    )
    heard.append(Office(printer, journal))
    async with asyncio.TaskGroup() as tasks:
        owner = tasks.create_task(printer.run())
        yield heard[0]
        owner.cancel()
