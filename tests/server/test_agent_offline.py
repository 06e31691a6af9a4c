"""Offline series over real sockets: each kiosk's disk is told the numbers that are its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import aiohttp

from core_services.devices.register import add_device, verify_token
from core_services.link.cut_off_frames import Given
from core_services.link.frame import Frame
from core_services.link.greeting_frames import HeldSeries, Hello, OfflineSeries
from core_services.link.slip_frames import Paper
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor
from tests.support.centre_server import CentreServer


async def welcomed(
    server: CentreServer, token: str, journal: str, series: HeldSeries | None = None
) -> OfflineSeries | None:
    """Connect once, and return what the welcome says of the offline series."""
    hello = Hello(version="0.1.0", device="K1", journal_id=journal, series=series)
    headers = {"Authorization": f"Bearer {token}"}
    async with server.session.ws_connect(f"{server.url}/ws/agent", headers=headers) as ws:
        await ws.send_str(hello.model_dump_json())
        welcome = await ws.receive_json(timeout=10)
    said = welcome["offline"]
    return None if said is None else OfflineSeries(**said)


async def token_of(server: CentreServer, name: str, kind: str = "kiosk") -> str:
    new = await add_device(
        server.pool,
        centre_id=1,
        kind=kind,  # type: ignore[arg-type]
        name=name,
        actor=Actor("system"),
        at=server.clock.now(),
    )
    return new.token


async def test_a_kiosk_is_told_its_series_and_a_new_disk_the_next(
    centre_server: CentreServer,
) -> None:
    kiosk = await token_of(centre_server, "K1")
    first = await welcomed(centre_server, kiosk, "disk-1")
    assert first == OfflineSeries(letter="K", display_letter="ك", first=101, last=1000)
    assert await welcomed(centre_server, kiosk, "disk-1") == first
    second = await welcomed(centre_server, kiosk, "disk-2")
    assert second == OfflineSeries(letter="K", display_letter="ك", first=1101, last=2000)
    other = await token_of(centre_server, "K2")
    said = await welcomed(centre_server, other, "disk-3")
    assert said is not None
    assert (said.letter, said.display_letter) == ("L", "ل")


async def test_what_a_disk_says_it_holds_is_taken_over_where_it_can_be(
    centre_server: CentreServer,
) -> None:
    kiosk = await token_of(centre_server, "K1")
    held = HeldSeries(letter="W", first=2101)
    taken = await welcomed(centre_server, kiosk, "disk-1", held)
    assert taken == OfflineSeries(letter="W", display_letter="و", first=2101, last=3000)
    for nonsense in (HeldSeries(letter="A", first=101), HeldSeries(letter="W", first=7)):
        assert await welcomed(centre_server, kiosk, "disk-1", nonsense) == taken
    other = await token_of(centre_server, "K2")
    said = await welcomed(centre_server, other, "disk-2", held)
    assert said is not None
    assert said.letter == "K"


async def test_a_screen_has_no_series(centre_server: CentreServer) -> None:
    assert (
        await welcomed(centre_server, await token_of(centre_server, "D1", "display"), "d") is None
    )


@asynccontextmanager
async def kiosk_at(server: CentreServer, token: str) -> AsyncIterator["Talk"]:
    """Connect a kiosk, and say and hear frames until the block ends."""
    hello = Hello(version="0.1.0", device="K1", journal_id="disk-1")
    headers = {"Authorization": f"Bearer {token}"}
    async with server.session.ws_connect(f"{server.url}/ws/agent", headers=headers) as ws:
        await ws.send_str(hello.model_dump_json())
        assert (await ws.receive_json(timeout=10))["type"] == "welcome"
        yield Talk(ws)


class Talk:
    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws

    async def ask(self, frame: Frame) -> dict[str, Any]:
        """Say a command, and return its answer; pictures of the hall are passed over."""
        await self._ws.send_str(frame.model_dump_json())
        while True:
            heard = await self._ws.receive_json(timeout=10)
            if heard["type"] in ("settled", "refused"):
                return dict(heard)


def given(server: CentreServer, number: int, **facts: Any) -> Given:
    told: dict[str, Any] = {
        "key": f"offline-key-{number}",
        "day": server.queue.today()[0],
        "label": f"K{number}",
        "taken_at": server.clock.now(),
        "paper": "done",
    }
    return Given(**(told | facts))


async def test_a_delivered_number_is_settled_once_with_its_ticket(
    centre_server: CentreServer,
) -> None:
    token = await token_of(centre_server, "K1")
    async with kiosk_at(centre_server, token) as kiosk:
        first = await kiosk.ask(given(centre_server, 101, age_ms=0, service="reconciliation"))
        assert (first["about"], first["state"]) == ("offline-key-101", "waiting")
    async with kiosk_at(centre_server, token) as kiosk:
        assert await kiosk.ask(given(centre_server, 101)) == first
        paper = Paper(ticket=UUID(first["ticket"]), state="done")
        assert (await kiosk.ask(paper))["state"] == "waiting"
    program = await centre_server.program()
    told = (await program.get(f"/tickets/{first['ticket']}")).body
    assert (told["label"], told["display_label"], told["channel"]) == (
        "K101", "ك-١٠١", "kiosk_offline",
    )  # fmt: skip
    assert told["is_late"] is True


async def test_the_age_of_a_number_counts_more_than_its_wall_clock(
    centre_server: CentreServer,
) -> None:
    token = await token_of(centre_server, "K1")
    await centre_server.clock.advance(900)  # type: ignore[attr-defined]
    now = centre_server.clock.now()
    wrong = now - timedelta(days=9000)
    async with kiosk_at(centre_server, token) as kiosk:
        aged = await kiosk.ask(given(centre_server, 101, taken_at=wrong, age_ms=600_000))
        ageless = await kiosk.ask(given(centre_server, 102, taken_at=wrong))
        naive = await kiosk.ask(
            given(centre_server, 103, taken_at=(now - timedelta(minutes=7)).replace(tzinfo=None))
        )
    queue = centre_server.queue
    arrivals = [
        (await queue.ticket(UUID(each["ticket"]))).arrived_at for each in (aged, ageless, naive)
    ]
    assert arrivals == [
        now - timedelta(minutes=10), now - timedelta(minutes=15), now - timedelta(minutes=7),
    ]  # fmt: skip


async def test_what_cannot_be_taken_is_refused_about_its_key(centre_server: CentreServer) -> None:
    token = await token_of(centre_server, "K1")
    async with kiosk_at(centre_server, token) as kiosk:
        for label in ("142", "A101", "K100", "K1001", "T105"):
            refused = await kiosk.ask(given(centre_server, 101, label=label))
            assert refused["key"] == "offline-key-101"
            assert refused["problem"]["type"] == "urn:shubbak:problem:not-offline", label
        await kiosk.ask(given(centre_server, 101))
        refused = await kiosk.ask(given(centre_server, 101, key="another-key"))
        assert refused["problem"]["type"] == "urn:shubbak:problem:label-taken"
    display = await token_of(centre_server, "D1", "display")
    async with kiosk_at(centre_server, display) as screen:
        assert (await screen.ask(given(centre_server, 102)))["problem"]["status"] == 403


async def test_a_number_known_from_before_a_restore_gets_the_word_about_its_slip(
    centre_server: CentreServer,
) -> None:
    token = await token_of(centre_server, "K1")
    device = await verify_token(centre_server.pool, token)
    assert device is not None
    known = await centre_server.queue.issue(
        IssueRequest(Actor("device", device.id), "kiosk", device_id=device.id)
    )
    async with kiosk_at(centre_server, token) as kiosk:
        frame = given(centre_server, 101, label=known.label, ticket=known.id)
        settled = await kiosk.ask(frame)
    assert (settled["ticket"], settled["state"]) == (str(known.id), "waiting")
    assert (await centre_server.queue.ticket(known.id)).paper == "printed"
