"""What a supervisor's page asks of the queue beside the common acts."""

from datetime import date, datetime, timedelta
from typing import Final

from queue_server.tickets import store_supervision
from queue_server.tickets.acts import Queue
from queue_server.tickets.day_report import DayReport, report_of
from queue_server.tickets.model import Ticket
from queue_server.tickets.so_far import traces_on
from queue_server.tickets.store_given import GivenRow, given_on

DOUBTFUL_PAPER = ("held", "unknown", "failed")
"""Marks of slips that somebody has to look after."""

PAUSE_BORNE: Final = timedelta(minutes=10)
"""Who waits for one window alone waits so long through its pause before anybody is told."""

HOLDER_COMES_WITHIN: Final = timedelta(minutes=30)
"""Whoever took a slip of a void number asks about it in this time, or has gone."""

_STILL_WANTED = ("unconfirmed", "waiting", "called")


async def day_report(queue: Queue, day: date | None = None) -> DayReport:
    """Return a business day's waits and counts, today's by default, worked out from its events."""
    return report_of((await traces_on(queue, day or queue.today()[0])).of.values())


async def queue_names(queue: Queue) -> dict[str, tuple[str, str]]:
    """Return every queue's names, Arabic first, by its code."""
    return await store_supervision.read_queue_names(queue.pool, queue.centre.id)


async def last_ends(queue: Queue) -> dict[int, datetime]:
    """Return when each window's last ticket of today ended."""
    return await store_supervision.read_last_ends(queue.pool, queue.centre.id, day=queue.today()[0])


async def stranded(queue: Queue, *, limit: int) -> tuple[store_supervision.Stranded, ...]:
    """Return who waits today where no open window looks, though their queue is served."""
    day, at = queue.today()
    return await store_supervision.read_stranded(
        queue.pool, queue.centre.id, day=day, bound_before=at - PAUSE_BORNE, limit=limit
    )


async def doubtful_slips(queue: Queue, *, limit: int) -> tuple[Ticket, ...]:
    """Return today's tickets that somebody still holds or waits for, and whose paper is in doubt.

    With them those that were made void and whose slip came out afterwards: its holder is on the
    way to reception. Each kind by age, the oldest first.
    """
    in_doubt = await queue.tickets(states=_STILL_WANTED, paper=DOUBTFUL_PAPER, limit=limit)
    day, at = queue.today()
    late = await store_supervision.read_printed_after_void(
        queue.pool, queue.centre.id, day=day, since=at - HOLDER_COMES_WITHIN, limit=limit
    )
    return (*in_doubt, *late)[:limit]


async def late_numbers(queue: Queue, *, limit: int) -> list[GivenRow]:
    """Return today's numbers that kiosks delivered after they were cut off, the latest first."""
    return await given_on(queue.pool, queue.centre.id, day=queue.today()[0], limit=limit)
