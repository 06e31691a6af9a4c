"""Turns tickets and the server's pictures into paper: composes in a thread of its own."""

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog
from PIL import Image

from core_services.clock import Clock
from core_services.paper.drawing import DrawingError
from core_services.paper.slip import PaperError, SlipFacts, SlipPress
from core_services.paper.trial import TrialFacts, draw_trial_receipt
from core_services.pulse import Pulse
from drivers.errors import DeviceError
from drivers.printers.escpos import compose, length_mm
from drivers.printers.journal import Journal
from drivers.printers.model import JobChange, JobState, Patience, PrinterStatus
from drivers.printers.printer import Printer
from drivers.printers.profiles import Profile
from drivers.printers.rolls import Roll, RollBook, RollCheck, RollNews, RollWatch

logger = structlog.get_logger()

_RESTART_S = 5.0
_WARM_UP_BOUND_S = 300.0
"""A machine's first start makes the fonts of its slips, which takes the smallest half a minute."""
_COMPOSE_BOUND_S = 60.0
"""A slip takes a tenth of a second; a large picture from the server a few."""

_Compose = Callable[[], tuple[bytes, bytes, float]]
"""Make a job's bytes, those of its marked copy, and its length in mm; called in the thread."""


class Printing:
    """One printer, its journal, and the thread that composes for it.

    Changes of jobs and of the printer's status are told in the loop that runs `run`.
    """

    def __init__(
        self,
        url: str,
        profile: Profile,
        *,
        width_dots: int | None,
        data_dir: Path,
        cache_dir: Path,
        clock: Clock,
        on_job: Callable[[JobChange], None],
        on_status: Callable[[PrinterStatus], None],
        on_roll: Callable[[RollNews], None] = lambda news: None,
        patience: Patience | None = None,
        roll_mm: float = 80_000.0,
        pulse: Pulse | None = None,
    ) -> None:
        """Open the journal in `data_dir`; raise DeviceError when it or the address is unusable.

        `on_roll` is told when the paper may be another; `pulse` of what must come to an end.
        """
        self._profile = profile
        self._width_dots = width_dots or profile.width_dots
        self._cache_dir = cache_dir
        self._clock = clock
        self._on_job = on_job
        self._on_status = on_status
        self._on_roll = on_roll
        self._rolls = RollBook(data_dir / "roll.json", clock, length_mm=roll_mm)
        self._watch = RollWatch(was_out=self._rolls.roll.was_out)
        self._lengths_mm: dict[str, float] = {}
        """Of the slips that are composed and not sent yet."""
        self._journal = Journal(data_dir / "print-journal.sqlite3", clock)
        self._printer = Printer(
            url,
            profile,
            self._journal,
            clock,
            on_job=self._hear_job,
            on_status=self._hear_status,
            patience=patience,
            pulse=pulse,
        )
        self._pulse = pulse if pulse is not None else Pulse(clock)
        self._settle_roll()
        self._orders: asyncio.Queue[tuple[str, _Compose]] = asyncio.Queue()
        self._not_submitted: set[str] = set()
        self._test: str | None = None
        """The latest test slip."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="slip-press")
        self._press: SlipPress | None = None

    def close(self) -> None:
        """Stop the thread and give the journal to whoever wants it next."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._journal.close()

    @property
    def status(self) -> PrinterStatus:
        return self._printer.status

    @property
    def is_ready(self) -> bool:
        """A slip can be composed, and the printer was looked at: it prints, or we know why not."""
        return self._press is not None and self._printer.was_looked_at

    @property
    def journal_id(self) -> str:
        """Names the journal's file: another one knows nothing of earlier jobs."""
        return self._journal.journal_id

    @property
    def profile_name(self) -> str:
        return self._profile.name

    @property
    def tells(self) -> bool:
        """The printer can tell that a slip is on paper."""
        return self._profile.answers

    @property
    def roll(self) -> Roll:
        """The roll in the printer, by what was fed from it."""
        return self._rolls.roll

    def state(self, job: str) -> JobState | None:
        """Return how far a job has come; None for one that never reached the journal."""
        if job in self._not_submitted:
            return "queued"
        known = self._journal.get(job)
        return None if known is None else known.state

    def counts(self, since: datetime) -> dict[str, int]:
        """Return how many jobs stand in each state, of those put in line since then."""
        return self._journal.counts(since)

    def order(self, job: str, facts: SlipFacts) -> None:
        """Print this slip once, however often this job is ordered; returns at once."""
        self._line_up(job, partial(self._compose_slip, facts))

    def order_picture(self, job: str, picture: bytes) -> None:
        """Print a PNG once, however often this job is ordered; returns at once.

        Whoever made it has marked it if it is a copy. One that cannot be read, or is wider than the
        paper, has failed.
        """
        self._line_up(job, partial(self._compose_picture, picture))

    def order_test(self, job: str, number: str) -> None:
        """Print a test slip; after a blank one nothing else is printed until it is judged.

        One that still waits is given up: the paper may be another once more.
        """
        earlier, self._test = self._test, job
        if earlier is not None:
            self.cancel(earlier)
        if self._printer.holds_line:  # white paper stays white, over a restart too, until judged
            self._printer.hold_line("roll_blank", but=job)
        else:
            self._rolls.note_check("asked")
        self._line_up(job, partial(self._compose_test, number))

    def order_trial(self, job: str, facts: TrialFacts) -> None:
        """Print a trial slip once, however often this job is ordered; returns at once."""
        self._line_up(job, partial(self._compose_trial, facts))

    def judge_roll(self, check: RollCheck) -> None:
        """Take a person's word about the print, or that nobody gave any."""
        self._rolls.note_check(check)
        if check == "blank":
            self._printer.hold_line("roll_blank")
        else:
            self._printer.release_line()

    def correct_roll(self, left_m: float) -> None:
        """A technician measured what is left on the roll."""
        self._rolls.correct(left_m * 1000)

    def cancel(self, job: str) -> bool:
        """Take a job back; True: not one byte was accepted, and it will never be printed."""
        if job in self._not_submitted:
            self._not_submitted.discard(job)
            return True
        try:
            return self._printer.cancel(job)
        except DeviceError:
            logger.exception("job_not_cancelled", job=job)
            return False

    def purge(self, before: datetime) -> None:
        """Forget finished jobs unchanged since then."""
        self._journal.purge(before)

    @property
    def width_dots(self) -> int:
        """How wide a picture may be."""
        return self._width_dots

    async def run(self) -> None:
        """Compose and print until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._attend())
            tasks.create_task(self._compose_orders())

    async def _attend(self) -> None:
        """Keep the printer's owner alive; the kiosk goes on without paper meanwhile."""
        while True:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._own_printer())
            await self._clock.sleep(_RESTART_S)

    async def _own_printer(self) -> None:
        try:
            await self._printer.run()
        except* DeviceError as failures:
            logger.error("printer_failed", reasons=[str(each) for each in failures.exceptions])

    async def _compose_orders(self) -> None:
        loop = asyncio.get_running_loop()
        with self._pulse.bounded("fonts of the slips", _WARM_UP_BOUND_S):
            await loop.run_in_executor(self._thread, self._warm_up)
        while True:
            job, compose_it = await self._orders.get()
            if job not in self._not_submitted:
                continue
            try:
                with self._pulse.bounded("composing a slip", _COMPOSE_BOUND_S):
                    data, copy, slip_mm = await loop.run_in_executor(self._thread, compose_it)
                if job in self._not_submitted:
                    self._lengths_mm[job] = slip_mm
                    self._printer.submit(job, data, copy)
            except (PaperError, DeviceError) as failure:
                logger.error("paper_not_composed", job=job, detail=str(failure))
                self._hear_job(JobChange(job, "failed"))
            self._not_submitted.discard(job)

    def _warm_up(self) -> None:
        self._press = SlipPress(self._cache_dir)

    def _line_up(self, job: str, compose_it: _Compose) -> None:
        if self.state(job) is None:
            self._not_submitted.add(job)
            self._orders.put_nowait((job, compose_it))

    def _compose_slip(self, facts: SlipFacts) -> tuple[bytes, bytes, float]:
        press = self._press_of_thread()
        image = press.render(facts, self._width_dots)
        marked = press.render(replace(facts, reprint=True), self._width_dots)
        data, copy = compose(image, self._profile), compose(marked, self._profile)
        return data, copy, length_mm(image, self._profile)

    def _compose_test(self, number: str) -> tuple[bytes, bytes, float]:
        image = self._press_of_thread().render_test(number, self._width_dots)
        return compose(image, self._profile), b"", length_mm(image, self._profile)

    def _compose_trial(self, facts: TrialFacts) -> tuple[bytes, bytes, float]:
        try:
            picture = draw_trial_receipt(facts, self._width_dots, self._cache_dir)
        except DrawingError as error:
            raise PaperError(f"the trial slip cannot be drawn: {error}") from error
        return self._compose_picture(picture)

    def _compose_picture(self, picture: bytes) -> tuple[bytes, bytes, float]:
        try:
            with Image.open(io.BytesIO(picture), formats=("PNG",)) as image:
                data = compose(image, self._profile)
                mm = length_mm(image, self._profile)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise PaperError(f"the picture cannot be read: {error}") from error
        return data, data, mm

    def _press_of_thread(self) -> SlipPress:
        if self._press is None:
            self._press = SlipPress(self._cache_dir)
        return self._press

    def _hear_job(self, change: JobChange) -> None:
        """Count the paper of a job when the printer has its bytes, then pass the news on."""
        job = self._journal.get(change.job_id)
        is_first_word = change.state == "sent" or (
            change.state in ("held", "unknown") and change.job_id in self._lengths_mm
        )
        if job is not None and is_first_word:
            self._rolls.use(self._lengths_mm.pop(change.job_id, None))
        elif change.state == "failed":
            self._lengths_mm.pop(change.job_id, None)
        self._on_job(change)

    def _hear_status(self, status: PrinterStatus) -> None:
        news = self._watch.hear(status)
        self._rolls.note_out(self._watch.was_out)
        if news == "new_roll":
            was = self.roll
            logger.info("roll_changed", used_m=round(was.used_mm / 1000, 1), slips=was.slips)
            is_blank = was.check == "blank"
            self._rolls.new_roll()
            if is_blank:
                self._rolls.note_check("blank")
        self._on_status(status)
        if news is not None:
            self._on_roll(news)

    def _settle_roll(self) -> None:
        """What nobody had answered when the program ended, nobody will; white paper stays white."""
        if self.roll.check == "asked":
            self._rolls.note_check("unchecked")
        elif self.roll.check == "blank":
            self._printer.hold_line("roll_blank")
