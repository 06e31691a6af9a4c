"""Issue in batches: requests that arrive while a commit is in flight share the next one.

One task and one connection for each process. No timer: a lone request goes at once, and under
load a batch is what came during the commit before it. Every answer is given after its commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
from queue_server.tickets.errors import KeyAbandoned, KeyReused, ServiceClosed, UnknownService
from queue_server.tickets.model import (
    Actor,
    Centre,
    Channel,
    Claim,
    Language,
    Priority,
    Ticket,
)
from queue_server.tickets.store_issue import IssueRow, issue_batch

log = structlog.get_logger()

LARGEST_BATCH = 256
LONGEST_QUEUE = 4096
"""Requests held at most; one more is refused, since its answer would come too late to matter."""


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
    ) -> None:
        self._centre_now = centre_now
        self._clock = clock
        self._connect = connect
        self._connection: Any = None
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._ids = UuidSeries()
        self._closed = False

    async def issue(self, request: IssueRequest) -> Ticket:
        """Return the committed ticket, or the earlier one of the same key.

        Raises UnknownService, ServiceClosed, KeyReused, KeyAbandoned, IssuingOverloaded,
        LockTimeout, StatementTimeout, DatabaseGone (the ticket may exist: ask again with the same
        key).
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
        """Take a batch in which no key stands twice; the second of a key goes with the next."""
        batch: list[_Waiting] = []
        later: deque[_Waiting] = deque()
        scopes: set[bytes] = set()
        while self._waiting and len(batch) < LARGEST_BATCH:
            waiting = self._waiting.popleft()
            if waiting.scope is not None:
                if waiting.scope in scopes:
                    later.append(waiting)
                    continue
                scopes.add(waiting.scope)
            batch.append(waiting)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _issue_together(self, batch: list[_Waiting]) -> None:
        try:
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
        rows = [self._row(waiting, unix_ms) for waiting in batch]
        answers = await issue_batch(connection, centre.id, day=day, at=at, rows=rows)
        for waiting, (outcome, ticket) in zip(batch, answers, strict=True):
            if waiting.answer.done():
                continue
            if ticket is not None:
                waiting.answer.set_result(ticket)
            else:
                _fail(waiting, _refusal(outcome, waiting.request))

    def _row(self, waiting: _Waiting, unix_ms: int) -> IssueRow:
        request, claim = waiting.request, waiting.request.claim
        return IssueRow(
            id=self._ids.next(unix_ms),
            service=request.service,
            priority=request.priority,
            channel=request.channel,
            device_id=request.device_id,
            language=request.language,
            token=new_token(),
            actor_kind=request.actor.kind,
            actor_id=request.actor.id,
            scope=None if waiting.scope is None else waiting.scope.hex(),
            fingerprint=None if claim is None else claim.fingerprint.hex(),
        )

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


def _refusal(outcome: str, request: IssueRequest) -> Exception:
    service = request.service or ""
    match outcome:
        case "key_reused":
            return KeyReused(state="key_reused")
        case "abandoned":
            return KeyAbandoned(state="abandoned")
        case "closed_service":
            return ServiceClosed(state="closed", service=service)
        case _:
            return UnknownService(service)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
