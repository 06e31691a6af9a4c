"""The emergency book: numbers printed before a power cut and keyed in after it.

A book is good until it is used. Its numbers go on where the book before it ended, so that two
books never share one on a day. What was done by voice and pen is recorded as it was noted down: its
events stand at the times that the paper tells, and say that and when they were keyed in.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from core_services.ids import new_id, new_token
from queue_server.tickets import store_emergency, store_emergency_visit
from queue_server.tickets.acts import Queue
from queue_server.tickets.adoption import FURTHEST, Slip, adopt
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Claim, Priority, Ticket
from queue_server.tickets.numbering import EMERGENCY_SERIES, SERIES_LETTERS, label_of
from queue_server.tickets.store_emergency import Batch
from queue_server.tickets.store_emergency_visit import Visit

NUMBERS_A_BOOK: Final = 100
MOST_NUMBERS_A_BOOK: Final = 1000
EMERGENCY_LETTER: Final = SERIES_LETTERS[EMERGENCY_SERIES]

Outcome = Literal["served", "waiting", "left"]


@dataclass(frozen=True, slots=True)
class Noted:
    """A line of the paper list: what became of one number of the book."""

    day: date
    """The business day on which the number was handed out."""
    number: int
    """Of the book, or of a slip that a machine printed: see `series`."""
    arrived_at: datetime
    outcome: Outcome
    service: str | None = None
    priority: Priority = "none"
    window: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    series: str = EMERGENCY_SERIES


async def print_book(
    queue: Queue, *, for_day: date, count: int, actor: Actor, claim: Claim | None = None
) -> Batch:
    """Set the next numbers aside for a book and record who prints it. Raises KeyReused."""
    return await store_emergency.insert_batch(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        for_day=for_day,
        count=count,
        actor=actor,
        claim=claim,
    )


async def batch(queue: Queue, number: int) -> Batch | None:
    """Return the book of that number, or None."""
    return await store_emergency.read_batch(queue.pool, queue.centre.id, number=number)


async def batches(queue: Queue, *, limit: int) -> tuple[Batch, ...]:
    """Return the books, the latest first, with how many of their numbers were keyed in."""
    return await store_emergency.list_batches(queue.pool, queue.centre.id, limit=limit)


async def keyed_in(queue: Queue, *, day: date, limit: int) -> tuple[Ticket, ...]:
    """Return the numbers of the book keyed in for a day, those keyed in last first."""
    return await store_emergency.list_keyed_in(queue.pool, queue.centre.id, day=day, limit=limit)


async def key_in(queue: Queue, noted: Noted, *, actor: Actor, claim: Claim) -> Ticket:
    """Make a ticket of a number as the paper tells it, once.

    Who still waits gets the place that their arrival gives. A number that a machine printed is
    adopted, or ended where it stands in line. Raises NumberNotPrinted, LabelTaken, LabelNotGiven,
    UnknownService, UnknownWindow, KeyReused, and what `Queue.issue` raises.
    """
    if noted.series != EMERGENCY_SERIES:
        return await _key_in_slip(queue, noted, actor=actor, claim=claim)
    await store_emergency.require_unused(
        queue.pool, queue.centre.id, day=noted.day, number=noted.number, claim=claim
    )
    if noted.outcome == "waiting":
        return await queue.issue(
            IssueRequest(
                actor,
                "emergency",
                service=noted.service,
                priority=noted.priority,
                claim=claim,
                arrived_at=noted.arrived_at,
                fixed_label=(EMERGENCY_SERIES, noted.number),
            )
        )
    at = queue.clock.now()
    return await store_emergency_visit.record_visit(
        queue.pool,
        queue.centre.id,
        at=at,
        visit=_visit(noted, ticket_id=new_id(at)),
        actor=actor,
        claim=claim,
    )


async def _key_in_slip(queue: Queue, noted: Noted, *, actor: Actor, claim: Claim) -> Ticket:
    if noted.outcome == "waiting":
        slip = Slip(
            label_of(noted.series, noted.number),
            service=noted.service,
            priority=noted.priority,
            arrived_at=noted.arrived_at,
        )
        return await adopt(queue, slip, actor=actor, claim=claim)
    at = queue.clock.now()
    return await store_emergency_visit.record_visit(
        queue.pool,
        queue.centre.id,
        at=at,
        visit=_visit(noted, ticket_id=new_id(at)),
        actor=actor,
        claim=claim,
    )


def _visit(noted: Noted, *, ticket_id: UUID) -> Visit:
    return Visit(
        ticket_id=ticket_id,
        token=new_token(),
        day=noted.day,
        series=noted.series,
        number=noted.number,
        service=noted.service,
        priority=noted.priority,
        arrived_at=noted.arrived_at,
        window=noted.window,
        started_at=noted.started_at,
        finished_at=noted.finished_at,
        furthest=FURTHEST,
    )
