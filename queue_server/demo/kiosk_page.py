"""A kiosk's page without a browser: keeps what stands on the glass and touches buttons by name.

It is one more page of that kiosk and has no way in that a citizen's finger has not.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Literal

import aiohttp
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from core_services.clock import Clock

logger = structlog.get_logger()

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 2.0
_HEARTBEAT_S: Final = 10.0


class NumberOnGlass(BaseModel):
    """The number that a citizen sees."""

    model_config = ConfigDict(frozen=True)

    ticket: str
    label: str
    paper: Literal["printing", "printed", "kept", "not_printed", "unsure"]


class Glass(BaseModel):
    """What stands on the glass, as far as a bot looks at it."""

    model_config = ConfigDict(frozen=True)

    type: Literal["glass"]
    step: str
    language: Literal["ar", "en"]
    touches: frozenset[str]
    number: NumberOnGlass | None = None

    @property
    def is_free(self) -> bool:
        """Say whether nobody stands there and a number can be taken."""
        return self.step == "home" and self.language == "ar" and "take" in self.touches


class KioskPage:
    """One open page; `run` keeps it open through restarts of the kiosk."""

    def __init__(self, client: aiohttp.ClientSession, url: str, clock: Clock) -> None:
        self._client = client
        self._url = url
        self._clock = clock
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._glass: Glass | None = None
        self._changed = asyncio.Event()

    @property
    def glass(self) -> Glass | None:
        """What stands on the glass; None while the kiosk is away."""
        return self._glass

    async def run(self) -> None:
        """Keep the page open, until cancelled."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                async with self._client.ws_connect(
                    f"{self._url}/ws", origin=self._url, heartbeat=_HEARTBEAT_S
                ) as socket:
                    self._socket = socket
                    pause_s = FIRST_PAUSE_S
                    async for message in socket:
                        if message.type is aiohttp.WSMsgType.TEXT:
                            self._show(message.data)
            except (aiohttp.ClientError, TimeoutError) as error:
                logger.debug("kiosk_away", detail=type(error).__name__)
            finally:
                self._socket = None
                self._set(None)
            await self._clock.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def touch(self, name: str) -> bool:
        """Touch a button; False when the kiosk is away. That it does something is not promised."""
        if self._socket is None:
            return False
        try:
            await self._socket.send_json({"touch": name})
        except (aiohttp.ClientError, ConnectionError):
            return False
        return True

    async def until(self, is_so: Callable[[Glass], bool], *, within_s: float) -> Glass | None:
        """Return the glass as soon as it is so; None when it does not become so in time."""
        deadline = self._clock.monotonic() + within_s
        while True:
            if self._glass is not None and is_so(self._glass):
                return self._glass
            left_s = deadline - self._clock.monotonic()
            if left_s <= 0:
                return None
            await self._wait_for_change(left_s)

    async def _wait_for_change(self, longest_s: float) -> None:
        self._changed.clear()
        async with asyncio.TaskGroup() as tasks:
            change = tasks.create_task(self._changed.wait())
            limit = tasks.create_task(self._clock.sleep(longest_s))
            await asyncio.wait((change, limit), return_when=asyncio.FIRST_COMPLETED)
            change.cancel()
            limit.cancel()

    def _show(self, data: str) -> None:
        try:
            self._set(Glass.model_validate_json(data))
        except ValidationError:
            logger.warning("glass_not_understood")

    def _set(self, glass: Glass | None) -> None:
        self._glass = glass
        self._changed.set()
