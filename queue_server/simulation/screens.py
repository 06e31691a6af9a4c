"""How far the screens of a running centre are behind what is committed, on the machine's clock."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

import aiohttp
import orjson

from core_services.clock import Clock
from core_services.database.listen import listen
from queue_server.live.feed import CHANNEL
from queue_server.simulation.machines import SimulatedDisplay
from queue_server.simulation.outcome import quantile

HALL_SCREEN: Final = "hall screen"
BOARD: Final = "board"
SUPERVISOR: Final = "supervisor"
_LOOK_EVERY_S: Final = 0.05
_AGAIN_S: Final = 0.5


class ScreenWatch:
    """Notes when each revision was committed, and when each screen had come so far.

    `board` is what a screen is sent, `hall screen` the program behind one, `supervisor` the page's
    socket. What was committed while a screen was meant to be dead is left out.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._commits: list[tuple[int, float]] = []
        self._seen: dict[str, list[tuple[int, float]]] = {
            name: [] for name in (HALL_SCREEN, BOARD, SUPERVISOR)
        }
        self._dead: list[tuple[float, float]] = []
        self.call_ages_ms: list[int] = []
        """How old calls were, by the server's clock, when they came to the board."""

    def leave_out(self, since: float, until: float) -> None:
        """Leave out what is committed between two moments of the monotonic clock."""
        self._dead.append((since, until))

    def note_board(self, display: SimulatedDisplay) -> None:
        """Take in what a display of our own was just sent."""
        self.note_seen(BOARD, display.revision)
        self.call_ages_ms += (age_ms for _, age_ms in display.called)
        display.called.clear()

    def note_commit(self, revision: int) -> None:
        """Note that a revision was committed now."""
        self._commits.append((revision, self._clock.monotonic()))

    def note_seen(self, name: str, revision: int) -> None:
        """Note that a screen shows a revision now."""
        seen = self._seen[name]
        if not seen or seen[-1][0] < revision:
            seen.append((revision, self._clock.monotonic()))

    async def hear_commits(self, dsn: str, centre_id: int) -> None:
        """Note every commit as the database tells of it, until cancelled."""
        async with aclosing(listen(dsn, CHANNEL)) as payloads:
            async for payload in payloads:
                centre, _, revision = (payload or "").partition(":")
                if centre == str(centre_id) and revision.isdecimal():
                    self.note_commit(int(revision))

    async def look_at_hall_screen(self, client: aiohttp.ClientSession, display: str) -> None:
        """Ask the program behind the hall screen again and again what it shows."""
        while True:
            try:
                async with client.get(f"{display}/healthz") as answer:
                    self.note_seen(HALL_SCREEN, (await answer.json())["revision"])
            except (aiohttp.ClientError, TimeoutError):
                await self._clock.sleep(_AGAIN_S)
            await self._clock.sleep(_LOOK_EVERY_S)

    async def look_at_supervisor(
        self, client: aiohttp.ClientSession, server: str, username: str, password: str
    ) -> None:
        """Sign in as the supervisor and listen as the page does, until cancelled."""
        while True:
            try:
                await client.post(
                    f"{server}/sign-in",
                    data={"username": username, "password": password},
                    headers={"Origin": server},
                )
                async with client.ws_connect(f"{server}/ws/live", origin=server) as socket:
                    async for message in socket:
                        if message.type is aiohttp.WSMsgType.TEXT:
                            self.note_seen(SUPERVISOR, orjson.loads(message.data)["revision"])
            except (aiohttp.ClientError, TimeoutError):
                pass
            await self._clock.sleep(_AGAIN_S)

    def figures(self) -> dict[str, Any]:
        """Return for each screen how long after a commit it showed it, in seconds.

        `unseen`: commits that it had not shown when the watch ended.
        """
        commits = [
            (revision, at)
            for revision, at in self._commits
            if not any(since <= at <= until for since, until in self._dead)
        ]
        found: dict[str, Any] = {}
        for name, seen in self._seen.items():
            lags = _lags(commits, seen)
            found[name] = {**_spread(lags), "unseen": len(commits) - len(lags)}
        found["call_age"] = _spread(sorted(age / 1000 for age in self.call_ages_ms))
        return found


def _lags(commits: Sequence[tuple[int, float]], seen: Sequence[tuple[int, float]]) -> list[float]:
    """Return, in order of size, how long each commit took until it was seen, if it was."""
    revisions = [revision for revision, _ in seen]
    lags = []
    for revision, at in commits:
        place = bisect_left(revisions, revision)
        if place < len(seen):
            lags.append(max(seen[place][1] - at, 0.0))
    return sorted(lags)


def _spread(ordered: Sequence[float]) -> Mapping[str, float]:
    if not ordered:
        return {"n": 0}
    return {
        "n": len(ordered),
        "p50_s": round(quantile(ordered, 0.5), 4),
        "p99_s": round(quantile(ordered, 0.99), 4),
        "max_s": round(ordered[-1], 4),
    }
