"""The SQL of issue: one call of `issue_tickets` for a whole batch, and the tickets it made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from core_services.database.errors import translated
from core_services.database.pool import Connection, Record
from queue_server.tickets.model import Channel, Language, Need, Priority, Ticket, Told, Wait
from queue_server.tickets.numbering import label_of
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.selection import lane_for


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
    needs: Sequence[Need] = ()
    requests: int = 1
    arrived_at: datetime | None = None
    appointment_id: UUID | None = None
    series: str | None = None
    number: int | None = None
    phone_hashes: Sequence[str] | None = None
    phone_sealed: str | None = None
    national_id_hashes: Sequence[str] | None = None
    national_id_sealed: str | None = None
    said: Sequence[int] | None = None
    """The forecast wait in seconds: low, likely and high as shown, low and high before rounding,
    and the run's middle and scale before calibration."""
    model: str | None = None
    """What made the forecast."""

    def tell(self, told: Told) -> None:
        """Say a forecast wait in place of the closed formula's."""
        wait = told.wait
        self.said = (
            *(wait.low_s, wait.likely_s, wait.high_s),
            *(told.raw_low_s, told.raw_high_s),
            *(told.middle_s, told.scale_s),
        )
        self.model = told.model


async def issue_batch(
    connection: Connection, centre_id: int, *, day: date, at: datetime, rows: Sequence[IssueRow]
) -> list[tuple[str, Ticket | None]]:
    """Issue a batch in one commit and answer in its order: the outcome, and the ticket if any.

    A replayed key answers with its ticket as it was when it was issued; `has_a_number` and
    `label_taken` with the ticket that stands in the way, as it is now.
    """
    with translated():
        outcomes = await connection.fetch(
            "SELECT * FROM issue_tickets($1, $2, $3, $4) ORDER BY ord",
            centre_id,
            day,
            at,
            rows,
        )
        about: dict[str, list[UUID]] = {
            kind: [] for kind in ("replayed", "has_a_number", "label_taken")
        }
        for row in outcomes:
            if row["ticket_id"] is not None and row["outcome"] in about:
                about[row["outcome"]].append(row["ticket_id"])
        replayed, held = about["replayed"], about["has_a_number"] + about["label_taken"]
        earlier = await _as_issued(connection, centre_id, replayed) if replayed else {}
        if held:
            earlier |= await _as_they_stand(connection, centre_id, held)
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
        lane=lane_for(row.priority, row.needs),
        state="unconfirmed" if by_kiosk else "waiting",
        paper="pending" if by_kiosk else "none",
        channel=row.channel,
        device_id=row.device_id,
        language=row.language,
        token=row.token,
        rank_at=answer["rank_at"],
        arrived_at=row.arrived_at or at,
        waiting_since=at,
        last_at=at,
        needs=tuple(row.needs),
        requests=row.requests,
        appointment_id=row.appointment_id,
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


async def _as_they_stand(
    connection: Connection, centre_id: int, ids: Sequence[UUID]
) -> dict[UUID, Ticket]:
    rows = await connection.fetch(
        "SELECT * FROM ticket WHERE centre_id = $1 AND id = ANY ($2)", centre_id, ids
    )
    return {ticket.id: ticket for ticket in map(ticket_of, rows)}


async def _as_issued(
    connection: Connection, centre_id: int, ids: Sequence[UUID]
) -> dict[UUID, Ticket]:
    """Return the tickets by id as they stood at their issue, whatever has become of them since."""
    tickets = (await _as_they_stand(connection, centre_id, ids)).values()
    issues = await connection.fetch(
        "SELECT ticket_id, revision, queue, detail ->> 'service' AS service FROM ticket_event"
        " WHERE centre_id = $1 AND ticket_id = ANY ($2) AND event = 'issue'",
        centre_id,
        ids,
    )
    at_issue = {row["ticket_id"]: row for row in issues}
    return {
        ticket.id: replace(
            ticket,
            service=at_issue[ticket.id]["service"],
            queue=at_issue[ticket.id]["queue"],
            lane=lane_for(ticket.priority, ticket.needs),
            state="unconfirmed" if ticket.channel == "kiosk" else "waiting",
            paper="pending" if ticket.channel == "kiosk" else "none",
            called_at=None,
            started_at=None,
            finished_at=None,
            window=None,
            recalls=0,
            call_id=None,
            returns=0,
            parked_until=None,
            park_reason=None,
            outcome=None,
            waiting_since=ticket.issued_at,
            last_at=ticket.issued_at,
            revision=at_issue[ticket.id]["revision"],
        )
        for ticket in tickets
    }
