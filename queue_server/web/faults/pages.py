"""Serves `/fault`, on which any member of staff reports what does not work, from any screen."""

import hashlib
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from aiohttp import web

from core_services.database.errors import DatabaseGone, LockTimeout, StatementTimeout
from core_services.devices.model import DeviceState
from core_services.devices.register import list_devices
from core_services.ids import new_id
from core_services.people.api_keys import list_keys
from core_services.people.permissions import permissions_of_role
from core_services.people.staff import list_staff
from queue_server.faults.browser import browser_of
from queue_server.faults.faults import Faults
from queue_server.faults.model import Fault, FaultKind, Place, Report
from queue_server.tickets.errors import KeyReused, UnknownFault
from queue_server.tickets.model import Claim
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.desk.choice import own_windows
from queue_server.web.faults.form import (
    HALL,
    Draft,
    FaultPage,
    Places,
    device_id_of,
    draft_of,
    places_of,
)
from queue_server.web.faults.view import FaultRow, fault_rows
from queue_server.web.keys import PAGES, PUBLIC_URL
from queue_server.web.people_names import names_of
from queue_server.web.redirects import see_other
from queue_server.web.security import is_same_origin
from queue_server.web.staff_pages import staff_page
from queue_server.web.words import Words

PATH: Final = "/fault"
_AWAY: Final = (DatabaseGone, LockTimeout, StatementTimeout)


class FaultForms:
    """Shows the form and takes what it brings, each press once."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._queue = faults.queue
        self._last_places = Places()
        """The machines and windows as they were read last, for when they cannot be."""

    def install(self, app: web.Application) -> None:
        """Serve the form; the web frame is installed already."""
        reporter = staff_page("report_faults")
        app.router.add_get(PATH, reporter(self.show))
        taken = reporter(self.take)

        async def send(request: web.Request) -> web.StreamResponse:
            try:
                return await taken(request)
            except _AWAY:
                if not is_same_origin(request, request.app[PUBLIC_URL]):
                    raise
                return await self._keep_words(request)

        app.router.add_post(PATH, send)

    async def show(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the form, and what was reported if sending it has led here."""
        draft = draft_of(request.query, key=self._new_key())
        machines = await self._machines()
        places, own = await self._places(machines, caller)
        if not places.has(draft.place):
            draft = replace(draft, place=f"window:{own[0]}" if own else HALL)
        draft = replace(draft, screen=await _screen(request, draft.back))
        rows = await self._own_rows(caller)
        reported = next(
            (row for row in rows if str(row.fault.id) == request.query.get("reported")), None
        )
        page = FaultPage(
            draft=draft,
            places=places,
            own=rows,
            reported=reported,
            is_joined=request.query.get("joined") == "yes",
        )
        return await request.app[PAGES].answer(request, page)

    async def take(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Enter the report; what is missing is said on the form, and nothing typed is lost."""
        draft = draft_of(await read_fields(request), key=self._new_key())
        machines = await self._machines()
        places, own = await self._places(machines, caller)
        mistakes = draft.mistakes(places)
        if mistakes or draft.kind is None:
            page = FaultPage(
                draft=draft, places=places, own=await self._own_rows(caller), mistakes=mistakes
            )
            return await request.app[PAGES].answer(request, page, status=422, at=_address(draft))
        try:
            reported = await self._faults.report(
                Report(
                    kind=draft.kind,
                    place=await self._place(draft, draft.kind, machines),
                    stops_work=draft.stops_work,
                    words=draft.words,
                    from_window=own[0] if own else None,
                    screen=draft.screen if _is_route(request, draft.screen) else None,
                ),
                actor=caller.actor,
                browser=browser_of(request.headers.get("User-Agent", ""), draft.size),
                claim=_claim(caller, draft),
            )
        except KeyReused:
            page = FaultPage(
                draft=replace(draft, key=self._new_key()),
                places=places,
                own=await self._own_rows(caller),
                mistakes=("sent-before",),
            )
            return await request.app[PAGES].answer(request, page, status=409, at=_address(draft))
        said = {"reported": str(reported.fault.id)}
        if reported.is_joined:
            said["joined"] = "yes"
        return see_other(_address(draft, **said))

    async def _keep_words(self, request: web.Request) -> web.StreamResponse:
        """Show the form again while the database is away, with all that was typed."""
        fields = await read_fields(request)
        draft = draft_of(fields, key=self._new_key())
        places = self._last_places
        if draft.window is not None and not places.has(draft.place):
            places = Places((draft.window,), places.windows, places.machines)
        page = FaultPage(draft=draft, places=places, is_away=True, csrf=fields.get("csrf", "")[:80])
        return await request.app[PAGES].answer(
            request,
            page,
            status=503,
            headers={"Retry-After": "2"},
            ask_who=False,
            at=_address(draft),
        )

    async def _place(
        self, draft: Draft, kind: FaultKind, machines: tuple[DeviceState, ...]
    ) -> Place:
        """Return where it is: a kiosk is never a window's, a crowd is the hall's."""
        is_of_window = kind not in ("kiosk", "crowd")
        if draft.device is not None:
            device_id = device_id_of(machines, draft.device)
            window = next(
                (
                    number
                    for each in machines
                    if each.device.id == device_id
                    and (number := _only_window(each)) is not None
                    and is_of_window
                ),
                None,
            )
            return Place(device_id, window)
        if draft.window is not None and is_of_window:
            return await self._faults.place_of_window(draft.window)
        return Place()

    async def _machines(self) -> tuple[DeviceState, ...]:
        queue = self._queue
        return await list_devices(queue.pool, centre_id=queue.centre.id, at=queue.clock.now())

    async def _places(
        self, machines: tuple[DeviceState, ...], caller: Caller
    ) -> tuple[Places, tuple[int, ...]]:
        hall = await self._queue.hall()
        own = tuple(each.number for each in own_windows(hall.windows, caller.actor))
        numbers = [each.number for each in hall.windows]
        self._last_places = places_of(machines, numbers, ())
        return places_of(machines, numbers, own), own

    async def _own_rows(self, caller: Caller) -> tuple[FaultRow, ...]:
        if caller.actor.id is None:
            return ()
        return await rows_of(self._faults, await self._faults.reported_by(caller.actor.id))

    def _new_key(self) -> str:
        return new_id(self._queue.clock.now()).hex


async def rows_of(faults: Faults, found: tuple[Fault, ...]) -> tuple[FaultRow, ...]:
    """Return faults with the names of their people."""
    queue = faults.queue
    return fault_rows(
        found,
        names=await names_of_all(faults) if found else {},
        at=queue.clock.now(),
    )


async def names_of_all(faults: Faults) -> dict[UUID, Words]:
    """Return the names of everybody who can act, people and programs."""
    pool, centre_id = faults.queue.pool, faults.queue.centre.id
    names = names_of(await list_staff(pool, centre_id=centre_id))
    return names | {
        key.id: Words(key.name, key.name) for key in await list_keys(pool, centre_id=centre_id)
    }


async def takers_of(faults: Faults) -> dict[UUID, Words]:
    """Return the names of those who may take a fault up: who works here and cares for machines."""
    people = await list_staff(faults.queue.pool, centre_id=faults.queue.centre.id)
    return names_of(
        person
        for person in people
        if person.is_active and "care_for_devices" in permissions_of_role(person.role)
    )


async def one_row(faults: Faults, fault_id: UUID) -> FaultRow | None:
    """Return one fault with its names; None where there is none."""
    try:
        found = await faults.one(fault_id)
    except UnknownFault:
        return None
    return (await rows_of(faults, (found,)))[0]


def _only_window(machine: DeviceState) -> int | None:
    """Return the one window that a workstation stands at."""
    if machine.presence is None or machine.device.kind != "workstation":
        return None
    numbers = {
        each.window for each in machine.presence.beat.attached or () if each.window is not None
    }
    return numbers.pop() if len(numbers) == 1 else None


def _address(draft: Draft, **said: str) -> str:
    fields = {"from": draft.back, **said}
    query = urlencode({name: value for name, value in fields.items() if value})
    return f"{PATH}?{query}" if query else PATH


async def _screen(request: web.Request, address: str) -> str:
    """Return the template of the route of a screen of ours; nothing for what is none."""
    if not address:
        return ""
    asked = request.clone(method="GET", rel_url=urlsplit(address).path)
    found = await request.app.router.resolve(asked)
    resource = found.route.resource
    return "" if found.http_exception is not None or resource is None else resource.canonical


def _is_route(request: web.Request, template: str) -> bool:
    """Say whether that is the template of a route of ours, as the form had it."""
    return any(each.canonical == template for each in request.app.router.resources())


def _claim(caller: Caller, draft: Draft) -> Claim:
    meaning = "\0".join((str(draft.kind), draft.place, draft.words, str(draft.stops_work)))
    return Claim(
        credential=caller.credential,
        method="POST",
        path=PATH,
        key=draft.key,
        fingerprint=hashlib.sha256(meaning.encode()).digest(),
    )
