"""`/ws/agent`: kiosks, displays and workstations, each with one socket and one token."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from uuid import UUID

import structlog
from aiohttp import WSMsgType, web

from core_services.database.errors import DatabaseError
from core_services.devices.model import Device
from core_services.link import wire
from core_services.link.frame import Frame
from core_services.link.frames import agent_frames
from core_services.link.greeting_frames import PROTOCOLS, Hello, Welcome
from core_services.link.status_frames import Status
from queue_server.live.agent_socket import serve_agent, survived
from queue_server.live.commands import AgentCommands
from queue_server.live.hub import Hub, HubClosed
from queue_server.live.sockets import cutter, new_websocket, writer_at_once
from queue_server.live.subscriber import Audience, Subscriber

logger = structlog.get_logger()

VerifyDevice = Callable[[str], Awaitable[Device | None]]
"""Whose token is this; None: nobody's, or of a device that was taken out of service."""
MakeWelcome = Callable[[Device, Hello, int], Awaitable[Welcome]]
"""The first frame for this device, in this protocol."""
OnStatus = Callable[[Device, Status], Awaitable[None]]
OnConnected = Callable[[Device, Hello], Awaitable[None]]
"""Awaited once `deliver` reaches the device: the time to send what waits for it."""
OnGone = Callable[[Device], Awaitable[None]]
"""Awaited once this process holds no socket of the device any more."""

HELLO_TIMEOUT_S = 5.0
HEARTBEAT_S = 10.0
"""A silent agent is pinged so often, and has half as long to answer."""
SEND_ON_WITHIN_S = 5.0
"""So long a process that leaves waits for the commands of its devices."""
_AUDIENCES: Mapping[str, Audience] = {"display": "display", "kiosk": "kiosk"}


async def _nothing(*_: object) -> None:
    pass


class Agents:
    """The devices that are connected to this process."""

    def __init__(
        self,
        hub: Hub,
        *,
        verify_device: VerifyDevice,
        make_welcome: MakeWelcome,
        commands: AgentCommands,
        on_status: OnStatus,
        on_connected: OnConnected = _nothing,
        on_gone: OnGone = _nothing,
        hello_timeout_s: float = HELLO_TIMEOUT_S,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        """Take the hub, who a device is and what it is told first, and what its frames do.

        What `on_status`, `on_connected` and `on_gone` raise is logged and ends nothing.
        """
        self._hub = hub
        self._verify_device = verify_device
        self._make_welcome = make_welcome
        self._commands = commands
        self._on_status = on_status
        self._on_connected = on_connected
        self._on_gone = on_gone
        self._hello_timeout_s = hello_timeout_s
        self._heartbeat_s = heartbeat_s
        self._connections: dict[UUID, Subscriber] = {}
        self._nobody = asyncio.Event()
        """Set while no device is connected."""
        self._nobody.set()

    @property
    def connected(self) -> frozenset[UUID]:
        """The devices whose socket this process holds."""
        return frozenset(self._connections)

    def deliver(self, device_id: UUID, frame: Frame) -> bool:
        """Send a frame to a device; False when this process does not hold its socket.

        True means queued, not received: what must arrive is delivered again until it is answered.
        """
        connection = self._connections.get(device_id)
        return connection is not None and connection.post(frame.model_dump_json().encode())

    def disconnect(self, device_id: UUID) -> bool:
        """Close a device's socket, as after its token was revoked; False when there is none."""
        connection = self._connections.get(device_id)
        if connection is None:
            return False
        connection.end(wire.REVOKED, "this token is no longer valid")
        return True

    def greet_anew(self) -> None:
        """Close every socket: the devices come back and are welcomed with what is true by then."""
        for connection in tuple(self._connections.values()):
            connection.end(wire.GOING_AWAY, "the centre is set up anew")

    async def send_on(self, *, within_s: float = SEND_ON_WITHIN_S) -> None:
        """Send every device to another process of this server, its commands answered before.

        Returns when all have gone, or in time; those that stay are for the hub to end.
        """
        for connection in tuple(self._connections.values()):
            connection.send_on(wire.GOING_AWAY, "server restarts")
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._nobody.wait()

    async def endpoint(self, request: web.Request) -> web.StreamResponse:
        """Serve one agent from its handshake to its end; 401 before the upgrade without a token."""
        if self._hub.is_closed:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"})
        device = await self._device_of(request)
        if device is None:
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        ws = new_websocket(heartbeat_s=self._heartbeat_s, largest_message=wire.LARGEST_FROM_AGENT)
        await ws.prepare(request)
        hello = await self._hello(ws)
        if hello is None:
            await ws.close(code=wire.HELLO_LATE, message=b"no hello")
            return ws
        common = set(hello.protocol) & set(PROTOCOLS)
        if not common:
            spoken = ", ".join(str(version) for version in PROTOCOLS)
            await ws.close(code=wire.PROTOCOL_REFUSED, message=f"we speak {spoken}".encode())
            return ws
        if hello.device != device.name:
            logger.warning("agent_has_other_name", device=device.name, says=hello.device[:60])
        try:
            welcome = await self._make_welcome(device, hello, max(common))
            with self._connection(device, cutter(request)) as subscriber:
                subscriber.write_at_once = writer_at_once(ws, request)
                subscriber.post(welcome.model_dump_json().encode())
                await serve_agent(
                    ws,
                    subscriber,
                    device,
                    commands=self._commands,
                    on_connected=partial(self._on_connected, device, hello),
                    on_status=partial(self._on_status, device),
                )
            if device.id not in self._connections:
                await survived(self._on_gone(device), "agent_leaving_not_kept", device)
        except DatabaseError as error:
            logger.warning("agent_not_welcomed", device=device.name, why=str(error))
            await ws.close(code=wire.TRY_LATER, message=b"try again later")
        except HubClosed:
            await ws.close(code=wire.GOING_AWAY, message=b"server restarts")
        return ws

    @contextmanager
    def _connection(self, device: Device, cut: Callable[[], None]) -> Iterator[Subscriber]:
        """Hold the device's place among the connected; an earlier connection of it is closed."""
        with self._hub.subscription(_AUDIENCES.get(device.kind, "device"), cut) as subscriber:
            earlier = self._connections.get(device.id)
            self._connections[device.id] = subscriber
            self._nobody.clear()
            if earlier is not None:
                logger.warning("agent_replaced", device=device.name)
                earlier.end(wire.REPLACED, "this device connected again")
            else:
                logger.info("agent_connected", device=device.name, kind=device.kind)
            try:
                yield subscriber
            finally:
                if self._connections.get(device.id) is subscriber:
                    del self._connections[device.id]
                    if not self._connections:
                        self._nobody.set()
                    reason = None if subscriber.ending is None else subscriber.ending.reason
                    logger.info("agent_gone", device=device.name, reason=reason)

    async def _device_of(self, request: web.Request) -> Device | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        return await self._verify_device(token.strip())

    async def _hello(self, ws: web.WebSocketResponse) -> Hello | None:
        """Return the first frame; None when it is late or is anything else."""
        try:
            async with asyncio.timeout(self._hello_timeout_s):
                message = await ws.receive()
        except TimeoutError:
            return None
        if message.type is not WSMsgType.TEXT:
            return None
        try:
            frame = wire.read_frame(agent_frames, message.data)
        except wire.WireError as error:
            logger.warning("agent_hello_malformed", why=str(error))
            return None
        return frame if isinstance(frame, Hello) else None
