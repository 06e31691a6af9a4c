"""The pages that show this display's glass: each has a slot for the latest, and the latest wins."""

import asyncio

from core_services.l10n import Language
from displays.board import Glass


class Page:
    """One open page."""

    def __init__(self, audience: "Audience", language: Language, rung: int | None) -> None:
        self._audience = audience
        self._rung = rung
        self._fresh = asyncio.Event()
        self.language: Language = language

    def wake(self) -> None:
        """Let `next` return."""
        self._fresh.set()

    async def next(self) -> tuple[Glass, bool]:
        """Wait for a glass that this page has not had; also say whether to ring for its call."""
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            glass, ring = self._audience.latest
            if glass is None:
                continue
            rings = ring is not None and ring != self._rung
            self._rung = ring
            return glass, rings


class Audience:
    """Holds the latest glass and the pages it goes to."""

    def __init__(self) -> None:
        self._pages: set[Page] = set()
        self._glass: Glass | None = None
        self._ring: int | None = None
        self._painted: int | None = None

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def latest(self) -> tuple[Glass | None, int | None]:
        """The latest glass, and the call it rings for."""
        return self._glass, self._ring

    def join(self, language: Language) -> Page:
        """Take in a page; it rings for the current call only if no page has painted that yet."""
        heard = self._ring if self._ring == self._painted else None
        page = Page(self, language, heard)
        self._pages.add(page)
        if self._glass is not None:
            page.wake()
        return page

    def leave(self, page: Page) -> None:
        """Forget a page that was closed."""
        self._pages.discard(page)

    def publish(self, glass: Glass, ring: int | None) -> None:
        """Give every page this glass; `ring` is the id of the call that was last chimed for."""
        self._glass, self._ring = glass, ring
        for page in self._pages:
            page.wake()

    def painted(self, call_id: int) -> None:
        """Note that a page has this call on its glass."""
        self._painted = call_id
