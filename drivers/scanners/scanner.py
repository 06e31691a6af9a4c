"""Owns one scanner: keeps its link, reads what it sends, tells each code once."""

import asyncio
import random
from collections.abc import Callable, Iterable

import structlog

from drivers.clock import Clock, within
from drivers.errors import OpenFailed
from drivers.pulse import Pulse
from drivers.scanners.framing import Code, Framer, Framing, Refused
from drivers.scanners.keys import Keyboard
from drivers.scanners.model import (
    GARBAGE,
    LINK_DOWN,
    READY,
    Patience,
    RefusedScan,
    Scan,
    ScannerStatus,
)
from drivers.transports.hid import HidTransport
from drivers.transports.keeping import LinkKeeper
from drivers.transports.transport import Transport, write_all

logger = structlog.get_logger()


class Scanner:
    """One scanner at `serial:`, `hid:`, `tcp:`, `file:` or `memory:`; `run` until cancelled.

    What it reads is told to `on_scan` in the loop, at once, and never logged; what makes no code to
    `on_refused`. A code cut off by a pulled plug is refused, never joined with the next.
    Raises UnknownScheme or OpenFailed for an address that no transport can open.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        on_scan: Callable[[Scan], None],
        on_status: Callable[[ScannerStatus], None],
        on_refused: Callable[[RefusedScan], None] = lambda _: None,
        framing: Framing | None = None,
        patience: Patience | None = None,
        jitter: Callable[[], float] = random.random,
        pulse: Pulse | None = None,
    ) -> None:
        self.url = url
        self.status = LINK_DOWN
        self._clock = clock
        self._on_scan = on_scan
        self._on_status = on_status
        self._on_refused = on_refused
        self._framing = framing if framing is not None else default_framing(url)
        self._framer = Framer(self._framing)
        self._patience = patience if patience is not None else Patience()
        self._heard = asyncio.Event()
        self._to_order = asyncio.Event()
        self._is_armed = True
        self._told_ungrabbed = False
        self._told_why: str | None = None
        self._keeper = LinkKeeper(
            url,
            clock,
            device="scanner",
            attend=self._attend,
            on_lost=lambda: self._set_status(LINK_DOWN),
            open_s=self._patience.open_s,
            backoff_first_s=self._patience.backoff_first_s,
            backoff_longest_s=self._patience.backoff_longest_s,
            jitter=jitter,
            pulse=pulse,
        )

    async def run(self) -> None:
        """Keep the scanner open and tell what it reads, until cancelled."""
        await self._keeper.run()

    def wake(self) -> None:
        """Look for the device now: it was plugged in."""
        self._keeper.wake()

    def arm(self, is_armed: bool = True) -> None:
        """Let a scanner that waits for orders look, or no longer; others look always."""
        self._is_armed = is_armed
        self._to_order.set()

    async def _attend(self, link: Transport) -> None:
        if not link.carries_replies:  # as of a plain file that stands where a port was
            raise OpenFailed(self.url, "nothing can be read from it")
        self._tell_ungrabbed(link)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(link))
                tasks.create_task(self._mind_silence())
                tasks.create_task(self._stand())
                if self._framing.trigger_on:
                    tasks.create_task(self._order(link))
        finally:
            self._tell(self._framer.cut())

    async def _read(self, link: Transport) -> None:
        keyboard = Keyboard() if isinstance(link, HidTransport) else None
        fresh_at = self._clock.monotonic() + self._patience.stale_s
        while True:
            data = await link.read()
            self._be_well()
            if keyboard is not None:
                data = keyboard.feed(data)
            now = self._clock.monotonic()
            self._tell(self._framer.feed(data, now, is_stale=now < fresh_at))
            self._heard.set()

    async def _mind_silence(self) -> None:
        """End or refuse what is unfinished; the read itself is never interrupted for it."""
        while True:
            self._heard.clear()
            due_at = self._framer.due_at
            if due_at is None:
                await self._heard.wait()
                continue
            await self._clock.sleep(max(0.0, due_at - self._clock.monotonic()))
            self._tell(self._framer.pause(self._clock.monotonic()))

    async def _stand(self) -> None:
        await self._clock.sleep(self._patience.steady_s)
        self._be_well()

    async def _order(self, link: Transport) -> None:
        """Order the scanner to look: now, after each code, and again before it tires."""
        framing = self._framing
        while True:
            self._to_order.clear()
            order = framing.trigger_on if self._is_armed else framing.trigger_off
            if order:
                await write_all(link, order, self._clock, self._patience.order_s)
            try:
                async with within(self._clock, framing.rearm_s):
                    await self._to_order.wait()
            except TimeoutError:
                continue

    def _tell(self, found: Iterable[Code | Refused]) -> None:
        at = self._clock.now()
        for each in found:
            self._to_order.set()
            if isinstance(each, Code):
                self._told_why = None
                self._on_scan(Scan(each.text, each.symbology, at))
                continue
            if each.why != self._told_why:  # one bad label before the glass is told once
                self._told_why = each.why
                logger.warning(
                    "scan_refused", url=self.url, why=each.why, size_bytes=each.size_bytes
                )
            self._on_refused(RefusedScan(each.why, each.size_bytes, each.symbology, at))
        if self.status.ready or self.status == GARBAGE:
            self._set_status(GARBAGE if self._framer.is_dropping else READY)

    def _be_well(self) -> None:
        self._keeper.be_well()
        if not self.status.ready and self.status != GARBAGE:
            self._set_status(READY)

    def _tell_ungrabbed(self, link: Transport) -> None:
        if isinstance(link, HidTransport) and not link.is_grabbed and not self._told_ungrabbed:
            self._told_ungrabbed = True
            logger.warning("scanner_cannot_be_grabbed", url=self.url)

    def _set_status(self, status: ScannerStatus) -> None:
        if status != self.status:
            self.status = status
            self._on_status(status)


def default_framing(url: str) -> Framing:
    """Return how a scanner at this address most likely sends.

    One that plays a keyboard ends a code by Enter, Tab or nothing; its keys come in bursts.
    """
    if url.startswith("hid:"):
        return Framing(suffixes=(b"\r", b"\n", b"\t"), gap_ends=True)
    return Framing()
