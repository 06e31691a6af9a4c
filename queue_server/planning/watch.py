"""Looks for moves that would help while a supervisor's page is open, and records what was said."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from core_services.database.errors import DatabaseError
from queue_server.configuration import Configuration
from queue_server.memory import give_back
from queue_server.planning.model import Floor, Suggestion
from queue_server.planning.planner import Planner, Still, Today
from queue_server.planning.store_moves import (
    MoveTruth,
    Overstayed,
    read_move_truth,
    read_overstayed,
    read_places,
    record_moves,
    record_taken,
)
from queue_server.tickets.acts import Queue
from queue_server.tickets.opening import bounds_of

if TYPE_CHECKING:
    from queue_server.estimate.learned import Learned
    from queue_server.estimate.model import Situation

logger = structlog.get_logger()

LOOK_EVERY_S: Final = 20.0
FRESH_S: Final = 90.0
"""What was suggested longer ago is not shown any more."""
TRUTH_DAYS: Final = 30
OVERSTAYED_EVERY: Final = timedelta(seconds=4)


class MoveWatch:
    """The moves of the last look; `look` is called every 20 seconds and works while they are
    wanted."""

    def __init__(
        self,
        queue: Queue,
        planner: Planner,
        still: Still,
        *,
        configuration: Callable[[], Configuration],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_change` tells open pages to look again."""
        self._queue = queue
        self._planner = planner
        self._still = still
        self._configuration = configuration
        self._on_change = on_change
        self._said: tuple[Suggestion, ...] = ()
        self._said_at: datetime | None = None
        self._said_at_s = 0.0
        """The same on the clock that nobody sets back."""
        self._overstayed: tuple[Overstayed, ...] = ()
        self._overstayed_at: datetime | None = None
        self._is_wanted = False
        self._is_failing = False
        self._lock = asyncio.Lock()

    def now(self) -> tuple[Suggestion, ...]:
        """Return what was suggested last, the best first; nothing where that is too old."""
        self._is_wanted = True
        return self._said if self._is_fresh() else ()

    async def latest(self) -> tuple[Suggestion, ...]:
        """Return what is suggested; look first where that is too old. Raises DatabaseError."""
        async with self._lock:
            if not self._is_fresh():
                return await self._read()
        return self.now()

    async def take(self, window: int) -> None:
        """Note that somebody opens a window as is suggested now; what is suggested no more is not.

        Raises DatabaseError.
        """
        day, at = self._queue.today()
        for said in self._said if self._is_fresh() else ():
            if (said.move.kind, said.move.window) == ("open", window):
                await record_taken(
                    self._queue.pool, self._queue.centre.id, day=day, at=at, said=said
                )

    async def overstayed(self) -> tuple[Overstayed, ...]:
        """Return the windows that are open after their time. Raises DatabaseError."""
        day, at = self._queue.today()
        if self._overstayed_at is None or abs(at - self._overstayed_at) >= OVERSTAYED_EVERY:
            self._overstayed = await read_overstayed(
                self._queue.pool, self._queue.centre.id, day=day, at=at
            )
            self._overstayed_at = at
        return self._overstayed

    async def truth(self) -> MoveTruth:
        """Return how true the suggestions of the last days were. Raises DatabaseError."""
        today, _ = self._queue.today()
        return await read_move_truth(
            self._queue.pool,
            self._queue.centre.id,
            since=today - timedelta(days=TRUTH_DAYS),
            before=today,
        )

    @property
    def looked_at(self) -> datetime | None:
        """When the hall was looked at last; None: not yet."""
        return self._said_at

    async def look(self) -> None:
        """Look again if somebody has asked since the last look. Raises DatabaseError."""
        if self._is_wanted:
            self._is_wanted = False
            await self.read()

    async def read(self) -> tuple[Suggestion, ...]:
        """Look at the hall now, record what is suggested and return it.

        Whatever goes wrong in the reckoning, nothing is suggested. Raises DatabaseError.
        """
        async with self._lock:
            return await self._read()

    def _is_fresh(self) -> bool:
        return (
            self._said_at is not None and self._queue.clock.monotonic() - self._said_at_s <= FRESH_S
        )

    async def _read(self) -> tuple[Suggestion, ...]:
        at, at_s = self._queue.clock.now(), self._queue.clock.monotonic()
        try:
            said = await self._reckon()
        except DatabaseError:
            raise
        except Exception:
            if not self._is_failing:
                logger.exception("moves_failed")
            self._is_failing, said = True, ()
        else:
            self._is_failing = False
        before, self._said, self._said_at, self._said_at_s = self._said, said, at, at_s
        day, _ = self._queue.today()
        await record_moves(self._queue.pool, self._queue.centre.id, day=day, at=at, said=said)
        if said != before:
            self._on_change()
        return said

    async def _reckon(self) -> tuple[Suggestion, ...]:
        still = await self._still()
        today = None if still is None else await self._planner.today()
        if still is None or today is None:
            return ()
        floor = await self._floor()
        if not any(each.state == "open" for each in floor.places):
            return ()
        situation, learned = still
        return await asyncio.to_thread(_moves, situation, learned, floor, today)

    async def _floor(self) -> Floor:
        queue, configuration = self._queue, self._configuration()
        places, profiles = await read_places(queue.pool, queue.centre.id)
        plan = configuration.plan
        today, at = queue.today()
        bounds = None if plan.hours is None else bounds_of(plan.hours, today, plan.zone)
        gate = configuration.gate(at, None, None)
        return Floor(
            places=places,
            profiles=profiles,
            ends=None if bounds is None or bounds[1] <= at else bounds[1].timestamp(),
            may_stop=gate.state == "open" and not plan.cuts_off,
        )


def _moves(
    situation: "Situation", learned: "Learned", floor: Floor, today: Today
) -> tuple[Suggestion, ...]:
    from queue_server.planning.ahead import DaySpread
    from queue_server.planning.moves import suggested_moves

    said = suggested_moves(
        situation, floor, learned, today.arrivals, spread=DaySpread(crowd=today.crowd)
    )
    give_back()
    return said
