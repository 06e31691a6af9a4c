"""The touch kiosk at work: tells the flow what happens and does what the flow asks."""

import asyncio
import secrets
import uuid
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any, Literal

import structlog

from core_services.clock import Clock
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
from core_services.link.errand_frames import Errand
from core_services.link.frame import Frame
from core_services.link.frames import ServerFrame
from core_services.link.glass_picture import TakePicture
from core_services.link.glass_watch import GlassWatch
from core_services.link.greeting_frames import Hello, Ping, Welcome
from core_services.link.hall_frames import Hall
from core_services.link.message_frames import MessageShown
from core_services.link.restarts import RestartOrdered
from core_services.link.slip_frames import Paper, Reprint, Void
from core_services.link.status_frames import RollSeen, Status
from core_services.link.trust import Fault
from core_services.paper.scans import what_is_unreadable
from core_services.paper.slip import slip_facts
from drivers.clock import within
from drivers.printers.model import JobChange, JobState, PrinterStatus
from drivers.printers.rolls import RollNews
from drivers.scanners.model import RefusedScan, ScannerStatus
from drivers.scanners.scanner import Scanner
from kiosk.audience import Audience
from kiosk.courier import Courier
from kiosk.emergencies import EMERGENCY, Emergency
from kiosk.errands import Errands
from kiosk.flow import advance
from kiosk.heartbeat import readiness_of, status_of
from kiosk.known import Known
from kiosk.leftovers import PRINT_JOURNAL, leftovers
from kiosk.offline import Outbox
from kiosk.own_numbers import OwnNumbers
from kiosk.place import Place
from kiosk.printing import Printing
from kiosk.seams import OpenPrinting, OpenScanner, ServerLink
from kiosk.state import Flow, next_due
from kiosk.steps import (
    AbandonKey,
    AskWhereItStands,
    CallForHelp,
    CancelJob,
    Command,
    CommandRefused,
    DayChanged,
    Effect,
    Event,
    ForgetKey,
    GiveOwnNumber,
    HallChanged,
    HelpComing,
    HelpNotSent,
    Home,
    JobCancelled,
    JobChanged,
    JudgeRoll,
    LinkChanged,
    NumberFound,
    Patience,
    PrinterChanged,
    PrintSlip,
    PrintTestSlip,
    RollLoaded,
    SayWord,
    ScanFailed,
    Scanned,
    ScannerChanged,
    SendIssue,
    SlipFound,
    SlipsFound,
    Ticked,
    TicketIssued,
    Touched,
)
from kiosk.wordbook import KEPT

logger = structlog.get_logger()

VERSION = version("shubbak")
HEARTBEAT_S = 5.0
_DAY_S = 86_400.0


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
    """Joins the flow with link, outbox, printer and pages.

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
        """`browser_scanner`: one that types into the page stands there. `name` stands on trial
        slips; without `take_picture` nobody can tell what the glass looks like."""
        self.place = Place.remembered(outbox.recall("place"))
        self._link = link
        self._is_anothers = False
        """The server is for training and this folder is not, or the other way round."""
        self._outbox = outbox
        self._audience = audience
        self._glass_watch = glass_watch
        self._clock = clock
        self._courier = Courier(outbox, link, clock)
        self._events: deque[Event] = deque()
        self._is_telling = False
        self._changed = asyncio.Event()
        self._to_send: asyncio.Queue[Frame] = asyncio.Queue()
        self._printing: Printing | None = None
        if open_printing is not None:
            self._printing = open_printing(
                on_job=self._job_changed,
                on_status=self._printer_changed,
                on_roll=self._roll_changed,
            )
            if not self._printing.tells:
                patience = replace(patience, late_word_s=0.0)
        self._scanner: Scanner | None = None
        if open_scanner is not None:
            self._scanner = open_scanner(
                on_scan=lambda scan: self.scan(scan.text, scan.symbology),
                on_status=self._scanner_changed,
                on_refused=self._scan_refused,
            )
        self._known = Known.remembered(outbox.recall("hall"))
        self._own_numbers = OwnNumbers(outbox)
        self._epoch: uuid.UUID | None = None
        self._browser_scanner = browser_scanner
        self._told: set[uuid.UUID] = set()
        """Messages to the hall that stood on the glass and of which the server was told."""
        self.flow = Flow(
            patience=patience,
            scanner_ready=browser_scanner,
            services=self._known.services,
            hall=self._known.hall,
        )
        self._emergency = outbox.recall(EMERGENCY)
        self._errands = Errands(
            name,
            outbox=outbox,
            clock=clock,
            printing=lambda: self._printing,
            flow=lambda: self.flow,
            place=lambda: self.place,
            tell=self._tell,
            send=self._to_send.put_nowait,
            take_picture=take_picture,
        )
        standing = Emergency.remembered(self._emergency, clock.now())
        if standing is not None:
            self.flow = standing.over(self.flow, clock.monotonic())
        self._errands.begin()

    @property
    def connected(self) -> bool:
        """Whether the server that this folder belongs to is at the other end now."""
        return self._link.connected and not self._is_anothers

    @property
    def is_ready(self) -> bool:
        """Whether a touch now would have its whole effect, or the page tells why not."""
        return self._printing is None or self._printing.is_ready

    @property
    def fault(self) -> Fault | None:
        """Why what answers at the server's address is not believed."""
        return self._link.fault

    @property
    def printer(self) -> Literal["ready", "not_ready", "absent"]:
        """Whether a slip sent now would be printed now."""
        return readiness_of(self._printing)

    @property
    def own_numbers(self) -> dict[str, Any] | None:
        """Tell of the numbers that it gives while cut off; None: it holds none."""
        return self._own_numbers.health(gives=self.flow.may_give)

    @property
    def printer_reason(self) -> str | None:
        """Why the printer is not ready, in one word; None when it is, and where there is none."""
        return None if self._printing is None else self._printing.status.reason

    @property
    def scanner(self) -> Literal["ready", "not_ready", "absent"]:
        """Whether a code held before the scanner now would be read."""
        if self._scanner is None:
            return "absent"
        return "ready" if self._scanner.status.ready else "not_ready"

    def local_time(self) -> datetime:
        """Return the present moment in the centre's zone."""
        return self._clock.now().astimezone(self.place.zone)

    def elapsed(self) -> float:
        """Return the monotonic seconds that the flow's times are in."""
        return self._clock.monotonic()

    def touch(self, name: str) -> None:
        """A citizen touched the button of that name; the key of its command is made here."""
        self._tell(Touched(name, uuid.uuid4().hex))

    def scan(self, text: str, symbology: str | None = None) -> None:
        """A code was held before the scanner; the key of what it asks is made here."""
        self._tell(Scanned(text, symbology, uuid.uuid4().hex))

    async def run(self) -> None:
        """Settle what an earlier run left, then serve until cancelled, or until it is ordered that
        the program ends."""
        self._settle_leftovers()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._link.run(self._hear, self._connection_changed))
                tasks.create_task(self._courier.run())
                tasks.create_task(self._send_frames())
                tasks.create_task(self._keep_time())
                tasks.create_task(self._keep_minutes())
                tasks.create_task(self._beat())
                tasks.create_task(self._purge())
                tasks.create_task(self._errands.run())
                if self._printing is not None:
                    tasks.create_task(self._printing.run())
                if self._scanner is not None:
                    tasks.create_task(self._scanner.run())
        except* RestartOrdered:
            logger.warning("program_ends", why="ordered")
        finally:
            if self._printing is not None:
                self._printing.close()

    def _settle_leftovers(self) -> None:
        """Nobody stands before a kiosk that just started: give up what was in flight."""
        for key in self._outbox.keys_in_flight():
            logger.warning("command_abandoned", key=key, why="restarted")
            self._outbox.abandon(key)
        late_word = timedelta(seconds=self.flow.patience.late_word_s)
        found = leftovers(self._outbox, self._printing, late_word=late_word)
        self._tell(SlipsFound(tuple(found)))
        if self._printing is not None:
            self._outbox.remember(PRINT_JOURNAL, self._printing.journal_id)

    def _state(self, job: str) -> JobState | None:
        return None if self._printing is None else self._printing.state(job)

    def _tell(self, event: Event) -> None:
        """Let an event happen, and what its effects bring about; then wake whoever looks on."""
        self._events.append(event)
        if self._is_telling:
            return
        self._is_telling = True
        try:
            while self._events:
                event = self._events.popleft()
                self.flow, effects = advance(self.flow, event, self._clock.monotonic())
                for effect in effects:
                    self._do(effect)
        finally:
            self._is_telling = False
        self._errands.glass_changed()
        self._tell_shown()
        self._changed.set()
        self._audience.wake()

    def _do(self, effect: Effect) -> None:
        match effect:
            case SendIssue(command):
                self._send_issue(command)
            case AskWhereItStands(key, token):
                self._to_send.put_nowait(Look(key=key, token=token))
            case AbandonKey(key):
                logger.warning("command_abandoned", key=key, why="no answer")
                self._outbox.abandon(key)
                self._courier.wake()
            case ForgetKey(key):
                self._outbox.refused(key)
            case GiveOwnNumber(command, was_sent):
                self._give_own_number(command, was_sent=was_sent)
            case PrintSlip(key, ticket):
                if not ticket.cut_off:
                    self._outbox.issued(key, ticket, self._epoch)
                logger.info("ticket_issued", ticket=str(ticket.id), label=ticket.label)
                self._print(str(ticket.id), ticket, reprint=False)
            case CancelJob(job):
                never = self._printing is not None and self._printing.cancel(job)
                self._tell(JobCancelled(job, never))
            case SayWord(job, ticket_id, word, confirmed_by):
                logger.info("slip_settled", job=job, word=word, confirmed_by=confirmed_by)
                self._outbox.say(
                    job,
                    Void(ticket=ticket_id)
                    if word == "void"
                    else Paper(ticket=ticket_id, state=word, confirmed_by=confirmed_by, job=job),
                )
                self._courier.wake()
            case PrintTestSlip(job, number):
                if self._printing is not None:
                    self._printing.order_test(job, number)
                self._to_send.put_nowait(self._status())
            case JudgeRoll(judgement):
                logger.info("roll_judged", judgement=judgement)
                if self._printing is not None:
                    self._printing.judge_roll(judgement)
                self._to_send.put_nowait(self._status())
            case CallForHelp():
                self._to_send.put_nowait(Help())

    def _send_issue(self, command: Command) -> None:
        ask: Issue | CheckIn
        if not command.is_check_in:
            ask = Issue(
                key=command.key,
                service=command.service,
                priority=command.priority,
                language=command.language,
                requests=command.requests,
                national_id=command.national_id,
            )
        else:
            ask = CheckIn(
                key=command.key,
                code=command.code,
                token=command.token,
                language=command.language,
            )
        self._outbox.asked(ask)
        self._to_send.put_nowait(ask)

    def _give_own_number(self, command: Command, *, was_sent: bool) -> None:
        service = None if command.service is None else self.flow.service(command.service)
        within = self._known.return_within_min
        self._tell(
            self._own_numbers.give(
                command, service, self.place, was_sent=was_sent, return_within_min=within
            )
        )
        self._courier.wake()
        self._tell_own_numbers()

    def _tell_own_numbers(self) -> None:
        """Let the flow know the time, and whether a number of its own is left today."""
        for event in self._own_numbers.standing(self.place):
            self._tell(event)

    def _print(self, job: str, ticket: IssuedTicket, *, reprint: bool) -> None:
        if self._printing is None:
            self._tell(JobChanged(job, "failed"))
            return
        facts = slip_facts(ticket, self.place.centre, self.place.zone.key, reprint=reprint)
        self._printing.order(job, facts)

    async def _hear(self, frame: ServerFrame) -> None:
        if isinstance(frame, Welcome):
            self._is_anothers = self.place.is_of_another_kind(frame)
            if self._is_anothers:
                logger.error(
                    "folder_of_another_kind",
                    training=self.place.centre.training,
                    advice="its numbers are not for this server: give a kiosk for training a "
                    "data_dir of its own",
                )
        if self._is_anothers:
            return
        match frame:
            case Welcome():
                self._epoch = frame.epoch
                self._remember(frame)
                self._own_numbers.welcomed(frame)
                self._tell_own_numbers()
                self._errands.set_duty(frame.out_of_service)
                self._courier.line_up(frame.epoch)
                self._tell(LinkChanged(True))
                self._to_send.put_nowait(self._status())
            case Hall():
                self._tell(HallChanged(frame))
                self._remember_hall()
                self._remember_emergency()
            case Issued(key=key, ticket=ticket):
                self._tell(TicketIssued(key, ticket))
            case Found():
                self._tell(NumberFound(frame))
            case Refused(key="help"):
                self._tell(HelpNotSent())
            case Refused(key=key, problem=problem):
                if not self._courier.refused(key, problem.get("status")):
                    logger.warning("command_refused", key=key, problem=problem.get("title"))
                    kind = str(problem.get("type", "")).rpartition(":")[2]
                    label = problem.get("display_label")
                    told = label if isinstance(label, str) else None
                    self._tell(CommandRefused(key, kind, told))
            case Settled(about="help"):
                self._tell(HelpComing())
            case Settled(about=about, ticket=known_as):
                self._courier.settled(about, known_as)
            case Ping(server_time=server_time):
                self._own_numbers.hear_time(server_time)
            case Reprint():
                self._reprint(frame)
            case RollSeen():
                self._hear_of_roll(frame)
            case Errand():
                self._errands.hear(frame)
            case _:
                pass

    async def _connection_changed(self, connected: bool) -> None:
        """The line went; that it came is told by the welcome."""
        if not connected:
            self._courier.line_down()
            self._tell(LinkChanged(False))

    def _remember(self, welcome: Welcome) -> None:
        place = Place.told_by(welcome, self.place)
        if place != self.place:
            self.place = place
            self._outbox.remember("place", place.to_json())

    def _remember_hall(self) -> None:
        """Write down what stays true without a line; the hall itself changes with every act."""
        known = Known.of(self.flow)
        if known != self._known:
            self._known = known
            self._outbox.remember("hall", known.to_json())

    def _remember_emergency(self) -> None:
        """Write down what stands over every page, with the minute in which it was heard."""
        now = self._clock.now().replace(second=0, microsecond=0)
        said = self.flow.emergency
        told = None if said is None else Emergency(said, now).to_json()
        if told != self._emergency:
            self._emergency = told
            self._outbox.remember(EMERGENCY, told)

    def _tell_shown(self) -> None:
        """Say once of each message to the hall that it stands on this glass, if a page is open."""
        hall = self.flow.hall_now
        if hall is None or len(self._audience) == 0:
            return
        emergency = self.flow.emergency
        on_glass = [emergency] if emergency is not None else []
        if emergency is None and isinstance(self.flow.step, Home):
            on_glass = hall.messages
        self._told &= {each.id for each in hall.messages if each.id is not None}
        for message in on_glass:
            if message.id is not None and message.id not in self._told:
                self._told.add(message.id)
                self._to_send.put_nowait(MessageShown(message=message.id))

    def _reprint(self, order: Reprint) -> None:
        """Print the slip that a person ordered, once, however often the order comes."""
        job, ticket = order.job, order.ticket
        is_new = self._outbox.reprint_ordered(job, ticket.id)
        state = self._state(job)
        if not is_new and (state is not None or self._outbox.said(job) == "unknown"):
            return
        logger.info("reprint_ordered", job=job, ticket=str(ticket.id))
        self._tell(SlipFound(job, ticket.id, reprint=True, state=state or "queued"))
        if state is None:
            self._print(job, ticket, reprint=not order.is_first)

    def _hear_of_roll(self, said: RollSeen) -> None:
        """Take a supervisor's word about a roll that nobody has answered for.

        Whoever stood before the machine, or changed the roll since, knows better.
        """
        roll = None if self._printing is None else self._printing.roll
        if roll is None or roll.check != "unchecked" or roll.loaded_at != said.loaded_at:
            logger.info("word_about_roll_too_late", seen=said.seen)
            return
        self._do(JudgeRoll("good" if said.seen else "blank"))

    def _job_changed(self, change: JobChange) -> None:
        if self._errands.job_changed(change.job_id, change.state, change.confirmed_by):
            return
        self._tell(JobChanged(change.job_id, change.state, change.confirmed_by))

    def _printer_changed(self, status: PrinterStatus) -> None:
        logger.info("printer_changed", ready=status.ready, reason=status.reason)
        self._tell(PrinterChanged(status.ready))
        self._to_send.put_nowait(self._status())

    def _roll_changed(self, news: RollNews) -> None:
        """Let somebody look whether the paper prints, if there is a screen to ask on."""
        logger.info("paper_may_be_another", news=news)
        if self.flow.patience.roll_answer_s:
            number = str(100 + secrets.randbelow(900))
            self._tell(RollLoaded(f"roll-{uuid.uuid4().hex}", number))

    def correct_roll(self, left_m: float) -> bool:
        """Take a technician's measure of what is left on the roll; False without a printer."""
        if self._printing is None:
            return False
        self._printing.correct_roll(left_m)
        self._to_send.put_nowait(self._status())
        return True

    def _scanner_changed(self, status: ScannerStatus) -> None:
        logger.info("scanner_changed", ready=status.ready, reason=status.reason)
        self._tell(ScannerChanged(status.ready or self._browser_scanner))
        self._to_send.put_nowait(self._status())

    @property
    def _scanner_trouble(self) -> str | None:
        return None if self._scanner is None else self._scanner.status.reason

    def _scan_refused(self, refused: RefusedScan) -> None:
        self._tell(ScanFailed(what_is_unreadable(refused.symbology, refused.size_bytes)))

    def audience_changed(self) -> None:
        """A page was opened or closed."""
        self._to_send.put_nowait(self._status())

    def _status(self) -> Status:
        glass = self._glass_watch.light(len(self._audience))
        return status_of(
            self._printing,
            version=VERSION,
            day_began=self.place.day_began(self._clock.now()),
            scanner=self.scanner,
            scanner_trouble=self._scanner_trouble,
            glass=glass,
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

    async def _keep_minutes(self) -> None:
        """Bring the clock on the glass, and the day, up to date at each full minute."""
        self._tell(DayChanged(self.local_time().date()))
        self._tell_own_numbers()
        while True:
            now = self._clock.now()
            minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
            await self._clock.sleep((minute - now).total_seconds())
            self._tell(DayChanged(self.local_time().date()))
            if self.connected:
                self._own_numbers.remember_time()
            self._tell_own_numbers()

    async def _beat(self) -> None:
        fault = None
        while True:
            await self._clock.sleep(HEARTBEAT_S)
            if fault != self._link.fault:
                fault = self._link.fault
                self._audience.wake()
            await self._link.send(self._status())

    async def _purge(self) -> None:
        """Forget once a day what nobody will ask for again, by a clock that can be believed."""
        while True:
            if self._outbox.time.believes_machine:
                self._outbox.purge()
                if self._printing is not None:
                    self._printing.purge(self._clock.now() - KEPT)
            await self._clock.sleep(_DAY_S)
