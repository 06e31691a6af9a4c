"""Serves `/supervisor/faults`: what staff have reported, and what is done about it."""

import hashlib
from collections.abc import Mapping
from typing import Final, cast, get_args

from aiohttp import web

from core_services.ids import new_id
from queue_server.faults.faults import Faults, words_of
from queue_server.faults.lifecycle import NEEDS_WORDS
from queue_server.faults.model import WORDS_LENGTH, FaultAct
from queue_server.tickets.errors import FaultIsOpen, Refused, UnknownFault
from queue_server.tickets.model import Claim
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.faults.pages import names_of_all, one_row, rows_of, takers_of
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import part_of_page, staff_page, uuid_in_path
from queue_server.web.supervisor.faults import (
    SAID,
    FaultNow,
    FaultsNow,
    FaultsPage,
    OneFaultPage,
    Said,
    fault_now,
)
from queue_server.web.supervisor.pages import ROOT, as_uuid

PATH: Final = f"{ROOT}/faults"


class FaultPages:
    """Shows the faults and does what the forms say, each press once."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def install(self, app: web.Application) -> None:
        """Serve the pages; the web frame is installed already."""
        shown, renewed = staff_page("care_for_devices"), staff_page("care_for_devices", renews=True)
        app.router.add_get(PATH, shown(self.page))
        app.router.add_get(PATH + "/now", renewed(self.now))
        app.router.add_get(PATH + "/{fault}", shown(self.fault))
        app.router.add_get(PATH + "/{fault}/now", renewed(self.fault_now))
        app.router.add_post(PATH + "/{fault}/{act}", shown(self.do))

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show what is open, and what was ended in the last 30 days."""
        return await request.app[PAGES].answer(request, FaultsPage(await self._list()))

    async def now(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the list for a page that is open."""
        return part_of_page(request, caller, await self._list())

    async def fault(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show one fault, and what was done if an act has led here."""
        said = next((each for each in SAID if each == request.query.get("said")), None)
        return await self._answer(request, caller, said)

    async def fault_now(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer what changes on the page of one fault."""
        return part_of_page(request, caller, await self._one(request))

    async def do(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Do what a form says; what was typed for what is not done stands there again."""
        fault_id = uuid_in_path(request, "fault")
        if request.match_info["act"] not in get_args(FaultAct):
            raise web.HTTPNotFound
        act = cast(FaultAct, request.match_info["act"])
        fields = await read_fields(request)
        words = words_of(fields.get("words", ""))
        by = as_uuid(fields.get("by", "")) if act == "accept" else None
        wrong: Said | None = None
        if act in NEEDS_WORDS and not words:
            wrong = "lacks-words"
        elif len(words) > WORDS_LENGTH:
            wrong = "too-long"
        elif by is not None and by not in await takers_of(self._faults):
            wrong = "changed"
        else:
            try:
                fault = await self._faults.act(
                    fault_id,
                    act,
                    words=words,
                    by=by,
                    hands_over=fields.get("hand") == "yes",
                    actor=caller.actor,
                    claim=_claim(request, caller, fields),
                )
            except UnknownFault:
                raise web.HTTPNotFound from None
            except FaultIsOpen:
                wrong = "is-open"
            except Refused:
                wrong = "changed"
            else:
                if act == "accept" and fault.accepted_by != (by or caller.actor.id):
                    wrong = "changed"  # somebody else was first
        if wrong is None:
            return see_other(f"{PATH}/{fault_id}?said=done")
        return await self._answer(request, caller, wrong, act=act, words=words, status=409)

    async def _answer(
        self,
        request: web.Request,
        caller: Caller,
        said: Said | None,
        *,
        act: FaultAct | None = None,
        words: str = "",
        status: int = 200,
    ) -> web.StreamResponse:
        now = await self._one(request)
        page = OneFaultPage(
            now=now,
            takers=tuple((await takers_of(self._faults)).items()),
            taker=now.row.fault.accepted_by or caller.actor.id,
            once=new_id(self._faults.queue.clock.now()).hex,
            said=said,
            act=act,
            words=words,
        )
        address = f"{PATH}/{now.row.fault.id}"
        return await request.app[PAGES].answer(request, page, status=status, at=address)

    async def _one(self, request: web.Request) -> FaultNow:
        fault_id = uuid_in_path(request, "fault")
        row = await one_row(self._faults, fault_id)
        if row is None:
            raise web.HTTPNotFound
        return fault_now(row, await self._faults.steps(fault_id), await names_of_all(self._faults))

    async def _list(self) -> FaultsNow:
        return FaultsNow(
            open=await rows_of(self._faults, await self._faults.open()),
            ended=await rows_of(self._faults, await self._faults.ended()),
        )


def _claim(request: web.Request, caller: Caller, fields: Mapping[str, str]) -> Claim | None:
    """Return the claim of a press; a form without a name of its own is taken each time."""
    key = fields.get("key", "")
    if not (0 < len(key) <= 80 and key.isascii() and key.isprintable() and " " not in key):
        return None
    meaning = "\0".join((fields.get("words", ""), fields.get("by", "")))
    return Claim(
        credential=caller.credential,
        method="POST",
        path=request.path,
        key=key,
        fingerprint=hashlib.sha256(meaning.encode()).digest(),
    )
