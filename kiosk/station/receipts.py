"""A workstation's receipt printer: slips and the server's pictures, on thermal paper."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from core_services.clock import Clock
from core_services.link.status_frames import AttachedDevice
from core_services.paper.slip import SlipFacts
from core_services.pulse import Pulse
from drivers.errors import DeviceError, JournalError
from drivers.printers.model import JobChange, JobState, Patience, PrinterStatus
from drivers.printers.profiles import Profile
from kiosk.printing import Printing
from kiosk.station.model import Fate, JobNews, OnNews, OnOpen, OnState, WorkKind
from kiosk.wordbook import KEPT

_FATES: Final[Mapping[JobState, Fate]] = {
    "held": "held",
    "unknown": "unknown",
    "failed": "failed",
    "done": "done",
}


@dataclass(slots=True)
class ReceiptPrinter:
    """One printer, its journal in a folder of its own, and its owner while it runs."""

    name: str
    url: str
    profile: Profile
    width_dots: int | None
    data_dir: Path
    """A folder of this printer alone."""
    cache_dir: Path
    clock: Clock
    on_news: OnNews
    on_state: OnState
    on_open: OnOpen
    patience: Patience | None = None
    pulse: Pulse | None = None
    _printing: Printing | None = field(default=None, init=False)
    _trouble: str | None = field(default=None, init=False)

    @property
    def does(self) -> WorkKind:
        return "receipt"

    @property
    def is_ready(self) -> bool:
        return self._printing is not None and self._printing.status.ready

    @property
    def journal_id(self) -> str | None:
        return None if self._printing is None else self._printing.journal_id

    def tell(self) -> AttachedDevice:
        width = self.width_dots or self.profile.width_dots
        if self._printing is None:
            return AttachedDevice(
                name=self.name,
                kind="receipt_printer",
                state="absent",
                reason=self._trouble,
                width_dots=width,
            )
        status = self._printing.status
        return AttachedDevice(
            name=self.name,
            kind="receipt_printer",
            state="ready" if status.ready else "not_ready",
            reason=status.reason,
            paper=status.paper,
            cover=status.cover,
            width_dots=width,
        )

    def counts(self, since: datetime) -> dict[str, int]:
        """Return how many jobs stand in each state, of those put in line since then."""
        return {} if self._printing is None else self._printing.counts(since)

    def news(self, job: str) -> JobNews | None:
        state = None if self._printing is None else self._printing.state(job)
        return None if state is None else _news(JobChange(job, state))

    def print_document(self, job: str, content: bytes) -> None:
        self._open.order_picture(job, content)

    def print_slip(self, job: str, facts: SlipFacts) -> None:
        self._open.order(job, facts)

    def cancel(self, job: str) -> bool:
        return self._open.cancel(job)

    def purge(self) -> None:
        if self._printing is not None:
            self._printing.purge(self.clock.now() - KEPT)

    async def run(self) -> None:
        """Open the journal and own the printer until cancelled.

        Raises DeviceError or OSError, and may be run again.
        """
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._printing = Printing(
                self.url,
                self.profile,
                width_dots=self.width_dots,
                data_dir=self.data_dir,
                cache_dir=self.cache_dir,
                clock=self.clock,
                on_job=self._hear,
                on_status=self._status_changed,
                patience=self.patience,
                pulse=self.pulse,
            )
            if self._printing.roll.check == "blank":
                # Nobody is asked here whether the paper prints: its line would be held for ever.
                self._printing.judge_roll("unchecked")
        except (DeviceError, OSError) as error:
            self._trouble = "journal" if isinstance(error, JournalError) else "disk"
            self.on_state()
            raise
        try:
            self._trouble = None
            self.on_state()
            self.on_open(self)
            await self._printing.run()
        finally:
            printing, self._printing = self._printing, None
            printing.close()
            self._trouble = "stopped"
            self.on_state()

    @property
    def _open(self) -> Printing:
        if self._printing is None:
            raise JournalError(f"{self.name}: the journal is not open")
        return self._printing

    def _hear(self, change: JobChange) -> None:
        self.on_news(_news(change))

    def _status_changed(self, status: PrinterStatus) -> None:
        self.on_state()


def _news(change: JobChange) -> JobNews:
    return JobNews(change.job_id, fate_of(change.state), change.confirmed_by)


def fate_of(state: JobState) -> Fate:
    """Return what a print job's state means for its order."""
    return _FATES.get(state, "open")
