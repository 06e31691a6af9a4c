"""Reception's pages that only show: giving numbers, one number, the search for a lost slip."""

from typing import get_args

from aiohttp import web

from core_services.ids import new_token
from core_services.people.permissions import Permission
from queue_server.tickets.model import Channel, Priority
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.labels import label_from
from queue_server.web.reception.notices import Notice, notice_from
from queue_server.web.reception.reading import NEAR_MINUTES, Reading
from queue_server.web.reception.times import clock_from
from queue_server.web.reception.view import (
    FindField,
    FindForm,
    FindPage,
    IssueDraft,
    NumberPage,
    ReceptionPage,
)
from queue_server.web.staff_pages import part_of_page, uuid_in_path

ROOT = "/reception"
RECEIVE: Permission = "receive"


class ReceptionPages:
    """Shows reception its pages."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def numbers(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the page on which numbers are given, and what was done if an act has led here."""
        return await self.answer_numbers(request, notice=notice_from(request.query))

    async def answer_numbers(
        self,
        request: web.Request,
        *,
        notice: Notice | None,
        draft: IssueDraft | None = None,
        status: int = 200,
    ) -> web.StreamResponse:
        """Answer with that page and a new key for the next press."""
        page = ReceptionPage(
            now=await self._reading.now(request),
            once=new_token(),
            services=self._reading.choices.every,
            draft=draft or IssueDraft(),
            notice=notice,
        )
        return await request.app[PAGES].answer(request, page, status=status, at=ROOT)

    async def now(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the part of that page that changes with each act."""
        return part_of_page(request, caller, await self._reading.now(request))

    async def number(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show one number, and what was done if an act has led here. Raises UnknownTicket."""
        is_new = "new" in request.query
        page = NumberPage(
            now=await self._reading.number(request, uuid_in_path(request, "ticket")),
            notice=notice_from(request.query),
            is_new=is_new,
            tab="number" if is_new else "find",
        )
        return await request.app[PAGES].answer(request, page)

    async def number_now(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the part of that page that may change. Raises UnknownTicket."""
        number = await self._reading.number(request, uuid_in_path(request, "ticket"))
        return part_of_page(request, caller, number)

    async def find(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the numbers that may be the one that somebody lost."""
        form = _find_form(request)
        page = FindPage(
            form=form,
            found=await self._reading.found(form),
            services=self._reading.choices.every,
            within_minutes=NEAR_MINUTES,
            notice=notice_from(request.query),
        )
        return await request.app[PAGES].answer(request, page)


def _find_form(request: web.Request) -> FindForm:
    query = {name: value.replace("\0", "").strip() for name, value in request.query.items()}
    label, time = query.get("label", "")[:20], query.get("time", "")[:20]
    priorities: dict[str, Priority] = {each: each for each in get_args(Priority)}
    channels: dict[str, Channel] = {each: each for each in get_args(Channel)}
    wrong: list[FindField] = []
    if label and label_from(label) is None:
        wrong.append("label")
    if time and clock_from(time) is None:
        wrong.append("time")
    return FindForm(
        label=label,
        time=time,
        service=query.get("service", "")[:120],
        priority=priorities.get(query.get("priority", "")),
        channel=channels.get(query.get("channel", "")),
        wrong=tuple(wrong),
    )
