"""The SQL that a window's desk needs beside the hall: the window's day, and a careful call-next."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Pool
from queue_server.tickets.errors import ActNotAllowed, TicketOfAnother, UnknownWindow, about_ticket
from queue_server.tickets.lifecycle import IN_HAND, allowed_acts
from queue_server.tickets.model import Actor, Claim, Ticket, TicketState
from queue_server.tickets.store import call_next
from queue_server.tickets.store_command import read_ticket


@dataclass(frozen=True, slots=True)
class WindowDay:
    """What a window serves and what it did on a business day."""

    profile_ar: str
    profile_en: str
    served: int
    mean_service_s: int | None
    """From start to finish; None before the first."""
    call_is_shown: bool
    """A display has answered that the call asked about stands on its glass."""
    waiting: int = 0
    """Who stands in line where this window calls from; nobody who waits for another window."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A ticket that ended at a window."""

    label: str
    service: str | None
    state: TicketState
    ended_at: datetime
    service_s: int | None
    """None for a ticket that nobody came for."""


async def read_window_day(
    pool: Pool, centre_id: int, *, window: int, day: date, call_id: int | None
) -> WindowDay:
    """Return a window's day and whether the call `call_id` was shown. Raises UnknownWindow."""
    row = await pool.fetchrow(
        """
        SELECT p.name_ar AS profile_ar, p.name_en AS profile_en, d.served, d.mean_service_s,
               EXISTS (SELECT 1 FROM call_delivery c WHERE c.centre_id = $1
                          AND c.call_revision = $4) AS call_is_shown,
               ((SELECT coalesce(sum(l.in_common), 0)
                  FROM work_profile_queue wq
                  JOIN queue_line l ON l.centre_id = wq.centre_id AND l.business_day = $3
                   AND l.queue = wq.queue
                 WHERE wq.centre_id = w.centre_id AND wq.profile = w.profile)
               + (SELECT coalesce(sum(some_lane.sign * in_lane.n), 0)
                    FROM work_profile_queue wq
                   CROSS JOIN (VALUES ('window:' || w.number, 1),
                                      (CASE w.opened_by_kind WHEN 'staff'
                                            THEN 'staff:' || w.opened_by END, 1),
                                      (CASE WHEN NOT w.is_accessible THEN 'accessible' END, -1)
                              ) some_lane (lane, sign)
                   CROSS JOIN LATERAL (
                         SELECT count(*) AS n FROM ticket t
                          WHERE t.centre_id = $1 AND t.business_day = $3
                            AND t.queue = wq.queue AND t.lane = some_lane.lane
                            AND t.state IN ('unconfirmed', 'waiting')) in_lane
                   WHERE wq.centre_id = w.centre_id AND wq.profile = w.profile))::integer AS waiting
          FROM service_window w
          JOIN work_profile p ON p.centre_id = w.centre_id AND p.code = w.profile
         CROSS JOIN LATERAL (
               SELECT count(*) AS served,
                      round(avg(extract(epoch FROM t.finished_at - t.started_at)))::integer
                          AS mean_service_s
                 FROM ticket t
                WHERE t.centre_id = $1 AND t.business_day = $3 AND t.window_number = w.number
                  AND t.state = 'finished') d
         WHERE w.centre_id = $1 AND w.number = $2
        """,
        centre_id,
        window,
        day,
        call_id,
    )
    if row is None:
        raise UnknownWindow(window)
    return WindowDay(**dict(row))


async def read_last_visits(
    pool: Pool, centre_id: int, *, window: int, day: date, limit: int
) -> tuple[Visit, ...]:
    """Return the tickets that ended last at a window, the latest first."""
    rows = await pool.fetch(
        """
        SELECT t.label, t.service, t.state, coalesce(t.finished_at, t.last_at) AS ended_at,
               extract(epoch FROM t.finished_at - t.started_at)::integer AS service_s
          FROM ticket t
         WHERE t.centre_id = $1 AND t.business_day = $3 AND t.window_number = $2
           AND t.state IN ('finished', 'no_show')
         ORDER BY ended_at DESC, t.id DESC LIMIT $4
        """,
        centre_id,
        window,
        day,
        limit,
    )
    return tuple(Visit(**dict(row)) for row in rows)


async def call_next_after(
    pool: Pool,
    centre_id: int,
    *,
    in_hand: UUID,
    day: date,
    at: datetime,
    window: int,
    actor: Actor,
    claim: Claim,
) -> Ticket | None:
    """Finish the ticket `in_hand` and call the next one, in one commit; None when nobody waits.

    Only the person who opened the window may. A ticket that is not in this window's hand any more
    refuses all of it, so that an old picture of the desk never ends somebody else's visit. Raises
    UnknownTicket, ActNotAllowed, TicketOfAnother and what `store.call_next` raises.
    """
    async with pool.transaction() as connection:
        await connection.execute("SELECT lock_centre($1)", centre_id)
        is_answered = await connection.fetchval(
            "SELECT true FROM command_claim WHERE centre_id = $1 AND scope = $2",
            centre_id,
            claim.scope,
        )
        if not is_answered:
            ticket = await read_ticket(connection, centre_id, in_hand)
            if ticket.state not in IN_HAND:
                raise about_ticket(ActNotAllowed, ticket, allowed_acts(ticket.state))
            if ticket.window != window:
                raise about_ticket(TicketOfAnother, ticket)
        return await call_next(
            connection,
            centre_id,
            day=day,
            at=at,
            window=window,
            actor=actor,
            own_only=True,
            finish=True,
            outcome=None,
            claim=claim,
        )
