"""Serves the technician's pages: the list, a piece, an order, the swap; each form once."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

from aiohttp import web

from core_services.devices.store_presence import list_devices
from core_services.paper.drawing import DrawingError
from core_services.paper.labels import LabelFacts, draw_labels
from core_services.people.api_keys import list_keys
from core_services.people.staff import list_staff
from queue_server.configuration import Configuration
from queue_server.faults.faults import Faults
from queue_server.maintenance.errors import (
    UnknownEquipment,
    UnknownMaintenancePlan,
    UnknownOrder,
)
from queue_server.maintenance.labels import read_label
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import Equipment, OrderAct
from queue_server.maintenance.planning import Plans
from queue_server.maintenance.texts import MOST_STEPS
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import CannotMaintain
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.language import page_language
from queue_server.web.people_names import names_of
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import staff_page, uuid_in_path
from queue_server.web.supervisor.fault_orders import FaultOrders
from queue_server.web.supervisor.maintenance_answers import (
    REFUSALS,
    address_of,
    back,
    said_in,
    why,
)
from queue_server.web.supervisor.maintenance_forms import (
    day_in,
    kind_in,
    number_in,
    place_in,
    plan_in,
    steps_in,
)
from queue_server.web.supervisor.maintenance_swap import SwapPages
from queue_server.web.supervisor.maintenance_view import (
    PATH,
    EquipmentPage,
    OrderPage,
    Spots,
    event_rows,
    maintenance_page,
)
from queue_server.web.supervisor.maintenance_words import KIND_WORDS
from queue_server.web.supervisor.pages import as_uuid
from queue_server.web.supervisor.sheet_files import attachment
from queue_server.web.words import Words

_ACTS: Final[Mapping[str, tuple[OrderAct, str]]] = {
    "start": ("start", "started"),
    "finish": ("finish", "finished"),
    "cancel": ("cancel", "cancelled"),
}


class MaintenancePages:
    """Shows the care of equipment, and does what the forms say."""

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
        self._ties = FaultOrders(care, faults)
        self._cache_dir = cache_dir
        self._configuration = configuration

    def install(self, app: web.Application) -> None:
        """Serve `/supervisor/maintenance`."""
        shown = staff_page("care_for_devices")
        router = app.router
        self._ties.install(app)
        SwapPages(self._care, self._faults).install(app)
        router.add_get(PATH, shown(self.page))
        router.add_get(PATH + "/scan", shown(self.scan))
        router.add_get(PATH + "/labels.pdf", shown(self.labels))
        router.add_post(PATH + "/equipment", shown(self.add))
        router.add_get(PATH + "/equipment/{label}", shown(self.piece))
        router.add_post(PATH + "/equipment/{label}/move", shown(self.move))
        router.add_post(PATH + "/equipment/{label}/change", shown(self.change))
        router.add_post(PATH + "/equipment/{label}/order", shown(self.open_order))
        router.add_get(PATH + "/orders/{order}", shown(self.order))
        router.add_post(PATH + "/orders/{order}/{act:start|finish|cancel}", shown(self.act))
        router.add_post(PATH + "/plans", shown(self.make_plan))
        router.add_post(PATH + "/plans/{plan}/end", shown(self.end_plan))

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show what is to be done, and what was done if an act has led here."""
        care = self._care
        page = maintenance_page(
            orders=await care.orders(),
            soon=await self._plans.soon(),
            equipment=await care.all(),
            plans=await self._plans.all(),
            spots=await self._spots(),
            today=care.today,
            at=self._queue.clock.now(),
            said=said_in(request),
        )
        return await request.app[PAGES].answer(request, page)

    async def scan(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Lead to the piece whose label was scanned or typed."""
        code = request.query.get("code", "")
        try:
            piece = await self._care.find(code)
        except UnknownEquipment as unknown:
            return back(PATH, "unknown-label", unknown.label)
        return see_other(address_of(piece))

    async def labels(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the labels of all pieces that are not scrapped, or of one, to be printed."""
        language, wanted = page_language(request), read_label(request.query.get("label", ""))
        facts = [
            LabelFacts(each.label, KIND_WORDS[each.kind].say(language), each.model)
            for each in await self._care.all()
            if each.place.kind != "scrapped" and wanted in (None, each.label)
        ]
        names = self._configuration().names
        centre = names.name_ar if language == "ar" else names.name_en
        try:
            paper = await asyncio.to_thread(
                draw_labels, facts, self._cache_dir, centre=centre, language=language
            )
        except DrawingError as error:
            raise web.HTTPServiceUnavailable from error
        return attachment(paper, "application/pdf", "labels.pdf")

    async def piece(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show one piece."""
        piece = await self._piece(request)
        orders = await self._care.orders(of=piece)
        page = EquipmentPage(
            piece=piece,
            opened=tuple(each for each in orders if each.ended_at is None),
            over=tuple(each for each in orders if each.ended_at is not None),
            coming=tuple(
                each for each in await self._plans.coming() if each.equipment.id == piece.id
            ),
            events=event_rows(await self._care.history([piece.id]), await self._names()),
            spots=await self._spots(),
            at=self._queue.clock.now(),
            said=said_in(request),
        )
        return await request.app[PAGES].answer(request, page)

    async def order(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show one order."""
        order_id = uuid_in_path(request, "order")
        try:
            order = await self._care.order(order_id)
        except UnknownOrder:
            raise web.HTTPNotFound from None
        names = await self._names()
        page = OrderPage(
            order=order,
            today=self._care.today,
            fault=await self._ties.row_of(order.fault_id),
            started_by=None if order.started_by is None else names.get(order.started_by),
            ended_by=None if order.ended_by is None else names.get(order.ended_by),
            events=event_rows(await self._care.history([order.id]), names),
            said=said_in(request),
        )
        return await request.app[PAGES].answer(request, page)

    async def add(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Enter a piece."""
        fields = await read_fields(request)
        kind, equipment_id = kind_in(fields), as_uuid(fields.get("once", ""))
        if kind is None or equipment_id is None:
            return back(PATH, "lacks-kind")
        try:
            made = await self._care.add(
                equipment_id,
                kind=kind,
                model=fields.get("model", ""),
                label=fields.get("label", ""),
                serial=fields.get("serial", ""),
                place=place_in(fields),
                actor=caller.actor,
            )
        except REFUSALS as refusal:
            return back(PATH, *why(refusal))
        return back(address_of(made), "added")

    async def move(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Put a piece somewhere else."""
        piece, fields = await self._piece(request), await read_fields(request)
        try:
            moved = await self._care.move(piece.label, place_in(fields), actor=caller.actor)
        except REFUSALS as refusal:
            return back(address_of(piece), *why(refusal))
        return back(address_of(moved), "moved")

    async def change(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Write down another label, model or serial."""
        piece, fields = await self._piece(request), await read_fields(request)
        try:
            changed = await self._care.change(
                piece.label,
                to_label=fields.get("label", ""),
                model=fields.get("model", ""),
                serial=fields.get("serial", ""),
                actor=caller.actor,
            )
        except REFUSALS as refusal:
            return back(address_of(piece), *why(refusal))
        return back(address_of(changed), "changed")

    async def open_order(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Open an order by hand."""
        piece, fields = await self._piece(request), await read_fields(request)
        order_id = as_uuid(fields.get("once", ""))
        if order_id is None:
            return back(address_of(piece), "stands-so")
        try:
            order = await self._care.open_order(
                order_id,
                piece.label,
                title=fields.get("title", ""),
                steps=steps_in(fields.get("steps", "")[:6000]),
                stops_work=fields.get("stops_work") == "yes",
                due_on=day_in(fields.get("due_on")),
                actor=caller.actor,
            )
        except REFUSALS as refusal:
            return back(address_of(piece), *why(refusal))
        return back(f"{PATH}/orders/{order.id}", "opened")

    async def act(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Start, finish or cancel an order."""
        order_id, fields = uuid_in_path(request, "order"), await read_fields(request)
        act, said = _ACTS[request.match_info["act"]]
        try:
            await self._care.act(
                order_id,
                act,
                done_text=fields.get("done_text", ""),
                parts=fields.get("parts", ""),
                minutes=number_in(fields.get("minutes")),
                steps_done=[place for place in range(MOST_STEPS) if f"step-{place}" in fields]
                if act == "finish"
                else None,
                mends=fields.get("mends") == "yes",
                actor=caller.actor,
            )
        except UnknownOrder:
            raise web.HTTPNotFound from None
        except CannotMaintain as refusal:
            return back(f"{PATH}/orders/{order_id}", *why(refusal))
        return back(f"{PATH}/orders/{order_id}", said)

    async def make_plan(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Make a plan."""
        fields = await read_fields(request)
        plan_id = as_uuid(fields.get("once", ""))
        if plan_id is None:
            return back(PATH, "stands-so")
        try:
            await self._plans.make(plan_id, plan_in(fields), actor=caller.actor)
        except (CannotMaintain, UnknownEquipment) as refusal:
            return back(PATH, *why(refusal))
        return back(PATH, "plan-made")

    async def end_plan(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """End a plan."""
        await read_fields(request)
        try:
            await self._plans.end(uuid_in_path(request, "plan"), actor=caller.actor)
        except UnknownMaintenancePlan:
            raise web.HTTPNotFound from None
        return back(PATH, "plan-ended")

    async def _piece(self, request: web.Request) -> Equipment:
        """Return the piece that the address names; what is none is not found."""
        try:
            return await self._care.find(request.match_info["label"])
        except UnknownEquipment:
            raise web.HTTPNotFound from None

    async def _spots(self) -> Spots:
        queue = self._queue
        states = await list_devices(queue.pool, centre_id=queue.centre.id, at=queue.clock.now())
        hall = await queue.hall()
        return Spots(
            tuple(each.device.name for each in states),
            tuple(window.number for window in hall.windows),
        )

    async def _names(self) -> dict[UUID, Words]:
        pool, centre_id = self._queue.pool, self._queue.centre.id
        names = names_of(await list_staff(pool, centre_id=centre_id))
        return names | {
            key.id: Words(key.name, key.name) for key in await list_keys(pool, centre_id=centre_id)
        }
