"""What a supervisor does from the pages: each act is a form that leads back to where it was."""

import re
from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import UUID

from aiohttp import web

from core_services.devices.store_help import answer_help
from core_services.people.permissions import Permission
from queue_server.policy.versions import start_numbers, stop_numbers
from queue_server.reprints import Reprints
from queue_server.roll_answers import RollAnswers
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import Refused
from queue_server.tickets.model import PlainAct
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import uuid_in_path
from queue_server.web.supervisor.devices import DeviceRow
from queue_server.web.supervisor.notices import Done, as_day, as_time, query_of, query_of_refusal
from queue_server.web.supervisor.pages import ROOT, SUPERVISE, as_uuid
from queue_server.web.supervisor.reading import Reading
from queue_server.web.supervisor.tickets import REASONS

Act = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]


class SupervisorActs:
    """Does what the buttons say; what the state forbids is told in a sentence."""

    def __init__(
        self,
        queue: Queue,
        reprints: Reprints,
        reading: Reading,
        reread: Callable[[], Awaitable[None]],
        rolls: RollAnswers,
    ) -> None:
        """`reread` lets this process obey at once what was decided about numbers."""
        self._queue = queue
        self._reread = reread
        self._reprints = reprints
        self._rolls = rolls
        self._reading = reading

    def routes(self) -> tuple[tuple[str, Permission, Act], ...]:
        """Return path, permission and act of every form."""
        window, ticket = "/windows/{number:[1-9][0-9]?}", "/tickets/{ticket}"
        return (
            (window + "/close", SUPERVISE, self.close_window),
            (window + "/take-over", SUPERVISE, self.take_window),
            ("/help/{call}/answer", SUPERVISE, self.answer_help),
            ("/devices/{device}/roll", SUPERVISE, self.answer_for_roll),
            ("/patterns/seen", SUPERVISE, self.see_pattern),
            ("/numbers/stop", SUPERVISE, self.stop_numbers),
            ("/numbers/start", SUPERVISE, self.start_numbers),
            ("/numbers/keep", "cancel_any", self.keep_numbers),
            (ticket + "/printed", "reprint", self.note_printed),
            (ticket + "/reprint", "reprint", self.reprint),
            (ticket + "/resume", "act_any_window", self.resume),
            (ticket + "/return", "act_any_window", self.return_ticket),
            (ticket + "/reinstate", "void", self.reinstate),
            (ticket + "/finish", "act_any_window", self.finish),
            (ticket + "/no-show", "act_any_window", self.no_show),
            (ticket + "/cancel", "cancel_any", self.cancel),
            (ticket + "/void", "void", self.void),
        )

    async def close_window(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Close a window, whoever opened it; not while it has a ticket in hand."""
        number = int(request.match_info["number"])
        try:
            await self._close(number, caller)
        except Refused as refused:
            return see_other(f"{ROOT}?{query_of_refusal(refused)}")
        return see_other(f"{ROOT}?{query_of('window-closed', window=number)}")

    async def take_window(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Close a window and open it again in the supervisor's name."""
        number = int(request.match_info["number"])
        try:
            await self._close(number, caller)
            await self._queue.act_on_window(
                number, "open", actor=caller.actor, actor_name=caller.name, any_window=False
            )
        except Refused as refused:
            return see_other(f"{ROOT}?{query_of_refusal(refused)}")
        return see_other(f"{ROOT}?{query_of('window-taken', window=number)}")

    async def answer_help(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note that somebody goes to the citizen who asked for help."""
        is_first = await answer_help(
            self._queue.pool,
            centre_id=self._queue.centre.id,
            call_id=uuid_in_path(request, "call"),
            staff_id=_staff_id(caller),
            at=self._queue.clock.now(),
        )
        said = query_of("help-answered" if is_first else "help-answered-before")
        return see_other(f"{ROOT}?{said}")

    async def answer_for_roll(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Tell a kiosk whether its slips can be read, where nobody there said so."""
        fields = await read_fields(request)
        loaded_at, seen = as_time(fields.get("loaded_at", "")), fields.get("seen", "")
        is_open = (
            loaded_at is not None
            and seen in ("yes", "no")
            and await self._rolls.answer(
                uuid_in_path(request, "device"),
                loaded_at,
                is_seen=seen == "yes",
                actor=caller.actor,
            )
        )
        said = query_of("roll-answered" if is_open else "changed")
        return see_other(f"{ROOT}?{said}")

    async def see_pattern(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note that somebody has looked at a sign that one hand takes many numbers."""
        fields = await read_fields(request)
        ticket_id, n = as_uuid(fields.get("ticket", "")), fields.get("n", "")
        is_first = (
            ticket_id is not None
            and re.fullmatch(r"[0-9]{1,6}", n) is not None
            and await self._reading.patterns.see(
                fields.get("kind", ""), ticket_id, int(n), actor=caller.actor
            )
        )
        said = query_of("pattern-seen" if is_first else "pattern-seen-before")
        place = f"{ROOT}/patterns" if fields.get("from") == "patterns" else ROOT
        return see_other(f"{place}?{said}")

    async def stop_numbers(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Give no more numbers today; whoever holds one is served."""
        await stop_numbers(self._queue, actor=caller.actor)
        await self._reread()
        return see_other(f"{ROOT}?{query_of('numbers-stopped')}")

    async def start_numbers(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Give numbers again, within the hours."""
        await start_numbers(self._queue, actor=caller.actor)
        await self._reread()
        return see_other(f"{ROOT}?{query_of('numbers-started')}")

    async def keep_numbers(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Keep the numbers of all who wait for one of the next days on which the centre opens."""
        hall = await self._reading.now(caller)
        day = as_day(await _field(request, "day"))
        if day not in hall.keep_days:
            return see_other(f"{ROOT}?{query_of('lacks-day')}")
        count = await journeys.carry_over(self._queue, day, actor=caller.actor)
        return see_other(f"{ROOT}?{query_of('numbers-kept', count=count, day=day)}")

    async def note_printed(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note that a doubtful slip came out after all. Raises UnknownTicket."""
        ticket = await self._queue.mark_paper(
            uuid_in_path(request, "ticket"), "printed", actor=caller.actor, confirmed_by="staff"
        )
        return await _back(request, ticket.id, query_of("slip-printed", label=ticket.label))

    async def reprint(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Order a marked slip of the same number from a kiosk. Raises UnknownTicket."""
        ticket = await self._queue.ticket(uuid_in_path(request, "ticket"))
        device = await self._printer(request)
        if device is None:
            return await _back(request, ticket.id, query_of("no-printer"))
        try:
            is_new = await self._reprints.order(ticket.id, device.id, actor=caller.actor)
        except Refused as refused:
            return await _back(request, ticket.id, query_of_refusal(refused))
        said: Done = "reprint-ordered" if is_new else "reprint-ordered-before"
        query = query_of(said, label=ticket.label, device=device.name)
        return await _back(request, ticket.id, query)

    async def resume(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Let a parked ticket wait for its window again. Raises UnknownTicket."""
        return await self._into_line(request, caller, "ticket-resumed")

    async def return_ticket(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Let who missed the call wait again, however long ago it was. Raises UnknownTicket."""
        return await self._into_line(request, caller, "ticket-returned")

    async def reinstate(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Let a void ticket wait after all: somebody holds its slip. Raises UnknownTicket."""
        return await self._into_line(request, caller, "ticket-reinstated")

    async def finish(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """End the visit of a ticket whose clerk is away, saying how. Raises UnknownTicket."""
        return await self._end(request, caller, "finish", "ticket-finished")

    async def no_show(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note that nobody came to the call of a clerk who is away. Raises UnknownTicket."""
        return await self._end(request, caller, "no_show", "ticket-no-show")

    async def cancel(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Cancel a ticket for one of the known reasons. Raises UnknownTicket."""
        return await self._end(request, caller, "cancel", "ticket-cancelled")

    async def void(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Void a ticket for one of the known reasons. Raises UnknownTicket."""
        return await self._end(request, caller, "void", "ticket-void")

    async def _into_line(
        self,
        request: web.Request,
        caller: Caller,
        said: Literal["ticket-resumed", "ticket-returned", "ticket-reinstated"],
    ) -> web.StreamResponse:
        ticket_id, actor = uuid_in_path(request, "ticket"), caller.actor
        try:
            match said:
                case "ticket-resumed":
                    ticket = await journeys.resume(
                        self._queue, ticket_id, actor=actor, any_window=True
                    )
                case "ticket-returned":
                    ticket = await journeys.return_ticket(
                        self._queue, ticket_id, actor=actor, in_time_only=False
                    )
                case "ticket-reinstated":
                    ticket = await journeys.reinstate(self._queue, ticket_id, actor=actor)
        except Refused as refused:
            return see_other(_ticket_address(ticket_id, query_of_refusal(refused)))
        return see_other(_ticket_address(ticket_id, query_of(said, label=ticket.label)))

    async def _end(
        self, request: web.Request, caller: Caller, act: PlainAct, said: Done
    ) -> web.StreamResponse:
        ticket_id = uuid_in_path(request, "ticket")
        reason = await _field(request, "reason") if act in REASONS else None
        if reason is not None and reason not in REASONS[act]:
            return see_other(_ticket_address(ticket_id, query_of("lacks-reason", act=act)))
        try:
            ticket = await self._queue.act(
                ticket_id,
                act,
                actor=caller.actor,
                any_window=True,
                reason=reason,
                outcome=reason if act == "finish" else None,
            )
        except Refused as refused:
            return see_other(_ticket_address(ticket_id, query_of_refusal(refused)))
        query = query_of(said, label=ticket.label, window=ticket.window)
        return see_other(_ticket_address(ticket_id, query))

    async def _close(self, number: int, caller: Caller) -> None:
        await self._queue.act_on_window(
            number, "close", actor=caller.actor, actor_name=caller.name, any_window=True
        )

    async def _printer(self, request: web.Request) -> DeviceRow | None:
        """Return the kiosk that the form names."""
        wanted = await _field(request, "device")
        for device in await self._reading.devices():
            if str(device.id) == wanted and device.prints:
                return device
        return None


async def _back(request: web.Request, ticket_id: UUID, query: str) -> web.Response:
    """Lead back to where the form was, the ticket's own page or the hall, with a sentence."""
    if await _field(request, "from") == "ticket":
        return see_other(_ticket_address(ticket_id, query))
    return see_other(f"{ROOT}?{query}")


def _ticket_address(ticket_id: UUID, query: str) -> str:
    return f"{ROOT}/tickets/{ticket_id}?{query}"


def _staff_id(caller: Caller) -> UUID:
    if caller.actor.id is None:
        raise web.HTTPForbidden
    return caller.actor.id


async def _field(request: web.Request, name: str) -> str:
    return (await read_fields(request)).get(name, "")
