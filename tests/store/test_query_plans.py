"""The hot statements take their index, on tables of a month as on those planned while empty.

Times are not measured here, rows and blocks are: what PostgreSQL says it looked at, for every
statement and for those inside functions.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

import asyncpg
import pytest

from core_services.database.pool import Connection, open_pool
from queue_server.estimate.store_shown import Shown, record_shown
from queue_server.estimate.store_situation import read_hall_facts
from queue_server.estimate.store_truth import read_said
from queue_server.estimate.store_visits import lessons_since
from queue_server.figures.store_facts import read_acts
from queue_server.policy.store_days import read_days
from queue_server.tickets.acts import Queue
from queue_server.tickets.course import course_of
from queue_server.tickets.desk import last_visits, window_day
from queue_server.tickets.emergency import batches
from queue_server.tickets.issuing import Issuer, IssueRequest
from queue_server.tickets.model import Ticket, Wait
from queue_server.tickets.place import place_of
from queue_server.tickets.reception import doubt_silent_slips, find, slips_to_look_after
from queue_server.tickets.so_far import SoFar
from queue_server.tickets.store_reception import Sought
from queue_server.tickets.supervision import day_report, doubtful_slips, last_ends
from queue_server.tickets.windows import counts_of_day
from tests.support.clock import ManualClock
from tests.support.database import Servers, fresh_database
from tests.support.plans import Plan, Watched, watched
from tests.support.queue import KEY, make_centre, open_queue, open_windows
from tests.support.seeding import seed_tickets

EARLIER_DAYS: Final = 25
A_DAY: Final = 1900
TODAY: Final = 2500
WINDOWS: Final = tuple(range(1, 10))
BIG_TABLES: Final = ("ticket", "ticket_event", "chain_entry", "command_claim")


@dataclass(frozen=True, slots=True)
class Month:
    """A centre after a month: 50,000 tickets, 2,500 of them waiting today."""

    early: Queue
    """Over a connection whose plans were made while the tables were empty."""
    late: Queue
    """Over a connection that came after ANALYZE."""
    blocks_when_small: dict[str, int]
    """Blocks that the early connection looked at while a hundred people waited."""
    waiting: list[Ticket]
    clock: ManualClock

    def queues(self) -> tuple[Queue, Queue]:
        return self.early, self.late


def pool_of(queue: Queue) -> Watched:
    assert isinstance(queue.pool, Watched)
    return queue.pool


@asynccontextmanager
async def watched_queue(queue: Queue, superuser_dsn: str) -> AsyncIterator[Queue]:
    """The same queue over a connection whose plans are heard, its issuer's too."""
    async with watched(superuser_dsn) as pool:

        async def connection() -> Connection:
            return pool.connection

        issuer = Issuer(centre_now=queue.centre_now, clock=queue.clock, connect=connection)
        running = asyncio.create_task(issuer.run())
        try:
            yield replace(queue, pool=pool, issuer=issuer)
        finally:
            running.cancel()
            await asyncio.wait([running])


async def plans_of(queue: Queue, work: Callable[[Queue], Awaitable[object]]) -> list[Plan]:
    """Do the work and return how every statement of it was carried out."""
    pool_of(queue).heard()
    await work(queue)
    return pool_of(queue).heard()


async def issue(queue: Queue) -> Ticket:
    return await queue.issue(IssueRequest(KEY, "api"))


async def issue_with_credit(queue: Queue) -> Ticket:
    return await queue.issue(IssueRequest(KEY, "api", priority="age65"))


async def call(queue: Queue, window: int = 5) -> Ticket | None:
    return await queue.call_next(window, actor=KEY, own_only=False, finish=True)


HOT: Final[dict[str, Callable[[Queue], Awaitable[object]]]] = {
    "issue": issue,
    "issue with a credit": issue_with_credit,
    "call next": call,
    "call next at a window of one rare queue": partial(call, window=99),
}


@pytest.fixture(scope="module")
async def month(postgres_servers: Servers) -> AsyncIterator[Month]:
    """Live a month, once for this module."""
    clock = ManualClock()
    async with fresh_database(await postgres_servers.server("embedded")) as database:
        await make_centre(database.owner_dsn)
        superuser = database.owner_dsn.replace("shubbak_owner", "postgres")
        pool = await open_pool(database.app_dsn, application_name="month")
        async with open_queue(pool, database.app_dsn, clock) as queue:
            await open_windows(queue, *WINDOWS, 99)
            day, at = queue.today()
            async with watched_queue(queue, superuser) as early:
                for work in HOT.values():
                    for _ in range(7):  # the plan of the sixth is kept for all later ones
                        await work(early)
                await seed_tickets(database.app_dsn, 100, day=day, at=at)
                small = {}
                for name, work in HOT.items():
                    await work(early)
                    plans = await plans_of(early, work)
                    small[name] = sum(plan.blocks for plan in plans)
                for nth in range(1, EARLIER_DAYS + 1):
                    before = timedelta(days=nth)
                    await seed_tickets(database.app_dsn, A_DAY, day=day - before, at=at - before)
                await end_earlier_days(database.owner_dsn)
                await clock.advance(3600)
                waiting = await seed_tickets(
                    database.app_dsn, TODAY, day=day, at=clock.now() - timedelta(minutes=30)
                )
                owner = await asyncpg.connect(database.owner_dsn)
                await owner.execute("ANALYZE")
                await owner.close()
                async with watched_queue(queue, superuser) as late:
                    yield Month(early, late, small, waiting, clock)
        await pool.close()


async def end_earlier_days(owner_dsn: str) -> None:
    """Let everybody of an earlier day be gone."""
    owner = await asyncpg.connect(owner_dsn)
    try:
        today = "(SELECT max(business_day) FROM ticket)"
        await owner.execute(f"UPDATE ticket SET state = 'lapsed' WHERE business_day < {today}")
        await owner.execute(
            "UPDATE queue_line SET in_line = 0, in_common = 0, requests = 0"
            f" WHERE business_day < {today}"
        )
    finally:
        await owner.close()


@pytest.mark.parametrize("name", HOT)
async def test_a_hot_command_scans_no_big_table(month: Month, name: str) -> None:
    for queue in month.queues():
        for plan in await plans_of(queue, HOT[name]):
            for step in plan.steps:
                assert step.table not in BIG_TABLES or step.kind != "Seq Scan", plan


@pytest.mark.parametrize("window", [5, 1, 99])
async def test_call_next_looks_at_the_head_of_each_line_only(month: Month, window: int) -> None:
    for queue in month.queues():
        plans = await plans_of(queue, partial(call, window=window))
        [pick] = [plan for plan in plans if "FROM work_profile_queue wq" in plan.statement]
        assert {step.index for step in pick.on("ticket")} == {"ticket_line"}
        assert sum(step.rows for step in pick.on("ticket")) <= 4, "two queues, two lanes"


async def test_the_place_of_a_newcomer_is_found_in_the_line_without_walking_it(
    month: Month,
) -> None:
    for queue in month.queues():
        await month.clock.advance(1)
        plans = await plans_of(queue, issue)
        [place] = [plan for plan in plans if plan.statement.startswith("WITH asked")]
        lines = [step for step in place.on("ticket") if step.index == "ticket_line"]
        assert lines
        assert sum(step.rows for step in lines) == 0, "nobody stands behind him"
        others = [step for step in place.on("ticket") if step.index not in ("ticket_line", None)]
        read = {step.index for step in others if step.rows}
        assert read <= {"ticket_one_in_hand"}, "the windows that have a ticket in hand"


async def test_the_place_of_one_with_a_credit_costs_only_those_who_came_just_before(
    month: Month,
) -> None:
    for queue in month.queues():
        came_before = [await issue(queue) for _ in range(5)]
        plans = await plans_of(queue, issue_with_credit)
        [place] = [plan for plan in plans if plan.statement.startswith("WITH asked")]
        walked = sum(step.rows for step in place.on("ticket") if step.index == "ticket_line")
        lately = await queue.pool.fetchval(
            "SELECT count(*) FROM ticket WHERE rank_at >= $1::timestamptz - interval '15 minutes'"
            " AND business_day = $2 AND state = 'waiting'",
            queue.clock.now(),
            came_before[0].business_day,
        )
        assert walked <= 2 * lately, "counted once and placed once"
        assert lately < TODAY / 10


@pytest.mark.parametrize("name", HOT)
async def test_a_hot_command_costs_the_same_with_a_hundred_as_with_fifty_thousand_tickets(
    month: Month, name: str
) -> None:
    for queue in month.queues():
        await HOT[name](queue)
        plans = await plans_of(queue, HOT[name])
        blocks = sum(plan.blocks for plan in plans)
        assert blocks <= 1.5 * month.blocks_when_small[name] + 40, (
            blocks,
            month.blocks_when_small[name],
        )


Read = Callable[[Queue, Ticket], Awaitable[object]]


def about(ticket: Ticket) -> Sought:
    """What its citizen remembers of a number."""
    return Sought(arrived_at=ticket.issued_at, within_s=1500, services=["reconciliation"])


async def read_facts(queue: Queue) -> None:
    day, at = queue.today()
    await read_hall_facts(queue.pool, queue.centre.id, day=day, at=at)


async def read_lessons(queue: Queue) -> None:
    """Read what the last fifty events teach."""
    head = (await queue.hall()).revision
    await lessons_since(queue.pool, 1, revision=head - 50, at=queue.clock.now())


async def record_waits(queue: Queue, ticket: Ticket) -> None:
    """Record what one phone and the hall were shown."""
    wait = Wait(600, 700, 900)
    shown = [Shown(ticket.queue, ticket.id, wait, None), Shown("U", None, wait, None)]
    day, at = queue.today()
    await record_shown(queue.pool, 1, day=day, at=at, shown=shown)


async def read_truth(queue: Queue) -> None:
    """Read what was told on the day before."""
    day, _ = queue.today()
    await read_said(queue.pool, 1, day=day - timedelta(days=1))


async def read_past_days(queue: Queue, _: Ticket) -> None:
    """Ask for the last two days on which somebody was called."""
    await read_days(queue.pool, 1, before=queue.today()[0], limit=2)


async def read_all_acts(queue: Queue) -> None:
    """Read what the day's figures are made of."""
    await read_acts(queue.pool, 1, day=queue.today()[0])


def anew(queue: Queue) -> Queue:
    """The same queue in a process that has read nothing of today yet."""
    return replace(queue, so_far=SoFar())


READS: Final[dict[str, tuple[int, Read]]] = {
    "the hall": (800, lambda queue, _: queue.hall()),
    "a ticket": (1, lambda queue, ticket: queue.ticket(ticket.id)),
    "a ticket's acts": (0, lambda queue, ticket: queue.events(ticket.id)),
    "a ticket behind a token": (1, lambda queue, ticket: queue.ticket_by_token(ticket.token)),
    "the next of a window": (TODAY + 200, lambda queue, _: queue.line_for(5)),
    "today by label": (1, lambda queue, ticket: queue.tickets(label=ticket.label)),
    "slips that need a person": (0, lambda queue, _: queue.tickets(paper=["held", "failed"])),
    "housekeeping": (0, lambda queue, _: queue.keep_house()),
    "a citizen's place": (TODAY + 200, lambda queue, ticket: place_of(queue, ticket.token)),
    "a window's day": (TODAY + 200, lambda queue, _: window_day(queue, 5, call_id=None)),
    "a window's last visits": (TODAY + 200, lambda queue, _: last_visits(queue, 5, limit=10)),
    "when windows were last free": (TODAY + 200, lambda queue, _: last_ends(queue)),
    "the supervisor's figures, at first": (TODAY + 200, lambda queue, _: day_report(anew(queue))),
    "the supervisor's figures, read on": (TODAY + 200, lambda queue, _: day_report(queue)),
    "the windows' counts, at first": (TODAY + 200, lambda queue, _: counts_of_day(anew(queue))),
    "what days amount to": (TODAY + 200, lambda queue, _: read_all_acts(queue)),
    "the windows' counts, read on": (TODAY + 200, lambda queue, _: counts_of_day(queue)),
    "a day's course": (TODAY + 200, lambda queue, _: course_of(queue, queue.today()[0])),
    "a lost slip": (TODAY + 200, lambda queue, ticket: find(queue, about(ticket), limit=20)),
    "slips at reception": (TODAY + 200, lambda queue, _: slips_to_look_after(queue, limit=8)),
    "slips that no kiosk spoke of": (0, lambda queue, _: doubt_silent_slips(queue)),
    "the emergency books": (0, lambda queue, _: batches(queue, limit=5)),
    "what the forward run starts from": (TODAY + 1500, lambda queue, _: read_facts(queue)),
    "what the estimate learns": (1000, lambda queue, _: read_lessons(queue)),
    "waits that were shown": (20, record_waits),
    "how true a day was": (2 * A_DAY, lambda queue, _: read_truth(queue)),
    "days that may be lived again": (2 * A_DAY + 10, read_past_days),
    "slips in doubt": (TODAY + 200, lambda queue, _: doubtful_slips(queue, limit=50)),
}
"""What is read often, with the most rows of `ticket` that it may look at: those in line now, or a
few, never those of earlier days."""


@pytest.mark.parametrize("name", READS)
async def test_what_is_read_often_looks_at_few_tickets(month: Month, name: str) -> None:
    at_most, read = READS[name]
    ticket = month.waiting[TODAY // 2]
    for queue in month.queues():
        for _ in range(7):
            pool_of(queue).heard()
            await read(queue, ticket)
            plans = pool_of(queue).heard()
            for plan in plans:
                assert "Seq Scan" not in {
                    step.kind for step in plan.steps if step.table in BIG_TABLES
                }, plan
            looked_at = sum(step.rows for plan in plans for step in plan.on("ticket"))
            assert looked_at <= at_most, plans


async def test_a_page_of_todays_tickets_costs_its_rows_wherever_it_begins(month: Month) -> None:
    for queue in month.queues():
        for after in (None, month.waiting[1000].id, month.waiting[2000].id):
            for _ in range(7):
                plans = await plans_of(queue, partial(Queue.tickets, after=after))
                looked_at = sum(step.rows for plan in plans for step in plan.on("ticket"))
                assert looked_at <= 2 * TODAY, plans


async def test_the_place_of_one_who_waits_is_counted_in_his_line_alone(month: Month) -> None:
    ticket = month.waiting[TODAY // 2]
    for queue in month.queues():
        for _ in range(7):
            plans = await plans_of(queue, partial(Queue.position, ticket=ticket))
            steps = [step for plan in plans for step in plan.on("ticket")]
            assert {step.index for step in steps} == {"ticket_line"}
            assert sum(step.rows for step in steps) <= TODAY
