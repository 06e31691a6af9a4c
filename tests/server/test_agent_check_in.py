"""A kiosk's `check_in`: one number for a code, a word for every refusal, rest after many."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from core_services.devices.model import Device
from core_services.link.answer_frames import Refused, Settled
from core_services.link.citizen_frames import CheckIn, Issued
from core_services.link.cut_off_frames import Abandon
from core_services.link.slip_frames import Void
from queue_server.appointments.acts import Appointments
from queue_server.appointments.store_attempts import AT_MOST, SPANS
from queue_server.tickets.numbering import display_label
from queue_server.web.keys import APPOINTMENTS
from tests.server.test_agent_commands import Bench
from tests.support.appointments import CITIZEN, add_plan, at_wall, book
from tests.support.centre_server import CentreServer, a_centre_server
from tests.support.citizens import PHONE
from tests.support.clock import ManualClock
from tests.support.database import Database

NOBODYS: Final = "99999999"


@pytest.fixture
async def centre_server(database: Database, server_data: Path) -> AsyncIterator[CentreServer]:
    """A server of its own: its clock stands at 9:00 on a Sunday when a test begins."""
    async with a_centre_server(database, server_data) as server:
        yield server


@pytest.fixture
async def bench(centre_server: CentreServer) -> Bench:
    """A centre on a Sunday at 9:00 where two of each half hour may be booked."""
    await add_plan(centre_server.queue)
    return Bench(centre_server)


@pytest.fixture
def appointments(centre_server: CentreServer) -> Appointments:
    return centre_server.app[APPOINTMENTS]


@pytest.fixture
async def kiosk(bench: Bench) -> Device:
    return await bench.device("K1")


def kind(answer: object) -> str:
    assert isinstance(answer, Refused)
    return str(answer.problem["type"]).rpartition(":")[2]


async def check_in(bench: Bench, kiosk: Device, code: str, **fields: Any) -> Issued | Refused:
    frame = CheckIn(**({"key": uuid4().hex, "code": code} | fields))
    return await bench.commands.check_in(kiosk, frame)


async def test_a_code_becomes_one_number_however_often_it_is_asked_for(
    bench: Bench, kiosk: Device, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(appointments.queue, "09:30"), service="collection")
    await advance(bench, 20 * 60)
    key = uuid4().hex
    first = await check_in(bench, kiosk, found.code, key=key)
    assert isinstance(first, Issued)
    assert first.ticket.appointment_at == found.starts_at
    assert first.ticket.appointment_kept
    assert first.ticket.service == "collection"
    again = await check_in(bench, kiosk, found.code, key=key)
    assert again == first
    other_touch = await check_in(bench, kiosk, found.code)
    assert kind(other_touch) == "checked-in-already"
    assert isinstance(other_touch, Refused)
    assert other_touch.problem["display_label"] == display_label(first.ticket.label)
    ticket = await appointments.queue.ticket(first.ticket.id)
    assert (ticket.channel, ticket.device_id) == ("appointment", kiosk.id)
    assert len(await appointments.queue.tickets()) == 1


async def test_who_comes_too_late_gets_a_number_and_is_told(
    bench: Bench, kiosk: Device, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(appointments.queue, "09:30"))
    await advance(bench, 3600)
    await appointments.keep_house()
    late = await check_in(bench, kiosk, found.code)
    assert isinstance(late, Issued)
    assert not late.ticket.appointment_kept


async def test_every_refusal_has_its_name(
    bench: Bench, kiosk: Device, appointments: Appointments
) -> None:
    queue = appointments.queue
    later = await book(appointments, at_wall(queue, "09:30", days=1))
    cancelled = await book(appointments, at_wall(queue, "09:30"))
    await appointments.cancel(cancelled.id, via="page", actor=CITIZEN)
    assert kind(await check_in(bench, kiosk, NOBODYS)) == "unknown-appointment"
    assert kind(await check_in(bench, kiosk, later.code)) == "not-the-day"
    assert kind(await check_in(bench, kiosk, cancelled.code)) == "appointment-act-not-allowed"
    assert await queue.tickets() == ()


async def test_a_kiosk_is_told_that_the_holder_has_a_number_and_not_which(
    bench: Bench, kiosk: Device, appointments: Appointments
) -> None:
    queue = appointments.queue
    found = await book(appointments, at_wall(queue, "09:30"), phone=PHONE)
    other = await book(appointments, at_wall(queue, "09:30"), phone=PHONE)
    await check_in(bench, kiosk, other.code)
    await queue.pool.execute(
        "INSERT INTO policy_now (centre_id, one_live_per_phone) VALUES (1, true)"
    )
    refused = await check_in(bench, kiosk, found.code)
    assert isinstance(refused, Refused)
    assert kind(refused) == "already-has-a-number"
    assert not {"label", "ticket"} & refused.problem.keys()


async def test_a_kiosk_that_is_told_many_wrong_codes_rests_and_others_do_not(
    bench: Bench, kiosk: Device, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(appointments.queue, "11:30"))
    for _ in range(AT_MOST["device"]):
        assert kind(await check_in(bench, kiosk, NOBODYS)) == "unknown-appointment"
    assert kind(await check_in(bench, kiosk, found.code)) == "too-many-codes"
    assert isinstance(await check_in(bench, await bench.device("K2"), found.code), Issued)
    await advance(bench, SPANS["device"].total_seconds())
    assert kind(await check_in(bench, kiosk, found.code)) == "checked-in-already"


async def test_right_codes_are_not_counted(
    bench: Bench, kiosk: Device, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(appointments.queue, "09:30"))
    assert isinstance(await check_in(bench, kiosk, found.code), Issued)
    for _ in range(AT_MOST["device"] + 5):
        assert kind(await check_in(bench, kiosk, found.code)) == "checked-in-already"


async def test_who_checked_in_by_phone_is_told_the_number_and_its_key_voids_nothing(
    bench: Bench, kiosk: Device, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(appointments.queue, "09:30"))
    done = await appointments.check_in(found.id, via="page", actor=CITIZEN)
    key = uuid4().hex
    assert kind(await check_in(bench, kiosk, found.code, key=key)) == "checked-in-already"
    await bench.commands.abandon(kiosk, Abandon(key=key))
    assert (await appointments.queue.ticket(done.ticket.id)).state == "waiting"


async def test_a_key_that_is_given_up_voids_the_number_and_the_code_gives_another(
    bench: Bench, kiosk: Device, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(appointments.queue, "09:30"))
    key = uuid4().hex
    first = await check_in(bench, kiosk, found.code, key=key)
    assert isinstance(first, Issued)
    given_up = await bench.commands.abandon(kiosk, Abandon(key=key))
    assert given_up == Settled(about=key, state="void")
    second = await check_in(bench, kiosk, found.code)
    assert isinstance(second, Issued)
    assert second.ticket.id != first.ticket.id
    events = [event.event for event in await appointments.events(found.id)]
    assert events == ["book", "check_in", "check_in"]


async def test_a_number_without_a_slip_is_taken_back_and_the_code_gives_another(
    bench: Bench, kiosk: Device, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(appointments.queue, "09:30"))
    first = await check_in(bench, kiosk, found.code)
    assert isinstance(first, Issued)
    settled = await bench.commands.void(kiosk, Void(ticket=first.ticket.id))
    assert isinstance(settled, Settled)
    assert settled.state == "void"
    second = await check_in(bench, kiosk, found.code)
    assert isinstance(second, Issued)
    assert second.ticket.id != first.ticket.id


async def test_only_a_kiosk_checks_in(bench: Bench, appointments: Appointments) -> None:
    found = await book(appointments, at_wall(appointments.queue, "09:30"))
    answer = await check_in(bench, await bench.device("D1", "display"), found.code)
    assert isinstance(answer, Refused)
    assert answer.problem["status"] == 403


async def advance(bench: Bench, seconds: float) -> None:
    clock = bench.server.clock
    assert isinstance(clock, ManualClock)
    await clock.jump(seconds)
