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
    tickets = {row["id"]: _as_issued(ticket_of(row)) for row in made}
    return [(row["outcome"], tickets.get(row["ticket_id"])) for row in outcomes]


def _as_issued(ticket: Ticket) -> Ticket:
    """Return the ticket as it stood at its issue, whatever has become of it since."""
    is_kiosk = ticket.channel == "kiosk"
    return replace(
        ticket,
        state="unconfirmed" if is_kiosk else "waiting",
        paper="pending" if is_kiosk else "none",
        called_at=None,
        started_at=None,
        finished_at=None,
        window=None,
        recalls=0,
        call_id=None,
    )
