"""A kiosk's `issue` with a national ID: kept sealed, one live number for it, never in an answer."""

from uuid import uuid4

import pytest

from core_services.devices.model import Device
from core_services.link.answer_frames import Refused
from core_services.link.citizen_frames import Issue, Issued
from queue_server.appointments.acts import Appointments
from queue_server.web.keys import APPOINTMENTS
from tests.server.test_agent_commands import Bench
from tests.server.test_agent_commands import bench as bench
from tests.support.centre_server import CentreServer

NUMBER = "29801011301234"


@pytest.fixture
async def kiosk(bench: Bench) -> Device:
    return await bench.device("K1")


async def issue(bench: Bench, kiosk: Device, number: str, key: str | None = None) -> object:
    frame = Issue(key=key or uuid4().hex, national_id=number)
    return await bench.commands.issue(kiosk, frame)


async def test_it_is_kept_sealed_and_its_end_is_all_that_is_shown(
    bench: Bench, kiosk: Device, centre_server: CentreServer
) -> None:
    key = uuid4().hex
    answer = await issue(bench, kiosk, NUMBER, key)
    assert isinstance(answer, Issued)
    assert await issue(bench, kiosk, NUMBER, key) == answer
    assert NUMBER not in answer.model_dump_json()
    appointments: Appointments = centre_server.app[APPOINTMENTS]
    assert appointments.people is not None
    assert await appointments.people.last_fours([answer.ticket.id]) == {answer.ticket.id: "1234"}
    dump = await centre_server.pool.fetch(
        "SELECT row_to_json(p)::text FROM ticket_person p UNION ALL"
        " SELECT row_to_json(c)::text FROM command_claim c"
    )
    assert dump
    assert not [row for row in dump if NUMBER in row[0]]


async def test_one_live_number_for_an_id_holds_at_kiosks_and_which_it_is_is_not_told(
    bench: Bench, kiosk: Device, centre_server: CentreServer
) -> None:
    await centre_server.pool.execute(
        "INSERT INTO policy_now (centre_id, one_live_per_national_id) VALUES (1, true)"
    )
    assert isinstance(await issue(bench, kiosk, NUMBER), Issued)
    refused = await issue(bench, kiosk, NUMBER)
    assert isinstance(refused, Refused)
    assert str(refused.problem["type"]).endswith(":already-has-a-number")
    assert not {"label", "ticket"} & refused.problem.keys()


@pytest.mark.parametrize("number", ["19801011301234", "29813011301234", "29801014501234"])
async def test_what_is_no_number_is_refused_by_name_and_not_repeated(
    bench: Bench, kiosk: Device, number: str
) -> None:
    refused = await issue(bench, kiosk, number)
    assert isinstance(refused, Refused)
    assert str(refused.problem["type"]).endswith(":no-national-id")
    assert number not in refused.model_dump_json()
    assert await bench.server.queue.tickets() == ()
