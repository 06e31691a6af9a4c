"""Figures that are kept are those of the events, whoever makes them, and made anew when one comes late."""

from datetime import timedelta
from random import Random
from uuid import uuid4

from core_services.database.pool import Pool
from queue_server.figures import store_figures
from queue_server.figures.days import differences, work_out
from queue_server.figures.rollup import Rollup
from queue_server.tickets import emergency
from queue_server.tickets.acts import Queue
from queue_server.tickets.emergency import Noted
from queue_server.tickets.issuing import IssueRequest
from tests.store.test_window_counts import a_day
from tests.support.clock import ManualClock
from tests.support.queue import KEY, STAFF


def rollup_of(queue: Queue) -> Rollup:
    return Rollup(queue, lambda: 300, process_id=uuid4())


async def test_a_day_is_kept_once_it_is_over_and_is_what_its_events_say(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    day, _ = queue.today()
    await a_day(queue, clock, Random(5), 150)
    rollup = rollup_of(queue)
    await rollup.look()
    assert not await store_figures.read_kept_days(pool, 1, first=day, last=day), "it still lasts"
    await clock.advance(86400)
    await queue.keep_house()
    await rollup.look()
    kept = await store_figures.read_day(pool, 1, day=day)
    made = await work_out(queue, day, target_s=300)
    assert differences(kept, made.figures) == []
    whole = kept["all", "", -1]
    issued = await pool.fetchval("SELECT count(*) FROM ticket WHERE business_day = $1", day)
    assert whole.counted.came == issued > 20
    assert whole.wait.n > 10
    exact = await pool.fetchrow(
        """
        SELECT sum(s)::float8 AS sum, max(s) AS max,
               percentile_cont(ARRAY[0.5, 0.8, 0.9, 0.95]) WITHIN GROUP (ORDER BY s) AS quantiles
          FROM (SELECT extract(epoch FROM min(c.at) - min(i.at))::float8 AS s
                  FROM ticket_event i JOIN ticket_event c USING (centre_id, ticket_id)
                 WHERE i.event = 'issue' AND c.event = 'call' GROUP BY ticket_id) w
        """
    )
    assert exact is not None
    assert whole.wait.sum_us == round(exact["sum"] * 1e6)
    assert whole.wait.exact_us == tuple(round(s * 1e6) for s in exact["quantiles"])
    for p, s in zip((0.5, 0.8, 0.9, 0.95), exact["quantiles"], strict=True):
        from queue_server.figures.histogram import quantile_us

        assert abs((quantile_us(whole.wait.counts, p) or 0) / 1e6 - s) <= max(0.02 * s, 0.5)
