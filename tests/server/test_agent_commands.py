"""What a device may ask for: its own tickets, what was ordered from it, the work of its kind."""

import hashlib
from typing import Final, get_args
from uuid import UUID, uuid4

import pytest

from core_services.devices.model import Device, DeviceKind
from core_services.devices.register import add_device
from core_services.devices.store_presence import insert_command, open_commands
from core_services.ids import new_id
from core_services.link.answer_frames import Refused, Settled
from core_services.link.board_frames import Shown
from core_services.link.citizen_frames import Help, Issue, Issued, IssuedTicket
from core_services.link.cut_off_frames import Abandon
from core_services.link.slip_frames import Paper, Void
from queue_server.agent_commands import DeviceCommands
from queue_server.errands import Errands
from queue_server.scans import Scans
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Claim, Ticket
from queue_server.web.api.refusals import register_refusals
from queue_server.web.keys import APPOINTMENTS, BROADCASTS
from queue_server.web.problems import Problems
from tests.support.centre_server import CentreServer, Shared
from tests.support.clock import ManualClock
from tests.support.journeys import set_policy
from tests.support.work import work_orders

KINDS: Final[tuple[DeviceKind, ...]] = get_args(DeviceKind)


def slip(ticket: Ticket) -> IssuedTicket:
    return IssuedTicket(
        id=ticket.id,
        label=ticket.label,
        display_label=ticket.label,
        number=ticket.number,
        series=ticket.series,
        queue=ticket.queue,
        service=ticket.service,
        service_ar=None,
        service_en=None,
        priority=ticket.priority,
        position=1,
        wait=None,
        issued_at=ticket.issued_at,
        business_day=ticket.business_day,
        language=ticket.language,
        status_url=None,
    )


class Bench:
    """The commands of a running centre's devices, and how often pages were told of news."""

    def __init__(self, server: CentreServer) -> None:
        self.server = server
        self.news = 0
        problems = Problems()
        register_refusals(problems)
        self.commands = DeviceCommands(
            server.queue,
            problems,
            appointments=server.app[APPOINTMENTS],
            slip=slip,
            work=work_orders(server.queue),
            scans=Scans(server.app[APPOINTMENTS]),
            broadcasts=server.app[BROADCASTS],
            errands=Errands(server.queue),
            on_news=self._on_news,
        )

    async def _on_news(self) -> None:
        self.news += 1

    async def device(self, name: str, kind: DeviceKind = "kiosk") -> Device:
        made = await add_device(
            self.server.pool,
            centre_id=1,
            kind=kind,
            name=name,
            actor=Actor("system"),
            at=self.server.clock.now(),
        )
        return made.device

    async def number(self, kiosk: Device) -> UUID:
        answer = await self.commands.issue(kiosk, Issue(key=uuid4().hex))
        assert isinstance(answer, Issued)
        return answer.ticket.id

    async def order(self, ticket: UUID, kiosk: Device) -> str:
        """Order a slip of the ticket and return the order's job."""
        at = self.server.clock.now()
        job = new_id(at)
        await insert_command(
            self.server.pool,
            centre_id=1,
            command_id=job,
            device_id=kiosk.id,
            kind="reprint",
            payload={"ticket": str(ticket)},
            at=at,
        )
        return str(job)

    async def open_orders(self) -> list[str]:
        commands = await open_commands(self.server.pool, centre_id=1)
        return [str(command.id) for command in commands]

    async def stands(self, ticket: UUID) -> tuple[str, str]:
        known = await self.server.queue.ticket(ticket)
        return known.state, known.paper


@pytest.fixture
def bench(centre_server: CentreServer) -> Bench:
    return Bench(centre_server)


async def test_a_kiosk_speaks_of_no_other_kiosks_slip(bench: Bench) -> None:
    ours, theirs = await bench.device("K1"), await bench.device("K2")
    ticket = await bench.number(theirs)
    answer = await bench.commands.paper(ours, Paper(ticket=ticket, state="done"))
    assert isinstance(answer, Refused)
    assert (answer.key, answer.problem["status"]) == (str(ticket), 409)
    assert isinstance(await bench.commands.void(ours, Void(ticket=ticket)), Settled)
    assert await bench.stands(ticket) == ("unconfirmed", "pending")


async def test_a_kiosk_speaks_of_its_own_slip_and_of_one_ordered_from_it(bench: Bench) -> None:
    ours, theirs = await bench.device("K1"), await bench.device("K2")
    own, foreign = await bench.number(ours), await bench.number(theirs)
    await bench.order(foreign, ours)
    for ticket in (own, foreign):
        answer = await bench.commands.paper(ours, Paper(ticket=ticket, state="unknown"))
        assert answer == Settled(about=str(ticket), state="waiting")
    assert await open_commands(bench.server.pool, centre_id=1) == []
    later = await bench.commands.paper(ours, Paper(ticket=foreign, state="done"))
    assert later == Settled(about=str(foreign), state="waiting")
    assert await bench.stands(foreign) == ("waiting", "printed")


async def test_an_order_is_closed_by_the_last_word_about_its_own_slip_alone(bench: Bench) -> None:
    kiosk = await bench.device("K1")
    ticket = await bench.number(kiosk)
    order = await bench.order(ticket, kiosk)
    for job, state in ((str(ticket), "done"), (str(ticket), "unknown"), (order, "held")):
        word = Paper.model_validate({"ticket": ticket, "state": state, "job": job})
        assert isinstance(await bench.commands.paper(kiosk, word), Settled)
        assert await bench.open_orders() == [order]
    await bench.commands.paper(kiosk, Paper(ticket=ticket, state="failed", job=order))
    assert await bench.open_orders() == []


async def test_a_kiosk_that_names_no_job_closes_its_orders_but_not_while_paper_is_held(
    bench: Bench,
) -> None:
    kiosk = await bench.device("K1")
    ticket = await bench.number(kiosk)
    job = await bench.order(ticket, kiosk)
    await bench.commands.paper(kiosk, Paper(ticket=ticket, state="held"))
    assert await bench.open_orders() == [job]
    await bench.commands.paper(kiosk, Paper(ticket=ticket, state="done"))
    assert await bench.open_orders() == []


async def test_a_kiosk_is_told_that_its_call_for_help_has_reached_the_staff(bench: Bench) -> None:
    kiosk = await bench.device("K1")
    for _ in range(2):
        assert await bench.commands.help(kiosk, Help()) == Settled(about="help", state="told")
    assert bench.news == 1


async def test_a_foreign_order_opens_no_ticket_to_another_kiosk(bench: Bench) -> None:
    ours, theirs = await bench.device("K1"), await bench.device("K2")
    ticket = await bench.number(theirs)
    await bench.order(ticket, theirs)
    answer = await bench.commands.paper(ours, Paper(ticket=ticket, state="kept"))
    assert isinstance(answer, Refused)
    assert len(await open_commands(bench.server.pool, centre_id=1)) == 1


async def test_a_kiosk_gives_up_its_own_key_and_not_the_same_key_of_another(bench: Bench) -> None:
    ours, theirs = await bench.device("K1"), await bench.device("K2")
    key = uuid4().hex
    answer = await bench.commands.issue(theirs, Issue(key=key))
    assert isinstance(answer, Issued)
    given_up = await bench.commands.abandon(ours, Abandon(key=key))
    assert given_up == Settled(about=key, state="tombstone")
    assert (await bench.stands(answer.ticket.id))[0] == "unconfirmed"


async def test_a_kiosk_that_was_dark_for_a_while_takes_back_the_number_that_nobody_holds(
    bench: Bench,
) -> None:
    kiosk, queue = await bench.device("K1"), bench.server.queue
    program = await bench.server.program()
    await program.post("/windows/5/open")
    key = uuid4().hex
    lost = await bench.commands.issue(kiosk, Issue(key=key))
    assert isinstance(lost, Issued)
    held = await bench.number(kiosk)
    assert isinstance(bench.server.clock, ManualClock)
    await bench.server.clock.advance(90)
    await queue.keep_house()
    assert await bench.stands(lost.ticket.id) == ("waiting", "unknown")
    given_up = await bench.commands.abandon(kiosk, Abandon(key=key))
    assert given_up == Settled(about=key, state="void")
    assert await bench.commands.abandon(kiosk, Abandon(key=key)) == given_up
    called = await program.post("/windows/5/call-next")
    assert called.body["id"] == str(held)
    settled = await bench.commands.void(kiosk, Void(ticket=held))
    assert settled == Settled(about=str(held), state="called")


async def test_a_number_for_several_requests_counts_them_and_keeps_to_the_policy(
    bench: Bench, shared_server: Shared
) -> None:
    kiosk, key = await bench.device("K1"), uuid4().hex
    first = await bench.commands.issue(kiosk, Issue(key=key, requests=3))
    assert isinstance(first, Issued)
    known = await bench.server.queue.ticket(first.ticket.id)
    assert (known.requests, known.state) == (3, "unconfirmed")
    await set_policy(shared_server.database, requests_at_most=2)
    assert await bench.commands.issue(kiosk, Issue(key=key, requests=3)) == first
    other = uuid4().hex
    for requests in (3, 99):
        refused = await bench.commands.issue(
            kiosk, Issue(key=f"{other}-{requests}", requests=requests)
        )
        assert isinstance(refused, Refused)
        assert refused.problem["type"] == "urn:shubbak:problem:too-many-requests"
        assert refused.problem["status"] == 409
    reused = await bench.commands.issue(kiosk, Issue(key=key, requests=2))
    assert isinstance(reused, Refused)
    assert len(await bench.server.queue.tickets()) == 1


async def test_a_key_asked_for_before_requests_could_be_said_gives_its_number_afterwards(
    bench: Bench,
) -> None:
    kiosk, key = await bench.device("K1"), uuid4().hex
    asked = b'{"type":"issue","service":null,"priority":"none","language":"ar"}'
    claim = Claim(f"device:{kiosk.id}", "LINK", "issue", key, hashlib.sha256(asked).digest())
    made = await bench.server.queue.issue(
        IssueRequest(Actor("device", kiosk.id), "kiosk", device_id=kiosk.id, claim=claim)
    )
    again = await bench.commands.issue(kiosk, Issue(key=key))
    assert isinstance(again, Issued)
    assert again.ticket.id == made.id


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "kiosk"])
async def test_only_a_kiosk_gives_numbers_gives_them_up_and_asks_for_help(
    bench: Bench, kind: DeviceKind
) -> None:
    device = await bench.device("X1", kind)
    issued = await bench.commands.issue(device, Issue(key=uuid4().hex))
    given_up = await bench.commands.abandon(device, Abandon(key=uuid4().hex))
    helped = await bench.commands.help(device, Help())
    for answer in (issued, given_up, helped):
        assert isinstance(answer, Refused)
        assert answer.problem["status"] == 403
    assert bench.news == 0
    assert await bench.server.queue.tickets() == ()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "display"])
async def test_only_a_display_tells_that_a_call_is_seen(bench: Bench, kind: DeviceKind) -> None:
    await bench.commands.shown(await bench.device("X1", kind), Shown(call=7))
    assert bench.news == 0
    await bench.commands.shown(await bench.device("D1", "display"), Shown(call=7))
    assert bench.news == 1
