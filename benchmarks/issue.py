"""Issue through HTTP, durable, beside the same SQL one by one and beside the bare minimum."""

from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.centre import BenchCentre, BenchServer, bench_centre, bench_server
from benchmarks.effort import Effort
from benchmarks.findings import Finding, at_least, below
from benchmarks.loads import HttpLoad, SqlLoad, issue_over_http, pgbench
from benchmarks.processes import BenchmarkError

ROW = "issue"
CONNECTIONS = 32
CLIENTS = 8


@dataclass(slots=True)
class _Rounds:
    with_keys: list[HttpLoad] = field(default_factory=list)
    without_keys: list[HttpLoad] = field(default_factory=list)
    alone: list[HttpLoad] = field(default_factory=list)
    one_by_one: list[SqlLoad] = field(default_factory=list)
    one_client: list[SqlLoad] = field(default_factory=list)
    bare: list[SqlLoad] = field(default_factory=list)


async def measure(effort: Effort) -> list[Finding]:
    """Load a real server and the database in turn, then prove every number given but once."""
    async with bench_centre() as centre, bench_server(centre) as server:
        await _prepare(centre)
        rounds = _Rounds()
        for number in range(effort.rounds):
            effort.say(f"issue: round {number + 1} of {effort.rounds}")
            await _round(centre, server, effort.seconds, rounds)
        tickets = await _prove_gap_free(centre)
        effort.say(f"issue: {tickets} tickets, no label twice, none missing, one chain")
    return _findings(rounds)


async def _prepare(centre: BenchCentre) -> None:
    sql = (Path(__file__).parent / "sql" / "bare_minimum.sql").read_text()
    await centre.sql.execute(sql)
    await centre.sql.execute("GRANT ALL ON SCHEMA bare TO shubbak_owner")
    await centre.sql.execute("GRANT ALL ON ALL TABLES IN SCHEMA bare TO shubbak_owner")
    await centre.sql.execute("INSERT INTO bare.counter VALUES ($1, '', 0)", centre.today)
    await centre.sql.execute("ANALYZE bare.counter, bare.ticket, bare.event")


async def _round(centre: BenchCentre, server: BenchServer, seconds: float, rounds: _Rounds) -> None:
    """Take every measurement once, the limits between the figures."""
    await centre.rest()
    rounds.one_by_one.append(
        await pgbench(centre, "issue_one.pgbench", clients=CLIENTS, seconds=seconds)
    )
    rounds.with_keys.append(await issue_over_http(server, connections=CONNECTIONS, seconds=seconds))
    rounds.bare.append(
        await pgbench(centre, "issue_bare.pgbench", clients=CLIENTS, seconds=seconds)
    )
    rounds.without_keys.append(
        await issue_over_http(server, connections=CONNECTIONS, seconds=seconds, with_keys=False)
    )
    rounds.one_client.append(await pgbench(centre, "issue_one.pgbench", clients=1, seconds=seconds))
    rounds.alone.append(await issue_over_http(server, connections=1, seconds=seconds))


async def _prove_gap_free(centre: BenchCentre) -> int:
    """Raise BenchmarkError unless numbers, labels and revisions are each given exactly once."""
    row = await centre.sql.fetchrow(
        """
        SELECT count(*) AS tickets, count(DISTINCT label) AS labels, min(number) AS first,
               max(number) AS last, (SELECT last_number FROM label_counter) AS counter,
               (SELECT count(*) FROM ticket_event WHERE event = 'issue') AS events
          FROM ticket
        """
    )
    chain = await centre.sql.fetchrow(
        """
        SELECT sum(last_revision - first_revision + 1) AS linked, max(last_revision) AS last,
               (SELECT revision FROM centre_head) AS head
          FROM chain_entry
        """
    )
    if row is None or chain is None:
        raise BenchmarkError("no tickets were issued")
    count = int(row["tickets"])
    if not (
        count == row["labels"] == row["events"] == row["last"] - row["first"] + 1
        and row["last"] == row["counter"]
        and chain["linked"] == chain["last"] == chain["head"]
    ):
        raise BenchmarkError(f"numbers are missing or doubled: {dict(row)} {dict(chain)}")
    return count


def _findings(rounds: _Rounds) -> list[Finding]:
    with_keys = tuple(load.per_second for load in rounds.with_keys)
    one_by_one = tuple(load.per_second for load in rounds.one_by_one)
    bare = tuple(load.per_second for load in rounds.bare)
    return [
        Finding(
            row=ROW,
            what="tickets over HTTP, 32 connections, each with its key",
            unit="/s",
            figures=with_keys,
            limits=one_by_one,
            against="pgbench, 8 clients, the same SQL one by one",
            target=at_least(5.0),
        ),
        Finding(
            row=ROW,
            what="the same",
            unit="/s",
            figures=with_keys,
            limits=bare,
            against="pgbench, 8 clients, counter, ticket and event alone",
            target=at_least(1.2),
        ),
        Finding(
            row=ROW,
            what="without keys",
            unit="/s",
            figures=tuple(load.per_second for load in rounds.without_keys),
            limits=bare,
            against="pgbench, 8 clients, counter, ticket and event alone",
            target=None,
        ),
        Finding(
            row=ROW,
            what="p99 at 32 connections",
            unit="ms",
            figures=tuple(load.p99_ms for load in rounds.with_keys),
            limits=tuple(load.mean_ms for load in rounds.one_by_one),
            against="pgbench's mean, 8 clients, one by one",
            target=below(6.0),
        ),
        Finding(
            row=ROW,
            what="p50 of one client over HTTP",
            unit="ms",
            figures=tuple(load.p50_ms for load in rounds.alone),
            limits=tuple(load.mean_ms for load in rounds.one_client),
            against="pgbench's mean, 1 client, the same SQL",
            target=below(1.0),
        ),
    ]
