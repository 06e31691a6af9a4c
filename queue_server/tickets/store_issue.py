"""The SQL of issue: one call of `issue_tickets` for a whole batch, and the tickets it made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from core_services.database.errors import translated
from core_services.database.pool import Connection, Record
from queue_server.tickets.model import Channel, Language, Priority, Ticket, Wait
from queue_server.tickets.numbering import label_of
from queue_server.tickets.rows import ticket_of


@dataclass(slots=True)
class IssueRow:
    """One request of a batch, as `issue_tickets` reads it; scope and fingerprint in hex.

    Not frozen: one is made for every ticket, and a frozen one takes three times as long to make.
    """

    id: UUID
    service: str | None
    priority: Priority
    channel: Channel
    device_id: UUID | None
    language: Language
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
            "SELECT * FROM issue_tickets($1, $2, $3, $4) ORDER BY ord",
            centre_id,
            day,
            at,
            rows,
        )
        replayed = [row["ticket_id"] for row in outcomes if row["outcome"] == "replayed"]
        earlier = await _as_issued(connection, centre_id, replayed) if replayed else {}
    return [
        (
            answer["outcome"],
            _issued(row, answer, day=day, at=at)
            if answer["outcome"] == "issued"
            else earlier.get(answer["ticket_id"]),
        )
        for row, answer in zip(rows, outcomes, strict=True)
    ]


def _issued(row: IssueRow, answer: Record, *, day: date, at: datetime) -> Ticket:
    """Make the new ticket of what was asked and what `issue_tickets` decided."""
    by_kiosk = row.channel == "kiosk"
    low_s = answer["low_s"]
    return Ticket(
        id=row.id,
        business_day=day,
        series=answer["series"],
        number=answer["number"],
        label=label_of(answer["series"], answer["number"]),
        queue=answer["queue"],
        service=row.service,
        priority=row.priority,
        lane="plain" if row.priority == "none" else "priority",
        state="unconfirmed" if by_kiosk else "waiting",
        paper="pending" if by_kiosk else "none",
        channel=row.channel,
        device_id=row.device_id,
        language=row.language,
        token=row.token,
        rank_at=answer["rank_at"],
        issued_at=at,
        called_at=None,
        started_at=None,
        finished_at=None,
        window=None,
        recalls=0,
        call_id=None,
        position_at_issue=answer["position"],
        wait_at_issue=None
        if low_s is None
        else Wait(low_s=low_s, likely_s=answer["likely_s"], high_s=answer["high_s"]),
        revision=answer["revision"],
    )


async def _as_issued(
    connection: Connection, centre_id: int, ids: Sequence[UUID]
) -> dict[UUID, Ticket]:
    """Return the tickets by id as they stood at their issue, whatever has become of them since."""
    rows = await connection.fetch(
        "SELECT * FROM ticket WHERE centre_id = $1 AND id = ANY ($2)", centre_id, ids
    )
    tickets = [ticket_of(row) for row in rows]
    issues = await connection.fetch(
        "SELECT ticket_id, revision, detail ->> 'service' AS service FROM ticket_event"
        " WHERE centre_id = $1 AND ticket_id = ANY ($2) AND event = 'issue'",
        centre_id,
        ids,
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
