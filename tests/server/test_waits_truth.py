"""How true the waits were: counted from the events, told to everybody, proved again at night."""

import io
import random
import statistics
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from queue_server.estimate.backtest import predictions
from queue_server.estimate.exporting import write_history
from queue_server.estimate.history import read_staffed, read_targets, read_visits
from queue_server.estimate.live import LiveEstimate
from queue_server.estimate.model import LEARN_EVERY_S
from queue_server.estimate.nightly import BacktestFailed, NightlyBacktest
from queue_server.estimate.store_backtest import claim_backtest, latest_backtest
from queue_server.estimate.store_visits import days_with_calls
from queue_server.estimate.truth import TruthReader
from queue_server.figures.rollup import Rollup
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Priority
from tests.support.centre_server import CentreServer, a_centre_server
from tests.support.clock import ManualClock
from tests.support.database import Servers, fresh_database
from tests.support.eventually import eventually
from tests.support.queue import KEY, open_windows

WINDOWS = (5, 6, 7)
DAYS = 3
PEOPLE = 36
"""A day; more than the windows can take at first, so that a line grows."""


@dataclass(frozen=True, slots=True)
class Week:
    """A centre that was open on three days, as its events tell; it is the night after."""

    server: CentreServer
    clock: ManualClock
    folder: Path


async def live_a_day(server: CentreServer, clock: ManualClock, chance: random.Random) -> None:
    """Let people come and be served in the order of the queue, second by second."""
    queue, estimate = server.queue, server.queue.foresight
    assert isinstance(estimate, LiveEstimate)
    await open_windows(queue, *WINDOWS)
    comes = [chance.expovariate(1 / 70) for _ in range(PEOPLE)]
    arrivals = [sum(comes[: nth + 1]) for nth in range(PEOPLE)]
    free_at = dict.fromkeys(WINDOWS, 0.0)
    in_hand: dict[int, Any] = {}
    now = 0.0

    async def pass_until(moment: float) -> None:
        """Pass half minute by half minute: the server learns at each."""
        nonlocal now
        while (half_minute := (now // LEARN_EVERY_S + 1) * LEARN_EVERY_S) < moment:
            await clock.jump(half_minute - now)
            await estimate.tick()
            now = half_minute
        await clock.jump(max(0.0, moment - now))
        now = max(now, moment)

    async def is_looked_at() -> bool:
        return (await queue.hall_foreseen()).foreseen_at == clock.now()

    while arrivals or in_hand:
        ends = min((free_at[window] for window in in_hand), default=float("inf"))
        if arrivals and arrivals[0] <= ends:
            await pass_until(arrivals.pop(0))
            await estimate.tick()
            await eventually(is_looked_at)
            priority: Priority = "age65" if chance.random() < 0.15 else "none"
            await queue.issue(IssueRequest(KEY, "api", service="reconciliation", priority=priority))
        else:
            await pass_until(ends)
            window = min(in_hand, key=lambda each: free_at[each])
            ticket = in_hand.pop(window)
            if chance.random() < 0.06:
                await queue.act(ticket.id, "no_show", actor=KEY, any_window=True)
            else:
                await queue.act(ticket.id, "start", actor=KEY, any_window=True)
                await queue.act(ticket.id, "finish", actor=KEY, any_window=True)
        for window in WINDOWS:
            if window not in in_hand:
                called = await queue.call_next(window, actor=KEY, own_only=False)
                if called is not None:
                    in_hand[window] = called
                    free_at[window] = now + chance.lognormvariate(5.3, 0.5)
    for window in WINDOWS:
        await queue.act_on_window(window, "close", actor=KEY, actor_name="", any_window=True)
    await clock.jump(24 * 3600 - now)


@pytest.fixture(scope="module")
async def week(
    postgres_servers: Servers, server_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Week]:
    """See the class."""
    clock = ManualClock()
    chance = random.Random("week")
    async with (
        fresh_database(await postgres_servers.server("embedded")) as database,
        a_centre_server(database, server_data, clock=clock) as server,
    ):
        for _ in range(DAYS):
            await live_a_day(server, clock, chance)
        await clock.jump(-3600.0 * 2)
        await server.queue.keep_house()
        yield Week(server, clock, tmp_path_factory.mktemp("nightly"))


async def told_and_waited(server: CentreServer) -> list[dict[str, Any]]:
    """Return what was told and what came, worked out from the events in Python."""
    rows = await server.pool.fetch(
        "SELECT ticket_id, event, at, detail FROM ticket_event ORDER BY revision"
    )
    told: dict[Any, dict[str, Any]] = {}
    for row in rows:
        if row["event"] == "issue" and "low_s" in row["detail"]:
            told[row["ticket_id"]] = {"at": row["at"], **row["detail"]}
        elif row["event"] == "call" and row["ticket_id"] in told:
            each = told[row["ticket_id"]]
            each.setdefault("wait_s", (row["at"] - each["at"]).total_seconds())
    return list(told.values())


async def test_the_open_data_are_the_sum_of_the_events(week: Week) -> None:
    told = await told_and_waited(week.server)
    called = [each for each in told if "wait_s" in each]
    held = [each for each in called if each["low_s"] <= each["wait_s"] <= each["high_s"]]
    raw = [each for each in called if "model" in each]
    raw_held = [each for each in raw if each["raw_low_s"] <= each["wait_s"] <= each["raw_high_s"]]
    answer = await week.server.stranger().get("/waits/truth")
    assert answer.status == 200
    month = answer.body["thirty_days"]
    assert month["told"] == len(called) == DAYS * PEOPLE
    assert month["held"] == len(held)
    assert len(raw) > PEOPLE
    assert month["share_held_unrounded"] == round(len(raw_held) / len(raw), 4)
    errors = [abs(each["likely_s"] - each["wait_s"]) for each in called]
    assert month["mean_error_s"] == round(statistics.fmean(errors), 1)
    assert month["held"] + month["sooner"] + month["later"] == month["told"]
    assert sum(day["told"] for day in answer.body["days"]) == month["told"]
    assert sum(hour["told"] for hour in answer.body["hours"]) <= month["told"]
    [service] = answer.body["services"]
    assert (service["service"], service["told"]) == ("reconciliation", month["told"])
    assert len(answer.body["days"]) == DAYS


async def test_a_day_that_is_over_is_counted_once_and_anew_when_its_figures_are(
    week: Week,
) -> None:
    queue, pool = week.server.queue, week.server.pool
    at_once = await TruthReader(queue).now()
    await Rollup(queue, lambda: 1800, process_id=uuid4()).look()
    counted = await TruthReader(queue).now()
    kept = await pool.fetch("SELECT business_day, told FROM truth_day ORDER BY 1")
    over = queue.today()[0] - timedelta(days=1)
    assert [row["business_day"] for row in kept] == sorted(
        day for day, _ in counted.by_day if day < over
    )
    assert kept
    assert (await TruthReader(queue).now()).by_day == counted.by_day == at_once.by_day
    assert (await TruthReader(queue).now()).by_service == at_once.by_service
    day = kept[0]["business_day"]
    await pool.execute("UPDATE truth_day SET told = '{}' WHERE business_day = $1", day)
    await pool.execute("UPDATE truth_day SET source_revision = 0 WHERE business_day = $1", day)
    assert (await TruthReader(queue).now()).by_hour == at_once.by_hour
    assert await pool.fetch("SELECT business_day, told FROM truth_day ORDER BY 1") == kept


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_everybody_reads_how_true_the_times_were(week: Week, language: str) -> None:
    url = f"{week.server.url}/waits/truth?lang={language}"
    async with week.server.session.get(url) as answer:
        assert answer.status == 200
        page = await answer.text()
    assert ("كيف حُسب ذلك" if language == "ar" else "How it is counted") in page
    assert ("٣٦" if language == "ar" else "36") in page


async def test_the_backtest_of_the_exported_files_says_what_was_said_live(week: Week) -> None:
    queue, centre = week.server.queue, week.server.queue.centre
    day, _ = queue.today()
    days = await days_with_calls(queue.pool, 1, since=day - timedelta(days=9), before=day)
    visits_file, windows_file, services_file = (io.StringIO(newline="") for _ in range(3))
    written = await write_history(
        queue.pool,
        1,
        days=days,
        zone=centre.zone,
        cut_over=centre.cut_over,
        visits=visits_file,
        windows=windows_file,
        services=services_file,
    )
    assert written == DAYS * PEOPLE
    visits_file.seek(0)
    windows_file.seek(0)
    services_file.seek(0)
    visits = read_visits(visits_file, priorities=("none", "age65", "disability", "infant"))
    staffed = read_staffed(windows_file)
    assert len(staffed) == DAYS * len(WINDOWS)
    priors = read_targets(services_file)
    walked = {
        each.visit.ticket: each.range
        for each in predictions(visits, staffed, priors=priors, zone=centre.zone)
    }
    rows = await queue.pool.fetch(
        "SELECT ticket_id, detail FROM ticket_event WHERE event = 'issue'"
        " AND detail -> 'model' IS NOT NULL"
    )
    differences = []
    for row in rows:
        said = walked[str(row["ticket_id"])]
        assert said is not None
        differences.append(abs(said.likely_s - row["detail"]["likely_s"]))
    assert len(differences) > PEOPLE
    # What the server learns a breath before or after a half minute the backtest learns at it.
    assert statistics.median(differences) <= 2
    assert statistics.quantiles(differences, n=10)[-1] <= 10


async def test_each_night_one_process_walks_through_the_last_days(week: Week) -> None:
    queue = week.server.queue
    day, _ = queue.today()
    first, second = (NightlyBacktest(queue, folder=week.folder, process=uuid4()) for _ in range(2))
    await first.look()  # the server's own may have been faster
    await second.look()

    async def is_done() -> bool:
        return await latest_backtest(queue.pool, 1) is not None

    await eventually(is_done, within_s=60)
    night = await latest_backtest(queue.pool, 1)
    assert night is not None
    assert night.day == day
    assert night.result["product"]["n"] > PEOPLE // 2
    assert night.result["days"] == DAYS
    assert set(night.result["baselines"]) >= {"moving_average", "les", "hol", "queue_length"}
    assert await queue.pool.fetchval("SELECT count(*) FROM estimate_backtest") == 1
    assert not list(week.folder.iterdir())


async def test_a_backtest_whose_process_died_is_taken_over_and_not_for_ever(week: Week) -> None:
    pool, at = week.server.pool, week.server.clock.now()
    day = at.date() + timedelta(days=30)
    assert await claim_backtest(pool, 1, day=day, process=uuid4(), at=at)
    assert not await claim_backtest(pool, 1, day=day, process=uuid4(), at=at)
    for hours in (2, 4):
        later = at + timedelta(hours=hours)
        assert await claim_backtest(pool, 1, day=day, process=uuid4(), at=later)
    much_later = at + timedelta(hours=9)
    assert not await claim_backtest(pool, 1, day=day, process=uuid4(), at=much_later)
    await pool.execute("UPDATE estimate_backtest SET tries = 1 WHERE business_day = $1", day)


async def test_a_command_that_fails_is_told_with_its_last_words(
    week: Week, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "queue_server.estimate.nightly.COMMAND", ("sh", "-c", "echo no memory >&2; exit 1")
    )
    nightly = NightlyBacktest(week.server.queue, folder=week.folder, process=uuid4())
    day, _ = week.server.queue.today()
    with pytest.raises(BacktestFailed, match="no memory"):
        await nightly.backtest([day - timedelta(days=2)])
