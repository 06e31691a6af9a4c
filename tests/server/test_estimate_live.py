"""What is foreseen is told alike everywhere; without it the closed formula speaks."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from core_services.audit.verify import verify
from queue_server.estimate.live import FRESH_S, LiveEstimate
from queue_server.estimate.model import Visit
from queue_server.estimate.product import Estimator
from queue_server.estimate.promises_kept import PromisesKept
from queue_server.estimate.store_truth import count_overdue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Hall, QueueState, Ticket
from queue_server.tickets.place import place_of
from queue_server.web.keys import APPOINTMENTS, CONFIGURATION
from tests.support.appointments import add_plan, book
from tests.support.centre_server import CentreServer, a_centre_server, a_second_process
from tests.support.clock import ManualClock
from tests.support.database import Database, Servers, fresh_database
from tests.support.eventually import eventually
from tests.support.queue import KEY, open_windows


@dataclass(frozen=True, slots=True)
class Morning:
    """A centre that has served thirty people at windows 5 and 6; eight wait."""

    server: CentreServer
    clock: ManualClock
    database: Database
    data_dir: Path
    waiting: list[Ticket]

    @property
    def estimate(self) -> LiveEstimate:
        return estimate_of(self.server)

    async def line(self) -> QueueState:
        return line_of(await foreseen(self.server))


def estimate_of(server: CentreServer) -> LiveEstimate:
    estimate = server.queue.foresight
    assert isinstance(estimate, LiveEstimate)
    return estimate


async def foreseen(server: CentreServer) -> Hall:
    """Return the hall as it is foreseen at its very revision."""
    await estimate_of(server).tick()

    async def is_so() -> bool:
        return (await server.queue.hall_foreseen()).foreseen_at == server.clock.now()

    await eventually(is_so)
    return await server.queue.hall_foreseen()


def estimator_of(morning: Morning) -> Estimator:
    teaching = morning.estimate._teaching
    assert teaching is not None
    assert teaching.estimator is not None
    return teaching.estimator


def line_of(hall: Hall) -> QueueState:
    return next(queue for queue in hall.queues if queue.code == "U")


async def serve(server: CentreServer, clock: ManualClock, people: int) -> None:
    """Let people come one after another to windows 5 and 6, and be served."""
    queue = server.queue
    for nth in range(people):
        await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
        ticket = await queue.call_next(5 + nth % 2, actor=KEY, own_only=False)
        assert ticket is not None
        await clock.jump(20)
        await queue.act(ticket.id, "start", actor=KEY, any_window=True)
        await clock.jump(160 + 30 * (nth % 5))
        await queue.act(ticket.id, "finish", actor=KEY, any_window=True)


@pytest.fixture(scope="module")
async def morning(postgres_servers: Servers, server_data: Path) -> AsyncIterator[Morning]:
    """See the class; more people come to it with each test."""
    clock = ManualClock()
    async with (
        fresh_database(await postgres_servers.server("embedded")) as database,
        a_centre_server(database, server_data, clock=clock, public_url="https://q") as server,
    ):
        await open_windows(server.queue, 5, 6)
        await serve(server, clock, 30)
        await clock.jump(60)
        await foreseen(server)
        waiting = []
        for _ in range(8):
            waiting.append(
                await server.queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
            )
            await clock.jump(1)
        yield Morning(server, clock, database, server_data, waiting)


async def test_slip_page_hall_and_open_data_tell_one_wait(morning: Morning) -> None:
    server = morning.server
    hall = await foreseen(server)
    line = line_of(hall)
    assert hall.foreseen_at is not None
    program = await server.program()
    [item] = [each for each in (await program.get("/waits")).body["items"] if each["code"] == "U"]
    [queue] = [each for each in (await program.get("/queues")).body["items"] if each["code"] == "U"]
    told = (await program.post("/tickets", {"service": "reconciliation"})).body
    ticket = await server.queue.ticket(told["id"])
    slip = server.app[CONFIGURATION]().slip(ticket)
    assert told["wait"] == item["wait"] == queue["wait"]
    assert slip.wait is not None
    assert slip.wait.model_dump() == told["wait"]
    assert line.wait is not None
    assert line.wait.likely_s == told["wait"]["likely_s"]
    await foreseen(server)
    place = await place_of(server.queue, ticket.token)
    assert place.told is not None
    assert place.wait is not None
    assert abs(place.wait.likely_s - told["wait"]["likely_s"]) <= 60
    assert 8 * 200 / 2 * 0.7 < told["wait"]["likely_s"] < 8 * 260 / 2 * 1.4


async def test_the_issue_event_keeps_what_was_said_and_what_made_it(morning: Morning) -> None:
    await foreseen(morning.server)
    ticket = await morning.server.queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    [event] = await morning.server.queue.events(ticket.id)
    assert event.detail is not None
    assert ticket.wait_at_issue is not None
    assert event.detail["model"] == "forward-1"
    assert event.detail["low_s"] <= event.detail["raw_low_s"] <= event.detail["likely_s"]
    assert event.detail["likely_s"] <= event.detail["raw_high_s"] <= event.detail["high_s"]
    assert event.detail["high_s"] == ticket.wait_at_issue.high_s
    assert event.detail["middle_s"] >= 0


async def test_who_comes_right_after_another_is_told_a_longer_wait(morning: Morning) -> None:
    await foreseen(morning.server)
    queue = morning.server.queue
    first = await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    second = await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    third = await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    likely = [each.wait_at_issue.likely_s for each in (first, second, third) if each.wait_at_issue]
    assert len(likely) == 3
    assert likely == sorted(set(likely))


async def test_an_elder_is_told_the_wait_of_his_place(morning: Morning) -> None:
    line = await morning.line()
    assert line.told["age65"].wait.likely_s < line.told["none"].wait.likely_s


async def test_a_number_that_waits_beyond_the_time_told_is_counted_as_missed_already(
    morning: Morning,
) -> None:
    await foreseen(morning.server)
    queue = morning.server.queue
    ticket = await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    [event] = await queue.events(ticket.id)
    assert event.detail is not None
    day, _ = queue.today()
    ends = event.at + timedelta(seconds=event.detail["raw_high_s"])
    within = await count_overdue(queue.pool, 1, day=day, at=ends)
    beyond = await count_overdue(queue.pool, 1, day=day, at=ends + timedelta(seconds=1))
    assert beyond > within
    in_line = await queue.tickets(states=["waiting"])
    assert await count_overdue(queue.pool, 1, day=day, at=ends + timedelta(days=1)) <= len(in_line)
    kept = await PromisesKept(queue).now()
    assert kept.today.held <= kept.today.n


async def test_who_booked_is_told_the_wait_of_his_place_at_check_in(morning: Morning) -> None:
    server, clock = morning.server, morning.clock
    appointments, queue = server.app[APPOINTMENTS], server.queue
    await add_plan(queue, opens=time(8), closes=time(22))
    now = clock.now().astimezone(queue.centre.zone)
    slot = now.replace(minute=30 * (now.minute // 30), second=0, microsecond=0)
    found = await book(appointments, slot + timedelta(minutes=30), service="reconciliation")
    other = await book(appointments, slot + timedelta(minutes=30), service="reconciliation")
    await clock.jump((slot + timedelta(minutes=30) - clock.now()).total_seconds() + 600)
    await foreseen(server)
    last = await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    done = await appointments.check_in(found.id, via="desk", actor=KEY)
    told = done.ticket.wait_at_issue
    [event] = await queue.events(done.ticket.id)
    assert told is not None
    assert last.wait_at_issue is not None
    assert event.detail is not None
    assert event.detail["model"] == "forward-1"
    assert event.detail["low_s"] <= event.detail["raw_low_s"] <= event.detail["likely_s"]
    # Ten minutes of his slot have passed: he stands before whoever came in them.
    assert told.likely_s < last.wait_at_issue.likely_s
    await foreseen(server)
    place = await place_of(queue, done.ticket.token)
    assert place.wait == told

    # An elder who checks in stands before him, and says so; what the run cannot know it leaves.
    elder = await appointments.check_in(other.id, via="desk", actor=KEY, priority="age65")
    assert elder.ticket.wait_at_issue is not None
    assert elder.ticket.wait_at_issue.likely_s <= told.likely_s


async def test_a_check_in_without_a_look_is_told_the_formulas_wait(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, clock = morning.server, morning.clock
    appointments, queue = server.app[APPOINTMENTS], server.queue
    now = clock.now().astimezone(queue.centre.zone)
    slot = now.replace(minute=30 * (now.minute // 30), second=0) + timedelta(minutes=30)
    found = await book(appointments, slot.replace(microsecond=0))
    await clock.jump((slot - clock.now()).total_seconds())
    await foreseen(server)

    def fails(*_: object, **__: object) -> Any:
        raise ArithmeticError("the run cannot be made")

    monkeypatch.setattr("queue_server.estimate.product.run_forward", fails)
    with capture_logs() as logs:
        done = await appointments.check_in(found.id, via="desk", actor=KEY)
    assert [each["event"] for each in logs if each["log_level"] == "error"] == ["estimate_failed"]
    [event] = await queue.events(done.ticket.id)
    assert done.ticket.wait_at_issue is not None
    assert event.detail is not None
    assert "model" not in event.detail
    monkeypatch.undo()
    assert (await foreseen(server)).foreseen_at is not None


async def test_an_old_look_says_nothing_any_more(morning: Morning) -> None:
    assert (await foreseen(morning.server)).foreseen_at is not None
    morning.estimate._due.clear()
    told = line_of(morning.estimate.over(await morning.server.queue.hall())).told
    assert told
    estimate = morning.estimate
    estimate._looked_at -= FRESH_S + 1
    hall = estimate.over(await morning.server.queue.hall())
    assert hall.foreseen_at is None
    assert estimate.of(morning.waiting[0].id) is None


async def test_a_model_that_fails_stops_nothing_and_is_told_once(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    await foreseen(morning.server)

    def broken(*_: Any, **__: Any) -> None:
        raise FloatingPointError("not a number")

    monkeypatch.setattr("queue_server.estimate.product.Estimator.forecast", broken)
    with capture_logs() as logs:
        for _ in range(3):
            await morning.estimate.tick()
            await morning.server.queue.hall_foreseen()

        async def is_by_formula() -> bool:
            return (await morning.server.queue.hall()).foreseen_at is None

        await eventually(is_by_formula)
        for _ in range(3):
            await morning.estimate._look()
    assert [each["event"] for each in logs if each["log_level"] == "error"] == ["estimate_failed"]
    ticket = await morning.server.queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    assert ticket.wait_at_issue is not None
    [event] = await morning.server.queue.events(ticket.id)
    assert event.detail is not None
    assert "model" not in event.detail
    monkeypatch.undo()
    assert (await foreseen(morning.server)).foreseen_at is not None


async def test_an_estimate_that_breaks_in_the_middle_of_issue_costs_nobody_a_number(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    await foreseen(morning.server)

    def broken(*_: Any, **__: Any) -> None:
        raise OverflowError("cannot convert float infinity to integer")

    monkeypatch.setattr("queue_server.estimate.calibration.Calibration.range_of", broken)
    ticket = await morning.server.queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    assert ticket.wait_at_issue is not None
    assert (await morning.server.queue.hall()).foreseen_at is None
    monkeypatch.undo()
    assert (await foreseen(morning.server)).foreseen_at is not None


async def test_a_second_process_and_a_restarted_one_foresee_the_same(morning: Morning) -> None:
    await morning.clock.jump(60)
    here = await morning.line()
    async with a_second_process(morning.database, morning.data_dir, clock=morning.clock) as second:
        there = line_of(await foreseen(second))
        assert there.told == here.told
        for ticket in morning.waiting:
            assert estimate_of(second).of(ticket.id) == morning.estimate.of(ticket.id)


async def test_what_a_phone_was_shown_is_recorded_when_it_changes_and_in_the_chain(
    morning: Morning,
) -> None:
    server, last = morning.server, morning.waiting[-1]
    address = f"{server.url}/t/{last.token.lower()}/now"
    for _ in range(3):
        await morning.clock.jump(20)
        await foreseen(server)
        async with server.session.get(address) as answer:
            assert answer.status == 200
        await morning.estimate.record()
    for window in (5, 6):
        await server.queue.call_next(window, actor=KEY, own_only=False)
    await morning.clock.jump(600)
    await foreseen(server)
    async with server.session.get(address) as answer:
        assert answer.status == 200
    await morning.estimate.record()
    rows = await server.pool.fetch(
        "SELECT place, low_s, high_s, raw_low_s, model, at FROM estimate_event"
        " WHERE ticket_id = $1 ORDER BY revision",
        last.id,
    )
    assert rows
    assert {row["place"] for row in rows} == {"phone"}
    assert all(row["low_s"] <= row["raw_low_s"] for row in rows)
    told = [(row["low_s"], row["high_s"]) for row in rows]
    assert all(one != other for one, other in pairwise(told))
    moments = [row["at"] for row in rows]
    assert all((b - a).total_seconds() >= 60 for a, b in pairwise(moments))
    hall = await server.pool.fetch(
        "SELECT at, low_s, high_s FROM estimate_event WHERE place = 'hall' AND queue = 'U'"
        " ORDER BY revision"
    )
    assert hall
    assert all(
        (b["at"] - a["at"]).total_seconds() >= 60 and tuple(a)[1:] != tuple(b)[1:]
        for a, b in pairwise(hall)
    )
    assert (await verify(server.pool, server.queue.centre.id)).is_whole


async def test_what_cannot_be_learned_is_passed_over_and_nothing_is_learned_twice(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    await foreseen(morning.server)
    teaching = morning.estimate._teaching
    assert teaching is not None
    learned: list[str] = []

    def learn(self: Estimator, visit: Visit) -> None:
        learned.append(visit.ticket)
        if len(learned) == 2:
            raise ArithmeticError("this one cannot be")

    monkeypatch.setattr(Estimator, "learn", learn)
    for ticket in morning.waiting[-3:]:
        await morning.server.queue.act(
            ticket.id, "cancel", actor=KEY, any_window=True, reason="left"
        )
    await morning.clock.jump(60)
    for _ in range(2):
        with suppress(ArithmeticError):
            await teaching.learn()
    assert len(learned) == len(set(learned)) >= 2


async def test_whoever_looks_first_on_a_new_day_forgets_the_bad_day_before(
    morning: Morning,
) -> None:
    await foreseen(morning.server)
    estimator = estimator_of(morning)
    estimator.calibration._today = 0.15
    estimator.learned._day_ends = morning.clock.now().timestamp()
    assert await morning.estimate.still() is not None
    assert estimator.calibration._today == 0


async def test_a_service_that_comes_into_the_catalogue_has_its_time_at_once(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = morning.server.app[CONFIGURATION]()
    added = replace(configuration.services[0], code="stand", target_s=1800)
    await foreseen(morning.server)
    learned = estimator_of(morning).learned
    before = learned.mean_hold("U", "stand")
    of_the_catalogue = {each.code: each.target_s for each in configuration.services}
    known = learned.hold_times.priors
    assert known == of_the_catalogue

    later = replace(configuration, services=(*configuration.services, added))
    monkeypatch.setattr(morning.estimate, "_configuration", lambda: later)
    await morning.clock.jump(5)
    await foreseen(morning.server)
    learned = estimator_of(morning).learned
    assert learned.hold_times.priors == of_the_catalogue | {"stand": 1800}
    after = learned.mean_hold("U", "stand")
    assert after > 2 * before
    still = await morning.estimate.still()
    assert still is not None
    assert still[1].mean_hold("U", "stand") == pytest.approx(after)
