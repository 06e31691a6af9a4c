"""The pages where anybody books an appointment, `/book`: a service, a day, a time.

No login and no script is needed. Each answer is asked for by its own address, so that going back is
the browser's. Only the last step changes anything: it counts once however often it is pressed, and
is limited for each network address.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from core_services.catalogue.model import Catalogue
from core_services.credentials import hash_token
from core_services.egypt import NotAPhone, read_phone
from core_services.ids import new_token
from queue_server.appointments.acts import Appointments
from queue_server.appointments.model import (
    FEWEST_FILES,
    LONGEST_FILE_NAME,
    MOST_FILES,
)
from queue_server.appointments.wishes import Wish
from queue_server.tickets.errors import HasABooking, Refused
from queue_server.tickets.model import Actor, Claim, Service
from queue_server.tickets.store_reading import read_services
from queue_server.web.bodies import read_fields
from queue_server.web.citizen.booking_view import (
    ROOT,
    BookDayPage,
    BookServicePage,
    BookTimePage,
    Mistake,
    Subject,
    group_choices,
    slot_choices,
)
from queue_server.web.errors import ForeignOriginError
from queue_server.web.keys import PAGES, PUBLIC_URL
from queue_server.web.language import page_language, remember_language
from queue_server.web.redirects import see_other
from queue_server.web.security import is_same_origin
from queue_server.web.words import Words

DROP_OFF: Final = "drop_off"
CITIZEN: Final = Actor("system")
"""Who acts from a public page: nobody that we know."""


class BookingPages:
    """Serves the three steps of a booking."""

    def __init__(self, appointments: Appointments, catalogue: Catalogue) -> None:
        self._appointments = appointments
        self._catalogue = catalogue

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the step that the address has come to."""
        subject = await self._subject(request.query.get("service"), request.query.get("kind"))
        if subject is None:
            return await self._services(request)
        day = _day(request.query.get("day", ""))
        if day is None:
            return await self._days(request, subject)
        return await self._times(request, subject, day)

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """Book, or show the last step again with what to mend.

        There is no session whose token the form could carry; the origin check stands alone.
        """
        if not is_same_origin(request, request.app[PUBLIC_URL]):
            raise ForeignOriginError
        form = await read_fields(request)
        subject = await self._subject(form.get("service"), form.get("kind"))
        day = _day(form.get("day", ""))
        if subject is None or day is None:
            return see_other(ROOT)
        wait_s = await self._appointments.count_attempt("address", address_of(request))
        if wait_s:
            return await self._again(
                request, subject, day, form, ["too_many"], status=429, wait_s=wait_s
            )
        wish, mistakes = self._wish(form, subject, page_language(request))
        if wish is None:
            return await self._again(request, subject, day, form, mistakes, status=422)
        key = form.get("key", "")
        claim = _claim(form, key, self._blind) if 16 <= len(key) <= 64 else None
        try:
            found = await self._appointments.book(wish, via="page", actor=CITIZEN, claim=claim)
        except HasABooking:
            return await self._again(request, subject, day, form, ["has_one"], status=409)
        except Refused:
            return await self._again(request, subject, day, form, ["gone"], status=409)
        response = see_other(f"/b/{found.token.lower()}?lang={page_language(request)}")
        remember_language(request, response)
        return response

    async def _services(self, request: web.Request) -> web.StreamResponse:
        codes, has_drop_off = await self._appointments.choices()
        services = await self._known_services()
        page = BookServicePage(
            groups=group_choices([services[code] for code in codes], self._catalogue.services),
            has_drop_off=has_drop_off,
        )
        return await request.app[PAGES].answer(request, page, ask_who=False)

    async def _days(self, request: web.Request, subject: Subject) -> web.StreamResponse:
        days = await self._appointments.days(subject.code, is_drop_off=subject.is_drop_off)
        page = BookDayPage(subject=subject, days=days)
        return await request.app[PAGES].answer(request, page, ask_who=False)

    async def _times(self, request: web.Request, subject: Subject, day: date) -> web.StreamResponse:
        page = await self._time_page(subject, day)
        return await request.app[PAGES].answer(request, page, ask_who=False)

    async def _again(
        self,
        request: web.Request,
        subject: Subject,
        day: date,
        form: Mapping[str, str],
        mistakes: list[Mistake],
        *,
        status: int,
        wait_s: int = 0,
    ) -> web.StreamResponse:
        page = await self._time_page(
            subject,
            day,
            chosen=form.get("time", ""),
            phone=form.get("phone", ""),
            files=form.get("files", ""),
            mistakes=tuple(mistakes),
            wait_s=wait_s,
        )
        return await request.app[PAGES].answer(
            request,
            page,
            status=status,
            headers={"Retry-After": str(wait_s)} if wait_s else None,
            ask_who=False,
            at=f"{ROOT}?{subject.query}&{urlencode({'day': day.isoformat()})}",
        )

    async def _time_page(
        self,
        subject: Subject,
        day: date,
        *,
        chosen: str = "",
        phone: str = "",
        files: str = "",
        mistakes: tuple[Mistake, ...] = (),
        wait_s: int = 0,
    ) -> BookTimePage:
        offers = await self._appointments.offers(subject.code, day, is_drop_off=subject.is_drop_off)
        return BookTimePage(
            subject=subject,
            day=day,
            times=slot_choices(offers, self._appointments.queue.centre.zone),
            chosen=chosen,
            asks_phone=self._appointments.people is not None,
            kept_days=self._appointments.kept_days,
            phone=phone[:40],
            files=files[: (LONGEST_FILE_NAME + 2) * MOST_FILES],
            key=new_token(),
            mistakes=mistakes,
            wait_s=wait_s,
        )

    async def _subject(self, service: str | None, kind: str | None) -> Subject | None:
        """Return what is to be booked, if it can be."""
        codes, has_drop_off = await self._appointments.choices()
        if kind == DROP_OFF:
            return Subject(None, None) if has_drop_off else None
        if service is None or service not in codes:
            return None
        known = (await self._known_services())[service]
        return Subject(service, Words(known.name_ar, known.name_en))

    async def _known_services(self) -> dict[str, Service]:
        queue = self._appointments.queue
        return {each.code: each for each in await read_services(queue.pool, queue.centre.id)}

    def _wish(
        self, form: Mapping[str, str], subject: Subject, language: str
    ) -> tuple[Wish | None, list[Mistake]]:
        """Read the form, or say what is to be mended."""
        mistakes: list[Mistake] = []
        starts_at = moment_from(form.get("time", ""))
        if starts_at is None:
            mistakes.append("time")
        files: tuple[str, ...] = ()
        if subject.is_drop_off:
            files = tuple(line for line in map(_line, form.get("files", "").splitlines()) if line)
            if not FEWEST_FILES <= len(files) <= MOST_FILES or any(
                len(line) > LONGEST_FILE_NAME for line in files
            ):
                mistakes.append("files")
        phone: str | None = None
        if self._appointments.people is not None and (typed := form.get("phone", "").strip()):
            try:
                phone = read_phone(typed)
            except NotAPhone:
                mistakes.append("phone")
        if starts_at is None or mistakes:
            return None, mistakes
        return (
            Wish(
                starts_at=starts_at,
                service=subject.code,
                files=files,
                language="en" if language == "en" else "ar",
                phone=phone,
            ),
            [],
        )

    def _blind(self, fingerprint: bytes) -> bytes:
        """A phone could be tried out against a plain hash of the form it stands in."""
        people = self._appointments.people
        return fingerprint if people is None else people.keys.blind(fingerprint)


def address_of(request: web.Request) -> bytes:
    """Return the network address whose attempts are counted, hashed."""
    return hash_token(request.remote or "unknown")


def moment_from(text: str) -> datetime | None:
    """Read a slot's beginning as our own pages write it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _line(text: str) -> str:
    """Return a line without what no page shows, its white space single."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _claim(form: Mapping[str, str], key: str, blind: Callable[[bytes], bytes]) -> Claim:
    meaning = "\0".join(
        form.get(name, "") for name in ("service", "kind", "day", "time", "files", "phone")
    )
    fingerprint = blind(hashlib.sha256(meaning.encode()).digest())
    return Claim(
        credential="citizen",
        method="POST",
        path=ROOT,
        # Who goes back and changes the form asks for something else by the same form.
        key=f"{key}.{fingerprint.hex()[:16]}",
        fingerprint=fingerprint,
    )
