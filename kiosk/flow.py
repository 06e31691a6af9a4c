"""The citizen's minute at the kiosk as a pure machine: an event and the time in, effects out.

One touch is one command, with one key made at the touch; while it is in flight no other is made.
The screen's step and the fate of slips are apart: a citizen may have left when the paper comes.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from core_services.link.citizen_frames import IssuedTicket
from core_services.link.hall_frames import Hall
from core_services.link.vocabulary import Priority
from kiosk.roll_test import RollTest, RollVerdict, answered, nobody_answered, slip_changed
from kiosk.scanning import not_told, scan_failed, scanned
from kiosk.slips import (
    Slip,
    Verdict,
    job_cancelled,
    job_changed,
    late_word_awaited,
    number_kept,
    patience_extended,
    time_passed,
)
from kiosk.state import ANSWERS, FIRST_LANGUAGE, PER_PAGE, PRIORITIES, Flow, touches
from kiosk.steps import (
    AbandonKey,
    AskWhereItStands,
    CallForHelp,
    CancelJob,
    Card,
    Code,
    Command,
    CommandRefused,
    DayChanged,
    DutyChanged,
    Effect,
    Event,
    ForgetKey,
    GiveOwnNumber,
    Groups,
    HallChanged,
    HelpComing,
    HelpNotSent,
    Home,
    HowMany,
    IdPad,
    Issuing,
    JobCancelled,
    JobChanged,
    JudgeRoll,
    LinkChanged,
    Looking,
    NoOwnNumber,
    Notice,
    NoticeChanged,
    Number,
    NumberFound,
    OwnNumberGiven,
    OwnNumbersChanged,
    PrinterChanged,
    PrintSlip,
    PrintTestSlip,
    RollLoaded,
    SayWord,
    ScanFailed,
    Scanned,
    ScannerChanged,
    SendIssue,
    Services,
    SlipFound,
    SlipsFound,
    Standing,
    Step,
    Ticked,
    TicketIssued,
    TimeTold,
    Touched,
)

ConfirmedBy = Literal["echo", "gs_r", "job_state", "citizen"]
Advance = tuple[Flow, tuple[Effect, ...]]


def advance(flow: Flow, event: Event, now: float) -> Advance:
    """Let time pass up to `now` (monotonic seconds), then let the event happen.

    The effects are to be done in their order, before the new state is shown to anyone.
    """
    flow = replace(flow, now=now)
    was_on_glass = flow.job_on_glass
    flow, effects = _let_time_pass(flow, now)
    flow, more = _happen(flow, event, now)
    flow = _noted(flow, now)
    if was_on_glass is not None and was_on_glass != flow.job_on_glass:
        flow = _without_slips(flow, was_on_glass, now=now)
    return flow, (*effects, *more)


def _let_time_pass(flow: Flow, now: float) -> Advance:
    """Do what is due; a slip that time changes nothing about is only glanced at."""
    effects: list[Effect] = []
    slips = flow.slips.values()
    for slip in [each for each in slips if each.give_up_at is not None and now >= each.give_up_at]:
        flow, more = _judged(flow, time_passed(slip, now), now)
        effects += more
    stale = [each.job for each in slips if each.forget_at is not None and now >= each.forget_at]
    flow = _without_slips(flow, *stale, now=now)
    step, patience = flow.step, flow.patience
    if flow.roll_test is not None and now >= flow.roll_test.due(patience.roll_answer_s):
        flow, more = _roll_judged(flow, nobody_answered(flow.roll_test))
        effects += more
    if flow.help == "asked" and now >= flow.help_asked_at + patience.help_s:
        flow = replace(flow, help="not_sent")
    if isinstance(step, Number) and now >= step.since + patience.printing_s:
        flow = replace(flow, step=replace(step, is_late=True))
    if isinstance(step, Issuing) and not step.is_own and now >= step.since + patience.command_s:
        flow, more = _given_up(flow, step.command, now)
        effects += more
    elif isinstance(step, Looking) and now >= step.since + patience.look_s:
        flow = replace(flow, step=Notice("cannot_look", now))
    elif (leaves_at := flow.leaves_at) is not None and now >= leaves_at:
        flow = _wiped(flow)
    if flow.asking_since is not None:
        if now >= flow.asking_since + patience.answer_s:
            flow = _wiped(flow)
    elif flow.may_idle and now >= flow.touched_at + patience.idle_s:
        on_first_page = isinstance(flow.step, Home)
        flow = _wiped(flow) if on_first_page else replace(flow, asking_since=now)
    return flow, tuple(effects)


def _given_up(flow: Flow, command: Command, now: float) -> Advance:
    """No answer came: the key is given up, and the citizen gets a number of the kiosk's own.

    An appointment is checked in by the server alone.
    """
    if command.is_check_in or not flow.may_give:
        notice = Notice("timeout", now, command)
        return replace(flow, step=notice), (AbandonKey(command.key),)
    return _own_number(flow, command, now, was_sent=True)


def _own_number(flow: Flow, command: Command, now: float, *, was_sent: bool) -> Advance:
    """Give a number without the server; a typed ID is forgotten, since it would go on the disk."""
    command = replace(command, national_id=None)
    step = Issuing(command, now, is_own=True)
    return replace(flow, step=step), (GiveOwnNumber(command, was_sent),)


def _wiped(flow: Flow) -> Flow:
    """Return to the first page, keeping nothing of the citizen who was here."""
    return replace(flow, step=Home(), language=FIRST_LANGUAGE, help="none", asking_since=None)


def _happen(flow: Flow, event: Event, now: float) -> Advance:
    match event:
        case Touched():
            return _touched(flow, event, now)
        case Ticked():
            return flow, ()
        case LinkChanged(connected):
            flow = replace(flow, connected=connected)
            if not connected and flow.help == "asked":
                flow = replace(flow, help="not_sent")
            if connected and isinstance(flow.step, Issuing) and not flow.step.is_own:
                return flow, (SendIssue(flow.step.command),)
            if isinstance(flow.step, Looking):
                step = flow.step
                if connected:
                    return flow, (AskWhereItStands(step.key, step.token),)
                return replace(flow, step=Notice("cannot_look", now)), ()
            return flow, ()
        case HallChanged(hall):
            return _hall_changed(flow, hall, now), ()
        case DayChanged(today):
            return replace(flow, today=today), ()
        case TimeTold(at, heard):
            return replace(flow, time_told=at, time_told_at=now, last_contact=heard), ()
        case OwnNumbersChanged(has_numbers):
            return replace(flow, has_own_numbers=has_numbers), ()
        case OwnNumberGiven(key, ticket) if _writes_down(flow, key):
            return _shown(flow, key, ticket, now)
        case NoOwnNumber(key) if _writes_down(flow, key):
            command = flow.step.command if isinstance(flow.step, Issuing) else None
            return replace(flow, step=Notice("timeout", now, command)), ()
        case OwnNumberGiven() | NoOwnNumber():
            return flow, ()
        case DutyChanged(words):
            flow = replace(flow, out_of_service=words)
            return (_wiped(flow) if flow.is_out else flow), ()
        case NoticeChanged(line, until):
            return replace(flow, notice=line, notice_until=until), ()
        case PrinterChanged(ready):
            return replace(flow, printer_ready=ready), ()
        case ScannerChanged(ready):
            return replace(flow, scanner_ready=ready), ()
        case Scanned():
            return scanned(flow, event, now)
        case ScanFailed():
            return scan_failed(flow, event, now), ()
        case NumberFound(found):
            if isinstance(flow.step, Looking) and flow.step.key == found.key:
                return replace(flow, step=Standing(found, now)), ()
            return flow, ()
        case TicketIssued():
            return _ticket_issued(flow, event, now)
        case CommandRefused(key, problem, label):
            if isinstance(flow.step, Issuing) and flow.step.command.key == key:
                notice = _refused(flow.step.command, problem, label, now)
                return replace(flow, step=notice), (ForgetKey(key),)
            if isinstance(flow.step, Looking) and flow.step.key == key:
                return replace(flow, step=Notice(not_told(problem), now)), ()
            return flow, ()
        case RollLoaded(job, number):
            return replace(flow, roll_test=RollTest(job, number, now)), (
                PrintTestSlip(job, number),
            )
        case JobChanged(job, state) if flow.roll_test is not None and flow.roll_test.job == job:
            return _roll_judged(flow, slip_changed(flow.roll_test, state, now))
        case JobChanged(job, state, confirmed_by):
            slip = flow.slips.get(job)
            if slip is None:
                return flow, ()
            return _judged(flow, job_changed(slip, state), now, confirmed_by)
        case JobCancelled(job, never_printed):
            slip = flow.slips.get(job)
            if slip is None:
                return flow, ()
            return _judged(flow, job_cancelled(slip, never_printed=never_printed), now)
        case SlipFound():
            return _slips_found(flow, (event,), now)
        case SlipsFound(found):
            return _slips_found(flow, found, now)
        case HelpComing():
            return replace(flow, help="none" if flow.help == "none" else "coming"), ()
        case HelpNotSent():
            return replace(flow, help="not_sent" if flow.help == "asked" else flow.help), ()


def _roll_judged(flow: Flow, verdict: RollVerdict) -> Advance:
    flow = replace(flow, roll_test=verdict.test)
    return flow, () if verdict.judgement is None else (JudgeRoll(verdict.judgement),)


def _refused(command: Command, problem: str, label: str | None, now: float) -> Notice:
    """Say why nothing came of a command; a wrong code is typed anew, not sent again."""
    match command.is_check_in, problem:
        case True, "unknown-appointment" | "appointment-act-not-allowed":
            return Notice("no_appointment", now)
        case True, "checked-in-already":
            return Notice("checked_in", now, display_label=label)
        case True, "already-has-a-number":
            return Notice("has_number", now)
        case True, "not-the-day":
            return Notice("other_day", now)
        case True, "too-many-codes":
            return Notice("rest", now)
        case False, "already-has-a-number":
            return Notice("has_number", now)
        case False, "no-national-id":
            # It was a number when it was typed: ask for it anew.
            return Notice("refused", now, replace(command, national_id=None))
        case False, "too-many-requests":
            # The policy has changed since: what it always allows can be asked for again.
            return Notice("too_many", now, replace(command, requests=1))
        case _:
            return Notice("refused", now, command)


def _hall_changed(flow: Flow, hall: Hall, now: float) -> Flow:
    before = flow.hall
    if before is not None and before.epoch == hall.epoch and hall.revision < before.revision:
        return flow
    flow = replace(flow, hall=hall, heard_at=now)
    if hall.services is None or flow.services == (services := tuple(hall.services)):
        return flow
    stand = [(each.code, each.group_ar) for each in flow.services]
    flow = replace(flow, services=services)
    if stand == [(each.code, each.group_ar) for each in services]:
        return flow  # all stand where they stood: only what is said of them is new
    if isinstance(flow.step, Groups | Services | Card):
        # What stood on the glass may be gone or stand elsewhere: let the citizen choose again.
        return replace(flow, step=_elsewhere(flow, "services", "") if services else Home())
    return flow


def _ticket_issued(flow: Flow, event: TicketIssued, now: float) -> Advance:
    step = flow.step
    if not isinstance(step, Issuing) or step.is_own or step.command.key != event.key:
        return flow, ()
    return _shown(flow, event.key, event.ticket, now)


def _writes_down(flow: Flow, key: str) -> bool:
    """Say whether a number of the kiosk's own is being written down for this command."""
    step = flow.step
    return isinstance(step, Issuing) and step.is_own and step.command.key == key


def _shown(flow: Flow, key: str, ticket: IssuedTicket, now: float) -> Advance:
    """Show a number and print its slip."""
    slip = Slip(str(ticket.id), ticket.id, give_up_at=now + flow.patience.keep_s)
    flow = replace(flow, step=Number(ticket, now), slips={**flow.slips, slip.job: slip})
    return flow, (PrintSlip(key, ticket),)


def _slips_found(flow: Flow, found: Iterable[SlipFound], now: float) -> Advance:
    """Nobody stands before the paper of an earlier run: what did not leave yet is taken back."""
    effects: list[Effect] = []
    slips = dict(flow.slips)
    for each in found:
        if each.job in slips:
            continue
        slip = Slip(each.job, each.ticket, each.reprint, said=each.said)
        verdict = job_changed(slip, each.state)
        effects += _effects_of(verdict, None)
        slip = late_word_awaited(verdict.slip, now, flow.patience.late_word_s)
        if not slip.is_forgotten(now):
            slips[slip.job] = slip
    return replace(flow, slips=slips), tuple(effects)


def _judged(
    flow: Flow, verdict: Verdict, now: float, confirmed_by: ConfirmedBy | None = None
) -> Advance:
    slip = late_word_awaited(verdict.slip, now, flow.patience.late_word_s)
    on_glass = flow.job_on_glass == slip.job
    flow = _without_slips(replace(flow, slips={**flow.slips, slip.job: slip}), slip.job, now=now)
    if verdict.word == "void" and on_glass and isinstance(flow.step, Number):
        notice = Notice("voided", now, display_label=flow.step.ticket.display_label)
        flow = replace(flow, step=notice)
    return flow, _effects_of(verdict, confirmed_by)


def _effects_of(verdict: Verdict, confirmed_by: ConfirmedBy | None) -> tuple[Effect, ...]:
    slip, word = verdict.slip, verdict.word
    effects: list[Effect] = []
    if word is not None:
        by = confirmed_by if word in ("done", "kept") else None
        effects.append(SayWord(slip.job, slip.ticket, word, by))
    if verdict.cancel:
        effects.append(CancelJob(slip.job))
    return tuple(effects)


def _without_slips(flow: Flow, *jobs: str, now: float) -> Flow:
    """Forget those of these slips that can be; the one on the glass stays while it is read."""
    over = {
        slip.job
        for slip in map(flow.slips.get, jobs)
        if slip is not None and slip.job != flow.job_on_glass and slip.is_forgotten(now)
    }
    if not over:
        return flow
    return replace(flow, slips={job: flow.slips[job] for job in flow.slips if job not in over})


def _noted(flow: Flow, now: float) -> Flow:
    """Remember when it was first known that the number on the glass is good."""
    step, slip = flow.step, flow.slip
    if not isinstance(step, Number) or slip is None or step.settled_at is not None:
        return flow
    return replace(flow, step=replace(step, settled_at=now)) if slip.is_good else flow


def _touched(flow: Flow, event: Touched, now: float) -> Advance:
    if now - flow.touched_at < _double_touch_s(flow, event.name):
        return flow, ()
    if event.name not in touches(flow):
        return flow, ()
    was_asked = flow.asking_since is not None
    flow = _given_time(replace(flow, touched_at=now, asking_since=None), now)
    name, _, argument = event.name.partition(":")
    match name, flow.step:
        case "language", _:
            return replace(flow, language="en" if flow.language == "ar" else "ar"), ()
        case "help", _:
            if not flow.connected:
                return replace(flow, help="not_sent"), ()
            asked_at = flow.help_asked_at if flow.help == "asked" else now
            return replace(flow, help="asked", help_asked_at=asked_at), (CallForHelp(),)
        case "roll", _ if flow.roll_test is not None:
            return _roll_judged(flow, answered(flow.roll_test, event.name, now))
        case "take", _:
            command = _asked_for(flow, event.key, _priority(argument))
            if flow.asks_national_id:
                return replace(flow, step=IdPad(command)), ()
            return _commanded(flow, command, now)
        case "id-done", IdPad(command, typed):
            return _commanded(flow, replace(command, national_id=typed), now)
        case "digit", IdPad() as pad:
            return replace(flow, step=replace(pad, typed=pad.typed + argument)), ()
        case "erase", IdPad() as pad:
            return replace(flow, step=replace(pad, typed=pad.typed[:-1])), ()
        case "check-in", Code(typed):
            return _commanded(flow, Command(event.key, None, "none", flow.language, typed), now)
        case "digit", Code(typed):
            return replace(flow, step=Code(typed + argument)), ()
        case "erase", Code(typed):
            return replace(flow, step=Code(typed[:-1])), ()
        case "retry", Notice(command=Command() as command):
            again = replace(command, key=event.key, language=flow.language)
            asks = flow.asks_national_id and not again.is_check_in
            if asks and again.national_id is None:
                return replace(flow, step=IdPad(again)), ()
            return _commanded(flow, again, now)
        case "kept", Number() if flow.slip is not None:
            return _judged(flow, number_kept(flow.slip), now, "citizen")
        case "finish", _:
            return _wiped(flow), ()
        case "home", _ if was_asked:
            return _wiped(flow), ()
        case _:
            return replace(flow, step=_elsewhere(flow, name, argument)), ()


def _double_touch_s(flow: Flow, name: str) -> float:
    """Within so long two touches are one; on the pad only the same digit's, and for a moment.

    What sends a whole code follows its last digit at once, and is no second touch of it.
    """
    double_touch_s = flow.patience.double_touch_s
    if isinstance(flow.step, Code | IdPad) and name in ("check-in", "id-done"):
        return 0.0
    if not isinstance(flow.step, Code | IdPad) or not name.startswith("digit:"):
        return double_touch_s
    return double_touch_s / 2 if flow.step.typed.endswith(name[-1]) else 0.0


def _commanded(flow: Flow, command: Command, now: float) -> Advance:
    if not flow.connected and not command.is_check_in:
        return _own_number(flow, command, now, was_sent=False)
    return replace(flow, step=Issuing(command, now)), (SendIssue(command),)


def _asked_for(flow: Flow, key: str, priority: Priority) -> Command:
    """Return the command of a touch for a number.

    «٢–٣» counts as the most it may mean, and «أكثر» as the most that one number carries: the wait
    of those behind is never told too short.
    """
    card = flow.step if isinstance(flow.step, Card) else None
    return Command(
        key=key,
        service=None if card is None else card.service,
        priority=priority,
        language=flow.language,
        requests=1 if card is None or card.how_many == "one" else flow.most_requests,
    )


def _how_many(argument: str) -> HowMany:
    return next((each for each in ANSWERS if each == argument), "one")


def _priority(argument: str) -> Priority:
    return next((each for each in PRIORITIES if each == argument), "none")


def _elsewhere(flow: Flow, name: str, argument: str) -> Step:
    """Return the step that a touch about the pages and lists leads to."""
    has_groups = len(flow.groups) > 1
    match name, flow.step:
        case "home", _:
            return Home()
        case "code", _:
            return Code()
        case "services", _:
            return Groups() if has_groups else Services(0)
        case "group", _:
            return Services(int(argument))
        case "service", Services(group, page):
            return Card(argument, group, page)
        case "requests", Card() as card:
            return replace(card, how_many=_how_many(argument))
        case (("next" | "previous"), (Groups() | Services()) as step):
            return replace(step, page=step.page + (1 if name == "next" else -1))
        case "back", Card(_, group, page):
            return Services(group, page)
        case "back", Services(group) if has_groups:
            return Groups(group // PER_PAGE)
        case "back", _:
            return Home()
        case _:
            return flow.step


def _given_time(flow: Flow, now: float) -> Flow:
    """A touch shows that somebody stands at the number: give them time, up to a bound."""
    step, slip = flow.step, flow.slip
    if not isinstance(step, Number) or slip is None:
        return flow
    until = min(now + flow.patience.keep_s, step.since + flow.patience.keep_at_most_s)
    return replace(flow, slips={**flow.slips, slip.job: patience_extended(slip, until)})
