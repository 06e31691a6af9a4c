"""What waits for one socket: a slot where the latest picture wins, and a short queue besides."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from queue_server.live.picture import Picture

Audience = Literal["display", "kiosk", "device", "page"]
"""Who listens: a hall screen, a kiosk, a device that is told nothing of the hall, a browser."""

QUEUED_FRAMES = 64
"""Calls and answers that one socket may owe; one more and its receiver is too slow for us."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a socket is to be closed; without a code it is cut at once, in no words."""

    code: int | None
    reason: str


class Subscriber:
    """One receiver's pending frames, taken by the one task that writes to its socket.

    Nothing here waits for the network: the hub gives frames in passing, to the socket itself while
    nothing else is pending there, and a receiver that cannot take them in time is ended instead of
    being waited for.
    """

    def __init__(self, audience: Audience, cut: Callable[[], None]) -> None:
        """Take what cuts the socket at once, whatever its writer is waiting for."""
        self.audience = audience
        self.ending: Ending | None = None
        self.write_at_once: Callable[[bytes], bool] | None = None
        """Gives the socket a frame now, or says False; None: every frame waits for the task."""
        self.is_owed: Callable[[], bool] = lambda: False
        """Says whether answers are still to come; asked only while the socket is sent on."""
        self._farewell: Ending | None = None
        self._cut = cut
        self._is_idle = False
        self._queue: deque[tuple[UUID | None, bytes]] = deque()
        self._picture: Picture | None = None
        self._ping: bytes | None = None
        self._services_seen = -1
        self._sent_epoch: UUID | None = None
        self._woken = asyncio.Event()
        self._ended = asyncio.Event()

    def show(self, picture: Picture) -> None:
        """Leave the latest picture; one that was not sent yet is forgotten."""
        if self._has_room and self._written(self._encoded(picture)):
            self._note(picture)
            return
        self._picture = picture
        self._queue = deque(item for item in self._queue if item[0] in (None, picture.hall.epoch))
        self._woken.set()

    def announce(self, frame: bytes, epoch: UUID) -> None:
        """Queue a single call; dropped while no board of its epoch was sent, since one will be."""
        if self._sent_epoch != epoch or (self._has_room and self._written(frame)):
            return
        self._queue_up(epoch, frame)

    def post(self, frame: bytes) -> bool:
        """Queue an answer or an order, in order; False when the socket is ending."""
        return self._queue_up(None, frame)

    def ping(self, frame: bytes) -> None:
        """Leave a sign of life; only the latest is kept."""
        self._ping = frame
        self._woken.set()

    def end(self, code: int | None, reason: str) -> None:
        """Have the socket closed; the first reason stays."""
        if self.ending is not None:
            return
        self.ending = Ending(code, reason)
        self._woken.set()
        self._ended.set()
        if code is None:
            self._cut()

    def send_on(self, code: int, reason: str) -> None:
        """Have the socket closed once it has been told all that it is owed."""
        self._farewell = Ending(code, reason)
        self.look_again()

    def look_again(self) -> None:
        """Something that the next frame depends on has changed."""
        self._woken.set()

    async def next(self) -> bytes | None:
        """Wait for the next frame to send; None once the socket is to be closed.

        Queued frames go before the picture: a call is announced before the board that holds it.
        Cancelling the wait loses nothing.
        """
        while self.ending is None:
            if self._queue:
                return self._queue.popleft()[1]
            if self._farewell is not None and not self.is_owed():
                self.end(self._farewell.code, self._farewell.reason)
                return None
            if self._picture is not None:
                picture, self._picture = self._picture, None
                frame = self._encoded(picture)
                self._note(picture)
                return frame
            if self._ping is not None:
                ping, self._ping = self._ping, None
                return ping
            self._woken.clear()
            self._is_idle = True
            try:
                await self._woken.wait()
            finally:
                self._is_idle = False
        return None

    async def pause(self, seconds: float) -> None:
        """Wait so long before the next frame; less, once the socket is to be closed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    def _queue_up(self, epoch: UUID | None, frame: bytes) -> bool:
        """Queue a frame; a full queue ends the socket: its receiver comes back and is told anew."""
        if self.ending is not None:
            return False
        if len(self._queue) >= QUEUED_FRAMES:
            self.end(None, "too slow: its queue is full")
            return False
        self._queue.append((epoch, frame))
        self._woken.set()
        return True

    @property
    def _has_room(self) -> bool:
        """Say whether nothing is pending: the writing task waits, and nobody has woken it."""
        return self.write_at_once is not None and self._is_idle and not self._woken.is_set()

    def _written(self, frame: bytes) -> bool:
        """Give the socket a frame now; False when it has no room for it."""
        return self.write_at_once is not None and self.write_at_once(frame)

    def _encoded(self, picture: Picture) -> bytes:
        """Return what this audience is to be sent of a picture."""
        match self.audience:
            case "display":
                return picture.board
            case "page":
                return picture.changed
            case _ if picture.services_version != self._services_seen:
                return picture.hall_with_services
            case _:
                return picture.hall_alone

    def _note(self, picture: Picture) -> None:
        """Keep in mind what the receiver knows now."""
        self._sent_epoch = picture.hall.epoch
        self._services_seen = picture.services_version
