"""Listens to PostgreSQL telling how it carries out every statement, those inside functions too."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from core_services.database.errors import translated
from core_services.database.pool import Connection, Pool, connect


@dataclass(frozen=True, slots=True)
class Step:
    """One node of a plan that reads a table or an index."""

    kind: str
    table: str
    index: str | None
    rows: int
    """Rows visited: those it gave and those it looked at and dropped, in all its loops."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one statement was carried out."""

    statement: str
    steps: tuple[Step, ...]
    blocks: int
    """Blocks of tables and indexes that were looked at."""

    def on(self, table: str) -> tuple[Step, ...]:
        """Return the steps that read this table."""
        return tuple(step for step in self.steps if step.table == table)


class Watched(Pool):
    """A pool of one connection that notes the plan of everything it does."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection
        self.plans: list[Plan] = []
        connection.add_log_listener(self._hear)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        with translated():
            yield self.connection

    def heard(self) -> list[Plan]:
        """Return the plans since the last time, oldest first."""
        plans, self.plans = self.plans, []
        return plans

    def _hear(self, _connection: object, message: Any) -> None:
        _, marker, text = message.message.partition("plan:\n")
        if marker:
            told = json.loads(text)
            nodes = list(_nodes(told["Plan"]))
            steps = tuple(_step(node) for node in nodes if "Relation Name" in node)
            blocks = told["Plan"]["Shared Hit Blocks"] + told["Plan"]["Shared Read Blocks"]
            self.plans.append(Plan(" ".join(told["Query Text"].split()), steps, blocks))


@asynccontextmanager
async def watched(superuser_dsn: str) -> AsyncIterator[Watched]:
    """Open such a pool; only a superuser may listen."""
    connection = await connect(superuser_dsn, application_name="watched")
    try:
        await connection.execute(
            "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;"
            "SET auto_explain.log_nested_statements = on; SET auto_explain.log_format = json;"
            "SET auto_explain.log_analyze = on; SET auto_explain.log_buffers = on;"
            "SET auto_explain.log_timing = off; SET client_min_messages = log"
        )
        yield Watched(connection)
    finally:
        await connection.close()


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _step(node: dict[str, Any]) -> Step:
    seen = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return Step(
        kind=node["Node Type"],
        table=node["Relation Name"],
        index=next((each["Index Name"] for each in _nodes(node) if "Index Name" in each), None),
        rows=round(seen * node["Actual Loops"]),
    )
