"""The page of one booking, `/b/{token}`: code, time, calendar file, move, cancel, check-in."""

from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from aiohttp import web

from core_services.ids import new_token
from core_services.l10n import format_date_words, format_time
from queue_server.appointments.acts import Appointments
from queue_server.appointments.calendar_file import CalendarEntry, calendar_file
from queue_server.appointments.codes import code_words
from queue_server.appointments.model import Appointment
from queue_server.tickets.arrival import is_in_grace
from queue_server.tickets.errors import QueueError, Refused, UnknownAppointment
from queue_server.tickets.model import Ticket
from queue_server.tickets.store_reading import read_services
from queue_server.web.bodies import read_fields
from queue_server.web.citizen.booked_view import (
    BookedPage,
    NoBookingPage,
    Said,
    stage_of,
)
from queue_server.web.citizen.booking import CITIZEN, address_of, moment_from
from queue_server.web.citizen.booking_view import (
    BookDayPage,
    BookTimePage,
    Mistake,
    Subject,
    slot_choices,
)
from queue_server.web.codes import draw
from queue_server.web.errors import ForeignOriginError
from queue_server.web.keys import PAGES, PUBLIC_URL
from queue_server.web.language import choose_language, page_language
from queue_server.web.redirects import see_other
from queue_server.web.security import is_same_origin
from queue_server.web.words import Words

ROOT: Final = "/b/{token}"
_PRIVATE: Final = {
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow",
}
"""The address is the key: it goes to no cache and no index. Forms stand here, so browsers must send
their origin, which the frame's `Referrer-Policy: same-origin` lets them do and no stricter one."""

Networks = tuple[IPv4Network | IPv6Network, ...]


class BookedPages:
    """Serves one booking to whoever has its address.

    `networks`: where a check-in by phone must come from; none means from anywhere.
    """

    def __init__(self, appointments: Appointments, networks: Networks) -> None:
        self._appointments = appointments
        self._networks = networks

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the booking in its own language, or in the one asked for by `?lang=`."""
        try:
            found = await self._found(request)
        except UnknownAppointment:
            return await self._missing(request)
        said = request.query.get("said")
        return await self._answer(request, found, said="moved" if said == "moved" else None)

    async def calendar(self, request: web.Request) -> web.StreamResponse:
        """Give the booking as a calendar file."""
        try:
            found = await self._found(request)
        except UnknownAppointment:
            return await self._missing(request)
        return web.Response(
            body=calendar_file(await self._entry(request, found)),
            content_type="text/calendar",
            charset="utf-8",
            headers={
                **_PRIVATE,
                "Content-Disposition": 'attachment; filename="appointment.ics"',
            },
        )

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """Give the place back; cancelled already, the page says so."""
        found = await self._act_on(request)
        if found is None:
            return await self._missing(request)
        try:
            await self._appointments.cancel(found.id, via="page", actor=CITIZEN)
        except Refused:
            return await self._answer(request, await self._found(request), said="refused")
        return see_other(_address(request, found))

    async def check_in(self, request: web.Request) -> web.StreamResponse:
        """Give the number and show its page; too early, too late or from elsewhere: say so."""
        found = await self._act_on(request)
        if found is None:
            return await self._missing(request)
        if await self._number_of(found) is None:
            if not await self._is_time(found):
                return await self._answer(request, found, said="not_time", status=409)
            if not self._is_here(request):
                return await self._answer(request, found, said="not_here", status=409)
        try:
            done = await self._appointments.check_in(found.id, via="page", actor=CITIZEN)
        except QueueError:
            found = await self._found(request)
            return await self._answer(request, found, said="refused", status=409)
        return see_other(f"/t/{done.ticket.token.lower()}?lang={page_language(request)}")

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """Show the days, then the times, that the booking may move to."""
        try:
            found = await self._found(request)
        except UnknownAppointment:
            return await self._missing(request)
        if found.state != "booked":
            return see_other(_address(request, found))
        try:
            day = date.fromisoformat(request.query.get("day", ""))
        except ValueError:
            return await self._days(request, found)
        return await self._times(request, found, day)

    async def move(self, request: web.Request) -> web.StreamResponse:
        """Move the booking, or show the times again with what to mend."""
        found = await self._act_on(request)
        if found is None:
            return await self._missing(request)
        form = await read_fields(request)
        starts_at = moment_from(form.get("time", ""))
        try:
            day = date.fromisoformat(form.get("day", ""))
        except ValueError:
            day = found.day
        if starts_at is None:
            return await self._times(request, found, day, mistakes=("time",), status=422)
        wait_s = await self._appointments.count_attempt("address", address_of(request))
        if wait_s:
            return await self._times(
                request, found, day, mistakes=("too_many",), status=429, wait_s=wait_s
            )
        try:
            await self._appointments.move(found.id, starts_at, via="page", actor=CITIZEN)
        except Refused:
            found = await self._found(request)
            if found.state != "booked":
                return see_other(_address(request, found))
            return await self._times(request, found, day, mistakes=("gone",), status=409)
        return see_other(f"{_address(request, found)}&said=moved")

    async def _found(self, request: web.Request) -> Appointment:
        """Return the booking of the address. Raises UnknownAppointment."""
        found = await self._appointments.by_token(request.match_info["token"])
        wish = request.query.get("lang")
        is_english = wish == "en" or (wish != "ar" and found.language == "en")
        choose_language(request, "en" if is_english else "ar")
        return found

    async def _act_on(self, request: web.Request) -> Appointment | None:
        """Return the booking that a form is about, once it is known to come from our page."""
        if not is_same_origin(request, request.app[PUBLIC_URL]):
            raise ForeignOriginError
        try:
            return await self._found(request)
        except UnknownAppointment:
            return None

    async def _answer(
        self,
        request: web.Request,
        found: Appointment,
        *,
        said: Said | None = None,
        status: int = 200,
    ) -> web.StreamResponse:
        public_url = request.app[PUBLIC_URL]
        policy = await self._appointments.policy()
        ticket = await self._number_of(found)
        path = f"/b/{found.token.lower()}"
        page = BookedPage(
            path=path,
            appointment=found,
            stage=stage_of(
                found,
                at=self._appointments.queue.clock.now(),
                is_time=await self._is_time(found),
                has_number=ticket is not None,
                is_shut=await self._appointments.is_shut(found),
            ),
            service=await self._service(found),
            files=await self._appointments.files(found.id) if found.files else (),
            opens_at=found.starts_at - timedelta(seconds=policy.early_grace_s),
            closes_at=found.starts_at + timedelta(seconds=policy.late_grace_s),
            may_check_in_here=self._is_here(request),
            ticket=ticket,
            code=draw(f"{public_url}{path}") if public_url is not None else None,
            said=said,
        )
        return await request.app[PAGES].answer(
            request, page, status=status, headers=_PRIVATE, ask_who=False, at=path
        )

    async def _missing(self, request: web.Request) -> web.StreamResponse:
        choose_language(request, page_language(request))
        return await request.app[PAGES].answer(
            request, NoBookingPage(), status=404, headers=_PRIVATE, ask_who=False
        )

    async def _days(self, request: web.Request, found: Appointment) -> web.StreamResponse:
        subject = await self._subject(found)
        page = BookDayPage(
            subject=subject,
            days=await self._appointments.days(found.service, is_drop_off=subject.is_drop_off),
            path=f"/b/{found.token.lower()}/move",
            back=_address(request, found),
            language=page_language(request),
        )
        return await request.app[PAGES].answer(request, page, headers=_PRIVATE, ask_who=False)

    async def _times(
        self,
        request: web.Request,
        found: Appointment,
        day: date,
        *,
        mistakes: tuple[Mistake, ...] = (),
        status: int = 200,
        wait_s: int = 0,
    ) -> web.StreamResponse:
        subject = await self._subject(found)
        path = f"/b/{found.token.lower()}/move"
        offers = await self._appointments.offers(
            found.service, day, is_drop_off=subject.is_drop_off
        )
        page = BookTimePage(
            subject=subject,
            day=day,
            times=slot_choices(offers, self._appointments.queue.centre.zone),
            chosen="",
            asks_phone=False,
            phone="",
            files="",
            key=new_token(),
            mistakes=mistakes,
            wait_s=wait_s,
            path=path,
            language=page_language(request),
        )
        return await request.app[PAGES].answer(
            request,
            page,
            status=status,
            headers={**_PRIVATE, **({"Retry-After": str(wait_s)} if wait_s else {})},
            ask_who=False,
            at=f"{path}?day={day.isoformat()}",
        )

    async def _subject(self, found: Appointment) -> Subject:
        if found.kind == "drop_off":
            return Subject(None, None)
        return Subject(found.service or "", await self._service(found))

    async def _number_of(self, found: Appointment) -> Ticket | None:
        """Return the number of its check-in; None before it, and when that was taken back."""
        if found.ticket_id is None:
            return None
        ticket = await self._appointments.queue.ticket(found.ticket_id)
        return None if ticket.state == "void" else ticket

    async def _service(self, found: Appointment) -> Words | None:
        queue = self._appointments.queue
        for service in await read_services(queue.pool, queue.centre.id):
            if service.code == found.service:
                return Words(service.name_ar, service.name_en)
        return None

    async def _is_time(self, found: Appointment) -> bool:
        """A phone checks in within the grace alone: later one has to be there to be asked."""
        policy = await self._appointments.policy()
        return is_in_grace(
            found.starts_at,
            self._appointments.queue.clock.now(),
            early_grace_s=policy.early_grace_s,
            late_grace_s=policy.late_grace_s,
        )

    def _is_here(self, request: web.Request) -> bool:
        if not self._networks:
            return True
        try:
            address = ip_address(request.remote or "")
        except ValueError:
            return False
        return any(address in network for network in self._networks)

    async def _entry(self, request: web.Request, found: Appointment) -> CalendarEntry:
        centre, language = self._appointments.queue.centre, page_language(request)
        is_arabic = language == "ar"
        name = await self._service(found)
        place = centre.name_ar if is_arabic else centre.name_en
        local = found.starts_at.astimezone(centre.zone)
        when = f"{format_date_words(local.date(), language)} {format_time(local, language)}"
        code = code_words(found.code, language)
        public_url = request.app[PUBLIC_URL]
        return CalendarEntry(
            uid=f"{found.first_id}@{centre.code.lower()}.shubbak",
            sequence=found.moves + (found.state == "cancelled"),
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            written_at=self._appointments.queue.clock.now(),
            summary=_summary(place, None if name is None else name.say(language), is_arabic),
            description=f"الكود: {code}\n{when}" if is_arabic else f"Code: {code}\n{when}",
            location=f"{place}، {centre.unit_ar}" if is_arabic else f"{place}, {centre.unit_en}",
            url=None if public_url is None else f"{public_url}/b/{found.token.lower()}",
            is_cancelled=found.state == "cancelled",
            alarm=_alarm(code, is_arabic),
        )


def _summary(place: str, service: str | None, is_arabic: bool) -> str:
    word = "موعد" if is_arabic else "Appointment"
    return f"{word}: {service}" if service else f"{word}: {place}"


def _alarm(code: str, is_arabic: bool) -> str:
    if is_arabic:
        return f"موعدك بعد ساعة. الكود: {code}"
    return f"Your appointment is in an hour. Code: {code}"


def _address(request: web.Request, found: Appointment) -> str:
    return f"/b/{found.token.lower()}?lang={page_language(request)}"
