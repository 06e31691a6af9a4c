"""Scans documents with a network scanner that speaks eSCL (AirScan, AirPrint scanning)."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, aclosing
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog

from drivers.clock import Clock
from drivers.errors import (
    FeederEmpty,
    ScanLost,
    ScannerBusy,
    ScannerRefused,
    UnknownScheme,
)
from drivers.scanners.escl_http import EsclHttp, Patience, connected
from drivers.scanners.escl_xml import (
    Capabilities,
    JobInfo,
    ScannerStatus,
    ScanSettings,
    write_settings,
)
from drivers.scanners.pages import ScannedPage, check_page

logger = structlog.get_logger()

_LOST_STATES = ("Aborted", "Canceled")
_LOOKS_AT_FEEDER = 3


class EsclScanner:
    """One scanner, at `http://ADDRESS/eSCL`; one scan at a time, later ones wait.

    Nothing is remembered between scans. Raises UnknownScheme for an address that is not HTTP.
    """

    def __init__(self, url: str, clock: Clock, *, patience: Patience | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UnknownScheme(url, ("http", "https"))
        self.url = url.rstrip("/") + "/"
        self._clock = clock
        self._patience = patience if patience is not None else Patience()
        self._turn = asyncio.Lock()

    async def capabilities(self) -> Capabilities:
        """Ask what it can do. Raises OpenFailed, ScannerRefused, ScanLost."""
        async with self._connected() as http:
            return await http.capabilities()

    async def status(self) -> ScannerStatus:
        """Ask how it is. Raises OpenFailed, ScannerRefused, ScanLost."""
        async with self._connected() as http:
            return await http.status()

    async def scan(self, settings: ScanSettings) -> list[ScannedPage]:
        """Scan all pages there are and check each; blank ones are marked and kept.

        Every page came whole, or none is returned: the job is cancelled and ScanError (or
        OpenFailed) says why. Cancelling this call cancels the job.
        """
        async with self._turn, self._connected() as http:
            capabilities = await http.capabilities()
            job = await self._begin(http, capabilities, settings)
            try:
                pages = await self._fetch(http, job, settings)
                await self._check_end(http, job, settings, pages)
            except BaseException:
                await http.cancel(job)
                raise
            logger.info("document_scanned", url=self.url, pages=len(pages))
            return pages

    def _connected(self) -> AbstractAsyncContextManager[EsclHttp]:
        return connected(self.url, self._clock, self._patience)

    async def _begin(
        self, http: EsclHttp, capabilities: Capabilities, settings: ScanSettings
    ) -> str:
        """Make a job; return its address."""
        caps = capabilities.of(settings.source, duplex=settings.duplex)
        if caps is None:
            raise ScannerRefused(self.url, f"it has no {settings.source.lower()} for that")
        try:
            body = write_settings(settings, caps, capabilities.version)
        except ValueError as error:
            raise ScannerRefused(self.url, str(error)) from error
        give_up_at = self._clock.monotonic() + self._patience.busy_s
        while True:
            status = await http.status()
            if settings.source == "Feeder":
                self._feeder_must_be_well(status)
            retry_s: float | None = self._patience.retry_s
            if status.state == "stopped":
                raise ScannerRefused(self.url, "it has stopped: look at its own display")
            if status.state != "busy":
                retry_s = None
                async with http.asking("POST", http.at("ScanJobs"), body) as answer:
                    match answer.status:
                        case HTTPStatus.CREATED:
                            return http.job_address(answer.headers.get("Location", ""))
                        case HTTPStatus.SERVICE_UNAVAILABLE:
                            retry_s = http.retry_s(answer)
                        case HTTPStatus.CONFLICT if settings.source == "Feeder":
                            raise FeederEmpty(self.url, "there is no paper in the feeder")
                        case _:
                            raise ScannerRefused(self.url, f"it answered {answer.status}")
            if self._clock.monotonic() + (retry_s or 0.0) > give_up_at:
                raise ScannerBusy(self.url, f"busy for {self._patience.busy_s:g} s")
            await self._clock.sleep(retry_s or 0.0)

    async def _fetch(self, http: EsclHttp, job: str, settings: ScanSettings) -> list[ScannedPage]:
        """Fetch all pages of a job; check each in a thread of their own."""
        loop = asyncio.get_running_loop()
        pages: list[ScannedPage] = []
        thread = ThreadPoolExecutor(1, "scanned-page")
        try:
            async with aclosing(self._documents(http, job, settings)) as documents:
                async for data in documents:
                    if len(pages) == self._patience.most_pages:
                        raise ScanLost(self.url, f"it gave more than {len(pages)} pages")
                    pages.append(
                        await loop.run_in_executor(thread, check_page, data, self.url, settings.dpi)
                    )
        finally:
            thread.shutdown(wait=False)
        return pages

    async def _documents(
        self, http: EsclHttp, job: str, settings: ScanSettings
    ) -> AsyncGenerator[bytes, None]:
        """Fetch page after page until there are no more."""
        give_up_at = self._clock.monotonic() + self._patience.busy_s
        while True:
            async with http.asking("GET", f"{job}/NextDocument") as answer:
                match answer.status:
                    case HTTPStatus.OK:
                        data = await http.whole(answer)
                        retry_s = None
                    case HTTPStatus.SERVICE_UNAVAILABLE:
                        retry_s = http.retry_s(answer)
                    case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
                        return
                    case HTTPStatus.CONFLICT if settings.source == "Feeder":
                        return
                    case _:
                        raise ScanLost(self.url, f"it answered {answer.status} for a page")
            if retry_s is None:
                yield data
                give_up_at = self._clock.monotonic() + self._patience.busy_s
                continue
            if self._clock.monotonic() + retry_s > give_up_at:
                raise ScanLost(self.url, f"no page for {self._patience.busy_s:g} s")
            await self._clock.sleep(retry_s)

    async def _check_end(
        self,
        http: EsclHttp,
        job: str,
        settings: ScanSettings,
        pages: Sequence[ScannedPage],
    ) -> None:
        """Raise unless the scan ended because there was no more paper.

        A jam and a scanner that was switched off end a job as an empty feeder does.
        """
        status = await http.status()
        for _ in range(_LOOKS_AT_FEEDER):
            if settings.source == "Platen" or status.adf not in ("loaded", "busy"):
                break
            await self._clock.sleep(self._patience.retry_s / 2)  # some are slow to notice
            status = await http.status()
        if settings.source == "Feeder" and pages and status.adf == "loaded":
            raise ScanLost(self.url, "it ended with paper left in the feeder")
        if settings.source == "Feeder" and status.adf in ("jam", "open"):
            self._feeder_must_be_well(status)
        for each in _jobs_at(status, job):
            if each.state in _LOST_STATES:
                raise ScanLost(self.url, f"it ended the job as {each.state}")
            if each.images_completed is not None and each.images_completed > _count(pages):
                missing = each.images_completed - _count(pages)
                raise ScanLost(self.url, f"{missing} pages were scanned and never came")
        if not pages:
            if settings.source == "Feeder" and status.adf != "loaded":
                raise FeederEmpty(self.url, "there is no paper in the feeder")
            raise ScanLost(self.url, "it gave no page")

    def _feeder_must_be_well(self, status: ScannerStatus) -> None:
        match status.adf:
            case "empty":
                raise FeederEmpty(self.url, "there is no paper in the feeder")
            case "jam":
                raise ScanLost(self.url, "paper is jammed in the feeder")
            case "open":
                raise ScanLost(self.url, "the feeder's cover is open")
            case _:
                return


async def scan_document(
    url: str, clock: Clock, settings: ScanSettings | None = None
) -> list[ScannedPage]:
    """Scan what lies in the feeder, or else on the glass, as pages that are whole and checked.

    Without `settings`: 300 dpi in colour as JPEG. Raises ScanError, OpenFailed, UnknownScheme.
    """
    scanner = EsclScanner(url, clock)
    if settings is not None:
        return await scanner.scan(settings)
    try:
        return await scanner.scan(ScanSettings(source="Feeder"))
    except FeederEmpty:
        return await scanner.scan(ScanSettings(source="Platen"))
    except ScannerRefused:
        capabilities = await scanner.capabilities()
        if capabilities.feeder is not None:
            raise
        return await scanner.scan(ScanSettings(source="Platen"))


def _jobs_at(status: ScannerStatus, job: str) -> list[JobInfo]:
    """Return what a status tells of the job at an address: nothing, from many scanners."""
    path = urlsplit(job).path.rstrip("/")
    return [each for each in status.jobs if urlsplit(each.uri).path.rstrip("/") == path]


def _count(pages: Sequence[ScannedPage]) -> int:
    return sum(page.page_count for page in pages)
