"""Does what the flow asks: on the disk first, then to the server or onto paper."""

from collections.abc import Callable

import structlog

from core_services.link.citizen_frames import CheckIn, Help, Issue, IssuedTicket, Look
from core_services.link.frame import Frame
from core_services.link.slip_frames import Paper, Reprint, Void
from core_services.paper.slip import slip_facts
from kiosk.courier import Courier
from kiosk.machines import Machines
from kiosk.offline import Outbox
from kiosk.own_numbers import OwnNumbers
from kiosk.state import Flow
from kiosk.steps import (
    AbandonKey,
    AskWhereItStands,
    CallForHelp,
    CancelJob,
    Command,
    DayChanged,
    Effect,
    Event,
    ForgetKey,
    GiveOwnNumber,
    JobCancelled,
    JobChanged,
    JudgeRoll,
    PrintSlip,
    PrintTestSlip,
    SayWord,
    SendIssue,
    SlipFound,
)
from kiosk.told import Told

logger = structlog.get_logger()


class Effects:
    """The effects of one kiosk's flow; nothing here awaits."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        courier: Courier,
        own_numbers: OwnNumbers,
        machines: Machines,
        told: Told,
        flow: Callable[[], Flow],
        tell: Callable[[Event], None],
        send: Callable[[Frame], None],
    ) -> None:
        self._outbox = outbox
        self._courier = courier
        self._own_numbers = own_numbers
        self._machines = machines
        self._told = told
        self._flow = flow
        self._tell = tell
        self._send = send

    def do(self, effect: Effect) -> None:
        """Do one effect. Raises OSError or sqlite3.Error where the disk refuses, before anything
        has left the machine."""
        match effect:
            case SendIssue(command):
                self._ask(command)
            case AskWhereItStands(key, token):
                self._send(Look(key=key, token=token))
            case AbandonKey(key):
                logger.warning("command_abandoned", key=key, why="no answer")
                self._outbox.abandon(key)
                self._courier.wake()
            case ForgetKey(key):
                self._outbox.refused(key)
            case GiveOwnNumber(command, was_sent):
                self._give_own_number(command, was_sent=was_sent)
            case PrintSlip(key, ticket):
                if not ticket.cut_off:
                    self._outbox.issued(key, ticket, self._told.epoch)
                logger.info("ticket_issued", ticket=str(ticket.id), label=ticket.label)
                self._print(str(ticket.id), ticket, reprint=False)
            case CancelJob(job):
                printing = self._machines.printing
                never = printing is not None and printing.cancel(job)
                self._tell(JobCancelled(job, never))
            case SayWord(job, ticket_id, word, confirmed_by):
                logger.info("slip_settled", job=job, word=word, confirmed_by=confirmed_by)
                self._outbox.say(
                    job,
                    Void(ticket=ticket_id)
                    if word == "void"
                    else Paper(ticket=ticket_id, state=word, confirmed_by=confirmed_by, job=job),
                )
                self._courier.wake()
            case PrintTestSlip(job, number):
                self._machines.order_test(job, number)
            case JudgeRoll(judgement):
                self._machines.judge_roll(judgement)
            case CallForHelp():
                self._send(Help())

    def reprint(self, order: Reprint) -> None:
        """Print the slip that a person ordered, once, however often the order comes."""
        job, ticket = order.job, order.ticket
        is_new = self._outbox.reprint_ordered(job, ticket.id)
        state = self._machines.state(job)
        if not is_new and (state is not None or self._outbox.said(job) == "unknown"):
            return
        logger.info("reprint_ordered", job=job, ticket=str(ticket.id))
        self._tell(SlipFound(job, ticket.id, reprint=True, state=state or "queued"))
        if state is None:
            self._print(job, ticket, reprint=not order.is_first)

    def tell_time(self) -> None:
        """Let the flow know day and time, and whether a number of its own is left today."""
        at = self._outbox.time.best().astimezone(self._told.place.zone)
        self._tell(DayChanged(at.date()))
        for event in self._own_numbers.standing(self._told.place):
            self._tell(event)

    def _ask(self, command: Command) -> None:
        ask: Issue | CheckIn
        if not command.is_check_in:
            ask = Issue(
                key=command.key,
                service=command.service,
                priority=command.priority,
                language=command.language,
                requests=command.requests,
                national_id=command.national_id,
            )
        else:
            ask = CheckIn(
                key=command.key,
                code=command.code,
                token=command.token,
                language=command.language,
            )
        self._outbox.asked(ask)
        self._send(ask)

    def _give_own_number(self, command: Command, *, was_sent: bool) -> None:
        service = None if command.service is None else self._flow().service(command.service)
        given = self._own_numbers.give(
            command,
            service,
            self._told.place,
            was_sent=was_sent,
            return_within_min=self._told.known.return_within_min,
        )
        self._tell(given)
        self._courier.wake()
        self.tell_time()

    def _print(self, job: str, ticket: IssuedTicket, *, reprint: bool) -> None:
        printing, place = self._machines.printing, self._told.place
        if printing is None:
            self._tell(JobChanged(job, "failed"))
            return
        printing.order(job, slip_facts(ticket, place.centre, place.zone.key, reprint=reprint))
