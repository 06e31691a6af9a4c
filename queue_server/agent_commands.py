"""What kiosks, displays and workstations ask of the queue over the link.

Kiosks alone ask for numbers and for help, displays alone tell what they show, workstations alone
tell of work orders and of scans. A device acts only on
its own tickets that nobody can hold yet, and speaks only of slips that are its own or were ordered
from it. Its key is scoped to it: a frame sent again does its work once, a key given up is refused
for ever.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from core_services.devices.model import Device, DeviceKind
from core_services.devices.store_help import ask_for_help
from core_services.devices.store_presence import (
    note_shown,
    open_commands,
    settle_command,
    was_ordered,
)
from core_services.ids import new_id
from core_services.link.answer_frames import Refused, Settled
from core_services.link.board_frames import Shown
from core_services.link.citizen_frames import (
    CheckIn,
    Found,
    Help,
    Issue,
    Issued,
    IssuedTicket,
    Look,
)
from core_services.link.cut_off_frames import Abandon, Given
from core_services.link.errand_frames import PictureTaken
from core_services.link.message_frames import MessageShown
from core_services.link.slip_frames import Paper, PaperState, Void
from core_services.link.work_frames import Outcome, Scanned
from queue_server.agent_given import given_of
from queue_server.agent_looks import look
from queue_server.appointments.acts import Appointments
from queue_server.appointments.model import Appointment
from queue_server.appointments.slips import with_appointment
from queue_server.broadcasts.broadcasts import Broadcasts
from queue_server.errands import Errands
from queue_server.scans import Scans
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    CheckedInAlready,
    HasANumber,
    LabelNotGiven,
    QueueError,
    SomebodyHasANumber,
    TicketOfAnother,
    UnknownAppointment,
    UnknownTicket,
)
from queue_server.tickets.errors import Refused as RefusedByQueue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.lifecycle import says_more
from queue_server.tickets.model import Actor, Claim, PaperMark, Ticket
from queue_server.tickets.numbering import display_label
from queue_server.web.api.persons import issue_for_person
from queue_server.web.errors import InvalidInputError
from queue_server.web.problems import Problems
from queue_server.work import WorkOrders

logger = structlog.get_logger()

_MARKS: Mapping[PaperState, PaperMark] = {
    "done": "printed",
    "kept": "kept",
    "held": "held",
    "unknown": "unknown",
    "failed": "failed",
}

_LAST_WORDS: frozenset[PaperState] = frozenset({"done", "failed", "unknown"})
"""Words after which an order of a slip is closed; what is `held` may still come out."""

_NOT_ITS_WORK: Mapping[str, Any] = {
    "type": "about:blank",
    "title": "A device of this kind does not ask for this",
    "status": 403,
}

_NO_NATIONAL_ID: Mapping[str, Any] = {
    "type": "urn:shubbak:problem:no-national-id",
    "title": "ليس هذا رقمًا قوميًا",
    "status": 422,
}

_OUT_OF_SERVICE: Mapping[str, Any] = {
    "type": "urn:shubbak:problem:out-of-service",
    "title": "هذا الجهاز خارج الخدمة",
    "status": 409,
}

_TOO_MANY_CODES: Mapping[str, Any] = {
    "type": "urn:shubbak:problem:too-many-codes",
    "title": "كُتبت أكواد غير صحيحة كثيرة",
    "status": 429,
}

Slip = Callable[[Ticket], IssuedTicket]
"""Make what a slip needs of a ticket."""


class DeviceCommands:
    """The commands of devices over one centre's queue."""

    def __init__(
        self,
        queue: Queue,
        problems: Problems,
        *,
        appointments: Appointments,
        slip: Slip,
        work: WorkOrders,
        scans: Scans,
        broadcasts: Broadcasts,
        errands: Errands,
        on_news: Callable[[], Awaitable[None]],
    ) -> None:
        """`on_news` is awaited when something is known that is no event: a call stands on a glass,
        help is asked, a work order or an errand has come further, a code was scanned."""
        self._queue = queue
        self._problems = problems
        self._appointments = appointments
        self._slip = slip
        self._work = work
        self._scans = scans
        self._broadcasts = broadcasts
        self._errands = errands
        self._on_news = on_news

    async def issue(self, device: Device, frame: Issue) -> Issued | Refused:
        """Issue an unconfirmed ticket for this key, or answer with the one it made before."""
        if not _is_work_of("kiosk", device, frame.type):
            return Refused(key=frame.key, problem=dict(_NOT_ITS_WORK))
        if await self._gives_nothing(device, frame):
            return Refused(key=frame.key, problem=dict(_OUT_OF_SERVICE))
        request = IssueRequest(
            actor=Actor("device", device.id),
            channel="kiosk",
            service=frame.service,
            priority=frame.priority,
            language=frame.language,
            device_id=device.id,
            requests=frame.requests,
            claim=_claim(device, frame.key, frame),
        )
        try:
            ticket = await self._issue(request, frame.national_id)
        except InvalidInputError:
            return Refused(key=frame.key, problem=dict(_NO_NATIONAL_ID))
        except QueueError as error:
            return self._refused(frame.key, error)
        return Issued(key=frame.key, ticket=self._slip(ticket))

    async def _issue(self, request: IssueRequest, national_id: str | None) -> Ticket:
        """Give a number to whoever typed an ID, or to nobody in particular."""
        people = self._appointments.people
        if national_id is None or people is None:
            return await self._queue.issue(request)
        return await issue_for_person(
            people, request, phone=None, national_id=national_id, may_see=False
        )

    async def check_in(self, device: Device, frame: CheckIn) -> Issued | Refused:
        """Give the number of an appointment, once for a key and for the appointment.

        Whoever shows it again is told the number: a second slip of it is reception's to order.
        A kiosk where many wrong codes were typed rests a while: nobody shall find one by trying.
        """
        if not _is_work_of("kiosk", device, frame.type):
            return Refused(key=frame.key, problem=dict(_NOT_ITS_WORK))
        if await self._gives_nothing(device, frame):
            return Refused(key=frame.key, problem=dict(_OUT_OF_SERVICE))
        subject = hashlib.sha256(device.id.bytes).digest()
        if await self._appointments.must_wait_s("device", subject):
            return Refused(key=frame.key, problem=dict(_TOO_MANY_CODES))
        actor = Actor("device", device.id)
        try:
            found = await self._appointment(frame)
            done = await self._appointments.check_in(
                found.id,
                via="kiosk",
                actor=actor,
                device_id=device.id,
                language=frame.language,
                only_once=True,
                claim=_claim(device, frame.key, frame),
            )
        except UnknownAppointment as error:
            await self._appointments.count_attempt("device", subject)
            return self._refused(frame.key, error)
        except HasANumber:
            return self._refused(frame.key, SomebodyHasANumber(state="live"))
        except CheckedInAlready as error:
            refused = self._refused(frame.key, error)
            refused.problem["display_label"] = display_label(error.label or "")
            return refused
        except QueueError as error:
            return self._refused(frame.key, error)
        slip = with_appointment(self._slip(done.ticket), done.appointment)
        return Issued(key=frame.key, ticket=slip)

    async def look(self, device: Device, frame: Look) -> Found | Refused:
        """Tell where the number of a scanned slip stands; unknown ones count as wrong codes do."""
        if not _is_work_of("kiosk", device, frame.type):
            return Refused(key=frame.key, problem=dict(_NOT_ITS_WORK))
        subject = hashlib.sha256(device.id.bytes).digest()
        if await self._appointments.must_wait_s("device", subject):
            return Refused(key=frame.key, problem=dict(_TOO_MANY_CODES))
        try:
            return await look(self._appointments, device, frame)
        except UnknownTicket as error:
            await self._appointments.count_attempt("device", subject)
            return self._refused(frame.key, error)

    async def paper(self, device: Device, frame: Paper) -> Settled | Refused:
        """Note what became of a slip, and close the reprint that was ordered for it."""
        try:
            ticket = await self._mark_paper(device, frame, own_device_only=True)
        except TicketOfAnother as error:
            if not await was_ordered(self._queue.pool, device, ticket_id=frame.ticket):
                return self._refused(str(frame.ticket), error)
            ticket = await self._mark_paper(device, frame, own_device_only=False)
        except QueueError as error:
            return self._refused(str(frame.ticket), error)
        await self._settle_reprint(device, frame)
        return Settled(about=str(frame.ticket), state=ticket.state)

    async def void(self, device: Device, frame: Void) -> Settled | Refused:
        """Void a ticket of the device's own; one that somebody may hold by now keeps its state."""
        try:
            ticket = await self._queue.act(
                frame.ticket,
                "void",
                actor=Actor("device", device.id),
                any_window=True,
                own_device_only=True,
                reason="no_paper",
            )
        except RefusedByQueue as refused:
            return Settled(about=str(frame.ticket), state=refused.state)
        except QueueError as error:
            return self._refused(str(frame.ticket), error)
        return Settled(about=str(frame.ticket), state=ticket.state)

    async def abandon(self, device: Device, frame: Abandon) -> Settled | Refused:
        """Void what the key made unless somebody may hold it by now, or refuse it for ever."""
        if not _is_work_of("kiosk", device, frame.type):
            return Refused(key=frame.key, problem=dict(_NOT_ITS_WORK))
        ticket = await self._queue.abandon(
            _claim(device, frame.key, None), actor=Actor("device", device.id)
        )
        return Settled(about=frame.key, state="tombstone" if ticket is None else ticket.state)

    async def given(self, device: Device, frame: Given) -> Settled | Refused:
        """Make the ticket of a number that the server had not heard of, once for its key."""
        if not _is_work_of("kiosk", device, frame.type):
            return Refused(key=frame.key, problem=dict(_NOT_ITS_WORK))
        try:
            given = given_of(
                device,
                frame,
                mark=_MARKS[frame.paper],
                abandons=None if frame.abandons is None else _claim(device, frame.abandons, None),
                received_at=self._queue.clock.now(),
            )
            self._require_since_beginning(given.claimed_at, frame.label)
            ticket = await self._queue.give(given)
        except QueueError as error:
            logger.warning("given_number_refused", device=device.name, label=frame.label)
            return self._refused(frame.key, error)
        if says_more(given.mark, ticket.paper):  # than what was known before it was offered again
            with suppress(TicketOfAnother):
                ticket = await self._queue.mark_paper(
                    ticket.id,
                    given.mark,
                    actor=Actor("device", device.id),
                    own_device_only=True,
                )
        return Settled(about=frame.key, ticket=ticket.id, state=ticket.state)

    def _require_since_beginning(self, claimed_at: datetime, label: str) -> None:
        """Raise LabelNotGiven for a number of training that has since begun anew."""
        since = self._queue.centre.training_since
        if since is not None and claimed_at < since:
            raise LabelNotGiven(state="unknown", label=label)

    async def shown(self, device: Device, frame: Shown) -> None:
        """Note that a call stands on a display's glass: a delivery, not an event."""
        if not _is_work_of("display", device, frame.type):
            return
        is_new = await note_shown(
            self._queue.pool,
            device,
            call_revision=frame.call,
            shown_at=self._queue.clock.now(),
        )
        if is_new:
            await self._on_news()

    async def message_shown(self, device: Device, frame: MessageShown) -> None:
        """Note that a message to the hall stands on a glass: a delivery, not an event."""
        if device.kind not in ("display", "kiosk"):
            logger.warning("agent_frame_refused", device=device.name, frame=frame.type)
            return
        if await self._broadcasts.note_shown(device, frame.message):
            await self._on_news()

    async def help(self, device: Device, frame: Help) -> Settled | Refused:
        """Raise the flag that a citizen at this device asks for a person; it may be up already."""
        if not _is_work_of("kiosk", device, frame.type):
            return Refused(key=frame.type, problem=dict(_NOT_ITS_WORK))
        at = self._queue.clock.now()
        if await ask_for_help(self._queue.pool, device, call_id=new_id(at), at=at):
            logger.info("help_asked", device=device.name)
            await self._on_news()
        return Settled(about=frame.type, state="told")

    async def outcome(self, device: Device, frame: Outcome) -> Settled | Refused:
        """Note what became of an errand or a work order of the device's own."""
        settled = await self._errands.outcome(device, frame)
        if settled is not None:
            await self._on_news()
            return settled
        if not _is_work_of("workstation", device, frame.type):
            return Refused(key=frame.job, problem=dict(_NOT_ITS_WORK))
        answer = await self._work.outcome(device, frame)
        if isinstance(answer, Settled):
            await self._on_news()
        return answer

    async def picture(self, device: Device, frame: PictureTaken) -> Settled | Refused:
        """Keep the picture of its glass that a device was asked for."""
        answer = await self._errands.keep_picture(device, frame)
        await self._on_news()
        return answer

    async def scanned(self, device: Device, frame: Scanned) -> Settled | Refused:
        """Tell the desk of a window what was scanned there."""
        if not _is_work_of("workstation", device, frame.type):
            return Refused(key=frame.key, problem=dict(_NOT_ITS_WORK))
        answer = await self._scans.take(device, frame)
        await self._on_news()
        return answer

    async def _gives_nothing(self, device: Device, frame: Issue | CheckIn) -> bool:
        """Say whether a kiosk is out of service, so that nothing comes of this key.

        What came of it before and is in somebody's hand stands.
        """
        if await self._errands.gives_numbers(device):
            return False
        made = await self._queue.abandon(
            _claim(device, frame.key, None), actor=Actor("device", device.id)
        )
        return made is None or made.state == "void"

    async def _appointment(self, frame: CheckIn) -> Appointment:
        """Return what a check-in names. Raises UnknownAppointment."""
        if frame.token is not None:
            return await self._appointments.by_token(frame.token)
        return await self._appointments.by_code(frame.code or "")

    async def _mark_paper(self, device: Device, frame: Paper, *, own_device_only: bool) -> Ticket:
        return await self._queue.mark_paper(
            frame.ticket,
            _MARKS[frame.state],
            actor=Actor("device", device.id),
            own_device_only=own_device_only,
            confirmed_by=frame.confirmed_by,
        )

    async def _settle_reprint(self, device: Device, frame: Paper) -> None:
        """Close the order of this very slip, once a last word about it is said.

        A kiosk that does not name the job may speak of any slip of the ticket: its word closes
        every order, as it always has, except while the printer holds the paper.
        """
        if frame.state not in _LAST_WORDS and (frame.job is not None or frame.state == "held"):
            return
        for command in await open_commands(self._queue.pool, centre_id=device.centre_id):
            if command.device_id != device.id or _ticket_of(command.payload) != frame.ticket:
                continue
            if frame.job in (None, str(command.id)):
                await settle_command(
                    self._queue.pool,
                    device,
                    command_id=command.id,
                    outcome=frame.state,
                    at=self._queue.clock.now(),
                )

    def _refused(self, key: str, error: QueueError) -> Refused:
        problem = self._problems.translate(error, "ar")
        status = 404 if isinstance(error, UnknownTicket) else 409
        if problem is None:
            return Refused(key=key, problem={"type": "about:blank", "status": status})
        return Refused(
            key=key,
            problem={"type": f"urn:shubbak:problem:{problem.slug}", "status": problem.status}
            | {"title": problem.title, **problem.facts},
        )


def _is_work_of(kind: DeviceKind, device: Device, frame: str) -> bool:
    if device.kind != kind:
        logger.debug("agent_command_refused", command=frame, device=device.name, kind=device.kind)
    return device.kind == kind


def _claim(device: Device, key: str, frame: Issue | CheckIn | None) -> Claim:
    """Claim the key for what is asked.

    One request, and an appointment's address or a national ID where there is none, are left out of
    the fingerprint, as they were before they could be said: a key asked for by then is the same
    command when it is asked again.
    """
    left_out = {"key"}
    if isinstance(frame, Issue) and frame.requests == 1:
        left_out.add("requests")
    if isinstance(frame, Issue) and frame.national_id is None:
        left_out.add("national_id")
    if isinstance(frame, CheckIn) and frame.token is None:
        left_out.add("token")
    body = b"" if frame is None else frame.model_dump_json(exclude=left_out).encode()
    return Claim(
        credential=f"device:{device.id}",
        method="LINK",
        path="issue",
        key=key,
        fingerprint=hashlib.sha256(body).digest(),
    )


def _ticket_of(payload: Mapping[str, object]) -> UUID | None:
    ticket = payload.get("ticket")
    return UUID(str(ticket)) if isinstance(ticket, str) else None
