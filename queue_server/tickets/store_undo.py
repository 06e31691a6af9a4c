"""The SQL of *undo*: the last act on a ticket taken back by a new event, soon and legally."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets import changes
from queue_server.tickets.errors import (
    NothingToUndo,
    TooLate,
    UnknownTicket,
    about_ticket,
)
from queue_server.tickets.lifecycle import (
    IN_HAND,
    UNDOABLE,
    allowed_acts,
    undone_state,
)
from queue_server.tickets.model import Actor, Claim, Ticket, TicketEventKind
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_change import write_change
from queue_server.tickets.store_command import Answer, run_command, ticket_to_act_on
from queue_server.tickets.store_hands import require_free_hand, require_own_window
from queue_server.tickets.store_policy import read_policy


@dataclass(frozen=True, slots=True)
class Undoable:
    """The act that an undo at a window would take back now."""

    ticket_id: UUID
    label: str
    event: TicketEventKind
    until: datetime


async def undo(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    actor: Actor,
    window: int | None,
    any_window: bool,
    reason: str | None,
    claim: Claim | None,
) -> Ticket:
    """Take the last act on a ticket back, within the policy's time and at the window that did it.

    Raises UnknownTicket, NothingToUndo, TooLate, WindowNotOpen, WindowBusy, WindowOfAnother,
    KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        before = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        last = await connection.fetchrow(
            "SELECT revision, at, event, from_state, window_number FROM ticket_event"
            " WHERE centre_id = $1 AND ticket_id = $2 AND event NOT IN ('paper', 'recall')"
            " ORDER BY revision DESC LIMIT 1",
            centre_id,
            ticket_id,
        )
        if last is None:
            raise UnknownTicket(str(ticket_id))
        state = undone_state(last["event"], last["from_state"])
        at_window = last["window_number"]
        if state is None or (window is not None and at_window not in (None, window)):
            raise about_ticket(NothingToUndo, before, allowed_acts(before.state))
        policy = await read_policy(connection, centre_id)
        late = at - last["at"] - timedelta(seconds=policy.undo_within_s)
        if late > timedelta():
            raise about_ticket(
                TooLate,
                before,
                allowed_acts(before.state),
                seconds=max(1, int(late.total_seconds())),
            )
        if at_window is not None:
            standing = await require_own_window(
                connection, centre_id, at_window, actor, any_window=any_window
            )
            if state in IN_HAND and before.state not in IN_HAND:
                await require_free_hand(connection, centre_id, standing)
        parked_for = None
        if state == "parked":
            parked_for = await connection.fetchval(
                "SELECT reason FROM ticket_event WHERE centre_id = $1 AND ticket_id = $2"
                " AND event = 'park' ORDER BY revision DESC LIMIT 1",
                centre_id,
                ticket_id,
            )
        after = changes.undone(before, last["event"], state, at=at, park_reason=parked_for)
        detail: dict[str, object] = {"of": last["revision"], "event": last["event"]}
        if before.started_at is not None and before.finished_at is not None:
            service = before.finished_at - before.started_at
            detail["service_us"] = service // timedelta(microseconds=1)
        return await write_change(
            connection,
            centre_id,
            before,
            after,
            event="undo",
            actor=actor,
            window=at_window,
            reason=reason,
            detail=detail,
        )

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def last_undoable(
    pool: Pool, centre_id: int, *, day: date, at: datetime, window: int
) -> Undoable | None:
    """Return what an undo at this window would take back now: its latest act, if it may be."""
    policy = await read_policy(pool, centre_id)
    row = await pool.fetchrow(
        """
        SELECT t.id, t.label, last.event, last.at
          FROM ticket t
         CROSS JOIN LATERAL (
               SELECT e.event, e.at, e.revision, e.window_number FROM ticket_event e
                WHERE e.ticket_id = t.id AND e.centre_id = t.centre_id
                  AND e.event NOT IN ('paper', 'recall')
                ORDER BY e.revision DESC LIMIT 1) last
         WHERE t.centre_id = $1 AND t.business_day = $2 AND t.last_at >= $3
           AND last.at >= $3 AND last.window_number = $4 AND last.event = ANY ($5)
         ORDER BY last.revision DESC LIMIT 1
        """,
        centre_id,
        day,
        at - timedelta(seconds=policy.undo_within_s),
        window,
        sorted(UNDOABLE),
    )
    if row is None:
        return None
    until = row["at"] + timedelta(seconds=policy.undo_within_s)
    return Undoable(UUID(int=row["id"].int), row["label"], row["event"], until)
