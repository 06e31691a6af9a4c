"""The pages of a kiosk and of a hall display without a browser, by their own sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp


class ScreenPage:
    """One open page; `face` is what stands on its glass."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._socket: Any = None
        self.face: dict[str, Any] = {}

    async def touch(self, name: str) -> None:
        """Touch a kiosk's button."""
        await self._socket.send_json({"touch": name})

    async def until(
        self, is_so: Callable[[dict[str, Any]], object], *, within_s: float = 20.0
    ) -> dict[str, Any]:
        """Read faces until one is so; the present one counts."""
        async with asyncio.timeout(within_s):
            while not self.face or not is_so(self.face):
                await self.read()
        return self.face

    async def read(self) -> dict[str, Any]:
        """Read the next face; a display is told what was painted. Raises ConnectionError."""
        message = await self._socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionResetError(self._url)
        self.face = json.loads(message.data)
        if self.face.get("current"):
            await self._socket.send_json({"painted": self.face["current"]["id"]})
        return self.face

    @asynccontextmanager
    async def open(self) -> AsyncIterator["ScreenPage"]:
        """Keep the page open for the block. Raises aiohttp.ClientError when nobody serves it."""
        async with self._session.ws_connect(f"{self._url}/ws", origin=self._url) as self._socket:
            self.face = {}
            yield self
