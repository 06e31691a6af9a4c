"""The SQL of simulations: how far a centre's events are, and what a lived day left behind."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Pool, Record
from queue_server.estimate.model import Range
from queue_server.simulation.outcome import Act, LivedTicket, WindowAct


async def latest_told(pool: Pool, centre_id: int) -> int:
    """Return the revision of the latest event of which screens are told; 0 where there is none.

    What people were shown of their wait becomes an event too, and tells nobody anything new.
    """
    revision: int | None = await pool.fetchval(
        """
        SELECT last_revision FROM chain_entry
         WHERE centre_id = $1 AND source <> 'estimate_event' ORDER BY last_revision DESC LIMIT 1
        """,
        centre_id,
    )
    return revision or 0


async def last_event_at(pool: Pool, centre_id: int) -> datetime | None:
    """Return when a ticket or a window was last acted on; None in a centre without a past."""
    at: datetime | None = await pool.fetchval(
        """
        SELECT greatest((SELECT max(at) FROM ticket_event WHERE centre_id = $1),
                        (SELECT max(at) FROM window_event WHERE centre_id = $1))
        """,
        centre_id,
    )
    return at


async def read_tickets(
    pool: Pool, centre_id: int, *, day: date | None = None, since: datetime | None = None
) -> tuple[LivedTicket, ...]:
    """Return numbers with all their acts, in the order of their issue.

    Those of a business day, or those issued since a moment.
    """
    rows = await pool.fetch(
        """
        SELECT t.id, t.label, t.queue, t.service, t.priority, t.state, t.channel, t.issued_at,
               t.wait_low_s, t.wait_likely_s, t.wait_high_s,
               array_agg(e.event ORDER BY e.revision) AS events,
               array_agg(e.at ORDER BY e.revision) AS moments,
               array_agg(e.window_number ORDER BY e.revision) AS windows,
               jsonb_agg(coalesce(e.detail, '{}') ORDER BY e.revision) -> 0 AS detail
          FROM ticket t
          JOIN ticket_event e ON e.centre_id = t.centre_id AND e.ticket_id = t.id
         WHERE t.centre_id = $1 AND ($2::date IS NULL OR t.business_day = $2)
           AND ($3::timestamptz IS NULL OR t.issued_at >= $3)
         GROUP BY t.centre_id, t.id
         ORDER BY t.issued_at, t.id
        """,
        centre_id,
        day,
        since,
    )
    return tuple(
        LivedTicket(
            id=UUID(int=row["id"].int),
            label=row["label"],
            queue=row["queue"],
            service=row["service"],
            priority=row["priority"],
            state=row["state"],
            channel=row["channel"],
            issued_at=row["issued_at"],
            acts=tuple(
                Act(event, at, window)
                for event, at, window in zip(
                    row["events"], row["moments"], row["windows"], strict=True
                )
            ),
            said=_said(row),
        )
        for row in rows
    )


async def read_window_acts(
    pool: Pool, centre_id: int, *, since: datetime, until: datetime
) -> tuple[WindowAct, ...]:
    """Return what was done with windows between two moments, in its order."""
    rows = await pool.fetch(
        """
        SELECT window_number, event, at, to_state FROM window_event
         WHERE centre_id = $1 AND at >= $2 AND at < $3 ORDER BY revision
        """,
        centre_id,
        since,
        until,
    )
    return tuple(
        WindowAct(row["window_number"], row["event"], row["at"], row["to_state"]) for row in rows
    )


def _said(row: Record) -> Range | None:
    """Return the wait that stood on the slip, before it was rounded where that is known."""
    if row["wait_likely_s"] is None:
        return None
    detail: Mapping[str, Any] = row["detail"]
    return Range(
        float(detail.get("raw_low_s", row["wait_low_s"])),
        float(row["wait_likely_s"]),
        float(detail.get("raw_high_s", row["wait_high_s"])),
    )
