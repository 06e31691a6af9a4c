"""Holds figures against two other readings of the same days: the tickets' rows, and SQL's own."""

from collections.abc import Iterable
from datetime import date
from uuid import uuid4

import asyncpg

from queue_server.figures import store_figures
from queue_server.figures.aggregate import ALL_DAY, NO_KEY, NOTHING
from queue_server.figures.days import differences, work_out
from queue_server.figures.rollup import Rollup
from queue_server.tickets.acts import Queue
from queue_server.tickets.day_report import DayReport
from queue_server.tickets.supervision import day_report
from tests.support.database import Database
from tests.support.day_report import read_day_report

TARGET_S = 300
_OUTCOMES = {"finished": "served", "no_show": "no_show", "void": "void"}
_OPEN = ("unconfirmed", "waiting", "called", "serving", "parked")


async def check_figures(queue: Queue, days: Iterable[date]) -> None:
    """Assert that the figures of these days, kept and recomputed, are what the database tells."""
    await Rollup(queue, lambda: TARGET_S, process_id=uuid4()).look()
    for day in days:
        await _check_day(queue, day)


async def _check_day(queue: Queue, day: date) -> None:
    pool, centre_id = queue.pool, queue.centre.id
    told = await work_out(queue, day, target_s=TARGET_S)
    rows = await pool.fetch(
        "SELECT id, label, state, queue, service, priority, issued_at, finished_at FROM ticket"
        " WHERE centre_id = $1 AND business_day = $2",
        centre_id,
        day,
    )
    lives = {life.id: life for life in told.lives}
    assert len(lives) == len(rows)
    for row in rows:
        life = lives[row["id"]]
        assert (life.label, life.queue, life.service, life.priority, life.issued_at) == (
            row["label"], row["queue"], row["service"], row["priority"], row["issued_at"],
        )  # fmt: skip
        outcome = _OUTCOMES.get(row["state"])
        if outcome is not None:
            assert life.outcome == outcome
        assert (life.outcome == "open") == (row["state"] in _OPEN)
        assert (life.outcome in ("left", "cancelled")) == (row["state"] == "cancelled")
        assert (life.outcome in ("lapsed", "carried_over")) == (row["state"] == "lapsed")
        if row["finished_at"] is not None:
            assert life.ended_at == row["finished_at"]
    whole = told.figures.get(("all", NO_KEY, ALL_DAY), NOTHING)
    report = await day_report(queue, day)
    _same_report(report, await read_day_report(pool, centre_id, day=day))
    assert (report.counts.issued, report.counts.called, report.counts.finished) == (
        whole.counted.came + whole.counted.void, whole.counted.called, whole.counted.served,
    )  # fmt: skip
    assert report.counts.carried_over == whole.counted.carried_over
    waits = next((each for each in report.waits if each.queue is None), None)
    assert whole.wait.n == (0 if waits is None else waits.people)
    if waits is not None:
        assert round(waits.mean_s * 1e6) == round(whole.wait.sum_us / whole.wait.n)
        assert [round(waits.p50_s * 1e6), round(waits.p90_s * 1e6)] == [
            whole.wait.exact_us[0], whole.wait.exact_us[2],
        ]  # fmt: skip
    parts = [value for key, value in told.figures.items() if key[0] == "priority"]
    assert sum(each.wait.sum_us for each in parts) == whole.wait.sum_us
    if day < queue.today()[0] and rows:
        kept = await store_figures.read_day(pool, centre_id, day=day)
        assert differences(kept, told.figures) == []


def _same_report(report: DayReport, told: DayReport) -> None:
    """Assert that the supervisor's figures are those that SQL tells, to the microsecond."""
    assert (report.counts, report.half_hours) == (told.counts, told.half_hours)
    assert report.wait_bands == told.wait_bands
    assert [(each.queue, each.priority, each.people) for each in report.waits] == [
        (each.queue, each.priority, each.people) for each in told.waits
    ]
    for each, other in zip(report.waits, told.waits, strict=True):
        for name in ("mean_s", "p50_s", "p90_s"):
            assert abs(getattr(each, name) - getattr(other, name)) < 1.5e-6


async def refuse_figures_of(database: Database, day: date) -> None:
    """Let the database take no figures of a day, as if they could not be worked out."""
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute(
        f"ALTER TABLE figure_day ADD CONSTRAINT refused CHECK (business_day <> '{day}')"
    )
    await owner.close()


async def take_all_figures(database: Database) -> None:
    """Let the database take them again."""
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute("ALTER TABLE figure_day DROP CONSTRAINT refused")
    await owner.close()
