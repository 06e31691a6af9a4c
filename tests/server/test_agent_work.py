"""Orders on their way to a workstation over real sockets: delivered once, by whoever holds it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from core_services.clock import SystemClock
from core_services.devices.model import Attached, NewDevice
from core_services.devices.register import add_device, open_commands
from core_services.devices.store_presence import list_devices
from core_services.link.answer_frames import Refused, Settled
from core_services.link.client import Link
from core_services.link.frames import ServerFrame
from core_services.link.greeting_frames import Hello, Welcome
from core_services.link.slip_frames import Paper, Reprint
from core_services.link.status_frames import RollFrame, RollSeen, Status
from core_services.link.work_frames import Outcome, Scanned, Work
from core_services.people.sealing import ensure_keys
from queue_server.roll_answers import RollAnswers
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor
from queue_server.tickets.reception import order_first_slip
from queue_server.work import WorkOrders
from tests.support.centre_server import CentreServer, a_centre_server, a_second_process
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.queue import KEY
from tests.support.work import PAGE, order_message, order_page

CLOCK = SystemClock()


class Listener:
    """A workstation's link that remembers what it hears."""

    def __init__(self, server: CentreServer, token: str, journal: str) -> None:
        hello = Hello(version="0.1.0", device="W1", journal_id=journal)
        self.link = Link(server=server.url, token=token, hello=hello, clock=CLOCK)
        self.heard: list[ServerFrame] = []

    async def hear(self, frame: ServerFrame) -> None:
        self.heard.append(frame)

    async def change(self, connected: bool) -> None:
        pass

    def of(self, *kinds: type[object]) -> list[ServerFrame]:
        return [frame for frame in self.heard if isinstance(frame, kinds)]

    async def until(self, count: int, *kinds: type[object]) -> list[ServerFrame]:
        async def is_so() -> bool:
            return len(self.of(*kinds)) >= count

        await eventually(is_so)
        return self.of(*kinds)


@asynccontextmanager
async def listening(
    server: CentreServer, device: NewDevice, journal: str = "disk-1"
) -> AsyncIterator[Listener]:
    listener = Listener(server, device.token, journal)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(listener.link.run(listener.hear, listener.change))
        await listener.until(1, Welcome)
        try:
            yield listener
        finally:
            running.cancel()


@pytest.fixture
async def server(database: Database, server_data: Path) -> AsyncIterator[CentreServer]:
    async with a_centre_server(database, server_data, clock=CLOCK) as started:
        yield started


@pytest.fixture
async def other(
    server: CentreServer, database: Database, server_data: Path
) -> AsyncIterator[CentreServer]:
    """A second server process of the same centre, as far as the database can tell."""
    async with a_second_process(database, server_data, clock=CLOCK) as started:
        yield started


@pytest.fixture
async def station(server: CentreServer) -> NewDevice:
    return await add_device(
        server.pool,
        centre_id=1,
        kind="workstation",
        name="W1",
        actor=Actor("system"),
        at=server.clock.now(),
    )


@pytest.fixture
def work(server: CentreServer, server_data: Path) -> WorkOrders:
    keys, _ = ensure_keys(server_data / "keys" / "persons.json", at=server.clock.now())
    return WorkOrders(server.queue, keys)


async def test_an_order_given_in_one_process_reaches_the_socket_that_another_holds_once(
    server: CentreServer, other: CentreServer, station: NewDevice, work: WorkOrders
) -> None:
    async with listening(other, station) as machine:
        order = await order_page(work, server.queue, station.device)
        [told] = await machine.until(1, Work)
        assert isinstance(told, Work)
        assert (told.job, told.kind, told.message) == (str(order), "page", None)
        assert told.document is not None
        assert told.document.sha256 == hashlib.sha256(PAGE.content).hexdigest()
        assert await machine.link.send(Outcome(job=told.job, state="done", confirmed_by="ipp"))
        assert await machine.until(1, Settled) == [Settled(about=told.job, state="done")]
        assert await open_commands(server.pool, centre_id=1) == []
        await asyncio.sleep(1.5)
        assert len(machine.of(Work)) == 1


async def test_what_was_not_answered_is_sent_again_after_the_line_is_back(
    server: CentreServer, station: NewDevice, work: WorkOrders
) -> None:
    order = await order_page(work, server.queue, station.device)
    for _ in range(2):
        async with listening(server, station) as machine:
            [told] = await machine.until(1, Work)
            assert isinstance(told, Work)
            assert told.job == str(order)


async def test_a_machine_with_a_new_disk_is_not_told_what_the_old_one_may_have_printed(
    server: CentreServer, station: NewDevice, work: WorkOrders
) -> None:
    order = await order_page(work, server.queue, station.device)
    ticket = await server.queue.issue(IssueRequest(KEY, "reception"))
    await order_first_slip(server.queue, ticket.id, station.device.id, actor=KEY)
    async with listening(server, station) as machine:
        await machine.until(2, Work, Reprint)
    async with listening(server, station, "disk-2") as machine:

        async def is_in_doubt() -> bool:
            known = await work.find(order)
            slip = await server.queue.ticket(ticket.id)
            is_told = known is not None and (known.state, slip.paper) == ("unknown", "unknown")
            return is_told and await open_commands(server.pool, centre_id=1) == []

        await eventually(is_in_doubt)
        assert machine.of(Work, Reprint) == []
    known = await work.find(order)
    assert known is not None
    assert known.reason == "journal_lost"


async def test_a_slip_is_ordered_from_a_workstation_as_from_a_kiosk(
    server: CentreServer, station: NewDevice
) -> None:
    ticket = await server.queue.issue(IssueRequest(KEY, "reception"))
    await order_first_slip(server.queue, ticket.id, station.device.id, actor=KEY)
    async with listening(server, station) as machine:
        [told] = await machine.until(1, Reprint)
        assert isinstance(told, Reprint)
        assert (told.ticket.id, told.is_first) == (ticket.id, True)
        await machine.link.send(
            Paper(ticket=ticket.id, state="done", confirmed_by="echo", job=told.job)
        )
        await machine.until(1, Settled)
    assert (await server.queue.ticket(ticket.id)).paper == "printed"
    assert await open_commands(server.pool, centre_id=1) == []


async def test_a_message_is_told_in_clear_over_the_link_and_stands_nowhere_else(
    server: CentreServer, station: NewDevice, work: WorkOrders
) -> None:
    async with listening(server, station) as machine:
        await order_message(work, server.queue, station.device, "+201012345678", "رسالة تجربة")
        [told] = await machine.until(1, Work)
        assert isinstance(told, Work)
        assert told.message is not None
        assert (told.message.to, told.message.text) == ("+201012345678", "رسالة تجربة")
        assert "1012345678" not in repr(
            await server.pool.fetch("SELECT w::text, c::text FROM work_order w, device_command c")
        )


async def test_a_document_is_given_to_the_machine_of_its_order_alone(
    server: CentreServer, station: NewDevice, work: WorkOrders
) -> None:
    stranger = await add_device(
        server.pool,
        centre_id=1,
        kind="workstation",
        name="W2",
        actor=Actor("system"),
        at=server.clock.now(),
    )
    order = await order_page(work, server.queue, station.device)

    async def ask(token: str | None, job: object = order) -> tuple[int, bytes]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        url = f"{server.url}/agent/work/{job}/document"
        async with server.session.get(url, headers=headers) as answer:
            return answer.status, await answer.read()

    assert await ask(station.token) == (200, PAGE.content)
    assert (await ask(stranger.token))[0] == 404
    assert (await ask(station.token, uuid4()))[0] == 404
    assert (await ask(station.token, "book.pdf"))[0] == 404
    assert (await ask(None))[0] == 401
    assert (await ask("device_of_nobody"))[0] == 401


async def test_only_a_workstation_tells_of_orders_and_scans(
    server: CentreServer, station: NewDevice
) -> None:
    kiosk = await add_device(
        server.pool,
        centre_id=1,
        kind="kiosk",
        name="K1",
        actor=Actor("system"),
        at=server.clock.now(),
    )
    async with listening(server, kiosk) as machine:
        await machine.link.send(Outcome(job=str(uuid4()), state="done"))
        await machine.link.send(Scanned(key="k" * 8, scanner="desk", window=5, text="47298381"))
        refusals = await machine.until(2, Refused)
    statuses = [each.problem["status"] for each in refusals if isinstance(each, Refused)]
    assert statuses == [403, 403]


async def test_the_scanner_that_a_kiosk_tells_of_is_kept_as_a_device_on_it(
    server: CentreServer,
) -> None:
    kiosk = await add_device(
        server.pool,
        centre_id=1,
        kind="kiosk",
        name="K1",
        actor=Actor("system"),
        at=server.clock.now(),
    )

    async def attached() -> tuple[Attached, ...] | None:
        [state] = await list_devices(server.pool, centre_id=1, at=server.clock.now())
        return None if state.presence is None else state.presence.beat.attached

    async with listening(server, kiosk) as machine:
        for said, kept in (
            ({"scanner": "ready"}, (Attached("scanner", "scanner", "ready"),)),
            (
                {"scanner": "not_ready", "scanner_detail": "no_link"},
                (Attached("scanner", "scanner", "not_ready", reason="no_link"),),
            ),
            ({}, (Attached("scanner", "scanner", "not_ready", reason="no_link"),)),
            ({"scanner": "absent"}, None),
        ):
            await machine.link.send(Status.model_validate({"version": "0.1.0", **said}))

            async def is_so(kept: tuple[Attached, ...] | None = kept) -> bool:
                return await attached() == kept

            await eventually(is_so)


ROLL = RollFrame(
    loaded_at=datetime(2026, 11, 29, 6, tzinfo=UTC),
    used_m=1.3,
    left_m=78.7,
    slips=10,
    slips_left=600,
    check="unchecked",
)


async def test_a_supervisors_answer_for_a_roll_reaches_the_kiosk_until_it_tells_of_one(
    server: CentreServer, other: CentreServer
) -> None:
    kiosk = await add_device(
        server.pool,
        centre_id=1,
        kind="kiosk",
        name="K1",
        actor=Actor("system"),
        at=server.clock.now(),
    )
    answers = RollAnswers(server.queue)

    async def tell(machine: Listener, roll: RollFrame) -> None:
        status = Status(version="0.1.0", printer="ready", paper="ok", cover="closed", roll=roll)
        await machine.link.send(status)

        async def is_kept() -> bool:
            [state] = await list_devices(server.pool, centre_id=1, at=server.clock.now())
            beat = None if state.presence is None else state.presence.beat
            return beat is not None and beat.roll == roll.model_dump(mode="json")

        await eventually(is_kept)

    async def answer(roll: RollFrame, *, is_seen: bool) -> bool:
        return await answers.answer(
            kiosk.device.id, roll.loaded_at, is_seen=is_seen, actor=Actor("system")
        )

    assert not await answer(ROLL, is_seen=True)
    async with listening(other, kiosk) as machine:
        await tell(machine, ROLL)
        later = ROLL.model_copy(update={"loaded_at": ROLL.loaded_at + timedelta(hours=1)})
        assert not await answer(later, is_seen=True)
        assert await answer(ROLL, is_seen=False)
        assert await machine.until(1, RollSeen) == [RollSeen(loaded_at=ROLL.loaded_at, seen=False)]
    async with listening(server, kiosk, journal="disk-2") as machine:
        assert await machine.until(1, RollSeen) == [RollSeen(loaded_at=ROLL.loaded_at, seen=False)]
        await tell(machine, ROLL.model_copy(update={"check": "blank"}))
        assert not await answer(ROLL, is_seen=True)
    async with listening(server, kiosk) as machine:

        async def is_settled() -> bool:
            return await open_commands(server.pool, centre_id=1) == []

        await eventually(is_settled)
        assert machine.of(RollSeen) == []
