"""The day's appointments as a list: who is expected, who is here, who did not come; search by code.

One list at two addresses: supervisors have it beside the hall, clerks beside the desk.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Final, Literal
from urllib.parse import urlencode

from aiohttp import web

from core_services.l10n import Language
from core_services.people.permissions import Permission
from queue_server.appointments.acts import Appointments
from queue_server.appointments.codes import code_from, code_words
from queue_server.appointments.model import Appointment
from queue_server.appointments.store_reading import Entry
from queue_server.tickets.errors import QueueError, UnknownAppointment
from queue_server.tickets.model import Service
from queue_server.tickets.store_reading import read_services
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.labels import is_label, label_words
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import staff_page, uuid_in_path
from queue_server.web.supervisor.pages import SUPERVISE
from queue_server.web.words import Words

SUPERVISORS_LIST: Final = "/supervisor/appointments"
CLERKS_LIST: Final = "/desk/appointments"

_FARTHEST: Final = timedelta(days=3660)

Standing = Literal["expected", "missing", "here", "missed", "cancelled"]
Said = Literal["checked-in", "checked-in-late", "cancelled", "refused", "unknown-code"]
SAID: Final[tuple[Said, ...]] = (
    "checked-in",
    "checked-in-late",
    "cancelled",
    "refused",
    "unknown-code",
)


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """One booking of the list."""

    appointment: Appointment
    standing: Standing
    service: Words | None
    label: Words | None
    files: tuple[str, ...]
    is_shut: bool
    """The hours of the policy leave its time out."""

    def code(self, language: Language) -> str:
        """Return the code in the reader's digits."""
        return code_words(self.appointment.code, language)

    @property
    def may_check_in(self) -> bool:
        return self.standing in ("expected", "missing", "missed")

    @property
    def may_cancel(self) -> bool:
        return self.appointment.state == "booked"


@dataclass(frozen=True, slots=True)
class AppointmentsPage:
    """The whole list of a day."""

    template: ClassVar[str] = "supervisor_appointments.html"

    root: str
    day: date
    is_today: bool
    rows: tuple[AppointmentRow, ...]
    searched: str
    said: Said | None
    label: Words | None
    """The number that a check-in has just given."""
    may_plan: bool
    is_supervisors: bool
    is_closed: bool
    """Nothing is booked on this day any more."""
    stranded: Mapping[date, int]
    """On these days bookings stand at times when nobody is served."""

    def count(self, *standings: Standing) -> int:
        """Count the bookings that stand so."""
        return sum(row.standing in standings for row in self.rows)

    @property
    def day_before(self) -> str:
        return f"{self.root}?{urlencode({'day': (self.day - timedelta(days=1)).isoformat()})}"

    @property
    def day_after(self) -> str:
        return f"{self.root}?{urlencode({'day': (self.day + timedelta(days=1)).isoformat()})}"


def standing_of(appointment: Appointment, at: datetime) -> Standing:
    """Return how a booking stands for whoever waits for its holder."""
    match appointment.state:
        case "booked":
            return "missing" if at > appointment.starts_at else "expected"
        case "checked_in":
            return "here"
        case "released":
            return "missed"
        case _:
            return "cancelled"


class AppointmentList:
    """Serves the list under one address."""

    def __init__(self, appointments: Appointments, root: str, permission: Permission) -> None:
        self._appointments = appointments
        self._root = root
        self._permission = permission

    def install(self, app: web.Application) -> None:
        """Add its routes."""
        page = staff_page(self._permission)
        app.router.add_get(self._root, page(self.show))
        app.router.add_post(self._root + "/{appointment}/check-in", page(self.check_in))
        app.router.add_post(self._root + "/{appointment}/cancel", page(self.cancel))

    async def show(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show a day, today by default, or the one booking of a code."""
        appointments = self._appointments
        today, at = appointments.queue.today()
        searched = request.query.get("code", "").strip()[:20]
        said = next((each for each in SAID if each == request.query.get("said")), None)
        entries: tuple[Entry, ...]
        day = _day(request.query.get("day", "")) or today
        if abs(day - today) > _FARTHEST:
            day = today
        if searched:
            entries, day = await self._search(searched, day)
            said = said or (None if entries else "unknown-code")
        else:
            entries = await appointments.of_day(day)
        queue = appointments.queue
        services = {each.code: each for each in await read_services(queue.pool, queue.centre.id)}
        label = request.query.get("label", "")
        page = AppointmentsPage(
            root=self._root,
            day=day,
            is_today=day == today,
            rows=tuple(self._row(entry, at, services) for entry in entries),
            searched=searched,
            said=said,
            label=label_words(label) if is_label(label) else None,
            may_plan=caller.may("manage_policy"),
            is_supervisors=self._root == SUPERVISORS_LIST,
            is_closed=await appointments.is_closed(day),
            stranded=await appointments.stranded(),
        )
        return await request.app[PAGES].answer(request, page)

    async def check_in(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Give the number of somebody who stands at reception."""
        try:
            done = await self._appointments.check_in(
                uuid_in_path(request, "appointment"), via="desk", actor=caller.actor
            )
        except QueueError:
            return self._back(request, "refused")
        said: Said = "checked-in-late" if done.appointment.is_late else "checked-in"
        return self._back(request, said, label=done.ticket.label)

    async def cancel(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Give a place back for somebody who asked for it."""
        try:
            await self._appointments.cancel(
                uuid_in_path(request, "appointment"), via="desk", actor=caller.actor
            )
        except QueueError:
            return self._back(request, "refused")
        return self._back(request, "cancelled")

    async def _search(self, text: str, day: date) -> tuple[tuple[Entry, ...], date]:
        code = code_from(text)
        if code is None:
            return (), day
        try:
            found = await self._appointments.by_code(code)
        except UnknownAppointment:
            return (), day
        return (await self._appointments.entry(found.id),), found.day

    def _row(self, entry: Entry, at: datetime, services: dict[str, Service]) -> AppointmentRow:
        found = entry.appointment
        service = None if found.service is None else services.get(found.service)
        return AppointmentRow(
            appointment=found,
            standing=standing_of(found, at),
            service=None if service is None else Words(service.name_ar, service.name_en),
            label=None if entry.label is None else label_words(entry.label),
            files=entry.files,
            is_shut=found.state == "booked" and not self._appointments.is_open_for(found),
        )

    def _back(self, request: web.Request, said: Said, **more: str) -> web.Response:
        """Lead back to the day's list with a sentence."""
        query = {"said": said, **more}
        day = _day(request.query.get("day", ""))
        if day is not None:
            query["day"] = day.isoformat()
        return see_other(f"{self._root}?{urlencode(query)}")


def install_appointment_lists(app: web.Application, appointments: Appointments) -> None:
    """Serve the list to supervisors and to whoever gives numbers."""
    AppointmentList(appointments, SUPERVISORS_LIST, SUPERVISE).install(app)
    AppointmentList(appointments, CLERKS_LIST, "issue").install(app)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
