"""The supervisor's page of a real server, kept open: fetched anew when the server has news."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp

PATIENCE_S: Final = 60.0
"""Longer than is ever allowed, so that a failure tells how late it was."""
_HIDDEN: Final = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_ALARMS: Final = re.compile(r'class="alarms".*?</section>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class WatchedHall:
    """The open page."""

    session: aiohttp.ClientSession
    socket: aiohttp.ClientWebSocketResponse
    server: str

    async def alarms(self) -> str:
        """Return what stands among the alarms now, as HTML."""
        async with self.session.get(f"{self.server}/supervisor/now") as answer:
            found = _ALARMS.search(await answer.text())
        assert found is not None
        return found[0]

    async def until(self, is_so: Callable[[str], bool]) -> float:
        """Return after how many seconds the page that was told of news says so.

        News that came before this call is passed over. Raises TimeoutError.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await self._next()
                if is_so(await self.alarms()):
                    return loop.time() - began

    async def until_calm(self, words: str) -> None:
        """Wait until no alarm has these words, and no news is left unread."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while words in await self.alarms():
                    await self._next()
        except TimeoutError as error:
            raise AssertionError(f"not calm: {_words(await self.alarms())}") from error
        while await self._next(within_s=0.2):
            pass

    async def _next(self, *, within_s: float | None = None) -> bool:
        try:
            await self.socket.receive_str(timeout=within_s)
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def watched_hall(server: str, username: str, password: str) -> AsyncIterator[WatchedHall]:
    """Sign somebody in and keep the supervisor's page open for the block."""
    headers = {"Accept": "text/html", "Origin": server}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, headers=headers) as session:
        async with session.get(f"{server}/sign-in?lang=ar") as form:
            hidden = dict(_HIDDEN.findall(await form.text()))
        fields = hidden | {"username": username, "password": password}
        async with session.post(f"{server}/sign-in", data=fields) as answer:
            assert answer.status == 200, await answer.text()
        async with session.ws_connect(f"{server}/ws/live", autoclose=True) as socket:
            yield WatchedHall(session, socket, server)


def _words(html: str) -> str:
    """Return what an alarm's HTML says."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
