"""Fills a centre with as many tickets as a test wants, through the same SQL as everybody's."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from core_services.database.pool import connect
from core_services.ids import UuidSeries, new_token
from queue_server.tickets.model import Ticket
from queue_server.tickets.store_issue import IssueRow, issue_batch
from tests.support.queue import KEY

_BATCH: Final = 250
_EVERY_NTH_HAS_PRIORITY: Final = 7


async def seed_tickets(
    app_dsn: str,
    count: int,
    *,
    day: date,
    at: datetime,
    centre_id: int = 1,
    priority: bool = True,
    service: str | None = None,
) -> list[Ticket]:
    """Issue so many tickets, the last of them at `at`, a batch every ten seconds before it.

    Every seventh has a priority, so that the order of calls is not that of issue.
    """
    ids = UuidSeries()
    issued: list[Ticket] = []
    batches = -(-count // _BATCH)
    connection = await connect(app_dsn, application_name="seed")
    try:
        for batch in range(batches):
            moment = at - timedelta(seconds=10 * (batches - 1 - batch))
            rows = [
                _row(ids.next(int(moment.timestamp() * 1000)), nth, service, priority)
                for nth in range(min(_BATCH, count - len(issued)))
            ]
            answers = await issue_batch(connection, centre_id, day=day, at=moment, rows=rows)
            issued += [ticket for _, ticket in answers if ticket is not None]
    finally:
        await connection.close()
    return issued


def _row(ticket_id: UUID, nth: int, service: str | None, priority: bool) -> IssueRow:
    has_priority = priority and nth % _EVERY_NTH_HAS_PRIORITY == 0
    return IssueRow(
        id=ticket_id,
        service=service,
        priority="age65" if has_priority else "none",
        channel="api",
        device_id=None,
        language="ar",
        token=new_token(),
        actor_kind=KEY.kind,
        actor_id=KEY.id,
        scope=None,
        fingerprint=None,
    )
