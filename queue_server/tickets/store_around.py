"""The SQL of what stands around a window's hand: parked and missed numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Pool


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
class AroundFacts:
    """All of it, read in one snapshot."""

    parked: tuple[ParkedTicket, ...] = ()
    missed: tuple[MissedTicket, ...] = ()
    """The latest first."""


async def read_around(
    pool: Pool, centre_id: int, *, day: date, window: int, limit: int
) -> AroundFacts:
    """Read what is parked at a window, and the latest of the day who missed a call."""
    row = await pool.fetchrow(
        """
        SELECT (SELECT jsonb_agg(to_jsonb(p)) FROM (
                   SELECT t.id, t.label, t.revision, t.park_reason, t.parked_until FROM ticket t
                    WHERE t.centre_id = $1 AND t.business_day = $2 AND t.state = 'parked'
                      AND t.window_number = $3
                    ORDER BY t.parked_until, t.id) p) AS parked,
               (SELECT jsonb_agg(to_jsonb(m)) FROM (
                   SELECT t.label, t.called_at FROM ticket t
                    WHERE t.centre_id = $1 AND t.business_day = $2 AND t.state = 'no_show'
                    ORDER BY t.last_at DESC, t.id DESC LIMIT $4) m) AS missed
        """,
        centre_id,
        day,
        window,
        limit,
    )
    if row is None:
        return AroundFacts()
    return AroundFacts(
        parked=tuple(_parked(each) for each in row["parked"] or ()),
        missed=tuple(
            MissedTicket(each["label"], datetime.fromisoformat(each["called_at"]))
            for each in row["missed"] or ()
        ),
    )


def _parked(facts: Mapping[str, Any]) -> ParkedTicket:
    until = facts.get("parked_until")
    return ParkedTicket(
        ticket_id=UUID(facts["id"]),
        label=facts["label"],
        revision=facts["revision"],
        reason=facts.get("park_reason"),
        until=None if until is None else datetime.fromisoformat(until),
    )
