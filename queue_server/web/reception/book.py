"""The emergency book's page: keying its list in, and printing further books."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final, get_args
from uuid import UUID

from aiohttp import web

from core_services.ids import new_token
from core_services.paper.emergency import draw_book
from core_services.people.permissions import Permission
from queue_server.emergency_book import book_facts
from queue_server.tickets import emergency
from queue_server.tickets.acts import Queue
from queue_server.tickets.emergency import MOST_NUMBERS_A_BOOK, NUMBERS_A_BOOK, Noted
from queue_server.tickets.errors import (
    LabelNotGiven,
    LabelTaken,
    NumberNotPrinted,
    QueueError,
    Refused,
)
from queue_server.tickets.model import TicketState
from queue_server.tickets.numbering import EMERGENCY_SERIES, label_of
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.idempotency import MAX_LENGTH
from queue_server.web.keys import PAGES
from queue_server.web.labels import label_words
from queue_server.web.language import page_language
from queue_server.web.reception.book_view import BookDraft, BookMistake, BookPage, Taken
from queue_server.web.reception.forms import claim_of
from queue_server.web.reception.keying import day_from, draft_of, noted
from queue_server.web.reception.notices import Notice, notice_from, query_of
from queue_server.web.reception.pages import ROOT
from queue_server.web.reception.reading import Reading
from queue_server.web.redirects import see_other

BOOK = f"{ROOT}/book"
PRINTS_BOOKS: Permission = "close_any_window"
"""What supervisors and administrators have: they answer for how many books there are."""


class EmergencyBook:
    """Keys the book in and prints it."""

    def __init__(self, queue: Queue, reading: Reading, cache_dir: Path) -> None:
        self._queue = queue
        self._reading = reading
        self._cache_dir = cache_dir

    async def show(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show an empty line, ready for the number after the one that was keyed in last."""
        query = request.query
        draft = BookDraft(
            day=query.get("day", "")[:10] or self._queue.today()[0].isoformat(),
            label=query.get("next", "")[:8],
            outcome=query.get("outcome", "")[:8],
            window=query.get("window", "")[:2],
            paper=query.get("paper", "")[:8],
        )
        return await self._answer(request, caller, draft, notice=notice_from(query))

    async def key_in(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Record one number, or show the line again with everything that is wrong in it."""
        fields = await read_fields(request)
        draft, key = draft_of(fields), fields.get("key", "")[:MAX_LENGTH] or new_token()
        today, at = self._queue.today()
        line = noted(
            draft,
            centre=self._queue.centre,
            choices=self._reading.choices,
            windows=await self._windows(),
            today=today,
            at=at,
        )
        if not isinstance(line, Noted):
            return await self._wrong(request, caller, draft, line)
        claim = claim_of(caller, BOOK, key, fields={**fields, "csrf": "", "key": ""})
        try:
            ticket = await emergency.key_in(self._queue, line, actor=caller.actor, claim=claim)
        except NumberNotPrinted:
            return await self._wrong(request, caller, draft, ("not-printed",))
        except LabelNotGiven:
            return await self._wrong(request, caller, draft, ("not-given",))
        except LabelTaken as error:
            why: BookMistake = "taken" if line.series == EMERGENCY_SERIES else "known"
            return await self._wrong(request, caller, draft, (why,), _taken(error))
        except (Refused, QueueError):
            return await self._answer(request, caller, draft, notice=Notice("changed"), status=409)
        following = label_words(label_of(line.series, line.number + 1))
        query = query_of("keyed-in", label=ticket.label)
        rest = f"day={line.day.isoformat()}&outcome={line.outcome}&window={line.window or ''}"
        if line.series != EMERGENCY_SERIES:
            rest += "&paper=machine"
        return see_other(f"{BOOK}?{query}&{rest}&next={following.say(page_language(request))}")

    async def make(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Set the next numbers aside for a further book; a form sent twice makes one."""
        fields = await read_fields(request)
        asked, key = fields.get("count", ""), fields.get("key", "")[:MAX_LENGTH] or new_token()
        is_number = asked.isascii() and asked.isdecimal() and len(asked) <= 4
        count = int(asked) if is_number else NUMBERS_A_BOOK
        await emergency.print_book(
            self._queue,
            for_day=self._queue.today()[0],
            count=min(max(count, 10), MOST_NUMBERS_A_BOOK),
            actor=caller.actor,
            claim=claim_of(caller, f"{BOOK}/print", key, {"count": count}),
        )
        return see_other(f"{BOOK}?{query_of('book-made')}#books")

    async def pdf(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer with a book as a PDF; the same one however often it is asked for."""
        batch = await emergency.batch(self._queue, int(request.match_info["number"]))
        if batch is None:
            raise web.HTTPNotFound
        facts = book_facts(self._queue.centre, batch)
        pdf = await asyncio.to_thread(draw_book, facts, self._cache_dir)
        return web.Response(
            body=pdf,
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{facts.code}.pdf"'},
        )

    async def _wrong(
        self,
        request: web.Request,
        caller: Caller,
        draft: BookDraft,
        mistakes: tuple[BookMistake, ...],
        taken: Taken | None = None,
    ) -> web.StreamResponse:
        return await self._answer(
            request, caller, draft, mistakes=mistakes, taken=taken, status=422
        )

    async def _answer(
        self,
        request: web.Request,
        caller: Caller,
        draft: BookDraft,
        *,
        notice: Notice | None = None,
        mistakes: tuple[BookMistake, ...] = (),
        taken: Taken | None = None,
        status: int = 200,
    ) -> web.StreamResponse:
        today = self._queue.today()[0]
        keyed_day = day_from(draft.day) or today
        page = BookPage(
            draft=draft,
            once=new_token(),
            today=today,
            services=self._reading.choices.every,
            windows=await self._windows(),
            keyed_day=keyed_day,
            keyed_in=await self._reading.keyed_in(keyed_day),
            books=await self._reading.books(),
            may_print=caller.may(PRINTS_BOOKS),
            mistakes=mistakes,
            taken=taken,
            notice=notice,
        )
        return await request.app[PAGES].answer(request, page, status=status, at=BOOK)

    async def _windows(self) -> tuple[int, ...]:
        hall = await self._queue.hall()
        return tuple(window.number for window in hall.windows)


_STATES: Final[Mapping[str, TicketState]] = {each: each for each in get_args(TicketState)}


def _taken(error: LabelTaken) -> Taken | None:
    if error.ticket is None or error.label is None:
        return None
    return Taken(UUID(error.ticket), label_words(error.label), _STATES[error.state], error.window)
