"""The administrator's page of machines, `/admin/devices`: pair one, see them all, take one out."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Literal, get_args
from uuid import UUID

from aiohttp import web

from core_services.devices.errors import (
    BadDeviceNameError,
    DeviceNameTakenError,
    UnknownDeviceError,
)
from core_services.devices.model import DeviceKind, DeviceState
from core_services.devices.pairing import (
    NewPairing,
    end_pairing,
    open_pairing,
    open_pairings,
)
from core_services.devices.register import list_devices, revoke_device
from core_services.devices.store_pairing import ATTEMPTS, VALID_FOR, Pairing
from core_services.l10n import Language, digits
from queue_server.settings import ServerSettings
from queue_server.tickets.acts import Queue
from queue_server.tls.line import Line, look_at_line
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import staff_page, uuid_in_path

ROOT: Final = "/admin/devices"
KINDS: Final[tuple[DeviceKind, ...]] = get_args(DeviceKind)

Said = Literal["revoked", "withdrawn", "gone"]
Mistake = Literal["bad-name", "taken", "no-kind"]


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code just opened: shown this once, since it is kept nowhere."""

    name: str
    kind: DeviceKind
    code: str
    until: datetime
    command: str
    """What is typed on the machine."""

    def digits(self, language: Language) -> str:
        """Return the code as one number: groups of Eastern digits would change places."""
        return digits(self.code, language)


@dataclass(frozen=True, slots=True)
class DevicesPage:
    """All machines, the codes that are open, and how the server is reached."""

    template: ClassVar[str] = "admin_devices.html"

    devices: tuple[DeviceState, ...]
    pairings: tuple[Pairing, ...]
    line: Line
    shown: ShownCode | None = None
    said: Said | None = None
    mistake: Mistake | None = None
    name: str = ""
    kind: str = ""
    kinds: tuple[DeviceKind, ...] = KINDS
    minutes: int = int(VALID_FOR.total_seconds() // 60)

    def attempts_left(self, pairing: Pairing) -> int:
        return ATTEMPTS - pairing.attempts


class DevicePages:
    """Shows the machines, opens and withdraws codes, and takes machines out of service."""

    def __init__(
        self, queue: Queue, disconnect: Callable[[UUID], object], settings: ServerSettings
    ) -> None:
        self._queue = queue
        self._disconnect = disconnect
        self._settings = settings

    def install(self, app: web.Application) -> None:
        """Add the routes; all of them are an administrator's."""
        page = staff_page("manage_devices")
        app.router.add_get(ROOT, page(self.show))
        app.router.add_post(ROOT + "/pair", page(self.pair))
        app.router.add_post(ROOT + "/pairings/{pairing}/withdraw", page(self.withdraw))
        app.router.add_post(ROOT + "/{device}/revoke", page(self.revoke))

    async def show(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show all machines in use."""
        said = next((each for each in get_args(Said) if each == request.query.get("said")), None)
        return await self._answer(request, said=said)

    async def pair(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Open a code and show it in the answer alone: it stands in no address and no history."""
        form = await read_fields(request)
        shown, mistake = await open_code(self._queue, request, caller, form)
        if shown is not None:
            return await self._answer(request, shown=shown)
        name, kind = form.get("name", "").strip()[:64], _kind_in(form) or ""
        return await self._answer(request, mistake=mistake, name=name, kind=kind, status=422)

    async def withdraw(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """End a code that nobody has used yet."""
        ended = await end_pairing(
            self._queue.pool,
            centre_id=self._queue.centre.id,
            pairing_id=uuid_in_path(request, "pairing"),
            outcome="withdrawn",
            actor=caller.actor,
            at=self._queue.clock.now(),
        )
        return see_other(f"{ROOT}?said={'withdrawn' if ended else 'gone'}")

    async def revoke(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Shut a machine out for ever."""
        device_id = uuid_in_path(request, "device")
        try:
            await revoke_device(
                self._queue.pool,
                centre_id=self._queue.centre.id,
                device_id=device_id,
                actor=caller.actor,
                at=self._queue.clock.now(),
            )
        except UnknownDeviceError:
            return see_other(f"{ROOT}?said=gone")
        self._disconnect(device_id)
        return see_other(f"{ROOT}?said=revoked")

    async def _answer(
        self,
        request: web.Request,
        *,
        status: int = 200,
        shown: ShownCode | None = None,
        said: Said | None = None,
        mistake: Mistake | None = None,
        name: str = "",
        kind: str = "",
    ) -> web.StreamResponse:
        pool, centre_id = self._queue.pool, self._queue.centre.id
        at = self._queue.clock.now()
        page = DevicesPage(
            devices=await list_devices(pool, centre_id=centre_id, at=at),
            pairings=await open_pairings(pool, centre_id=centre_id, at=at),
            line=await asyncio.to_thread(look_at_line, self._settings, at=at),
            shown=shown,
            said=said,
            mistake=mistake,
            name=name,
            kind=kind,
        )
        return await request.app[PAGES].answer(request, page, status=status, at=ROOT)


async def open_code(
    queue: Queue, request: web.Request, caller: Caller, form: Mapping[str, str]
) -> tuple[ShownCode | None, Mistake | None]:
    """Open a code for the machine that a form names, to be shown once; or say what is wrong."""
    kind = _kind_in(form)
    if kind is None:
        return None, "no-kind"
    try:
        new = await open_pairing(
            queue.pool,
            centre_id=queue.centre.id,
            kind=kind,
            name=form.get("name", "").strip()[:64],
            actor=caller.actor,
            at=queue.clock.now(),
        )
    except BadDeviceNameError:
        return None, "bad-name"
    except DeviceNameTakenError:
        return None, "taken"
    return _shown(request, new), None


def _kind_in(form: Mapping[str, str]) -> DeviceKind | None:
    return next((each for each in KINDS if each == form.get("kind")), None)


def _shown(request: web.Request, new: NewPairing) -> ShownCode:
    kind = new.pairing.kind
    here = f"{request.scheme}://{request.host}"
    return ShownCode(
        name=new.pairing.name,
        kind=kind,
        code=new.code,
        until=new.pairing.expires_at,
        command=f"shubbak-{kind} pair --server {here} --code {new.code} --name {new.pairing.name}",
    )
