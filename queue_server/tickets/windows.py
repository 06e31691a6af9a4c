"""What may be done with windows beside opening and closing: hand-over, alarms, messages, notes."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from core_services.people.model import Role
from core_services.people.permissions import ROLE_PERMISSIONS
from queue_server.tickets import (
    store_alarms,
    store_around,
    store_hand_over,
    store_hands,
    store_messages,
    store_notes,
)
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import ActNotAllowed, about_ticket
from queue_server.tickets.lifecycle import allowed_acts
from queue_server.tickets.model import Actor, Claim, Window
from queue_server.tickets.so_far import walked_on
from queue_server.tickets.store_messages import Message, Toward
from queue_server.tickets.store_notes import Note, Reply
from queue_server.tickets.window_alarms import AlarmEnd, AlarmKind, FaultCategory, WindowAlarm
from queue_server.tickets.window_counts import Span, WindowCounts

MESSAGE_LENGTH: Final = 200
NOTE_LENGTH: Final = 300
REPLY_LENGTH: Final = 500
MESSAGES_KEPT: Final = timedelta(days=30)
NOTES_KEPT: Final = timedelta(days=365)
UNREAD_FOR: Final = timedelta(hours=12)
"""A message that nobody has read for so long speaks of another day."""
MOST_UNREAD: Final = 50
"""So many are told at once; the next ones come as these are read."""
WINDOW_ROLES: Final[tuple[Role, ...]] = tuple(
    role for role, may in ROLE_PERMISSIONS.items() if "act_own_window" in may
)
"""Who can be given a window."""


async def hand_over(
    queue: Queue,
    window: int,
    *,
    offers: bool,
    actor: Actor,
    any_window: bool = False,
    claim: Claim | None = None,
) -> Window:
    """Offer a window to whoever opens it next, or keep it; see `store_hand_over.hand_over`."""
    return await store_hand_over.hand_over(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        window=window,
        offers=offers,
        actor=actor,
        any_window=any_window,
        claim=claim,
    )


async def assign_window(
    queue: Queue, window: int, *, to: UUID, actor: Actor, claim: Claim | None = None
) -> Window:
    """Give a window to another member of staff; see `store_hand_over.assign_window`."""
    day, at = queue.today()
    return await store_hand_over.assign_window(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        window=window,
        to=to,
        roles=WINDOW_ROLES,
        actor=actor,
        claim=claim,
    )


async def set_profile(
    queue: Queue, window: int, *, profile: str, actor: Actor, claim: Claim | None = None
) -> Window:
    """Let a window serve another profile from its next call on; see `store_hand_over`."""
    day, at = queue.today()
    return await store_hand_over.set_profile(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        window=window,
        profile=profile,
        actor=actor,
        claim=claim,
    )


async def profiles(queue: Queue) -> dict[str, tuple[str, str]]:
    """Return every work profile's names, Arabic first, by its code."""
    return await store_hand_over.read_profiles(queue.pool, queue.centre.id)


async def raise_alarm(
    queue: Queue,
    window: int,
    kind: AlarmKind,
    *,
    actor: Actor,
    category: FaultCategory | None = None,
    is_silent: bool = False,
    any_window: bool = False,
    claim: Claim | None = None,
) -> WindowAlarm:
    """Raise an alarm of a window; see `store_alarms.raise_alarm`."""
    return await store_alarms.raise_alarm(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        window=window,
        kind=kind,
        category=category,
        is_silent=is_silent,
        actor=actor,
        any_window=any_window,
        claim=claim,
    )


async def accept_alarm(
    queue: Queue,
    alarm_id: UUID,
    *,
    actor: Actor,
    any_window: bool,
    claim: Claim | None = None,
) -> WindowAlarm:
    """Note who goes there; see `store_alarms.accept_alarm`."""
    return await store_alarms.accept_alarm(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        alarm_id=alarm_id,
        actor=actor,
        any_window=any_window,
        claim=claim,
    )


async def close_alarm(
    queue: Queue,
    alarm_id: UUID,
    *,
    why: AlarmEnd,
    actor: Actor,
    any_window: bool,
    claim: Claim | None = None,
) -> WindowAlarm:
    """Close an alarm with its reason; see `store_alarms.close_alarm`."""
    return await store_alarms.close_alarm(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        alarm_id=alarm_id,
        why=why,
        actor=actor,
        any_window=any_window,
        claim=claim,
    )


async def open_alarms(queue: Queue) -> tuple[WindowAlarm, ...]:
    """Return the alarms that nobody has closed, the oldest first."""
    return await store_alarms.open_alarms(queue.pool, queue.centre.id)


async def send_message(
    queue: Queue,
    text: str,
    *,
    toward: Toward,
    window: int | None,
    actor: Actor,
    any_window: bool = False,
    claim: Claim | None = None,
) -> UUID:
    """Send a short message; see `store_messages.send_message`."""
    return await store_messages.send_message(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        toward=toward,
        window=window,
        text=text,
        actor=actor,
        any_window=any_window,
        claim=claim,
    )


async def mark_read(
    queue: Queue,
    message_id: UUID,
    *,
    window: int | None,
    actor: Actor,
    any_window: bool = False,
    claim: Claim | None = None,
) -> None:
    """Note that somebody has read a message; see `store_messages.mark_read`."""
    await store_messages.mark_read(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        message_id=message_id,
        window=window,
        actor=actor,
        any_window=any_window,
        claim=claim,
    )


async def unread_messages(queue: Queue, window: int, reader: UUID) -> tuple[Message, ...]:
    """Return what a clerk has still to read at a window, oldest first."""
    return await store_messages.unread_at_window(
        queue.pool,
        queue.centre.id,
        window=window,
        reader=reader,
        since=queue.clock.now() - UNREAD_FOR,
        limit=MOST_UNREAD,
    )


async def unread_of_windows(queue: Queue) -> tuple[Message, ...]:
    """Return what windows wrote to the supervisor and nobody has read, oldest first."""
    since = queue.clock.now() - UNREAD_FOR
    return await store_messages.unread_of_windows(
        queue.pool, queue.centre.id, since=since, limit=MOST_UNREAD
    )


async def last_messages(queue: Queue, *, limit: int) -> tuple[Message, ...]:
    """Return the latest messages of today and the evening before, newest first."""
    return await store_messages.read_messages(
        queue.pool, queue.centre.id, since=queue.clock.now() - UNREAD_FOR, limit=limit
    )


async def facts_around(queue: Queue, window: int, *, limit: int) -> store_around.AroundFacts:
    """Return what is parked at a window, who missed the call today, and what may be undone."""
    day, at = queue.today()
    return await store_around.read_around(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        window=window,
        limit=limit,
    )


async def write_note(
    queue: Queue,
    ticket_id: UUID,
    *,
    window: int | None,
    text: str,
    actor: Actor,
    claim: Claim | None,
    any_window: bool = False,
) -> Note:
    """Keep a note on the ticket in hand; see `store_notes.write_note`."""
    return await store_notes.write_note(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        ticket_id=ticket_id,
        window=window,
        text=text,
        actor=actor,
        any_window=any_window,
        claim=claim,
    )


async def notes(queue: Queue, ticket_id: UUID) -> tuple[Note, ...]:
    """Return the notes on a ticket, oldest first."""
    return await store_notes.read_notes(queue.pool, queue.centre.id, ticket_id)


async def notes_for(
    queue: Queue, ticket_id: UUID, *, actor: Actor, any_window: bool
) -> tuple[Note, ...]:
    """Return the notes on a ticket for whoever serves it, or with `any_window` for anybody.

    Before the start a window sees label and service alone. Raises UnknownTicket, ActNotAllowed,
    WindowOfAnother.
    """
    ticket = await queue.ticket(ticket_id)
    if not any_window:
        if ticket.state != "serving" or ticket.window is None:
            raise about_ticket(ActNotAllowed, ticket, allowed_acts(ticket.state))
        await require_window(queue, ticket.window, actor=actor, any_window=False)
    return await notes(queue, ticket_id)


async def require_window(queue: Queue, window: int, *, actor: Actor, any_window: bool) -> None:
    """Refuse whoever has not opened the window. Raises UnknownWindow, WindowOfAnother."""
    async with queue.pool.acquire() as connection:
        await store_hands.require_own_window(
            connection, queue.centre.id, window, actor, any_window=any_window
        )


async def counts_of_day(queue: Queue, day: date | None = None) -> tuple[WindowCounts, ...]:
    """Work a business day's counts out from its events; today's until now.

    Only the hours in which the centre is open count as time: a window that somebody forgot to close
    stands neither open nor idle for the night.
    """
    walked = await walked_on(queue, day or queue.today()[0])
    return walked.walk.counts(min(queue.clock.now(), walked.ends))


async def idle_of_day(
    queue: Queue, day: date | None = None
) -> dict[int, tuple[tuple[Span, ...], ...]]:
    """Return when each window idled while people waited, on a business day; today's until now.

    For each who had it; see `DayWalk.idle`.
    """
    walked = await walked_on(queue, day or queue.today()[0])
    return walked.walk.idle(min(queue.clock.now(), walked.ends))


async def write_reply(queue: Queue, window: int, text: str, *, actor: Actor) -> None:
    """Keep a clerk's reply to today's counts of a window."""
    day, at = queue.today()
    await store_notes.write_reply(
        queue.pool, queue.centre.id, at=at, day=day, window=window, text=text, actor=actor
    )


async def replies(queue: Queue, day: date | None = None) -> tuple[Reply, ...]:
    """Return the replies to a day's counts, today's by default."""
    return await store_notes.read_replies(queue.pool, queue.centre.id, day=day or queue.today()[0])


async def forget_texts(queue: Queue) -> None:
    """Delete messages and notes whose time is over; their events stay."""
    now, pool, centre_id = queue.clock.now(), queue.pool, queue.centre.id
    await store_messages.forget_messages(pool, centre_id, before=now - MESSAGES_KEPT)
    await store_notes.forget_notes(pool, centre_id, before=now - NOTES_KEPT)
