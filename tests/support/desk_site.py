"""Kafr Saqr's whole server over a test's database, for desks: stopped and started on one port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core_services.devices.register import add_device, note_shown
from core_services.people.model import Role, Staff
from core_services.people.passwords import Passwords
from core_services.people.staff import create_staff
from queue_server.administration import load_centre
from queue_server.app import open_server
from queue_server.console import packaged_centre
from queue_server.settings import ServerSettings
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Language, PlainAct, Priority, Ticket, Window
from queue_server.web.keys import QUEUE
from tests.support.database import Database
from tests.support.fonts import share_fonts
from tests.support.pages import Visitor
from tests.support.site import PASSWORD

MORNING = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
"""07:30 in Cairo, on a Sunday."""
RECEPTION = Actor("key", uuid4())
COLLEAGUE = Actor("staff", uuid4())
COLLEAGUE_NAME = "كريم فؤاد"


class JumpingClock:
    """Real time that begins in the morning of a test's day and jumps when told."""

    def __init__(self, start: datetime = MORNING) -> None:
        self._ahead = start - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def jump(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


@dataclass(slots=True)
class DeskSite:
    """The server with its clerk Mona; everything it knows is in the database."""

    database: Database
    passwords: Passwords
    folder: Path
    clock: JumpingClock = field(default_factory=JumpingClock)
    client: TestClient[web.Request, web.Application] = field(init=False)
    mona: Staff = field(init=False)
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)
    port: int = 0
    training: bool = False
    """Its database bears the mark."""

    @property
    def settings(self) -> ServerSettings:
        return ServerSettings(
            listen=f"127.0.0.1:{self.port or 8080}",
            data_dir=self.folder,
            database=self.database.app_dsn,
            database_owner=self.database.owner_dsn,
            training=self.training,
        )

    @property
    def queue(self) -> Queue:
        return self.client.app[QUEUE]

    @property
    def clerk(self) -> Actor:
        """Mona, as the one who acts."""
        return Actor("staff", self.mona.id)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def start(self) -> None:
        """Serve, on the same port as before if there was one."""
        running = AsyncExitStack()
        app = await running.enter_async_context(
            open_server(self.settings, self.database.app_dsn, clock=self.clock)
        )
        server = TestServer(app, port=self.port or None)
        self.client = await running.enter_async_context(TestClient(server))
        self.port = server.port or 0
        self._running = running

    async def stop(self) -> None:
        """Stop serving; whoever is connected is sent away."""
        await self._running.aclose()

    async def add_staff(
        self, username: str, role: Role, name_ar: str, name_en: str, window: int | None = None
    ) -> Staff:
        """Add a member of staff with the password PASSWORD."""
        return await create_staff(
            self.queue.pool,
            self.passwords,
            centre_id=1,
            username=username,
            password=PASSWORD,
            role=role,
            name_ar=name_ar,
            name_en=name_en,
            default_window=window,
            actor=Actor("system"),
            at=self.clock.now(),
        )

    async def sign_in(self, username: str = "mona", language: str = "ar") -> Visitor:
        """Sign somebody in with an own browser that has no JavaScript."""
        client: TestClient[Any, Any] = TestClient(self.client.server)
        self._running.push_async_callback(client.close)
        visitor = Visitor(client, language)
        form = await visitor.get("/sign-in")
        seen = await visitor.submit(
            form, "/sign-in", follow=False, username=username, password=PASSWORD
        )
        assert seen.status == 303, seen.text
        return visitor

    async def issue(
        self,
        times: int = 1,
        *,
        service: str | None = "reconciliation",
        priority: Priority = "none",
        language: Language = "ar",
    ) -> Ticket:
        """Let so many people take a number; return the last ticket."""
        ticket = None
        for _ in range(times):
            ticket = await self.queue.issue(
                IssueRequest(
                    RECEPTION, "api", service=service, priority=priority, language=language
                )
            )
        assert ticket is not None
        return ticket

    async def open(self, window: int, actor: Actor = COLLEAGUE, name: str = COLLEAGUE_NAME) -> None:
        """Open a window in somebody's name."""
        await self.queue.act_on_window(
            window, "open", actor=actor, actor_name=name, any_window=False
        )

    async def pause(self, window: int, reason: str, actor: Actor = COLLEAGUE) -> None:
        """Pause a window that the actor opened."""
        await self.queue.act_on_window(
            window, "pause", actor=actor, actor_name="", any_window=False, reason=reason
        )

    async def call(self, window: int, actor: Actor = COLLEAGUE) -> Ticket:
        """Call the next ticket there; somebody must wait."""
        ticket = await self.queue.call_next(window, actor=actor, own_only=True)
        assert ticket is not None
        return ticket

    async def act(self, ticket: Ticket, event: PlainAct, actor: Actor = COLLEAGUE) -> Ticket:
        """Do an act of the life table."""
        return await self.queue.act(ticket.id, event, actor=actor, any_window=True)

    async def serve(self, window: int, seconds: float, actor: Actor = COLLEAGUE) -> Ticket:
        """Call, start and finish the next ticket, so long after its start."""
        ticket = await self.call(window, actor)
        await self.act(ticket, "start", actor)
        self.clock.jump(seconds)
        return await self.act(ticket, "finish", actor)

    async def show(self, ticket: Ticket) -> None:
        """Let a display answer that the ticket's latest call stands on its glass."""
        ticket = await self.queue.ticket(ticket.id)
        assert ticket.call_id is not None
        new = await add_device(
            self.queue.pool,
            centre_id=1,
            kind="display",
            name=f"D{ticket.call_id}",
            actor=Actor("system"),
            at=self.clock.now(),
        )
        await note_shown(
            self.queue.pool, new.device, call_revision=ticket.call_id, shown_at=self.clock.now()
        )

    async def window(self, number: int = 5) -> Window:
        """Return a window as it stands."""
        hall = await self.queue.hall()
        return next(window for window in hall.windows if window.number == number)

    async def in_hand(self, number: int = 5) -> Ticket:
        """Return the ticket in a window's hand; there must be one."""
        ticket = (await self.window(number)).ticket
        assert ticket is not None
        return ticket

    async def labelled(self, label: str) -> Ticket:
        """Return today's ticket of that label as it stands."""
        [ticket] = await self.queue.tickets(label=label)
        return ticket

    async def acts_on(self, label: str) -> list[str]:
        """Return what happened to today's ticket of that label, by the kinds of its events."""
        return [event.event for event in await self.queue.events((await self.labelled(label)).id)]


@asynccontextmanager
async def desk_site(
    database: Database,
    passwords: Passwords,
    folder: Path,
    *,
    clock: JumpingClock | None = None,
    training: bool = False,
) -> AsyncIterator[DeskSite]:
    """Serve Kafr Saqr, with no plan of appointments; Mona's usual place is window 5."""
    share_fonts(folder)
    site = DeskSite(database, passwords, folder, clock or JumpingClock(), training=training)
    file = folder / "centre.toml"
    file.write_text(packaged_centre().read_text("utf-8").partition("[[appointments]]")[0], "utf-8")
    await load_centre(site.settings, file, renew_key=False, at=site.clock.now())
    await site.start()
    try:
        site.mona = await site.add_staff("mona", "clerk", "منى السيد", "Mona El-Sayed", 5)
        yield site
    finally:
        await site.stop()


@pytest.fixture
async def site(
    database: Database, passwords: Passwords, short_dir: Path
) -> AsyncIterator[DeskSite]:
    """The running server of one test."""
    async with desk_site(database, passwords, short_dir) as started:
        yield started
