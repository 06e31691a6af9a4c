"""One set-up as it stands: who proved the code, what was typed, and the act at its end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from core_services.clock import Clock
from core_services.credentials import hash_token, new_token
from core_services.database.errors import DatabaseGone
from core_services.database.pool import Pool
from queue_server.administration import Administrator, LoadedCentre, make_centre
from queue_server.backup.folder import tidy
from queue_server.settings import ServerSettings
from queue_server.setup.code import SetupCode
from queue_server.setup.draft import Draft, Step, keep_draft, read_draft
from queue_server.setup.offer import Offer, read_offer
from queue_server.setup.restoring import Restoring
from queue_server.setup.steps import describe, names_of
from queue_server.setup.uploading import Uploading
from queue_server.store_centre import CentreThere, list_centres

_TOKEN_BITS = 256
_BROWSERS = 32


class SetupDesk:
    """The one set-up of a server; `open_desk` makes it. It is for one event loop."""

    def __init__(
        self, settings: ServerSettings, clock: Clock, code: SetupCode, offer: Offer, draft: Draft
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.code = code
        self.offer = offer
        self.draft = draft
        self.over = asyncio.Event()
        """There is a centre: the code is worth nothing any more."""
        self.restoring = Restoring()
        self.uploading = Uploading()
        self.is_unfinished = False
        """A restore into the database was broken off: nothing but another one can be done."""
        self.may_follow = asyncio.Event()
        """The outcome of a restore was seen."""
        self.pool: Pool | None = None
        """The owner's, while the database is there for the set-up."""
        self.stop_listening: Callable[[], Awaitable[None]] | None = None
        """Takes no more connections: those who come now wait for the server that follows."""
        self._browsers: dict[bytes, str] = {}
        """By the hash of a browser's token the token of its forms."""
        self.turn = asyncio.Lock()
        """Held by whoever makes the centre, until the server may follow."""
        self._keeping = asyncio.Lock()

    @property
    def is_over(self) -> bool:
        return self.over.is_set()

    def require_pool(self) -> Pool:
        """Return the database. Raises DatabaseGone while it is not there."""
        if self.pool is None:
            raise DatabaseGone("the database is not up")
        return self.pool

    def admit(self) -> str:
        """Let a browser in that proved the code; return its token."""
        while len(self._browsers) >= _BROWSERS:
            del self._browsers[next(iter(self._browsers))]
        token = new_token(_TOKEN_BITS)
        self._browsers[hash_token(token)] = new_token(_TOKEN_BITS)
        return token

    def form_token(self, token: str | None) -> str | None:
        """Return the token of that browser's forms; None: it has not proved the code."""
        if not token or self.is_over:
            return None
        return self._browsers.get(hash_token(token))

    async def keep(self, step: Step, fields: Mapping[str, str]) -> None:
        """Keep what was typed in a step; what is no field of it is not kept. Raises OSError."""
        async with self._keeping:
            names = names_of(step, self.offer)
            typed = {name: fields[name][:400] for name in names if name in fields}
            self.draft = self.draft.with_step(step, typed)
            await asyncio.to_thread(keep_draft, self.settings.data_dir, self.draft)

    async def has_centre(self) -> bool:
        """Say whether there is a centre. Raises DatabaseError."""
        return bool(await list_centres(self.require_pool()))

    async def make(self, administrator: Administrator) -> LoadedCentre:
        """Make the centre of the draft and its administrator, in one act; hold the `turn`.

        Raises CentreMistakes, CentreThere, PeopleError, DatabaseError, AdministrationError.
        """
        if self.is_over:
            raise CentreThere("")
        file = describe(self.draft, self.offer)
        return await make_centre(
            self.settings, self.require_pool(), file, administrator, at=self.clock.now()
        )

    async def end(self) -> None:
        """Let the server follow: whoever asks from now on is answered by it."""
        if not self.is_over and self.stop_listening is not None:
            await self.stop_listening()
        self.over.set()
        self._browsers.clear()


async def open_desk(
    settings: ServerSettings, clock: Clock, *, tell: Callable[[str], object]
) -> SetupDesk:
    """Begin a set-up, or go on with what was typed before; `tell` puts a code on the console."""
    offer = await asyncio.to_thread(read_offer)
    draft = await asyncio.to_thread(read_draft, settings.data_dir)
    await asyncio.to_thread(tidy, settings.backups)
    return SetupDesk(settings, clock, SetupCode(clock, tell), offer, draft)
