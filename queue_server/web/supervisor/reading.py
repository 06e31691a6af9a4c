"""Reads what the supervisor's pages show, from the database and at each request anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Final
from uuid import UUID

from core_services.devices.store_help import open_help_calls
from core_services.devices.store_presence import list_devices, open_commands
from core_services.people.api_keys import list_keys
from core_services.people.staff import list_staff
from queue_server.alarms.book import AlarmBook
from queue_server.alarms.crowding import Crowd, people_in
from queue_server.alarms.model import Finding
from queue_server.backup.watch import BackupWatch
from queue_server.broadcasts.broadcasts import Broadcasts
from queue_server.configuration import Configuration
from queue_server.emergency_book import batch_code
from queue_server.estimate.promises_kept import PromisesKept
from queue_server.faults.faults import Faults
from queue_server.maintenance.maintenance import Maintenance
from queue_server.planning.watch import MoveWatch
from queue_server.service_states.model import Subject
from queue_server.service_states.states import ServiceStates
from queue_server.tickets import emergency, supervision, windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Hall, Service, Ticket
from queue_server.tickets.pattern_watch import PatternWatch
from queue_server.tickets.patterns import Pattern, open_on
from queue_server.tickets.persons import Persons
from queue_server.web.callers import Caller
from queue_server.web.people_names import names_of
from queue_server.web.supervisor.alarms import UNRECORDED
from queue_server.web.supervisor.alarms_page import AlarmsPage, alarms_page
from queue_server.web.supervisor.day import DaySoFar, day_so_far
from queue_server.web.supervisor.devices import DeviceRow, device_rows
from queue_server.web.supervisor.moves import MoveLine, move_lines
from queue_server.web.supervisor.notices import Notice
from queue_server.web.supervisor.patterns import PatternRow, PatternsPage, pattern_rows
from queue_server.web.supervisor.services import subject_names
from queue_server.web.supervisor.slips import orders_by_ticket, printers
from queue_server.web.supervisor.tickets import (
    TicketAct,
    TicketPage,
    TicketSearch,
    TicketsPage,
    ticket_page,
    ticket_row,
)
from queue_server.web.supervisor.view import HallNow, hall_now
from queue_server.web.supervisor.windows import (
    CountsPart,
    MessagesPart,
    SeatsPart,
    WindowsPage,
    counts_rows,
    free_people,
    messages_part,
    seats_part,
)
from queue_server.web.supervisor.work import (
    DOUBTFUL_SHOWN,
    LATEST_SHOWN,
    Book,
    WorkNow,
    work_now,
)
from queue_server.web.together import Together
from queue_server.web.words import Words
from queue_server.work import WorkOrders

SLIPS_SHOWN: Final = 6
LATE_SHOWN: Final = 30
PAGE_SIZE: Final = 50
STRANDED_READ: Final = 500
"""More than a hall holds: the book of alarms has every one."""
MESSAGES_SHOWN: Final = 60
BOOKS_SHOWN: Final = 4
EPISODES_SHOWN: Final = 300


@dataclass(frozen=True, slots=True)
class Reading:
    """Makes the views of one centre; `configuration` is the centre as it is set up now."""

    queue: Queue
    configuration: Callable[[], Configuration]
    states: ServiceStates
    patterns: PatternWatch
    persons: Persons
    work: WorkOrders
    book: AlarmBook
    broadcasts: Broadcasts
    suggested: MoveWatch
    kept: PromisesKept
    backups: BackupWatch
    care: Maintenance
    faults: Faults
    _together: "Together[tuple[Hall, partial[HallNow]]]" = field(init=False)

    def __post_init__(self) -> None:
        # Open pages all ask when the hall has changed.
        object.__setattr__(self, "_together", Together(self._look))

    async def now(self, caller: Caller) -> HallNow:
        """Return the hall at this moment, as somebody sees it."""
        rows = await self._rows(open_on(await self.patterns.now(), self.queue.today()[0]))
        hall, seen = await self._together.get()
        return seen(viewer=caller.actor, patterns=rows, moves=await self._moves(hall))

    async def findings(self) -> tuple[Finding, ...]:
        """Return what is wrong in the hall at this moment, whoever looks."""
        _, seen = await self._together.get()
        now = seen(viewer=Actor("system"))
        return tuple(each.finding for each in now.alarms if each.kind not in UNRECORDED)

    async def _look(self) -> "tuple[Hall, partial[HallNow]]":
        """Read what everybody sees of the hall; the rest is of who looks."""
        queue = self.queue
        pool, centre_id = queue.pool, queue.centre.id
        hall = await queue.hall()
        people = await list_staff(pool, centre_id=centre_id)
        return hall, partial(
            hall_now,
            hall,
            devices=await list_devices(pool, centre_id=centre_id, at=hall.at),
            help_calls=await open_help_calls(pool, centre_id=centre_id),
            doubtful=await supervision.doubtful_slips(queue, limit=SLIPS_SHOWN + 1),
            slips_shown=SLIPS_SHOWN,
            commands=await open_commands(pool, centre_id=centre_id),
            last_ends=await supervision.last_ends(queue),
            staff=names_of(people),
            services=self._services,
            outages=await self._outages(),
            of_desks=await windows.open_alarms(queue),
            stranded=await supervision.stranded(queue, limit=STRANDED_READ),
            messages=await windows.unread_of_windows(queue),
            plan=self.configuration().plan,
            work=len(await self.work.in_doubt(limit=DOUBTFUL_SHOWN)),
            crowd=await self._crowd(hall),
            kept=await self.kept.now(),
            overstayed=await self.suggested.overstayed(),
            backups=await self.backups.now(),
            overdue=await self.care.overdue(),
            episodes=await self.book.open(),
            faults=await self.faults.open(),
            emergency=next((each for each in self.broadcasts.shown if each.is_full_screen), None),
            profiles=await self._profiles(),
            free_people=free_people(hall, people),
            late=await supervision.late_numbers(queue, limit=LATE_SHOWN),
        )

    async def _crowd(self, hall: Hall) -> Crowd:
        """Return what is known of people against seats, and of waits against the target."""
        body = self.configuration().policy.body
        target_s = body.wait_target_s
        return Crowd(
            people=people_in(hall),
            seats=body.hall.seats,
            target_s=target_s,
            waiting_over=await self.book.waiting_longer(target_s) if hall.waiting else {},
        )

    async def _profiles(self) -> dict[str, Words]:
        names = await windows.profiles(self.queue)
        return {code: Words(*both) for code, both in names.items()}

    async def alarms(self, day: date, *, said: str = "") -> AlarmsPage:
        """Return what was wrong on a business day, and what is now."""
        today = self.queue.today()[0]
        names = await self._staff()
        names |= {
            key.id: Words(key.name, key.name)
            for key in await list_keys(self.queue.pool, centre_id=self.queue.centre.id)
        }
        return alarms_page(
            day=day,
            today=today,
            at=self.queue.clock.now(),
            episodes=await self.book.of_day(day, limit=EPISODES_SHOWN + 1),
            opened=await self.book.open() if day == today else (),
            names=names,
            shown=EPISODES_SHOWN,
            said=said,
        )

    async def all_patterns(self, *, notice: Notice | None = None) -> PatternsPage:
        """Return the signs of the last seven days that one hand takes many numbers."""
        rows = await self._rows(await self.patterns.read())
        return PatternsPage(day=self.queue.today()[0], rows=rows, notice=notice)

    async def today(self) -> DaySoFar:
        """Return the day so far."""
        return day_so_far(
            await supervision.day_report(self.queue),
            at=self.queue.clock.now(),
            queues=await self._queues(),
        )

    async def tickets(self, search: TicketSearch) -> TicketsPage:
        """Return a page of today's tickets; nothing is found by what can be no number."""
        found: tuple[Ticket, ...] = ()
        if not search.is_no_label:
            found = await self.queue.tickets(
                label=search.label,
                states=None if search.state is None else [search.state],
                queue=search.queue,
                paper=supervision.DOUBTFUL_PAPER if search.is_doubtful else None,
                after=search.after,
                limit=PAGE_SIZE + 1,
            )
        shown = found[:PAGE_SIZE]
        return TicketsPage(
            day=self.queue.today()[0],
            search=search,
            rows=tuple(ticket_row(ticket, self._services) for ticket in shown),
            next_address=search.address(shown[-1].id) if len(found) > PAGE_SIZE else None,
            queues=tuple((await self._queues()).items()),
        )

    async def ticket(
        self, ticket_id: UUID, caller: Caller, *, notice: Notice | None = None
    ) -> TicketPage:
        """Return one ticket with all that happened to it. Raises UnknownTicket."""
        queue = self.queue
        pool, centre_id = queue.pool, queue.centre.id
        ticket = await queue.ticket(ticket_id)
        devices = await self.devices()
        orders = orders_by_ticket(await open_commands(pool, centre_id=centre_id), devices)
        names = await self._staff()
        names |= {device.id: Words(device.name, device.name) for device in devices}
        names |= {
            key.id: Words(key.name, key.name) for key in await list_keys(pool, centre_id=centre_id)
        }
        return ticket_page(
            ticket,
            position=await queue.position(ticket),
            events=await queue.events(ticket_id),
            names=names,
            services=self._services,
            queues=await self._queues(),
            may=acts_of(caller),
            printers=printers(devices),
            printing=orders.get(ticket.id),
            notice=notice,
        )

    async def devices(self) -> tuple[DeviceRow, ...]:
        """Return the centre's machines."""
        at = self.queue.clock.now()
        states = await list_devices(self.queue.pool, centre_id=self.queue.centre.id, at=at)
        return device_rows(states, at=at)

    async def work_now(self) -> WorkNow:
        """Return the workstations, what they were ordered, and what can be ordered."""
        queue = self.queue
        batches = await emergency.batches(queue, limit=BOOKS_SHOWN)
        return work_now(
            devices=await self.devices(),
            in_doubt=await self.work.in_doubt(limit=DOUBTFUL_SHOWN),
            latest=await self.work.latest(limit=LATEST_SHOWN),
            books=[
                Book(each.number, batch_code(queue.centre, each), each.for_day) for each in batches
            ],
            staff=await self._staff(),
            at=queue.clock.now(),
        )

    async def _moves(self, hall: Hall) -> tuple[MoveLine, ...]:
        """Return what would help in the hall now, each with whom to send."""
        said = self.suggested.now()
        if not said:
            return ()
        names = await windows.profiles(self.queue)
        people = await list_staff(self.queue.pool, centre_id=self.queue.centre.id)
        profiles = {code: Words(*both) for code, both in names.items()}
        seats = seats_part(hall, profiles=profiles, people=people)
        return move_lines(said, profiles=profiles, free=seats.free_people)

    async def _outages(self) -> list[tuple[Subject, Words, datetime]]:
        """Return what is marked down, by name, and since when; the longest first."""
        states, configuration = await self.states.now(), self.configuration()
        names = subject_names(configuration.services, configuration.catalogue, states.group_of)
        return [
            (subject, names[subject], outage.since)
            for subject, outage in states.outages.items()
            if subject in names
        ]

    async def _rows(self, patterns: Sequence[Pattern]) -> tuple[PatternRow, ...]:
        if not patterns:
            return ()
        newest = [each.newest.id for each in patterns if not each.by_phone]
        return pattern_rows(
            patterns,
            devices={device.id: device.name for device in await self.devices()},
            last_fours=await self.persons.last_fours(newest),
            staff=await self._staff(),
        )

    @property
    def _services(self) -> dict[str, Service]:
        return {service.code: service for service in self.configuration().services}

    async def windows(self, *, notice: Notice | None = None) -> WindowsPage:
        """Return the page on which windows are looked after."""
        return WindowsPage(
            seats=await self.seats(),
            messages=await self.messages(),
            counts=await self.counts(),
            notice=notice,
        )

    async def seats(self) -> SeatsPart:
        """Return who has each window and what it serves."""
        queue = self.queue
        return seats_part(
            await queue.hall(),
            profiles=await self._profiles(),
            people=await list_staff(queue.pool, centre_id=queue.centre.id),
        )

    async def messages(self) -> MessagesPart:
        """Return what was written to and from the windows of late."""
        found = await windows.last_messages(self.queue, limit=MESSAGES_SHOWN)
        return messages_part(found, await self._staff())

    async def counts(self) -> CountsPart:
        """Return today's counts of every window."""
        queue = self.queue
        rows = counts_rows(
            await windows.counts_of_day(queue), await windows.replies(queue), await self._staff()
        )
        return CountsPart(rows, has_person=True)

    async def _queues(self) -> dict[str, Words]:
        names = await supervision.queue_names(self.queue)
        return {code: Words(*both) for code, both in names.items()}

    async def _staff(self) -> dict[UUID, Words]:
        return names_of(await list_staff(self.queue.pool, centre_id=self.queue.centre.id))


def acts_of(caller: Caller) -> tuple[TicketAct, ...]:
    """Return what the caller may do to a ticket wherever it is."""
    acts: list[TicketAct] = []
    if caller.may("reprint"):
        acts += ["printed", "reprint"]
    if caller.may("act_any_window"):
        acts += ["resume", "return", "finish", "no-show"]
    if caller.may("cancel_any"):
        acts.append("cancel")
    if caller.may("void"):
        acts += ["reinstate", "void"]
    return tuple(acts)
