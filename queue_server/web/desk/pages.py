"""The clerk's desk at `/desk`: one page, its parts for a page that is open, and its buttons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import cast
from uuid import UUID

from aiohttp import web

from core_services.catalogue.model import Catalogue
from core_services.people.model import Session
from core_services.people.staff import list_staff
from queue_server.appointments.acts import Appointments
from queue_server.appointments.model import Appointment
from queue_server.broadcasts.broadcasts import Broadcasts
from queue_server.faults.browser import browser_of
from queue_server.faults.faults import Faults
from queue_server.scanned import find_scanned
from queue_server.scans import Scans
from queue_server.service_states.states import ServiceStates
from queue_server.tickets.acts import Queue
from queue_server.tickets.desk import last_visits, window_day
from queue_server.tickets.errors import Refused, UnknownTicket, UnknownWindow
from queue_server.tickets.model import Hall, Service, Ticket, Window
from queue_server.tickets.persons import Persons
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.desk.acts import ACTS, Act
from queue_server.web.desk.choice import WindowChoice, own_windows, window_choice
from queue_server.web.desk.contexts import (
    ChoicePage,
    ChoiceParts,
    DeskPage,
    DeskParts,
    service_options,
)
from queue_server.web.desk.forms import CallForm, ReturnForm, read_form
from queue_server.web.desk.notices import (
    Notice,
    NoticeKind,
    name_opener,
    notice_of,
    notice_of_another,
    notice_of_scan,
    notice_of_unknown,
)
from queue_server.web.desk.person import (
    PersonForm,
    bind_from_desk,
    desk_person,
    read_person_form,
    take_priority,
)
from queue_server.web.desk.pressing import press
from queue_server.web.desk.reading import read_around, read_scan
from queue_server.web.desk.view import Booking, DeskView, desk_view
from queue_server.web.errors import InvalidInputError, NotSignedInError
from queue_server.web.keys import (
    APPOINTMENTS,
    BROADCASTS,
    CATALOGUE,
    FAULTS,
    PAGES,
    PERSONS,
    QUEUE,
    SERVICE_STATES,
)
from queue_server.web.people_names import names_of
from queue_server.web.redirects import see_other
from queue_server.web.render import Context
from queue_server.web.staff_pages import part_of_page, staff_page
from queue_server.web.words import Words

DESK = "/desk"
PARTS_HEADER = "X-View"
"""A page that is open asks with `X-View: parts` for its parts instead of a whole page."""
LINE_SHOWN = 8
VISITS_SHOWN = 8

Services = Callable[[], Sequence[Service]]

_NOBODY = Notice("nobody-waits")
_NOT_UNDERSTOOD = Notice("not-understood")
_SAID: Mapping[Act, NoticeKind] = MappingProxyType(
    {"message": "message-sent", "note": "note-kept", "return": "returned", "offer": "offered"}
)


def install_desk(app: web.Application, *, services: Services) -> None:
    """Serve the desk; `services` returns those of the centre, from memory."""
    desk = Desk(
        app[QUEUE],
        app[APPOINTMENTS],
        app[CATALOGUE],
        services,
        app[SERVICE_STATES],
        app[PERSONS],
        app[BROADCASTS],
        app[FAULTS],
    )
    clerk = staff_page("act_own_window")
    app.router.add_get(DESK, clerk(desk.show))
    renewed = staff_page("act_own_window", renews=True)
    app.router.add_get(f"{DESK}/view", renewed(desk.show_parts))
    app.router.add_post(DESK + r"/{window:[1-9]\d?}/person", clerk(desk.bind_person))
    app.router.add_post(DESK + r"/{window:[1-9]\d?}/priority", clerk(desk.take_priority))
    app.router.add_post(DESK + r"/{window:[1-9]\d?}/scan", clerk(desk.scan))
    app.router.add_post(DESK + r"/{window:[1-9]\d?}/{act:[a-z-]+}", clerk(desk.press))


class Desk:
    """Reads what the desk shows and does what is pressed on it."""

    def __init__(
        self,
        queue: Queue,
        appointments: Appointments,
        catalogue: Catalogue,
        services: Services,
        states: ServiceStates,
        persons: Persons,
        broadcasts: Broadcasts,
        faults: Faults,
    ) -> None:
        self._queue = queue
        self._appointments = appointments
        self._catalogue = catalogue
        self._services = services
        self._states = states
        self._persons = persons
        self._broadcasts = broadcasts
        self._faults = faults
        self._scans = Scans(appointments)

    async def show(self, request: web.Request, caller: Caller) -> web.Response:
        """Show the window that the caller has open, or let them choose; `?window=` names one."""
        return await self._answer(request, caller, asked=_asked(request))

    async def show_parts(self, request: web.Request, caller: Caller) -> web.Response:
        """Give a page that is open what may have changed on it."""
        return await self._answer(request, caller, asked=_asked(request), in_parts=True)

    async def press(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Do what a button says, then show what is so now; a refusal is a sentence in place."""
        if request.match_info["act"] not in ACTS:
            raise web.HTTPNotFound
        act = cast(Act, request.match_info["act"])
        window = int(request.match_info["window"])
        in_parts = request.headers.get(PARTS_HEADER) == "parts"
        try:
            form = await read_form(request, act)
        except InvalidInputError:
            if not in_parts:
                raise
            return await self._answer(
                request, caller, asked=window, in_parts=True, notice=_NOT_UNDERSTOOD, status=409
            )
        notice: Notice | None = None
        try:
            browser = browser_of(request.headers.get("User-Agent", ""))
            await press(self._queue, self._faults, caller, window, act, form, browser)
        except Refused as error:
            notice = notice_of(error)
        except UnknownTicket:
            if not isinstance(form, CallForm | ReturnForm):
                raise
            notice = notice_of_unknown(form.label, at_free_window=isinstance(form, CallForm))
        if notice is not None:
            return await self._answer(
                request, caller, asked=window, in_parts=in_parts, notice=notice, status=409
            )
        if not in_parts or act in ("open", "close"):
            return see_other(DESK if act == "close" else f"{DESK}?window={window}")
        if act in ("call-next", "finish-next"):
            notice = _NOBODY
        elif act in _SAID:
            notice = Notice(_SAID[act])
        return await self._answer(request, caller, asked=window, in_parts=True, notice=notice)

    async def scan(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Say which number a scanned slip or appointment is of, and how it stands."""
        window = int(request.match_info["window"])
        fields = await read_fields(request)
        found = await find_scanned(self._appointments, fields.get("code", ""))
        if isinstance(found, Appointment) and found.ticket_id is not None:
            found = await self._queue.ticket(found.ticket_id)
        in_parts = request.headers.get(PARTS_HEADER) == "parts"
        notice = notice_of_scan(found)
        status = 409 if notice.is_refusal else 200
        return await self._answer(
            request, caller, asked=window, in_parts=in_parts, notice=notice, status=status
        )

    async def bind_person(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Bind the person who stands at the window to the ticket in hand."""
        window = int(request.match_info["window"])
        form = await read_person_form(request)
        try:
            wrong = await bind_from_desk(self._persons, caller, window, form)
        except Refused as error:
            return await self._after_person(request, caller, window, notice=notice_of(error))
        return await self._after_person(request, caller, window, form=wrong)

    async def take_priority(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Take back the priority of a claim that the card did not bear out."""
        window = int(request.match_info["window"])
        form = await read_person_form(request)
        try:
            await take_priority(self._persons, caller, window, form.ticket)
        except Refused as error:
            return await self._after_person(request, caller, window, notice=notice_of(error))
        return await self._after_person(request, caller, window)

    async def _after_person(
        self,
        request: web.Request,
        caller: Caller,
        window: int,
        *,
        notice: Notice | None = None,
        form: PersonForm | None = None,
    ) -> web.StreamResponse:
        in_parts = request.headers.get(PARTS_HEADER) == "parts"
        is_refused = notice is not None or form is not None
        if not in_parts and not is_refused:
            return see_other(f"{DESK}?window={window}")
        return await self._answer(
            request,
            caller,
            asked=window,
            in_parts=in_parts,
            notice=notice,
            status=409 if is_refused else 200,
            form=form,
        )

    async def _answer(
        self,
        request: web.Request,
        caller: Caller,
        *,
        asked: int | None,
        in_parts: bool = False,
        notice: Notice | None = None,
        status: int = 200,
        form: PersonForm | None = None,
    ) -> web.Response:
        hall = await self._queue.hall()
        window = _window_of(hall, caller, asked)
        if window is None:
            names = await self._names()
            taken = _taken_by_another(hall, caller, asked, names)
            is_look = in_parts and notice is None  # the page that is open has said it already
            if taken is not None and not is_look:
                notice, status = taken, 409
            choice = _choice(hall, caller, asked, names)
            if in_parts:
                return _parts(request, caller, ChoiceParts(choice, notice), status)
            page: Context = ChoicePage(choice, notice)
        else:
            view = await self._view(hall, window, caller)
            if notice is not None and notice.kind == "window-of-another":
                notice = name_opener(notice, hall, await self._names())
            if notice is _NOBODY and (view.hand is not None or view.side.line):
                notice = None
            person = await desk_person(self._persons, window, form)
            if in_parts:
                return _parts(request, caller, DeskParts(view, notice, person=person), status)
            options = service_options(self._services(), self._catalogue.services)
            page = DeskPage(view, notice, options, person=person)
        at = DESK if asked is None else f"{DESK}?window={asked}"
        return await request.app[PAGES].answer(request, page, status=status, at=at)

    async def _view(self, hall: Hall, window: Window, caller: Caller) -> DeskView:
        queue, ticket = self._queue, window.ticket
        is_serving = ticket is not None and ticket.state == "serving"
        call_id = None if ticket is None else ticket.call_id
        return desk_view(
            window,
            hall,
            clerk=_name(caller),
            day=await window_day(queue, window.number, call_id=call_id),
            line=await queue.line_for(window.number, limit=LINE_SHOWN),
            services={service.code: service for service in self._services()},
            catalogue=self._catalogue.services,
            states=await self._states.now(),
            messages=self._broadcasts.on("desk"),
            events=await queue.events(ticket.id) if ticket is not None and is_serving else (),
            visits=await last_visits(queue, window.number, limit=VISITS_SHOWN)
            if ticket is None
            else (),
            around=replace(
                await read_around(queue, window, hall, caller.actor),
                scan=read_scan(await self._scans.found_at(window.number), hall.business_day),
            ),
            booking=await self._booking(ticket) if ticket is not None and is_serving else None,
        )

    async def _booking(self, ticket: Ticket) -> Booking | None:
        found = await self._appointments.of_ticket(ticket)
        if found is None:
            return None
        files = await self._appointments.files(found.id) if found.files else ()
        return Booking(found.starts_at, files)

    async def _names(self) -> dict[UUID, Words]:
        return names_of(await list_staff(self._queue.pool, centre_id=self._queue.centre.id))


def _parts(request: web.Request, caller: Caller, parts: Context, status: int) -> web.Response:
    answer = part_of_page(request, caller, parts)
    answer.set_status(status)
    return answer


def _asked(request: web.Request) -> int | None:
    text = request.query.get("window")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 99):
        raise web.HTTPNotFound
    return int(text)


def _window_of(hall: Hall, caller: Caller, asked: int | None) -> Window | None:
    """Return the caller's own window, the one asked for first. Raises UnknownWindow."""
    if asked is not None and all(window.number != asked for window in hall.windows):
        raise UnknownWindow(asked)
    own = own_windows(hall.windows, caller.actor)
    return next((each for each in own if each.number == asked), own[0] if own else None)


def _choice(
    hall: Hall, caller: Caller, asked: int | None, names: Mapping[UUID, Words]
) -> WindowChoice:
    free = {each.number for each in hall.windows if each.state == "closed" or each.gives_way}
    usual = asked if asked in free else _session(caller).staff.default_window
    return window_choice(hall, clerk=_name(caller), usual=usual, names=names)


def _taken_by_another(
    hall: Hall, caller: Caller, asked: int | None, names: Mapping[UUID, Words]
) -> Notice | None:
    for window in hall.windows:
        is_taken = window.state != "closed" and not window.gives_way
        if window.number == asked and is_taken and window.opened_by != caller.actor:
            return notice_of_another(window, names)
    return None


def _session(caller: Caller) -> Session:
    if caller.session is None:
        raise NotSignedInError
    return caller.session


def _name(caller: Caller) -> Words:
    staff = _session(caller).staff
    return Words(staff.name("ar"), staff.name("en"))
