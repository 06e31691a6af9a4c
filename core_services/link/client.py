"""The agents' side of the connection to the server: opened, watched and opened again, for ever."""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    WebSocketException,
)
from websockets.uri import parse_uri

from core_services.clock import Clock
from core_services.link import wire
from core_services.link.frame import Frame
from core_services.link.frames import ServerFrame, server_frames
from core_services.link.greeting_frames import PROTOCOLS, Hello, Welcome
from core_services.link.trust import FAULTS, Fault, doubt_of, trust_of
from core_services.pulse import Pulse

logger = structlog.get_logger()

OnFrame = Callable[[ServerFrame], Awaitable[None]]
OnChange = Callable[[bool], Awaitable[None]]

_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 30.0
_LONGEST_UNHEARD_S = 2.0
"""While nobody answers at all, one more try costs nobody anything, and a hall whose network is back
should be right again within 2 s; so should one whose server restarts, process by process. Only a
server that answers and refuses is spared."""
_LASTING_S = 10.0
"""A connection that stood so long was a good one: the next wait is short again."""
_OPEN_TIMEOUT_S = 3.0
_SEND_TIMEOUT_S = 5.0
_CLOSE_TIMEOUT_S = 1.0
_HANDLING_BOUND_S = 60.0
"""A frame is handled in milliseconds, plus what sending the answers may wait."""

_ADVICE = {
    "token_refused": "the server does not know this device's token; pair the device again",
    "protocol": "server and agent speak different protocols; update the older one",
    "replaced": "another program uses this device's token; run one agent for each device",
    "wrong_certificate": "what answers there is not the server that this device was paired with; "
    "if the centre has a new CA, pair the device again; else somebody stands in between",
    "certificate_expired": "renew the server's certificate there: shubbak tls renew",
    "wrong_name": 'the server\'s certificate is not for this address; correct "server", or on the '
    "server: shubbak tls renew --host ADDRESS",
    "clock_off": "set the clock of this machine, and of the server if it is that one",
    "server_without_tls": 'the server speaks no TLS; see its log, or correct "server"',
}
"""What a person can do; these wait `_LONGEST_DELAY_S`, since trying sooner changes nothing."""


@dataclass(frozen=True, slots=True)
class _Outage:
    """Why there is no connection."""

    reason: str
    detail: str

    @property
    def is_answer(self) -> bool:
        """The server was there and said no; else nobody was heard, or it asks to come again."""
        return self.reason not in ("unreachable", "lost", "silent", "server_restarts")

    @property
    def fault(self) -> Fault | None:
        return next((fault for fault in FAULTS if fault == self.reason), None)


class Link:
    """One agent's connection to its server."""

    def __init__(
        self,
        *,
        server: str,
        token: str,
        hello: Hello | Callable[[], Hello],
        clock: Clock,
        trust: ssl.SSLContext | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        """Take the server's address (`http://host:port` or `https://…`) and the device's token.

        A `hello` that changes with time is asked for at each connection. `trust` judges the
        certificate of an address with https; see `trust.trust_of`. `pulse` hears of each frame
        that is being handled. Raise `ValueError` for any other address.
        """
        self._uri = _agent_uri(server)
        self._server = server
        self._trust = trust or trust_of(server, None)
        self._token = token
        self._hello = hello
        self._clock = clock
        self._pulse = pulse if pulse is not None else Pulse(clock)
        self._socket: ClientConnection | None = None
        self._is_handling = False
        self._heard_at = 0.0
        self._logged_reason: str | None = None
        self.connected = False
        """True from the server's `welcome` until the connection is lost."""
        self.welcome: Welcome | None = None
        """The latest welcome; kept while the connection is down."""
        self.last_contact: float | None = None
        """`clock.monotonic()` of the latest message from the server."""
        self.fault: Fault | None = None
        """Why the server is not believed; None while it is, and while it is only away."""

    async def run(self, on_frame: OnFrame, on_change: OnChange) -> None:
        """Keep the connection up until cancelled.

        `on_change` is awaited with True before the first frame of a connection (the `Welcome`) is
        given to `on_frame`, and with False once it is lost. Frames are given one at a time, in
        order; while `on_frame` runs no further frame is read, so it should return soon. An
        exception of either ends `run`, inside an `ExceptionGroup`.
        """
        failures = 0
        was_answered = True
        try:
            while True:
                opened_at = self._clock.monotonic()
                outage = await self._connect_once(on_frame, on_change)
                was_up, self.connected, self._socket = self.connected, False, None
                self.fault = outage.fault
                self._log_outage(outage)
                if was_up:
                    await on_change(False)
                if (
                    was_answered is not outage.is_answer
                    or self._clock.monotonic() - opened_at >= _LASTING_S
                ):
                    failures = 0
                await self._clock.sleep(_delay_s(outage, failures))
                failures += 1
                was_answered = outage.is_answer
        finally:
            self.connected, self._socket = False, None

    async def send(self, frame: Frame) -> bool:
        """Send a frame; return False when there is no connection or it would not take the frame.

        True means handed to the network, not received: what must arrive is answered by the server
        and sent again, with the same key, until it is.
        """
        if not self.connected or self._socket is None:
            return False
        return await self._send_on(self._socket, frame)

    async def _connect_once(self, on_frame: OnFrame, on_change: OnChange) -> _Outage:
        """Open one connection, serve it to its end, and say why it ended."""
        try:
            socket = await connect(
                self._uri,
                additional_headers={"Authorization": f"Bearer {self._token}"},
                compression=None,
                proxy=None,
                ssl=self._trust,
                open_timeout=_OPEN_TIMEOUT_S,
                close_timeout=_CLOSE_TIMEOUT_S,
                ping_interval=None,
                max_size=wire.LARGEST_FROM_SERVER,
            )
        except InvalidStatus as error:
            status = error.response.status_code
            reason = "token_refused" if status in (401, 403) else "refused"
            return _Outage(reason, f"HTTP {status}")
        except (OSError, InvalidHandshake, WebSocketException) as error:
            doubt = await doubt_of(error, self._server, at=self._clock.now())
            if doubt is not None:
                return _Outage(doubt.fault, doubt.detail)
            return _Outage("unreachable", str(error) or type(error).__name__)
        try:
            return await self._serve(socket, on_frame, on_change)
        finally:
            socket.transport.abort()

    async def _serve(
        self, socket: ClientConnection, on_frame: OnFrame, on_change: OnChange
    ) -> _Outage:
        self._heard_at = self._clock.monotonic()
        hello = self._hello if isinstance(self._hello, Hello) else self._hello()
        if not await self._send_on(socket, hello):
            return _Outage("lost", "the connection broke before hello")
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(self._abort_when_silent(socket))
            outage = await self._read(socket, on_frame, on_change)
            if watch.done():
                outage = _Outage("silent", f"nothing heard for {wire.SILENCE_S:.0f} s")
            watch.cancel()
        return outage

    async def _read(
        self, socket: ClientConnection, on_frame: OnFrame, on_change: OnChange
    ) -> _Outage:
        while True:
            try:
                message = await socket.recv()
            except ConnectionClosed as closed:
                return _closing(closed)
            self._heard_at = self.last_contact = self._clock.monotonic()
            try:
                frame = wire.read_frame(server_frames, message)
            except wire.UnknownFrameError as unknown:
                logger.debug("link_frame_ignored", frame_type=unknown.frame_type)
                continue
            except wire.MalformedFrameError as malformed:
                logger.warning("link_frame_malformed", problems=malformed.problems)
                continue
            if isinstance(frame, Welcome):
                if frame.protocol not in PROTOCOLS:
                    return _Outage("protocol", f"server chose {frame.protocol}")
                self.welcome = frame
            elif not self.connected:
                logger.warning("link_frame_before_welcome", frame_type=frame.type)
                continue
            self._is_handling = True
            try:
                with self._pulse.bounded(f"frame of the server: {frame.type}", _HANDLING_BOUND_S):
                    if not self.connected:
                        self._socket, self.connected, self.fault = socket, True, None
                        self._log_up(frame)
                        await on_change(True)
                    await on_frame(frame)
            finally:
                self._is_handling = False
                self._heard_at = self._clock.monotonic()

    async def _abort_when_silent(self, socket: ClientConnection) -> None:
        """Return after cutting a connection on which nothing was heard for too long.

        Time that the agent itself spends on a frame does not count as the server's silence.
        """
        while True:
            left_s = self._heard_at + wire.SILENCE_S - self._clock.monotonic()
            if self._is_handling:
                left_s = wire.SILENCE_S
            elif left_s <= 0:
                socket.transport.abort()
                return
            await self._clock.sleep(left_s)

    async def _send_on(self, socket: ClientConnection, frame: Frame) -> bool:
        try:
            async with asyncio.timeout(_SEND_TIMEOUT_S):
                await socket.send(frame.model_dump_json())
        except TimeoutError:
            socket.transport.abort()
            return False
        except ConnectionClosed:
            return False
        return True

    def _log_up(self, frame: ServerFrame) -> None:
        self._logged_reason = None
        if isinstance(frame, Welcome):
            logger.info("link_up", server=self._uri, revision=frame.revision)

    def _log_outage(self, outage: _Outage) -> None:
        """Log once when the connection goes, and once more when the reason becomes another."""
        if outage.reason == self._logged_reason:
            return
        self._logged_reason = outage.reason
        advice = _ADVICE.get(outage.reason)
        log = logger.warning if advice is None else logger.error
        log(
            "link_down",
            server=self._uri,
            reason=outage.reason,
            detail=outage.detail,
            **({} if advice is None else {"advice": advice}),
        )


def _delay_s(outage: _Outage, failures: int) -> float:
    """Return how long to wait after this outage: doubling from 0.5 s, with jitter."""
    if outage.reason in _ADVICE:
        longest = least = _LONGEST_DELAY_S
    else:
        longest = _LONGEST_DELAY_S if outage.is_answer else _LONGEST_UNHEARD_S
        least = _FIRST_DELAY_S
    return min(least * 2.0 ** min(failures, 10), longest) * random.uniform(0.5, 1.0)


def _agent_uri(server: str) -> str:
    """Turn `http(s)://host:port` into the agents' `ws(s)://host:port/ws/agent`."""
    scheme, separator, rest = server.partition("://")
    uri = f"{'wss' if scheme == 'https' else 'ws'}://{rest.rstrip('/')}/ws/agent"
    try:
        if not separator or scheme not in ("http", "https"):
            raise InvalidURI(server, "it must begin with http:// or https://")
        parse_uri(uri)
    except (InvalidURI, ValueError) as error:
        raise ValueError(f"the server's address cannot be used: {error}") from error
    return uri


def _closing(closed: ConnectionClosed) -> _Outage:
    """Say in our words why the server closed the connection."""
    if closed.rcvd is None:
        return _Outage("lost", "the connection broke")
    reasons = {
        wire.PROTOCOL_REFUSED: "protocol",
        wire.REPLACED: "replaced",
        wire.REVOKED: "token_refused",
        wire.GOING_AWAY: "server_restarts",
        wire.TRY_LATER: "server_not_ready",
    }
    code = closed.rcvd.code
    return _Outage(reasons.get(code, "closed"), f"{code} {closed.rcvd.reason}".strip())
