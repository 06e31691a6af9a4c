"""Serves the page of each maintenance order, on which it is begun, done or cancelled."""

from collections.abc import Mapping
from typing import Final, cast
from uuid import UUID

from aiohttp import web

from queue_server.faults.faults import Faults
from queue_server.maintenance.errors import UnknownOrder
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import OrderAct
from queue_server.maintenance.orders import MOST_MINUTES
from queue_server.maintenance.texts import MOST_STEPS
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.faults.pages import names_of_all, one_row
from queue_server.web.staff_pages import staff_page, uuid_in_path
from queue_server.web.supervisor.maintenance_answers import answer_form, back, said_in
from queue_server.web.supervisor.maintenance_reading import REFUSALS, Came
from queue_server.web.supervisor.maintenance_view import PATH, OrderPage, event_rows

_SAID: Final[Mapping[OrderAct, str]] = {
    "start": "started",
    "finish": "finished",
    "cancel": "cancelled",
}


class OrderPages:
    """Shows the orders one by one, and does what the forms say."""

    def __init__(self, care: Maintenance, faults: Faults) -> None:
        self._care = care
        self._faults = faults

    def install(self, app: web.Application) -> None:
        """Serve `/supervisor/maintenance/orders/{order}`."""
        shown = staff_page("care_for_devices")
        here = PATH + "/orders/{order}"
        app.router.add_get(here, shown(self.page))
        app.router.add_post(here + "/{act:start|finish|cancel}", shown(self.act))

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show one order."""
        return await self._answer(request, uuid_in_path(request, "order"))

    async def act(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Start, finish or cancel an order."""
        order_id, act = uuid_in_path(request, "order"), cast(OrderAct, request.match_info["act"])
        came = Came(act, await read_fields(request))
        said = came.words("done_text", needed="lacks-reason" if act == "cancel" else "")
        parts, minutes = came.words("parts"), came.number("minutes", least=0, most=MOST_MINUTES)
        ticked = [place for place in range(MOST_STEPS) if came.is_ticked(f"step-{place}")]
        if not came.mistakes:
            try:
                await self._care.act(
                    order_id,
                    act,
                    done_text=said,
                    parts=parts,
                    minutes=minutes,
                    steps_done=ticked if act == "finish" else None,
                    mends=came.is_ticked("mends"),
                    actor=caller.actor,
                )
                return back(f"{PATH}/orders/{order_id}", _SAID[act])
            except UnknownOrder:
                raise web.HTTPNotFound from None
            except REFUSALS as refusal:
                came.refuse(refusal)
        return await self._answer(request, order_id, came)

    async def _answer(
        self, request: web.Request, order_id: UUID, came: Came | None = None
    ) -> web.StreamResponse:
        care = self._care
        try:
            order = await care.order(order_id)
        except UnknownOrder:
            raise web.HTTPNotFound from None
        names = await names_of_all(self._faults)
        page = OrderPage(
            order=order,
            today=care.today,
            fault=None if order.fault_id is None else await one_row(self._faults, order.fault_id),
            started_by=None if order.started_by is None else names.get(order.started_by),
            ended_by=None if order.ended_by is None else names.get(order.ended_by),
            events=event_rows(await care.history([order.id]), names),
            at=care.queue.clock.now(),
            said=said_in(request),
            sent=None if came is None else came.form(),
        )
        return await answer_form(request, page, came, at=f"{PATH}/orders/{order_id}")
