"""The pages of the set-up: the code, the choice, the steps, and the act at their end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web

from core_services.credentials import is_same_secret
from core_services.database.errors import DatabaseError, DatabaseGone
from core_services.l10n import digits
from core_services.people.errors import PeopleError
from core_services.people.model import SignedIn
from core_services.people.passwords import Passwords
from core_services.people.sessions import SessionLimits, sign_in
from queue_server.administration import AdministrationError, Administrator
from queue_server.centre_file import CentreMistakes
from queue_server.setup.desk import SetupDesk
from queue_server.setup.draft import STEPS, Step
from queue_server.setup.step_administrator import read_administrator
from queue_server.setup.step_centre import CENTRE_ID
from queue_server.setup.steps import read_step
from queue_server.store_centre import CentreError, CentreThere
from queue_server.web.bodies import read_fields
from queue_server.web.errors import ForeignOriginError, StaleFormError
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.security import CSRF_FIELD, is_same_origin
from queue_server.web.sessions import give_cookie
from queue_server.web.setup.already import already_answer
from queue_server.web.setup.view import CodePage, next_step, start_page, step_page
from queue_server.web.words import Words

ROOT: Final = "/setup"
COOKIE: Final = "shubbak_setup"
AFTERWARDS: Final = "/admin/first-steps?new"
"""Where the first administrator goes on."""

Page = Callable[[web.Request, str], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

logger = structlog.get_logger()


class SetupPages:
    """Answers for one set-up."""

    def __init__(self, desk: SetupDesk) -> None:
        self._desk = desk

    def install(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(ROOT, self.show)
        app.router.add_post(f"{ROOT}/code", self.prove)
        for step in STEPS:
            app.router.add_get(f"{ROOT}/{step}", self.proved(self._shows(step)))
        for step in STEPS[:-1]:
            app.router.add_post(f"{ROOT}/{step}", self.proved(self._keeps(step)))
        app.router.add_post(f"{ROOT}/{STEPS[-1]}", self.proved(self.make))

    def proved(self, page: Page, *, reads_form: bool = True) -> Handler:
        """Give a page to browsers that proved the code alone; forms must be this browser's own.

        Not `reads_form`: the page takes the body itself, and looks at its token first.
        """

        async def checked(request: web.Request) -> web.StreamResponse:
            if self._desk.is_over:
                return await already_answer(request)
            csrf = self._desk.form_token(request.cookies.get(COOKIE))
            if csrf is None:
                return see_other(ROOT)
            if request.method == "POST":
                if not is_same_origin(request):
                    raise ForeignOriginError
                if reads_form:
                    given = (await read_fields(request)).get(CSRF_FIELD, "")
                    if not is_same_secret(csrf, given):
                        raise StaleFormError
            return await page(request, csrf)

        return checked

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Ask for the code, or for the choice where it was proved."""
        desk = self._desk
        if desk.is_over:
            return await already_answer(request)
        csrf = desk.form_token(request.cookies.get(COOKIE))
        if csrf is None:
            return await request.app[PAGES].answer(request, CodePage())
        if desk.restoring.phase != "none":
            return see_other(f"{ROOT}/restore")
        page = start_page(desk.draft, desk.offer, csrf=csrf, is_unfinished=desk.is_unfinished)
        return await request.app[PAGES].answer(request, page)

    async def prove(self, request: web.Request) -> web.StreamResponse:
        """Take the code; there is no token yet that this form could carry."""
        desk = self._desk
        if desk.is_over:
            return await already_answer(request)
        if not is_same_origin(request):
            raise ForeignOriginError
        code = (await read_fields(request)).get("code", "")
        refused = desk.code.refuse(code, request.remote or "unknown")
        if refused is not None:
            logger.warning("setup_code_refused", address=request.remote, wait_s=refused.wait_s)
            page = CodePage(is_wrong=True, wait_s=refused.wait_s)
            headers = {"Retry-After": str(refused.wait_s)} if refused.wait_s else {}
            status = 429 if refused.wait_s else 422
            return await request.app[PAGES].answer(
                request, page, status=status, headers=headers, at=ROOT
            )
        logger.info("setup_code_proved", address=request.remote)
        response = see_other(ROOT)
        response.set_cookie(
            COOKIE, desk.admit(), httponly=True, samesite="Lax", secure=request.secure, path=ROOT
        )
        return response

    def _shows(self, step: Step) -> Page:
        async def show(request: web.Request, csrf: str) -> web.StreamResponse:
            page = step_page(step, self._desk.draft, self._desk.offer, csrf=csrf)
            return await request.app[PAGES].answer(request, page)

        return show

    def _keeps(self, step: Step) -> Page:
        async def keep(request: web.Request, csrf: str) -> web.StreamResponse:
            fields = await read_fields(request)
            if not await self._kept(step, fields):
                return await self._again(request, step, csrf, failure=_NOT_KEPT)
            reading = read_step(step, self._desk.draft.typed[step], self._desk.offer)
            if not reading.is_right:
                return await self._again(request, step, csrf, wrong=reading.wrong)
            return see_other(f"{ROOT}/{next_step(self._desk.draft, self._desk.offer)}")

        return keep

    async def _kept(self, step: Step, fields: Mapping[str, str]) -> bool:
        try:
            await self._desk.keep(step, fields)
        except OSError as error:
            logger.error("setup_draft_not_kept", why=error.strerror)
            return False
        return True

    async def make(self, request: web.Request, csrf: str) -> web.StreamResponse:
        """Make the centre and its administrator, sign them in, and let the server follow."""
        desk, step = self._desk, STEPS[-1]
        fields = await read_fields(request)
        if not await self._kept(step, fields):
            return await self._again(request, step, csrf, failure=_NOT_KEPT)
        if (first := next_step(desk.draft, desk.offer)) != step:
            return await self._again(request, step, csrf, failure=_missing(first))
        administrator, reading = read_administrator(fields)
        if administrator is None:
            return await self._again(request, step, csrf, wrong=reading.wrong)
        async with desk.turn:
            if desk.restoring.phase in ("restoring", "restored"):  # somebody was first
                return see_other(f"{ROOT}/restore")
            try:
                await desk.make(administrator)
            except CentreThere:
                await desk.end()
                return await already_answer(request)
            except CentreMistakes as error:
                logger.error("setup_refused", why=str(error))
                return await self._again(request, step, csrf, failure=_REFUSED)
            except (CentreError, PeopleError, AdministrationError) as error:
                logger.error("setup_refused", why=str(error))
                return await self._again(request, step, csrf, failure=_told(error))
            except DatabaseGone:
                # Whether a commit that was not answered happened, the database alone can say.
                if not await desk.has_centre():
                    raise
            logger.info("centre_made", administrator=administrator.username)
            signed_in = await self._sign_in(request, administrator)
            await desk.end()
        if signed_in is None:
            return await already_answer(request)
        response = see_other(AFTERWARDS)
        response.force_close()  # the next request is for the server that follows
        give_cookie(request, response, signed_in.token)
        response.del_cookie(COOKIE, path=ROOT, httponly=True, samesite="Lax")
        return response

    async def _sign_in(self, request: web.Request, administrator: Administrator) -> SignedIn | None:
        """Sign the administrator in; None: the centre is there, and they do it by themselves."""
        desk, passwords = self._desk, Passwords()
        try:
            return await sign_in(
                desk.require_pool(),
                passwords,
                centre_id=CENTRE_ID,
                username=administrator.username,
                password=administrator.password,
                address=request.remote or "unknown",
                at=desk.clock.now(),
                limits=SessionLimits(
                    idle=timedelta(minutes=desk.settings.session_idle_minutes),
                    absolute=timedelta(hours=desk.settings.session_hours),
                ),
            )
        except (DatabaseError, PeopleError) as error:
            logger.warning("administrator_not_signed_in", why=str(error))
            return None
        finally:
            await asyncio.to_thread(passwords.close)

    async def _again(
        self,
        request: web.Request,
        step: Step,
        csrf: str,
        *,
        wrong: Mapping[str, Words] | None = None,
        failure: Words | None = None,
    ) -> web.StreamResponse:
        page = step_page(
            step, self._desk.draft, self._desk.offer, csrf=csrf, wrong=wrong, failure=failure
        )
        return await request.app[PAGES].answer(request, page, status=422, at=f"{ROOT}/{step}")


_REFUSED: Final = Words(
    "لم يُنشأ المركز: في الخطوات السابقة ما لا يتفق. راجعها ثم أعد المحاولة.",
    "The centre was not made: the steps before do not agree. Look through them and try again.",
)


_NOT_KEPT: Final = Words(
    "ما كتبته لم يُحفظ على قرص الخادم. راجع المساحة الخالية وصلاحيات مجلد البيانات ثم أعد المحاولة.",
    "What you typed could not be kept on the server's disk. See that there is room and that its "
    "data folder can be written, then try again.",
)


def _missing(step: Step) -> Words:
    nth = STEPS.index(step) + 1
    return Words(
        f"لم يُنشأ المركز بعد: أكمل الخطوة {digits(str(nth), 'ar')} أولًا.",
        f"The centre was not made yet: step {nth} is to be done first.",
    )


def _told(error: Exception) -> Words:
    return Words(
        "لم يُنشأ المركز ولم يتغيّر شيء. السبب مكتوب في سجل الخادم. أعد المحاولة.",
        f"The centre was not made and nothing was changed: {error}",
    )
