"""Asks citizens how the visit was: three faces at the window, a form on the slip's page.

No answer that was given is ever shown again, to anybody: whoever reaches these pages learns at most
that there is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, get_args
from uuid import UUID

from aiohttp import web

from queue_server.feedback.answers import Answers
from queue_server.feedback.model import (
    TEXT_LETTERS,
    FeedbackReason,
    Given,
    Outcome,
    Score,
    Visit,
)
from queue_server.tickets.place import place_of
from queue_server.tickets.store_citizen import Place
from queue_server.web.bodies import read_fields
from queue_server.web.citizen.pacing import Pacing
from queue_server.web.citizen.private import PRIVATE
from queue_server.web.errors import FieldError, ForeignOriginError, InvalidInputError
from queue_server.web.keys import PAGES, PUBLIC_URL, SESSIONS
from queue_server.web.labels import label_words
from queue_server.web.language import page_language
from queue_server.web.redirects import see_other
from queue_server.web.security import is_same_origin
from queue_server.web.words import Words

WINDOW_PATH: Final = "/windows/{number:[1-9][0-9]?}/feedback"
PARTS_HEADER: Final = "X-View"
"""A screen that shows the fragment sends `X-View: parts` with an answer and gets its thanks."""
SCORES: Final[tuple[Score, ...]] = get_args(Score)
REASONS: Final[tuple[FeedbackReason, ...]] = get_args(FeedbackReason)
_TOO_LONG: Final = Words("التعليق ٣٠٠ حرف على الأكثر.", "The comment has at most 300 letters.")


@dataclass(frozen=True, slots=True)
class WindowFeedback:
    """The fragment of a window's citizen-facing screen: the three faces, or thanks."""

    template: ClassVar[str] = "_window_feedback.html"

    window: int
    visit: UUID | None
    """The visit asked about; None: nothing is asked."""
    label: Words | None
    left_ms: int
    """For so long the faces stand."""
    said: Outcome | None = None
    scores: tuple[Score, ...] = SCORES


@dataclass(frozen=True, slots=True)
class WindowFeedbackPage:
    """The fragment as a whole page, for a browser without script."""

    template: ClassVar[str] = "window_feedback.html"

    part: WindowFeedback


@dataclass(frozen=True, slots=True)
class PhoneFeedback:
    """What the slip's page asks after the visit."""

    template: ClassVar[str] = "_feedback.html"

    path: str
    is_answered: bool
    may_answer: bool
    said: str
    """`closed`: what was sent came too late."""
    scores: tuple[Score, ...] = SCORES
    reasons: tuple[FeedbackReason, ...] = REASONS
    text_letters: int = TEXT_LETTERS


class FeedbackPages:
    """Asks, and keeps what is answered."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._pacing = Pacing(answers.queue.clock, most=20, within_s=10.0)

    async def part(self, request: web.Request) -> web.StreamResponse:
        """Answer the window's fragment; 204 while nothing is asked there.

        `?again=1` asks once more about a visit that was answered for, so that it can be changed.
        """
        view = await self._asked(request, again=request.query.get("again") == "1")
        return _fragment(request, view) if view.visit is not None else web.Response(status=204)

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Show the fragment as a page of its own."""
        view = await self._asked(request, again=request.query.get("again") == "1")
        return await request.app[PAGES].answer(request, WindowFeedbackPage(view), ask_who=False)

    async def answer_at_window(self, request: web.Request) -> web.StreamResponse:
        """Keep a touch on a face, for the visit that was asked about and no other."""
        if not is_same_origin(request, request.app[PUBLIC_URL]):
            raise ForeignOriginError
        window = int(request.match_info["number"])
        self._pacing.check(f"window {window}")
        fields = await read_fields(request)
        given = _given(fields, with_text=False)
        visit = await self._answers.last_visit(window)
        outcome: Outcome = "closed"
        if visit is not None and str(visit.ticket_id) == fields.get("visit", ""):
            outcome = await self._answers.keep(visit.ticket_id, given, channel="window")
        view = WindowFeedback(window, None, None, 0, said=outcome)
        if request.headers.get(PARTS_HEADER) == "parts":
            return _fragment(request, view)
        return await request.app[PAGES].answer(
            request,
            WindowFeedbackPage(view),
            ask_who=False,
            at=f"/windows/{window}/feedback/page",
        )

    async def answer_by_phone(self, request: web.Request) -> web.StreamResponse:
        """Keep what the slip's page sends. Raises UnknownTicket.

        The address is the key, so no other is needed; but whoever is signed in here as staff does
        not answer for a citizen.
        """
        place = await place_of(self._answers.queue, request.match_info["token"])
        origin = request.headers.get("Origin")
        is_own = origin in (None, "null") or is_same_origin(request, request.app[PUBLIC_URL])
        if not is_own:
            raise ForeignOriginError
        if await is_staff(request):
            raise web.HTTPForbidden
        self._pacing.check(f"ticket {place.ticket.id}")
        fields = await read_fields(request)
        given = _given(fields, with_text=True)
        outcome = await self._answers.keep(place.ticket.id, given, channel="phone")
        said = "closed" if outcome == "closed" else "thanks"
        language = "en" if fields.get("lang") == "en" else "ar"
        return see_other(f"/t/{place.ticket.token.lower()}?lang={language}&said={said}#feedback")

    async def phone_part(self, request: web.Request) -> web.StreamResponse:
        """Answer what the slip's page asks, for its script, or 204. Raises UnknownTicket."""
        place = await place_of(self._answers.queue, request.match_info["token"])
        view = await self.of_place(request, place)
        response = web.Response(status=204) if view is None else _fragment(request, view)
        response.headers.update(PRIVATE)
        return response

    async def of_place(self, request: web.Request, place: Place) -> PhoneFeedback | None:
        """Return what the slip's page asks; None where it asks nothing."""
        if place.ticket.state != "finished":
            return None
        visit = await self._answers.visit(place.ticket.id)
        if visit is None or await is_staff(request):
            return None
        may_answer = visit.may_answer("phone", self._answers.queue.clock.now())
        if not may_answer and not visit.is_answered:
            return None
        return PhoneFeedback(
            path=f"/t/{place.ticket.token.lower()}/feedback",
            is_answered=visit.is_answered,
            may_answer=may_answer,
            said=request.query.get("said", ""),
        )

    async def _asked(self, request: web.Request, *, again: bool) -> WindowFeedback:
        window = int(request.match_info["number"])
        visit = await self._answers.last_visit(window)
        left_s = 0.0 if visit is None else self._left_s(visit, again=again)
        if visit is None or left_s <= 0:
            return WindowFeedback(window, None, None, 0)
        return WindowFeedback(
            window, visit.ticket_id, label_words(visit.label), left_ms=round(left_s * 1000)
        )

    def _left_s(self, visit: Visit, *, again: bool) -> float:
        at = self._answers.queue.clock.now()
        if again and visit.is_answered and visit.may_answer("window", at):
            return 15.0
        return visit.asked_for_s(at)


def install_feedback(app: web.Application, pages: FeedbackPages) -> None:
    """Serve the window's fragment and the form of the slip's page."""
    app.router.add_get(WINDOW_PATH, pages.part)
    app.router.add_get(WINDOW_PATH + "/page", pages.page)
    app.router.add_post(WINDOW_PATH, pages.answer_at_window)
    app.router.add_get("/t/{token}/feedback", pages.phone_part)
    app.router.add_post("/t/{token}/feedback", pages.answer_by_phone)


async def is_staff(request: web.Request) -> bool:
    """Say whether somebody is signed in where the request comes from; this is no use of it."""
    return await request.app[SESSIONS].of(request, is_use=False) is not None


def _fragment(request: web.Request, view: WindowFeedback | PhoneFeedback) -> web.Response:
    text = request.app[PAGES].fragment(page_language(request), view)
    return web.Response(text=text, content_type="text/html", charset="utf-8")


def _given(fields: Mapping[str, str], *, with_text: bool) -> Given:
    """Read an answer. Raises InvalidInputError."""
    scores: dict[str, Score] = {each: each for each in SCORES}
    score = scores.get(fields.get("score", ""))
    if score is None:
        raise InvalidInputError(
            [FieldError("body", "score", "missing", Words("اختر وجهًا.", "Choose a face."))]
        )
    if not with_text:
        return Given(score)
    text = fields.get("text", "").replace("\r\n", "\n").strip()
    if len(text) > TEXT_LETTERS:
        raise InvalidInputError([FieldError("body", "text", "string_too_long", _TOO_LONG)])
    reasons = tuple(each for each in REASONS if f"reason-{each}" in fields)
    return Given(score, reasons, text or None)
