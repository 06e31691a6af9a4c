"""Serves the page of each piece of equipment, and the forms on it."""

from aiohttp import web

from core_services.devices.store_presence import list_devices
from queue_server.faults.faults import Faults
from queue_server.maintenance.errors import UnknownEquipment
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import Equipment
from queue_server.maintenance.planning import Plans
from queue_server.tickets.acts import Queue
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.faults.pages import names_of_all
from queue_server.web.staff_pages import staff_page
from queue_server.web.supervisor.maintenance_answers import (
    address_of,
    answer_form,
    back,
    said_in,
)
from queue_server.web.supervisor.maintenance_reading import REFUSALS, Came
from queue_server.web.supervisor.maintenance_view import PATH, EquipmentPage, Spots, event_rows


class PiecePages:
    """Shows the pieces one by one; moves them, changes them and opens orders for them."""

    def __init__(self, care: Maintenance, plans: Plans, faults: Faults) -> None:
        self._care = care
        self._plans = plans
        self._faults = faults

    def install(self, app: web.Application) -> None:
        """Serve `/supervisor/maintenance/equipment/{label}`."""
        shown = staff_page("care_for_devices")
        router, here = app.router, PATH + "/equipment/{label}"
        router.add_get(here, shown(self.page))
        router.add_post(here + "/move", shown(self.move))
        router.add_post(here + "/change", shown(self.change))
        router.add_post(here + "/order", shown(self.open_order))

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show one piece."""
        return await self._answer(request, await self._piece(request))

    async def move(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Put a piece somewhere else."""
        piece, came = await self._piece(request), Came("move", await read_fields(request))
        place = came.place()
        if not came.mistakes:
            try:
                moved = await self._care.move(piece.label, place, actor=caller.actor)
                return back(address_of(moved), "moved")
            except REFUSALS as refusal:
                came.refuse(refusal)
        return await self._answer(request, piece, came)

    async def change(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Write down another label, model or serial."""
        piece, came = await self._piece(request), Came("change", await read_fields(request))
        model, serial = came.words("model", needed="lacks-model"), came.words("serial")
        if not came.mistakes:
            try:
                changed = await self._care.change(
                    piece.label,
                    to_label=came.touched("label", came.fields.get("label", "")),
                    model=came.touched("model", model),
                    serial=came.touched("serial", serial),
                    actor=caller.actor,
                )
                return back(address_of(changed), "changed")
            except REFUSALS as refusal:
                came.refuse(refusal)
        return await self._answer(request, piece, came)

    async def open_order(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Open an order by hand."""
        piece, came = await self._piece(request), Came("order", await read_fields(request))
        order_id, title = came.once, came.words("title", needed="lacks-title")
        steps, due_on = came.steps(), came.day("due_on")
        if order_id is None:
            return back(address_of(piece), "stands-so")
        if not came.mistakes:
            try:
                order = await self._care.open_order(
                    order_id,
                    piece.label,
                    title=title,
                    steps=steps,
                    stops_work=came.is_ticked("stops_work"),
                    due_on=due_on,
                    actor=caller.actor,
                )
                return back(f"{PATH}/orders/{order.id}", "opened")
            except REFUSALS as refusal:
                came.refuse(refusal)
        return await self._answer(request, piece, came)

    async def _answer(
        self, request: web.Request, piece: Equipment, came: Came | None = None
    ) -> web.StreamResponse:
        care = self._care
        orders = await care.orders(of=piece)
        page = EquipmentPage(
            piece=piece,
            opened=tuple(each for each in orders if each.ended_at is None),
            over=tuple(each for each in orders if each.ended_at is not None),
            coming=tuple(
                each for each in await self._plans.coming() if each.equipment.id == piece.id
            ),
            events=event_rows(await care.history([piece.id]), await names_of_all(self._faults)),
            spots=await spots_of(care.queue),
            at=care.queue.clock.now(),
            said=said_in(request),
            sent=None if came is None else came.form(),
        )
        return await answer_form(request, page, came, at=address_of(piece))

    async def _piece(self, request: web.Request) -> Equipment:
        """Return the piece that the address names; what is none is not found."""
        try:
            return await self._care.find(request.match_info["label"])
        except UnknownEquipment:
            raise web.HTTPNotFound from None


async def spots_of(queue: Queue) -> Spots:
    """Return where a piece may be put: the machines that are in use, and the windows."""
    states = await list_devices(queue.pool, centre_id=queue.centre.id, at=queue.clock.now())
    hall = await queue.hall()
    return Spots(
        tuple(each.device.name for each in states), tuple(each.number for each in hall.windows)
    )
