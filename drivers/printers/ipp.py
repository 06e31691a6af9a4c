"""Owns one A4 printer that speaks IPP, or one CUPS queue: hands over its jobs and follows them."""

import asyncio
import random
from collections.abc import Callable

import structlog

from drivers.backoff import backoff_s
from drivers.clock import Clock, rest
from drivers.errors import (
    LinkLost,
    NoReply,
    OpenFailed,
    PaperDamaged,
    Refused,
    Unwilling,
)
from drivers.printers.ipp_client import IppClient, check_ipp_url
from drivers.printers.ipp_document import A4, packed, unpacked
from drivers.printers.ipp_model import IppPatience, RemoteJob, fate_of, status_of_look
from drivers.printers.ipp_tracking import Tracking
from drivers.printers.journal import Journal
from drivers.printers.model import (
    Confirmation,
    Job,
    JobChange,
    JobState,
    PrinterStatus,
)
from drivers.printers.status import LINK_DOWN, troubled

logger = structlog.get_logger()

_LATE_NEWS_OF = 50
"""So many unknown jobs, the latest, are looked for when the printer is back."""


class IppPrinter:
    """One printer and its line of PDF jobs; `run` is its life.

    A job leaves only for a printer that just said it is well, one at a time. Once a byte of it may
    have left it is never handed over again: a job whose answer was lost is looked for among the
    printer's jobs by its name, which is our job's id, and what can't be found is `unknown`, for a
    person to decide. `failed` means that the printer said no and kept nothing. `accepted_bytes` is
    none or all: HTTP doesn't tell how much of a request was read.

    All methods are called in the loop that runs `run`; `on_job` and `on_status` are called there.
    Raises UnknownScheme or OpenFailed for an address that can't be one.
    """

    def __init__(
        self,
        url: str,
        journal: Journal,
        clock: Clock,
        *,
        on_job: Callable[[JobChange], None],
        on_status: Callable[[PrinterStatus], None],
        patience: IppPatience | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        check_ipp_url(url)
        self.url = url
        self.status = LINK_DOWN
        self.model = ""
        """As the printer calls itself; empty until it was heard."""
        self._journal = journal
        self._clock = clock
        self._on_job = on_job
        self._on_status = on_status
        self._patience = patience if patience is not None else IppPatience()
        self._jitter = jitter
        self._woken = asyncio.Event()
        self._tracking = Tracking(clock)
        self._turned_away = 0
        self._try_again_at = 0.0
        self._failures = 0
        self._is_lost = False
        self._looks_back = True

    def submit(
        self,
        job_id: str,
        document: bytes,
        *,
        copies: int = 1,
        media: str = A4,
        copy: bytes | None = None,
    ) -> None:
        """Put a PDF in line, once per id; it is on disk when this returns.

        `copy` is the same paper with the mark of a second print, kept for `reprint`.
        """
        data = packed(document, copies, media)
        if self._journal.add(job_id, data, b"" if copy is None else packed(copy, copies, media)):
            self._woken.set()

    def reprint(self, job_id: str, *, of: str) -> None:
        """Put the marked second print of a sent job in line, once per new id.

        Raises WrongTransition when `of` is not known, not sent, or came without a marked copy.
        """
        if self._journal.add_copy(job_id, of):
            self._woken.set()

    def cancel(self, job_id: str) -> bool:
        """Take a job out of line; True: not one byte was accepted, and it will never be printed."""
        job = self._journal.get(job_id)
        if job is None or job.state not in ("queued", "failed"):
            return False
        if job.state == "queued":
            self._move(job_id, "failed")
        return True

    async def run(self) -> None:
        """Hand over and follow jobs until cancelled."""
        async with IppClient(
            self.url, self._clock, reply_s=self._patience.reply_s, send_s=self._patience.send_s
        ) as client:
            while True:
                self._woken.clear()
                try:
                    await self._serve(client)
                except (OpenFailed, LinkLost, NoReply, Refused) as lost:
                    self._be_lost(lost)
                    self._give_up_what_was_looked_for_too_long()
                    await rest(self._clock, self._backoff_s(self._failures), self._woken)
                    self._failures += 1
                else:
                    await rest(self._clock, self._patience.poll_s, self._woken)

    async def _serve(self, client: IppClient) -> None:
        """Look at the printer, follow what it has, hand over the next job if all is well."""
        look = await client.look()
        self.model = look.model
        status = status_of_look(look)
        self._be_back(troubled("offline", status) if status.ready and self._turned_away else status)
        await self._look_for_lost_jobs(client)
        for job in self._in_flight():
            await self._follow(client, job)
        queued = self._journal.first_queued()
        is_time = self._clock.monotonic() >= self._try_again_at
        if status.ready and is_time and queued is not None and not self._in_flight():
            await self._hand_over(client, queued)

    async def _hand_over(self, client: IppClient, job: Job) -> None:
        try:
            document, copies, media = unpacked(self._journal.paper(job.job_id), job.job_id)
        except PaperDamaged as error:  # it alone fails; those behind it are printed
            logger.error("paper_damaged", job=job.job_id, detail=str(error))
            self._move(job.job_id, "failed")
            return
        self._move(job.job_id, "sending")
        try:
            remote = await client.print_job(job.job_id, document, copies=copies, media=media)
        except Unwilling as unwilling:
            self._move(job.job_id, "queued", accepted_bytes=0)
            self._be_turned_away(unwilling)
            return
        except Refused as refused:
            logger.error("job_refused", job=job.job_id, printer=self.url, reason=refused.reason)
            self._move(job.job_id, "queued", accepted_bytes=0)
            self._move(job.job_id, "failed")
            self._be_welcome()
            return
        except OpenFailed:
            self._move(job.job_id, "queued", accepted_bytes=0)
            raise
        except (LinkLost, NoReply) as lost:
            logger.warning("job_lost_sight_of", job=job.job_id, reason=str(lost))
            raise
        self._be_welcome()
        self._tracking.have(job.job_id, remote.number)
        self._move(job.job_id, "sent", accepted_bytes=len(document))

    async def _follow(self, client: IppClient, job: Job) -> None:
        """Ask what became of a job that the printer has."""
        number = self._tracking.number(job.job_id)
        if number is None:
            return
        remote = await client.job(number)
        # A number that means another job now: the printer was restarted and counts anew.
        if remote is None or (remote.name and remote.name != job.job_id):
            self._tracking.lose_sight(job.job_id)
            return
        self._settle(job, remote)

    def _settle(self, job: Job, remote: RemoteJob) -> None:
        match fate_of(remote, self.status):
            case "done":
                self._end(job.job_id, "done", "job_state")
            case "lost":
                logger.warning(
                    "job_ended_unprinted",
                    job=job.job_id,
                    state=remote.state,
                    reasons=list(remote.reasons),
                )
                self._end(job.job_id, "unknown")
            case "held":
                self._tracking.waits_no_more(job.job_id)
                if job.state != "held":
                    self._move(job.job_id, "held")
            case "busy":
                if self._tracking.waited_s(job.job_id) >= self._patience.stuck_s:
                    logger.warning("job_is_stuck", job=job.job_id, state=remote.state)
                    self._end(job.job_id, "unknown")

    async def _look_for_lost_jobs(self, client: IppClient) -> None:
        """Find again, by their names, the jobs whose numbers we do not know.

        Also those already given up, once after each outage: late news is news.
        """
        lost = [job for job in self._in_flight() if self._tracking.number(job.job_id) is None]
        given_up = self._journal.jobs("unknown")[-_LATE_NEWS_OF:] if self._looks_back else []
        if lost or given_up:
            found = await client.find({job.job_id for job in (*lost, *given_up)})
            for job in lost:
                remote = found.get(job.job_id)
                if remote is not None:
                    self._tracking.have(job.job_id, remote.number)
                    if job.state == "sending":
                        self._move(job.job_id, "sent", accepted_bytes=self._size(job.job_id))
            for job in given_up:
                remote = found.get(job.job_id)
                if remote is not None and remote.state == "completed":
                    self._move(job.job_id, "done", confirmed_by="job_state")
            for job in lost:
                if (
                    job.job_id not in found
                    and self._tracking.missed_s(job.job_id) >= self._patience.missing_s
                ):
                    logger.warning("job_not_found", job=job.job_id, printer=self.url)
                    self._end(job.job_id, "unknown", accepted_bytes=self._size(job.job_id))
        self._looks_back = False

    def _give_up_what_was_looked_for_too_long(self) -> None:
        for job in self._in_flight():
            if self._tracking.waited_s(job.job_id) >= self._patience.lost_s:
                self._end(job.job_id, "unknown", accepted_bytes=self._size(job.job_id))

    def _in_flight(self) -> list[Job]:
        """Return the jobs of which bytes may have left, oldest first."""
        jobs = [job for state in _IN_FLIGHT for job in self._journal.jobs(state)]
        return sorted(jobs, key=lambda job: job.sequence)

    def _size(self, job_id: str) -> int:
        """Return a document's bytes; of a damaged one, 1: some may have left."""
        try:
            return len(unpacked(self._journal.paper(job_id), job_id)[0])
        except PaperDamaged:
            return 1

    def _end(
        self,
        job_id: str,
        to: JobState,
        confirmed_by: Confirmation | None = None,
        *,
        accepted_bytes: int | None = None,
    ) -> None:
        self._tracking.forget(job_id)
        self._move(job_id, to, accepted_bytes=accepted_bytes, confirmed_by=confirmed_by)

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

    def _be_back(self, status: PrinterStatus) -> None:
        self._failures = 0
        if self._is_lost:
            self._is_lost = False
            self._looks_back = True
            logger.info("printer_is_back", url=self.url)
        self._set_status(status)

    def _be_lost(self, lost: OpenFailed | LinkLost | NoReply | Refused) -> None:
        """Say once that it is away, or that it answers and says no; its jobs wait."""
        for job in self._in_flight():
            self._tracking.lose_sight(job.job_id)
            self._tracking.waited_s(job.job_id)
        if not self._is_lost:
            self._is_lost = True
            logger.warning("printer_is_lost", url=self.url, reason=str(lost))
        if isinstance(lost, Refused):
            self._set_status(troubled("offline", self.status))
        elif isinstance(lost, NoReply):
            self._set_status(troubled("no_reply", self.status))
        else:
            self._set_status(LINK_DOWN)

    def _be_turned_away(self, unwilling: Unwilling) -> None:
        """The printer looks well and takes no job now: come back later and later."""
        if not self._turned_away:
            logger.warning("printer_turns_away", url=self.url, reason=unwilling.reason)
        self._try_again_at = self._clock.monotonic() + self._backoff_s(self._turned_away)
        self._turned_away += 1
        self._set_status(troubled("offline", self.status))

    def _be_welcome(self) -> None:
        self._turned_away = 0
        self._woken.set()

    def _set_status(self, status: PrinterStatus) -> None:
        if status != self.status:
            self.status = status
            self._on_status(status)

    def _backoff_s(self, failures: int) -> float:
        return backoff_s(
            failures,
            first_s=self._patience.backoff_first_s,
            longest_s=self._patience.backoff_longest_s,
            jitter=self._jitter,
        )


_IN_FLIGHT: tuple[JobState, ...] = ("sending", "sent", "held")
