"""One hall display: hears the server, announces call by call, and tells what really was shown."""

import asyncio
from collections import deque
from dataclasses import replace
from typing import Protocol
from uuid import UUID

import structlog

from core_services.clock import Clock
from core_services.link.board_frames import Shown
from core_services.link.client import OnChange, OnFrame
from core_services.link.errand_frames import Errand
from core_services.link.frame import Frame
from core_services.link.frames import ServerFrame
from core_services.link.glass_picture import TakePicture
from core_services.link.glass_watch import GlassWatch
from core_services.link.greeting_frames import Hello
from core_services.link.message_frames import BoardMessage, MessageShown
from core_services.link.restarts import RestartOrdered
from core_services.link.status_frames import Status
from core_services.link.trust import Fault
from core_services.release import release
from displays import announcer, board
from displays.announcer import Announcer, Effect, Pace
from displays.audience import Alert, Audience, Cue, Page, Sounding
from displays.board import BoardState, Glass
from displays.errands import Errands
from displays.memory import Memory
from displays.panels import Panels
from displays.recordings import Recording
from displays.speaker import Loudness, Speaker
from displays.spoken import alert_words

logger = structlog.get_logger()

VERSION = release()
TICK_S = 0.1
"""How late the end of a call's time may be noticed."""
KEEP_ALIVE_S = 5.0
"""A page hears from its agent at least so often."""
HEARTBEAT_S = 5.0
ALERT_EVERY_S = 20.0
"""An emergency is said so often for as long as it stands."""
_UNSENT = 64
"""As the frame allows."""


class ServerLink(Protocol):
    """What a display needs of `core_services.link.client.Link`."""

    connected: bool
    fault: Fault | None

    async def run(self, on_frame: OnFrame, on_change: OnChange) -> None: ...

    async def send(self, frame: Frame) -> bool: ...


def hello(name: str, memory: Memory) -> Hello:
    """Return the first frame of a display of that name."""
    return Hello(version=VERSION, device=name, journal_id=memory.journal_id)


class Display:
    """Joins link, board, announcer, memory and the pages of one display.

    Everything runs on one loop and no state is changed across an `await`, so nothing is locked.
    """

    def __init__(
        self,
        *,
        link: ServerLink,
        audience: Audience,
        glass_watch: GlassWatch,
        memory: Memory,
        pace: Pace,
        clock: Clock,
        panels: Panels | None = None,
        speaker: Speaker | None = None,
        loudness: Loudness | None = None,
        take_picture: TakePicture | None = None,
    ) -> None:
        """Take the voice for a `pace` that has one; `loudness` is that of this part of the hall."""
        self._link = link
        self._audience = audience
        self._glass_watch = glass_watch
        self._memory = memory
        self._clock = clock
        self._panels = panels
        self._speaker = speaker
        self._loudness = loudness or Loudness()
        self._sounding = Sounding()
        self._state = BoardState(contact=clock.monotonic())
        if (standing := memory.emergency(clock.now())) is not None:
            self._state = replace(self._state, messages=(standing,))
        remembered = memory.remembered
        self._announcer = Announcer(pace, chimed=remembered.chimed, stood=remembered.stood)
        self._published: tuple[Glass, Sounding] | None = None
        self._published_at = 0.0
        self._unsent: deque[Frame] = deque(maxlen=_UNSENT)
        self._told: set[UUID] = set()
        """Messages of people that stood on a page and of which the server was told."""
        self._alerts = 0
        self._alerted: tuple[BoardMessage, float] | None = None
        """The emergency that stands, and when it was said last."""
        self._to_send: asyncio.Queue[Frame] = asyncio.Queue()
        self._errands = Errands(
            memory=memory,
            clock=clock,
            is_announcing=lambda: self._announcer.standing is not None,
            show=self._show_notice,
            send=self._to_send.put_nowait,
            take_picture=take_picture,
        )
        self._errands.begin()

    @property
    def state(self) -> BoardState:
        """What the server has told."""
        return self._state

    @property
    def connected(self) -> bool:
        """Whether the server is at the other end now."""
        return self._link.connected

    @property
    def fault(self) -> Fault | None:
        """Why what answers at the server's address is not believed."""
        return self._link.fault

    @property
    def trouble(self) -> str | None:
        """What keeps calls from being seen or heard; None when nothing does."""
        if len(self._audience) == 0:
            return "no page is open"
        if (silence := self._audience.silence) is not None:
            return f"the browser sounds nothing: {silence}"
        if self._speaker is not None and self._speaker.trouble is not None:
            return f"no voice: {self._speaker.trouble}"[:200]
        return None

    def glass(self) -> Glass:
        """Return what stands on the glass now."""
        return board.glass(
            self._state,
            self._clock.monotonic(),
            standing=self._announcer.standing,
            pending=self._announcer.pending,
            fault=self._link.fault,
        )

    async def run(self) -> None:
        """Serve until cancelled, or until it is ordered that the program ends."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._link.run(self.hear, self._connection_changed))
                tasks.create_task(self._keep_time())
                tasks.create_task(self._beat())
                tasks.create_task(self._errands.run())
                tasks.create_task(self._send_frames())
                if self._panels is not None:
                    tasks.create_task(self._panels.run())
                if self._speaker is not None:
                    tasks.create_task(self._speaker.run(self._worded))
        except* RestartOrdered:
            logger.warning("program_ends", why="ordered")

    async def hear(self, frame: ServerFrame) -> None:
        """Take in one frame of the server."""
        at = self._clock.monotonic()
        epoch = self._state.epoch
        self._state = board.fold(self._state, frame, at)
        if self._state.epoch is not None and self._state.epoch != epoch:
            self._enter_epoch()
        if frame.type == "board":
            # Of training none is kept: before the welcome a later start would sound it as real.
            standing = None if self._state.is_training else self._state.emergency(at)
            self._memory.keep_emergency(standing, self._clock.now())
            self._told &= {each.id for each in self._state.messages if each.id is not None}
        self._announcer.hear(
            self._state.calls,
            self._state.withdrawn,
            at,
            reaches_back_to=self._state.reaches_back_to,
        )
        await self.advance()
        if isinstance(frame, Errand):
            self._errands.hear(frame)
            await self.advance()
        if self._unsent and frame.type == "welcome":
            await self._send_shown()

    async def advance(self) -> None:
        """Do what is due now: end a call's time, begin the next, bring the pages up to date."""
        at = self._clock.monotonic()
        if self._panels is not None:
            self._panels.show(self._state, at)
        emergency = self._state.emergency(at)
        is_silent = emergency is not None and not emergency.calls_go_on
        self._do(self._announcer.step(at, watched=len(self._audience) > 0 and not is_silent))
        self._alert(emergency, at)
        glass = self.glass()
        now = glass, self._sounding
        if now != self._published or at - self._published_at >= KEEP_ALIVE_S:
            self._published, self._published_at = now, at
            self._audience.publish(*now)

    async def painted(self, call_id: int) -> None:
        """A page has painted this call as the current one."""
        self._audience.painted(call_id)
        self._do(self._announcer.painted(call_id, self._clock.monotonic()))
        await self._send_shown()

    async def told(self, message: UUID) -> None:
        """A page has a message of somebody on its glass; the server hears of it once."""
        if message in self.glass().shown and message not in self._told:
            self._told.add(message)
            self._unsent.append(MessageShown(message=message))
            await self._send_shown()

    async def spoken(self, page: Page, call_id: int) -> None:
        """A page has spoken a call to its end; what another is speaking is not over by that."""
        self._audience.unhush(page)
        if self._audience.speaks(page):
            await self._words_over(call_id)

    async def unheard(self, page: Page, call_id: int, reason: str) -> None:
        """A page could not sound a call: another that may speaks it, else it goes on in silence.

        What the page that speaks is saying goes on when it is another that cannot sound.
        """
        spoke, silence = self._audience.speaks(page), self._audience.silence
        self._audience.hush(page, reason)
        if self._audience.silence not in (None, silence):
            logger.warning("display_silenced", reason=reason)
        if spoke and self._audience.speaks(page):
            await self._words_over(call_id)
            await self._send_status()
        elif spoke:
            await self.audience_changed()

    async def heard(self, page: Page) -> None:
        """A page tried at its start whether it may sound, and it may."""
        self._audience.unhush(page)
        await self._send_status()

    async def audience_changed(self) -> None:
        """A page was opened or closed; words that were not heard to their end begin anew."""
        if (cue := self._sounding.cue) is not None:
            self._announcer.worded(cue.call_id, cue.duration_s, self._clock.monotonic())
        await self.advance()
        await self._send_status()

    def _enter_epoch(self) -> None:
        """Ids of another epoch mean nothing here; those of our own earlier run do."""
        epoch = self._state.epoch
        if epoch is not None and self._memory.epoch != epoch:
            self._announcer.reset()
            self._sounding = Sounding(alert=self._sounding.alert)
            self._memory.begin(epoch)
            logger.info("display_epoch", epoch=str(epoch))

    def _do(self, effects: list[Effect]) -> None:
        """Carry out the announcer's effects; what must be remembered is, before it is shown."""
        for effect in effects:
            match effect:
                case announcer.Chime(call_id):
                    self._memory.chimed(call_id)
                    self._sounding = Sounding(ring=call_id, alert=self._sounding.alert)
                case announcer.Stood(call_id):
                    self._memory.stood(call_id)
                    self._sounding = replace(self._sounding, ring=None)
                case announcer.Shown(call_id):
                    self._unsent.append(Shown(call=call_id))
                case announcer.Say(call) if self._state.is_training:
                    self._announcer.worded(call.id, 0.0, self._clock.monotonic())
                case announcer.Say(call, hurried) if self._speaker is not None:
                    self._sounding = replace(self._sounding, hurried=hurried)
                    self._speaker.ask(call, hurried=hurried)
                case announcer.Show(call):
                    self._sounding = replace(self._sounding, hurried=False, cue=None)
                    logger.info("call_announced", call=call.id, label=call.label)

    def _alert(self, emergency: BoardMessage | None, at: float) -> None:
        """Have an emergency said as soon as it stands, and again as long as it does."""
        if emergency is None:
            if self._alerted is not None:
                self._alerted = None
                self._sounding = replace(self._sounding, alert=None)
            return
        if self._alerted is not None:
            message, said_at = self._alerted
            if message == emergency and at - said_at < ALERT_EVERY_S:
                return
        if self._alerted is None or self._alerted[0] != emergency:
            logger.warning("emergency_stands", message=str(emergency.id))
        self._alerted = emergency, at
        self._alerts += 1
        words = alert_words(emergency.phrase)
        if self._state.is_training:
            return
        if self._speaker is not None and words:
            self._speaker.ask_for(-self._alerts, words)
        else:
            self._sound_alert(-self._alerts, None)

    def _sound_alert(self, alert_id: int, recording: Recording | None) -> None:
        if self._alerted is None:
            return
        alert = Alert(
            alert_id,
            None if recording is None else recording.name,
            0.0 if recording is None else recording.duration_s,
            self._loudness.recall,
        )
        self._sounding = replace(self._sounding, alert=alert)

    async def _worded(self, call_id: int, recording: Recording | None) -> None:
        """Take words from the voice, of a call or an emergency, and give them to the page."""
        at = self._clock.monotonic()
        if call_id < 0:
            self._sound_alert(call_id, recording)
            await self.advance()
            return
        standing = self._announcer.standing
        if standing is None or standing.id != call_id:
            return
        volume = self._loudness.of_voice(standing, self._state.local_time(at))
        if recording is None or volume == 0:
            self._announcer.worded(call_id, 0.0, at)
        else:
            self._announcer.worded(call_id, recording.duration_s, at)
            cue = Cue(call_id, recording.name, recording.duration_s, volume)
            self._sounding = replace(self._sounding, cue=cue)
        await self.advance()

    async def _words_over(self, call_id: int) -> None:
        self._announcer.spoken(call_id, self._clock.monotonic())
        if self._sounding.cue is not None and self._sounding.cue.call_id == call_id:
            self._sounding = replace(self._sounding, cue=None)
        await self.advance()

    async def _send_shown(self) -> None:
        """Tell the server what was shown; what cannot be told now is told when it is back."""
        while self._unsent:
            frame = self._unsent.popleft()
            if not await self._link.send(frame):
                self._unsent.appendleft(frame)
                return

    def _show_notice(self, line: BoardMessage | None, until: float) -> None:
        self._state = replace(self._state, notice=line, notice_until=until)

    async def _send_frames(self) -> None:
        """Send what errands answer; one that did not get through is asked for again."""
        while True:
            await self._link.send(await self._to_send.get())

    async def _send_status(self) -> None:
        await self._link.send(
            Status(
                version=VERSION,
                detail=self.trouble,
                devices=None if self._panels is None else self._panels.tell(),
                glass=self._glass_watch.light(len(self._audience)),
            )
        )

    async def _connection_changed(self, connected: bool) -> None:
        if connected:
            await self._send_status()

    async def _keep_time(self) -> None:
        while True:
            await self._clock.sleep(TICK_S)
            await self.advance()

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(HEARTBEAT_S)
            await self._send_status()
