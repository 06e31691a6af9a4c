"""Reads what stands around a window's hand, from the database and at each request anew."""

from datetime import date, datetime, timedelta
from uuid import UUID

from core_services.people.staff import list_staff
from queue_server.scans import Found
from queue_server.tickets import windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Hall, Ticket, Window
from queue_server.tickets.policy import Policy
from queue_server.web.desk.around import Around, Scanned, around
from queue_server.web.labels import label_words
from queue_server.web.people_names import names_of
from queue_server.web.words import Words

MISSED_SHOWN = 9


async def read_around(queue: Queue, window: Window, hall: Hall, actor: Actor) -> Around:
    """Return what stands around the hand of a window for the person who has it."""
    ticket = window.ticket
    facts = await windows.facts_around(queue, window.number, limit=MISSED_SHOWN)
    alarms = await windows.open_alarms(queue)
    names: dict[UUID, Words] = {}
    if ticket is not None or alarms:
        people = await list_staff(queue.pool, centre_id=queue.centre.id)
        names = names_of(people)
    called = ticket if ticket is not None and ticket.state == "called" else None
    return around(
        window,
        hall,
        facts=facts,
        alarms=alarms,
        messages=()
        if actor.id is None
        else await windows.unread_messages(queue, window.number, actor.id),
        notes=() if ticket is None else await windows.notes(queue, ticket.id),
        names=names,
        recall_from=None if called is None else _recall_from(called, facts.policy),
        no_show_from=None if called is None else _no_show_from(called, facts.policy),
    )


def read_scan(found: Found | None, today: date) -> Scanned | None:
    """Return what the desk says of the last scan; None where there was none of late."""
    if found is None:
        return None
    if found.ticket is not None:
        return Scanned(
            label=label_words(found.ticket.label),
            state=found.ticket.state,
            is_of_today=found.ticket.business_day == today,
        )
    return Scanned(
        appointment_at=None if found.appointment is None else found.appointment.starts_at
    )


def _no_show_from(ticket: Ticket, policy: Policy) -> datetime | None:
    """Return from when a called number may be noted as not come."""
    if ticket.called_at is None:
        return None
    wait_s = policy.no_show_after(ticket)
    return ticket.called_at + timedelta(seconds=wait_s) if wait_s else None


def _recall_from(ticket: Ticket, policy: Policy) -> datetime | None:
    """Return from when a called number may be called again."""
    wait_s = policy.recall_interval_s
    return ticket.last_at + timedelta(seconds=wait_s) if wait_s else None
