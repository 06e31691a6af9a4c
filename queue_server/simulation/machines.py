"""The kiosks and the hall screen of a simulated hall: they speak the link's language, no more.

They hold no journal and show no page. What they are for: every number comes, and every call goes,
the way it does in a centre.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from core_services.clock import Clock, SystemClock
from core_services.link.answer_frames import Refused, Settled
from core_services.link.board_frames import Board, Called, Shown
from core_services.link.citizen_frames import CheckIn, Issue, Issued, IssuedTicket
from core_services.link.client import Link
from core_services.link.frame import Frame
from core_services.link.frames import ServerFrame
from core_services.link.greeting_frames import Hello
from core_services.link.hall_frames import Hall
from core_services.link.slip_frames import Paper
from core_services.link.status_frames import Status
from core_services.release import release
from queue_server.simulation.errors import SimulationFailed

ANSWER_TIMEOUT_S: Final = 15.0
"""Of the machine's own seconds."""
_AGAIN_S: Final = 0.005
_VERSION: Final = release()


class NoAnswer(SimulationFailed):
    """The server did not answer a machine that is connected to it."""


class WireClock:
    """The link's own time, which a simulation does not stretch: the wire is as quick as it is.

    Its watch sees no time pass, so that a night that is over in a second is no silence; and what
    was cut is opened again at once.
    """

    def now(self) -> datetime:
        return SystemClock().now()

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds if seconds > 2.0 else _AGAIN_S)


class Machine:
    """A device with its token; connected while it is switched on."""

    def __init__(self, name: str, *, server: str, token: str, clock: Clock) -> None:
        """`clock` is the link's."""
        self.name = name
        self._server, self._token, self._clock = server, token, clock
        self._changed = asyncio.Condition()
        self._link: Link | None = None
        self._running: asyncio.Task[None] | None = None
        self.revision = -1
        """The latest revision that the server told of."""

    @property
    def is_on(self) -> bool:
        return self._running is not None

    @property
    def is_connected(self) -> bool:
        return self._link is not None and self._link.connected

    async def switch_on(self) -> None:
        """Connect, and return once the server has shown the hall. Raises NoAnswer."""
        if self._running is None:
            hello = Hello(version=_VERSION, device=self.name, journal_id="simulated")
            self._link = Link(
                server=self._server, token=self._token, hello=hello, clock=self._clock
            )
            self.revision = -1
            self._running = asyncio.create_task(self._link.run(self._on_frame, self._on_change))
        await self.until(lambda: self.is_connected and self.revision >= 0)

    async def switch_off(self) -> None:
        """Cut it off, as a pulled plug does; nothing is said first."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait([running])
        self._link = None

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something that a frame brings. Raises NoAnswer."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S), self._changed:
                await self._changed.wait_for(is_so)
        except TimeoutError:
            raise NoAnswer(f"{self.name} hears nothing from the server") from None

    async def hear(self, frame: ServerFrame) -> None:
        """Take in a frame; what a kind of machine does with it."""

    async def greet(self) -> None:
        """Say what is said first on a new connection."""

    async def send(self, frame: Frame) -> bool:
        """Send a frame; False while the machine is off or cut."""
        return self._link is not None and await self._link.send(frame)

    async def _on_frame(self, frame: ServerFrame) -> None:
        revision = getattr(frame, "revision", None)
        if isinstance(revision, int) and not isinstance(frame, Called):
            self.revision = max(self.revision, revision)
        await self.hear(frame)
        async with self._changed:
            self._changed.notify_all()

    async def _on_change(self, is_connected: bool) -> None:
        if is_connected:
            await self.greet()
        async with self._changed:
            self._changed.notify_all()


class SimulatedKiosk(Machine):
    """A kiosk: asks for numbers, tells what became of the paper."""

    def __init__(self, name: str, *, server: str, token: str, clock: Clock) -> None:
        super().__init__(name, server=server, token=token, clock=clock)
        self._answers: dict[str, Issued | Refused | Settled] = {}
        self.prints = True
        """Its printer works."""
        self.hall: Hall | None = None

    async def take_number(self, ask: Issue | CheckIn) -> IssuedTicket | Refused:
        """Ask for a number, and return it or why there is none. Raises NoAnswer."""
        answer = await self._ask(ask, ask.key)
        if isinstance(answer, Issued):
            return answer.ticket
        if isinstance(answer, Refused):
            return answer
        raise NoAnswer(f"{self.name} asked for a number and was told of a paper")

    async def tell_paper(self, ticket: str, state: Literal["done", "kept"]) -> None:
        """Tell what became of a slip, and wait until the server knows. Raises NoAnswer."""
        by: Literal["echo", "citizen"] = "citizen" if state == "kept" else "echo"
        await self._ask(Paper(ticket=UUID(ticket), state=state, confirmed_by=by), ticket)

    async def greet(self) -> None:
        await self.tell_state()

    async def tell_state(self) -> None:
        """Tell what state the printer is in."""
        await self.send(Status(version=_VERSION, printer="ready" if self.prints else "not_ready"))

    async def hear(self, frame: ServerFrame) -> None:
        match frame:
            case Hall():
                self.hall = frame
            case Issued() | Refused():
                self._answers[frame.key] = frame
            case Settled():
                self._answers[frame.about] = frame
            case _:
                pass

    async def _ask(self, frame: Frame, key: str) -> Issued | Refused | Settled:
        await self.until(lambda: self.is_connected)
        self._answers.pop(key, None)
        if not await self.send(frame):
            raise NoAnswer(f"{self.name} is cut off")
        await self.until(lambda: key in self._answers)
        return self._answers.pop(key)


class SimulatedDisplay(Machine):
    """A hall screen: takes in every call and says that it stands there."""

    def __init__(self, name: str, *, server: str, token: str, clock: Clock) -> None:
        super().__init__(name, server=server, token=token, clock=clock)
        self.board: Board | None = None
        self.called: list[tuple[int, int]] = []
        """Every call that came with a frame of its own: its id and its age then, in ms."""
        self.on_board: Callable[[], None] = lambda: None
        """Told whenever a board came."""

    async def greet(self) -> None:
        await self.send(Status(version=_VERSION))

    async def hear(self, frame: ServerFrame) -> None:
        match frame:
            case Board():
                self.board = frame
                self.on_board()
            case Called():
                self.called.append((frame.call.id, frame.call.age_ms))
                await self.send(Shown(call=frame.call.id))
            case _:
                pass
