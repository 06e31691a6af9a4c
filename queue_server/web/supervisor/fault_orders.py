"""From a reported fault to the maintenance order for it."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from queue_server.faults.faults import Faults
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import Equipment, Order
from queue_server.maintenance.ties import pieces_behind
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.faults.pages import one_row
from queue_server.web.faults.view import FaultRow
from queue_server.web.staff_pages import staff_page, uuid_in_path
from queue_server.web.supervisor.maintenance_answers import answer_form, back, said_in
from queue_server.web.supervisor.maintenance_form import FormsPage
from queue_server.web.supervisor.maintenance_reading import REFUSALS, Came
from queue_server.web.supervisor.maintenance_view import PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultOrderPage(FormsPage):
    """The orders for one fault, and the form that opens one."""

    template: ClassVar[str] = "supervisor_fault_order.html"

    row: FaultRow
    orders: tuple[Order, ...]
    pieces: tuple[Equipment, ...]
    """That may be behind it, the likeliest first."""

    @property
    def may_open(self) -> bool:
        """Say whether an order for it can be opened: one at a time."""
        return self.row.fault.is_open and all(each.ended_at for each in self.orders)


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
        return await self._answer(request, await self._row(request))

    async def open(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Open an order for the piece that was chosen."""
        row, came = await self._row(request), Came("order", await read_fields(request))
        order_id, title = came.once, came.words("title", needed="lacks-title")
        if order_id is None or not row.fault.is_open:
            return back(address_of_fault(row), "stands-so")
        if not came.mistakes:
            try:
                order = await self._care.open_order(
                    order_id,
                    came.fields.get("label", ""),
                    title=title,
                    stops_work=came.is_ticked("stops_work"),
                    fault_id=row.fault.id,
                    actor=caller.actor,
                )
                return back(f"{PATH}/orders/{order.id}", "opened")
            except REFUSALS as refusal:
                came.refuse(refusal)
        return await self._answer(request, row, came)

    async def _answer(
        self, request: web.Request, row: FaultRow, came: Came | None = None
    ) -> web.StreamResponse:
        page = FaultOrderPage(
            row=row,
            orders=await self._care.orders_of_fault(row.fault.id),
            pieces=pieces_behind(row.fault, await self._care.all()),
            at=self._care.queue.clock.now(),
            said=said_in(request),
            sent=None if came is None else came.form(),
        )
        return await answer_form(request, page, came, at=address_of_fault(row))

    async def _row(self, request: web.Request) -> FaultRow:
        row = await one_row(self._faults, uuid_in_path(request, "fault"))
        if row is None:
            raise web.HTTPNotFound
        return row


def address_of_fault(row: FaultRow) -> str:
    """Return where the orders of a fault are shown."""
    return f"{PATH}/faults/{row.fault.id}"
