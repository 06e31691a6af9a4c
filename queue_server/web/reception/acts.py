"""What reception does from its pages: each act is a form that leads to where its result stands."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web

from core_services.devices.store_help import answer_help
from queue_server.appointments.acts import Appointments
from queue_server.appointments.model import Appointment
from queue_server.scanned import find_scanned
from queue_server.tickets import journeys, reception
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import Refused
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Ticket
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.reception.forms import IssueForm, claim_of, read_issue
from queue_server.web.reception.notices import Notice, Said, query_of, refusal_of
from queue_server.web.reception.pages import ROOT, ReceptionPages
from queue_server.web.reception.printer import BY_HAND, Chosen, remember_printer
from queue_server.web.reception.reading import Reading
from queue_server.web.reception.view import REPRINT_REASONS
from queue_server.web.redirects import local_path, see_other
from queue_server.web.staff_pages import uuid_in_path

Act = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]


class ReceptionActs:
    """Does what the buttons say; what the state forbids is told in a sentence."""

    def __init__(
        self,
        queue: Queue,
        reading: Reading,
        pages: ReceptionPages,
        appointments: Appointments,
    ) -> None:
        self._queue = queue
        self._appointments = appointments
        self._reading = reading
        self._pages = pages

    def routes(self) -> tuple[tuple[str, Act], ...]:
        """Return path and act of every form."""
        ticket = "/tickets/{ticket}"
        return (
            ("/issue", self.issue),
            ("/scan", self.scan),
            ("/printer", self.choose_printer),
            ("/help/{call}/answer", self.answer_help),
            (ticket + "/reprint", self.reprint),
            (ticket + "/by-hand", self.tell_by_hand),
            (ticket + "/printed", self.note_printed),
            (ticket + "/return", self.take_back),
        )

    async def issue(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Give a number and order its slip; a printer that cannot print is told of before.

        A press that is sent again leads to the same number.
        """
        form = await read_issue(request)
        chosen = await self._reading.chosen(request)
        service = self._reading.choices.one(form.service) if form.service.strip() else None
        asked = _request(form, service, caller)
        before = (
            None if asked.claim is None else await reception.issued_before(self._queue, asked.claim)
        )
        if before is not None:
            return see_other(f"{ROOT}/tickets/{before}?new")
        if form.service.strip() and service is None:
            return await self._not_given(request, form, Notice("which-service"))
        if chosen.device is None and not chosen.is_by_hand:
            return await self._not_given(request, form, Notice("no-printer"))
        if chosen.device is not None and not chosen.is_ready:
            notice = Notice("printer-not-ready", device=chosen.device.name)
            return await self._not_given(request, form, notice)
        try:
            ticket = await self._queue.issue(asked)
        except Refused as refused:
            return await self._not_given(request, form, Notice(refusal_of(refused)))
        await self._order_slip(ticket, chosen, caller)
        return see_other(f"{ROOT}/tickets/{ticket.id}?new")

    async def scan(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Go to the number of a scanned slip; check a scanned appointment in, once."""
        fields = await read_fields(request)
        found = await find_scanned(self._appointments, fields.get("code", ""))
        match found:
            case None:
                return see_other(f"{ROOT}/find?{query_of('scan-unknown')}")
            case Appointment():
                return await self._check_in(request, found, caller)
            case ticket:
                return see_other(f"{ROOT}/tickets/{ticket.id}")

    async def _check_in(
        self, request: web.Request, found: Appointment, caller: Caller
    ) -> web.StreamResponse:
        """Give an appointment's number and order its slip; one checked in before is shown."""
        chosen = await self._reading.chosen(request)
        if found.ticket_id is None and chosen.device is None and not chosen.is_by_hand:
            return await self._not_checked_in(request, Notice("no-printer"))
        try:
            done = await self._appointments.check_in(found.id, via="desk", actor=caller.actor)
        except Refused:
            return await self._not_checked_in(request, Notice("check-in-refused"))
        if done.ticket.id == found.ticket_id:
            return see_other(f"{ROOT}/tickets/{done.ticket.id}")
        await self._order_slip(done.ticket, chosen, caller)
        return see_other(f"{ROOT}/tickets/{done.ticket.id}?new")

    async def _not_checked_in(self, request: web.Request, notice: Notice) -> web.StreamResponse:
        return await self._pages.answer_numbers(request, notice=notice, status=409)

    async def choose_printer(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Let this phone's slips come out of that kiosk from now on, or be written by hand."""
        fields = await read_fields(request)
        wanted = fields.get("device", "")
        back = local_path(fields.get("back", ""))
        place = back if back.startswith(f"{ROOT}/tickets/") else ROOT
        if wanted == BY_HAND:
            response = see_other(place)
            remember_printer(request, response, None)
            return response
        for device in await self._reading.devices():
            if str(device.id) == wanted and device.prints:
                response = see_other(f"{place}?{query_of('printer-chosen', device=device.name)}")
                remember_printer(request, response, device.id)
                return response
        return see_other(f"{place}?{query_of('no-printer')}")

    async def answer_help(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note that somebody goes to the citizen who asked for help."""
        if caller.actor.id is None:
            raise web.HTTPForbidden
        is_first = await answer_help(
            self._queue.pool,
            centre_id=self._queue.centre.id,
            call_id=uuid_in_path(request, "call"),
            staff_id=caller.actor.id,
            at=self._queue.clock.now(),
        )
        return see_other(
            f"{ROOT}?{query_of('help-answered' if is_first else 'help-answered-before')}"
        )

    async def reprint(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Order a marked slip of the same number at this phone's printer. Raises UnknownTicket."""
        ticket = await self._queue.ticket(uuid_in_path(request, "ticket"))
        reason = (await read_fields(request)).get("reason", "")
        chosen = await self._reading.chosen(request)
        if chosen.device is None:
            return _back(ticket.id, "no-printer")
        if not chosen.is_ready:
            return _back(ticket.id, "printer-not-ready", device=chosen.device.name)
        try:
            is_new = await reception.order_again(
                self._queue,
                ticket.id,
                chosen.device.id,
                actor=caller.actor,
                reason=reason if reason in REPRINT_REASONS else "other",
            )
        except Refused as refused:
            return _refused(ticket.id, refused)
        said: Said = "reprint-ordered" if is_new else "reprint-ordered-before"
        return _back(ticket.id, said, label=ticket.label, device=chosen.device.name)

    async def tell_by_hand(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note that the citizen has the number by hand or by photograph. Raises UnknownTicket."""
        ticket = await reception.told_by_hand(
            self._queue, uuid_in_path(request, "ticket"), actor=caller.actor
        )
        return _back(ticket.id, "told-by-hand", label=ticket.label)

    async def note_printed(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note that a doubtful slip came out after all. Raises UnknownTicket."""
        ticket = await self._queue.mark_paper(
            uuid_in_path(request, "ticket"), "printed", actor=caller.actor, confirmed_by="staff"
        )
        return _back(ticket.id, "slip-printed", label=ticket.label)

    async def take_back(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Give a citizen who missed the call a place in line again. Raises UnknownTicket."""
        ticket_id = uuid_in_path(request, "ticket")
        try:
            ticket = await journeys.return_ticket(
                self._queue, ticket_id, actor=caller.actor, in_time_only=True
            )
        except Refused as refused:
            return _refused(ticket_id, refused)
        return _back(ticket.id, "returned", label=ticket.label)

    async def _not_given(
        self, request: web.Request, form: IssueForm, notice: Notice
    ) -> web.StreamResponse:
        """Say why no number was given, with what was chosen still chosen."""
        return await self._pages.answer_numbers(
            request, notice=notice, draft=form.draft, status=409
        )

    async def _order_slip(self, ticket: Ticket, chosen: Chosen, caller: Caller) -> None:
        """Order the slip unless somebody has called the number away meanwhile (a late repeat)."""
        if chosen.device is None:
            return
        try:
            await reception.order_first_slip(
                self._queue, ticket.id, chosen.device.id, actor=caller.actor
            )
        except Refused:
            return


def _request(form: IssueForm, service: str | None, caller: Caller) -> IssueRequest:
    meaning = {
        "service": service,
        "priority": form.priority,
        "needs": form.needs,
        "requests": form.requests,
        "language": form.language,
    }
    return IssueRequest(
        caller.actor,
        "reception",
        service=service,
        priority=form.priority,
        language=form.language,
        needs=form.needs,
        requests=form.requests,
        claim=claim_of(caller, f"{ROOT}/issue", form.key, meaning),
    )


def _back(
    ticket_id: UUID, said: Said, *, label: str | None = None, device: str = "", state: str = ""
) -> web.Response:
    query = query_of(said, label=label, device=device, state=state)
    return see_other(f"{ROOT}/tickets/{ticket_id}?{query}")


def _refused(ticket_id: UUID, refused: Refused) -> web.Response:
    return _back(ticket_id, refusal_of(refused), label=refused.label, state=refused.state)
