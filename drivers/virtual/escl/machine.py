"""The scanner itself: its feeder, its glass, its jobs."""

import uuid
from dataclasses import dataclass, field, replace
from typing import Literal

from drivers.clock import Clock
from drivers.virtual.escl.faults import FaultChange, Faults
from drivers.virtual.escl.paper import page

JobState = Literal["Processing", "Completed", "Canceled", "Aborted"]
_KEPT_JOBS = 8
_FORSAKEN_S = 60.0
"""A job of which nobody asks for the next page is given up, as real scanners do."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a program asked for."""

    source: Literal["Platen", "Feeder"]
    dpi: int
    mode: Literal["RGB", "L"]
    media_type: str
    region: tuple[int, int, int, int]
    """Left, top, width and height in three hundredths of an inch."""


@dataclass
class Job:
    """One scan."""

    order: Order
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: JobState = "Processing"
    given: int = 0
    asked_at: float = 0.0
    """When a page was last asked for, in seconds of the scanner's clock."""


class FeederIsEmpty(Exception):
    """There is nothing to scan."""


class Machine:
    """One scanner with a glass and a feeder."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.faults = Faults()
        self.jobs: dict[str, Job] = {}
        self.is_jammed = False
        self.scanned = 0
        """Pages that it gave since it was started."""
        self.job_requests = 0
        self.cancelled = 0
        self._fed = 0

    def change(self, change: FaultChange) -> None:
        """Put paper in, let something go wrong, or right again."""
        self.faults = change.applied_to(self.faults)
        if change.pages is not None or change.jam is not None:
            self.is_jammed = False
        if change.pages is not None:
            self._fed = 0

    def is_busy_now(self) -> bool:
        """Count one request; True while it is to be told that the scanner is busy."""
        if self.faults.busy == 0:
            return False
        self.faults = replace(self.faults, busy=self.faults.busy - 1)
        return True

    @property
    def adf_state(self) -> str:
        """The feeder's state in the words of eSCL."""
        if self.is_jammed:
            return "ScannerAdfJam"
        return "ScannerAdfLoaded" if self.faults.pages else "ScannerAdfEmpty"

    @property
    def is_scanning(self) -> bool:
        """Whether a job is under way."""
        for job in self.jobs.values():
            if job.state == "Processing" and self._clock.monotonic() - job.asked_at > _FORSAKEN_S:
                job.state = "Aborted"
        return any(job.state == "Processing" for job in self.jobs.values())

    def begin(self, order: Order) -> Job:
        """Make a job. Raises FeederIsEmpty."""
        self.job_requests += 1
        if order.source == "Feeder" and self.faults.pages == 0:
            raise FeederIsEmpty
        job = Job(order, asked_at=self._clock.monotonic())
        self.jobs[job.id] = job
        while len(self.jobs) > _KEPT_JOBS:
            del self.jobs[next(iter(self.jobs))]
        return job

    def next_page(self, job: Job) -> bytes | None:
        """Scan the next page of a job; None when there is none, or the paper jammed."""
        if job.state != "Processing":
            return None
        job.asked_at = self._clock.monotonic()
        if job.order.source == "Platen":
            job.state = "Completed"
        elif self.is_jammed or (self.faults.jam and self._fed + 1 == self.faults.jam):
            self.is_jammed, job.state = True, "Aborted"
            return None
        elif self.faults.pages == 0:
            job.state = "Completed"
            return None
        number = 1
        if job.order.source == "Feeder":
            self._fed += 1
            number = self._fed
            self.faults = replace(self.faults, pages=self.faults.pages - 1)
        job.given += 1
        self.scanned += 1
        return self._draw(job.order, number)

    def cancel(self, job: Job) -> None:
        """Stop a job that is under way; the paper stays. One that has ended stays as it is."""
        if job.state == "Processing":
            self.cancelled += 1
            job.state = "Canceled"

    def restart(self) -> None:
        """Know of no job any more, as after a power cut."""
        self.jobs.clear()

    def _draw(self, order: Order, number: int) -> bytes:
        left, top, width, height = (round(each * order.dpi / 300) for each in order.region)
        return page(
            number,
            is_blank=number == self.faults.blank and order.source == "Feeder",
            dpi=order.dpi,
            mode=order.mode,
            region=(left, top, width, height),
            media_type=order.media_type,
        )
