"""The hall as screens and kiosks are told of it: pure functions from values to frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core_services.link import hall_frames
from core_services.link.board_frames import (
    LISTED_CALLS,
    Board,
    BoardCall,
    BoardWindow,
    Called,
    Withdrawn,
)
from core_services.link.hall_frames import Down, Opening, ServiceCard
from core_services.link.message_frames import BoardMessage
from core_services.link.pages import Changed
from core_services.link.vocabulary import WaitRange
from core_services.paper.missed_call import WHOLE_DAY_MIN
from queue_server.tickets.breaks import BreakSentence, break_sentence
from queue_server.tickets.closing import (
    ClosingSentence,
    closing_sentence,
    closing_sentences,
    kept_sentences,
)
from queue_server.tickets.gate import GateState, Plan, gate_at, is_morning, openings_ahead
from queue_server.tickets.model import Call, Hall, QueueState, Window
from queue_server.tickets.numbering import display_label


@dataclass(frozen=True, slots=True)
class HallFacts:
    """What screens show beside the state of the queue; it changes when an administrator says so."""

    services: tuple[ServiceCard, ...] = ()
    messages: tuple[BoardMessage, ...] = ()
    on_boards: tuple[BoardMessage, ...] = ()
    """What was sent to the hall and stands on its screens, the gravest first."""
    on_kiosks: tuple[BoardMessage, ...] = ()
    plan: Plan | None = None
    """When numbers are given; None: always."""
    notice_ar: str = ""
    notice_en: str = ""
    """The queue's published rule, for kiosks."""
    payment_down: Down | None = None
    appointments: bool = False
    """Appointments are given, so that kiosks ask for their codes."""
    requests_at_most: int = 1
    """Requests that one number carries, so that kiosks ask how many there are."""
    asks_national_id: bool = False
    """Kiosks ask for the card's number before they give one."""
    return_within_min: int = WHOLE_DAY_MIN
    """So many minutes after a missed call its holder is taken back into line; 0: not."""


@dataclass(frozen=True, slots=True)
class CallChanges:
    """What became of the hall's calls between two readings."""

    new: tuple[Call, ...] = ()
    """Oldest first: the order in which they are announced."""
    withdrawn: tuple[int, ...] = ()


def board_frame(
    hall: Hall,
    *,
    elapsed_s: float = 0.0,
    messages: Sequence[BoardMessage] = (),
    sent: Sequence[BoardMessage] = (),
    plan: Plan | None = None,
) -> Board:
    """Return the whole hall screen, `elapsed_s` seconds after the hall was read.

    What people sent to the hall comes first, then what is so now, then the messages.
    """
    news = [BoardMessage(text_ar=each.ar, text_en=each.en) for each in _news(hall, plan)]
    return Board(
        epoch=hall.epoch,
        revision=hall.revision,
        windows=[_board_window(window) for window in hall.windows],
        calls=[_board_call(call, hall, elapsed_s) for call in hall.calls],
        waiting=hall.waiting,
        wait=hall_wait(hall.queues),
        messages=[*sent, *news, *messages],
    )


def _news(hall: Hall, plan: Plan | None) -> tuple[ClosingSentence | BreakSentence, ...]:
    """Say that numbers are kept, then that none are given, then which break is on."""
    kept = () if hall.kept_for is None else kept_sentences(hall.kept_for)
    if plan is None:
        return kept
    gate = gate_at(plan, hall.at, hall.queues)
    away = break_sentence(plan.breaks, hall.windows, hall.at, plan.zone)
    return (
        *kept,
        *closing_sentences(gate, hall.at, plan.zone),
        *(() if away is None else (away,)),
    )


def hall_frame(hall: Hall, facts: HallFacts, *, with_services: bool) -> hall_frames.Hall:
    """Return what a kiosk's home page shows."""
    plan = facts.plan
    gate = None if plan is None else gate_at(plan, hall.at, hall.queues)
    closed = None
    if plan is not None and gate is not None:
        closed = closing_sentence(gate, hall.at, plan.zone)
    emergency = next((each for each in facts.on_kiosks if each.full_screen), None)
    if emergency is not None:
        # A kiosk that knows nothing of such messages gives no number either, and says why.
        closed = ClosingSentence(emergency.text_ar, emergency.text_en or emergency.text_ar)
    state: GateState = "open" if gate is None else gate.state
    if emergency is not None:
        state = "stopped"
    morning = None if plan is None else plan.morning
    return hall_frames.Hall(
        epoch=hall.epoch,
        revision=hall.revision,
        waiting=hall.waiting,
        wait=hall_wait(hall.queues),
        windows_open=hall.windows_open,
        windows_total=len(hall.windows),
        issuing=emergency is None and (gate is None or gate.is_open),
        state=state,
        opens_at=None if gate is None else gate.opens_at,
        closes_at=None if gate is None else gate.closes_at,
        closed_ar="" if closed is None else closed.ar,
        closed_en="" if closed is None else closed.en,
        morning=plan is not None and is_morning(plan, hall.at),
        openings=[] if plan is None else _openings(plan, state, hall.at),
        morning_from=None if morning is None else morning.opens,
        morning_until=None if morning is None else morning.closes,
        return_within_min=facts.return_within_min,
        notice_ar=facts.notice_ar,
        notice_en=facts.notice_en,
        payment_down=facts.payment_down,
        appointments=facts.appointments,
        requests_at_most=facts.requests_at_most,
        asks_national_id=facts.asks_national_id,
        messages=list(facts.on_kiosks),
        services=list(facts.services) if with_services else None,
    )


def _openings(plan: Plan, state: GateState, at: datetime) -> list[Opening]:
    return [
        Opening(opens_at=opens_at, closes_at=closes_at)
        for opens_at, closes_at in openings_ahead(plan, state, at)
    ]


def changed_frame(hall: Hall) -> Changed:
    """Return what a page in a browser is told."""
    return Changed(epoch=hall.epoch, revision=hall.revision)


def called_frame(call: Call, hall: Hall, *, elapsed_s: float = 0.0) -> Called:
    """Return the announcement of one call of this hall."""
    return Called(epoch=hall.epoch, revision=hall.revision, call=_board_call(call, hall, elapsed_s))


def withdrawn_frame(call_id: int, hall: Hall) -> Withdrawn:
    """Return the taking back of one call."""
    return Withdrawn(epoch=hall.epoch, revision=hall.revision, call=call_id)


def changes_between(earlier: Hall, later: Hall) -> CallChanges:
    """Compare two readings of one epoch by call id.

    A call is new when its event is later than the earlier reading. It is withdrawn when its ticket
    left the list although the list still reaches back so far; a ticket that was recalled is there
    under a new id, and one that was pushed off the end by newer calls has only grown old.
    """
    new = sorted(
        (call for call in later.calls if call.id > earlier.revision), key=lambda call: call.id
    )
    if earlier.business_day != later.business_day:
        return CallChanges(new=tuple(new))
    still_there = {call.ticket_id for call in later.calls}
    reaches_back_to = later.calls[-1].id if len(later.calls) >= LISTED_CALLS else 0
    withdrawn = sorted(
        call.id
        for call in earlier.calls
        if call.ticket_id not in still_there and call.id >= reaches_back_to
    )
    return CallChanges(new=tuple(new), withdrawn=tuple(withdrawn))


def hall_wait(queues: Sequence[QueueState]) -> WaitRange | None:
    """Return one wait for somebody who has not yet said what they came for.

    The range spans every queue that is served, so that it is true whichever they choose; the
    likely value is that of the queue where most people wait. None: no open window serves any.
    """
    served = [(queue.waiting, queue.wait) for queue in queues if queue.wait is not None]
    if not served:
        return None
    _, busiest = max(served, key=lambda pair: pair[0])
    return WaitRange(
        low_s=min(wait.low_s for _, wait in served),
        likely_s=busiest.likely_s,
        high_s=max(wait.high_s for _, wait in served),
    )


def _board_window(window: Window) -> BoardWindow:
    ticket = window.ticket
    return BoardWindow(
        window=window.number,
        state=window.state,
        label=None if ticket is None else ticket.label,
        called_at=None if ticket is None else ticket.called_at,
    )


def _board_call(call: Call, hall: Hall, elapsed_s: float) -> BoardCall:
    age_s = (hall.at - call.at).total_seconds() + elapsed_s
    return BoardCall(
        id=call.id,
        label=call.label,
        display_label=display_label(call.label),
        window=call.window,
        age_ms=max(0, round(age_s * 1000)),
        recall=call.recall,
        language=call.language,
        by_ear=call.by_ear,
    )
