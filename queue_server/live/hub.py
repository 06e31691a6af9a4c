"""One reading of the hall for each change, encoded once, and left for every socket that listens."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog

from core_services.clock import Clock
from core_services.database.errors import DatabaseError
from core_services.link import wire
from core_services.link.greeting_frames import Ping
from core_services.pulse import Pulse
from queue_server.live.board import HallFacts, called_frame, changes_between, withdrawn_frame
from queue_server.live.budget import ReadingBudget
from queue_server.live.picture import Picture
from queue_server.live.subscriber import Audience, Subscriber
from queue_server.tickets.model import Hall

logger = structlog.get_logger()

_RETRY_FIRST_S = 0.25
_RETRY_LONGEST_S = 5.0
_READING_BOUND_S = 90.0
"""Of a few statements, each of which fails within 15 s whatever becomes of the database."""
_NUDGE_PACE_S = 0.25
"""A hundred displays that show one call within this time make pages look twice, not 100 times."""


class HubClosed(RuntimeError):
    """The server is going away; nobody new may listen."""


class Hub:
    """This process's picture of the hall and everyone who is shown it.

    A change only marks the hall as dirty. One task reads it: a mark that comes during a reading
    causes one more, however many came. Nothing older is ever left after something newer of the
    same epoch.
    """

    def __init__(
        self,
        read_hall: Callable[[], Awaitable[Hall]],
        clock: Clock,
        *,
        facts: Callable[[], HallFacts] = HallFacts,
        pulse: Pulse | None = None,
    ) -> None:
        """Take the reading of the hall, and what screens show beside it, from memory."""
        self._read_hall = read_hall
        self._clock = clock
        self._facts = facts
        self._pulse = pulse if pulse is not None else Pulse(clock)
        self._budget = ReadingBudget(clock)
        self._subscribers: set[Subscriber] = set()
        self._newcomers: set[Subscriber] = set()
        self._due = asyncio.Event()
        self._is_nudged = asyncio.Event()
        self._is_news = False
        self._is_refresh = False
        self._latest: Picture | None = None
        self.is_closed = False
        """The server is going away."""
        self._failures = 0
        self.last_read: float | None = None
        """`clock.monotonic()` when the latest reading succeeded."""

    @property
    def hall(self) -> Hall | None:
        """The latest hall that was read, as every screen was told it."""
        return None if self._latest is None else self._latest.hall

    def mark(self, revision: int | None = None) -> None:
        """Say that the hall changed: everyone is shown it again, pages too.

        A revision below the latest one shown is no news. None: anything may have changed.
        """
        hall = self.hall
        if revision is not None and hall is not None and revision < hall.revision:
            return
        self._is_news = True
        self._due.set()

    def refresh(self) -> None:
        """Show screens the hall again: ages and waits change with time. Pages hear only of news."""
        self._is_refresh = True
        self._due.set()

    def nudge(self) -> None:
        """Have pages look again at what has no revision: a call stands on a glass, a device went.

        Screens show none of it, so nothing is read and nothing is sent to them.
        """
        self._is_nudged.set()

    @contextmanager
    def subscription(self, audience: Audience, cut: Callable[[], None]) -> Iterator[Subscriber]:
        """Show the hall to somebody new, at once and then at every change, until the block ends.

        Raise `HubClosed` while the server goes away.
        """
        if self.is_closed:
            raise HubClosed
        subscriber = Subscriber(audience, cut)
        self._subscribers.add(subscriber)
        if audience != "device":
            self._newcomers.add(subscriber)
            self._due.set()
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)
            self._newcomers.discard(subscriber)

    def close(self) -> None:
        """Send everyone away with the words that the server restarts; agents come back at once."""
        self.is_closed = True
        for subscriber in tuple(self._subscribers):
            subscriber.end(wire.GOING_AWAY, "server restarts")

    async def run(self) -> None:
        """Read and show until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read_for_ever())
            tasks.create_task(self._nudge_for_ever())
            tasks.create_task(self._ping_for_ever())

    async def _read_for_ever(self) -> None:
        while True:
            await self._due.wait()
            await self._budget.take()
            self._due.clear()
            is_news, is_refresh, newcomers = self._is_news, self._is_refresh, self._newcomers
            self._is_news, self._is_refresh, self._newcomers = False, False, set()
            with self._pulse.bounded("reading the hall", _READING_BOUND_S):
                picture = await self._read()
            if picture is None:
                self._is_news |= is_news
                self._is_refresh |= is_refresh
                self._newcomers |= newcomers & self._subscribers
                self._due.set()
                await self._clock.sleep(min(_RETRY_FIRST_S * 2.0**self._failures, _RETRY_LONGEST_S))
                self._failures = min(self._failures + 1, 10)
            else:
                self._failures = 0
                self._publish(picture, is_news=is_news, is_refresh=is_refresh, newcomers=newcomers)

    async def _read(self) -> Picture | None:
        """Read the hall once; None when it could not be read, or is older than what was shown.

        Whatever fails here must not end the calls of a whole centre, so every error is met: it is
        logged once, with its traceback unless the database is away, and the reading is tried again.
        """
        read_at = self._clock.monotonic()
        try:
            hall = await self._read_hall()
            facts = self._facts()
        except DatabaseError as error:
            if self._failures == 0:
                logger.warning("hall_unreadable", why=str(error))
            return None
        except Exception:
            if self._failures == 0:
                logger.exception("hall_unreadable")
            return None
        latest = self._latest
        if latest is not None:
            was = latest.hall
            if hall.epoch == was.epoch and hall.revision < was.revision:
                logger.warning("hall_reading_too_old", revision=hall.revision, shown=was.revision)
                return None
        if self._failures:
            logger.info("hall_readable_again", revision=hall.revision)
        self.last_read = self._clock.monotonic()
        return Picture(hall, facts, after=latest, read_at=read_at, clock=self._clock)

    def _publish(
        self, picture: Picture, *, is_news: bool, is_refresh: bool, newcomers: set[Subscriber]
    ) -> None:
        """Leave a picture for everyone whom it concerns, the calls that are new in it first."""
        before, self._latest = self._latest, picture
        if before is None or picture.is_other_than(before):
            is_news = True
        if before is not None and is_news:
            self._announce(before.hall, picture)
        for subscriber in tuple(self._subscribers):
            is_due = is_refresh and subscriber.audience != "page"
            if subscriber.audience != "device" and (is_news or is_due or subscriber in newcomers):
                subscriber.show(picture)

    def _announce(self, before: Hall, picture: Picture) -> None:
        """Leave new calls and withdrawals for every display."""
        hall = picture.hall
        if before.epoch != hall.epoch:
            return
        changes = changes_between(before, hall)
        announced = [
            frame.model_dump_json().encode()
            for frame in (
                *(withdrawn_frame(call_id, hall) for call_id in changes.withdrawn),
                *(called_frame(call, hall, elapsed_s=picture.elapsed_s) for call in changes.new),
            )
        ]
        if not announced:
            return
        for subscriber in tuple(self._subscribers):
            if subscriber.audience == "display":
                for frame in announced:
                    subscriber.announce(frame, hall.epoch)

    async def _nudge_for_ever(self) -> None:
        while True:
            await self._is_nudged.wait()
            self._is_nudged.clear()
            for subscriber in tuple(self._subscribers):
                if subscriber.audience == "page" and self._latest is not None:
                    subscriber.show(self._latest)
            await self._clock.sleep(_NUDGE_PACE_S)

    async def _ping_for_ever(self) -> None:
        while True:
            await self._clock.sleep(wire.PING_EVERY_S)
            ping = Ping(server_time=self._clock.now()).model_dump_json().encode()
            for subscriber in tuple(self._subscribers):
                if subscriber.audience != "page":
                    subscriber.ping(ping)
