"""Pages in a browser that hear of changes: `/ws/live` for staff, an event stream for anyone."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from aiohttp import web

from queue_server.live.hub import Hub, HubClosed
from queue_server.live.sockets import SEND_TIMEOUT_S, cutter, new_websocket, write_frames
from queue_server.live.subscriber import Subscriber
from queue_server.web.security import is_same_origin

IsSignedIn = Callable[[web.Request], Awaitable[bool]]
"""Does this request come from a signed-in member of staff (its session cookie)."""

_HEARTBEAT_S = 20.0
_LARGEST_MESSAGE = 1024
_STREAM_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class StaffPages:
    """The endpoint `/ws/live`."""

    def __init__(
        self, hub: Hub, *, is_signed_in: IsSignedIn, public_url: str | None = None
    ) -> None:
        """Take who may listen, and the public address whose pages are ours too."""
        self._hub = hub
        self._is_signed_in = is_signed_in
        self._public_url = public_url

    async def endpoint(self, request: web.Request) -> web.StreamResponse:
        """Send `changed` now and at every change; 403 from another site, 401 without a session."""
        if not is_same_origin(request, self._public_url):
            raise web.HTTPForbidden
        if not await self._is_signed_in(request):
            raise web.HTTPUnauthorized
        ws = new_websocket(heartbeat_s=_HEARTBEAT_S, largest_message=_LARGEST_MESSAGE)
        with _listening(self._hub, request) as subscriber:
            await ws.prepare(request)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(write_frames(ws, subscriber))
                try:
                    async for _ in ws:
                        pass
                finally:
                    subscriber.end(1000, "closed")
        return ws


class PublicChanges:
    """An event stream (SSE) of `changed` for citizens' phones, bounded in number."""

    def __init__(
        self,
        hub: Hub,
        *,
        per_address: int = 64,
        in_all: int = 1000,
        pace_s: float = 3.0,
        silence_s: float = 15.0,
        address_of: Callable[[web.Request], str] = lambda request: request.remote or "",
    ) -> None:
        """Take the limits; an address may be a whole hall behind one router, so it is no person.

        `pace_s` is the least time between two messages on one stream: the latest wins. After
        `silence_s` a comment is sent, which tells us of phones that are gone.
        """
        self._hub = hub
        self._per_address = per_address
        self._in_all = in_all
        self._pace_s = pace_s
        self._silence_s = silence_s
        self._address_of = address_of
        self._open: Counter[str] = Counter()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send `changed` now and at every change until the phone goes; 429 beyond the limits.

        The caller has checked that the page's token exists. A page that cannot have a stream looks
        again by itself from time to time.
        """
        response = web.StreamResponse(headers=_STREAM_HEADERS)
        if self._hub.is_closed:
            # Any other answer than a stream would make the browser give up for good.
            await response.prepare(request)
            await response.write(b"retry: 1000\n\n")
            return response
        with (
            self._place(self._address_of(request)),
            _listening(self._hub, request) as subscriber,
        ):
            await response.prepare(request)
            try:
                await self._write(response, subscriber)
            except (TimeoutError, ConnectionError):
                subscriber.end(None, "gone")
        return response

    async def _write(self, response: web.StreamResponse, subscriber: Subscriber) -> None:
        await response.write(b"retry: 5000\n\n")
        while subscriber.ending is None:
            frame: bytes | None = None
            with suppress(TimeoutError):
                async with asyncio.timeout(self._silence_s):
                    frame = await subscriber.next()
            event = b": here\n\n" if frame is None else b"event: changed\ndata: %b\n\n" % frame
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await response.write(event)
            await subscriber.pause(self._pace_s)

    @contextmanager
    def _place(self, address: str) -> Iterator[None]:
        """Hold one of the places for streams, or raise 429."""
        if self._open[address] >= self._per_address or self._open.total() >= self._in_all:
            raise web.HTTPTooManyRequests(headers={"Retry-After": "30"})
        self._open[address] += 1
        try:
            yield
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]


@contextmanager
def _listening(hub: Hub, request: web.Request) -> Iterator[Subscriber]:
    """Listen to the hub for one page; 503 when the server is going away."""
    try:
        with hub.subscription("page", cutter(request)) as subscriber:
            yield subscriber
    except HubClosed:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"}) from None
