"""Serves the swap: the label of the broken piece, then the spare's, then one press."""

from urllib.parse import urlencode

from aiohttp import web

from queue_server.faults.faults import Faults
from queue_server.maintenance.errors import UnknownEquipment
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import Equipment
from queue_server.maintenance.ties import faults_behind
from queue_server.tickets.errors import CannotMaintain
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.faults.pages import rows_of
from queue_server.web.faults.view import FaultRow
from queue_server.web.keys import PAGES
from queue_server.web.staff_pages import staff_page
from queue_server.web.supervisor.maintenance_answers import address_of, back, said_in, why
from queue_server.web.supervisor.maintenance_view import PATH, Said, SwapPage, spares_for
from queue_server.web.supervisor.pages import as_uuid


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
        said = said_in(request)
        broken, unknown = await self._scanned(query["broken"])
        if broken is None and query["code"]:
            broken, unknown = await self._scanned(query["code"])
            query["code"] = ""
        spare, not_known = await self._scanned(query["spare"] or query["code"])
        unknown = unknown or not_known
        page = SwapPage(
            broken=broken,
            spare=spare,
            spares=spares_for(broken, await self._care.all()),
            faults=await self._faults_behind(broken),
            at=self._care.queue.clock.now(),
            said=said or (Said("unknown-label", unknown) if unknown else None),
        )
        return await request.app[PAGES].answer(request, page)

    async def swap(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Swap the two pieces of the form, once for each press."""
        fields = await read_fields(request)
        swap_id = as_uuid(fields.get("once", ""))
        if swap_id is None:
            return back(PATH + "/swap", "stands-so")
        broken, _ = await self._scanned(fields.get("broken", ""))
        shown = fields.get("faults", "").split()
        behind = [row.fault.id for row in await self._faults_behind(broken)]
        try:
            done = await self._care.swap(
                swap_id,
                broken=fields.get("broken", ""),
                spare=fields.get("spare", ""),
                to="shelf" if fields.get("to") == "shelf" else "repair",
                note=fields.get("note", ""),
                mends=[each for each in behind if fields.get("mends") and str(each) in shown],
                actor=caller.actor,
            )
        except (CannotMaintain, UnknownEquipment) as refusal:
            again = {name: fields.get(name, "")[:40] for name in ("broken", "spare")}
            return back(f"{PATH}/swap?{urlencode(again)}", *why(refusal))
        return back(address_of(done.spare), "swapped" if done.is_new else "swapped-before")

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
