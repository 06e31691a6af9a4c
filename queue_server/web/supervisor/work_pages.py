"""Serves the page of the workstations: what they print and send, ordered and settled."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final, Literal, get_args
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from core_services.devices.work import Document
from core_services.egypt import NotAPhone, read_phone
from core_services.paper.drawing import DrawingError
from core_services.paper.emergency import draw_book
from core_services.paper.trial import TrialFacts, draw_trial_page, draw_trial_receipt
from queue_server.configuration import Configuration
from queue_server.emergency_book import book_facts
from queue_server.tickets import emergency
from queue_server.tickets.acts import Queue
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import part_of_page, staff_page, uuid_in_path
from queue_server.web.supervisor.pages import ROOT, SUPERVISE, as_uuid
from queue_server.web.supervisor.reading import Reading
from queue_server.web.supervisor.work import Target, WorkNow, targets_of
from queue_server.work import WorkOrders

PATH: Final = f"{ROOT}/work"
_USUAL_WIDTH_DOTS: Final = 576

Said = Literal[
    "ordered",
    "ordered-before",
    "printed",
    "closed",
    "no-device",
    "no-phone",
    "not-drawn",
    "changed",
]
_DONE: Final = frozenset({"ordered", "ordered-before", "printed", "closed"})


@dataclass(frozen=True, slots=True)
class WorkPage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_work.html"

    now: WorkNow
    said: Said | None

    @property
    def is_refusal(self) -> bool:
        return self.said is not None and self.said not in _DONE


class WorkPages:
    """Shows the workstations and does what the buttons say, each press once."""

    def __init__(
        self,
        queue: Queue,
        reading: Reading,
        work: WorkOrders,
        configuration: Callable[[], Configuration],
        cache_dir: Path,
    ) -> None:
        self._queue = queue
        self._reading = reading
        self._work = work
        self._configuration = configuration
        self._cache_dir = cache_dir

    def install(self, app: web.Application) -> None:
        """Serve `/supervisor/work`."""
        shown, renewed = staff_page(SUPERVISE), staff_page(SUPERVISE, renews=True)
        app.router.add_get(PATH, shown(self.page))
        app.router.add_get(PATH + "/now", renewed(self.now))
        app.router.add_post(PATH + "/trial", shown(self.order_trial))
        app.router.add_post(PATH + "/book", shown(self.order_book))
        app.router.add_post(PATH + "/message", shown(self.order_message))
        reprints = staff_page("reprint")
        app.router.add_post(PATH + "/{order}/repeat", reprints(self.repeat))
        app.router.add_post(PATH + "/{order}/printed", reprints(self.note_printed))
        app.router.add_post(PATH + "/{order}/close", reprints(self.close))

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the page, and what was done if an act has led here."""
        said: dict[str, Said] = {each: each for each in get_args(Said)}
        page = WorkPage(await self._reading.work_now(), said.get(request.query.get("said", "")))
        return await request.app[PAGES].answer(request, page, at=PATH)

    async def now(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the part of the page that changes."""
        return part_of_page(request, caller, await self._reading.work_now())

    async def order_trial(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Order a trial paper from one printer."""
        fields = await read_fields(request)
        target, order_id = await self._target(fields.get("target", "")), _order_id(fields)
        if target is None or order_id is None or target.does == "message":
            return _back("no-device")
        configuration = self._configuration()
        facts = TrialFacts(
            centre_ar=configuration.names.name_ar,
            centre_en=configuration.names.name_en,
            machine=target.device.name,
            printer=target.attached.name,
            at=self._queue.clock.now().astimezone(self._queue.centre.zone),
        )
        try:
            document = await asyncio.to_thread(self._draw_trial, facts, target)
            marked = await asyncio.to_thread(
                self._draw_trial, replace(facts, is_reprint=True), target
            )
        except DrawingError:
            return _back("not-drawn")
        is_new = await self._work.order_paper(
            order_id,
            target.device.id,
            target.does,
            title_ar="ورقة تجربة",
            title_en="Trial paper",
            document=document,
            marked=marked,
            attached=target.attached.name,
            actor=caller.actor,
        )
        return _back("ordered" if is_new else "ordered-before")

    async def order_book(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Order an emergency book from one page printer. It was set aside before."""
        fields = await read_fields(request)
        target, order_id = await self._target(fields.get("target", "")), _order_id(fields)
        if target is None or order_id is None or target.does != "page":
            return _back("no-device")
        number = fields.get("book", "")
        is_number = number.isascii() and number.isdecimal() and len(number) <= 6
        batch = await emergency.batch(self._queue, int(number)) if is_number else None
        if batch is None:
            raise web.HTTPNotFound
        facts = book_facts(self._queue.centre, batch)
        try:
            book = await asyncio.to_thread(draw_book, facts, self._cache_dir)
            marked = await asyncio.to_thread(draw_book, facts, self._cache_dir, is_reprint=True)
        except DrawingError:
            return _back("not-drawn")
        is_new = await self._work.order_paper(
            order_id,
            target.device.id,
            "page",
            title_ar=f"دفتر الطوارئ {facts.code}",
            title_en=f"Emergency book {facts.code}",
            document=Document("application/pdf", book),
            marked=Document("application/pdf", marked),
            attached=target.attached.name,
            actor=caller.actor,
        )
        return _back("ordered" if is_new else "ordered-before")

    async def order_message(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Order a trial message from one modem to a phone that is written here."""
        fields = await read_fields(request)
        target, order_id = await self._target(fields.get("target", "")), _order_id(fields)
        if target is None or order_id is None or target.does != "message":
            return _back("no-device")
        try:
            phone = read_phone(fields.get("phone", "")[:30])
        except NotAPhone:
            return _back("no-phone")
        names = self._configuration().names
        is_new = await self._work.order_message(
            order_id,
            target.device.id,
            title_ar="رسالة تجربة",
            title_en="Trial message",
            to=phone,
            text=f"رسالة تجربة من المركز التكنولوجي {names.short_ar}".strip()[:70],
            attached=target.attached.name,
            actor=caller.actor,
        )
        return _back("ordered" if is_new else "ordered-before")

    async def repeat(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Order a doubtful paper again, with its mark, or a message."""
        target = await self._target((await read_fields(request)).get("target", ""))
        order = await self._work.find(uuid_in_path(request, "order"))
        if order is None:
            raise web.HTTPNotFound
        if target is None or target.does != order.kind:
            return _back("no-device")
        is_done = await self._work.repeat(
            order.id, target.device.id, attached=target.attached.name, actor=caller.actor
        )
        return _back("ordered" if is_done else "changed")

    async def note_printed(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note that a person saw the paper, or knows that the message came."""
        order_id = uuid_in_path(request, "order")
        is_done = await self._work.note_done(order_id, actor=caller.actor)
        return _back("printed" if is_done else "changed")

    async def close(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note that nobody needs the order any more."""
        order_id = uuid_in_path(request, "order")
        is_done = await self._work.close(order_id, actor=caller.actor)
        return _back("closed" if is_done else "changed")

    def _draw_trial(self, facts: TrialFacts, target: Target) -> Document:
        if target.does == "page":
            return Document("application/pdf", draw_trial_page(facts, self._cache_dir))
        width = target.attached.width_dots or _USUAL_WIDTH_DOTS
        return Document("image/png", draw_trial_receipt(facts, width, self._cache_dir))

    async def _target(self, value: str) -> Target | None:
        """Return the device that a form names, if it is there and does orders."""
        for target in targets_of(await self._reading.devices()):
            if target.value == value:
                return target
        return None


def _order_id(fields: Mapping[str, str]) -> UUID | None:
    return as_uuid(fields.get("order", ""))


def _back(said: Said) -> web.Response:
    return see_other(f"{PATH}?{urlencode({'said': said})}")
