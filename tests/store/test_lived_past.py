"""A past that is copied for a measurement is such a past as the server would have left."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from benchmarks.history import OPEN_FOR, OPENS, LivedDay, copy_day, past_queue, working_days
from core_services.audit.verify import verify
from core_services.database.pool import Pool
from queue_server.figures.days import work_out
from queue_server.figures.rollup import Rollup
from queue_server.tickets import windows
from queue_server.tickets.model import Actor
from queue_server.tickets.store_reading import read_centre
from queue_server.tickets.supervision import day_report
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import add_kiosk, make_centre

NUMBERS, DAYS = 90, 6
KIOSK = UUID("01970000-0000-7000-8000-0000000000c1")


async def test_the_days_of_a_copied_past_have_the_events_and_figures_of_the_one_that_was_lived(
    database: Database, pool: Pool, clock: ManualClock
) -> None:
    await make_centre(database.owner_dsn)
    await add_kiosk(pool, KIOSK)
    centre = await read_centre(pool, 1)
    assert centre is not None
    first, *others = working_days(clock.now().date(), DAYS)
    begins = datetime.combine(first, OPENS, centre.zone)
    sql = await asyncpg.connect(database.owner_dsn.replace("shubbak_owner", "postgres"))
    try:
        async with past_queue(database.app_dsn, centre, begins) as (queue, moved):
            clerks = {window: Actor("staff", uuid4()) for window in (2, 3, 4)}
            day = LivedDay(
                queue,
                moved,
                begins=begins,
                ends=begins + OPEN_FOR,
                numbers=NUMBERS,
                kiosk=KIOSK,
                clerks=clerks,
                services=("reconciliation", "collection"),
            )
            await day.live()
            moved.at = begins + timedelta(days=1)
            await queue.keep_house()
            await copy_day(sql, centre, first, others)
            moved.at = clock.now()
            lived = await work_out(queue, first, target_s=1800)
            whole = lived.figures["all", "", -1]
            assert whole.counted.came == NUMBERS
            assert whole.counted.served > 0.8 * NUMBERS
            assert whole.counted.pause_s > 0
            assert whole.wait.mean_us is not None
            assert 60e6 < whole.wait.mean_us < 4 * 3600e6
            report, counts = (
                await day_report(queue, first),
                await windows.counts_of_day(queue, first),
            )
            for each in others:
                copied = await work_out(queue, each, target_s=1800)
                assert copied.figures == lived.figures
                assert {life.id for life in copied.lives}.isdisjoint(
                    life.id for life in lived.lives
                )
                told = await day_report(queue, each)
                assert (told.waits, told.counts) == (report.waits, report.counts)
                assert await windows.counts_of_day(queue, each) == counts
            rollup = Rollup(queue, lambda: 1800, process_id=uuid4())
            assert await rollup.look() == DAYS
            assert not await queue.tickets(day=others[-1], states=["waiting", "called", "serving"])
    finally:
        await sql.close()
    assert (await verify(pool, 1)).is_whole
    assert await pool.fetchval("SELECT count(*) FROM ticket") == NUMBERS * DAYS
    assert await pool.fetchval("SELECT sum(in_line) FROM queue_line") == 0
