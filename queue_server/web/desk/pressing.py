"""Does what a clerk pressed, always as the person who opened the window."""

from uuid import UUID

from queue_server.faults.browser import Browser
from queue_server.faults.faults import Faults
from queue_server.tickets import adoption, journeys, windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.desk import finish_and_call_next
from queue_server.tickets.errors import UnknownTicket
from queue_server.tickets.model import Claim, PlainAct, WindowAct
from queue_server.tickets.store_journeys import Destination
from queue_server.web.callers import Caller
from queue_server.web.desk import forms
from queue_server.web.desk.acts import Act
from queue_server.web.desk.forms import ActForm, PauseForm, ServiceForm, TicketForm, claim_of

_WINDOW_ACTS: dict[Act, WindowAct] = {
    "open": "open",
    "resume": "open",
    "pause": "pause",
    "close": "close",
}
_EVENTS: dict[Act, PlainAct] = {
    "start": "start",
    "recall": "recall",
    "no-show": "no_show",
    "finish": "finish",
    "service": "set_service",
}

_JOURNEYS: frozenset[Act] = frozenset(
    {"park", "unpark", "transfer", "return", "undo", "call", "walk-direct", "adopt"}
)


async def press(
    queue: Queue,
    faults: Faults,
    caller: Caller,
    window: int,
    act: Act,
    form: ActForm,
    browser: Browser,
) -> None:
    """Do the act once for its key; `browser` is told with a fault. Raises QueueError.

    A supervisor at a desk is a clerk like any other: a window that somebody else opened refuses,
    and nobody sits at two.
    """
    claim = claim_of(caller, window, act, form)
    if act in _WINDOW_ACTS:
        await queue.act_on_window(
            window,
            _WINDOW_ACTS[act],
            actor=caller.actor,
            actor_name=caller.name,
            any_window=False,
            alone=act == "open",
            beyond_rota=caller.may("act_any_window"),
            reason=form.reason if isinstance(form, PauseForm) else None,
            claim=claim,
        )
    elif act in ("offer", "keep"):
        await windows.hand_over(
            queue, window, offers=act == "offer", actor=caller.actor, claim=claim
        )
    elif act == "call-next":
        await queue.call_next(window, actor=caller.actor, own_only=True, claim=claim)
    elif isinstance(form, forms.NoteForm):
        await windows.write_note(
            queue, form.ticket, window=window, text=form.text, actor=caller.actor, claim=claim
        )
    elif act in _JOURNEYS:
        await _send_on_journey(queue, caller, window, act, form)
    elif isinstance(form, TicketForm):
        await _press_on_ticket(queue, caller, window, act, form)
    elif isinstance(form, forms.FaultForm):
        await faults.report_of_desk(
            window, form.category, actor=caller.actor, browser=browser, claim=claim
        )
    else:
        await _tell(queue, caller, window, act, form)


async def _send_on_journey(
    queue: Queue, caller: Caller, window: int, act: Act, form: ActForm
) -> None:
    """Do what leads a number beside the straight way to the window. Raises QueueError."""
    actor, claim = caller.actor, claim_of(caller, window, act, form)
    if isinstance(form, forms.ParkForm):
        await journeys.park(
            queue,
            form.ticket,
            actor=actor,
            any_window=False,
            reason=form.reason,
            minutes=form.minutes,
            window=window,
            claim=claim,
        )
    elif isinstance(form, forms.TransferForm):
        await journeys.transfer(
            queue,
            form.ticket,
            _destination(form.to),
            actor=actor,
            any_window=False,
            reason=form.reason,
            window=window,
            claim=claim,
        )
    elif isinstance(form, forms.ReturnForm):
        await _return(queue, caller, window, form.label, claim)
    elif isinstance(form, forms.CallForm):
        await journeys.call_out_of_order(
            queue,
            window,
            form.label,
            actor=actor,
            any_window=False,
            reason=form.reason,
            claim=claim,
        )
    elif isinstance(form, forms.WalkForm):
        await journeys.walk_direct(
            queue, window, service=form.service, actor=actor, any_window=False, claim=claim
        )
    elif isinstance(form, forms.AdoptForm):
        slip = adoption.Slip(form.label)
        await adoption.adopt(queue, slip, actor=actor, window=window, claim=claim)
    elif isinstance(form, TicketForm):
        go = journeys.undo if act == "undo" else journeys.resume
        await go(queue, form.ticket, actor=actor, any_window=False, window=window, claim=claim)


async def _return(queue: Queue, caller: Caller, window: int, label: str, claim: Claim) -> None:
    """Return a number that did not come, by its label of today. Raises UnknownTicket."""
    found = await queue.tickets(label=label)
    if not found:
        raise UnknownTicket(label)
    await journeys.return_ticket(
        queue,
        found[0].id,
        actor=caller.actor,
        in_time_only=not caller.may("act_any_window"),
        window=window,
        claim=claim,
    )


def _destination(target: str) -> Destination:
    """Read a target as `TransferForm` lets it through."""
    kind, _, value = target.partition(":")
    match kind:
        case "window":
            return Destination(window=int(value))
        case "queue":
            return Destination(queue=value)
        case _:
            return Destination(staff=UUID(value))


async def _tell(queue: Queue, caller: Caller, window: int, act: Act, form: ActForm) -> None:
    """Raise, accept and settle alarms; read and write messages.

    Settling, coming and reading change nothing the second time, so they carry no claim: what was
    refused once may be allowed when the window has changed hands.
    """
    actor, claim = caller.actor, claim_of(caller, window, act, form)
    if isinstance(form, forms.EmergencyForm):
        await windows.raise_alarm(
            queue, window, "emergency", actor=actor, is_silent=not form.aloud, claim=claim
        )
    elif isinstance(form, forms.SettleForm):
        await windows.close_alarm(queue, form.alarm, why=form.why, actor=actor, any_window=False)
    elif isinstance(form, forms.AlarmForm):
        await windows.accept_alarm(queue, form.alarm, actor=actor, any_window=False)
    elif isinstance(form, forms.ReadForm):
        await windows.mark_read(queue, form.message, window=window, actor=actor)
    elif isinstance(form, forms.MessageForm):
        await windows.send_message(
            queue, form.text, toward="supervisor", window=window, actor=actor, claim=claim
        )
    else:
        await windows.raise_alarm(queue, window, "supervisor", actor=actor, claim=claim)


async def _press_on_ticket(
    queue: Queue, caller: Caller, window: int, act: Act, form: TicketForm
) -> None:
    if act == "finish-next":
        await finish_and_call_next(
            queue,
            window,
            in_hand=form.ticket,
            actor=caller.actor,
            claim=claim_of(caller, window, act, form),
        )
        return
    if isinstance(form, ServiceForm) and (await queue.ticket(form.ticket)).state == "called":
        # The first act at the citizen's file says that the citizen stands here.
        start = TicketForm(key=form.key, ticket=form.ticket)
        await _press_on_ticket(queue, caller, window, "start", start)
    await queue.act(
        form.ticket,
        _EVENTS[act],
        actor=caller.actor,
        any_window=False,
        window=window,
        outcome=form.outcome if isinstance(form, forms.FinishForm) else None,
        service=form.service if isinstance(form, ServiceForm) else None,
        claim=claim_of(caller, window, act, form),
    )
