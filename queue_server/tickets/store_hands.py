"""The SQL that asks whose window it is: what a command checks before it touches what is in hand."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core_services.database.pool import Connection
from queue_server.tickets.changes import common_lane
from queue_server.tickets.errors import (
    OfAnotherDay,
    TicketOfAnother,
    UnknownWindow,
    WindowBusy,
    WindowNotOpen,
    WindowOfAnother,
    about_ticket,
)
from queue_server.tickets.lifecycle import allowed_acts, allowed_window_acts
from queue_server.tickets.model import Actor, Ticket, WindowState
from queue_server.tickets.rows import ticket_of


@dataclass(frozen=True, slots=True)
class Standing:
    """A window as a command finds it."""

    number: int
    state: WindowState
    opened_by: Actor | None
    opened_by_name: str | None
    queues: tuple[str, ...]

    def is_of(self, actor: Actor) -> bool:
        return self.opened_by == actor


async def read_standing(connection: Connection, centre_id: int, window: int) -> Standing:
    """Read a window inside a command. Raises UnknownWindow."""
    row = await connection.fetchrow(
        """
        SELECT w.number, w.state, w.opened_by_kind, w.opened_by, w.opened_by_name,
               ARRAY(SELECT q.queue FROM work_profile_queue q
                      WHERE q.centre_id = w.centre_id AND q.profile = w.profile
                      ORDER BY q.queue) AS queues
          FROM service_window w WHERE w.centre_id = $1 AND w.number = $2
        """,
        centre_id,
        window,
    )
    if row is None:
        raise UnknownWindow(window)
    kind = row["opened_by_kind"]
    return Standing(
        number=row["number"],
        state=row["state"],
        opened_by=None if kind is None else Actor(kind, row["opened_by"]),
        opened_by_name=row["opened_by_name"],
        queues=tuple(row["queues"]),
    )


async def window_of_staff(connection: Connection, centre_id: int, staff: UUID) -> int | None:
    """Return the window that a person has open or paused, or None."""
    number: int | None = await connection.fetchval(
        "SELECT number FROM service_window WHERE centre_id = $1 AND opened_by_kind = 'staff'"
        " AND opened_by = $2 AND state <> 'closed' ORDER BY number LIMIT 1",
        centre_id,
        staff,
    )
    return number


async def served_lane(connection: Connection, centre_id: int, ticket: Ticket, lane: str) -> str:
    """Return the lane where it leads to a window that will look into it, else the common one.

    A number that waited for a window which has closed since, or no longer serves its queue, would
    wait for nobody.
    """
    kind, _, whose = lane.partition(":")
    number: int | None = None
    if kind == "window":
        number = int(whose)
    elif kind == "staff":
        number = await window_of_staff(connection, centre_id, UUID(whose))
    else:
        return lane
    if number is not None:
        standing = await read_standing(connection, centre_id, number)
        if standing.state != "closed" and ticket.queue in standing.queues:
            return lane
    return common_lane(ticket)


async def require_own_window(
    connection: Connection, centre_id: int, window: int, actor: Actor, *, any_window: bool
) -> Standing:
    """Return the window; without `any_window` the actor must have opened it.

    Raises UnknownWindow, WindowOfAnother.
    """
    standing = await read_standing(connection, centre_id, window)
    if not any_window and not standing.is_of(actor):
        raise WindowOfAnother(
            state=standing.state, window=window, opened_by=standing.opened_by_name
        )
    return standing


async def require_free_hand(connection: Connection, centre_id: int, standing: Standing) -> None:
    """Let a window take a ticket: it is open and has none. Raises WindowNotOpen, WindowBusy."""
    if standing.state != "open":
        allowed = allowed_window_acts(standing.state, has_ticket=False)
        raise WindowNotOpen(state=standing.state, allowed=allowed, window=standing.number)
    hand = await ticket_in_hand(connection, centre_id, standing.number)
    if hand is not None:
        raise about_ticket(WindowBusy, hand, allowed_acts(hand.state))


async def ticket_in_hand(connection: Connection, centre_id: int, window: int) -> Ticket | None:
    """Return the ticket that a window has called or serves."""
    row = await connection.fetchrow(
        "SELECT * FROM ticket WHERE centre_id = $1 AND window_number = $2"
        " AND state IN ('called', 'serving')",
        centre_id,
        window,
    )
    return None if row is None else ticket_of(row)


async def require_own_ticket(
    connection: Connection,
    centre_id: int,
    ticket: Ticket,
    window: int | None,
    actor: Actor,
    *,
    any_window: bool,
) -> None:
    """Let the window that has a ticket act on it, and nobody else.

    Raises TicketOfAnother, WindowOfAnother.
    """
    if ticket.window is None:
        return
    if window is not None and window != ticket.window:
        raise about_ticket(TicketOfAnother, ticket)
    await require_own_window(connection, centre_id, ticket.window, actor, any_window=any_window)


def require_day(ticket: Ticket, day: date) -> None:
    """Let only the day's own numbers come into line or into a hand. Raises OfAnotherDay."""
    if ticket.business_day != day:
        raise about_ticket(OfAnotherDay, ticket, allowed_acts(ticket.state))
