"""Offline series over real sockets: each kiosk's disk is told the numbers that are its own."""

from core_services.devices.register import add_device
from core_services.link.frames import HeldSeries, Hello, OfflineSeries
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
