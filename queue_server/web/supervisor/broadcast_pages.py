"""Serves the supervisor's page of messages to the hall and the forms that send and end them."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final, get_args
from uuid import UUID, uuid4

from aiohttp import web

from core_services.devices.store_presence import list_devices
from core_services.people.api_keys import list_keys
from core_services.people.staff import list_staff
from queue_server.broadcasts.broadcasts import Broadcasts
from queue_server.broadcasts.errors import UnknownBroadcast
from queue_server.broadcasts.model import GLASSES, KINDS, Broadcast, Wording
from queue_server.broadcasts.wording import BadWording, Fault, compose
from queue_server.tickets.errors import Refused
from queue_server.tickets.model import Claim
from queue_server.web import idempotency
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.people_names import names_of
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import part_of_page, staff_page, uuid_in_path
from queue_server.web.supervisor.broadcast import (
    BroadcastNow,
    BroadcastPage,
    BroadcastRow,
    Said,
    broadcast_rows,
    end_of,
    moment_of,
)
from queue_server.web.words import Words

PATH: Final = "/supervisor/broadcast"
LAST_SHOWN: Final = 30
_SAID: Final[Mapping[str, Said]] = {
    each: each for each in ("sent", "to-come", "emergency", "ended", "changed", *get_args(Fault))
}


class BroadcastPages:
    """Shows what was sent to the hall and does what the forms say, each press once."""

    def __init__(self, broadcasts: Broadcasts) -> None:
        self._broadcasts = broadcasts

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the page, and what was done if an act has led here."""
        last = await self._broadcasts.last(limit=LAST_SHOWN)
        at = self._broadcasts.queue.clock.now()
        page = BroadcastPage(
            day=self._broadcasts.queue.today()[0],
            now=await self._now(),
            history=await self._rows(tuple(each for each in last if not each.is_open(at))),
            said=_SAID.get(request.query.get("said", "")),
            once=uuid4().hex,
        )
        return await request.app[PAGES].answer(request, page)

    async def now(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer what stands, for a page that is open."""
        return part_of_page(request, caller, await self._now())

    async def send(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Send a ready phrase or a text."""
        fields = await read_fields(request)
        try:
            wording = self._wording(fields)
        except BadWording as bad:
            return _back(bad.fault)
        meaning = f"{wording.kind}\0{wording.text_ar}\0{wording.text_en}"
        try:
            sent = await self._broadcasts.send(
                wording,
                actor=caller.actor,
                claim=_claim(request, caller, fields.get("key", ""), meaning),
            )
        except Refused:
            return _back("changed")
        if sent.is_full_screen:
            return _back("emergency")
        return _back("sent" if sent.stands(self._broadcasts.queue.clock.now()) else "to-come")

    async def end(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Take a message off every glass; one that has ended stays as it is."""
        try:
            await self._broadcasts.end(uuid_in_path(request, "broadcast"), actor=caller.actor)
        except UnknownBroadcast:
            raise web.HTTPNotFound from None
        return _back("ended")

    def _wording(self, fields: Mapping[str, str]) -> Wording:
        """Read the form. Raises BadWording."""
        queue = self._broadcasts.queue
        at, zone = queue.clock.now(), queue.centre.zone
        kind = next((each for each in KINDS if each == fields.get("kind")), None)
        if kind is None:
            raise BadWording("unknown-phrase")
        phrase = fields.get("phrase") or None
        starts_at = moment_of(fields.get("from", ""), at=at, zone=zone)
        begins = at if starts_at is None else max(at, starts_at)
        return compose(
            kind,
            at=at,
            phrase=phrase,
            text_ar=fields.get("text_ar", ""),
            text_en=fields.get("text_en", ""),
            glasses=GLASSES
            if phrase is not None
            else [each for each in GLASSES if f"on-{each}" in fields],
            calls_go_on="calls" in fields,
            starts_at=starts_at,
            ends_at=end_of(
                fields.get("until", ""), fields.get("minutes", ""), begins=begins, at=at, zone=zone
            ),
        )

    async def _now(self) -> BroadcastNow:
        return BroadcastNow(await self._rows(await self._broadcasts.open()))

    async def _rows(self, found: tuple[Broadcast, ...]) -> tuple[BroadcastRow, ...]:
        if not found:
            return ()
        queue = self._broadcasts.queue
        pool, centre_id, at = queue.pool, queue.centre.id, queue.clock.now()
        names: dict[UUID, Words] = names_of(await list_staff(pool, centre_id=centre_id))
        names |= {
            key.id: Words(key.name, key.name) for key in await list_keys(pool, centre_id=centre_id)
        }
        states = await list_devices(pool, centre_id=centre_id, at=at)
        return broadcast_rows(
            found,
            at=at,
            deliveries=await self._broadcasts.deliveries([each.id for each in found]),
            devices=[state.device for state in states],
            names=names,
        )


def install_broadcast(app: web.Application, broadcasts: Broadcasts) -> None:
    """Serve `/supervisor/broadcast`."""
    pages = BroadcastPages(broadcasts)
    may, renewed = staff_page("broadcast"), staff_page("broadcast", renews=True)
    app.router.add_get(PATH, may(pages.page))
    app.router.add_get(PATH + "/now", renewed(pages.now))
    app.router.add_post(PATH, may(pages.send))
    app.router.add_post(PATH + "/{broadcast}/end", may(pages.end))


def _claim(request: web.Request, caller: Caller, key: str, meaning: str) -> Claim | None:
    """Return the claim of a press: the same press of the same page works once."""
    if re.fullmatch(idempotency.PATTERN, key) is None:
        return None
    return Claim(
        credential=caller.credential,
        method="POST",
        path=request.path,
        key=key,
        fingerprint=hashlib.sha256(meaning.encode()).digest(),
    )


def _back(said: Said) -> web.Response:
    return see_other(f"{PATH}?said={said}")
