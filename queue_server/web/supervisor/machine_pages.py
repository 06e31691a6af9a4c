"""Serves the page of each machine and the forms by which it is told to do something."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import quote
from uuid import UUID

from aiohttp import hdrs, web

from core_services.devices.errors import UnknownDeviceError
from core_services.devices.model import Device
from core_services.devices.register import find_device
from core_services.devices.store_presence import open_commands
from queue_server.errands import Errands
from queue_server.maintenance.maintenance import Maintenance
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import CannotBeTold
from queue_server.tickets.model import Actor
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.faults.pages import names_of_all, rows_of
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import part_of_page, staff_page
from queue_server.web.supervisor.machine import (
    ERRANDS_SHOWN,
    FAULTS_SHOWN,
    MachineNow,
    MachinePage,
    machine_now,
)
from queue_server.web.supervisor.pages import ROOT, as_uuid
from queue_server.web.supervisor.reading import Reading

PATH: Final = f"{ROOT}/machines"
MINUTES: Final = (15, 60, 240, 1440)
"""For which a notice may stand."""


class MachinePages:
    """Shows the machines one by one and tells them what the forms say, each press once."""

    def __init__(self, queue: Queue, reading: Reading, errands: Errands, care: Maintenance) -> None:
        self._queue = queue
        self._reading = reading
        self._errands = errands
        self._care = care

    def install(self, app: web.Application) -> None:
        """Serve `/supervisor/machines/{device}`."""
        shown, renewed = staff_page("care_for_devices"), staff_page("care_for_devices", renews=True)
        app.router.add_get(PATH + "/{device}", shown(self.page))
        app.router.add_get(PATH + "/{device}/now", renewed(self.now))
        app.router.add_get(PATH + "/{device}/picture", shown(self.picture))
        app.router.add_post(PATH + "/{device}/errands", shown(self.order))

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show one machine, and what was done if an act has led here."""
        device = await self._device(request)
        return await self._answer(request, device, request.query.get("said", ""))

    async def now(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the part of the page that changes."""
        return part_of_page(request, caller, await self._now(await self._device(request)))

    async def picture(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the last picture of the machine's glass; 404 where there is none."""
        device = await self._device(request)
        found = await self._errands.picture(device.id)
        if found is None:
            raise web.HTTPNotFound
        return web.Response(
            body=found.content,
            content_type="image/webp",
            headers={hdrs.CACHE_CONTROL: "no-store, private"},
        )

    async def order(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Tell the machine to do what the form says."""
        device, fields = await self._device(request), await read_fields(request)
        errand_id = as_uuid(fields.get("order", ""))
        if errand_id is None:
            return _back(device, "no-such")
        try:
            given = await self._do(errand_id, device, fields, caller.actor)
        except CannotBeTold as refused:
            return await self._answer(request, device, refused.state, typed=fields, status=409)
        return _back(device, "ordered-before" if given is None else "ordered")

    async def _answer(
        self,
        request: web.Request,
        device: Device,
        said: str,
        *,
        typed: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> web.StreamResponse:
        pieces = tuple(each for each in await self._care.all() if each.device_id == device.id)
        page = MachinePage(await self._now(device), said, pieces, typed or {})
        address = f"{PATH}/{device.name}"
        return await request.app[PAGES].answer(request, page, status=status, at=address)

    async def _do(
        self, errand_id: UUID, device: Device, fields: Mapping[str, str], actor: Actor
    ) -> UUID | None:
        text_ar, text_en = fields.get("text_ar", ""), fields.get("text_en", "")
        match fields.get("do"):
            case "trial" | "restart" | "picture" as kind:
                return await self._errands.order(errand_id, device, kind, actor=actor)
            case "out":
                return await self._errands.put_out_of_service(
                    errand_id, device, text_ar=text_ar, text_en=text_en, actor=actor
                )
            case "in":
                return await self._errands.put_into_service(errand_id, device, actor=actor)
            case "notice":
                minutes = next(
                    (each for each in MINUTES if str(each) == fields.get("minutes")), MINUTES[0]
                )
                return await self._errands.show_notice(
                    errand_id,
                    device,
                    text_ar=text_ar,
                    text_en=text_en,
                    until=self._queue.clock.now() + timedelta(minutes=minutes),
                    actor=actor,
                )
            case "end-notice":
                return await self._errands.end_notice(errand_id, device, actor=actor)
        raise CannotBeTold(state="not-its-errand")

    async def _device(self, request: web.Request) -> Device:
        """Return the machine that the address names; what is none is not found."""
        try:
            return await find_device(
                self._queue.pool,
                centre_id=self._queue.centre.id,
                name=request.match_info["device"].replace("\0", ""),
            )
        except UnknownDeviceError:
            raise web.HTTPNotFound from None

    async def _now(self, device: Device) -> MachineNow:
        queue = self._queue
        pool, centre_id = queue.pool, queue.centre.id
        row = next((each for each in await self._reading.devices() if each.id == device.id), None)
        if row is None:
            raise web.HTTPNotFound
        return machine_now(
            row,
            errands=await self._errands.of_device(device.id, limit=ERRANDS_SHOWN),
            commands=await open_commands(pool, centre_id=centre_id),
            names=await names_of_all(self._reading.faults),
            picture_at=await self._errands.picture_taken_at(device.id),
            at=queue.clock.now(),
            faults=await rows_of(
                self._reading.faults,
                await self._reading.faults.of_device(device.id, limit=FAULTS_SHOWN),
            ),
        )


def _back(device: Device, said: str) -> web.Response:
    return see_other(f"{PATH}/{quote(device.name)}?said={said}")
