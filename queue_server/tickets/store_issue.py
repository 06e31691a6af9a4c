"""The SQL of issue: one call of `issue_tickets` for a whole batch, then the tickets it made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from core_services.database.errors import translated
from core_services.database.pool import Connection
from queue_server.tickets.model import Ticket
from queue_server.tickets.rows import ticket_of


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One request of a batch, as `issue_tickets` reads it; scope and fingerprint in hex."""

    id: UUID
    service: str | None
    priority: str
    channel: str
    device_id: UUID | None
    language: str
    token: str
    actor_kind: str
    actor_id: UUID | None
    scope: str | None
    fingerprint: str | None


async def issue_batch(
    connection: Connection, centre_id: int, *, day: date, at: datetime, rows: Sequence[IssueRow]
) -> list[tuple[str, Ticket | None]]:
    """Issue a batch in one commit and answer in its order: the outcome, and the ticket if any.

    A replayed key answers with its ticket as it was when it was issued.
    """
    with translated():
        outcomes = await connection.fetch(
            "SELECT outcome, ticket_id FROM issue_tickets($1, $2, $3, $4) ORDER BY ord",
            centre_id,
            day,
            at,
            rows,
        )
        made = await connection.fetch(
            "SELECT * FROM ticket WHERE centre_id = $1 AND id = ANY ($2)",
            centre_id,
            [row["ticket_id"] for row in outcomes if row["ticket_id"] is not None],
        )
        tickets = {row["id"]: ticket_of(row) for row in made}
        replayed = [row["ticket_id"] for row in outcomes if row["outcome"] == "replayed"]
        if replayed:
            tickets |= await _as_issued(connection, centre_id, [tickets[each] for each in replayed])
    return [(row["outcome"], tickets.get(row["ticket_id"])) for row in outcomes]


async def _as_issued(
    connection: Connection, centre_id: int, tickets: Sequence[Ticket]
) -> dict[UUID, Ticket]:
    """Return the tickets by id as they stood at their issue, whatever has become of them since."""
    issues = await connection.fetch(
        "SELECT ticket_id, revision, detail ->> 'service' AS service FROM ticket_event"
        " WHERE centre_id = $1 AND ticket_id = ANY ($2) AND event = 'issue'",
        centre_id,
        [ticket.id for ticket in tickets],
    )
    at_issue = {row["ticket_id"]: row for row in issues}
    return {
        ticket.id: replace(
            ticket,
            service=at_issue[ticket.id]["service"],
            state="unconfirmed" if ticket.channel == "kiosk" else "waiting",
            paper="pending" if ticket.channel == "kiosk" else "none",
            called_at=None,
            started_at=None,
            finished_at=None,
            window=None,
            recalls=0,
            call_id=None,
            revision=at_issue[ticket.id]["revision"],
        )
        for ticket in tickets
    }
