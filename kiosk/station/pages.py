"""A workstation's A4 printer: the server's PDFs, by IPP."""

from dataclasses import dataclass, field
from pathlib import Path

from core_services.clock import Clock
from core_services.link.status_frames import AttachedDevice
from drivers.errors import DeviceError, JournalError, Refused
from drivers.printers.ipp import IppPrinter
from drivers.printers.ipp_model import IppPatience
from drivers.printers.journal import Journal
from drivers.printers.model import JobChange, PrinterStatus
from kiosk.station.model import JobNews, OnNews, OnOpen, OnState, WorkKind
from kiosk.station.receipts import fate_of
from kiosk.wordbook import KEPT

CONFIRMED_BY = "ipp"
"""As the link calls the word of an IPP printer that a job is completed."""

_FORMAT_NOT_SUPPORTED = 0x040A
"""As a printer says it (RFC 8011, B.1.4.11)."""


@dataclass(slots=True)
class PagePrinter:
    """One printer, its journal in a folder of its own, and its owner while it runs."""

    name: str
    url: str
    data_dir: Path
    """A folder of this printer alone."""
    clock: Clock
    on_news: OnNews
    on_state: OnState
    on_open: OnOpen
    patience: IppPatience | None = None
    _journal: Journal | None = field(default=None, init=False)
    _printer: IppPrinter | None = field(default=None, init=False)
    _trouble: str | None = field(default=None, init=False)
    _taken_back: str | None = field(default=None, init=False)
    """The job that is being taken back at this moment: the printer did not refuse it."""

    @property
    def does(self) -> WorkKind:
        return "page"

    @property
    def is_ready(self) -> bool:
        return self._printer is not None and self._printer.status.ready

    @property
    def journal_id(self) -> str | None:
        return None if self._journal is None else self._journal.journal_id

    def tell(self) -> AttachedDevice:
        if self._printer is None:
            return AttachedDevice(
                name=self.name, kind="page_printer", state="absent", reason=self._trouble
            )
        status = self._printer.status
        return AttachedDevice(
            name=self.name,
            kind="page_printer",
            state="ready" if status.ready else "not_ready",
            reason=status.reason,
            paper=status.paper,
            cover=status.cover,
        )

    def news(self, job: str) -> JobNews | None:
        known = None if self._journal is None else self._journal.get(job)
        if known is None:
            return None
        confirmed_by = CONFIRMED_BY if known.state == "done" else None
        return JobNews(job, fate_of(known.state), confirmed_by)

    def print_document(self, job: str, content: bytes) -> None:
        if not content.startswith(b"%PDF-"):
            raise Refused(self.url, _FORMAT_NOT_SUPPORTED, "A4 is printed from PDF alone")
        self._open.submit(job, content)

    def cancel(self, job: str) -> bool:
        self._taken_back = job
        try:
            return self._open.cancel(job)
        finally:
            self._taken_back = None

    def purge(self) -> None:
        if self._journal is not None:
            self._journal.purge(self.clock.now() - KEPT)

    async def run(self) -> None:
        """Open the journal and own the printer until cancelled.

        Raises DeviceError or OSError, and may be run again.
        """
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            journal = Journal(self.data_dir / "print-journal.sqlite3", self.clock)
        except (DeviceError, OSError) as error:
            self._trouble = "journal" if isinstance(error, JournalError) else "disk"
            self.on_state()
            raise
        try:
            self._printer = IppPrinter(
                self.url,
                journal,
                self.clock,
                on_job=self._hear,
                on_status=self._status_changed,
                patience=self.patience,
            )
            self._journal, self._trouble = journal, None
            self.on_state()
            self.on_open(self)
            await self._printer.run()
        finally:
            self._printer = self._journal = None
            journal.close()
            self._trouble = "stopped"
            self.on_state()

    @property
    def _open(self) -> IppPrinter:
        if self._printer is None:
            raise JournalError(f"{self.name}: the journal is not open")
        return self._printer

    def _hear(self, change: JobChange) -> None:
        """Tell of a job; one that failed without being taken back was refused by the printer."""
        is_refused = change.state == "failed" and change.job_id != self._taken_back
        self.on_news(
            JobNews(
                change.job_id,
                fate_of(change.state),
                None if change.confirmed_by is None else CONFIRMED_BY,
                "refused" if is_refused else None,
            )
        )

    def _status_changed(self, status: PrinterStatus) -> None:
        self.on_state()
