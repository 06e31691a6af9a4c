"""From the queue's values to the API's JSON: plain dicts, since they are many."""

from typing import Any

from queue_server.service_states.model import Outage
from queue_server.tickets.late import LATE_CHANNELS
from queue_server.tickets.lifecycle import allowed_acts, allowed_window_acts
from queue_server.tickets.model import QueueState, Ticket, TicketEvent, Wait, Window
from queue_server.tickets.numbering import display_label
from queue_server.web.keys import PUBLIC_URL
from queue_server.web.operations import Answer, ApiRequest


def told_ticket(request: ApiRequest[Any], ticket: Ticket) -> Answer:
    """Answer an act with the ticket as it left it; no act tells the place in line."""
    return Answer(content=ticket_answer(ticket, position=None, public_url=request.app[PUBLIC_URL]))


def ticket_answer(
    ticket: Ticket, *, position: int | None, public_url: str | None
) -> dict[str, Any]:
    """Return a ticket as `TicketShape`."""
    path = f"/t/{ticket.token.lower()}"
    return {
        "id": ticket.id,
        "label": ticket.label,
        "display_label": display_label(ticket.label),
        "number": ticket.number,
        "series": ticket.series,
        "queue": ticket.queue,
        "service": ticket.service,
        "priority": ticket.priority,
        "state": ticket.state,
        "position": position,
        "business_day": ticket.business_day,
        "channel": ticket.channel,
        "is_late": ticket.channel in LATE_CHANNELS,
        "language": ticket.language,
        "paper": ticket.paper,
        "window": ticket.window,
        "recalls": ticket.recalls,
        "issued_at": ticket.issued_at,
        "called_at": ticket.called_at,
        "started_at": ticket.started_at,
        "finished_at": ticket.finished_at,
        "wait": wait_answer(ticket.wait_at_issue),
        "status_path": path,
        "status_url": None if public_url is None else public_url + path,
        "needs": ticket.needs,
        "requests": ticket.requests,
        "returns": ticket.returns,
        "parked_until": ticket.parked_until,
        "allowed": allowed_acts(ticket.state),
        "revision": ticket.revision,
    }


def wait_answer(wait: Wait | None) -> dict[str, int] | None:
    """Return a wait as `WaitShape`."""
    if wait is None:
        return None
    return {"low_s": wait.low_s, "likely_s": wait.likely_s, "high_s": wait.high_s}


def event_answer(event: TicketEvent) -> dict[str, Any]:
    """Return an act as `EventShape`; who acted is named by kind only."""
    return {
        "revision": event.revision,
        "at": event.at,
        "event": event.event,
        "from_state": event.from_state,
        "to_state": event.to_state,
        "window": event.window,
        "actor": event.actor_kind,
        "reason": event.reason,
    }


def window_answer(window: Window, *, public_url: str | None) -> dict[str, Any]:
    """Return a window as `WindowShape`."""
    ticket = window.ticket
    return {
        "number": window.number,
        "state": window.state,
        "profile": window.profile,
        "priority_first": window.priority_first,
        "queues": list(window.queues),
        "opened_by": window.opened_by_name,
        "state_since": window.state_since,
        "reason": window.reason,
        "ticket": None
        if ticket is None
        else ticket_answer(ticket, position=None, public_url=public_url),
        "gives_way": window.gives_way,
        "is_offered": window.is_offered,
        "allowed": list(allowed_window_acts(window.state, has_ticket=ticket is not None)),
    }


def queue_answer(queue: QueueState) -> dict[str, Any]:
    """Return a line as `QueueShape`."""
    return {
        "code": queue.code,
        "name_ar": queue.name_ar,
        "name_en": queue.name_en,
        "waiting": queue.waiting,
        "longest_wait_s": queue.longest_wait_s,
        "windows_open": queue.windows_open,
        "wait": wait_answer(queue.wait),
    }


def state_answer(outage: Outage | None) -> dict[str, Any]:
    """Return a service's state as `StateShape`."""
    return {
        "is_down": outage is not None,
        "reason": None if outage is None else outage.reason,
        "since": None if outage is None else outage.since,
        "expected": None if outage is None else outage.expected,
    }
