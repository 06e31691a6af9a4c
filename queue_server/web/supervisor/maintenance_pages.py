"""Serves the technician's first page: what is to be done, the register, the plans; and labels."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from core_services.paper.drawing import DrawingError
from core_services.paper.labels import LabelFacts, draw_labels
from queue_server.configuration import Configuration
from queue_server.faults.faults import Faults
from queue_server.maintenance.errors import UnknownEquipment, UnknownMaintenancePlan
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.planning import Plans
from queue_server.tickets.acts import Queue
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.language import page_language
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import staff_page, uuid_in_path
from queue_server.web.supervisor.fault_orders import FaultOrders
from queue_server.web.supervisor.maintenance_answers import (
    address_of,
    answer_form,
    back,
    said_in,
)
from queue_server.web.supervisor.maintenance_orders import OrderPages
from queue_server.web.supervisor.maintenance_pieces import PiecePages, spots_of
from queue_server.web.supervisor.maintenance_reading import REFUSALS, Came
from queue_server.web.supervisor.maintenance_swap import SwapPages
from queue_server.web.supervisor.maintenance_view import PATH, maintenance_page
from queue_server.web.supervisor.maintenance_words import KIND_WORDS
from queue_server.web.supervisor.sheet_files import attachment


class MaintenancePages:
    """Shows the care of equipment, and does what the forms say, each once."""

    def __init__(
        self,
        queue: Queue,
        care: Maintenance,
        plans: Plans,
        faults: Faults,
        cache_dir: Path,
        configuration: Callable[[], Configuration],
    ) -> None:
        self._queue = queue
        self._care = care
        self._plans = plans
        self._faults = faults
        self._cache_dir = cache_dir
        self._configuration = configuration

    def install(self, app: web.Application) -> None:
        """Serve `/supervisor/maintenance` and all below it."""
        shown = staff_page("care_for_devices")
        router = app.router
        FaultOrders(self._care, self._faults).install(app)
        SwapPages(self._care, self._faults).install(app)
        PiecePages(self._care, self._plans, self._faults).install(app)
        OrderPages(self._care, self._faults).install(app)
        router.add_get(PATH, shown(self.page))
        router.add_get(PATH + "/scan", shown(self.scan))
        router.add_get(PATH + "/labels.pdf", shown(self.labels))
        router.add_post(PATH + "/equipment", shown(self.add))
        router.add_post(PATH + "/plans", shown(self.make_plan))
        router.add_post(PATH + "/plans/{plan}/end", shown(self.end_plan))

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show what is to be done, and what was done if an act has led here."""
        return await self._answer(request)

    async def scan(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Lead to the piece whose label was scanned or typed."""
        code = request.query.get("code", "")
        try:
            piece = await self._care.find(code)
        except UnknownEquipment as unknown:
            return back(PATH, "unknown-label", unknown.label or "؟")
        return see_other(address_of(piece))

    async def labels(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the labels of all pieces that are not scrapped, or of one, to be printed."""
        language = page_language(request)
        pieces = await self._care.all()
        if "label" in request.query:
            try:
                pieces = (await self._care.find(request.query["label"]),)
            except UnknownEquipment:
                raise web.HTTPNotFound from None
        facts = [
            LabelFacts(each.label, KIND_WORDS[each.kind].say(language), each.model)
            for each in pieces
            if each.place.kind != "scrapped"
        ]
        if not facts:
            raise web.HTTPNotFound
        names = self._configuration().names
        centre = names.name_ar if language == "ar" else names.name_en
        try:
            paper = await asyncio.to_thread(
                draw_labels, facts, self._cache_dir, centre=centre, language=language
            )
        except DrawingError as error:
            raise web.HTTPServiceUnavailable from error
        return attachment(paper, "application/pdf", "labels.pdf")

    async def add(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Enter a piece."""
        came = Came("add", await read_fields(request))
        equipment_id, kind = came.once, came.kind()
        model, serial = came.words("model", needed="lacks-model"), came.words("serial")
        place = came.place()
        if equipment_id is None:
            return back(PATH, "stands-so")
        if kind is not None and not came.mistakes:
            try:
                made = await self._care.add(
                    equipment_id,
                    kind=kind,
                    model=model,
                    label=came.fields.get("label", ""),
                    serial=serial,
                    place=place,
                    actor=caller.actor,
                )
                return back(address_of(made), "added")
            except REFUSALS as refusal:
                came.refuse(refusal)
        return await self._answer(request, came)

    async def make_plan(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Make a plan."""
        came = Came("plan", await read_fields(request))
        plan_id, plan = came.once, came.plan()
        if plan_id is None:
            return back(PATH, "stands-so")
        if not came.mistakes:
            try:
                await self._plans.make(plan_id, plan, actor=caller.actor)
                return back(PATH, "plan-made")
            except REFUSALS as refusal:
                came.refuse(refusal)
        return await self._answer(request, came)

    async def end_plan(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """End a plan."""
        await read_fields(request)
        try:
            await self._plans.end(uuid_in_path(request, "plan"), actor=caller.actor)
        except UnknownMaintenancePlan:
            raise web.HTTPNotFound from None
        return back(PATH, "plan-ended")

    async def _answer(self, request: web.Request, came: Came | None = None) -> web.StreamResponse:
        care = self._care
        page = maintenance_page(
            orders=await care.orders(),
            soon=await self._plans.soon(),
            equipment=await care.all(),
            plans=await self._plans.all(),
            spots=await spots_of(self._queue),
            today=care.today,
            at=self._queue.clock.now(),
            said=said_in(request),
            sent=None if came is None else came.form(),
        )
        return await answer_form(request, page, came, at=PATH)
