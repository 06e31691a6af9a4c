"""A server made of the web frame alone: sign-in, files, errors, a test's own operations."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core_services.database.pool import Pool
from core_services.people.api_keys import ApiKeys, add_key
from core_services.people.model import Role, Scope, Staff
from core_services.people.passwords import Passwords
from core_services.people.permissions import ALL_SCOPES
from core_services.people.sessions import SessionLimits
from core_services.people.staff import create_staff
from queue_server.web.callers import Callers
from queue_server.web.frame import install, web_frame
from queue_server.web.operations import Operation
from queue_server.web.own_problems import register_own_problems
from queue_server.web.problems import Problems
from queue_server.web.security import REQUEST_LIMIT_BYTES
from queue_server.web.sessions import Sessions
from queue_server.web.words import Words
from tests.support.centres import add_centre
from tests.support.clock import ManualClock
from tests.support.pages import Visitor

PASSWORD = "kfs-hall-2026!"


@dataclass(frozen=True, slots=True)
class By:
    """The system itself, as the one who adds people."""

    kind: str = "system"
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """The running server and what a test moves it with."""

    client: TestClient[web.Request, web.Application]
    pool: Pool
    passwords: Passwords
    clock: ManualClock
    problems: Problems

    def visitor(self, language: str = "ar") -> Visitor:
        """Return somebody with an own browser; cookies are those of the site's client."""
        return Visitor(self.client, language)

    async def add_staff(self, username: str = "mona", role: Role = "clerk") -> Staff:
        """Add a member of staff with the password PASSWORD."""
        return await create_staff(
            self.pool,
            self.passwords,
            centre_id=1,
            username=username,
            password=PASSWORD,
            role=role,
            name_ar="منى السيد",
            name_en="Mona El-Sayed",
            default_window=5,
            actor=By(),
            at=self.clock.now(),
        )

    async def key(self, *scopes: Scope) -> dict[str, str]:
        """Return the header of a new API key with those scopes, or with all."""
        made = await add_key(
            self.pool,
            centre_id=1,
            name=f"key {'-'.join(scopes)}",
            scopes=scopes or ALL_SCOPES,
            actor=By(),
            at=self.clock.now(),
        )
        return {"Authorization": f"Bearer {made.text}"}

    async def sign_in(self, username: str = "mona", language: str = "ar") -> Visitor:
        """Sign somebody in and return their browser."""
        visitor = self.visitor(language)
        form = await visitor.get("/sign-in")
        seen = await visitor.submit(
            form, "/sign-in", follow=False, username=username, password=PASSWORD
        )
        assert seen.status == 303, seen.text
        return visitor


MakeSite = Callable[..., Awaitable[Site]]


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where templates are kept compiled, so that a run compiles each of them once."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def make_site(
    pool: Pool,
    passwords: Passwords,
    font: Path,
    aiohttp_client: Callable[..., Awaitable[TestClient[web.Request, web.Application]]],
    compiled_templates: Path,
) -> MakeSite:
    """Return what starts a site with the operations and further pages that a test gives."""

    async def make(
        operations: Sequence[Operation] = (),
        extend: Callable[[web.Application, Problems], None] | None = None,
    ) -> Site:
        clock = ManualClock()
        await add_centre(pool)
        sessions = Sessions(
            pool=pool, passwords=passwords, clock=clock, centre_id=1, limits=SessionLimits()
        )
        problems = Problems()
        register_own_problems(problems)
        frame = web_frame(
            font=font,
            centre_name=lambda: Words("المركز التكنولوجي بكفر صقر", "Kafr Saqr Technology Centre"),
            zone=lambda: ZoneInfo("Africa/Cairo"),
            problems=problems,
            sessions=sessions,
            callers=Callers(ApiKeys(pool, clock), sessions, centre_id=1),
            public_url=None,
            cache_dir=compiled_templates,
        )
        app = web.Application(client_max_size=REQUEST_LIMIT_BYTES)
        install(app, frame, operations)
        if extend is not None:
            extend(app, problems)
        client = await aiohttp_client(TestServer(app))
        return Site(client, pool, passwords, clock, problems)

    return make
