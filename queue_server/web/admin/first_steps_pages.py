"""`/admin/first-steps`: pairs a new centre's first kiosk and hall screen and tries the printer.

Everything here is done by the page of machines and by errands; this page puts it in order and shows
live what has come. It may be left and come back to.
"""

import asyncio
from typing import Final

from aiohttp import web

from core_services.devices.errors import UnknownDeviceError
from core_services.devices.register import find_device
from queue_server.errands import Errands
from queue_server.settings import ServerSettings
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import CannotBeTold
from queue_server.tls.line import look_at_line
from queue_server.web.admin.devices import Mistake, ShownCode, open_code
from queue_server.web.admin.first_steps import (
    FIRST_NAMES,
    FirstStepsNow,
    FirstStepsPage,
    first_steps_now,
)
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import part_of_page, staff_page
from queue_server.web.supervisor.pages import as_uuid
from queue_server.web.supervisor.reading import Reading

ROOT: Final = "/admin/first-steps"
_ERRANDS_READ: Final = 12


class FirstStepsPages:
    """Shows the first machines, opens codes for them and has kiosks print a sample slip."""

    def __init__(
        self, queue: Queue, reading: Reading, errands: Errands, settings: ServerSettings
    ) -> None:
        self._queue = queue
        self._reading = reading
        self._errands = errands
        self._settings = settings

    def install(self, app: web.Application) -> None:
        """Add the routes; all of them are an administrator's."""
        page = staff_page("manage_devices")
        app.router.add_get(ROOT, page(self.show))
        app.router.add_get(ROOT + "/now", staff_page("manage_devices", renews=True)(self.now))
        app.router.add_post(ROOT + "/pair", page(self.pair))
        app.router.add_post(ROOT + "/slip", page(self.slip))

    async def show(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show how far the first machines are."""
        return await self._answer(request, is_new="new" in request.query)

    async def now(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the part of the page that changes."""
        return part_of_page(request, caller, await self._now())

    async def pair(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Open a code and show it in the answer alone."""
        fields = await read_fields(request)
        shown, mistake = await open_code(self._queue, request, caller, fields)
        return await self._answer(
            request,
            shown=shown,
            mistake=mistake,
            kind=fields.get("kind", ""),
            name=fields.get("name", "").strip()[:64],
            status=200 if mistake is None else 422,
        )

    async def slip(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Have a kiosk print a sample slip, once for each press."""
        fields = await read_fields(request)
        errand_id = as_uuid(fields.get("order", ""))
        caller.require("care_for_devices")
        try:
            device = await find_device(
                self._queue.pool,
                centre_id=self._queue.centre.id,
                name=fields.get("device", ""),
            )
            if errand_id is not None:
                await self._errands.order(errand_id, device, "trial", actor=caller.actor)
        except (UnknownDeviceError, CannotBeTold):
            raise web.HTTPNotFound from None
        return see_other(f"{ROOT}#step-slip")

    async def _now(self) -> FirstStepsNow:
        rows = [each for each in await self._reading.devices() if each.kind in FIRST_NAMES]
        errands = {
            row.id: await self._errands.of_device(row.id, limit=_ERRANDS_READ)
            for row in rows
            if row.kind == "kiosk"
        }
        return first_steps_now(rows, errands, at=self._queue.clock.now())

    async def _answer(
        self,
        request: web.Request,
        *,
        status: int = 200,
        shown: ShownCode | None = None,
        mistake: Mistake | None = None,
        kind: str = "",
        name: str = "",
        is_new: bool = False,
    ) -> web.StreamResponse:
        at = self._queue.clock.now()
        page = FirstStepsPage(
            now=await self._now(),
            line=await asyncio.to_thread(look_at_line, self._settings, at=at),
            keys=str(self._settings.data_dir / "keys"),
            shown=shown,
            mistake=mistake,
            kind=kind,
            name=name,
            is_new=is_new,
        )
        return await request.app[PAGES].answer(request, page, status=status, at=ROOT)
