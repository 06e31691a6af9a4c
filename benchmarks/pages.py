"""The pages of staff, as the server makes them, while 2,000 tickets were given today."""

import time

import aiohttp

from benchmarks.centre import BenchCentre, BenchServer, bench_centre, bench_server
from benchmarks.days import live_day, queue_of
from benchmarks.effort import Effort
from benchmarks.findings import Finding, below, quantile
from benchmarks.processes import BenchmarkError

ROW = "pages"
TICKETS, WAITING = 2000, 90
CLERK, SUPERVISOR = "mona", "hoda"
PAGES = (
    (CLERK, "/desk"),
    (CLERK, "/desk/view"),
    (SUPERVISOR, "/supervisor"),
    (SUPERVISOR, "/supervisor/charts"),
    (SUPERVISOR, "/supervisor/charts/day"),
)


async def measure(effort: Effort) -> list[Finding]:
    """Ask for each page in turn, beside an answer that says nothing."""
    async with bench_centre() as centre:
        effort.say(f"pages: living a day of {TICKETS:,} tickets")
        async with queue_of(centre.app_dsn, centre.centre) as queue:
            await live_day(queue, tickets=TICKETS, waiting=WAITING)
        taken: dict[str, list[float]] = {}
        least: list[float] = []
        async with bench_server(centre) as server:
            people = {name: await sign_in(centre, server, name) for name in (CLERK, SUPERVISOR)}
            try:
                for number in range(effort.rounds):
                    effort.say(f"pages: round {number + 1} of {effort.rounds}")
                    await centre.rest()
                    health = await ask(people[CLERK], f"{server.url}/healthz", effort.samples)
                    least.append(quantile(health or [], 0.95))
                    for name, path in PAGES:
                        found = await ask(people[name], server.url + path, effort.samples // 2)
                        if found is None:
                            effort.say(f"pages: there is no {path}")
                            continue
                        taken.setdefault(path, []).append(quantile(found, 0.95))
            finally:
                for person in people.values():
                    await person.close()
    return [
        Finding(
            row=ROW,
            what=f"{path}, p95",
            unit="ms",
            figures=tuple(figures),
            limits=tuple(least),
            against="/healthz of the same server, p95",
            target=below(50),
        )
        for path, figures in taken.items()
    ]


async def sign_in(centre: BenchCentre, server: BenchServer, name: str) -> aiohttp.ClientSession:
    """Return a client with the person's session."""
    client = aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": server.url}
    )
    form = {"username": name, "password": centre.secrets.passwords[name]}
    async with client.post(f"{server.url}/sign-in", data=form, allow_redirects=False) as response:
        if response.status != 303:
            raise BenchmarkError(f"{name} cannot sign in: {response.status}")
    return client


async def ask(client: aiohttp.ClientSession, url: str, samples: int) -> list[float] | None:
    """Return the ms of each answer; None where there is no such page."""
    taken = []
    for _ in range(samples):
        began = time.perf_counter()
        async with client.get(url, allow_redirects=False) as response:
            await response.read()
            if response.status == 404:
                return None
            if response.status != 200:
                raise BenchmarkError(f"{url} answers {response.status}")
        taken.append((time.perf_counter() - began) * 1000)
    return taken
