"""The machines of one kiosk: its printer and its scanner, how they stand and what they tell."""

import asyncio
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime

import structlog

from core_services.link.status_frames import RollSeen
from core_services.paper.scans import what_is_unreadable
from drivers.printers.model import JobChange, JobState, PrinterStatus
from drivers.printers.rolls import RollNews
from drivers.scanners.model import RefusedScan, Scan, ScannerStatus
from drivers.scanners.scanner import Scanner
from kiosk.heartbeat import Readiness, readiness_of
from kiosk.printing import Printing
from kiosk.roll_test import RollJudgement
from kiosk.seams import OpenPrinting, OpenScanner
from kiosk.steps import (
    Event,
    PrinterChanged,
    RollLoaded,
    ScanFailed,
    ScannerChanged,
)

logger = structlog.get_logger()


class Machines:
    """One printer and one scanner, either of which may be absent."""

    def __init__(
        self,
        *,
        open_printing: OpenPrinting | None,
        open_scanner: OpenScanner | None,
        browser_scanner: bool,
        asks_of_rolls: bool,
        on_job: Callable[[JobChange], None],
        on_scan: Callable[[str, str | None], None],
        tell: Callable[[Event], None],
        on_change: Callable[[], None],
    ) -> None:
        """`browser_scanner`: one that types into the page stands there. `asks_of_rolls`: somebody
        is asked on the glass whether a new roll prints. `on_change` is told when the heartbeat
        would say something new."""
        self._browser_scanner = browser_scanner
        self._asks_of_rolls = asks_of_rolls
        self._on_scan = on_scan
        self._tell = tell
        self._on_change = on_change
        self.printing: Printing | None = None
        if open_printing is not None:
            self.printing = open_printing(
                on_job=on_job, on_status=self._printer_changed, on_roll=self._roll_changed
            )
        self._scanner: Scanner | None = None
        if open_scanner is not None:
            self._scanner = open_scanner(
                on_scan=self._scanned,
                on_status=self._scanner_changed,
                on_refused=self._scan_refused,
            )

    @property
    def are_ready(self) -> bool:
        """Whether a touch now would have its whole effect, or the page tells why not."""
        return self.printing is None or self.printing.is_ready

    @property
    def printer(self) -> Readiness:
        """Whether a slip sent now would be printed now."""
        return readiness_of(self.printing)

    @property
    def printer_trouble(self) -> str | None:
        """Why the printer is not ready, in one word; None when it is, and where there is none."""
        return None if self.printing is None else self.printing.status.reason

    @property
    def scanner(self) -> Readiness:
        """Whether a code held before the scanner now would be read."""
        if self._scanner is None:
            return "absent"
        return "ready" if self._scanner.status.ready else "not_ready"

    @property
    def scanner_trouble(self) -> str | None:
        """Why the scanner is not ready; None when it is, and where there is none."""
        return None if self._scanner is None else self._scanner.status.reason

    def state(self, job: str) -> JobState | None:
        """Return how far a slip has come; None for one that the printer never heard of."""
        return None if self.printing is None else self.printing.state(job)

    def order_test(self, job: str, number: str) -> None:
        """Print the short slip of a new roll."""
        if self.printing is not None:
            self.printing.order_test(job, number)
        self._on_change()

    def judge_roll(self, judgement: RollJudgement) -> None:
        """Note whether the paper prints."""
        logger.info("roll_judged", judgement=judgement)
        if self.printing is not None:
            self.printing.judge_roll(judgement)
        self._on_change()

    def hear_of_roll(self, said: RollSeen) -> None:
        """Take a supervisor's word about a roll that nobody has answered for.

        Whoever stood before the machine, or changed the roll since, knows better.
        """
        roll = None if self.printing is None else self.printing.roll
        if roll is None or roll.check != "unchecked" or roll.loaded_at != said.loaded_at:
            logger.info("word_about_roll_too_late", seen=said.seen)
            return
        self.judge_roll("good" if said.seen else "blank")

    def correct_roll(self, left_m: float) -> bool:
        """Take a technician's measure of what is left on the roll; False without a printer."""
        if self.printing is None:
            return False
        self.printing.correct_roll(left_m)
        self._on_change()
        return True

    def purge(self, before: datetime) -> None:
        """Forget the finished jobs of before then."""
        if self.printing is not None:
            self.printing.purge(before)

    async def run(self) -> None:
        """Print and scan until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            if self.printing is not None:
                tasks.create_task(self.printing.run())
            if self._scanner is not None:
                tasks.create_task(self._scanner.run())

    def close(self) -> None:
        """Give the printer's journal to whoever wants it next."""
        if self.printing is not None:
            self.printing.close()

    def _printer_changed(self, status: PrinterStatus) -> None:
        logger.info("printer_changed", ready=status.ready, reason=status.reason)
        self._tell(PrinterChanged(status.ready))
        self._on_change()

    def _roll_changed(self, news: RollNews) -> None:
        """Let somebody look whether the paper prints, if there is a screen to ask on."""
        logger.info("paper_may_be_another", news=news)
        if self._asks_of_rolls:
            number = str(100 + secrets.randbelow(900))
            self._tell(RollLoaded(f"roll-{uuid.uuid4().hex}", number))

    def _scanned(self, scan: Scan) -> None:
        self._on_scan(scan.text, scan.symbology)

    def _scanner_changed(self, status: ScannerStatus) -> None:
        logger.info("scanner_changed", ready=status.ready, reason=status.reason)
        self._tell(ScannerChanged(status.ready or self._browser_scanner))
        self._on_change()

    def _scan_refused(self, refused: RefusedScan) -> None:
        self._tell(ScanFailed(what_is_unreadable(refused.symbology, refused.size_bytes)))
