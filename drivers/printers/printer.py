"""Owns one printer: only this task ever sends it a byte or moves its jobs."""

import asyncio
import random
import uuid
from collections.abc import Callable, Mapping

import structlog

from drivers.clock import Clock
from drivers.errors import NoReply, PaperDamaged
from drivers.printers.commands import process_id
from drivers.printers.conversation import Conversation, Identity
from drivers.printers.delivery import Delivery
from drivers.printers.journal import Journal
from drivers.printers.model import (
    Confirmation,
    Job,
    JobChange,
    JobState,
    Patience,
    PrinterStatus,
    Reason,
)
from drivers.printers.profiles import Profile
from drivers.printers.status import BLIND, LINK_DOWN, Condition, status_of, troubled
from drivers.pulse import Pulse
from drivers.transports.keeping import LinkKeeper
from drivers.transports.opening import OPENERS, Opener
from drivers.transports.transport import Transport

logger = structlog.get_logger()

_PRINTED_OR_NOT: tuple[JobState, ...] = ("unknown", "done")


class Printer:
    """One printer, its line of jobs and its link; `run` is its life.

    Bytes leave only for a printer that just said it is well. Bytes once accepted are never sent
    again: a job whose fate can't be heard becomes `unknown`, and a person decides. All methods are
    called in the loop that runs `run`; `on_job` and `on_status` are called there too.
    Raises UnknownScheme for an address that no transport opens.
    """

    def __init__(
        self,
        url: str,
        profile: Profile,
        journal: Journal,
        clock: Clock,
        *,
        on_job: Callable[[JobChange], None],
        on_status: Callable[[PrinterStatus], None],
        patience: Patience | None = None,
        jitter: Callable[[], float] = random.random,
        openers: Mapping[str, Opener] = OPENERS,
        pulse: Pulse | None = None,
    ) -> None:
        self.url = url
        self.status = LINK_DOWN
        self.identity: Identity | None = None
        self.was_looked_at = False
        """The first look at it is over, whatever it found."""
        self._profile = profile
        self._journal = journal
        self._clock = clock
        self._on_job = on_job
        self._on_status = on_status
        self._patience = patience if patience is not None else Patience()
        self._keeper = LinkKeeper(
            url,
            clock,
            device="printer",
            attend=self._attend,
            on_lost=self._lose_link,
            open_s=self._patience.open_s,
            backoff_first_s=self._patience.backoff_first_s,
            backoff_longest_s=self._patience.backoff_longest_s,
            quiet_reopen_s=self._patience.quiet_reopen_s,
            jitter=jitter,
            openers=openers,
            pulse=pulse,
        )
        self._delivery: Delivery | None = None
        self._first_id = uuid.UUID(journal.journal_id).int
        self._cut_off_bytes = 0
        self._line_held_for: Reason | None = None
        self._only_job: str | None = None
        self._condition: Condition | None = None
        self._chunk_bytes = profile.longest_command_bytes

    def submit(self, job_id: str, data: bytes, copy: bytes) -> None:
        """Put a job in line, once per id; it is on disk when this returns.

        `copy` is the same paper with the mark of a second print, kept for `reprint`.
        """
        if self._journal.add(job_id, data, copy):
            self._keeper.wake()

    def reprint(self, job_id: str, *, of: str) -> None:
        """Put a marked second print of a sent job in line, once per new id.

        Raises WrongTransition when `of` is not known or not sent: its own paper comes first.
        """
        if self._journal.add_copy(job_id, of):
            self._keeper.wake()

    def cancel(self, job_id: str) -> bool:
        """Take a job out of line; True: not one byte was accepted, and it will never be printed."""
        job = self._journal.get(job_id)
        if job is None or job.state not in ("queued", "failed"):
            return False
        if job.state == "queued":
            self._move(job_id, "failed")
        return True

    @property
    def holds_line(self) -> bool:
        """A person's word keeps jobs waiting."""
        return self._line_held_for is not None

    def hold_line(self, reason: Reason, *, but: str | None = None) -> None:
        """Start no job but that one until `release_line`: a person knows what no sensor tells.

        The printer says that it is not ready, and why. A job on its way is not stopped.
        """
        self._line_held_for, self._only_job = reason, but
        self._show_condition()
        self._keeper.wake()

    def release_line(self) -> None:
        """Let the jobs that wait go on."""
        self._line_held_for = self._only_job = None
        self._show_condition()
        self._keeper.wake()

    async def run(self) -> None:
        """Keep the printer open and its line moving, until cancelled."""
        self._settle_leftovers()
        await self._keeper.run()

    async def _attend(self, link: Transport) -> None:
        talk = Conversation(
            link,
            self._profile,
            self._clock,
            self._patience,
            on_condition=self._learn,
            on_echo=self._hear_echo,
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(talk.listen())
                tasks.create_task(self._serve(talk))
        finally:
            self._settle_delivery()

    async def _serve(self, talk: Conversation) -> None:
        """Look at the printer, print the next job if it is well, rest, again."""
        while True:
            is_well = await self._is_well(talk)
            self._keeper.be_attentive()
            if is_well:
                if self._cut_off_bytes:
                    await talk.end_cut_off_picture(self._cut_off_bytes)
                    self._cut_off_bytes = 0
                if talk.identity is None and self._profile.answers:
                    await self._introduce(talk)
                    continue
                job = self._next_job()
                if job is not None:
                    await self._print(talk, job)
                    continue
            await self._keeper.rest(self._patience.poll_s)

    def _next_job(self) -> Job | None:
        if self._line_held_for is None:
            return self._journal.first_queued()
        job = None if self._only_job is None else self._journal.get(self._only_job)
        return job if job is not None and job.state == "queued" else None

    async def _is_well(self, talk: Conversation) -> bool:
        if not self._profile.answers:
            self._learn(BLIND)
            return True
        if not talk.link.carries_replies:
            self._be_troubled("no_reply")
            return False
        try:
            condition = await talk.ask_condition()
        except NoReply:
            self._be_troubled("no_reply")
            talk.must_be_alive()
            return False
        return condition.reason is None

    async def _introduce(self, talk: Conversation) -> None:
        await talk.introduce()
        self.identity = talk.identity
        if self._profile.echo and not talk.echoes:
            logger.warning("printer_does_not_echo", printer=self.url, profile=self._profile.name)

    async def _print(self, talk: Conversation, job: Job) -> None:
        """Send a job and wait for its proof. From here to the first byte nothing else runs."""
        try:
            paper = self._journal.paper(job.job_id)
        except PaperDamaged as error:  # it alone fails; those behind it are printed
            logger.error("paper_damaged", job=job.job_id, detail=str(error))
            self._move(job.job_id, "failed")
            return
        delivery = Delivery(
            job.job_id,
            self._process_id(job),
            paper,
            self._clock,
            self._patience,
            on_held=lambda: self._hold(job.job_id),
            on_trouble=self._be_troubled,
        )
        self._move(job.job_id, "sending")
        self._delivery = delivery
        await delivery.send(talk)
        if self._state(job.job_id) == "sending":
            self._move(job.job_id, "sent", accepted_bytes=delivery.accepted_bytes)
        confirmed_by = await delivery.confirm(talk) if self._profile.answers else None
        self._delivery = None
        if confirmed_by is None and self._profile.answers:
            self._cut_off_bytes = self._chunk_bytes  # bytes that a line lost leave it waiting too
        self._move(
            job.job_id,
            "done" if confirmed_by else "unknown",
            accepted_bytes=delivery.accepted_bytes,
            confirmed_by=confirmed_by,
        )

    def _settle_delivery(self) -> None:
        """Decide what became of the job in hand when the link is gone, or we are."""
        delivery, self._delivery = self._delivery, None
        if delivery is None:
            return
        if delivery.accepted_bytes == 0:
            self._move(delivery.job_id, "queued", accepted_bytes=0)
            return
        # Also when all were accepted: the kernel or an adaptor may have lost the end.
        self._cut_off_bytes = self._chunk_bytes
        self._move(delivery.job_id, "unknown", accepted_bytes=delivery.accepted_bytes)

    def _settle_leftovers(self) -> None:
        """Own up to jobs that a killed process left behind: some of their bytes may be paper."""
        for state in ("sending", "sent", "held"):
            for job in self._journal.jobs(state):
                self._cut_off_bytes = self._chunk_bytes
                self._move(job.job_id, "unknown")
        if self._ended_amid_a_slip():
            self._cut_off_bytes = self._chunk_bytes

    def _ended_amid_a_slip(self) -> bool:
        """Tell whether an earlier process was stopped in a slip, and nothing was printed since."""
        last = {
            state: max(self._journal.jobs(state), key=lambda job: job.changed_at, default=None)
            for state in _PRINTED_OR_NOT
        }
        unknown, done = last["unknown"], last["done"]
        if unknown is None or (done is not None and done.changed_at > unknown.changed_at):
            return False
        try:
            return 0 < unknown.accepted_bytes < len(self._journal.paper(unknown.job_id))
        except PaperDamaged:
            return True

    def _hear_echo(self, echoed: bytes) -> None:
        if self._delivery is not None and self._delivery.process_id == echoed:
            self._delivery.echoed.set()
            return
        for job in self._journal.jobs("unknown"):
            if self._process_id(job) == echoed:
                self._move(job.job_id, "done", confirmed_by="echo")

    def _process_id(self, job: Job) -> bytes:
        return process_id(self._first_id + job.sequence)

    def _hold(self, job_id: str) -> None:
        if self._state(job_id) != "held":
            self._move(job_id, "held")

    def _state(self, job_id: str) -> JobState | None:
        job = self._journal.get(job_id)
        return None if job is None else job.state

    def _move(
        self,
        job_id: str,
        to: JobState,
        *,
        accepted_bytes: int | None = None,
        confirmed_by: Confirmation | None = None,
    ) -> None:
        self._journal.move(job_id, to, accepted_bytes=accepted_bytes, confirmed_by=confirmed_by)
        self._on_job(JobChange(job_id, to, confirmed_by))

    def _learn(self, condition: Condition) -> None:
        self._keeper.be_well()
        self._keeper.wake()
        self._condition = condition
        self._show_condition()

    def _show_condition(self) -> None:
        """Tell of what was heard last, and of what a person knows better."""
        if self._condition is None:
            return
        status = status_of(self._condition, knows_cover=self._profile.answers)
        if status.ready and self._line_held_for is not None:
            status = troubled(self._line_held_for, status)
        self._set_status(status)

    def _lose_link(self) -> None:
        self._condition = None
        self._set_status(LINK_DOWN)

    def _be_troubled(self, reason: Reason) -> None:
        self._set_status(troubled(reason, self.status))

    def _set_status(self, status: PrinterStatus) -> None:
        self.was_looked_at = True
        if not status.ready:
            self._keeper.be_unwell()
        if status == self.status:
            return
        self.status = status
        self._on_status(status)
