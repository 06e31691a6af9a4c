"""Issue in batches: requests that arrive while a commit is in flight share the next one.

One task and one connection for each process. No timer: a lone request goes at once, and under
load a batch is what came during the commit before it. Every answer is given after its commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from core_services.calendar import business_day
from core_services.clock import Clock
from core_services.database.errors import (
    DatabaseError,
    DatabaseGone,
    LockTimeout,
    StatementTimeout,
)
from core_services.database.pool import Connection
from core_services.ids import UuidSeries, new_token
from core_services.pulse import Pulse
from queue_server.tickets.errors import (
    HasANumber,
    KeyAbandoned,
    KeyReused,
    LabelTaken,
    NotIssuing,
    QueueError,
    ServiceClosed,
    ServiceFull,
    TooManyRequests,
    UnknownService,
    about_ticket,
)
from queue_server.tickets.foresight import Asked, Foresight, NoForesight
from queue_server.tickets.model import (
    Actor,
    Centre,
    Channel,
    Claim,
    Language,
    Need,
    Priority,
    Ticket,
    Told,
)
from queue_server.tickets.selection import lane_for
from queue_server.tickets.store_issue import IssueRow, issue_batch

log = structlog.get_logger()

LARGEST_BATCH = 256
LONGEST_QUEUE = 4096
"""Requests held at most; one more is refused, since its answer would come too late to matter."""
_BATCH_BOUND_S = 90.0
"""Of a connection and a statement, each of which fails within 15 s."""


@dataclass(frozen=True, slots=True)
class PersonMarks:
    """What is kept of the person behind a number: sealed, and hashed with keys to be found again.

    Of several hashes the first is made with the newest key and kept; all are looked for.
    """

    phone_hashes: tuple[bytes, ...] = ()
    phone_sealed: bytes | None = None
    national_id_hashes: tuple[bytes, ...] = ()
    national_id_sealed: bytes | None = None

    @property
    def hashes(self) -> tuple[bytes, ...]:
        return self.phone_hashes + self.national_id_hashes


NOBODY = PersonMarks()


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """What a ticket is asked for with; no service means the one-touch number."""

    actor: Actor
    channel: Channel
    service: str | None = None
    priority: Priority = "none"
    language: Language = "ar"
    device_id: UUID | None = None
    claim: Claim | None = None
    needs: tuple[Need, ...] = ()
    requests: int = 1
    """Requests of one household on this number, 1 to 3."""
    arrived_at: datetime | None = None
    """What the rank is counted from, where it is not the issue: the slot of an appointment."""
    appointment_id: UUID | None = None
    fixed_label: tuple[str, int] | None = None
    """Series and number of a label that stands on paper already."""
    person: PersonMarks = NOBODY
    seal: Callable[[UUID], PersonMarks] | None = None
    """Seals the person for the ticket's id, which is made with it; `person` then holds hashes."""


class IssuingOverloaded(DatabaseError):
    """More requests wait than can be answered in time; nothing was issued for this one."""

    def __str__(self) -> str:
        return "too many tickets are asked for at once"


@dataclass(slots=True)
class _Waiting:
    request: IssueRequest
    scope: bytes | None
    """Its claim's."""
    answer: asyncio.Future[Ticket]


class Issuer:
    """Gives tickets; `run` must be running. `connect` opens the batch's own connection."""

    def __init__(
        self,
        *,
        centre_now: Callable[[], Centre],
        clock: Clock,
        connect: Callable[[], Awaitable[Any]],
        foresight: Foresight | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        self._centre_now = centre_now
        self._clock = clock
        self._pulse = pulse if pulse is not None else Pulse(clock)
        self._connect = connect
        self._foresight = foresight or NoForesight()
        self._connection: Any = None
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._ids = UuidSeries()
        self._closed = False

    async def issue(self, request: IssueRequest) -> Ticket:
        """Return the committed ticket, or the earlier one of the same key.

        Raises UnknownService, ServiceClosed, ServiceFull, TooManyRequests, HasANumber, LabelTaken,
        KeyReused, KeyAbandoned, IssuingOverloaded, LockTimeout, StatementTimeout, DatabaseGone (the
        ticket may exist: ask again with the same key).
        """
        if self._closed:
            raise DatabaseGone("the server is stopping")
        if len(self._waiting) >= LONGEST_QUEUE:
            raise IssuingOverloaded
        scope = None if request.claim is None else request.claim.scope
        waiting = _Waiting(request, scope, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._arrived.set()
        return await waiting.answer

    async def run(self) -> None:
        """Serve requests until cancelled; then refuse those that still wait."""
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    await self._issue_together(self._take())
        finally:
            self._closed = True
            for waiting in self._waiting:
                _fail(waiting, DatabaseGone("the server is stopping"))
            self._waiting.clear()
            await self._disconnect()

    def _take(self) -> list[_Waiting]:
        """Take a batch in which no key and no person stands twice; a second goes with the next."""
        batch: list[_Waiting] = []
        later: deque[_Waiting] = deque()
        taken: set[bytes] = set()
        while self._waiting and len(batch) < LARGEST_BATCH:
            waiting = self._waiting.popleft()
            marks = waiting.request.person.hashes
            if waiting.scope is not None:
                marks = (waiting.scope, *marks)
            if not taken.isdisjoint(marks):
                later.append(waiting)
                continue
            taken.update(marks)
            batch.append(waiting)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _issue_together(self, batch: list[_Waiting]) -> None:
        try:
            with self._pulse.bounded("issuing", _BATCH_BOUND_S):
                await self._issue(batch)
        except DatabaseGone as error:
            await self._disconnect()
            for waiting in batch:
                _fail(waiting, error)
        except (LockTimeout, StatementTimeout) as error:  # no request of the batch is to blame
            for waiting in batch:
                _fail(waiting, error)
        except DatabaseError as error:
            if len(batch) == 1:
                log.error("issue_failed", reason=str(error))
                _fail(batch[0], error)
                return
            for waiting in batch:
                await self._issue_together([waiting])
        except BaseException:
            for waiting in batch:
                _fail(waiting, DatabaseGone("the server is stopping"))
            raise

    async def _issue(self, batch: list[_Waiting]) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        connection: Connection = self._connection
        at, centre = self._clock.now(), self._centre_now()
        day = business_day(at, centre.zone, centre.cut_over)
        unix_ms = int(at.timestamp() * 1000)
        told = self._foresight.foresee([_asked(waiting.request) for waiting in batch])
        rows = [
            self._row(waiting, unix_ms, each) for waiting, each in zip(batch, told, strict=True)
        ]
        answers = await issue_batch(connection, centre.id, day=day, at=at, rows=rows)
        self._foresight.note_issued(
            ticket for outcome, ticket in answers if ticket is not None and outcome == "issued"
        )
        for waiting, (outcome, ticket) in zip(batch, answers, strict=True):
            if waiting.answer.done():
                continue
            if ticket is not None and outcome in ("issued", "replayed"):
                waiting.answer.set_result(ticket)
            else:
                _fail(waiting, refusal_of(outcome, waiting.request, ticket))

    def _row(self, waiting: _Waiting, unix_ms: int, told: Told | None) -> IssueRow:
        row = issue_row(waiting.request, self._ids.next(unix_ms), scope=waiting.scope)
        if told is not None and waiting.request.arrived_at is None:
            row.tell(told)
        return row

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


def _asked(request: IssueRequest) -> Asked:
    return Asked(request.service, request.priority, lane_for(request.priority, request.needs))


def issue_row(request: IssueRequest, ticket_id: UUID, *, scope: bytes | None) -> IssueRow:
    """Return a request as `issue_tickets` reads it, for a ticket of that id."""
    claim = request.claim
    person = request.person if request.seal is None else request.seal(ticket_id)
    row = IssueRow(
        id=ticket_id,
        service=request.service,
        priority=request.priority,
        channel=request.channel,
        device_id=request.device_id,
        language=request.language,
        token=new_token(),
        actor_kind=request.actor.kind,
        actor_id=request.actor.id,
        scope=None if scope is None else scope.hex(),
        fingerprint=None if claim is None else claim.fingerprint.hex(),
        needs=request.needs,
        requests=request.requests,
        arrived_at=request.arrived_at,
        appointment_id=request.appointment_id,
    )
    if request.fixed_label is not None:
        row.series, row.number = request.fixed_label
    if person.phone_sealed is not None:
        row.phone_hashes = [each.hex() for each in person.phone_hashes]
        row.phone_sealed = person.phone_sealed.hex()
    if person.national_id_sealed is not None:
        row.national_id_hashes = [each.hex() for each in person.national_id_hashes]
        row.national_id_sealed = person.national_id_sealed.hex()
    return row


def refusal_of(outcome: str, request: IssueRequest, ticket: Ticket | None) -> QueueError:
    """Return what an outcome other than a ticket means; `ticket` is the one that it is about."""
    service = request.service or ""
    match outcome:
        case "key_reused":
            return KeyReused(state="key_reused")
        case "abandoned":
            return KeyAbandoned(state="abandoned")
        case "closed_service":
            return ServiceClosed(state="closed", service=service)
        case "service_full":
            return ServiceFull(state="full", service=service)
        case "too_many_requests":
            return TooManyRequests(state="refused")
        case "has_a_number" if ticket is not None:
            return about_ticket(HasANumber, ticket)
        case "label_taken" if ticket is not None:
            return about_ticket(LabelTaken, ticket)
        case "not_issuing":
            return NotIssuing(state="closed")
        case _:
            return UnknownService(service)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
