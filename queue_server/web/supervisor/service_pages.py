"""Serves the supervisor's page of services and the forms that mark them."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import get_args
from urllib.parse import urlencode
from uuid import uuid4

from aiohttp import web

from core_services.people.api_keys import list_keys
from core_services.people.staff import list_staff
from queue_server.configuration import Configuration
from queue_server.service_states.errors import UnknownServiceGroup
from queue_server.service_states.model import Reason, Subject
from queue_server.service_states.states import ServiceStates
from queue_server.tickets.errors import Refused, UnknownService
from queue_server.tickets.model import Claim
from queue_server.web import idempotency
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import staff_page
from queue_server.web.supervisor.services import (
    EXPECTED_MINUTES,
    ServicesPage,
    services_page,
    subject_of,
)
from queue_server.web.words import Words

PATH = "/supervisor/services"
_SAID = frozenset({"down", "up", "as-before", "lacks-reason", "changed"})
_MARK = "/{kind:service|group|payment}/{code:[A-Za-z0-9][A-Za-z0-9_-]{0,63}}"


class ServicePages:
    """Shows what is down and does what the buttons say, each press once."""

    def __init__(self, states: ServiceStates, configuration: Callable[[], Configuration]) -> None:
        self._states = states
        self._configuration = configuration

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the page, and what was done if an act has led here."""
        return await request.app[PAGES].answer(request, await self._page(request))

    async def down(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Mark a service, a group or electronic payment down for one of the known reasons."""
        subject = _subject(request)
        fields = await read_fields(request)
        reasons: dict[str, Reason] = {each: each for each in get_args(Reason)}
        reason = reasons.get(fields.get("reason", ""))
        if reason is None:
            return _back("lacks-reason", subject, fields.get("q", ""))
        minutes = fields.get("expected", "")
        expected = None
        if minutes in {str(each) for each in EXPECTED_MINUTES}:
            expected = self._states.queue.clock.now() + timedelta(minutes=int(minutes))
        try:
            is_new = await self._states.mark_down(
                subject,
                reason,
                expected=expected,
                actor=caller.actor,
                claim=_claim(request, caller, fields.get("key", ""), f"{reason}\0{minutes}"),
            )
        except Refused:
            return _back("changed", subject, "")
        except (UnknownService, UnknownServiceGroup):
            raise web.HTTPNotFound from None
        return _back("down" if is_new else "as-before", subject, "")

    async def up(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Mark it up again."""
        subject = _subject(request)
        fields = await read_fields(request)
        try:
            is_new = await self._states.mark_up(
                subject,
                actor=caller.actor,
                claim=_claim(request, caller, fields.get("key", ""), ""),
            )
        except Refused:
            return _back("changed", subject, "")
        except (UnknownService, UnknownServiceGroup):
            raise web.HTTPNotFound from None
        return _back("up" if is_new else "as-before", subject, "")

    async def _page(self, request: web.Request) -> ServicesPage:
        configuration, queue = self._configuration(), self._states.queue
        pool, centre_id = queue.pool, queue.centre.id
        day = queue.today()[0]
        query = {name: value.replace("\0", "").strip() for name, value in request.query.items()}
        said = query.get("said", "")
        people = {
            person.id: Words(person.name("ar"), person.name("en"))
            for person in await list_staff(pool, centre_id=centre_id)
        }
        people |= {
            key.id: Words(key.name, key.name) for key in await list_keys(pool, centre_id=centre_id)
        }
        return services_page(
            day=day,
            states=await self._states.now(),
            services=configuration.services,
            catalogue=configuration.catalogue,
            history=await self._states.history(day),
            people=people,
            text=query.get("q", "")[:60],
            said=said if said in _SAID else "",
            about=subject_of(query.get("kind", ""), query.get("code", "")),
            once=uuid4().hex,
        )


def install_service_pages(
    app: web.Application, states: ServiceStates, configuration: Callable[[], Configuration]
) -> None:
    """Serve `/supervisor/services`."""
    pages = ServicePages(states, configuration)
    marks = staff_page("mark_services")
    app.router.add_get(PATH, marks(pages.page))
    app.router.add_post(PATH + _MARK + "/down", marks(pages.down))
    app.router.add_post(PATH + _MARK + "/up", marks(pages.up))


def _subject(request: web.Request) -> Subject:
    subject = subject_of(request.match_info["kind"], request.match_info["code"])
    if subject is None:
        raise web.HTTPNotFound
    return subject


def _claim(request: web.Request, caller: Caller, key: str, meaning: str) -> Claim | None:
    """Return the claim of a press: the same press on the same state works once."""
    if re.fullmatch(idempotency.PATTERN, key) is None:
        return None
    return Claim(
        credential=caller.credential,
        method="POST",
        path=request.path,
        key=key,
        fingerprint=hashlib.sha256(meaning.encode()).digest(),
    )


def _back(said: str, subject: Subject, text: str) -> web.Response:
    fields = {"said": said, "kind": subject.kind, "code": subject.code, "q": text}
    return see_other(f"{PATH}?{urlencode({name: each for name, each in fields.items() if each})}")
