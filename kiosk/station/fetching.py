"""Fetches what orders print: one at a time, again until it is had, gone, or nobody wants it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core_services.clock import Clock
from core_services.link.documents import DocumentError, DocumentGone
from core_services.link.work_frames import Work, WorkDocument

logger = structlog.get_logger()

RETRY_S = 3.0

Fetch = Callable[[str, WorkDocument], Awaitable[bytes]]
"""Return the document of a job; raise DocumentGone or DocumentError."""
OnDocument = Callable[[Work, bytes], None]


class Fetching:
    """The documents that are on their way to this machine."""

    def __init__(self, fetch: Fetch, clock: Clock, *, on_document: OnDocument) -> None:
        self._fetch = fetch
        self._clock = clock
        self._on_document = on_document
        self._wanted: asyncio.Queue[Work] = asyncio.Queue()
        self._jobs: set[str] = set()
        self._failing: set[str] = set()

    def want(self, work: Work) -> None:
        """Fetch an order's document, once at a time however often it is wanted."""
        if work.job not in self._jobs:
            self._jobs.add(work.job)
            self._wanted.put_nowait(work)

    async def run(self) -> None:
        """Fetch until cancelled; a document that cannot be had now stands behind the others."""
        while True:
            work = await self._wanted.get()
            try:
                content = await self._one(work)
            except DocumentGone as gone:
                logger.info("document_gone", job=work.job, reason=str(gone))
                self._forget(work)
            except DocumentError as error:
                if work.job not in self._failing:
                    logger.warning("document_not_fetched", job=work.job, reason=str(error))
                    self._failing.add(work.job)
                self._wanted.put_nowait(work)
                await self._clock.sleep(RETRY_S)
            else:
                self._forget(work)
                self._on_document(work, content)

    async def _one(self, work: Work) -> bytes:
        if work.document is None:
            raise DocumentGone("the order has none")
        return await self._fetch(work.job, work.document)

    def _forget(self, work: Work) -> None:
        self._jobs.discard(work.job)
        self._failing.discard(work.job)
