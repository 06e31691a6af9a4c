"""People who come to a training centre's reception, so that whoever learns has somebody to call.

They take numbers as reception gives them, by the API alone, and press nothing else.
"""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from core_services.clock import Clock
from core_services.link.trust import trust_in
from queue_server.demo import chances
from queue_server.demo.api import Api
from queue_server.demo.chances import Offer
from queue_server.demo.pace import Pace
from queue_server.demo.tally import Tally

FEW_WINDOWS: Final = 3
"""As many windows as a lesson has: so fast people come."""
FIRST: Final = 5
"""So many are there at once."""
_LOOK_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who comes, how fast, and where to."""

    server: str
    key: str
    speed: float
    waiting: int
    """Nobody more comes while so many wait."""
    seed: int
    certificate: Path | None
    """What the server serves, with what leads to its CA; None: plain HTTP."""


async def let_people_come(crowd: Crowd, *, clock: Clock, say: Callable[[str], None]) -> None:
    """Issue numbers at the pace of a hall, until cancelled. Raises ApiFailed, OSError.

    Why no number is given is said once, and again when it has become something else.
    """
    tally = Tally()
    said: str | None = None
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=_trust(crowd.certificate))
    ) as client:
        api = Api(client, crowd.server, crowd.key, clock, tally)
        offers = [
            Offer(service["code"], service["target_s"])
            for service in (await api.get("/services"))["items"]
            if service["open"]
        ]
        pace = Pace(clock, crowd.speed)
        chance = chances.stream(crowd.seed, "wishes")
        moments = chances.arrivals(
            chances.stream(crowd.seed, "arrivals"), windows=FEW_WINDOWS, at_the_door=FIRST
        )
        for at_s in moments:
            if (wait_s := at_s - pace.elapsed_s()) > 0:
                await pace.sleep(wait_s)
            await _until_shorter(api, clock, crowd.waiting)
            wishes = chances.wishes(chance)
            offer = chances.wanted_service(chance, offers) if chance.random() < 0.5 else None
            told = await api.post(
                "/tickets",
                {
                    "service": None if offer is None else offer.code,
                    "priority": wishes.priority,
                    "language": wishes.language,
                    "channel": "phone" if wishes.way == "phone" else "desk",
                },
            )
            tally.count("number" if told.is_done else "no_number")
            why = None if told.is_done else refusal(told.body)
            if why is not None and why != said:
                say(why)
            said = why


def refusal(body: Any) -> str:
    """Return why nobody gets a number, from the problem that the server answered."""
    problem: Mapping[str, Any] = body if isinstance(body, dict) else {}
    if problem.get("state") != "closed":
        return f"nobody gets a number: {problem.get('title', 'the server does not say why')}"
    opens = problem.get("opens_at")
    until = "" if opens is None else f" until {opens}"
    return (
        f"nobody gets a number{until}: the training centre is closed, by the hours that it took "
        "over. For a lesson at another hour publish other hours at its /admin/policy"
    )


async def _until_shorter(api: Api, clock: Clock, waiting: int) -> None:
    while True:
        queues = await api.get("/queues")
        if sum(queue["waiting"] for queue in queues["items"]) < waiting:
            return
        await clock.sleep(_LOOK_EVERY_S)


def _trust(certificate: Path | None) -> ssl.SSLContext | bool:
    """Believe the very certificate that this machine's server serves, or the CA beside it."""
    if certificate is None:
        return True
    beside = certificate.with_name("ca.crt")
    return trust_in((beside if beside.exists() else certificate).read_text(encoding="ascii"))
