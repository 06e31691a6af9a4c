"""The server's live part on a real port, over a hall that the test writes, and real agents."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid5

from aiohttp import web

from core_services.clock import Clock, SystemClock
from core_services.devices.model import Device, DeviceKind
from core_services.link.answer_frames import Refused, Settled
from core_services.link.board_frames import Shown
from core_services.link.citizen_frames import (
    CheckIn,
    Found,
    Help,
    Issue,
    Issued,
    IssuedTicket,
    Look,
)
from core_services.link.client import Link
from core_services.link.cut_off_frames import Abandon, Given
from core_services.link.errand_frames import PictureTaken
from core_services.link.frames import ServerFrame
from core_services.link.greeting_frames import Hello, Welcome
from core_services.link.message_frames import MessageShown
from core_services.link.slip_frames import Paper, Void
from core_services.link.status_frames import Status
from core_services.link.work_frames import Outcome, Scanned
from queue_server.live.agents import Agents
from queue_server.live.board import HallFacts
from queue_server.live.hub import Hub
from queue_server.live.pages import PublicChanges, StaffPages
from queue_server.tickets.model import Hall
from tests.support.halls import DAY, EPOCH, OPENING, a_morning, with_call

TIMEOUT_S = 10.0
"""No wait of a test is longer."""


def a_device(name: str, kind: DeviceKind) -> Device:
    return Device(
        id=uuid5(EPOCH, name),
        centre_id=1,
        kind=kind,
        name=name,
        created_at=OPENING,
        revoked_at=None,
    )


def an_issued_ticket(number: int = 142) -> IssuedTicket:
    return IssuedTicket(
        id=uuid5(EPOCH, f"ticket {number}"),
        label=str(number),
        display_label="١٤٢",
        number=number,
        series="",
        queue="unified",
        service=None,
        service_ar=None,
        service_en=None,
        priority="none",
        position=25,
        wait=None,
        issued_at=OPENING,
        business_day=DAY,
        language="ar",
        status_url=None,
    )


class Commands:
    """Answers every command, as slowly as the test says, and remembers it."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, object]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.may_finish = asyncio.Event()
        self.may_finish.set()
        self.failing_key: str | None = None

    async def issue(self, device: Device, frame: Issue) -> Issued | Refused:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            await self.may_finish.wait()
            if frame.key == self.failing_key:
                raise OSError("the database went away in the middle")
            self.taken.append((device.name, frame))
            return Issued(key=frame.key, ticket=an_issued_ticket())
        finally:
            self.at_once -= 1

    async def check_in(self, device: Device, frame: CheckIn) -> Issued | Refused:
        self.taken.append((device.name, frame))
        return Issued(key=frame.key, ticket=an_issued_ticket())

    async def look(self, device: Device, frame: Look) -> Found | Refused:
        self.taken.append((device.name, frame))
        return Found(key=frame.key, label="142", display_label="١٤٢", stage="far", ahead=3)

    async def paper(self, device: Device, frame: Paper) -> Settled | Refused:
        self.taken.append((device.name, frame))
        return Settled(about=str(frame.ticket), state="waiting")

    async def void(self, device: Device, frame: Void) -> Settled | Refused:
        self.taken.append((device.name, frame))
        return Refused(key=str(frame.ticket), problem={"title": "called already", "status": 409})

    async def abandon(self, device: Device, frame: Abandon) -> Settled | Refused:
        self.taken.append((device.name, frame))
        return Settled(about=frame.key, state="tombstone")

    async def given(self, device: Device, frame: Given) -> Settled | Refused:
        self.taken.append((device.name, frame))
        return Settled(about=frame.key, ticket=frame.ticket, state="waiting")

    async def shown(self, device: Device, frame: Shown) -> None:
        self.taken.append((device.name, frame))

    async def message_shown(self, device: Device, frame: MessageShown) -> None:
        self.taken.append((device.name, frame))

    async def help(self, device: Device, frame: Help) -> Settled | Refused:
        self.taken.append((device.name, frame))
        return Settled(about=frame.type, state="told")

    async def outcome(self, device: Device, frame: Outcome) -> Settled | Refused:
        self.taken.append((device.name, frame))
        return Settled(about=frame.job, state=frame.state)

    async def picture(self, device: Device, frame: PictureTaken) -> Settled | Refused:
        return Settled(about=frame.job, state="done")

    async def scanned(self, device: Device, frame: Scanned) -> Settled | Refused:
        self.taken.append((device.name, frame))
        return Settled(about=frame.key, state="unknown")


class LiveServer:
    """Hub, agents and pages behind one port, which stays the same over a restart."""

    def __init__(self, hall: Hall | None = None, *, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.hall = hall or a_morning(12, at=self.clock.now())
        self.facts = HallFacts()
        self.readings = 0
        self.devices: dict[str, Device] = {}
        self.commands = Commands()
        self.statuses: list[tuple[str, Status]] = []
        self.status_error: Exception | None = None
        self.greeted: list[tuple[str, str]] = []
        self.gone: list[str] = []
        self.sessions: set[str] = {"good"}
        self.protocol: int | None = None
        self.port = 0
        self.hello_timeout_s = 5.0
        self.heartbeat_s = 10.0
        self.tls: ssl.SSLContext | None = None
        """Serve over TLS with this."""

    @property
    def url(self) -> str:
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}"

    def register(self, name: str, kind: DeviceKind) -> str:
        """Register a device and return its token."""
        token = f"token-of-{name}"
        self.devices[token] = a_device(name, kind)
        return token

    def call(self, label: str, *, window: int = 1) -> int:
        """Call a ticket, as committed; return the call's id. The hub is told."""
        self.hall = with_call(self.hall, label, window=window, at=self.clock.now())
        self.hub.mark(self.hall.revision)
        return self.hall.revision

    async def start(self) -> None:
        self.hub = Hub(self._read_hall, self.clock, facts=lambda: self.facts)
        self.agents = Agents(
            self.hub,
            verify_device=self._verify,
            make_welcome=self._welcome,
            commands=self.commands,
            on_status=self._on_status,
            on_connected=self._on_connected,
            on_gone=self._on_gone,
            hello_timeout_s=self.hello_timeout_s,
            heartbeat_s=self.heartbeat_s,
        )
        pages = StaffPages(self.hub, is_signed_in=self._is_signed_in)
        public = PublicChanges(self.hub, per_address=3, pace_s=0.05, silence_s=0.2)
        app = web.Application()
        app.router.add_get("/ws/agent", self.agents.endpoint)
        app.router.add_get("/ws/live", pages.endpoint)
        app.router.add_get("/t/{token}/live", public.stream)
        app.on_shutdown.append(self._say_goodbye)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, "127.0.0.1", self.port, reuse_address=True, ssl_context=self.tls
        )
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        self._hub_task = asyncio.ensure_future(self.hub.run())

    async def stop(self) -> None:
        await self._runner.cleanup()
        self._hub_task.cancel()
        await asyncio.wait([self._hub_task])

    async def _say_goodbye(self, app: web.Application) -> None:
        self.hub.close()

    async def _read_hall(self) -> Hall:
        self.readings += 1
        return replace(self.hall, at=self.clock.now())

    async def _verify(self, token: str) -> Device | None:
        return self.devices.get(token)

    async def _welcome(self, device: Device, hello: Hello, protocol: int) -> Welcome:
        return Welcome(
            protocol=self.protocol or protocol,
            epoch=self.hall.epoch,
            revision=self.hall.revision,
            server_time=datetime.now(UTC),
            config_version="1",
        )

    async def _on_status(self, device: Device, status: Status) -> None:
        if self.status_error is not None:
            raise self.status_error
        self.statuses.append((device.name, status))

    async def _on_connected(self, device: Device, hello: Hello) -> None:
        self.greeted.append((device.name, hello.journal_id))

    async def _on_gone(self, device: Device) -> None:
        self.gone.append(device.name)

    async def _is_signed_in(self, request: web.Request) -> bool:
        return request.cookies.get("session") in self.sessions


@asynccontextmanager
async def a_live_server(
    hall: Hall | None = None, *, clock: Clock | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[LiveServer]:
    """Serve for the length of the block."""
    server = LiveServer(hall, clock=clock)
    server.tls = tls
    await server.start()
    try:
        yield server
    finally:
        server.commands.may_finish.set()
        await server.stop()


class Agent:
    """A real link and everything it was told."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        clock: Clock | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        hello = Hello(version="1.0", device=token.removeprefix("token-of-"), journal_id="disk-1")
        self.link = Link(
            server=url, token=token, hello=hello, clock=clock or SystemClock(), trust=trust
        )
        self.frames: list[ServerFrame] = []
        self.told: list[object] = []
        """Frames by type, and True and False for changes of the link, in their order."""
        self.busy: asyncio.Event | None = None
        """When set to an event, `on_frame` waits for it."""

    async def on_frame(self, frame: ServerFrame) -> None:
        self.frames.append(frame)
        self.told.append(frame.type)
        if self.busy is not None:
            await self.busy.wait()

    async def on_change(self, is_up: bool) -> None:
        self.told.append(is_up)

    def of_type(self, frame_type: str) -> list[ServerFrame]:
        return [frame for frame in self.frames if frame.type == frame_type]

    async def until(self, is_so: Callable[["Agent"], bool]) -> None:
        """Return as soon as it is so for this agent."""
        await until(lambda: is_so(self))


@asynccontextmanager
async def an_agent(
    url: str, token: str, *, clock: Clock | None = None, trust: ssl.SSLContext | None = None
) -> AsyncIterator[Agent]:
    """Run an agent's link for the length of the block."""
    agent = Agent(url, token, clock=clock, trust=trust)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(agent.link.run(agent.on_frame, agent.on_change))
        try:
            yield agent
        finally:
            running.cancel()


async def until(is_so: Callable[[], bool]) -> None:
    """Return as soon as it is so; raise TimeoutError when it does not become so."""
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            if is_so():
                return
            await asyncio.sleep(0.002)


def label_of(frame: ServerFrame) -> str | None:
    """Return the label that a `called` frame announces."""
    return frame.call.label if frame.type == "called" else None
