"""What a kiosk needs of the link, the printer and the scanner that are given to it."""

from collections.abc import Callable
from typing import Protocol

from core_services.link.client import OnChange, OnFrame
from core_services.link.frame import Frame
from core_services.link.trust import Fault
from drivers.printers.model import JobChange, PrinterStatus
from drivers.printers.rolls import RollNews
from drivers.scanners.model import RefusedScan, Scan, ScannerStatus
from drivers.scanners.scanner import Scanner
from kiosk.printing import Printing


class ServerLink(Protocol):
    """What a kiosk needs of `core_services.link.client.Link`."""

    connected: bool
    fault: Fault | None

    async def run(self, on_frame: OnFrame, on_change: OnChange) -> None: ...

    async def send(self, frame: Frame) -> bool: ...


class OpenPrinting(Protocol):
    """Opens the printer's journal and makes its owner."""

    def __call__(
        self,
        *,
        on_job: "JobListener",
        on_status: "StatusListener",
        on_roll: Callable[[RollNews], None],
    ) -> Printing: ...


class OpenScanner(Protocol):
    """Makes the owner of the barcode scanner."""

    def __call__(
        self,
        *,
        on_scan: Callable[[Scan], None],
        on_status: Callable[[ScannerStatus], None],
        on_refused: Callable[[RefusedScan], None],
    ) -> Scanner: ...


class JobListener(Protocol):
    def __call__(self, change: JobChange, /) -> None: ...


class StatusListener(Protocol):
    def __call__(self, status: PrinterStatus, /) -> None: ...
