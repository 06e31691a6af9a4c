"""Bots as clerks of a real server: they serve, rest, live through cuts, make room for people."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from aiohttp import web

from core_services.clock import SystemClock
from core_services.people.passwords import Passwords
from core_services.people.sessions import SessionLimits, sign_in, sign_out
from core_services.people.staff import create_staff
from queue_server.demo.api import Api
from queue_server.demo.chances import Offer
from queue_server.demo.clerks import COME_BACK_S, Clerk
from queue_server.demo.floor import Floor, Seat
from queue_server.demo.opening import close_windows
from queue_server.demo.pace import Pace
from queue_server.demo.tally import Tally
from queue_server.tickets.model import Actor
from tests.support.centre_server import CentreServer, a_centre_server
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.racing_clock import RacingClock
from tests.support.site import PASSWORD, By

BOTS = "موظف تجريبي"
OFFERS = {"reconciliation": Offer("reconciliation", 300), "collection": Offer("collection", 90)}
PERSON = Actor("staff", UUID(int=7))


@pytest.fixture
async def server(database: Database, server_data: Path) -> AsyncIterator[CentreServer]:
    """A server on the machine's own clock."""
    async with a_centre_server(database, server_data, clock=SystemClock()) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Crew:
    """Clerks at work."""

    floor: Floor
    tally: Tally

    async def until(self, window: int, is_so: Callable[[Seat], bool]) -> Seat:
        """Wait until a window is so."""

        async def look() -> bool:
            await self.floor.look()
            seat = self.floor.seat(window)
            return seat is not None and is_so(seat)

        await eventually(look, within_s=30)
        seat = self.floor.seat(window)
        assert seat is not None
        return seat


@asynccontextmanager
async def crew(
    server: CentreServer,
    *windows: int,
    speed: float = 60.0,
    times: float = 20.0,
    key: str | None = None,
) -> AsyncIterator[Crew]:
    """Let bots work at these windows for the block, on a clock that races."""
    clock, tally = RacingClock(times), Tally()
    async with aiohttp.ClientSession() as client:
        key = key or await server.key("read", "issue", "stand_in", name=BOTS)
        api = Api(client, server.url, key, clock, tally)
        floor = Floor(api, clock, BOTS)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(floor.run())]
            for window in windows:
                clerk = Clerk(
                    window,
                    api=api,
                    floor=floor,
                    pace=Pace(clock, speed),
                    tally=tally,
                    offers=OFFERS,
                    breaks=asyncio.Semaphore(2),
                    seed=7,
                )
                running.append(tasks.create_task(clerk.run()))
            yield Crew(floor, tally)
            for task in running:
                task.cancel()


async def issue(server: CentreServer, count: int) -> None:
    reception = await server.program("issue")
    for _ in range(count):
        assert (await reception.post("/tickets")).status == 201


async def in_states(server: CentreServer) -> dict[str, int]:
    rows = await server.pool.fetch("SELECT state, count(*) AS n FROM ticket GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


async def test_everybody_is_served_or_called_three_times_and_nothing_goes_wrong(
    server: CentreServer,
) -> None:
    await issue(server, 40)
    async with crew(server, 2, 3, 4) as at_work:

        async def is_over() -> bool:
            return set(await in_states(server)) <= {"finished", "no_show"}

        await eventually(is_over, within_s=60)
    assert at_work.tally.errors == {}
    states = await in_states(server)
    assert states["finished"] + states.get("no_show", 0) == 40
    unknown = await server.pool.fetchval(
        "SELECT count(*) FROM ticket WHERE state = 'finished' AND service IS NULL"
    )
    assert unknown == 0
    recalls = await server.pool.fetchval("SELECT min(recalls) FROM ticket WHERE state = 'no_show'")
    assert recalls in (None, 2)


async def test_clerks_rest_with_a_reason_and_come_back(server: CentreServer) -> None:
    async with crew(server, 2, speed=5000.0):

        async def has_rested() -> bool:
            return bool(
                await server.pool.fetchval("SELECT true FROM window_event WHERE event = 'resume'")
            )

        await eventually(has_rested, within_s=30)
    reasons = await server.pool.fetch(
        "SELECT DISTINCT reason FROM window_event WHERE event = 'pause'"
    )
    assert {row["reason"] for row in reasons} <= {"break", "prayer"}


async def test_a_window_is_left_to_a_person_who_signs_in_and_taken_again_when_nobody_comes(
    server: CentreServer, passwords: Passwords
) -> None:
    await create_staff(
        server.pool,
        passwords,
        centre_id=1,
        username="mona",
        password=PASSWORD,
        role="clerk",
        name_ar="منى السيد",
        name_en="Mona El-Sayed",
        default_window=5,
        actor=By(),
        at=server.clock.now(),
    )
    await issue(server, 4)
    async with crew(server, 5, speed=1.0) as at_work:
        await at_work.until(5, lambda seat: seat.ticket is not None)
        signed_in = await sign_in(
            server.pool,
            passwords,
            centre_id=1,
            username="mona",
            password=PASSWORD,
            address="127.0.0.1",
            at=server.clock.now(),
            limits=SessionLimits(),
        )
        await at_work.until(5, lambda seat: seat.state == "closed")
        assert (await in_states(server)).get("finished", 0) == 1
        await sign_out(server.pool, signed_in.token)
        await at_work.until(5, lambda seat: seat.opened_by == BOTS)
    assert at_work.tally.errors == {}


async def test_a_window_that_a_person_takes_over_is_not_touched_until_it_stood_closed(
    server: CentreServer,
) -> None:
    await issue(server, 4)
    async with crew(server, 5, speed=1.0, times=60.0) as at_work:
        await at_work.until(5, lambda seat: seat.ticket is not None)
        window = await server.queue.act_on_window(
            5, "open", actor=PERSON, actor_name="منى السيد", any_window=False
        )
        assert window.ticket is not None
        in_hand = window.ticket.id
        await asyncio.sleep(1.0)
        seat = await at_work.until(5, lambda seat: seat.opened_by == "منى السيد")
        assert seat.ticket is not None
        assert UUID(seat.ticket.id) == in_hand
        if seat.ticket.state == "called":
            await server.queue.act(in_hand, "start", actor=PERSON, any_window=False, window=5)
        await server.queue.act(in_hand, "finish", actor=PERSON, any_window=False, window=5)
        await server.queue.act_on_window(5, "close", actor=PERSON, actor_name="", any_window=False)
        await at_work.until(5, lambda seat: seat.state == "closed")
        await at_work.until(5, lambda seat: seat.opened_by == BOTS)
        closed_s = await server.pool.fetchval(
            "SELECT extract(epoch FROM b.at - a.at)::float FROM window_event a JOIN window_event b"
            " ON a.event = 'close' AND b.event = 'open' AND b.revision > a.revision"
        )
        assert closed_s >= COME_BACK_S / 60.0 * 0.9
    assert at_work.tally.errors == {}


async def test_a_window_that_a_supervisor_closes_stays_closed_for_a_while(
    server: CentreServer,
) -> None:
    supervisor = await server.program("act", "supervise")
    async with crew(server, 5) as at_work:
        await at_work.until(5, lambda seat: seat.state == "open")
        assert (await supervisor.post("/windows/5/close")).status == 200
        await asyncio.sleep(0.5)
        await at_work.until(5, lambda seat: seat.state == "closed")
    assert at_work.tally.errors == {}


async def test_bots_that_start_again_go_on_with_what_they_had_in_hand(
    server: CentreServer,
) -> None:
    await issue(server, 1)
    key = await server.key("read", "issue", "stand_in", name=BOTS)
    async with crew(server, 5, speed=1.0, key=key) as first:
        await first.until(5, lambda seat: seat.ticket is not None)
    assert (await in_states(server)).keys() <= {"called", "serving"}
    async with crew(server, 5, key=key) as second:
        await second.until(5, lambda seat: seat.ticket is None)
    assert second.tally.errors == {}


async def test_a_command_whose_answer_is_lost_is_done_once(server: CentreServer) -> None:
    """A proxy that passes commands on and loses every first answer."""
    lost: set[str] = set()

    async def pass_on(request: web.Request) -> web.Response:
        async with server.session.request(
            request.method,
            server.url + request.path,
            headers={name: request.headers[name] for name in ("Authorization", "Idempotency-Key")},
            json=await request.json(),
        ) as answer:
            body: Any = await answer.json()
        key = request.headers["Idempotency-Key"]
        if key not in lost:
            lost.add(key)
            if request.transport is not None:
                request.transport.abort()
        return web.json_response(body, status=answer.status)

    app = web.Application()
    app.router.add_route("POST", "/{path:.*}", pass_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    tally = Tally()
    try:
        async with aiohttp.ClientSession() as client:
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            api = Api(client, url, await server.key("issue"), RacingClock(20.0), tally)
            told = await api.post("/tickets", {"channel": "desk"})
    finally:
        await runner.cleanup()
    assert told.status == 201
    assert await in_states(server) == {"waiting": 1}
    assert (tally.errors, tally.outages) == ({}, 1)


async def test_answers_that_nobody_in_order_gets_are_counted_by_route(
    server: CentreServer,
) -> None:
    tally = Tally()
    async with aiohttp.ClientSession() as client:
        api = Api(client, server.url, await server.key("act"), RacingClock(20.0), tally)
        await api.post("/windows/5/call-next", route="/windows/{n}/call-next")
        assert tally.errors == {}
        await api.post("/tickets", {"service": "unheard-of"})
        unknown = f"/tickets/{UUID(int=1)}/start"
        await api.post(unknown, route="/tickets/{id}/start")
    assert tally.errors == {"POST /tickets 403": 1, "POST /tickets/{id}/start 404": 1}


async def test_an_earlier_run_s_windows_are_ended_and_closed(server: CentreServer) -> None:
    await issue(server, 3)
    for number in (2, 3, 4):
        await server.queue.act_on_window(
            number, "open", actor=PERSON, actor_name="منى", any_window=False
        )
    for number in (2, 3):
        ticket = await server.queue.call_next(number, actor=PERSON, own_only=True)
        assert ticket is not None
        if number == 3:
            await server.queue.act(ticket.id, "start", actor=PERSON, any_window=False, window=3)
    tally = Tally()
    async with aiohttp.ClientSession() as client:
        key = await server.key("read", "act", "supervise")
        await close_windows(Api(client, server.url, key, RacingClock(20.0), tally))
    assert all(window.state == "closed" for window in (await server.queue.hall()).windows)
    assert await in_states(server) == {"no_show": 1, "finished": 1, "waiting": 1}
    assert tally.errors == {}
