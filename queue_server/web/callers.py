"""Says who sends a request and what they may do: a program by its key, a person by sign-in."""

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from core_services.people.api_keys import ApiKeys
from core_services.people.model import ApiKey, Session
from core_services.people.permissions import (
    Permission,
    permissions_of_role,
    permissions_of_scopes,
)
from queue_server.tickets.model import Actor
from queue_server.web.errors import NotPermittedError, NotSignedInError
from queue_server.web.security import SAFE_METHODS, check_form
from queue_server.web.sessions import Sessions

_BEARER = "Bearer "


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request."""

    actor: Actor
    permissions: frozenset[Permission]
    credential: str
    """The scope of its idempotency keys."""
    name: str = ""
    """How others are told who opened a window: a person's or a key's name."""
    session: Session | None = None
    """The person's sign-in; None for a program."""

    def may(self, permission: Permission) -> bool:
        """Say whether the caller has the permission."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise NotPermittedError unless the caller has the permission."""
        if permission not in self.permissions:
            raise NotPermittedError(permission)


class Callers:
    """Recognises callers; API keys are remembered for two seconds by `ApiKeys`."""

    def __init__(
        self, keys: ApiKeys, sessions: Sessions, *, centre_id: int, public_url: str | None = None
    ) -> None:
        self._keys = keys
        self._sessions = sessions
        self._centre_id = centre_id
        self._public_url = public_url
        self._programs: dict[UUID, tuple[ApiKey, Caller]] = {}

    async def caller(self, request: web.Request) -> Caller:
        """Return who sends the request: its bearer key if it has one, else its sign-in.

        A person's state-changing request must come from our own page with the form's token. Raises
        NotSignedInError, ForeignOriginError or StaleFormError.
        """
        header = request.headers.get("Authorization")
        if header is not None:
            return await self._program(header)
        return await self.person(request)

    async def person(self, request: web.Request, *, is_use: bool = True) -> Caller:
        """Return the member of staff who sends the request; raises like `caller`.

        `is_use` False: their page asks by itself (see `Sessions.of`).
        """
        session = await self._sessions.of(request, is_use=is_use)
        if session is None:
            raise NotSignedInError
        if request.method not in SAFE_METHODS:
            await check_form(request, session, self._public_url)
        return Caller(
            actor=Actor("staff", session.staff.id),
            permissions=permissions_of_role(session.staff.role),
            credential=f"staff:{session.staff.id}",
            name=session.staff.name("ar"),
            session=session,
        )

    async def _program(self, header: str) -> Caller:
        if not header.startswith(_BEARER):
            raise NotSignedInError
        key = await self._keys.verify(header[len(_BEARER) :].strip())
        if key is None or key.centre_id != self._centre_id:
            raise NotSignedInError
        known = self._programs.get(key.id)
        if known is not None and known[0] is key:
            return known[1]
        caller = Caller(
            actor=Actor("key", key.id),
            permissions=permissions_of_scopes(key.scopes),
            credential=f"key:{key.id}",
            name=key.name,
        )
        self._programs[key.id] = (key, caller)
        return caller
