"""The pages that show this display's glass: each has a slot for the latest, and the latest wins."""

import asyncio
from dataclasses import dataclass, replace

from core_services.l10n import Language
from displays.board import Glass


@dataclass(frozen=True, slots=True)
class Cue:
    """The words of the current call, still to be heard."""

    call_id: int
    recording: str
    """The name of its file."""
    duration_s: float
    volume: int
    """In per cent."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What there is to hear of an emergency, each time that it is said."""

    id: int
    """Below zero and never the same again: no call's."""
    recording: str | None
    """The name of its words' file; None: a chime alone."""
    duration_s: float
    volume: int
    """In per cent."""


@dataclass(frozen=True, slots=True)
class Sounding:
    """What there is to hear of the current call, and of an emergency."""

    ring: int | None = None
    """The call that was last chimed for."""
    hurried: bool = False
    """Others wait: its chime is short, as its words are."""
    cue: Cue | None = None
    alert: Alert | None = None


class Page:
    """One open page."""

    def __init__(self, audience: "Audience", language: Language, rung: int | None) -> None:
        self._audience = audience
        self._rung = rung
        self._fresh = asyncio.Event()
        self.language: Language = language
        self.fault: str | None = None
        """Why it could not sound what it tried last, in the browser's word."""

    def wake(self) -> None:
        """Let `next` return."""
        self._fresh.set()

    async def next(self) -> tuple[Glass, Sounding]:
        """Wait for a glass that this page has not had; with it, what this page is to sound.

        It rings for a call once, and words go to one page alone: two browsers that speak at once
        are an echo.
        """
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            glass, sounding = self._audience.latest
            if glass is None:
                continue
            ring = None if sounding.ring == self._rung else sounding.ring
            self._rung = sounding.ring
            cue = sounding.cue if self._audience.speaks(self) else None
            alert = sounding.alert
            if alert is not None and not self._audience.speaks(self):
                alert = replace(alert, recording=None)
            return glass, Sounding(ring, sounding.hurried, cue, alert)


class Audience:
    """Holds the latest glass and the pages it goes to."""

    def __init__(self) -> None:
        self._pages: dict[Page, None] = {}
        self._glass: Glass | None = None
        self._sounding = Sounding()
        self._painted: int | None = None
        self._speaker: Page | None = None

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def latest(self) -> tuple[Glass | None, Sounding]:
        """The latest glass, and what there is to hear of its call."""
        return self._glass, self._sounding

    @property
    def silence(self) -> str | None:
        """Why no page sounds anything; None while one may."""
        faults = [page.fault for page in self._pages]
        return None if None in faults or not faults else faults[0]

    def speaks(self, page: Page) -> bool:
        """Say whether this is the page that speaks: one, of those that may sound the first.

        It goes on until it is closed or cannot sound, so that no call has two voices.
        """
        return self._speaker is page

    def hush(self, page: Page, fault: str) -> None:
        """Note that a page cannot sound; if it spoke, another that may does from now on."""
        page.fault = fault
        self._elect()

    def unhush(self, page: Page) -> None:
        """Note that a page has sounded something."""
        page.fault = None
        self._elect()

    def join(self, language: Language) -> Page:
        """Take in a page; it rings for the current call only if no page has painted that yet."""
        ring = self._sounding.ring
        heard = ring if ring == self._painted else None
        page = Page(self, language, heard)
        self._pages[page] = None
        self._elect()
        if self._glass is not None:
            page.wake()
        return page

    def leave(self, page: Page) -> None:
        """Forget a page that was closed; if it spoke, the next one does from now on."""
        self._pages.pop(page, None)
        self._elect()

    def publish(self, glass: Glass, sounding: Sounding) -> None:
        """Give every page this glass."""
        self._glass, self._sounding = glass, sounding
        for page in self._pages:
            page.wake()

    def painted(self, call_id: int) -> None:
        """Note that a page has this call on its glass."""
        self._painted = call_id

    def _elect(self) -> None:
        """Keep the page that speaks while it may sound; else let the first that may, or the first.

        Nobody is elected in the place of a page that cannot sound if no other can.
        """
        speaker = self._speaker if self._speaker in self._pages else None
        if speaker is not None and speaker.fault is None:
            return
        able = next((page for page in self._pages if page.fault is None), None)
        heir = able or speaker or next(iter(self._pages), None)
        if heir is not self._speaker:
            self._speaker = heir
            if heir is not None:
                heir.wake()
