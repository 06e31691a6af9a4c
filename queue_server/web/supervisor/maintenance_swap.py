"""Serves the swap: the label of the broken piece, then the spare's, then one press."""

from urllib.parse import urlencode

from aiohttp import web

from queue_server.faults.faults import Faults
from queue_server.maintenance.errors import UnknownEquipment
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import Equipment
from queue_server.maintenance.ties import faults_behind
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.faults.pages import rows_of
from queue_server.web.faults.view import FaultRow
from queue_server.web.staff_pages import staff_page
from queue_server.web.supervisor.maintenance_answers import (
    address_of,
    answer_form,
    back,
    said_in,
)
from queue_server.web.supervisor.maintenance_form import Said
from queue_server.web.supervisor.maintenance_reading import REFUSALS, Came
from queue_server.web.supervisor.maintenance_view import PATH, SwapPage, spares_for


class SwapPages:
    """Asks for the two labels, and swaps what they are on, once for each press."""

    def __init__(self, care: Maintenance, faults: Faults) -> None:
        self._care = care
        self._faults = faults

    def install(self, app: web.Application) -> None:
        """Serve `/supervisor/maintenance/swap`."""
        shown = staff_page("care_for_devices")
        app.router.add_get(PATH + "/swap", shown(self.page))
        app.router.add_post(PATH + "/swap", shown(self.swap))

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Ask for the label of the broken piece, then for the spare's, then for one press."""
        query = {name: request.query.get(name, "") for name in ("broken", "spare", "code")}
        broken, unknown = await self._scanned(query["broken"])
        if broken is None and query["code"]:
            broken, unknown = await self._scanned(query["code"])
            query["code"] = ""
        spare, not_known = await self._scanned(query["spare"] or query["code"])
        return await self._answer(request, broken, spare, unknown=unknown or not_known)

    async def swap(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Swap the two pieces of the form, once for each press."""
        came = Came("swap", await read_fields(request))
        swap_id, note = came.once, came.words("note")
        if swap_id is None:
            return back(PATH + "/swap", "stands-so")
        broken, _ = await self._scanned(came.fields.get("broken", ""))
        shown = came.fields.get("faults", "").split()
        behind = [row.fault.id for row in await self._faults_behind(broken)]
        if not came.mistakes:
            try:
                done = await self._care.swap(
                    swap_id,
                    broken=came.fields.get("broken", ""),
                    spare=came.fields.get("spare", ""),
                    to="shelf" if came.fields.get("to") == "shelf" else "repair",
                    note=note,
                    mends=[
                        each for each in behind if came.is_ticked("mends") and str(each) in shown
                    ],
                    actor=caller.actor,
                )
                said = "swapped" if done.is_new else "swapped-before"
                return back(address_of(done.spare), said)
            except REFUSALS as refusal:
                came.refuse(refusal)
        spare, _ = await self._scanned(came.fields.get("spare", ""))
        return await self._answer(request, broken, spare, came=came)

    async def _answer(
        self,
        request: web.Request,
        broken: Equipment | None,
        spare: Equipment | None,
        *,
        unknown: str = "",
        came: Came | None = None,
    ) -> web.StreamResponse:
        page = SwapPage(
            broken=broken,
            spare=spare,
            spares=spares_for(broken, await self._care.all()),
            faults=await self._faults_behind(broken),
            at=self._care.queue.clock.now(),
            said=said_in(request) or (Said("unknown-label", unknown) if unknown else None),
            sent=None if came is None else came.form(),
        )
        known = {"broken": broken, "spare": spare}
        query = {name: piece.label for name, piece in known.items() if piece is not None}
        return await answer_form(request, page, came, at=f"{PATH}/swap?{urlencode(query)}")

    async def _scanned(self, text: str) -> tuple[Equipment | None, str]:
        """Return the piece of a label, and what was read where no piece has it."""
        if not text.strip():
            return None, ""
        try:
            return await self._care.find(text), ""
        except UnknownEquipment as unknown:
            return None, unknown.label or "؟"

    async def _faults_behind(self, piece: Equipment | None) -> tuple[FaultRow, ...]:
        """Return the open faults that a piece may be behind."""
        if piece is None or not piece.place.is_in_use:
            return ()
        return await rows_of(self._faults, faults_behind(piece, await self._faults.open()))
