"""Owns one bus of panels: only this task ever sends a byte to any of them."""

import asyncio
import math
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import structlog

from drivers.backoff import backoff_s
from drivers.clock import Clock, within
from drivers.errors import LinkLost
from drivers.panels.model import (
    PIECE_PAUSE_S,
    Answer,
    Message,
    PanelFace,
    PanelProtocol,
    PanelState,
    PanelStatus,
    Patience,
)
from drivers.pulse import Pulse
from drivers.transports.keeping import LinkKeeper
from drivers.transports.transport import Transport, write_all

logger = structlog.get_logger()

BITS_PER_CHARACTER = 11
"""The longest form of a character on a serial line; 7E1 and 8N1 have 10."""
GAP_CHARACTERS = 3.5
"""Silence between frames (Modbus over serial line 1.02, 2.5.1.1)."""
SHORTEST_GAP_S = 0.00175
"""Above 19,200 baud the silence does not become shorter (the same place)."""
_SHORTEST_REST_S = 0.001
_LONGEST_REST_S = 60.0
_SHOWN_HEARD_BYTES = 16


@dataclass(slots=True)
class _Panel:
    """What the writer knows of one panel; times are of its clock."""

    status: PanelStatus
    wanted: PanelFace | None = None
    shown: tuple[PanelFace, bool] | None = None
    """What it was sent last, and whether lit; None when that is not known."""
    is_set_up: bool = False
    set_up_at: float = -math.inf
    painted_at: float = -math.inf
    not_before: float = -math.inf
    failures: int = 0
    served: int = 0
    """In which turn of the bus it was last served; the least goes first."""


class PanelBus:
    """The panels on one link; `run` is its life.

    `show` returns at once: the last face wanted for an address is what is sent next. A panel that
    does not answer is left out for a while and delays the others by one wait, not by many. After a
    lost link, and from time to time, all is painted again, since a panel forgets without a word.
    Methods are called in the loop that runs `run`, and so is `on_status`.
    Raises UnknownScheme or OpenFailed for an address that no transport opens, ValueError for a
    panel's address that the protocol does not have.
    """

    def __init__(
        self,
        url: str,
        protocol: PanelProtocol,
        addresses: Collection[int],
        clock: Clock,
        *,
        on_status: Callable[[PanelStatus], None] = lambda status: None,
        baud: int = 9600,
        patience: Patience | None = None,
        jitter: Callable[[], float] = random.random,
        pulse: Pulse | None = None,
    ) -> None:
        if not addresses:
            raise ValueError("a bus has at least one panel")
        for address in addresses:
            protocol.check(address)
        self.url = url
        self._protocol = protocol
        self._clock = clock
        self._on_status = on_status
        self._character_s = BITS_PER_CHARACTER / baud
        self._patience = patience if patience is not None else Patience()
        self._jitter = jitter
        self._repaint_s = (
            min(self._patience.repaint_s, self._patience.look_s)
            if protocol.answers
            else self._patience.repaint_s
        )
        self._panels = {
            address: _Panel(PanelStatus(address, "no_link")) for address in sorted(set(addresses))
        }
        self._keeper = LinkKeeper(
            url,
            clock,
            device="panel_bus",
            attend=self._attend,
            on_lost=self._lose_link,
            open_s=self._patience.open_s,
            backoff_first_s=self._patience.backoff_first_s,
            backoff_longest_s=self._patience.backoff_longest_s,
            jitter=jitter,
            pulse=pulse,
        )
        self._turn = 0
        self._began_at = clock.monotonic()
        self._heard = bytearray()
        self._has_heard = asyncio.Event()
        self._answered_at = 0.0

    @property
    def statuses(self) -> Mapping[int, PanelStatus]:
        """How each panel is, by address."""
        return {address: panel.status for address, panel in self._panels.items()}

    def show(self, address: int, face: PanelFace) -> None:
        """Let a panel show a face, as soon as its turn comes. Raises KeyError for a strange one."""
        panel = self._panels[address]
        if panel.wanted != face:
            panel.wanted = face
            self._keeper.wake()

    async def run(self) -> None:
        """Keep the link open and its panels true, until cancelled."""
        await self._keeper.run()

    async def _attend(self, link: Transport) -> None:
        for panel in self._panels.values():
            panel.shown, panel.is_set_up, panel.not_before = None, False, -math.inf
            if panel.wanted is None:
                self._tell(panel, "untold")
        self._answered_at = self._clock.monotonic()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(link))
            tasks.create_task(self._serve(link))

    async def _listen(self, link: Transport) -> None:
        while True:
            self._heard += await link.read()
            self._has_heard.set()

    async def _serve(self, link: Transport) -> None:
        """Serve the panel that is due and was served longest ago; rest until one will be."""
        while True:
            self._keeper.be_attentive()
            now = self._clock.monotonic()
            due = [panel for panel in self._panels.values() if self._due_at(panel, now) <= now]
            if due:
                # Those that answer go before those that did not the last time.
                panel = min(due, key=lambda one: (one.failures > 0, one.served))
                self._turn += 1
                panel.served = self._turn
                await self._serve_panel(link, panel, now)
                continue
            earliest = min(self._due_at(panel, now) for panel in self._panels.values())
            await self._keeper.rest(min(max(earliest - now, _SHORTEST_REST_S), _LONGEST_REST_S))

    def _due_at(self, panel: _Panel, now: float) -> float:
        """Return when a panel is to be sent something, infinity while it has nothing to show."""
        if panel.wanted is None:
            return math.inf
        if not panel.is_set_up or panel.shown != self._target(panel.wanted, now):
            return panel.not_before
        due_at = min(panel.painted_at + self._repaint_s, panel.set_up_at + self._patience.set_up_s)
        if self._alternates(panel.wanted):
            due_at = min(due_at, self._next_beat(now))
        return max(due_at, panel.not_before)

    async def _serve_panel(self, link: Transport, panel: _Panel, now: float) -> None:
        address, face = panel.status.address, panel.wanted
        if face is None:
            return
        if not panel.is_set_up or now >= panel.set_up_at + self._patience.set_up_s:
            messages = self._protocol.set_up(address)
            panel.shown = None if messages else panel.shown
            if not await self._send_all(link, panel, messages):
                return
            panel.is_set_up, panel.set_up_at = True, self._clock.monotonic()
            if panel.not_before > panel.set_up_at:
                return
        target = self._target(face, self._clock.monotonic())
        visible = face if target[1] else PanelFace("", face.state)
        is_again = panel.shown == target
        was = panel.shown[0] if panel.shown is not None and panel.shown[1] else None
        paint = self._protocol.paint(address, visible, was)
        if await self._send_all(link, panel, paint):
            self._succeed(panel, "shown" if paint and paint[-1].is_answered else "sent")
            panel.shown = target
            panel.painted_at = self._clock.monotonic()
            if not is_again:
                logger.debug("panel_painted", url=self.url, panel=address)

    async def _send_all(
        self, link: Transport, panel: _Panel, messages: Collection[Message]
    ) -> bool:
        """Send messages to one panel; False, and it is left out for a while, when one fails."""
        for message in messages:
            self._heard.clear()
            await self._send(link, message)
            if message.settle_s:
                panel.not_before = self._clock.monotonic() + message.settle_s
            if not message.is_answered:
                self._keeper.be_well()
                self._answered_at = self._clock.monotonic()
                continue
            answer = await self._hear(message)
            if answer is None:
                state: PanelState = "garbled" if self._heard else "silent"
                self._fail(panel, state, self._heard[:_SHOWN_HEARD_BYTES].hex())
                self._must_be_alive()
                return False
            self._keeper.be_well()
            self._answered_at = self._clock.monotonic()
            if answer.verdict != "accepted":
                self._fail(panel, "refused", answer.detail)
                return False
        return True

    async def _send(self, link: Transport, message: Message) -> None:
        """Put a frame on the line and wait until it has left it, and the silence behind it."""
        for index, piece in enumerate(message.pieces):
            if index:
                await self._clock.sleep(PIECE_PAUSE_S)
            await write_all(link, piece, self._clock, self._patience.write_s)
            await self._clock.sleep(len(piece) * self._character_s)
        await self._clock.sleep(max(GAP_CHARACTERS * self._character_s, SHORTEST_GAP_S))

    async def _hear(self, message: Message) -> Answer | None:
        """Wait for the answer to a message; None when none came in time."""
        try:
            async with within(self._clock, self._patience.answer_s):
                while True:
                    answer = self._protocol.read(message, bytes(self._heard))
                    if answer is not None:
                        break
                    self._has_heard.clear()
                    await self._has_heard.wait()
        except TimeoutError:
            return None
        await self._clock.sleep(max(GAP_CHARACTERS * self._character_s, SHORTEST_GAP_S))
        return answer

    def _must_be_alive(self) -> None:
        """Raise LinkLost once every panel has been silent for too long: it may be the link."""
        if self._clock.monotonic() - self._answered_at >= self._patience.all_silent_s:
            raise LinkLost(self.url, f"no panel answers for {self._patience.all_silent_s:g} s")

    def _alternates(self, face: PanelFace) -> bool:
        """Whether we have to show a face dark and lit in turn."""
        return face.flash and not face.stale and not self._protocol.flashes_by_itself

    def _target(self, face: PanelFace, now: float) -> tuple[PanelFace, bool]:
        if not self._alternates(face):
            return face, True
        beat = (now - self._began_at) % (self._patience.lit_s + self._patience.dark_s)
        return face, beat < self._patience.lit_s

    def _next_beat(self, now: float) -> float:
        """Return when what flashes changes next."""
        lit_s, period_s = self._patience.lit_s, self._patience.lit_s + self._patience.dark_s
        beat = (now - self._began_at) % period_s
        return now + (lit_s - beat if beat < lit_s else period_s - beat)

    def _succeed(self, panel: _Panel, state: PanelState) -> None:
        if panel.failures:
            logger.info("panel_is_back", url=self.url, panel=panel.status.address)
            panel.failures = 0
            self._ask_the_others_again()
        self._tell(panel, state)

    def _fail(self, panel: _Panel, state: PanelState, detail: str) -> None:
        """Leave a panel out for a while; what it shows is not known any more."""
        if not panel.failures:
            logger.warning("panel_is_lost", url=self.url, panel=panel.status.address, reason=state)
        skip_s = backoff_s(
            panel.failures,
            first_s=self._patience.skip_first_s,
            longest_s=self._patience.skip_longest_s,
            jitter=self._jitter,
            jittered_part=0.25,
        )
        panel.failures += 1
        panel.shown, panel.is_set_up = None, False
        panel.not_before = self._clock.monotonic() + skip_s
        self._tell(panel, state, detail)

    def _ask_the_others_again(self) -> None:
        """Wait no longer for those that failed too: it may have been the bus that was at fault."""
        for panel in self._panels.values():
            if panel.failures:
                panel.not_before = -math.inf

    def _lose_link(self) -> None:
        for panel in self._panels.values():
            self._tell(panel, "no_link")

    def _tell(self, panel: _Panel, state: PanelState, detail: str = "") -> None:
        status = PanelStatus(panel.status.address, state, detail)
        if status != panel.status:
            panel.status = status
            self._on_status(status)
