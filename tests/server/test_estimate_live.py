"""What is foreseen is told alike everywhere, and without it the closed formula speaks."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from queue_server.estimate.live import LiveEstimate
from queue_server.tickets.estimate import PRIOR_S, Pace, wait_range
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Ticket
from queue_server.tickets.place import place_of
from tests.support.centre_server import CentreServer, a_centre_server, a_second_process
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.queue import KEY, open_windows

SERVICE_S = 240
"""How long a visit took on the morning that was learned from."""


def estimate_of(server: CentreServer) -> LiveEstimate:
    estimate = server.queue.foresight
    assert isinstance(estimate, LiveEstimate)
    return estimate


async def serve(server: CentreServer, clock: ManualClock, people: int) -> None:
    """Let people come one after another to windows 5 and 6, and be served."""
    queue = server.queue
    for nth in range(people):
        await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
        window = 5 + nth % 2
        ticket = await queue.call_next(window, actor=KEY, own_only=False)
        assert ticket is not None
        await clock.jump(20)
        await queue.act(ticket.id, "start", actor=KEY, any_window=True)
        await clock.jump(SERVICE_S + 30 * (nth % 5) - 20)
        await queue.act(ticket.id, "finish", actor=KEY, any_window=True)
    await clock.jump(60)


async def is_foreseen(server: CentreServer) -> bool:
    return (await server.queue.hall_foreseen()).foreseen_at is not None


async def looked(server: CentreServer) -> None:
    """Wait until the hall as it is now is foreseen."""
    estimate = estimate_of(server)

    async def is_so() -> bool:
        await estimate.tick()
        hall = await server.queue.hall_foreseen()
        return hall.foreseen_at is not None

    await eventually(is_so)


@pytest.fixture
async def morning(
    database: Database, server_data: Path
) -> AsyncIterator[tuple[CentreServer, ManualClock]]:
    """A centre that has served thirty people at two windows, and foresees."""
    clock = ManualClock()
    async with a_centre_server(
        database, server_data, clock=clock, public_url="https://q"
    ) as server:
        await open_windows(server.queue, 5, 6)
        await serve(server, clock, 30)
        await looked(server)
        yield server, clock


async def test_slip_phone_hall_and_open_data_tell_one_wait(
    morning: tuple[CentreServer, ManualClock],
) -> None:
    server, _ = morning
    program = await server.program()
    for _ in range(8):
        await program.post("/tickets", {"service": "reconciliation"})
        await looked(server)
    before = (await program.get("/waits")).body
    [item] = [each for each in before["items"] if each["code"] == "U"]
    told = await program.post("/tickets", {"service": "reconciliation"})
    print(before, told.body["wait"])
    ticket = await server.queue.ticket(told.body["id"])
    events = await server.queue.events(ticket.id)
    print(events[0].detail)
    place = await place_of(server.queue, ticket.token)
    print(place.wait, place.told)
