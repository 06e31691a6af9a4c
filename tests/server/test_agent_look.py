"""A kiosk's `look` and a check-in by address: where a number stands, and what nobody is told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from core_services.devices.model import Device
from core_services.link.answer_frames import Refused
from core_services.link.citizen_frames import CheckIn, Found, Issued, Look
from queue_server.appointments.acts import Appointments
from queue_server.appointments.store_attempts import AT_MOST
from queue_server.tickets.journeys import carry_over
from queue_server.tickets.model import Actor
from queue_server.web.keys import APPOINTMENTS
from tests.server.test_agent_commands import Bench
from tests.support.appointments import add_plan, at_wall, book
from tests.support.centre_server import CentreServer, a_centre_server
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, open_windows

NOBODYS = "AAAAAAAAAAAAAAAA"


@pytest.fixture
async def centre_server(database: Database, server_data: Path) -> AsyncIterator[CentreServer]:
    """A server of its own: its clock stands at 9:00 on a Sunday when a test begins."""
    async with a_centre_server(database, server_data) as server:
        yield server


@pytest.fixture
async def bench(centre_server: CentreServer) -> Bench:
    await add_plan(centre_server.queue)
    return Bench(centre_server)


@pytest.fixture
def appointments(centre_server: CentreServer) -> Appointments:
    return centre_server.app[APPOINTMENTS]


@pytest.fixture
async def kiosk(bench: Bench) -> Device:
    return await bench.device("K1")


async def look(bench: Bench, device: Device, token: str) -> Found | Refused:
    return await bench.commands.look(device, Look(key=uuid4().hex, token=token))


def kind(answer: object) -> str:
    assert isinstance(answer, Refused)
    return str(answer.problem["type"]).rpartition(":")[2]


async def token_of(bench: Bench, kiosk: Device) -> str:
    return (await bench.server.queue.ticket(await bench.number(kiosk))).token


async def test_a_slip_in_any_case_tells_its_place_and_nothing_of_a_person(
    bench: Bench, kiosk: Device
) -> None:
    await bench.number(kiosk)
    token = await token_of(bench, kiosk)
    for written in (token, token.lower()):
        answer = await look(bench, kiosk, written)
        assert isinstance(answer, Found)
        assert (answer.label, answer.display_label) == ("102", "١٠٢")
        assert (answer.stage, answer.ahead, answer.checked_in) == ("held", 1, False)
        assert not {"phone", "national_id", "token", "id"} & answer.model_dump().keys()


async def test_a_called_number_names_its_window(bench: Bench, kiosk: Device) -> None:
    queue = bench.server.queue
    ticket = await bench.number(kiosk)
    await queue.mark_paper(ticket, "printed", actor=Actor("device", kiosk.id))
    await open_windows(queue, 5)
    await queue.call_next(5, actor=KEY, own_only=False)
    answer = await look(bench, kiosk, (await queue.ticket(ticket)).token)
    assert isinstance(answer, Found)
    assert (answer.stage, answer.window, answer.ahead) == ("called", 5, None)


async def test_a_number_kept_for_another_day_names_the_day_and_is_checked_in_on_it_once(
    bench: Bench, kiosk: Device
) -> None:
    queue, clock = bench.server.queue, bench.server.clock
    assert isinstance(clock, ManualClock)
    ticket = await bench.number(kiosk)
    await queue.mark_paper(ticket, "printed", actor=Actor("device", kiosk.id))
    token = (await queue.ticket(ticket)).token
    tomorrow = queue.today()[0] + timedelta(days=1)
    await carry_over(queue, tomorrow, actor=Actor("system"))
    before = await look(bench, kiosk, token)
    assert isinstance(before, Found)
    assert (before.stage, before.day, before.checked_in) == ("kept", tomorrow, False)
    await clock.jump(24 * 3600)
    for _ in range(2):
        here = await look(bench, kiosk, token)
        assert isinstance(here, Found)
        assert (here.stage, here.checked_in, here.label) == ("held", True, "101")
    (kept,) = await queue.tickets()
    events = [event.event for event in await queue.events(kept.id)]
    assert events.count("check_in") == 1


async def test_unknown_slips_count_as_wrong_codes_do(bench: Bench, kiosk: Device) -> None:
    for _ in range(AT_MOST["device"]):
        assert kind(await look(bench, kiosk, NOBODYS)) == "unknown-ticket"
    assert kind(await look(bench, kiosk, NOBODYS)) == "too-many-codes"
    assert kind(await look(bench, kiosk, await token_of(bench, kiosk))) == "too-many-codes"
    other = await bench.device("K2")
    assert kind(await look(bench, other, NOBODYS)) == "unknown-ticket"


async def test_only_kiosks_look(bench: Bench) -> None:
    display = await bench.device("D1", "display")
    answer = await look(bench, display, NOBODYS)
    assert isinstance(answer, Refused)
    assert answer.problem["status"] == 403


async def check_in(bench: Bench, kiosk: Device, token: str, **fields: Any) -> Issued | Refused:
    frame = CheckIn(**({"key": uuid4().hex, "token": token} | fields))
    return await bench.commands.check_in(kiosk, frame)


async def test_an_appointment_is_checked_in_by_its_address_once(
    bench: Bench, kiosk: Device, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(appointments.queue, "09:30"))
    key = uuid4().hex
    first = await check_in(bench, kiosk, found.token.lower(), key=key)
    assert isinstance(first, Issued)
    assert await check_in(bench, kiosk, found.token.lower(), key=key) == first
    assert kind(await check_in(bench, kiosk, found.token)) == "checked-in-already"
    assert kind(await check_in(bench, kiosk, NOBODYS)) == "unknown-appointment"


def test_a_check_in_names_one_appointment() -> None:
    for fields in ({}, {"code": "47298381", "token": NOBODYS}):
        with pytest.raises(ValueError, match="a code or a token"):
            CheckIn.model_validate({"key": uuid4().hex, **fields})
