"""The administrator's page of appointments, `/admin/appointments`: plans and closed days."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from aiohttp import web

from core_services.ids import new_id, new_token
from queue_server.appointments import store_diary, store_plans
from queue_server.appointments.acts import Appointments
from queue_server.tickets.errors import QueueError
from queue_server.tickets.model import Claim
from queue_server.tickets.store_reading import read_services
from queue_server.web.admin.plan_forms import PlanForm, empty_form, form_of, read_terms
from queue_server.web.admin.plan_view import PlanPage, PlansPage, Said, plan_row
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import staff_page, uuid_in_path
from queue_server.web.words import Words

ROOT: Final = "/admin/appointments"
SAID: Final[tuple[Said, ...]] = (
    "kept",
    "withdrawn",
    "closed",
    "opened",
    "no-day",
    "gone",
)


class PlanPages:
    """Shows and changes what may be booked."""

    def __init__(self, appointments: Appointments) -> None:
        self._appointments = appointments

    def install(self, app: web.Application) -> None:
        """Add the routes; all of them are an administrator's."""
        page = staff_page("manage_policy")
        app.router.add_get(ROOT, page(self.show))
        app.router.add_post(ROOT, page(self.make))
        app.router.add_get(ROOT + "/new", page(self.show_new))
        app.router.add_post(ROOT + "/days/close", page(self.close_day))
        app.router.add_post(ROOT + "/days/open", page(self.open_day))
        app.router.add_get(ROOT + "/{plan}", page(self.show_plan))
        app.router.add_post(ROOT + "/{plan}", page(self.change))
        app.router.add_post(ROOT + "/{plan}/withdraw", page(self.withdraw))

    async def show(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show all plans and the closed days that are still to come."""
        queue = self._appointments.queue
        today, _ = queue.today()
        services = await self._services()
        plans = await store_diary.read_plans(queue.pool, queue.centre.id)
        closures = await store_diary.read_closures(queue.pool, queue.centre.id, since=today)
        said = next((each for each in SAID if each == request.query.get("said")), None)
        booked = request.query.get("booked", "")
        page = PlansPage(
            rows=tuple(plan_row(plan, services, queue.centre.cut_over) for plan in plans),
            closures=closures,
            today=today,
            said=said,
            booked=int(booked) if booked.isdecimal() and len(booked) < 6 else 0,
            booked_day=_day(request.query.get("day", "")),
        )
        return await request.app[PAGES].answer(request, page)

    async def show_new(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the form of a new plan."""
        today, _ = self._appointments.queue.today()
        return await self._form(request, None, empty_form(today))

    async def show_plan(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the form of a plan as it is."""
        plan_id = uuid_in_path(request, "plan")
        queue = self._appointments.queue
        for plan in await store_diary.read_plans(queue.pool, queue.centre.id):
            if plan.id == plan_id:
                return await self._form(request, plan_id, form_of(plan.terms))
        raise web.HTTPNotFound

    async def make(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Make a plan, or show the form again with what to mend."""
        return await self._keep(request, caller, None)

    async def change(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Change a plan; bookings stay as they are."""
        return await self._keep(request, caller, uuid_in_path(request, "plan"))

    async def withdraw(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Offer no more slots of a plan."""
        queue = self._appointments.queue
        try:
            await store_plans.withdraw_plan(
                queue.pool,
                queue.centre.id,
                at=queue.clock.now(),
                plan_id=uuid_in_path(request, "plan"),
                actor=caller.actor,
            )
        except QueueError:
            return see_other(f"{ROOT}?said=gone")
        return see_other(f"{ROOT}?said=withdrawn")

    async def close_day(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Take no more bookings for a day, and say how many there are already."""
        form = await read_fields(request)
        queue = self._appointments.queue
        today, at = queue.today()
        day = _day(form.get("day", ""))
        if day is None or day < today:
            return see_other(f"{ROOT}?said=no-day")
        reason = " ".join(form.get("reason", "").split())[:120]
        await store_plans.close_day(
            queue.pool, queue.centre.id, at=at, day=day, reason=reason, actor=caller.actor
        )
        booked = await store_diary.bookings_on(queue.pool, queue.centre.id, day=day)
        return see_other(f"{ROOT}?said=closed&booked={booked}&day={day.isoformat()}")

    async def open_day(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Take bookings for a closed day again."""
        queue = self._appointments.queue
        day = _day((await read_fields(request)).get("day", ""))
        if day is None:
            return see_other(f"{ROOT}?said=no-day")
        await store_plans.open_day(
            queue.pool, queue.centre.id, at=queue.clock.now(), day=day, actor=caller.actor
        )
        return see_other(f"{ROOT}?said=opened")

    async def _keep(
        self, request: web.Request, caller: Caller, plan_id: UUID | None
    ) -> web.StreamResponse:
        fields = await read_fields(request)
        queue = self._appointments.queue
        services = await self._services()
        terms, form = read_terms(fields, services, queue.centre.cut_over)
        if terms is None:
            return await self._form(request, plan_id, form, status=422)
        at = queue.clock.now()
        try:
            await store_plans.keep_plan(
                queue.pool,
                queue.centre.id,
                at=at,
                plan_id=plan_id or new_id(at),
                terms=terms,
                is_new=plan_id is None,
                actor=caller.actor,
                claim=_claim(caller, fields) if plan_id is None else None,
            )
        except QueueError:
            return see_other(f"{ROOT}?said=gone")
        return see_other(f"{ROOT}?said=kept")

    async def _form(
        self, request: web.Request, plan_id: UUID | None, form: PlanForm, *, status: int = 200
    ) -> web.StreamResponse:
        page = PlanPage(
            plan_id=plan_id,
            form=form,
            services=tuple((await self._services()).items()),
            key=new_token(),
        )
        at = f"{ROOT}/new" if plan_id is None else f"{ROOT}/{plan_id}"
        return await request.app[PAGES].answer(request, page, status=status, at=at)

    async def _services(self) -> dict[str, Words]:
        queue = self._appointments.queue
        return {
            each.code: Words(each.name_ar, each.name_en)
            for each in await read_services(queue.pool, queue.centre.id)
        }


def _claim(caller: Caller, fields: Mapping[str, str]) -> Claim | None:
    """Let one form make one plan, however often it is sent."""
    key = fields.get("key", "")
    if not 16 <= len(key) <= 64:
        return None
    meaning = "\0".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "csrf")
    return Claim(
        credential=caller.credential,
        method="POST",
        path=ROOT,
        key=key,
        fingerprint=hashlib.sha256(meaning.encode()).digest(),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
