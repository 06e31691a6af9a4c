"""What may be done with faults: report one, with what is known at that moment; act on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from core_services.l10n import one_line
from queue_server.faults import store, store_reading
from queue_server.faults.browser import Browser
from queue_server.faults.diagnosis import Diagnosing
from queue_server.faults.model import (
    CLOSED_SHOWN_FOR,
    WORDS_KEPT,
    Fault,
    FaultAct,
    FaultKind,
    Place,
    Report,
    Reported,
    Step,
)
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Claim

SHOWN: Final = 200
OWN_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Faults:
    """A centre's faults over its database."""

    queue: Queue
    diagnosing: Diagnosing

    async def report(
        self,
        report: Report,
        *,
        actor: Actor,
        browser: Browser | None = None,
        own_window_only: bool = False,
        claim: Claim | None = None,
    ) -> Reported:
        """Enter a report with what the server knows at this moment; see `store.report`.

        Raises UnknownWindow, WindowOfAnother, KeyReused.
        """
        diagnosis = await self.diagnosing.now(report.place, browser)
        return await store.report(
            self.queue.pool,
            self.queue.centre.id,
            at=self.queue.clock.now(),
            report=replace(report, diagnosis=diagnosis),
            actor=actor,
            own_window_only=own_window_only,
            claim=claim,
        )

    async def report_of_desk(
        self,
        window: int,
        kind: FaultKind,
        *,
        actor: Actor,
        any_window: bool = False,
        browser: Browser | None = None,
        claim: Claim | None = None,
    ) -> Reported:
        """Report, by one key, what does not work at a window; raises as `report` does."""
        place = await self.place_of_window(window)
        report = Report(kind, place, from_window=window, screen="/desk")
        return await self.report(
            report, actor=actor, browser=browser, own_window_only=not any_window, claim=claim
        )

    async def place_of_window(self, window: int) -> Place:
        """Return a window with its workstation, where it has one."""
        return Place(await self.diagnosing.workstation_of(window), window)

    async def act(
        self,
        fault_id: UUID,
        act: FaultAct,
        *,
        words: str = "",
        by: UUID | None = None,
        hands_over: bool = False,
        actor: Actor,
        claim: Claim | None = None,
    ) -> Fault:
        """Do an act; see `store.act`."""
        return await store.act(
            self.queue.pool,
            self.queue.centre.id,
            fault_id,
            act,
            at=self.queue.clock.now(),
            words=words,
            by=by,
            hands_over=hands_over,
            actor=actor,
            claim=claim,
        )

    async def open(self) -> tuple[Fault, ...]:
        """Return what nobody has ended; see `store_reading.open_faults`."""
        return await store_reading.open_faults(self.queue.pool, self.queue.centre.id)

    async def ended(self) -> tuple[Fault, ...]:
        """Return what was ended in the last 30 days, the latest first."""
        since = self.queue.clock.now() - CLOSED_SHOWN_FOR
        return await store_reading.ended_faults(
            self.queue.pool, self.queue.centre.id, since=since, limit=SHOWN
        )

    async def listed(self, *, before: UUID | None, limit: int) -> tuple[Fault, ...]:
        """Return faults whatever their state, the newest first."""
        return await store_reading.list_faults(
            self.queue.pool, self.queue.centre.id, before=before, limit=limit
        )

    async def of_device(self, device_id: UUID, *, limit: int) -> tuple[Fault, ...]:
        """Return a machine's faults: the open ones, then the latest."""
        return await store_reading.faults_of_device(
            self.queue.pool, self.queue.centre.id, device_id, limit=limit
        )

    async def reported_by(self, staff_id: UUID) -> tuple[Fault, ...]:
        """Return what somebody reported in the last 30 days and how it stands."""
        since = self.queue.clock.now() - CLOSED_SHOWN_FOR
        return await store_reading.faults_reported_by(
            self.queue.pool, self.queue.centre.id, staff_id, since=since, limit=OWN_SHOWN
        )

    async def one(self, fault_id: UUID) -> Fault:
        """Return one fault. Raises UnknownFault."""
        return await store_reading.read_fault(self.queue.pool, self.queue.centre.id, fault_id)

    async def steps(self, fault_id: UUID) -> tuple[Step, ...]:
        """Return all that was done about a fault, in its order."""
        return await store_reading.read_steps(self.queue.pool, self.queue.centre.id, fault_id)

    async def forget_words(self) -> None:
        """Forget what people wrote longer ago than it is kept. Raises DatabaseError."""
        before = self.queue.clock.now() - WORDS_KEPT
        await store_reading.forget_words(self.queue.pool, self.queue.centre.id, before=before)


def words_of(text: str) -> str:
    """Return what somebody wrote with its lines kept and each of them tidy."""
    lines = (one_line(line) for line in text.replace("\r\n", "\n").split("\n"))
    return "\n".join(lines).strip()


def latest_report(steps: Sequence[Step]) -> Step | None:
    """Return the last report of a fault."""
    reports = (each for each in reversed(steps) if each.event in ("reported", "joined"))
    return next(reports, None)
