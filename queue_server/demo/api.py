"""The API as the demonstration's programs use it: every command once, however often it is sent."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from core_services.clock import Clock
from queue_server.demo.tally import Tally

TIMEOUT_S: Final = 5.0
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0
_LATER: Final = frozenset({429, 502, 503, 504})
"""Answers that ask to be asked again: the server is busy or just coming up."""


class ApiFailed(RuntimeError):
    """The API answered a command that must work with something else."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer."""

    status: int
    body: Any
    """The JSON of it; None where there is none."""

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def names_state(self) -> bool:
        """Say whether this is a refusal that says which state forbids the act."""
        return self.status == 409 and isinstance(self.body, dict) and "state" in self.body


class Api:
    """One key's use of one server's API.

    A command whose answer is lost is sent again with its idempotency key until it is answered, so
    restarts of the server and its database are lived through.
    """

    def __init__(
        self,
        client: aiohttp.ClientSession,
        server: str,
        key: str,
        clock: Clock,
        tally: Tally,
    ) -> None:
        self._client = client
        self._root = f"{server}/api/v1"
        self._key = key
        self._clock = clock
        self._tally = tally

    async def get(self, path: str) -> Any:
        """Read; returns the JSON. Raises ApiFailed when that is refused."""
        told = await self._ask("GET", path, None, path)
        if not told.is_done:
            raise ApiFailed(f"GET {path}: {told.status}")
        return told.body

    async def post(
        self, path: str, body: Mapping[str, object] | None = None, *, route: str | None = None
    ) -> Told:
        """Do a command once and return the answer; `route` is the path's template."""
        return await self._ask("POST", path, body or {}, route or path)

    async def must(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Do a command that nothing should forbid. Raises ApiFailed."""
        told = await self.post(path, body)
        if not told.is_done:
            raise ApiFailed(f"POST {path}: {told.status} {told.body}")
        return told.body

    async def _ask(
        self, method: str, path: str, body: Mapping[str, object] | None, route: str
    ) -> Told:
        headers = {"Authorization": f"Bearer {self._key}"}
        if body is not None:
            headers["Idempotency-Key"] = uuid.uuid4().hex
        pause_s = FIRST_PAUSE_S
        while True:
            told = await self._once(method, path, body, headers)
            if told is not None and told.status not in _LATER:
                self._note(f"{method} {route}", told)
                return told
            await self._clock.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _once(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        headers: Mapping[str, str],
    ) -> Told | None:
        """Send it and return the answer; None when nobody answered."""
        try:
            async with self._client.request(
                method,
                self._root + path,
                json=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            ) as answer:
                is_json = answer.content_type.endswith("json")
                told = Told(
                    answer.status, await answer.json(content_type=None) if is_json else None
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            self._tally.silence(type(error).__name__)
            return None
        if told.status in _LATER:
            self._tally.silence(f"HTTP {told.status}")
        else:
            self._tally.answered()
        return told

    def _note(self, route: str, told: Told) -> None:
        if not told.is_done and not told.names_state:
            title = told.body.get("title") if isinstance(told.body, dict) else None
            self._tally.error(route, told.status, title)
