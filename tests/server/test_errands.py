"""Errands over real sockets: told by whoever holds the machine, answered, obeyed by the server."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from core_services.devices.model import NewDevice
from core_services.devices.register import add_device, open_commands
from core_services.link.answer_frames import Refused, Settled
from core_services.link.citizen_frames import Issue, Issued
from core_services.link.errand_frames import Errand, PictureTaken
from core_services.link.greeting_frames import Welcome
from core_services.link.work_frames import Outcome
from queue_server.errands import Errands
from queue_server.tickets.model import Actor
from tests.server.test_agent_work import CLOCK, listening
from tests.support.centre_server import CentreServer, a_centre_server, a_second_process
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.queue import KEY
from tests.support.webp import WEBP, in_frame

OUT = "هذا الجهاز خارج الخدمة الآن."


@pytest.fixture
async def server(database: Database, server_data: Path) -> AsyncIterator[CentreServer]:
    async with a_centre_server(database, server_data, clock=CLOCK) as started:
        yield started


@pytest.fixture
async def kiosk(server: CentreServer) -> NewDevice:
    return await add_device(
        server.pool,
        centre_id=1,
        kind="kiosk",
        name="K1",
        actor=Actor("system"),
        at=server.clock.now(),
    )


async def test_an_errand_ordered_in_one_process_is_told_once_by_the_one_that_holds_the_machine(
    server: CentreServer, kiosk: NewDevice, database: Database, server_data: Path
) -> None:
    errands = Errands(server.queue)
    async with (
        a_second_process(database, server_data, clock=CLOCK) as other,
        listening(other, kiosk) as machine,
    ):
        order = uuid4()
        await errands.order(order, kiosk.device, "picture", actor=KEY)
        [told] = await machine.until(1, Errand)
        assert told == Errand(job=str(order), do="picture")
        await machine.link.send(PictureTaken(job=str(order), webp=in_frame(WEBP)))
        assert await machine.until(1, Settled) == [Settled(about=str(order), state="done")]
        again = uuid4()
        await errands.order(again, kiosk.device, "restart", actor=KEY)
        await machine.until(2, Errand)
        await machine.link.send(Outcome(job=str(again), state="done"))
        await machine.until(2, Settled)
        assert [each.job for each in machine.of(Errand) if isinstance(each, Errand)] == [
            str(order),
            str(again),
        ]
    assert await open_commands(server.pool, centre_id=1) == []
    kept = await errands.picture(kiosk.device.id)
    assert kept is not None
    assert kept.content == WEBP


async def test_a_restart_that_an_earlier_disk_heard_of_is_not_ordered_again_but_a_state_is(
    server: CentreServer, kiosk: NewDevice
) -> None:
    errands = Errands(server.queue)
    restart = uuid4()
    await errands.order(restart, kiosk.device, "restart", actor=KEY)
    await errands.put_out_of_service(uuid4(), kiosk.device, text_ar=OUT, actor=KEY)
    async with listening(server, kiosk) as machine:
        await machine.until(2, Errand)
    async with listening(server, kiosk, "disk-2") as machine:
        [told] = await machine.until(1, Errand)
        assert isinstance(told, Errand)
        assert told.do == "duty"

        async def is_unknown() -> bool:
            known = await errands.find(restart)
            return known is not None and known.outcome == "unknown"

        await eventually(is_unknown)


async def test_a_kiosk_out_of_service_is_told_so_at_its_welcome_and_refused_numbers(
    server: CentreServer, kiosk: NewDevice
) -> None:
    errands, key = Errands(server.queue), uuid4().hex
    async with listening(server, kiosk) as machine:
        await machine.link.send(Issue(key=key))
        [issued] = await machine.until(1, Issued)
    await errands.put_out_of_service(uuid4(), kiosk.device, text_ar=OUT, actor=KEY)
    async with listening(server, kiosk) as machine:
        [welcome] = machine.of(Welcome)
        assert isinstance(welcome, Welcome)
        assert welcome.out_of_service is not None
        assert welcome.out_of_service.text_ar == OUT
        await machine.link.send(Issue(key=uuid4().hex))
        [refused] = await machine.until(1, Refused)
        assert isinstance(refused, Refused)
        assert refused.problem["type"] == "urn:shubbak:problem:out-of-service"
        await errands.put_into_service(uuid4(), kiosk.device, actor=KEY)
        await machine.link.send(Issue(key=uuid4().hex))
        await machine.until(1, Issued)
    assert isinstance(issued, Issued)


async def test_a_number_in_somebodys_hand_is_answered_also_by_a_kiosk_out_of_service(
    server: CentreServer, kiosk: NewDevice
) -> None:
    key = uuid4().hex
    async with listening(server, kiosk) as machine:
        await machine.link.send(Issue(key=key))
        [issued] = await machine.until(1, Issued)
        assert isinstance(issued, Issued)
        await server.queue.mark_paper(
            issued.ticket.id, "printed", actor=Actor("device", kiosk.device.id)
        )
        await Errands(server.queue).put_out_of_service(
            uuid4(), kiosk.device, text_ar=OUT, actor=KEY
        )
        await machine.link.send(Issue(key=key))
        [_, again] = await machine.until(2, Issued)
        assert isinstance(again, Issued)
        assert again.ticket.id == issued.ticket.id
