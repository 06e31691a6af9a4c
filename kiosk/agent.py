"""The touch kiosk at work: tells the flow what happens and has done what the flow asks."""

import asyncio
import sqlite3
import uuid
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from core_services.clock import Clock
from core_services.link.citizen_frames import Help
from core_services.link.frame import Frame
from core_services.link.glass_picture import TakePicture
from core_services.link.glass_watch import GlassWatch
from core_services.link.greeting_frames import Hello
from core_services.link.restarts import RestartOrdered
from core_services.link.status_frames import Status
from core_services.link.trust import Fault
from core_services.release import release
from drivers.clock import within
from drivers.printers.model import JobChange
from kiosk.audience import Audience
from kiosk.courier import Courier
from kiosk.effects import Effects
from kiosk.errands import Errands
from kiosk.flow import advance
from kiosk.hearing import Hearing
from kiosk.heartbeat import status_of
from kiosk.leftovers import PRINT_JOURNAL, leftovers
from kiosk.machines import Machines
from kiosk.offline import Outbox
from kiosk.own_numbers import OwnNumbers
from kiosk.place import Place
from kiosk.rounds import Rounds
from kiosk.seams import OpenPrinting, OpenScanner, ServerLink
from kiosk.shown_messages import ShownMessages
from kiosk.state import Flow, next_due
from kiosk.steps import (
    Event,
    HelpNotSent,
    JobChanged,
    Patience,
    Scanned,
    SlipsFound,
    Ticked,
    Touched,
)
from kiosk.told import Told

logger = structlog.get_logger()

VERSION = release()


class DiskRefused(Exception):
    """The disk takes nothing more, as when it is full: no number can be promised to anybody."""

    def __init__(self, why: Exception) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"the disk refused what had to be kept ({self.why}); see shubbak-kiosk doctor"


def hello(name: str, outbox: Outbox) -> Hello:
    """Return the first frame of a kiosk of that name, as its disk is now."""
    series = outbox.series
    return Hello(
        version=VERSION,
        device=name,
        journal_id=outbox.journal_id,
        series=None if series is None else series.held,
    )


class Kiosk:
    """Joins the flow with link, outbox, machines and pages.

    Everything but the composing of slips runs on one loop; an event and all its effects, which are
    on the disk before they are acted upon, happen without an `await` between them.
    """

    def __init__(
        self,
        *,
        link: ServerLink,
        outbox: Outbox,
        open_printing: OpenPrinting | None,
        audience: Audience,
        glass_watch: GlassWatch,
        clock: Clock,
        patience: Patience,
        open_scanner: OpenScanner | None = None,
        browser_scanner: bool = False,
        name: str = "kiosk",
        take_picture: TakePicture | None = None,
    ) -> None:
        """Settle what an earlier run left: nobody can touch a kiosk before that.

        `browser_scanner`: one that types into the page stands there. `name` stands on trial slips;
        without `take_picture` nobody can tell what the glass looks like. Raise OSError or
        sqlite3.Error where the disk refuses.
        """
        self._link = link
        self._outbox = outbox
        self._audience = audience
        self._glass_watch = glass_watch
        self._clock = clock
        self._events: deque[Event] = deque()
        self._is_telling = False
        self._changed = asyncio.Event()
        self._refused: Exception | None = None
        """How the disk refused what an event asked for; nothing happens any more after that."""
        self._to_send: asyncio.Queue[Frame] = asyncio.Queue()
        self._courier = Courier(outbox, link, clock)
        self._own_numbers = OwnNumbers(outbox)
        self._told = Told(outbox)
        self._messages = ShownMessages(self._to_send.put_nowait)
        self.machines = Machines(
            open_printing=open_printing,
            open_scanner=open_scanner,
            browser_scanner=browser_scanner,
            asks_of_rolls=patience.roll_answer_s > 0,
            on_job=self._job_changed,
            on_scan=self.scan,
            tell=self._tell,
            on_change=self._send_status,
        )
        printing = self.machines.printing
        if printing is not None and not printing.tells:
            patience = replace(patience, late_word_s=0.0)
        self.flow = Flow(
            patience=patience,
            scanner_ready=browser_scanner,
            services=self._told.known.services,
            hall=self._told.known.hall,
        )
        self._errands = Errands(
            name,
            outbox=outbox,
            clock=clock,
            printing=lambda: self.machines.printing,
            flow=lambda: self.flow,
            place=lambda: self.place,
            tell=self._tell,
            send=self._to_send.put_nowait,
            take_picture=take_picture,
        )
        self._effects = Effects(
            outbox=outbox,
            courier=self._courier,
            own_numbers=self._own_numbers,
            machines=self.machines,
            told=self._told,
            flow=lambda: self.flow,
            tell=self._tell,
            send=self._to_send.put_nowait,
        )
        self._hearing = Hearing(
            told=self._told,
            courier=self._courier,
            effects=self._effects,
            own_numbers=self._own_numbers,
            machines=self.machines,
            errands=self._errands,
            messages=self._messages,
            flow=lambda: self.flow,
            tell=self._tell,
            send_status=self._send_status,
        )
        self._rounds = Rounds(
            clock=clock,
            link=link,
            outbox=outbox,
            told=self._told,
            own_numbers=self._own_numbers,
            effects=self._effects,
            machines=self.machines,
            audience=audience,
            status=self._status,
        )
        standing = self._told.emergency
        if standing is not None:
            self.flow = standing.over(self.flow, clock.monotonic())
        self._errands.begin()
        self._settle_leftovers()

    @property
    def place(self) -> Place:
        """The centre's names and clock, as they were told last."""
        return self._told.place

    @property
    def connected(self) -> bool:
        """Whether the server that this folder belongs to is at the other end now."""
        return self._link.connected and not self._told.is_anothers

    @property
    def fault(self) -> Fault | None:
        """Why what answers at the server's address is not believed."""
        return self._link.fault

    @property
    def own_numbers(self) -> dict[str, Any] | None:
        """Tell of the numbers that it gives while cut off; None: it holds none."""
        return self._own_numbers.health(gives=self.flow.may_give)

    def local_time(self) -> datetime:
        """Return the present moment in the centre's zone, as slips have it."""
        return self._outbox.time.best().astimezone(self.place.zone)

    def elapsed(self) -> float:
        """Return the monotonic seconds that the flow's times are in."""
        return self._clock.monotonic()

    def touch(self, name: str) -> None:
        """A citizen touched the button of that name; the key of its command is made here."""
        self._tell(Touched(name, uuid.uuid4().hex))

    def scan(self, text: str, symbology: str | None = None) -> None:
        """A code was held before the scanner; the key of what it asks is made here."""
        self._tell(Scanned(text, symbology, uuid.uuid4().hex))

    def audience_changed(self) -> None:
        """A page was opened or closed."""
        self._send_status()

    async def run(self) -> None:
        """Serve until cancelled, or until it is ordered that the program ends.

        Raises DiskRefused, in an ExceptionGroup.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._link.run(self._hearing.hear, self._hearing.line_changed))
                tasks.create_task(self._courier.run())
                tasks.create_task(self._send_frames())
                tasks.create_task(self._keep_time())
                tasks.create_task(self._rounds.run())
                tasks.create_task(self._errands.run())
                tasks.create_task(self.machines.run())
        except* RestartOrdered:
            logger.warning("program_ends", why="ordered")
        finally:
            self.machines.close()

    def _settle_leftovers(self) -> None:
        """Nobody stands before a kiosk that just started: give up what was in flight."""
        for key in self._outbox.keys_in_flight():
            logger.warning("command_abandoned", key=key, why="restarted")
            self._outbox.abandon(key)
        printing = self.machines.printing
        late_word = timedelta(seconds=self.flow.patience.late_word_s)
        found = leftovers(self._outbox, printing, late_word=late_word)
        self._tell(SlipsFound(tuple(found)))
        if printing is not None:
            self._outbox.remember(PRINT_JOURNAL, printing.journal_id)

    def _tell(self, event: Event) -> None:
        """Let an event happen, and what its effects bring about; then wake whoever looks on.

        Where the disk refuses an effect, nothing of the event is shown and the program ends: a
        new start knows what is on the disk.
        """
        if self._refused is not None:
            return
        self._events.append(event)
        if self._is_telling:
            return
        self._is_telling = True
        before = self.flow
        try:
            while self._events:
                event, before = self._events.popleft(), self.flow
                self.flow, effects = advance(self.flow, event, self._clock.monotonic())
                for effect in effects:
                    self._effects.do(effect)
        except (OSError, sqlite3.Error) as error:
            self._refused, self.flow = error, before
            self._changed.set()
            return
        finally:
            self._is_telling = False
        self._errands.glass_changed()
        self._messages.look(self.flow, pages=len(self._audience))
        self._changed.set()
        self._audience.wake()

    def _job_changed(self, change: JobChange) -> None:
        if self._errands.job_changed(change.job_id, change.state, change.confirmed_by):
            return
        self._tell(JobChanged(change.job_id, change.state, change.confirmed_by))

    def _send_status(self) -> None:
        self._to_send.put_nowait(self._status())

    def _status(self) -> Status:
        return status_of(
            self.machines.printing,
            version=VERSION,
            day_began=self.place.day_began(self._clock.now()),
            scanner=self.machines.scanner,
            scanner_trouble=self.machines.scanner_trouble,
            glass=self._glass_watch.light(len(self._audience)),
            undelivered=self._own_numbers.undelivered,
        )

    async def _send_frames(self) -> None:
        """Send what is not kept in the outbox; a command is sent again when the line is back."""
        while True:
            frame = await self._to_send.get()
            if not await self._link.send(frame) and isinstance(frame, Help):
                self._tell(HelpNotSent())

    async def _keep_time(self) -> None:
        """Tell the flow that time has passed whenever something of it is due."""
        while True:
            if self._refused is not None:
                raise DiskRefused(self._refused)
            self._changed.clear()
            due = next_due(self.flow)
            if due is None:
                await self._changed.wait()
                continue
            try:
                async with within(self._clock, max(0.0, due - self._clock.monotonic())):
                    await self._changed.wait()
            except TimeoutError:
                self._tell(Ticked())
