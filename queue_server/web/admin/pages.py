"""The administrator's pages of the policy: draft, preview, publication, history, without JS."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Final, get_args
from uuid import UUID

from aiohttp import web

from core_services.l10n import western
from core_services.people.permissions import Permission
from core_services.people.staff import list_staff
from queue_server.configuration import Configuration
from queue_server.policy import store, versions
from queue_server.policy.body import PolicyBody
from queue_server.policy.errors import (
    DayNotToCome,
    NoPolicyDraft,
    NoPolicyToCome,
    PolicyDraftChanged,
)
from queue_server.policy.model import Seen, Touch, Version
from queue_server.policy.present import Present, first_draft, read_present
from queue_server.policy.preview import Previews
from queue_server.policy.sentence import sentence_of
from queue_server.policy.store_days import read_windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Service
from queue_server.web.admin.differences import DifferenceRow, difference_rows
from queue_server.web.admin.form import (
    Entered,
    Mistake,
    PolicyFormError,
    body_of,
    entered_of,
    read_entered,
)
from queue_server.web.admin.history import HistoryPage, version_rows
from queue_server.web.admin.suggested import with_suggestions
from queue_server.web.admin.view import (
    PolicyPage,
    PreviewPage,
    PublishPage,
    Said,
    change_rows,
    coming_words,
    group_views,
    mistakes_in_order,
    present_words,
    today_of,
    touched_words,
    warnings_of,
)
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.rules.hours_text import day_words
from queue_server.web.words import Words

ROOT: Final = "/admin/policy"
MANAGE: Final[Permission] = "manage_policy"
_LONGEST_NOTE: Final = 500
_NO_DAY_TO_COME: Final = Words(
    "اكتب يومًا قادمًا خلال سنة، أو اترك الخانة فارغة ليُعمل بها من الآن.",
    "Enter a later day within a year, or leave this empty to let it hold now.",
)
_SAID: Final[dict[str, Said]] = {said: said for said in get_args(Said)}


class PolicyPages:
    """Shows and changes one centre's policy; `reread` lets this process obey what was published."""

    def __init__(
        self,
        queue: Queue,
        configuration: Callable[[], Configuration],
        reread: Callable[[], Awaitable[None]],
        previews: Previews,
    ) -> None:
        self._queue = queue
        self._configuration = configuration
        self._reread = reread
        self._previews = previews

    async def form(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the draft, or what holds, in the form."""
        present, draft = await self._both()
        body = draft.body if draft is not None else first_draft(present)
        said = _SAID.get(request.query.get("said", ""))
        return await self._answer(request, entered_of(body), present, draft, said=said)

    async def save(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Save what was entered as the draft; whoever was overtaken keeps every word."""
        fields = await read_fields(request)
        entered = read_entered(fields)
        if "suggest" in fields:
            return await self._suggest(request, entered, _seen(fields))
        try:
            body = body_of(entered)
        except PolicyFormError as error:
            present, draft = await self._both()
            return await self._answer(
                request,
                entered,
                present,
                draft,
                seen=_seen(fields),
                mistakes=error.mistakes,
                status=422,
            )
        try:
            await versions.save(self._queue, body, seen=_seen(fields), actor=caller.actor)
        except PolicyDraftChanged:
            return await self._overtaken(request, entered, body)
        return see_other(f"{ROOT}?said=saved")

    async def preview(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show one day under the draft and under what holds."""
        present, draft = await self._both()
        days = await self._previews.days()
        day = _day(request.query.get("day", ""))
        if day is None and days and request.query.get("day") != "simulated":
            day = days[0].day
        found = await self._previews.preview(
            now=present.body,
            then=present.body if draft is None else draft.body,
            day=day,
            services=self._configuration().services,
        )
        page = PreviewPage(
            preview=found,
            day=None if day is None else day_words(day),
            days=tuple(days),
            rows=change_rows(found.changes),
            has_draft=draft is not None,
        )
        return await request.app[PAGES].answer(request, page)

    async def confirm(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show what publishing will change, and ask from when."""
        return await self._ask(request, said=_SAID.get(request.query.get("said", "")))

    async def publish(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Publish the draft that was shown, at once or from the day that was entered."""
        fields = await read_fields(request)
        typed = western(fields.get("holds_from", "")).strip()
        note = fields.get("note", "").strip()[:_LONGEST_NOTE]
        day = _day(typed)
        if typed and day is None:
            return await self._ask(request, day=typed, note=note, is_wrong=True)
        try:
            await versions.publish(
                self._queue,
                seen=_seen(fields),
                note=note or None,
                holds_from=day,
                actor=caller.actor,
            )
        except DayNotToCome:
            return await self._ask(request, day=typed, note=note, is_wrong=True)
        except NoPolicyDraft:
            return see_other(f"{ROOT}?said=no-draft")
        except PolicyDraftChanged:
            return see_other(f"{ROOT}/publish?said=changed")
        await self._reread()
        return see_other(f"{ROOT}/history?said={'published' if day is None else 'scheduled'}")

    async def withdraw(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Take back the version that waits for its day."""
        version = (await read_fields(request)).get("version", "")
        try:
            await versions.withdraw(
                self._queue,
                int(version) if version.isdecimal() and len(version) < 9 else 0,
                actor=caller.actor,
            )
        except NoPolicyToCome:
            return see_other(f"{ROOT}/history?said=not-coming")
        await self._reread()
        return see_other(f"{ROOT}/history?said=withdrawn")

    async def discard(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Give the draft that was shown up."""
        fields = await read_fields(request)
        try:
            await versions.discard(self._queue, seen=_seen(fields), actor=caller.actor)
        except NoPolicyDraft:
            return see_other(f"{ROOT}?said=no-draft")
        except PolicyDraftChanged:
            return see_other(f"{ROOT}/publish?said=changed")
        return see_other(f"{ROOT}?said=discarded")

    async def history(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show every version with what it changed."""
        centre = self._queue.centre
        present = await read_present(self._queue.pool, centre.id)
        page = HistoryPage(
            versions=version_rows(
                await store.read_versions(self._queue.pool, centre.id),
                first=present.body if present.version is None else PolicyBody(),
                names=await self._staff(),
                services=self._services,
                profiles=await self._profile_names(),
                zone=centre.zone,
            ),
            said=_SAID.get(request.query.get("said", "")),
        )
        return await request.app[PAGES].answer(request, page)

    async def _ask(
        self,
        request: web.Request,
        *,
        day: str = "",
        note: str = "",
        is_wrong: bool = False,
        said: Said | None = None,
    ) -> web.StreamResponse:
        """Show what publishing the draft will change, with what was entered."""
        present, draft = await self._both()
        if draft is None:
            return see_other(f"{ROOT}?said=no-draft")
        pool, centre_id = self._queue.pool, self._queue.centre.id
        sentence = sentence_of(
            draft.body,
            await read_windows(pool, centre_id),
            has_appointments=self._configuration().facts.appointments,
        )
        page = PublishPage(
            version=draft.version,
            seen=draft.seen,
            rows=await self._differences(present.body, draft.body),
            sentence=Words(sentence.ar, sentence.en),
            coming=coming_words(await store.read_coming(pool, centre_id)),
            earliest=self._queue.today()[0] + timedelta(days=1),
            day=day,
            note=note,
            mistake=_NO_DAY_TO_COME if is_wrong else None,
            said=said,
        )
        return await request.app[PAGES].answer(
            request, page, status=422 if is_wrong else 200, at=f"{ROOT}/publish"
        )

    async def _both(self) -> tuple[Present, Version | None]:
        pool, centre_id = self._queue.pool, self._queue.centre.id
        return await read_present(pool, centre_id), await store.read_draft(pool, centre_id)

    async def _suggest(
        self, request: web.Request, entered: Entered, seen: Seen
    ) -> web.StreamResponse:
        """Add the holidays and Ramadans that are not entered yet, of this year and the next."""
        today = today_of(self._queue.clock.now(), self._queue.centre.zone)
        present, draft = await self._both()
        return await self._answer(
            request, with_suggestions(entered, today), present, draft, seen=seen, said="suggested"
        )

    async def _overtaken(
        self, request: web.Request, entered: Entered, body: PolicyBody
    ) -> web.StreamResponse:
        """Show what was entered beside what another editor saved; saving again takes this form."""
        present, draft = await self._both()
        other = present.body if draft is None else draft.body
        return await self._answer(
            request,
            entered,
            present,
            draft,
            other=other,
            body=body,
            status=409,
        )

    async def _answer(
        self,
        request: web.Request,
        entered: Entered,
        present: Present,
        draft: Version | None,
        *,
        seen: Seen | None = None,
        mistakes: tuple[Mistake, ...] = (),
        other: PolicyBody | None = None,
        body: PolicyBody | None = None,
        said: Said | None = None,
        status: int = 200,
    ) -> web.StreamResponse:
        queue, names = self._queue, await self._staff()
        centre = queue.centre
        groups = group_views(
            entered,
            profiles=await store.read_profiles(queue.pool, centre.id),
            touches=await store.read_touches(queue.pool, centre.id),
            names=names,
            zone=centre.zone,
            mistakes=mistakes,
        )
        page = PolicyPage(
            groups=groups,
            services=self._configuration().services,
            seen=seen or (Seen() if draft is None else draft.seen),
            present=present_words(present, names, centre.zone),
            coming=coming_words(await store.read_coming(queue.pool, centre.id)),
            draft=None
            if draft is None
            else touched_words(Touch(draft.changed_by, draft.changed_at), names, centre.zone),
            warnings=warnings_of(present.body, today=today_of(queue.clock.now(), centre.zone)),
            mistakes=mistakes_in_order(groups, mistakes),
            said=said,
            overtaken=None
            if other is None or body is None
            else await self._differences(other, body),
        )
        return await request.app[PAGES].answer(request, page, status=status, at=ROOT)

    async def _differences(
        self, before: PolicyBody, after: PolicyBody
    ) -> tuple[DifferenceRow, ...]:
        return difference_rows(
            before, after, services=self._services, profiles=await self._profile_names()
        )

    async def _profile_names(self) -> dict[str, Words]:
        found = await store.read_profiles(self._queue.pool, self._queue.centre.id)
        return {code: Words(name_ar, name_en) for code, name_ar, name_en, _ in found}

    @property
    def _services(self) -> dict[str, Service]:
        return {service.code: service for service in self._configuration().services}

    async def _staff(self) -> dict[UUID, Words]:
        people = await list_staff(self._queue.pool, centre_id=self._queue.centre.id)
        return {person.id: Words(person.name("ar"), person.name("en")) for person in people}


def _seen(fields: Mapping[str, str]) -> Seen:
    """Return the draft that the form was made from; what is none was no draft."""
    version, _, saves = fields.get("seen", "").partition("-")
    if version.isdecimal() and saves.isdecimal() and len(version) < 9 and len(saves) < 9:
        return Seen(int(version), int(saves))
    return Seen()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
