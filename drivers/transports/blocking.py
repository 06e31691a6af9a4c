"""A link over a library that blocks: its calls run in threads of its own, each for a short while.

A call that blocks can't be taken back, so nothing here is ever abandoned: whoever cancels a `write`
waits until the library has said what it took. Two threads, because a printer that takes no bytes
must still be heard saying why.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any, Protocol, TypeVar

from drivers.errors import LinkLost
from drivers.pulse import Pulse, Unwatched
from drivers.transports.transport import PIECE_BYTES

Made = TypeVar("Made")

_BY_OURSELVES = "closed by ourselves"

CALL_BOUND_S = 15.0
"""No call of a port takes this long, whatever its device does: `offer` and `take` end within a
second, `close` within a few. One that does will never come back."""


class BlockingPort(Protocol):
    """What a library offers. `offer` and `take` are called in a thread each, at the same time."""

    def offer(self, piece: bytes) -> int:
        """Offer bytes for at most a second; return how many were taken, 0 for none.

        Raises LinkLost, after which any of them may have left.
        """
        ...

    def take(self) -> bytes:
        """Wait at most a second for bytes; b"" when there were none. Raises LinkLost."""
        ...

    def pending(self) -> int:
        """Return how many taken bytes the device does not have yet; returns at once."""
        ...

    def close(self) -> None:
        """Give the device back, whatever state it is in; raises nothing."""
        ...


class BlockingTransport:
    """Own a port until closed; the port's calls bound how long a cancelled call still takes."""

    def __init__(self, url: str, port: BlockingPort, *, carries_replies: bool = True) -> None:
        self.url = url
        self.accepted = 0
        self.carries_replies = carries_replies
        self._port = port
        self._untold = b""
        """Accepted by a call that was cancelled; the next one, for the same bytes, returns it."""
        self._ended: str | None = None
        self._pulse: Pulse = Unwatched()
        self._taking: asyncio.Future[bytes] | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="device-write")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="device-read")

    def watch_with(self, pulse: Pulse) -> None:
        """Tell of each call that begins; before the first `write` or `read`."""
        self._pulse = pulse

    async def write(self, data: bytes | memoryview) -> int:
        if bytes(data[: len(self._untold)]) != self._untold:
            self._untold = b""  # given up by whoever offered it; it has left, and was counted
        while not self._untold:
            self._must_be_open()
            await self._offer(bytes(data[:PIECE_BYTES]))
        told, self._untold = len(self._untold), b""
        return told

    async def read(self) -> bytes:
        while not self.carries_replies:
            await asyncio.get_running_loop().create_future()
        while True:
            self._must_be_open()
            if self._taking is None:
                self._taking = self._begin(self._reader, "read", self._port.take)
            await asyncio.wait({self._taking})
            taking, self._taking = self._taking, None
            try:
                data = taking.result()
            except LinkLost as lost:
                self._ended = lost.reason
                raise
            if data:
                return data

    def pending(self) -> int:
        return 0 if self._ended is not None else self._port.pending()

    async def close(self) -> None:
        if self._ended == _BY_OURSELVES:
            return
        self._ended = _BY_OURSELVES
        try:
            if self._taking is not None:
                await _to_its_end(self._taking)
        finally:
            if self._taking is not None:
                self._taking.exception()  # nobody is left who would want to hear of it
            try:
                await _to_its_end(self._begin(self._writer, "close", self._port.close))
            finally:
                self._reader.shutdown(wait=False)
                self._writer.shutdown(wait=False)

    async def _offer(self, piece: bytes) -> None:
        offering = self._begin(self._writer, "write", partial(self._port.offer, piece))
        try:
            await _to_its_end(offering)
        finally:
            try:
                taken = offering.result()
            except LinkLost as lost:
                self.accepted += len(piece)
                self._ended = self._ended or lost.reason
            else:
                self.accepted += taken
                self._untold = piece[:taken]

    def _begin(
        self, thread: ThreadPoolExecutor, what: str, call: Callable[[], Made]
    ) -> "asyncio.Future[Made]":
        """Let a thread make a call, which is under way until it returns, whoever still waits."""
        under_way = ExitStack()
        under_way.enter_context(self._pulse.bounded(f"{self.url}: {what}", CALL_BOUND_S))
        made = asyncio.get_running_loop().run_in_executor(thread, call)
        made.add_done_callback(lambda _: under_way.close())
        return made

    def _must_be_open(self) -> None:
        if self._ended is not None:
            raise LinkLost(self.url, self._ended)


async def make_in_own_thread(make: Callable[[], Made], discard: Callable[[Made], None]) -> Made:
    """Run a call that blocks in a thread of its own; what comes after we gave up is discarded."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="device-open")
    made = thread.submit(make)
    thread.shutdown(wait=False)
    try:
        return await asyncio.wrap_future(made)
    except asyncio.CancelledError:
        made.add_done_callback(lambda late: _discard(late, discard))
        raise


def _discard(late: "Future[Made]", discard: Callable[[Made], None]) -> None:
    if not late.cancelled() and late.exception() is None:
        discard(late.result())


async def _to_its_end(call: "asyncio.Future[Any]") -> None:
    """Wait for a call in a thread, and only then heed a cancellation; its error is left in it."""
    cancelled: asyncio.CancelledError | None = None
    while not call.done():
        try:
            await asyncio.wait({call})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
