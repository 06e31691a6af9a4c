"""The SQL of what stands around a window's hand: parked and missed numbers, and its last act."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from core_services.database.pool import Pool
from queue_server.tickets.lifecycle import UNDOABLE
from queue_server.tickets.model import TicketEventKind
from queue_server.tickets.policy import Policy
from queue_server.tickets.store_policy import policy_of


@dataclass(frozen=True, slots=True)
class ParkedTicket:
    """A ticket that is parked at the window."""

    ticket_id: UUID
    label: str
    revision: int
    reason: str | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class MissedTicket:
    """A ticket of today whose citizen did not come."""

    label: str
    called_at: datetime


@dataclass(frozen=True, slots=True)
class Undoable:
    """The act that an undo at a window would take back now."""

    ticket_id: UUID
    label: str
    event: TicketEventKind
    until: datetime


@dataclass(frozen=True, slots=True)
class AroundFacts:
    """All of it, read in one snapshot."""

    policy: Policy = field(default_factory=Policy)
    parked: tuple[ParkedTicket, ...] = ()
    missed: tuple[MissedTicket, ...] = ()
    """The latest first."""
    last: Undoable | None = None
    """The window's latest act, while it may be undone."""


async def read_around(
    pool: Pool, centre_id: int, *, day: date, at: datetime, window: int, limit: int
) -> AroundFacts:
    """Read what is parked at a window, who missed a call of the day last, and what may be undone.

    With them the policy, by which a desk tells what is allowed from when.
    """
    row = await pool.fetchrow(
        """
        SELECT to_jsonb(n) AS policy,
               (SELECT jsonb_agg(to_jsonb(p)) FROM (
                   SELECT t.id, t.label, t.revision, t.park_reason, t.parked_until FROM ticket t
                    WHERE t.centre_id = $1 AND t.business_day = $2 AND t.state = 'parked'
                      AND t.window_number = $3
                    ORDER BY t.parked_until, t.id) p) AS parked,
               (SELECT jsonb_agg(to_jsonb(m)) FROM (
                   SELECT t.label, t.called_at FROM ticket t
                    WHERE t.centre_id = $1 AND t.business_day = $2 AND t.state = 'no_show'
                    ORDER BY t.last_at DESC, t.id DESC LIMIT $4) m) AS missed,
               (SELECT to_jsonb(l) FROM (
                   SELECT t.id, t.label, last.event, last.at FROM ticket t
                    CROSS JOIN LATERAL (
                          SELECT e.event, e.at, e.revision, e.window_number FROM ticket_event e
                           WHERE e.ticket_id = t.id AND e.centre_id = t.centre_id
                             AND e.event NOT IN ('paper', 'recall')
                           ORDER BY e.revision DESC LIMIT 1) last
                    WHERE t.centre_id = $1 AND t.business_day = $2 AND t.last_at >= since.at
                      AND last.at >= since.at AND last.window_number = $3
                      AND last.event = ANY ($5)
                    ORDER BY last.revision DESC LIMIT 1) l) AS last
          FROM (VALUES ($1::integer)) centre (id)
          LEFT JOIN policy_now n ON n.centre_id = centre.id
         CROSS JOIN LATERAL (
               SELECT $6::timestamptz - make_interval(secs => coalesce(n.undo_within_s, $7))
                      AS at) since
        """,
        centre_id,
        day,
        window,
        limit,
        sorted(UNDOABLE),
        at,
        Policy().undo_within_s,
    )
    if row is None:
        return AroundFacts()
    policy = Policy() if row["policy"] is None else policy_of(row["policy"])
    return AroundFacts(
        policy=policy,
        parked=tuple(_parked(each) for each in row["parked"] or ()),
        missed=tuple(
            MissedTicket(each["label"], datetime.fromisoformat(each["called_at"]))
            for each in row["missed"] or ()
        ),
        last=None if row["last"] is None else _undoable(row["last"], policy),
    )


def _undoable(facts: Mapping[str, Any], policy: Policy) -> Undoable:
    until = datetime.fromisoformat(facts["at"]) + timedelta(seconds=policy.undo_within_s)
    return Undoable(UUID(facts["id"]), facts["label"], facts["event"], until)


def _parked(facts: Mapping[str, Any]) -> ParkedTicket:
    until = facts.get("parked_until")
    return ParkedTicket(
        ticket_id=UUID(facts["id"]),
        label=facts["label"],
        revision=facts["revision"],
        reason=facts.get("park_reason"),
        until=None if until is None else datetime.fromisoformat(until),
    )
