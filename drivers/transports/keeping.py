"""Keeps one device's link open for as long as its owner lives, whatever becomes of the device."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping

import structlog

from drivers.backoff import backoff_s
from drivers.clock import Clock, let_cancellation_through, rest
from drivers.errors import LinkLost, OpenFailed
from drivers.hotplug import Watch, watch_for_device
from drivers.pulse import Pulse, Unwatched
from drivers.transports.blocking import BlockingTransport
from drivers.transports.opening import OPENERS, Opener, check_url, open_transport
from drivers.transports.transport import Transport

logger = structlog.get_logger()


class LinkKeeper:
    """Opens a device, lets `attend` speak with it, and opens it again when the link is lost.

    `attend` returns only when it is cancelled, and may raise OpenFailed or LinkLost, alone or in a
    group. Between attempts it waits 0.5 s doubling to 30 s, each shortened by up to half so that
    many agents do not come at once; `wake` ends the wait. The loss is logged once, and so is the
    return, which is when `attend` calls `be_well`: an open port proves no device.
    Raises UnknownScheme or OpenFailed for an address that no transport can open.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        device: str,
        attend: Callable[[Transport], Awaitable[None]],
        on_lost: Callable[[], None],
        open_s: float = 5.0,
        backoff_first_s: float = 0.5,
        backoff_longest_s: float = 30.0,
        quiet_reopen_s: float = 5.0,
        jitter: Callable[[], float] = random.random,
        openers: Mapping[str, Opener] = OPENERS,
        watch: Watch = watch_for_device,
        pulse: Pulse | None = None,
    ) -> None:
        """`device` names the kind in the log: `printer` gives `printer_is_lost`, `…_is_back`.

        A link that was well and lived for `quiet_reopen_s` is opened again at once and in silence:
        some devices close idle links. `watch` tells of devices that are plugged in; `pulse` hears
        of calls to the device that block.
        """
        check_url(url)
        self.url = url
        self.is_lost = False
        self._clock = clock
        self._device = device
        self._attend = attend
        self._on_lost = on_lost
        self._open_s = open_s
        self._backoff_first_s = backoff_first_s
        self._backoff_longest_s = backoff_longest_s
        self._quiet_reopen_s = quiet_reopen_s
        self._jitter = jitter
        self._openers = openers
        self._watch = watch
        self._pulse = pulse if pulse is not None else Unwatched()
        self._woken = asyncio.Event()
        self._failures = 0
        self._is_well = False

    def wake(self) -> None:
        """End the present wait, here or in `rest`: there is work."""
        self._woken.set()

    def plugged_in(self) -> None:
        """Try again at once, and soon after: a device came that may be ours, and wakes slowly."""
        self._failures = 0
        self._woken.set()

    def be_well(self) -> None:
        """Note that the device answered, or did what can be expected of it."""
        self._failures = 0
        self._is_well = True
        if self.is_lost:
            self.is_lost = False
            logger.info(f"{self._device}_is_back", url=self.url)

    def be_unwell(self) -> None:
        """Note that the device is in trouble, so that the end of its link is told at once."""
        self._is_well = False

    def be_attentive(self) -> None:
        """Forget earlier calls of `wake`; `rest` waits for the next."""
        self._woken.clear()

    async def rest(self, seconds: float) -> None:
        """Wait, unless somebody calls `wake` meanwhile."""
        await rest(self._clock, seconds, self._woken)

    async def run(self) -> None:
        """Keep the link open until cancelled; a device on this machine is opened as it is plugged
        in, whatever the backoff.
        """
        watching = asyncio.ensure_future(self._watch(self.url, self._clock, self.plugged_in))
        try:
            await self._keep()
        finally:
            watching.cancel()
            await asyncio.wait({watching})
            if not watching.cancelled():
                watching.result()

    async def _keep(self) -> None:
        while True:
            opened_at: float | None = None
            self._is_well = False
            self._woken.clear()
            try:
                link = await open_transport(self.url, timeout_s=self._open_s, openers=self._openers)
                opened_at = self._clock.monotonic()
                if isinstance(link, BlockingTransport):
                    link.watch_with(self._pulse)
                # In a task of its own: on CPython 3.11 a group that fails leaves its owner marked
                # as being cancelled, and the check below would take that for a stop.
                try:
                    await asyncio.create_task(_in_turn(self._attend, link))
                finally:  # here, since a task that is cancelled before it begins does nothing
                    await link.close()
            except* (OpenFailed, LinkLost) as lost:
                if not self._lived_well(opened_at):
                    self._say_lost(_reason(lost))
            let_cancellation_through()
            if self.is_lost:
                await self.rest(self._backoff_s())

    def _lived_well(self, opened_at: float | None) -> bool:
        return (
            opened_at is not None
            and self._is_well
            and self._clock.monotonic() - opened_at >= self._quiet_reopen_s
        )

    def _say_lost(self, reason: str) -> None:
        if not self.is_lost:
            self.is_lost = True
            logger.warning(f"{self._device}_is_lost", url=self.url, reason=reason)
        self._on_lost()

    def _backoff_s(self) -> float:
        failures, self._failures = self._failures, self._failures + 1
        return backoff_s(
            failures,
            first_s=self._backoff_first_s,
            longest_s=self._backoff_longest_s,
            jitter=self._jitter,
        )


async def _in_turn(attend: Callable[[Transport], Awaitable[None]], link: Transport) -> None:
    await attend(link)


def _reason(lost: BaseExceptionGroup[BaseException]) -> str:
    """Return the words of the first failure in a group, however deep it lies."""
    first = lost.exceptions[0]
    return _reason(first) if isinstance(first, BaseExceptionGroup) else str(first)
