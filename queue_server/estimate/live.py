"""Foresees the waits of a running hall: looks whenever it changes, and is asked without waiting.

The authority is the database: what was learned is read from its events, every look from its rows.
While nothing is foreseen (at the start, when a look failed, when the last one is too old, when a
line is longer than any hall) the closed formula speaks; no act of the queue waits for a look.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

import structlog

from core_services.calendar import day_bounds
from core_services.clock import Clock
from core_services.database.errors import (
    DatabaseError,
    DatabaseGone,
    LockTimeout,
    StatementTimeout,
)
from core_services.database.pool import Pool
from queue_server.configuration import Configuration
from queue_server.estimate.foreseen import (
    DEPTH,
    Foreseen,
    Line,
    foreseen_of,
    given_after,
    newcomers_of,
)
from queue_server.estimate.model import LEARN_EVERY_S, Range, Situation, Standing
from queue_server.estimate.situation import Expected, situation_of, with_holder
from queue_server.estimate.store_shown import Shown, record_shown
from queue_server.estimate.store_situation import HallFacts, read_hall_facts
from queue_server.estimate.teaching import Teaching
from queue_server.estimate.told import told_of
from queue_server.live.budget import ReadingBudget
from queue_server.memory import give_back
from queue_server.tickets.foresight import Asked, Placed
from queue_server.tickets.lifecycle import IN_LINE
from queue_server.tickets.model import Hall, Ticket, Told, Wait

if TYPE_CHECKING:
    from queue_server.estimate.learned import Learned

logger = structlog.get_logger()

Seen = TypeVar("Seen")

FRESH_S: Final = 15.0
"""A look that is older says nothing any more."""
LOOK_EVERY_S: Final = 5.0
RECORD_EVERY_S: Final = 15.0
CATCH_UP_S: Final = 0.3
"""Whoever asks right after a change waits at most so long for the look at it."""
BLOCKS_S: Final = 0.004
"""A look that takes longer is taken off the loop."""
LOOKS_A_SECOND: Final = 5.0
SHARE: Final = 0.1
"""Of the processor's time that looks take at most."""
MOST_SHOWN: Final = 5000


class LiveEstimate:
    """This process's foresight; `run`, `tick` and `record` are to be kept going."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        *,
        configuration: Callable[[], Configuration],
        today: Callable[[], tuple[date, datetime]],
        hall: Callable[[], Hall | None],
        on_change: Callable[[], None],
    ) -> None:
        """`hall`: the latest hall that screens were shown; `on_change`: show them the new waits."""
        self._pool = pool
        self._clock = clock
        self._configuration = configuration
        self._today = today
        self._hall = hall
        self._on_change = on_change
        self._budget = ReadingBudget(clock, per_second=LOOKS_A_SECOND)
        self._due = asyncio.Event()
        self._looked = asyncio.Event()
        self._thread: ThreadPoolExecutor | None = None
        self._takes_s = 0.0
        self._teaching: Teaching | None = None
        self._foreseen: Foreseen | None = None
        self._looked_at = 0.0
        self._learned_at = 0.0
        self._given: deque[tuple[int, str]] = deque(maxlen=10_000)
        self._shown: dict[UUID, Shown] = {}
        self._is_failing = False

    # ---- what the queue asks

    def over(self, hall: Hall) -> Hall:
        """Return the hall with the waits of the last look; have it looked at if that is older."""
        foreseen = self._foreseen
        if foreseen is None or (foreseen.epoch, foreseen.revision) != (hall.epoch, hall.revision):
            self._due.set()
        fresh = self._fresh()
        if fresh is None:
            return hall
        try:
            return fresh.over(hall, given_after(self._given, fresh.revision), self._age_s())
        except Exception:
            self._fail("estimate_failed")
            return hall

    def of(self, ticket_id: UUID) -> Told | None:
        """Return what the last look said of a number in line."""
        fresh = self._fresh()
        return None if fresh is None else fresh.of_ticket(ticket_id, self._age_s())

    def foresee(self, asked: Sequence[Asked]) -> list[Told | None]:
        """Return what is said to each of those who come now; behind those who came since."""
        fresh = self._fresh()
        if fresh is None:
            return [None] * len(asked)
        try:
            return self._told(fresh, asked)
        except Exception:
            self._fail("estimate_failed")
            return [None] * len(asked)

    def _told(self, fresh: Foreseen, asked: Sequence[Asked]) -> list[Told | None]:
        queue_of = self._configuration().plan.queue_of
        before, age_s = given_after(self._given, fresh.revision), self._age_s()
        told: list[Told | None] = []
        for each in asked:
            queue = fresh.first if each.service is None else queue_of.get(each.service, "")
            told.append(fresh.of_newcomer(queue, each, before[queue], age_s, each.service))
            before[queue] += 1
        return told

    async def foresee_placed(self, who: Placed) -> Told | None:
        """Look at the hall as if this person stood in it already; None: nothing is known."""
        if self._fresh() is None:
            return None
        try:
            async with asyncio.timeout(CATCH_UP_S) as limit:
                return await self._told_placed(who, limit)
        except (TimeoutError, DatabaseGone, LockTimeout, StatementTimeout):
            return None
        except Exception:
            self._fail("estimate_failed")
            return None

    async def _told_placed(self, who: Placed, limit: asyncio.Timeout) -> Told | None:
        configuration = self._configuration()
        day, at = self._today()
        facts = await read_hall_facts(self._pool, configuration.centre.id, day=day, at=at)
        teaching = self._teaching_of(facts.epoch, configuration)
        estimator = teaching.estimator
        if estimator is None or not teaching.is_ready or facts.standing is None:
            return None
        queue = facts.queues[0] if facts.queues else ""
        if who.service is not None:
            queue = configuration.plan.queue_of.get(who.service, "")
        person = Standing(
            id=who.ticket_id,
            queue=queue,
            lane=who.lane,
            rank_at=who.arrived_at.timestamp() - facts.credit_s.get(who.priority, 0.0),
            service=who.service,
            priority=who.priority,
            requests=who.requests,
            since=at.timestamp(),
        )
        async with teaching.lock:
            limit.reschedule(None)  # a look that has begun is not left: it may be in the thread
            teaching.turn_to(estimator, facts.at.timestamp())
            situation = with_holder(
                _situation(facts, configuration, teaching, estimator.learned),
                person,
                who.booked_for,
            )
            said = await self._timed(lambda: estimator.forecast(situation))
        told = said.waits[who.ticket_id]
        if told.range is None:
            return None
        return told_of(told.range, middle_s=told.middle_s, scale_s=told.scale_s, model=said.version)

    def note_issued(self, tickets: Iterable[Ticket]) -> None:
        """Remember the numbers that the last look could not know of."""
        if self._fresh() is None:
            return
        self._given.extend((ticket.revision, ticket.queue) for ticket in tickets)

    def note_shown(self, ticket: Ticket, wait: Wait | None, told: Told | None) -> None:
        """Keep what a number's holder was shown last until it is recorded."""
        if ticket.state not in IN_LINE or ticket.business_day != self._today()[0]:
            return
        if ticket.id in self._shown or len(self._shown) < MOST_SHOWN:
            self._shown[ticket.id] = Shown(ticket.queue, ticket.id, wait, told)

    async def catch_up(self, revision: int) -> None:
        """Wait a moment until the hall of that revision was looked at; then go on anyhow."""
        if self._fresh() is None:
            return
        try:
            async with asyncio.timeout(CATCH_UP_S):
                while (fresh := self._fresh()) is not None and fresh.revision < revision:
                    self._due.set()
                    await self._looked.wait()
        except TimeoutError:
            return

    async def still(self) -> "tuple[Situation, Learned] | None":
        """Return the hall at this moment and a copy of what was learned, for a long look elsewhere.

        None: nothing is foreseen yet, or the line is too long. Raises DatabaseError.
        """
        configuration = self._configuration()
        day, at = self._today()
        facts = await read_hall_facts(self._pool, configuration.centre.id, day=day, at=at)
        teaching = self._teaching_of(facts.epoch, configuration)
        if teaching.estimator is None or not teaching.is_ready or facts.standing is None:
            return None
        async with teaching.lock:
            teaching.turn_to(teaching.estimator, facts.at.timestamp())
            learned = teaching.estimator.learned
            situation = _situation(facts, configuration, teaching, learned)
            return situation, await asyncio.to_thread(learned.copy)

    # ---- what keeps it going

    async def run(self) -> None:
        """Look at the hall whenever it has changed, until cancelled."""
        try:
            while True:
                await self._due.wait()
                await self._budget.take()
                self._due.clear()
                await self._look()
                looked, self._looked = self._looked, asyncio.Event()
                looked.set()
                if self._takes_s > SHARE / LOOKS_A_SECOND:
                    await self._clock.sleep(self._takes_s / SHARE)
        finally:
            if self._thread is not None:
                self._thread.shutdown(wait=False, cancel_futures=True)

    async def tick(self) -> None:
        """Learn from what has ended, and look again: time itself changes waits.

        While no window is open and nobody waits there is nothing that it could change. Raises
        DatabaseError.
        """
        if self._teaching is None:
            await self._look()
        teaching, now = self._teaching, self._clock.monotonic()
        if teaching is not None and (
            not teaching.is_ready or now - self._learned_at >= LEARN_EVERY_S
        ):
            self._learned_at, was_ready = now, teaching.is_ready
            try:
                await teaching.learn()
                if not was_ready:
                    await asyncio.to_thread(give_back)
            except DatabaseError:
                raise
            except Exception:
                self._fail("estimate_learns_nothing")
        if self._foreseen is None or self._foreseen.tickets or self._foreseen.newcomers:
            self._due.set()

    async def record(self) -> None:
        """Record what people were shown since the last time. Raises DatabaseError."""
        hall, (day, at) = self._hall(), self._today()
        on_phones, self._shown = self._shown, {}
        shown = list(on_phones.values())
        if hall is not None and hall.business_day == day:
            shown += [
                Shown(queue.code, None, queue.wait, queue.told.get("none")) for queue in hall.queues
            ]
        if shown:
            centre_id = self._configuration().centre.id
            try:
                await record_shown(self._pool, centre_id, day=day, at=at, shown=shown)
            except DatabaseError:
                self._shown = on_phones | self._shown
                raise

    # ---- how it looks

    async def _look(self) -> None:
        """Look once; whatever goes wrong, the formula speaks until the next time."""
        configuration = self._configuration()
        day, at = self._today()
        try:
            facts = await read_hall_facts(self._pool, configuration.centre.id, day=day, at=at)
            foreseen = await self._foresee(facts, configuration)
        except (DatabaseGone, LockTimeout, StatementTimeout):
            return
        except Exception:
            self._fail("estimate_failed")
            return
        if foreseen is not None and self._is_failing:
            self._is_failing = False
            logger.info("estimate_works_again")
        before, self._foreseen, self._looked_at = self._foreseen, foreseen, self._clock.monotonic()
        while foreseen is not None and self._given and self._given[0][0] <= foreseen.revision:
            self._given.popleft()
        if _says(before) != _says(foreseen):
            self._on_change()

    async def _foresee(self, facts: HallFacts, configuration: Configuration) -> Foreseen | None:
        teaching = self._teaching_of(facts.epoch, configuration)
        estimator = teaching.estimator
        if estimator is None or not teaching.is_ready or facts.standing is None:
            return None
        async with teaching.lock:
            teaching.turn_to(estimator, facts.at.timestamp())
            situation = _situation(facts, configuration, teaching, estimator.learned)
            asked = newcomers_of(
                situation, {each.number for each in facts.windows if each.state == "open"}
            )

            def look() -> Foreseen:
                return foreseen_of(
                    estimator.forecast(situation, [each for each, _ in asked], DEPTH),
                    asked,
                    epoch=facts.epoch,
                    revision=facts.revision,
                    at=facts.at,
                    first=facts.queues[0] if facts.queues else "",
                    range_of=range_of,
                )

            def range_of(line: Line, kind: str) -> Range:
                from queue_server.estimate.calibration import Raw

                raw = Raw(line.middle_s, line.scale_s)
                return Range(*estimator.calibration.range_of(raw, kind))

            return await self._timed(look)

    async def _timed(self, look: Callable[[], Seen]) -> Seen:
        """Run a look on the loop while it takes no longer than anybody would notice."""
        began = self._clock.monotonic()
        if self._takes_s <= BLOCKS_S:
            seen = look()
        else:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="estimate")
            seen = await asyncio.get_running_loop().run_in_executor(self._thread, look)
        self._takes_s = self._clock.monotonic() - began
        return seen

    def _teaching_of(self, epoch: UUID, configuration: Configuration) -> Teaching:
        """Return the teaching of this epoch, with the catalogue as it is now; after a restore
        everything is learned anew."""
        priors = {each.code: float(each.target_s) for each in configuration.services}
        if self._teaching is None or self._teaching.epoch != epoch:
            centre = configuration.centre
            self._teaching = Teaching(
                self._pool,
                self._clock,
                centre_id=centre.id,
                epoch=epoch,
                zone=centre.zone,
                cut_over=centre.cut_over,
                priors=priors,
            )
            self._given.clear()
        self._teaching.priors = priors
        return self._teaching

    def _age_s(self) -> float:
        """Return how old the last look is; a wall clock that is set does not make it older."""
        return self._clock.monotonic() - self._looked_at

    def _fresh(self) -> Foreseen | None:
        if self._foreseen is None or self._age_s() > FRESH_S:
            return None
        return self._foreseen

    def _fail(self, what: str) -> None:
        """Let the formula speak; tell of it once until it works again."""
        self._foreseen = None
        if not self._is_failing:
            logger.exception(what)
        self._is_failing = True


def _situation(
    facts: HallFacts, configuration: Configuration, teaching: Teaching, learned: "Learned"
) -> Situation:
    plan = configuration.plan
    return situation_of(
        facts,
        Expected(
            zone=plan.zone,
            breaks=plan.breaks,
            comes=teaching.comes,
            opens_at=learned.pauses.expected(facts.at.timestamp()),
            began=day_bounds(facts.day, plan.zone, plan.cut_over)[0].timestamp(),
        ),
    )


def _says(foreseen: Foreseen | None) -> object:
    """Return what screens would show of a look."""
    if foreseen is None:
        return None
    told = {
        kind: foreseen.of_newcomer(kind[0], Asked(None, kind[2], kind[1]), 0, 0.0)
        for kind in foreseen.newcomers
    }
    return {
        kind: (each.wait.low_s, each.wait.high_s) for kind, each in told.items() if each is not None
    }
