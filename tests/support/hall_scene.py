"""A morning in Kafr Saqr's hall for supervisors and phones: people, windows, machines, troubles."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from core_services.database.pool import Pool
from core_services.devices.model import (
    Attached,
    Beat,
    CoverState,
    Device,
    DeviceKind,
    PaperState,
    PrinterState,
)
from core_services.devices.register import add_device
from core_services.devices.store_help import ask_for_help
from core_services.devices.store_offline import series_of
from core_services.devices.store_presence import note_beat, note_gone, nudge_pages
from core_services.ids import new_id
from core_services.link.answer_frames import Settled
from core_services.link.citizen_frames import IssuedTicket
from core_services.link.slip_frames import Paper
from core_services.link.slip_frames import PaperState as SlipWord
from core_services.people.model import Staff
from core_services.people.passwords import Passwords
from queue_server.agent_commands import DeviceCommands
from queue_server.appointments.acts import Appointments
from queue_server.broadcasts.broadcasts import Broadcasts
from queue_server.errands import Errands
from queue_server.scans import Scans
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, PaperMark, Priority, Ticket
from queue_server.web.problems import Problems
from tests.support.database import Database
from tests.support.desk_site import DeskSite, desk_site
from tests.support.work import work_orders

PROCESS: Final = uuid4()
"""The server process that holds the sockets of the scene's machines."""

CLERKS: Final = (
    ("karim", "كريم فؤاد", "Karim Fouad"),
    ("salma", "سلمى حسن", "Salma Hassan"),
    ("ahmed", "أحمد عبد الله", "Ahmed Abdallah"),
    ("nada", "ندى إبراهيم", "Nada Ibrahim"),
    ("mona", "منى السيد", "Mona El-Sayed"),
    ("tarek", "طارق محمود", "Tarek Mahmoud"),
    ("heba", "هبة مصطفى", "Heba Mostafa"),
    ("youssef", "يوسف علي", "Youssef Ali"),
)
"""Whoever sits at windows 1 to 8; window 9 is empty."""


@dataclass(slots=True)
class HallScene:
    """The centre of a desk's tests, with its supervisor and its machines."""

    site: DeskSite
    hoda: Staff = field(init=False)
    staff: dict[int, Actor] = field(default_factory=dict)
    """Who sits at each window."""
    devices: dict[str, Device] = field(default_factory=dict)

    @property
    def pool(self) -> Pool:
        return self.site.queue.pool

    @property
    def supervisor(self) -> Actor:
        return Actor("staff", self.hoda.id)

    async def machine(
        self,
        name: str,
        kind: DeviceKind = "kiosk",
        *,
        printer: PrinterState | None = "ready",
        paper: PaperState | None = "ok",
        cover: CoverState | None = "closed",
        detail: str | None = None,
        jobs: Mapping[str, int] | None = None,
        roll: Mapping[str, Any] | None = None,
        attached: tuple[Attached, ...] | None = None,
        journal: str | None = None,
        undelivered: int | None = None,
    ) -> Device:
        """Register a machine if it is new, and let it speak now.

        With a journal it has been welcomed, and has its offline series if a letter is left.
        """
        if name not in self.devices:
            new = await add_device(
                self.pool,
                centre_id=1,
                kind=kind,
                name=name,
                actor=Actor("system"),
                at=self.site.clock.now(),
            )
            self.devices[name] = new.device
        is_kiosk = kind == "kiosk"
        beat = Beat(
            version="0.1.0",
            printer=printer if is_kiosk else None,
            paper=paper if is_kiosk else None,
            cover=cover if is_kiosk else None,
            detail=detail,
            jobs=jobs,
            roll=roll,
            attached=attached,
            journal_id=journal,
            undelivered=undelivered,
        )
        device = self.devices[name]
        at = self.site.clock.now()
        if journal is not None:
            await series_of(self.pool, device, journal_id=journal, held=None, at=at)
        await note_beat(self.pool, device, beat, process_id=PROCESS, at=at)
        return device

    async def unplug(self, name: str) -> None:
        """Cut a machine's connection."""
        await note_gone(self.pool, self.devices[name], process_id=PROCESS)

    async def ask_help(self, name: str) -> UUID:
        """Let a citizen ask for a person at a kiosk; return the call's id."""
        at = self.site.clock.now()
        call_id = new_id(at)
        assert await ask_for_help(self.pool, self.devices[name], call_id=call_id, at=at)
        return call_id

    async def from_kiosk(
        self, name: str, mark: PaperMark, *, priority: Priority = "none"
    ) -> Ticket:
        """Let somebody take a number at a kiosk whose paper ends like that."""
        device = self.devices[name]
        ticket = await self.site.queue.issue(
            IssueRequest(
                Actor("device", device.id),
                "kiosk",
                service="building-new",
                priority=priority,
                device_id=device.id,
            )
        )
        return await self.site.queue.mark_paper(
            ticket.id, mark, actor=Actor("device", device.id), confirmed_by=None
        )

    async def says(
        self, device: Device, ticket: Ticket, state: SlipWord, job: UUID | None = None
    ) -> None:
        """Let a kiosk tell what became of a slip that was ordered from it."""
        commands = DeviceCommands(
            self.site.queue,
            Problems(),
            appointments=Appointments(self.site.queue),
            slip=_no_slip,
            work=work_orders(self.site.queue),
            scans=Scans(Appointments(self.site.queue)),
            broadcasts=Broadcasts(self.site.queue, on_change=lambda _: None),
            errands=Errands(self.site.queue),
            on_news=self._tell_pages,
        )
        word = Paper(ticket=ticket.id, state=state, job=str(job or ticket.id))
        assert isinstance(await commands.paper(device, word), Settled)

    async def _tell_pages(self) -> None:
        await nudge_pages(self.pool, centre_id=1)

    async def seat(self, window: int) -> Actor:
        """Open a window in the name of whoever usually sits there."""
        if window not in self.staff:
            username, name_ar, name_en = CLERKS[window - 1]
            person = self.site.mona
            if username != person.username:
                person = await self.site.add_staff(username, "clerk", name_ar, name_en, window)
            self.staff[window] = Actor("staff", person.id)
        actor = self.staff[window]
        await self.site.open(window, actor, CLERKS[window - 1][1])
        return actor

    async def morning(self) -> None:
        """Let an hour and a half pass: people come, eight windows serve them, some do not come.

        At its end windows 3 and 6 still call, the others serve.
        """
        site = self.site
        for window in range(1, 9):
            await self.seat(window)
        for turn in range(26):
            await site.issue(5 if turn < 20 else 3, service=_SERVICES[turn % 4])
            if turn % 3 == 0:
                await site.issue(priority="age65", service="dues-payment")
            if turn % 8 == 5:
                await site.issue(priority="infant")
            for window in range(1, 5) if turn % 2 else range(4, 9):
                await self._serve(
                    window,
                    is_absent=(turn, window) in _ABSENT,
                    is_begun=turn < 24 or window not in (3, 6),
                )
            site.clock.jump(100 + 25 * (turn % 4))

    async def _serve(self, window: int, *, is_absent: bool, is_begun: bool) -> None:
        queue, actor = self.site.queue, self.staff[window]
        hand = (await self.site.window(window)).ticket
        if hand is not None:
            await queue.act(hand.id, "finish", actor=actor, any_window=True)
        ticket = await queue.call_next(window, actor=actor, own_only=True)
        if ticket is None:
            return
        self.site.clock.jump(12)
        if is_absent:
            await queue.act(ticket.id, "no_show", actor=actor, any_window=True)
        elif is_begun:
            await queue.act(ticket.id, "start", actor=actor, any_window=True)

    async def end_hand(self, window: int) -> None:
        """Finish what a window has in hand, if anything."""
        hand = (await self.site.window(window)).ticket
        if hand is None:
            return
        if hand.state == "called":
            await self.site.act(hand, "start", self.staff[window])
        await self.site.act(hand, "finish", self.staff[window])

    async def start_hand(self, window: int) -> None:
        """Start what a window has called, unless it has begun already."""
        hand = await self.site.in_hand(window)
        if hand.state == "called":
            await self.site.act(hand, "start", self.staff[window])


def _no_slip(ticket: Ticket) -> IssuedTicket:
    raise AssertionError(f"nobody asked for the slip of {ticket.label}")


_SERVICES: Final = ("reconciliation", "shop-new", "building-renewal", None)
_ABSENT: Final = frozenset({(3, 2), (7, 4), (12, 6), (18, 8)})


@pytest.fixture
async def scene(
    database: Database, passwords: Passwords, short_dir: Path
) -> AsyncIterator[HallScene]:
    """Kafr Saqr before it opens: all windows closed, Hoda supervises, no machine yet."""
    async with desk_site(database, passwords, short_dir) as site:
        scene = HallScene(site)
        scene.hoda = await site.add_staff("hoda", "supervisor", "هدى منصور", "Hoda Mansour")
        yield scene
