"""Does what a clerk pressed, always as the person who opened the window."""

from queue_server.tickets.acts import Queue
from queue_server.tickets.desk import finish_and_call_next
from queue_server.tickets.model import PlainAct, WindowAct
from queue_server.web.callers import Caller
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


async def press(queue: Queue, caller: Caller, window: int, act: Act, form: ActForm) -> None:
    """Do the act once for its key. Raises QueueError.

    A supervisor at a desk is a clerk like any other: a window that somebody else opened refuses,
    and nobody sits at two.
    """
    if act in _WINDOW_ACTS:
        await queue.act_on_window(
            window,
            _WINDOW_ACTS[act],
            actor=caller.actor,
            actor_name=caller.name,
            any_window=False,
            alone=act == "open",
            reason=form.reason if isinstance(form, PauseForm) else None,
            claim=claim_of(caller, window, act, form),
        )
    elif isinstance(form, TicketForm):
        await _press_on_ticket(queue, caller, window, act, form)
    else:
        await queue.call_next(
            window, actor=caller.actor, own_only=True, claim=claim_of(caller, window, act, form)
        )


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
        service=form.service if isinstance(form, ServiceForm) else None,
        claim=claim_of(caller, window, act, form),
    )
