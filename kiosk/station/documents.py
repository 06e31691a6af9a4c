"""A workstation's document scanner: how it stands, and a trial of it that keeps no page."""

import asyncio
import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from PIL import Image

from core_services.clock import Clock
from core_services.link.status_frames import AttachedDevice
from drivers.clock import within
from drivers.errors import DeviceError, OpenFailed
from drivers.scanners.escl import EsclScanner, scan_document
from drivers.scanners.escl_http import Patience
from drivers.scanners.escl_xml import ScannerStatus
from drivers.scanners.pages import ScannedPage
from kiosk.station.model import OnState

logger = structlog.get_logger()

LOOK_S: Final = 5.0
QUICK: Final = Patience(connect_s=2.0, silence_s=3.0, busy_s=3.0, retry_s=1.0)
"""For a look, so that one that went away is told within ten seconds."""
TRIAL_S: Final = 180.0
"""A feeder of fifty sheets needs less."""
SHOWN_PAGES: Final = 12
_THUMBNAIL_DOTS: Final = 320
_FEEDER_TROUBLES: Final = {"jam": "paper_jam", "open": "cover_open"}


@dataclass(frozen=True, slots=True)
class TrialPage:
    """One page of a trial as it is shown; the page itself is forgotten."""

    media_type: str
    width_px: int
    height_px: int
    dpi: int
    is_blank: bool | None
    size_bytes: int
    page_count: int
    thumbnail: str | None
    """A small JPEG as a `data:` address; None for a PDF, which is not drawn here."""


@dataclass(slots=True)
class DocumentScanner:
    """One eSCL scanner that is looked at every few seconds; nothing of it is remembered."""

    name: str
    url: str
    clock: Clock
    on_state: OnState
    look_s: float = LOOK_S
    _reason: str | None = field(default="no_link", init=False)
    _is_lost: bool = field(default=False, init=False)
    _is_trying: bool = field(default=False, init=False)

    def tell(self) -> AttachedDevice:
        return AttachedDevice(
            name=self.name,
            kind="document_scanner",
            state="ready" if self._reason is None else "not_ready",
            reason=self._reason,
        )

    @property
    def is_trying(self) -> bool:
        """A trial is under way: whoever asks for another is told to wait."""
        return self._is_trying

    async def run(self) -> None:
        """Look at the scanner until cancelled. Raises UnknownScheme, and may be run again."""
        scanner = EsclScanner(self.url, self.clock, patience=QUICK)
        while True:
            if not self._is_trying:  # some bear one connection, and the trial tells more
                await self._look(scanner)
            await self.clock.sleep(self.look_s)

    async def try_out(self) -> tuple[int, list[TrialPage]]:
        """Scan what lies in it; return how many pages there were, and the first as they are shown.

        No page is kept. Raises ScanError or OpenFailed, TimeoutError after three minutes.
        """
        self._is_trying = True
        try:
            async with within(self.clock, TRIAL_S):
                pages = await scan_document(self.url, self.clock)
            return len(pages), await asyncio.to_thread(_shown, pages[:SHOWN_PAGES])
        finally:
            self._is_trying = False

    async def _look(self, scanner: EsclScanner) -> None:
        try:
            reason = _reason_of(await scanner.status())
        except OpenFailed as error:
            self._be_lost(str(error))
            reason = "no_link"
        except DeviceError as error:
            self._be_lost(str(error))
            reason = "no_reply"
        else:
            if self._is_lost:
                logger.info("document_scanner_is_back", url=self.url)
            self._is_lost = False
        if reason != self._reason:
            self._reason = reason
            self.on_state()

    def _be_lost(self, why: str) -> None:
        if not self._is_lost:
            logger.warning("document_scanner_is_lost", url=self.url, reason=why)
        self._is_lost = True


def _reason_of(status: ScannerStatus) -> str | None:
    """Return why a scan would fail now; an empty feeder is no trouble, nor is a busy scanner."""
    if status.state == "stopped":
        return "stopped"
    return _FEEDER_TROUBLES.get(status.adf)


def _shown(pages: Sequence[ScannedPage]) -> list[TrialPage]:
    return [
        TrialPage(
            media_type=page.media_type,
            width_px=page.width_px,
            height_px=page.height_px,
            dpi=page.dpi,
            is_blank=page.is_blank,
            size_bytes=len(page.data),
            page_count=page.page_count,
            thumbnail=_thumbnail(page),
        )
        for page in pages
    ]


def _thumbnail(page: ScannedPage) -> str | None:
    """Draw a page small; it was checked to be a whole picture before."""
    if page.media_type == "application/pdf":
        return None
    with Image.open(io.BytesIO(page.data)) as image:
        image.draft("RGB", (_THUMBNAIL_DOTS, _THUMBNAIL_DOTS))
        small = image.convert("RGB")
        small.thumbnail((_THUMBNAIL_DOTS, _THUMBNAIL_DOTS))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=70)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
