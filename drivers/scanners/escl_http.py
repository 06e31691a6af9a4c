"""Speaks HTTP with an eSCL scanner: translates how that fails, and bounds what is taken from it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit, urlunsplit

import aiohttp

from drivers.clock import Clock
from drivers.errors import OpenFailed, PageDamaged, ScanLost, ScannerBusy, ScannerRefused
from drivers.scanners.escl_xml import (
    Capabilities,
    NotEscl,
    ScannerStatus,
    read_capabilities,
    read_status,
)

_LARGEST_XML_BYTES = 1_000_000
_PIECE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a scanner is waited for, and how much is taken from it."""

    connect_s: float = 5.0
    silence_s: float = 60.0
    """A page at 600 dpi may take this long before its first byte; then bytes flow."""
    busy_s: float = 60.0
    """For so long a busy scanner is asked again."""
    retry_s: float = 2.0
    """Between two questions to a busy one, unless it says itself when."""
    cancel_s: float = 5.0
    largest_page_bytes: int = 64_000_000
    most_pages: int = 200


class EsclHttp:
    """One session with one scanner; made by `connected`. `url` ends with a slash."""

    def __init__(
        self, url: str, session: aiohttp.ClientSession, clock: Clock, patience: Patience
    ) -> None:
        self.url = url
        self._session = session
        self._clock = clock
        self._patience = patience

    async def capabilities(self) -> Capabilities:
        """Ask what the scanner can do. Raises OpenFailed, ScanError."""
        try:
            return read_capabilities(await self._xml("ScannerCapabilities"))
        except NotEscl as error:
            raise ScannerRefused(self.url, f"this is no eSCL scanner: {error}") from error

    async def status(self) -> ScannerStatus:
        """Ask how the scanner is. Raises OpenFailed, ScanError."""
        try:
            return read_status(await self._xml("ScannerStatus"))
        except NotEscl as error:
            raise ScannerRefused(self.url, f"this is no eSCL scanner: {error}") from error

    @asynccontextmanager
    async def asking(
        self, method: str, url: str, body: bytes | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask once; translate the ways in which HTTP fails."""
        headers = {"Content-Type": "text/xml"} if body is not None else {}
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                yield answer
        except aiohttp.ClientConnectorError as error:
            raise OpenFailed(self.url, error.strerror or "nobody answers") from error
        except aiohttp.ClientPayloadError as error:
            raise PageDamaged(self.url, "the page is cut off") from error
        except (aiohttp.ServerTimeoutError, TimeoutError) as error:
            raise ScanLost(self.url, "it fell silent") from error
        except aiohttp.ClientError as error:
            raise ScanLost(self.url, str(error) or type(error).__name__) from error

    async def whole(self, answer: aiohttp.ClientResponse) -> bytes:
        """Read a page to its end, at most as much as is allowed."""
        largest = self._patience.largest_page_bytes
        data = bytearray()
        async for piece in answer.content.iter_chunked(_PIECE_BYTES):
            data += piece
            if len(data) > largest:
                raise PageDamaged(self.url, f"a page is larger than {largest} bytes")
        return bytes(data)

    async def cancel(self, job: str) -> None:
        """Tell the scanner to forget a job, for what that is worth; it may be gone."""
        with suppress(aiohttp.ClientError, TimeoutError):
            async with (
                asyncio.timeout(self._patience.cancel_s),
                self._session.delete(job, allow_redirects=False),
            ):
                pass

    def job_address(self, location: str) -> str:
        """Return a job's address: on the host that was asked, whatever name it gives itself.

        Some answer with a path alone, some with a name that only their own network knows.
        """
        if not location:
            raise ScanLost(self.url, "it made a job and did not say where")
        base, named = urlsplit(self.url), urlsplit(urljoin(self.url, location))
        return urlunsplit((base.scheme, base.netloc, named.path.rstrip("/"), "", ""))

    def retry_s(self, answer: aiohttp.ClientResponse) -> float:
        """Return when to ask again: as the scanner says, within reason."""
        said = answer.headers.get("Retry-After", "")
        if said.isdecimal():
            return min(max(float(said), 0.1), self._patience.busy_s)
        return self._patience.retry_s

    def at(self, name: str) -> str:
        """Return the address of one of the scanner's resources."""
        return urljoin(self.url, name)

    async def _xml(self, name: str) -> bytes:
        give_up_at = self._clock.monotonic() + self._patience.busy_s
        while True:
            async with self.asking("GET", self.at(name)) as answer:
                if answer.status == HTTPStatus.OK:
                    document = await answer.content.read(_LARGEST_XML_BYTES + 1)
                    while not answer.content.at_eof() and len(document) <= _LARGEST_XML_BYTES:
                        document += await answer.content.read(_LARGEST_XML_BYTES)
                    if len(document) > _LARGEST_XML_BYTES:
                        raise ScannerRefused(self.url, f"its {name} has no end")
                    return document
                if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise ScannerRefused(self.url, f"it answered {answer.status} for {name}")
                retry_s = self.retry_s(answer)
            if self._clock.monotonic() + retry_s > give_up_at:
                raise ScannerBusy(self.url, f"busy for {self._patience.busy_s:g} s")
            await self._clock.sleep(retry_s)


@asynccontextmanager
async def connected(url: str, clock: Clock, patience: Patience) -> AsyncIterator[EsclHttp]:
    """Hold a session of one connection; embedded servers often bear no more."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=1, force_close=True),
        timeout=aiohttp.ClientTimeout(
            total=None, sock_connect=patience.connect_s, sock_read=patience.silence_s
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        yield EsclHttp(url, session, clock, patience)
