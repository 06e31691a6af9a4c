"""From a reported fault to the maintenance order for it."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from aiohttp import web

from core_services.ids import new_id
from queue_server.faults.faults import Faults
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import Equipment, Order
from queue_server.maintenance.ties import pieces_behind
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.faults.pages import one_row
from queue_server.web.faults.view import FaultRow
from queue_server.web.keys import PAGES
from queue_server.web.staff_pages import staff_page, uuid_in_path
from queue_server.web.supervisor.maintenance_answers import REFUSALS, back, said_in, why
from queue_server.web.supervisor.maintenance_view import PATH, Said
from queue_server.web.supervisor.pages import as_uuid


@dataclass(frozen=True, slots=True)
class FaultOrderPage:
    """The orders for one fault, and the form that opens one."""

    template: ClassVar[str] = "supervisor_fault_order.html"

    row: FaultRow
    orders: tuple[Order, ...]
    pieces: tuple[Equipment, ...]
    """That may be behind it, the likeliest first."""
    once: UUID
    said: Said | None

    @property
    def may_open(self) -> bool:
        """Say whether an order for it can be opened: one at a time."""
        return self.row.fault.is_open and all(each.state == "cancelled" for each in self.orders)


class FaultOrders:
    """Shows the orders for a fault, and opens one."""

    def __init__(self, care: Maintenance, faults: Faults) -> None:
        self._care = care
        self._faults = faults

    def install(self, app: web.Application) -> None:
        """Serve `/supervisor/maintenance/faults/{fault}`."""
        shown = staff_page("care_for_devices")
        app.router.add_get(PATH + "/faults/{fault}", shown(self.page))
        app.router.add_post(PATH + "/faults/{fault}/order", shown(self.open))

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the orders for a fault, and what could be behind it."""
        row = await self._row(request)
        page = FaultOrderPage(
            row=row,
            orders=await self._care.orders_of_fault(row.fault.id),
            pieces=pieces_behind(row.fault, await self._care.all()),
            once=new_id(self._care.queue.clock.now()),
            said=said_in(request),
        )
        return await request.app[PAGES].answer(request, page)

    async def open(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Open an order for the piece that was chosen."""
        row, fields = await self._row(request), await read_fields(request)
        here = f"{PATH}/faults/{row.fault.id}"
        order_id = as_uuid(fields.get("once", ""))
        if order_id is None or not row.fault.is_open:
            return back(here, "stands-so")
        try:
            order = await self._care.open_order(
                order_id,
                fields.get("label", ""),
                title=fields.get("title", ""),
                stops_work=fields.get("stops_work") == "yes",
                fault_id=row.fault.id,
                actor=caller.actor,
            )
        except REFUSALS as refusal:
            return back(here, *why(refusal))
        return back(f"{PATH}/orders/{order.id}", "opened")

    async def row_of(self, fault_id: UUID | None) -> FaultRow | None:
        """Return a fault with its names."""
        return None if fault_id is None else await one_row(self._faults, fault_id)

    async def _row(self, request: web.Request) -> FaultRow:
        row = await one_row(self._faults, uuid_in_path(request, "fault"))
        if row is None:
            raise web.HTTPNotFound
        return row
