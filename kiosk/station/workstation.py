"""The workstation at work: gives each order to a device once, and says what became of it.

An order is written down before a device hears of it, and its device's journal has it before a byte
leaves; so that after a kill it is done once, or in doubt and told as such, never twice.
"""

import asyncio
import sqlite3
import uuid
from collections.abc import Sequence
from typing import Literal, Protocol

import structlog

from core_services.clock import Clock
from core_services.link.answer_frames import Refused, Settled
from core_services.link.client import OnChange, OnFrame
from core_services.link.errand_frames import Errand
from core_services.link.frame import Frame
from core_services.link.frames import ServerFrame
from core_services.link.greeting_frames import Hello, Welcome
from core_services.link.restarts import RestartOrdered, Restarts
from core_services.link.slip_frames import Paper, Reprint
from core_services.link.status_frames import AttachedDevice, Status
from core_services.link.trust import Fault
from core_services.link.work_frames import Cancel, Outcome, OutcomeState, Scanned, Work
from core_services.paper.slip import slip_facts
from core_services.release import release
from drivers.errors import DeviceError, JournalError
from kiosk.courier import Courier
from kiosk.place import Place
from kiosk.station.documents import DocumentScanner
from kiosk.station.fetching import Fetch, Fetching
from kiosk.station.ledger import Entry, Ledger
from kiosk.station.model import (
    Attached,
    JobNews,
    MessageWorker,
    PaperWorker,
    SlipWorker,
    Worker,
    word_for,
)
from kiosk.station.receipts import ReceiptPrinter
from kiosk.station.supervision import keep_running

logger = structlog.get_logger()

VERSION = release()
HEARTBEAT_S = 5.0
_DAY_S = 86_400.0
RECEIPT_ENDS_S = 30.0
"""So long a receipt under way keeps the program from ending."""
_LOOK_S = 0.2
_KINDS = ("page", "receipt", "message")


class ServerLink(Protocol):
    """What a workstation needs of `core_services.link.client.Link`."""

    connected: bool
    fault: Fault | None

    async def run(self, on_frame: OnFrame, on_change: OnChange) -> None: ...

    async def send(self, frame: Frame) -> bool: ...


def hello(name: str, ledger: Ledger) -> Hello:
    """Return the first frame of a workstation of that name."""
    return Hello(version=VERSION, device=name, journal_id=ledger.journal_id)


class Workstation:
    """Joins the link, the ledger and the devices. Everything runs on one loop.

    Devices are given to `attach` before `run`; they tell it of news through `on_news`, `on_state`,
    `on_open`, `on_scan` and `on_unreadable`.
    """

    def __init__(self, *, link: ServerLink, ledger: Ledger, fetch: Fetch, clock: Clock) -> None:
        self.place = Place.remembered(ledger.recall("place"))
        self.last_scan: str | None = None
        """What the server said of the last scan, `cut_off`, or `unreadable`; None before it, and
        until it is answered."""
        self._link = link
        self._ledger = ledger
        self._clock = clock
        self._courier = Courier(ledger, link, clock)
        self._fetching = Fetching(fetch, clock, on_document=self._print_document)
        self._to_send: asyncio.Queue[Frame] = asyncio.Queue()
        self._workers: list[Worker] = []
        self._others: list[Attached] = []
        self._scan_key: str | None = None
        self._restarts = Restarts(ledger)
        self._to_end = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether the server is at the other end now."""
        return self._link.connected

    @property
    def is_ready(self) -> bool:
        """Whether each device's owner has begun: it takes orders, or says what keeps it."""
        return all(each.state != "absent" or each.reason is not None for each in self.devices())

    @property
    def fault(self) -> Fault | None:
        """Why what answers at the server's address is not believed."""
        return self._link.fault

    def attach(self, *, workers: Sequence[Worker] = (), others: Sequence[Attached] = ()) -> None:
        """Take the devices, in the order in which they are preferred."""
        self._workers += workers
        self._others += others

    def devices(self) -> list[AttachedDevice]:
        """Return every device as it stands now."""
        return [each.tell() for each in self._attached]

    def document_scanner(self, name: str) -> DocumentScanner | None:
        """Return the document scanner of that name."""
        found = (each for each in self._others if each.name == name)
        return next((each for each in found if isinstance(each, DocumentScanner)), None)

    @property
    def dropped_incoming(self) -> int:
        """How many parts of messages came in and were deleted unread."""
        modems = (each for each in self._workers if isinstance(each, MessageWorker))
        return sum(each.dropped_incoming for each in modems)

    async def run(self) -> None:
        """Serve until cancelled, or until it is ordered that the program ends.

        A device that fails is run again and stops nothing else.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._link.run(self._hear, self._connection_changed))
                tasks.create_task(self._courier.run())
                tasks.create_task(self._fetching.run())
                tasks.create_task(self._send_frames())
                tasks.create_task(self._beat())
                tasks.create_task(self._purge())
                tasks.create_task(self._end())
                for device in self._attached:
                    tasks.create_task(keep_running(device, self._clock))
        except* RestartOrdered:
            logger.warning("program_ends", why="ordered")

    def on_news(self, news: JobNews) -> None:
        """A device has come further with a job."""
        entry = self._ledger.entry(news.job)
        if entry is None:
            return
        word = word_for(entry.said, news.fate)
        if word is None:
            return
        logger.info("job_told", job=news.job, device=entry.device, word=word)
        if entry.ticket is None:
            said: Paper | Outcome = Outcome(
                job=news.job, state=word, confirmed_by=news.confirmed_by, reason=news.reason
            )
        elif word == "sent":
            return
        else:
            by: Literal["echo", "gs_r"] | None = None
            if news.confirmed_by in ("echo", "gs_r"):
                by = "echo" if news.confirmed_by == "echo" else "gs_r"
            said = Paper(ticket=entry.ticket, state=word, confirmed_by=by, job=news.job)
        self._ledger.say(news.job, said)
        self._courier.wake()

    def on_state(self) -> None:
        """A device stands otherwise than before: the server hears of it at once."""
        self._to_send.put_nowait(self._status())

    def on_open(self, worker: Worker) -> None:
        """A device's journal is open: tell what became of the jobs that an earlier run left.

        A job that the journal does not know never reached it, and is done when it is ordered
        again. Of another journal than the one before, since that was lost or damaged, nothing can
        be said: the paper may be in somebody's hand, and a person decides.
        """
        remembered = f"journal:{worker.name}"
        before, now = self._ledger.recall(remembered), worker.journal_id
        is_lost = before is not None and before != now
        if is_lost:
            logger.error("device_journal_lost", device=worker.name, before=before, now=now)
        for entry in self._ledger.undecided(worker.name):
            news = worker.news(entry.job)
            if news is None and is_lost:
                news = JobNews(entry.job, "unknown", reason="journal_lost")
            if news is not None:
                self.on_news(news)
        if before != now:
            self._ledger.remember(remembered, now)

    def on_scan(self, scanner: str, window: int, text: str, symbology: str | None) -> None:
        """Somebody scanned a code: the desk hears of it now or never."""
        if not self._link.connected:
            logger.info("scan_not_told", scanner=scanner, why="cut off")
            self.last_scan = "cut_off"
            return
        self.last_scan, self._scan_key = None, uuid.uuid4().hex
        frame = Scanned(
            key=self._scan_key,
            scanner=scanner,
            window=window,
            text=text[:1000],
            symbology=None if symbology is None else symbology[:20],
        )
        self._to_send.put_nowait(frame)

    def _scan_not_told(self) -> None:
        """No answer to the last scan comes any more."""
        if self._scan_key is not None:
            self.last_scan, self._scan_key = "cut_off", None

    def on_unreadable(self, scanner: str) -> None:
        """Somebody held something before a scanner that makes no code."""
        self.last_scan, self._scan_key = "unreadable", None

    @property
    def _attached(self) -> list[Attached]:
        return [*self._workers, *self._others]

    @property
    def _receipt_printers(self) -> list[ReceiptPrinter]:
        return [each for each in self._workers if isinstance(each, ReceiptPrinter)]

    async def _hear(self, frame: ServerFrame) -> None:
        match frame:
            case Welcome():
                self._remember(frame)
                self._courier.line_up(frame.epoch)
                self._to_send.put_nowait(self._status())
            case Reprint() | Work() | Cancel():
                self._obey(frame)
            case Errand():
                self._hear_errand(frame)
            case Refused(key=key) if key == self._scan_key:
                self._scan_not_told()
            case Refused(key=key, problem=problem):
                if not self._courier.refused(key, problem.get("status")):
                    logger.warning("command_refused", key=key, problem=problem.get("title"))
            case Settled(about=about, state=state):
                if about == self._scan_key:
                    self.last_scan, self._scan_key = state, None
                else:
                    self._courier.settled(about)
            case _:
                pass

    async def _connection_changed(self, connected: bool) -> None:
        if not connected:
            self._courier.line_down()
            self._scan_not_told()

    def _remember(self, welcome: Welcome) -> None:
        place = Place.told_by(welcome, self.place)
        if place != self.place:
            self.place = place
            self._ledger.remember("place", place.to_json())

    def _hear_errand(self, errand: Errand) -> None:
        """End the program by order, or answer that an earlier run did; nothing else is known here.

        Where the disk refuses, the order is left alone and comes again.
        """
        state: OutcomeState = "failed"
        reason: str | None = "unknown_kind"
        if errand.do == "restart":
            try:
                heard = self._restarts.hear(errand.job)
            except sqlite3.Error as error:
                logger.error("errand_not_kept", job=errand.job, detail=str(error))
                return
            if heard != "ended":
                self._to_end.set()
                return
            state, reason = "done", None
        self._to_send.put_nowait(Outcome(job=errand.job, state=state, reason=reason))

    async def _end(self) -> None:
        """End the program once that is ordered and no receipt is on its way to the paper.

        What a journal holds the next run goes on with. Raises RestartOrdered.
        """
        await self._to_end.wait()
        logger.warning("restart_ordered")
        give_up_at = self._clock.monotonic() + RECEIPT_ENDS_S
        while self._prints() and self._clock.monotonic() < give_up_at:
            await self._clock.sleep(_LOOK_S)
        raise RestartOrdered

    def _prints(self) -> bool:
        since = self.place.day_began(self._clock.now())
        counts = [printer.counts(since) for printer in self._receipt_printers]
        return any(each.get(state) for each in counts for state in ("sending", "sent"))

    def _obey(self, order: Reprint | Work | Cancel) -> None:
        """Begin an order; where a device's disk refuses, it is left alone and comes again."""
        try:
            match order:
                case Reprint():
                    self._take_slip(order)
                case Work():
                    self._take_work(order)
                case Cancel():
                    self._take_back(order)
        except JournalError as error:
            logger.error("order_not_kept", order=order.type, detail=str(error))

    def _take_slip(self, frame: Reprint) -> None:
        """Print the slip that a person ordered, once, however often the order comes."""
        entry = self._ledger.entry(frame.job)
        worker = self._worker_for("receipt", None, entry)
        if self._is_new(frame.job, worker, entry, ticket=frame.ticket.id):
            place = self.place
            facts = slip_facts(
                frame.ticket, place.centre, place.zone.key, reprint=not frame.is_first
            )
            if isinstance(worker, SlipWorker):
                worker.print_slip(frame.job, facts)

    def _take_work(self, frame: Work) -> None:
        """Do an order once, however often it comes."""
        entry = self._ledger.entry(frame.job)
        worker = self._worker_for(frame.kind, frame.on, entry)
        reason = "no_device" if frame.kind in _KINDS else "unknown_kind"
        if not self._is_new(frame.job, worker, entry, reason=reason):
            return
        if isinstance(worker, MessageWorker) and frame.message is not None:
            worker.send(frame.job, frame.message)
        elif isinstance(worker, PaperWorker) and frame.document is not None:
            self._fetching.want(frame)
        else:
            self.on_news(JobNews(frame.job, "failed", reason="unreadable"))

    def _take_back(self, frame: Cancel) -> None:
        """Do an order no more if nothing of it left; say once whether that was so.

        A device whose journal is not open cannot tell: the request comes again.
        """
        if self._ledger.entry(frame.key) is not None:
            return
        entry = self._ledger.entry(frame.job)
        is_back = True
        if entry is None:
            self._ledger.enter(frame.job, device="")
            self.on_news(JobNews(frame.job, "failed", reason="cancelled"))
        elif entry.said not in (None, "held"):
            is_back = entry.said == "failed"
        else:
            worker = next((each for each in self._workers if each.name == entry.device), None)
            if worker is None or worker.journal_id is None:
                return
            if worker.news(frame.job) is None:
                self.on_news(JobNews(frame.job, "failed", reason="cancelled"))
            else:
                is_back = worker.cancel(frame.job)
        logger.info("order_cancelled", job=frame.job, is_back=is_back)
        self._ledger.enter(frame.key, device="")
        self.on_news(JobNews(frame.key, "done" if is_back else "failed"))

    def _is_new(
        self,
        job: str,
        worker: Worker | None,
        entry: Entry | None,
        *,
        ticket: uuid.UUID | None = None,
        reason: str = "no_device",
    ) -> bool:
        """Write a job down; True when its device is to do it now.

        A device whose journal is not open might have done it before: the order is left alone, and
        comes again.
        """
        if worker is None:
            if entry is None:
                self._ledger.enter(job, device="", ticket=ticket)
                self.on_news(JobNews(job, "failed", reason=reason))
            else:  # its device was taken out of the settings: the paper may be in its tray
                self.on_news(JobNews(job, "unknown", reason=reason))
            return False
        if worker.journal_id is None:
            logger.info("order_waits", job=job, device=worker.name)
            return False
        news = worker.news(job)
        if self._ledger.enter(job, device=worker.name, ticket=ticket):
            logger.info("order_taken", job=job, device=worker.name)
        elif entry is not None and news is None and entry.said not in (None, "held"):
            return False
        if news is not None:
            self.on_news(news)
        return news is None

    def _worker_for(self, kind: str, on: str | None, entry: Entry | None) -> Worker | None:
        """Return who has the job already, who is named, or the first that is ready."""
        able = [each for each in self._workers if each.does == kind]
        if entry is not None:
            return next((each for each in able if each.name == entry.device), None)
        if on is not None:
            return next((each for each in able if each.name == on), None)
        return next((each for each in able if each.is_ready), able[0] if able else None)

    def _print_document(self, work: Work, content: bytes) -> None:
        """A document was fetched: its device prints it, unless it is gone meanwhile."""
        entry = self._ledger.entry(work.job)
        worker = self._worker_for(work.kind, work.on, entry)
        is_wanted = entry is not None and entry.said is None
        if not is_wanted or not isinstance(worker, PaperWorker) or worker.journal_id is None:
            return
        try:
            worker.print_document(work.job, content)
        except DeviceError as error:
            if isinstance(error, JournalError):
                logger.error("order_not_kept", job=work.job, detail=str(error))
                return
            self.on_news(JobNews(work.job, "failed", reason="unreadable"))

    def _status(self) -> Status:
        devices = self.devices()
        slips = [each for each in devices if each.kind == "receipt_printer"]
        first = next((each for each in slips if each.state == "ready"), slips[0] if slips else None)
        since = self.place.day_began(self._clock.now())
        jobs: dict[str, int] = {}
        for printer in self._receipt_printers:
            for state, count in printer.counts(since).items():
                jobs[state] = jobs.get(state, 0) + count
        return Status(
            version=VERSION,
            printer=None if first is None else first.state,
            paper=None if first is None else first.paper,
            cover=None if first is None else first.cover,
            detail=None if first is None else first.reason,
            jobs=jobs,
            devices=devices,
        )

    async def _send_frames(self) -> None:
        while True:
            frame = await self._to_send.get()
            if not await self._link.send(frame) and isinstance(frame, Scanned):
                self._scan_not_told()

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(HEARTBEAT_S)
            await self._link.send(self._status())

    async def _purge(self) -> None:
        """Forget once a day what nobody will ask for again."""
        while True:
            self._ledger.purge()
            for worker in self._workers:
                worker.purge()
            await self._clock.sleep(_DAY_S)
