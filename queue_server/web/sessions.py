"""Ties the browser's cookie to a sign-in kept in the database."""

from dataclasses import dataclass

from aiohttp import web

from core_services.clock import Clock
from core_services.database.pool import Pool
from core_services.people import sessions as people
from core_services.people.model import Session, SignedIn, Staff
from core_services.people.passwords import Passwords
from core_services.people.sessions import SessionLimits

COOKIE = "shubbak_session"
TRAINING_COOKIE = "shubbak_training_session"
"""Cookies know no ports: beside the real server, a training server must not take its place."""

_FOUND = web.RequestKey("session", tuple)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Signs staff of one centre in and out, and knows who sent a request."""

    pool: Pool
    passwords: Passwords
    clock: Clock
    centre_id: int
    limits: SessionLimits
    cookie: str = COOKIE

    async def of(self, request: web.Request, *, is_use: bool = True) -> Session | None:
        """Return the sign-in that the request's cookie stands for; None where there is none.

        The database is asked once a request, so the first one to ask says whether it `is_use`: what
        an open page asks for by itself does not keep a sign-in alive.
        """
        found = request.get(_FOUND)
        if found is None:
            token = request.cookies.get(self.cookie)
            session = None
            if token:
                session = await people.find_session(
                    self.pool, token, at=self.clock.now(), limits=self.limits, is_use=is_use
                )
            if session is not None and session.staff.centre_id != self.centre_id:
                session = None
            found = request[_FOUND] = (session,)
        session_found: Session | None = found[0]
        return session_found

    async def sign_in(self, request: web.Request, *, username: str, password: str) -> SignedIn:
        """Open a session for the request's browser; raises what `people.sign_in` raises."""
        return await people.sign_in(
            self.pool,
            self.passwords,
            centre_id=self.centre_id,
            username=username,
            password=password,
            address=request.remote or "unknown",
            at=self.clock.now(),
            limits=self.limits,
            replaces=request.cookies.get(self.cookie),
        )

    async def signed_in(self) -> tuple[Staff, ...]:
        """Return the centre's staff who are signed in now."""
        return await people.signed_in(
            self.pool, centre_id=self.centre_id, at=self.clock.now(), limits=self.limits
        )

    async def sign_out(self, request: web.Request) -> None:
        """End the session of the request's browser."""
        token = request.cookies.get(self.cookie)
        if token:
            await people.sign_out(self.pool, token)

    def give_cookie(self, request: web.Request, response: web.StreamResponse, token: str) -> None:
        """Let the browser keep a session's token until it closes; no script can read it."""
        give_cookie(request, response, token, name=self.cookie)

    def take_cookie(self, response: web.StreamResponse) -> None:
        """Let the browser forget its session."""
        response.del_cookie(self.cookie, path="/", httponly=True, samesite="Lax")


def known_session(request: web.Request) -> Session | None:
    """Return the request's sign-in if it was looked up already, without asking the database."""
    session: Session | None = request.get(_FOUND, (None,))[0]
    return session


def give_cookie(
    request: web.Request, response: web.StreamResponse, token: str, *, name: str = COOKIE
) -> None:
    """Let the browser keep a session's token until it closes; no script can read it."""
    response.set_cookie(name, token, httponly=True, samesite="Lax", secure=request.secure, path="/")
