"""Turns tickets into paper: composes slips in a thread of its own and gives them to the printer."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from core_services.clock import Clock
from core_services.paper.slip import PaperError, SlipFacts, SlipPress
from drivers.errors import DeviceError
from drivers.printers.escpos import compose
from drivers.printers.journal import Journal
from drivers.printers.model import JobChange, JobState, Patience, PrinterStatus
from drivers.printers.printer import Printer
from drivers.printers.profiles import Profile

logger = structlog.get_logger()

_RESTART_S = 5.0


class Printing:
    """One printer, its journal, and the thread that composes for it.

    Changes of jobs and of the printer's status are told in the loop that runs `run`.
    """

    def __init__(
        self,
        url: str,
        profile: Profile,
        *,
        width_dots: int | None,
        data_dir: Path,
        cache_dir: Path,
        clock: Clock,
        on_job: Callable[[JobChange], None],
        on_status: Callable[[PrinterStatus], None],
        patience: Patience | None = None,
    ) -> None:
        """Open the journal in `data_dir`; raise DeviceError when it or the address is unusable."""
        self._profile = profile
        self._width_dots = width_dots or profile.width_dots
        self._cache_dir = cache_dir
        self._clock = clock
        self._on_job = on_job
        self._journal = Journal(data_dir / "print-journal.sqlite3", clock)
        self._printer = Printer(
            url,
            profile,
            self._journal,
            clock,
            on_job=on_job,
            on_status=on_status,
            patience=patience,
        )
        self._orders: asyncio.Queue[tuple[str, SlipFacts]] = asyncio.Queue()
        self._not_submitted: set[str] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="slip-press")
        self._press: SlipPress | None = None

    def close(self) -> None:
        """Stop the thread and give the journal to whoever wants it next."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._journal.close()

    @property
    def status(self) -> PrinterStatus:
        return self._printer.status

    @property
    def journal_id(self) -> str:
        """Names the journal's file: another one knows nothing of earlier jobs."""
        return self._journal.journal_id

    @property
    def tells(self) -> bool:
        """The printer can tell that a slip is on paper."""
        return self._profile.answers

    def state(self, job: str) -> JobState | None:
        """Return how far a job has come; None for one that never reached the journal."""
        if job in self._not_submitted:
            return "queued"
        known = self._journal.get(job)
        return None if known is None else known.state

    def counts(self, since: datetime) -> dict[str, int]:
        """Return how many jobs stand in each state, of those put in line since then."""
        return self._journal.counts(since)

    def order(self, job: str, facts: SlipFacts) -> None:
        """Print this slip once, however often this job is ordered; returns at once."""
        if self.state(job) is None:
            self._not_submitted.add(job)
            self._orders.put_nowait((job, facts))

    def cancel(self, job: str) -> bool:
        """Take a job back; True: not one byte was accepted, and it will never be printed."""
        if job in self._not_submitted:
            self._not_submitted.discard(job)
            return True
        try:
            return self._printer.cancel(job)
        except DeviceError:
            logger.exception("job_not_cancelled", job=job)
            return False

    def purge(self, before: datetime) -> None:
        """Forget finished jobs unchanged since then."""
        self._journal.purge(before)

    async def run(self) -> None:
        """Compose and print until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._attend())
            tasks.create_task(self._compose_orders())

    async def _attend(self) -> None:
        """Keep the printer's owner alive; the kiosk goes on without paper meanwhile."""
        while True:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._own_printer())
            await self._clock.sleep(_RESTART_S)

    async def _own_printer(self) -> None:
        try:
            await self._printer.run()
        except* DeviceError as failures:
            logger.error("printer_failed", reasons=[str(each) for each in failures.exceptions])

    async def _compose_orders(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._warm_up)
        while True:
            job, facts = await self._orders.get()
            if job not in self._not_submitted:
                continue
            try:
                data, copy = await loop.run_in_executor(self._thread, self._compose, facts)
                if job in self._not_submitted:
                    self._printer.submit(job, data, copy)
            except (PaperError, DeviceError) as failure:
                logger.error("slip_not_composed", job=job, detail=str(failure))
                self._on_job(JobChange(job, "failed"))
            self._not_submitted.discard(job)

    def _warm_up(self) -> None:
        self._press = SlipPress(self._cache_dir)

    def _compose(self, facts: SlipFacts) -> tuple[bytes, bytes]:
        """Return the slip's bytes, and those of its marked copy."""
        copy = self._paper(replace(facts, reprint=True))
        return (copy if facts.reprint else self._paper(facts)), copy

    def _paper(self, facts: SlipFacts) -> bytes:
        if self._press is None:
            self._press = SlipPress(self._cache_dir)
        return compose(self._press.render(facts, self._width_dots), self._profile)
