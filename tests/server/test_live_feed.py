"""From a notification of the database to a screen."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
from structlog.testing import capture_logs

from core_services.database.listen import listen
from queue_server.live.feed import CHANNEL, Feed
from queue_server.live.hub import Hub
from queue_server.tickets.model import Hall
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.halls import a_morning, with_call
from tests.support.live_server import a_live_server, an_agent, until


class Line:
    """A line to a database that says what the test lets it say."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[str | None] = asyncio.Queue()
        self.is_open = False

    async def listen(self) -> AsyncGenerator[str | None, None]:
        self.is_open = True
        try:
            while True:
                yield await self.said.get()
        finally:
            self.is_open = False


class Heard:
    """A feed of centre 7 over such a line; how often the hall was read."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.line = Line()
        self.readings = 0
        self.hub = Hub(self._read, self.clock)
        self.feed = Feed(self.line.listen, self.hub, self.clock, centre_id=7)

    async def _read(self) -> Hall:
        self.readings += 1
        return a_morning(12)

    async def say(self, payload: str | None) -> int:
        """Let the database say something; return how many readings it caused."""
        before = self.readings
        self.line.said.put_nowait(payload)
        await self.clock.advance(0)
        return self.readings - before


@asynccontextmanager
async def hearing() -> AsyncIterator[Heard]:
    """Run hub and feed for the length of the block."""
    heard = Heard()
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(heard.hub.run()), tasks.create_task(heard.feed.run())]
        await heard.clock.advance(0)
        yield heard
        for task in running:
            task.cancel()
    assert not heard.line.is_open


async def test_a_revision_of_this_centre_has_the_hall_read() -> None:
    async with hearing() as heard:
        assert await heard.say("7:111") == 1
        assert await heard.say("7:112") == 1


async def test_other_centres_and_nonsense_change_nothing() -> None:
    async with hearing() as heard:
        with capture_logs() as logs:
            for payload in ("8:600", "77:600", "", "7", "7:", "7:abc", "7:-1", ":600"):
                assert await heard.say(payload) == 0
        assert {log["event"] for log in logs} == {"notification_malformed"}


async def test_after_every_connect_the_hall_is_read_anew() -> None:
    async with hearing() as heard:
        assert await heard.say(None) == 1
        assert await heard.say(None) == 1


async def test_the_hall_is_read_every_five_seconds_though_nothing_is_said() -> None:
    async with hearing() as heard:
        assert heard.readings == 0
        await heard.clock.advance(20)
        assert heard.readings == 4


async def test_the_feed_is_live_once_it_listens_and_the_hall_was_read_lately() -> None:
    async with hearing() as heard:
        await heard.clock.advance(5)
        assert not heard.feed.is_live
        await heard.say(None)
        assert heard.feed.is_live


async def test_the_feed_is_not_live_when_the_hall_cannot_be_read_any_more() -> None:
    clock = ManualClock()
    line = Line()
    stuck = asyncio.Event()
    halls = [a_morning(12)]

    async def read() -> Hall:
        if halls:
            return halls.pop()
        await stuck.wait()
        return a_morning(12)

    hub = Hub(read, clock)
    feed = Feed(line.listen, hub, clock, centre_id=7)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(hub.run()), tasks.create_task(feed.run())]
        line.said.put_nowait(None)
        states = []
        for seconds in (1, 16, 5):
            await clock.advance(seconds)
            states.append(feed.is_live)
            if not feed.is_live:
                stuck.set()
        assert states == [True, False, True]
        for task in running:
            task.cancel()


async def test_a_notification_of_a_real_database_reaches_a_real_screen(database: Database) -> None:
    async with a_live_server() as server:
        feed = Feed(
            partial(listen, database.app_dsn, CHANNEL), server.hub, server.clock, centre_id=7
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(feed.run())
            async with an_agent(server.url, server.register("D1", "display")) as display:
                await display.until(lambda a: "board" in a.told)
                await until(lambda: feed.is_live)
                server.hall = with_call(server.hall, "142", at=server.clock.now())
                connection = await asyncpg.connect(database.app_dsn)
                try:
                    await connection.execute(
                        "SELECT pg_notify($1, $2)", CHANNEL, f"7:{server.hall.revision}"
                    )
                finally:
                    await connection.close()
                await display.until(lambda a: "called" in a.told)
            running.cancel()
