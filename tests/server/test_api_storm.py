"""Sixty-four programs at once over two server processes, every act of the life, in any order."""

import asyncio
import random
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pytest
from aiohttp.test_utils import TestServer

from core_services.audit.verify import verify
from queue_server.app import open_server
from queue_server.settings import ServerSettings
from tests.support.centre_server import CentreServer, Program, Told, a_centre_server
from tests.support.database import Database
from tests.support.running_clock import RunningClock

CLIENTS: Final = 64
WINDOWS: Final = tuple(range(1, 10))
_ON_TICKETS: Final = (
    *("recall", "start", "finish", "no-show", "park", "resume", "return", "undo"),
    *("transfer", "cancel", "void", "reinstate"),
)
_AT_WINDOWS: Final = (
    *["call-next"] * 8,
    *["open"] * 4,
    *("call", "call", "walk-direct", "walk-direct", "pause", "close"),
)
"""A paused window is another's: it is closed and opened anew."""
_POLICIES: Final = (
    "SET recall_limit = 2, returns_allowed = 2, capacity = '{\"collection\": 400}'",
    "SET recall_limit = NULL, returns_allowed = 1, return_credit_s = 900, capacity = '{}'",
    "SET undo_within_s = 5, no_show_after_s = 1, carries_over = true",
)


@dataclass(slots=True)
class Storm:
    """What all clients know and heard."""

    tickets: list[str] = field(default_factory=list)
    called: deque[str] = field(default_factory=lambda: deque(maxlen=2 * len(WINDOWS)))
    """The latest that came to a window: what most acts are about."""
    answers: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)

    def hear(self, what: str, told: Told) -> None:
        """An error is any answer but 2xx, or a 409 that names the present state."""
        self.answers[f"{what} {told.status}"] += 1
        names_the_state = told.status == 409 and "state" in told.body
        if not (200 <= told.status < 300 or names_the_state):
            self.errors.append(f"{what}: {told.status} {told.raw!r}")


class Client:
    """One program that does whatever its dice says; every third command is sent twice."""

    def __init__(self, programs: tuple[Program, Program], storm: Storm, seed: int) -> None:
        self._programs = programs
        self._storm = storm
        self._dice = random.Random(seed)

    async def live(self, commands: int) -> None:
        for _ in range(commands):
            path, body = self._command()
            key = uuid4().hex
            what = path.rpartition("/")[2]
            sends = 2 if self._dice.random() < 0.34 else 1
            told = await asyncio.gather(
                *(
                    self._dice.choice(self._programs).post(path, body, idempotency_key=key)
                    for _ in range(sends)
                )
            )
            for each in told:
                self._storm.hear(what, each)
            if len({(each.status, each.raw) for each in told}) > 1:
                self._storm.doubles.append(f"{path} {[each.raw for each in told]}")
            if path == "/tickets" and told[0].status == 201:
                self._storm.tickets.append(told[0].body["id"])
            elif what in ("call-next", "call", "walk-direct") and told[0].status == 200:
                self._storm.called.append(told[0].body["id"])

    def _command(self) -> tuple[str, dict[str, Any]]:
        dice, tickets = self._dice, self._storm.tickets
        window = dice.choice(WINDOWS)
        if not tickets or dice.random() < 0.3:
            body: dict[str, Any] = {
                "priority": dice.choice(("none", "none", "age65")),
                "requests": dice.choice((1, 1, 3)),
            }
            if dice.random() < 0.5:
                body["service"] = dice.choice(("reconciliation", "collection"))
            return "/tickets", body
        if dice.random() < 0.5:
            act = dice.choice(_AT_WINDOWS)
            bodies: dict[str, dict[str, Any]] = {
                "call-next": {"finish": dice.random() < 0.5},
                "call": {"ticket": dice.choice(tickets), "reason": "frail"},
            }
            return f"/windows/{window}/{act}", bodies.get(act, {})
        act = dice.choice(_ON_TICKETS)
        bodies = {
            "park": {"reason": "copy", "minutes": 1},
            "transfer": {
                "reason": "cash",
                "to": dice.choice(({"queue": "X"}, {"queue": "U"}, {"window": window})),
            },
        }
        called = self._storm.called
        known = called if called and dice.random() < 0.8 else tickets[-40:]
        return f"/tickets/{dice.choice(known)}/{act}", bodies.get(act, {})


async def rage(database: Database, server: CentreServer, folder: Path, commands: int) -> Storm:
    """Let the storm go over two servers of one database, the policy changing under way."""
    storm = Storm()
    settings = ServerSettings(data_dir=folder)
    async with (
        open_server(settings, database.app_dsn, clock=server.clock) as second,
        TestServer(second) as other,
    ):
        clients = []
        for seed in range(CLIENTS):
            here = await server.program(name=f"client {seed}")
            there = Program(server.session, str(other.make_url("")).rstrip("/"), here.headers)
            clients.append(Client((here, there), storm, seed))
        for window in WINDOWS:
            opener = await server.program(name=f"opener {window}")
            storm.hear("open", await opener.post(f"/windows/{window}/open"))

        async def change_policy() -> None:
            connection = await asyncpg.connect(database.owner_dsn)
            try:
                await connection.execute("INSERT INTO policy_now (centre_id) VALUES (1)")
                for nth in range(10_000):
                    await connection.execute(
                        f"UPDATE policy_now {_POLICIES[nth % len(_POLICIES)]} WHERE centre_id = 1"
                    )
                    await asyncio.sleep(0.2)
            finally:
                await connection.close()

        changing = asyncio.create_task(change_policy())
        try:
            await asyncio.gather(*(client.live(commands // CLIENTS) for client in clients))
        finally:
            changing.cancel()
            await asyncio.wait([changing])
    return storm


async def check(server: CentreServer, storm: Storm) -> None:
    """Nobody heard an error, and what is kept is one life for each ticket."""
    assert storm.errors == []
    assert storm.doubles == []
    labels = await server.pool.fetch("SELECT label FROM ticket")
    assert len({row["label"] for row in labels}) == len(labels)
    assert len(set(storm.tickets)) == len(storm.tickets)
    events = await server.pool.fetch(
        "SELECT ticket_id, event, from_state, to_state, actor_kind FROM ticket_event"
        " ORDER BY revision"
    )
    state: dict[Any, str] = {}
    for event in events:
        assert event["from_state"] == state.get(event["ticket_id"], "none")
        state[event["ticket_id"]] = event["to_state"]
        if event["to_state"] == "called" != event["from_state"]:
            assert event["actor_kind"] != "system", "nobody asked for this call"
    stored = await server.pool.fetch("SELECT id, state FROM ticket")
    assert {row["id"]: row["state"] for row in stored} == state
    verdict = await verify(server.pool, 1)
    assert verdict.is_whole, verdict.breaks


async def test_sixty_four_clients_see_no_error_and_no_double_in_fifteen_hundred_commands(
    database: Database, server_data: Path
) -> None:
    async with a_centre_server(database, server_data, clock=RunningClock()) as server:
        storm = await rage(database, server, server_data, 1536)
        await check(server, storm)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_sixty_four_clients_see_no_error_and_no_double_in_ten_thousand_commands(
    database: Database, server_data: Path
) -> None:
    async with a_centre_server(database, server_data, clock=RunningClock()) as server:
        storm = await rage(database, server, server_data, 10_048)
        await check(server, storm)
        print(sum(storm.answers.values()), "answers:", dict(sorted(storm.answers.items())))
