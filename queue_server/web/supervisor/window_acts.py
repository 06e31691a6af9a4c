"""What a supervisor does about windows: alarms, messages, who sits where, what a window serves."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

from aiohttp import web

from core_services.people.permissions import Permission
from queue_server.planning.watch import MoveWatch
from queue_server.tickets import windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import Refused, UnknownAlarm, UnknownProfile, UnknownStaff
from queue_server.tickets.window_alarms import ENDS
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import uuid_in_path
from queue_server.web.supervisor.acts import Act
from queue_server.web.supervisor.notices import query_of, query_of_refusal
from queue_server.web.supervisor.pages import ROOT, SUPERVISE

WINDOWS: Final = f"{ROOT}/windows"
PAUSES: Final = ("prayer", "break", "lunch", "meeting", "back_office", "other")
_WINDOW: Final = re.compile(r"[1-9][0-9]?")


class WindowActs:
    """Does what the forms say; each leads back to where it stood, with one sentence."""

    def __init__(self, queue: Queue, moves: MoveWatch) -> None:
        self._queue = queue
        self._moves = moves

    def routes(self) -> tuple[tuple[str, Permission, Act], ...]:
        """Return path, permission and act of every form."""
        window = "/windows/{number:[1-9][0-9]?}"
        return (
            ("/alarms/{alarm}/accept", SUPERVISE, self.accept),
            ("/alarms/{alarm}/close", SUPERVISE, self.close),
            ("/messages", SUPERVISE, self.send),
            ("/messages/{message}/read", SUPERVISE, self.read),
            (window + "/profile", SUPERVISE, self.set_profile),
            (window + "/assign", SUPERVISE, self.assign),
            (window + "/open-for", SUPERVISE, self.open_for),
            (window + "/pause", SUPERVISE, self.pause),
        )

    async def accept(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Say «أنا قادم» to an alarm of a desk."""
        try:
            alarm = await windows.accept_alarm(
                self._queue, uuid_in_path(request, "alarm"), actor=caller.actor, any_window=True
            )
        except UnknownAlarm:
            raise web.HTTPNotFound from None
        return see_other(f"{ROOT}?{query_of('alarm-accepted', window=alarm.window)}")

    async def close(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Close an alarm of a desk, saying how it ended."""
        wanted = (await read_fields(request)).get("why", "")
        why = next((end for end in ENDS if end == wanted), None)
        if why is None:
            return see_other(f"{ROOT}?{query_of('changed')}")
        try:
            alarm = await windows.close_alarm(
                self._queue,
                uuid_in_path(request, "alarm"),
                why=why,
                actor=caller.actor,
                any_window=True,
            )
        except UnknownAlarm:
            raise web.HTTPNotFound from None
        return see_other(f"{ROOT}?{query_of('alarm-closed', window=alarm.window)}")

    async def send(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Send a short message to one window or to all. Raises UnknownWindow."""
        fields = await read_fields(request)
        text = " ".join((fields.get("phrase") or fields.get("text", "")).split())
        if not 0 < len(text) <= windows.MESSAGE_LENGTH:
            return see_other(f"{WINDOWS}?{query_of('lacks-text')}")
        number = fields.get("window", "")
        if number and not _WINDOW.fullmatch(number):
            return see_other(f"{WINDOWS}?{query_of('changed')}")
        window = int(number) if number else None
        await windows.send_message(
            self._queue, text, toward="window", window=window, actor=caller.actor
        )
        return see_other(f"{WINDOWS}?{query_of('message-sent', window=window)}")

    async def read(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note that a window's message has been read."""
        await windows.mark_read(
            self._queue, uuid_in_path(request, "message"), window=None, actor=caller.actor
        )
        return see_other(f"{ROOT}?{query_of('message-read')}")

    async def set_profile(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Let a window serve another profile from its next call on. Raises UnknownWindow."""
        number = int(request.match_info["number"])
        fields = await read_fields(request)
        profile, back = fields.get("profile", ""), _back_to(fields)
        try:
            await windows.set_profile(self._queue, number, profile=profile, actor=caller.actor)
        except UnknownProfile:
            return see_other(f"{back}?{query_of('changed')}")
        return see_other(f"{back}?{query_of('profile-changed', window=number)}")

    async def assign(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Give a window to another member of staff, with its ticket. Raises UnknownWindow."""
        number = int(request.match_info["number"])
        fields = await read_fields(request)
        back = _back_to(fields)
        try:
            to = UUID(fields.get("staff", ""))
            await windows.assign_window(self._queue, number, to=to, actor=caller.actor)
        except (ValueError, UnknownStaff):
            return see_other(f"{back}?{query_of('changed')}")
        except Refused as refused:
            return see_other(f"{back}?{query_of_refusal(refused)}")
        return see_other(f"{back}?{query_of('window-assigned', window=number)}")

    async def open_for(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Open a closed window and give it to a member of staff; it stays closed if that fails.

        From a suggested move the suggestion is noted with it, so that its end is reminded of.
        Raises UnknownWindow.
        """
        number = int(request.match_info["number"])
        act = partial(
            self._queue.act_on_window,
            number,
            actor=caller.actor,
            actor_name=caller.name,
            any_window=True,
        )
        try:
            fields = await read_fields(request)
            to = UUID(fields.get("staff", ""))
            if "move" in fields:
                await self._moves.take(number)
            await act("open")
            try:
                await windows.assign_window(self._queue, number, to=to, actor=caller.actor)
            except (Refused, UnknownStaff):
                await act("close")
                raise
        except (ValueError, UnknownStaff):
            return see_other(f"{ROOT}?{query_of('changed')}")
        except Refused as refused:
            return see_other(f"{ROOT}?{query_of_refusal(refused)}")
        return see_other(f"{ROOT}?{query_of('window-opened', window=number)}")

    async def pause(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Let a window that has nobody in hand pause for a reason. Raises UnknownWindow."""
        number = int(request.match_info["number"])
        wanted = (await read_fields(request)).get("reason", "")
        reason = next((each for each in PAUSES if each == wanted), None)
        if reason is None:
            return see_other(f"{ROOT}?{query_of('changed')}")
        try:
            await self._queue.act_on_window(
                number,
                "pause",
                actor=caller.actor,
                actor_name=caller.name,
                any_window=True,
                reason=reason,
            )
        except Refused as refused:
            return see_other(f"{ROOT}?{query_of_refusal(refused)}")
        return see_other(f"{ROOT}?{query_of('window-paused', window=number)}")


def _back_to(fields: Mapping[str, str]) -> str:
    """Return the page on which the form stood."""
    return ROOT if fields.get("from") == "hall" else WINDOWS
