"""The wait that the database works out at issue is that of the pure formula."""

import asyncio
from collections.abc import Iterator
from typing import Final

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queue_server.tickets.estimate import LEAST_SERVICES, PRIOR_S, Pace, wait_range
from queue_server.tickets.model import Wait
from tests.support.database import Database

PEOPLE: Final = st.integers(0, 20_000)
WINDOWS: Final = st.integers(0, 99)
SECONDS: Final = st.integers(0, 40_000)
CASES: Final = st.lists(
    st.tuples(PEOPLE, WINDOWS, WINDOWS, SECONDS, SECONDS, SECONDS), min_size=1, max_size=50
)


class Asked:
    """A database that answers from ordinary functions, as Hypothesis wants them."""

    def __init__(self, dsn: str) -> None:
        self._runner = asyncio.Runner()
        self._connection = self._runner.run(asyncpg.connect(dsn))

    def close(self) -> None:
        self._runner.run(self._connection.close())
        self._runner.close()

    def waits(self, cases: list[tuple[int, int, int, int, int, int]]) -> list[Wait | None]:
        rows = self._runner.run(
            self._connection.fetch(
                "SELECT w.* FROM unnest($1::int[], $2::int[], $3::int[], $4::int[], $5::int[],"
                " $6::int[]) WITH ORDINALITY c (ahead, windows, idle, mean, p10, p90, nth)"
                " CROSS JOIN LATERAL wait_range(ahead, windows, idle, mean, p10, p90) w"
                " ORDER BY c.nth",
                *zip(*cases, strict=True),
            )
        )
        return [None if row["low_s"] is None else Wait(**dict(row)) for row in rows]

    def function(self, name: str) -> str:
        """Return the body of a function of ours."""
        body = self._runner.run(
            self._connection.fetchval("SELECT prosrc FROM pg_proc WHERE proname = $1", name)
        )
        return str(body)


@pytest.fixture
def asked(database: Database) -> Iterator[Asked]:
    opened = Asked(database.app_dsn)
    yield opened
    opened.close()


def test_the_database_and_the_formula_agree_on_every_wait(asked: Asked) -> None:
    @settings(max_examples=300, suppress_health_check=list(HealthCheck), print_blob=True)
    @given(cases=CASES)
    def agree(cases: list[tuple[int, int, int, int, int, int]]) -> None:
        assert asked.waits(cases) == [
            wait_range(ahead, windows, idle, Pace(mean, p10, p90))
            for ahead, windows, idle, mean, p10, p90 in cases
        ]

    agree()


def test_the_database_starts_from_the_same_prior(asked: Asked) -> None:
    """`issue_tickets` writes the prior and the least number of services out as figures."""
    body = asked.function("issue_tickets")
    assert body.count(f"coalesce(p.mean_s, {PRIOR_S})") == 1
    assert f"cardinality(p.recent_s) >= {LEAST_SERVICES}" in body
