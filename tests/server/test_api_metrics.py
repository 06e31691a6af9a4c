"""`/metrics` tells what the events say: every sum and count, exactly, to whoever may know."""

import random
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from queue_server.tickets.store_metrics import BUCKETS_S
from tests.docs.test_grafana import expressions
from tests.support.centre_server import CentreServer, Program, a_centre_server
from tests.support.clock import ManualClock
from tests.support.database import Servers, fresh_database
from tests.support.recomputed import Statistics, recomputed

FAMILIES: Final = {
    "wait": "shubbak_wait_seconds",
    "walk": "shubbak_walk_seconds",
    "service": "shubbak_service_seconds",
    "estimate_error": "shubbak_estimate_error_seconds",
}


_families: Callable[[str], Iterable[Metric]] = text_string_to_metric_families
"""The library's function, which carries no types of its own."""


class Scraped:
    """The families of one answer, as the library's own parser understands them."""

    def __init__(self, text: str) -> None:
        self.families: dict[str, Metric] = {}
        for family in _families(text):
            assert family.name not in self.families, family.name
            self.families[family.name] = family

    def value(self, sample: str, **labels: str) -> float:
        """Return the one sample of that name with exactly these labels."""
        [found] = [
            each.value
            for family in self.families.values()
            for each in family.samples
            if each.name == sample and each.labels == labels
        ]
        return float(found)

    def samples(self, sample: str) -> Iterator[tuple[dict[str, str], float]]:
        for family in self.families.values():
            for each in family.samples:
                if each.name == sample:
                    yield each.labels, each.value


async def scrape(server: CentreServer, **headers: str) -> Scraped:
    async with server.session.get(f"{server.url}/metrics", headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        return Scraped(await answer.text())


async def live_a_morning(server: CentreServer, program: Program) -> None:
    """Let three windows serve some forty people through the API, with odd microseconds."""
    clock = server.clock
    assert isinstance(clock, ManualClock)
    dice = random.Random(22112026)
    for window in (1, 5, 99):
        await program.post(f"/windows/{window}/open")
    for _ in range(160):
        await clock.advance(dice.choice((0.000_001, 0.654_321, 3.5, 4.000_7, 61.5)))
        if dice.random() < 0.4:
            service = dice.choice((None, None, "collection"))
            priority = dice.choice(("none", "none", "age65"))
            body: dict[str, object] = {"priority": priority}
            await program.post("/tickets", body if service is None else body | {"service": service})
            continue
        window = dice.choice((1, 5, 99))
        told = await program.post(f"/windows/{window}/call-next", {"finish": dice.random() < 0.5})
        if told.status == 409 and told.body["state"] == "called":
            act = dice.choice(("start", "start", "no-show", "recall"))
            await program.post(f"/tickets/{told.body['current']['id']}/{act}")
        elif told.status == 409:
            await program.post(f"/tickets/{told.body['current']['id']}/finish")
        else:
            assert told.status in (200, 204)


@dataclass(frozen=True, slots=True)
class Morning:
    """A morning that nobody changes any more: its server, and a program that may ask it."""

    server: CentreServer
    program: Program


@pytest.fixture(scope="module")
async def morning(postgres_servers: Servers, server_data: Path) -> AsyncIterator[Morning]:
    """See the class; lived once."""
    clock = ManualClock()
    async with (
        fresh_database(await postgres_servers.server("embedded")) as database,
        a_centre_server(database, server_data, clock=clock) as server,
    ):
        program = await server.program()
        await live_a_morning(server, program)
        await clock.advance(61)
        yield Morning(server, program)


async def test_every_duration_is_the_one_worked_out_again_from_the_events(
    morning: Morning,
) -> None:
    told = await recomputed(morning.server.pool)
    scraped = await scrape(morning.server)
    seen = 0
    for measure, family in FAMILIES.items():
        lines = [line for line in told.durations_us if line.measure == measure]
        assert len(list(scraped.samples(f"{family}_sum"))) == len(lines)
        for line in lines:
            labels = {"queue": line.queue, "priority": line.priority}
            microseconds = told.durations_us[line]
            total = scraped.value(f"{family}_sum", **labels)
            assert round(total * 1_000_000) == sum(microseconds)
            assert scraped.value(f"{family}_count", **labels) == len(microseconds)
            for end in BUCKETS_S:
                below = sum(us <= end * 1_000_000 for us in microseconds)
                assert scraped.value(f"{family}_bucket", le=str(float(end)), **labels) == below
            assert scraped.value(f"{family}_bucket", le="+Inf", **labels) == len(microseconds)
            seen += len(microseconds)
    assert seen > 100


async def test_every_count_is_the_one_worked_out_again_from_the_events(
    morning: Morning,
) -> None:
    told = await recomputed(morning.server.pool)
    scraped = await scrape(morning.server)
    assert {
        (labels["queue"], labels["event"]): value
        for labels, value in scraped.samples("shubbak_tickets_total")
    } == dict(told.counts)
    assert {labels["queue"]: value for labels, value in scraped.samples("shubbak_waiting")} == dict(
        told.in_line
    )


async def test_how_often_told_ranges_held_is_what_the_events_say(
    morning: Morning,
) -> None:
    rows = await morning.server.pool.fetch(
        "SELECT (i.detail ->> 'low_s')::int AS low_s, (i.detail ->> 'high_s')::int AS high_s,"
        " extract(epoch FROM min(c.at) - i.at) AS wait_s"
        " FROM ticket_event i JOIN ticket_event c USING (centre_id, ticket_id)"
        " WHERE i.event = 'issue' AND c.event = 'call' AND i.detail ? 'low_s'"
        " GROUP BY i.at, i.detail, i.ticket_id"
    )
    held = sum(row["low_s"] <= row["wait_s"] <= row["high_s"] for row in rows)
    assert 0 < held <= len(rows)
    scraped = await scrape(morning.server)
    assert scraped.value("shubbak_estimate_judged", range="shown") == len(rows)
    assert scraped.value("shubbak_estimate_held", range="shown") == held


async def test_dashboard_and_alerts_ask_for_what_the_server_exposes(
    morning: Morning,
) -> None:
    scraped = await scrape(morning.server)
    known = {family.name for family in scraped.families.values()}
    known |= {f"{name}{each}" for name in known for each in ("_total", "_bucket", "_sum", "_count")}
    asked = {name for each in expressions() for name in re.findall(r"\bshubbak_\w+", each)}
    assert len(asked) > 10
    assert asked <= known


async def test_metrics_api_and_events_agree_on_who_waits_and_what_is_open(
    morning: Morning,
) -> None:
    told: Statistics = await recomputed(morning.server.pool)
    scraped = await scrape(morning.server)
    for path in ("/queues", "/waits"):
        items = (await morning.program.get(path)).body["items"]
        waiting = {each["code"]: each["waiting"] for each in items}
        assert waiting == dict(told.in_line)
        assert waiting == {
            labels["queue"]: value for labels, value in scraped.samples("shubbak_waiting")
        }
    listed = (await morning.program.get("/tickets?state=waiting&limit=500")).body["items"]
    assert Counter(each["queue"] for each in listed) == told.in_line
    windows = Counter(
        each["state"] for each in (await morning.program.get("/windows")).body["items"]
    )
    assert {labels["state"]: value for labels, value in scraped.samples("shubbak_windows")} == {
        "paused": 0,
        **windows,
    }
    assert windows["open"] == 3


async def test_a_centre_where_nothing_happened_has_metrics_too(
    centre_server: CentreServer,
) -> None:
    scraped = await scrape(centre_server)
    assert set(FAMILIES.values()) < set(scraped.families)
    assert scraped.value("shubbak_windows", state="closed") == 99
    assert scraped.value("shubbak_waiting", queue="U") == 0


def our_address() -> str:
    """Return an address of this machine that is not loopback; nothing is sent for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(probe.getsockname()[0])


async def test_from_another_machine_metrics_need_a_key_with_their_scope(
    centre_server: CentreServer,
) -> None:
    address = our_address()
    site = web.TCPSite(centre_server.runner, address, 0)
    await site.start()
    try:
        port = centre_server.runner.addresses[-1][1]
        scraper = await centre_server.program("metrics")
        reader = await centre_server.program("read", "act", "issue")
        for program, status in ((None, 401), (reader, 403), (scraper, 200)):
            async with centre_server.session.get(
                f"http://{address}:{port}/metrics",
                headers={} if program is None else program.headers,
            ) as answer:
                assert answer.status == status
    finally:
        await site.stop()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "192.0.2.7"},
        {"Forwarded": "for=192.0.2.7"},
        {"Host": "queue.example"},
        {"Host": "[::1"},
    ],
)
async def test_what_a_proxy_or_a_rebound_name_asks_for_is_not_from_this_machine(
    centre_server: CentreServer, headers: dict[str, str]
) -> None:
    async with centre_server.session.get(f"{centre_server.url}/metrics", headers=headers) as answer:
        assert answer.status == 401


async def test_a_key_without_the_scope_is_refused_even_on_this_machine(
    centre_server: CentreServer,
) -> None:
    reader = await centre_server.program("read")
    async with centre_server.session.get(
        f"{centre_server.url}/metrics", headers=reader.headers
    ) as answer:
        assert answer.status == 403
