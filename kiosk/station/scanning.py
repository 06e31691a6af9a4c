"""A workstation's barcode scanner: what it reads belongs to one window."""

from dataclasses import dataclass, field

from core_services.clock import Clock
from core_services.link.status_frames import AttachedDevice
from core_services.pulse import Pulse
from drivers.scanners.framing import Framing
from drivers.scanners.model import Patience, RefusedScan, Scan, ScannerStatus
from drivers.scanners.scanner import Scanner
from kiosk.station.model import OnScan, OnState, OnUnreadable


@dataclass(slots=True)
class WindowScanner:
    """One scanner, and its owner while it runs. What it reads is kept nowhere here."""

    name: str
    url: str
    window: int
    """The window whose desk hears of its scans."""
    framing: Framing
    clock: Clock
    on_scan: OnScan
    on_unreadable: OnUnreadable
    on_state: OnState
    patience: Patience | None = None
    pulse: Pulse | None = None
    _scanner: Scanner | None = field(default=None, init=False)
    _trouble: str | None = field(default=None, init=False)

    def tell(self) -> AttachedDevice:
        if self._scanner is None:
            return AttachedDevice(
                name=self.name,
                kind="scanner",
                state="absent",
                reason=self._trouble,
                window=self.window,
            )
        status = self._scanner.status
        return AttachedDevice(
            name=self.name,
            kind="scanner",
            state="ready" if status.ready else "not_ready",
            reason=status.reason,
            window=self.window,
        )

    async def run(self) -> None:
        """Own the scanner until cancelled. Raises DeviceError, and may be run again."""
        self._scanner = Scanner(
            self.url,
            self.clock,
            on_scan=self._hear,
            on_status=self._status_changed,
            on_refused=self._refused,
            framing=self.framing,
            patience=self.patience,
            pulse=self.pulse,
        )
        try:
            self.on_state()
            await self._scanner.run()
        finally:
            self._scanner, self._trouble = None, "stopped"
            self.on_state()

    def _hear(self, scan: Scan) -> None:
        self.on_scan(self.name, self.window, scan.text, scan.symbology)

    def _refused(self, refused: RefusedScan) -> None:
        self.on_unreadable(self.name)

    def _status_changed(self, status: ScannerStatus) -> None:
        self.on_state()
