"""A server for agents alone: real sockets, tickets by key, silence where a test wishes it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID, uuid4

from aiohttp import WSMsgType, web

from core_services.link.answer_frames import Refused, Settled
from core_services.link.citizen_frames import (
    CheckIn,
    Found,
    Help,
    Issue,
    Issued,
    IssuedTicket,
    Look,
)
from core_services.link.cut_off_frames import Abandon, Given
from core_services.link.errand_frames import OutOfService
from core_services.link.frame import Frame
from core_services.link.frames import AgentFrame, agent_frames
from core_services.link.greeting_frames import CentreNames, OfflineSeries, Welcome
from core_services.link.hall_frames import Hall
from core_services.link.slip_frames import Paper, Void
from core_services.link.status_frames import Status
from core_services.link.work_frames import Outcome, Scanned
from tests.support.kiosk import EPOCH, KAFR_SAQR, hall, ticket_for

TOKEN = "kiosk-token"
MORNING = datetime(2026, 11, 22, 7, 14, tzinfo=UTC)
"""9:14 in Cairo."""


class KioskServer:
    """Answers a kiosk's commands once by key, and keeps every frame in the order heard."""

    def __init__(self) -> None:
        self.port = 0
        self.epoch: UUID = EPOCH
        self.centre: CentreNames = KAFR_SAQR
        self.hall: Hall = hall()
        self.heard: list[AgentFrame] = []
        self.statuses: list[Status] = []
        self.tickets: dict[str, IssuedTicket] = {}
        """By key."""
        self.states: dict[UUID, str] = {}
        self.abandoned: set[str] = set()
        self.offline: OfflineSeries | None = None
        """The kiosk's own series, as the welcome tells it."""
        self.now: Callable[[], datetime] = lambda: MORNING
        """What time it says that it is."""
        self.given: dict[str, Given] = {}
        """The numbers that it was told of, by key, as they were told first."""
        self.known_as: dict[str, UUID] = {}
        """Under which id it knows them."""
        self.answers_issue = True
        self.settles = True
        self.refuses_issue: int | None = None
        """The status of the problem with which every issue is refused."""
        self.requests_at_most = 3
        """An issue with more requests is refused, as after a change of the policy."""
        self.appointments: dict[str, datetime] = {}
        """When the appointments of today are, by their code or the end of their address."""
        self.slips: dict[str, Found] = {}
        """Where numbers stand, by the token of their slips; other tokens are not known."""
        self.answers_looks = True
        self.is_in_time = True
        """Whoever checks in keeps the place of the slot."""
        self.public_url: str | None = None
        self.orders: list[Frame] = []
        """Sent to whoever connects, as what was not answered is."""
        self.documents: dict[str, bytes] = {}
        """What orders print, by job."""
        self.document_status = 200
        self.asked_for: list[str] = []
        """The jobs whose documents were asked for."""
        self.scan_means: str | None = "unknown"
        """None: scans are not answered."""
        self.out_of_service: OutOfService | None = None
        """As whoever connects is told."""
        self.connections = 0
        self._sockets: list[web.WebSocketResponse] = []
        self._news = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def frames(self, *kinds: type[Frame]) -> list[AgentFrame]:
        """Return what was heard of these kinds."""
        return [frame for frame in self.heard if isinstance(frame, kinds)]

    def words(self) -> list[str]:
        """Return what was said about slips, in order."""
        return [
            "void" if isinstance(frame, Void) else frame.state
            for frame in self.heard
            if isinstance(frame, Void | Paper)
        ]

    def outcomes(self, job: str | None = None) -> list[str]:
        """Return what was said about work orders, or about one of them, in order."""
        return [
            frame.state
            for frame in self.heard
            if isinstance(frame, Outcome) and job in (None, frame.job)
        ]

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        app = web.Application()
        app.router.add_get("/ws/agent", self._serve)
        app.router.add_get("/agent/work/{job}/document", self._document)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Cut every connection and stop listening."""
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def cut(self) -> None:
        """Drop every connection without a word."""
        for socket in self._sockets:
            writer = socket._writer
            if writer is not None and writer.transport is not None:
                writer.transport.abort()
        self._sockets.clear()

    async def send(self, *frames: Frame) -> None:
        """Send these frames to every kiosk."""
        for frame in frames:
            for socket in list(self._sockets):
                with suppress(ConnectionError):
                    await socket.send_str(frame.model_dump_json())

    async def show(self, frame: Hall) -> None:
        """Change the hall."""
        self.hall = frame
        await self.send(frame)

    async def until(self, is_so: Callable[[], bool], *, within_s: float = 10.0) -> None:
        """Wait until a kiosk's word has made it so."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(is_so)

    async def answer(self, command: Issue) -> None:
        """Answer a command, with the same ticket whenever it is asked again."""
        if command.key not in self.tickets:
            made = ticket_for(command, 142 + len(self.tickets))
            url = None if self.public_url is None else f"{self.public_url}/t/jbswy3dpehpk3pxp"
            self.tickets[command.key] = made.model_copy(update={"status_url": url})
            state = "void" if command.key in self.abandoned else "unconfirmed"
            self.states[made.id] = state
        await self.send(Issued(key=command.key, ticket=self.tickets[command.key]))

    async def _document(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise web.HTTPUnauthorized
        job = request.match_info["job"]
        self.asked_for.append(job)
        if self.document_status != 200 or job not in self.documents:
            return web.Response(status=404 if self.document_status == 200 else self.document_status)
        return web.Response(body=self.documents[job])

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise web.HTTPUnauthorized
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await self._keep(agent_frames.validate_json(await socket.receive_str()))
        welcome = Welcome(
            protocol=1,
            epoch=self.epoch,
            revision=self.hall.revision,
            server_time=self.now(),
            config_version="1",
            centre=self.centre,
            public_url=self.public_url,
            offline=self.offline,
            out_of_service=self.out_of_service,
        )
        await socket.send_str(welcome.model_dump_json())
        self._sockets.append(socket)
        await socket.send_str(self.hall.model_copy(update={"epoch": self.epoch}).model_dump_json())
        for order in self.orders:
            await socket.send_str(order.model_dump_json())
        async with self._news:
            self.connections += 1
            self._news.notify_all()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._take(agent_frames.validate_json(message.data))
        finally:
            if socket in self._sockets:
                self._sockets.remove(socket)
        return socket

    async def _take(self, frame: AgentFrame) -> None:
        match frame:
            case Issue(key=key):
                if self.refuses_issue is not None:
                    problem = {"title": "No", "status": self.refuses_issue}
                    await self.send(Refused(key=key, problem=problem))
                elif frame.requests > self.requests_at_most:
                    kind = "urn:shubbak:problem:too-many-requests"
                    await self.send(Refused(key=key, problem={"type": kind, "status": 409}))
                elif self.answers_issue:
                    await self.answer(frame)
            case CheckIn():
                await self._check_in(frame)
            case Look(key=key, token=token):
                found = self.slips.get(token)
                if found is not None and self.answers_looks:
                    await self.send(found.model_copy(update={"key": key}))
                elif self.answers_looks:
                    kind = "urn:shubbak:problem:unknown-ticket"
                    await self.send(Refused(key=key, problem={"type": kind, "status": 404}))
            case Paper(ticket=ticket, state=state):
                if self.settles:
                    self.states[ticket] = f"waiting/{state}"
                    await self.send(Settled(about=str(ticket), state="waiting"))
            case Void(ticket=ticket):
                if self.settles:
                    self.states[ticket] = "void"
                    await self.send(Settled(about=str(ticket), state="void"))
            case Abandon(key=key):
                if self.settles:
                    self.abandoned.add(key)
                    made = self.tickets.get(key)
                    if made is not None:
                        self.states[made.id] = "void"
                    await self.send(Settled(about=key, state="void" if made else "tombstone"))
            case Given(key=key):
                if self.settles:
                    await self._take_given(key, frame)
            case Outcome(job=job, state=state):
                if self.settles:
                    await self.send(Settled(about=job, state=state))
            case Scanned(key=key):
                if self.scan_means is not None:
                    await self.send(Settled(about=key, state=self.scan_means))
            case Status():
                self.statuses.append(frame)
            case Help():
                if self.settles:
                    await self.send(Settled(about="help", state="told"))
            case _:
                pass
        await self._keep(frame)

    async def _take_given(self, key: str, frame: Given) -> None:
        """Take a number that a kiosk gave: one ticket for its key, with its first word."""
        if key not in self.given:
            self.given[key] = frame
            known_as = frame.ticket or self.known_as.get(key) or uuid4()
            self.known_as[key] = known_as
            self.states[known_as] = "void" if frame.paper == "failed" else f"waiting/{frame.paper}"
            if frame.abandons is not None:
                self.abandoned.add(frame.abandons)
                made = self.tickets.get(frame.abandons)
                if made is not None:
                    self.states[made.id] = "void"
        ticket = self.known_as[key]
        state = self.states[ticket].partition("/")[0]
        await self.send(Settled(about=key, ticket=ticket, state=state))

    async def _check_in(self, frame: CheckIn) -> None:
        """Give the number of an appointment as the server does, once for each key."""
        at = self.appointments.get(frame.code or frame.token or "")
        if at is None:
            kind = "urn:shubbak:problem:unknown-appointment"
            await self.send(Refused(key=frame.key, problem={"type": kind, "status": 404}))
            return
        if frame.key not in self.tickets:
            issue = Issue(key=frame.key, language=frame.language)
            made = ticket_for(issue, 142 + len(self.tickets))
            self.tickets[frame.key] = made.model_copy(
                update={"appointment_at": at, "appointment_kept": self.is_in_time}
            )
        await self.send(Issued(key=frame.key, ticket=self.tickets[frame.key]))

    async def _keep(self, frame: AgentFrame) -> None:
        async with self._news:
            self.heard.append(frame)
            self._news.notify_all()


@asynccontextmanager
async def kiosk_server() -> AsyncIterator[KioskServer]:
    """Give a listening server, stopped at the end."""
    server = KioskServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
