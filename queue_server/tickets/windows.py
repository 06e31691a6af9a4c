"""What may be done with windows beside opening and closing: hand-over, alarms, messages, notes."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from queue_server.tickets import (
    store_alarms,
    store_around,
    store_counts,
    store_hand_over,
    store_messages,
    store_notes,
)
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Claim, Window
from queue_server.tickets.store_messages import Message, Toward
from queue_server.tickets.store_notes import Note, Reply
from queue_server.tickets.window_alarms import AlarmEnd, AlarmKind, FaultCategory, WindowAlarm
from queue_server.tickets.window_counts import WindowCounts, window_counts

MESSAGE_LENGTH: Final = 200
NOTE_LENGTH: Final = 300
REPLY_LENGTH: Final = 500
MESSAGES_KEPT: Final = timedelta(days=30)
NOTES_KEPT: Final = timedelta(days=365)
UNREAD_FOR: Final = timedelta(hours=12)
"""A message that nobody has read for so long speaks of another day."""


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


async def assign_window(queue: Queue, window: int, *, to: UUID, actor: Actor) -> Window:
    """Give a window to another member of staff; see `store_hand_over.assign_window`."""
    day, at = queue.today()
    return await store_hand_over.assign_window(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        window=window,
        to=to,
        actor=actor,
        claim=None,
    )


async def set_profile(queue: Queue, window: int, *, profile: str, actor: Actor) -> Window:
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
        claim=None,
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
        claim=claim,
    )


async def accept_alarm(queue: Queue, alarm_id: UUID, *, actor: Actor) -> WindowAlarm:
    """Note who goes there. Raises UnknownAlarm."""
    return await store_alarms.accept_alarm(
        queue.pool, queue.centre.id, at=queue.clock.now(), alarm_id=alarm_id, actor=actor
    )


async def close_alarm(
    queue: Queue, alarm_id: UUID, *, why: AlarmEnd, actor: Actor, any_window: bool
) -> WindowAlarm:
    """Close an alarm with its reason. Raises UnknownAlarm, WindowOfAnother."""
    return await store_alarms.close_alarm(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        alarm_id=alarm_id,
        why=why,
        actor=actor,
        any_window=any_window,
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
        claim=claim,
    )


async def mark_read(queue: Queue, message_id: UUID, *, window: int | None, actor: Actor) -> None:
    """Note that somebody has read a message."""
    await store_messages.mark_read(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        message_id=message_id,
        window=window,
        actor=actor,
    )


async def unread_messages(queue: Queue, window: int, reader: UUID) -> tuple[Message, ...]:
    """Return what a clerk has still to read at a window, oldest first."""
    return await store_messages.unread_at_window(
        queue.pool,
        queue.centre.id,
        window=window,
        reader=reader,
        since=queue.clock.now() - UNREAD_FOR,
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
    queue: Queue, ticket_id: UUID, *, window: int, text: str, actor: Actor, claim: Claim | None
) -> None:
    """Keep a note on the ticket in hand; see `store_notes.write_note`."""
    await store_notes.write_note(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        ticket_id=ticket_id,
        window=window,
        text=text,
        actor=actor,
        claim=claim,
    )


async def notes(queue: Queue, ticket_id: UUID) -> tuple[Note, ...]:
    """Return the notes on a ticket, oldest first."""
    return await store_notes.read_notes(queue.pool, queue.centre.id, ticket_id)


async def counts_of_day(queue: Queue, day: date | None = None) -> tuple[WindowCounts, ...]:
    """Recompute a business day's counts from its events; today's until now."""
    centre, now = queue.centre, queue.clock.now()
    day = day or queue.today()[0]
    start = datetime.combine(day, centre.cut_over, centre.zone).astimezone(UTC)
    next_day = datetime.combine(day + timedelta(days=1), centre.cut_over, centre.zone)
    facts = await store_counts.read_day(
        queue.pool, centre.id, day=day, start=start, end=next_day.astimezone(UTC)
    )
    # A crowded day has tens of thousands of events: the walk must not hold up the hall's calls.
    return await asyncio.to_thread(
        window_counts,
        facts.settings,
        facts.windows,
        facts.tickets,
        queues=facts.queues,
        start=start,
        end=min(now, next_day.astimezone(UTC)),
    )


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
