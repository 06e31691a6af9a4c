"""Nine clerks' programs at once over HTTP: everybody is served once and nobody sees an error."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from core_services.audit.verify import verify
from tests.support.centre_server import CentreServer, Program, a_centre_server
from tests.support.database import Database
from tests.support.running_clock import RunningClock
from tests.support.seeding import seed_tickets

WINDOWS = tuple(range(1, 10))


async def serve(program: Program, window: int) -> tuple[list[str], list[str]]:
    """Call, start and finish until nobody waits; return the labels served and every error."""
    labels: list[str] = []
    errors: list[str] = []
    opened = await program.post(f"/windows/{window}/open")
    if opened.status != 200:
        errors.append(f"open: {opened.status}")
    while True:
        called = await program.post(f"/windows/{window}/call-next")
        if called.status == 204:
            # Nobody comes any more, so who waits now waited when we were told that nobody does.
            left = await program.get("/tickets?state=waiting&limit=1")
            if left.body["items"]:
                errors.append(f"call-next: 204 while {left.body['items'][0]['label']} waits")
            return labels, errors
        if called.status != 200:
            errors.append(f"call-next: {called.status} {called.raw!r}")
            continue
        labels.append(called.body["label"])
        for act in ("start", "finish"):
            told = await program.post(f"/tickets/{called.body['id']}/{act}", {"window": window})
            if told.status != 200:
                errors.append(f"{act}: {told.status} {told.raw!r}")


async def check_a_day(server: CentreServer, dsn: str, people: int) -> None:
    day, at = server.queue.today()
    tickets = await seed_tickets(dsn, people, day=day, at=at)
    programs = [await server.program(name=f"window {window}") for window in WINDOWS]
    served = await asyncio.gather(
        *(serve(program, window) for program, window in zip(programs, WINDOWS, strict=True))
    )
    assert [error for _, errors in served for error in errors] == []
    told = Counter(label for labels, _ in served for label in labels)
    assert told == Counter(ticket.label for ticket in tickets)
    states = await server.pool.fetch("SELECT state, count(*) AS n FROM ticket GROUP BY state")
    assert [tuple(row) for row in states] == [("finished", people)]
    verdict = await verify(server.pool, 1)
    assert verdict.is_whole, verdict.breaks


async def test_nine_programs_serve_eighteen_hundred_people_once_each_without_an_error(
    database: Database, server_data: Path
) -> None:
    async with a_centre_server(database, server_data, clock=RunningClock()) as server:
        await check_a_day(server, database.app_dsn, 1800)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_nine_programs_serve_nine_thousand_people_once_each_without_an_error(
    database: Database, server_data: Path
) -> None:
    async with a_centre_server(database, server_data, clock=RunningClock()) as server:
        await check_a_day(server, database.app_dsn, 9000)
