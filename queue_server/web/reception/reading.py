"""Reads what reception's pages show, from the database and at each request anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from aiohttp import web

from core_services.devices.store_help import open_help_calls
from core_services.devices.store_presence import list_devices, open_commands
from queue_server.configuration import Configuration
from queue_server.emergency_book import batch_code
from queue_server.tickets import emergency, reception
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Service
from queue_server.tickets.numbering import EMERGENCY_SERIES, label_of
from queue_server.tickets.place import place_behind
from queue_server.tickets.store_emergency import Batch
from queue_server.tickets.store_reception import Sought
from queue_server.web.labels import label_from, label_words
from queue_server.web.reception.book_view import BookLine, KeyedIn, keyed_in
from queue_server.web.reception.printer import Chosen, chosen_printer
from queue_server.web.reception.services import ServiceChoices, service_choices
from queue_server.web.reception.times import clock_from, moment_of
from queue_server.web.reception.view import (
    FindForm,
    Found,
    NumberNow,
    ReceptionNow,
    found,
    number_now,
    reception_now,
)
from queue_server.web.supervisor.devices import DeviceRow, device_rows
from queue_server.web.supervisor.slips import Printing, orders_by_ticket

SLIPS_SHOWN: Final = 8
FOUND_SHOWN: Final = 20
BOOKS_SHOWN: Final = 5
KEYED_IN_SHOWN: Final = 30
NEAR_MINUTES: Final = 25
"""People remember when they came to about a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Makes the views of one centre; `configuration` is the centre as it is set up now."""

    queue: Queue
    configuration: Callable[[], Configuration]

    async def now(self, request: web.Request) -> ReceptionNow:
        """Return the hall at this moment."""
        queue = self.queue
        pool, centre_id = queue.pool, queue.centre.id
        hall = await queue.hall()
        devices = await self.devices()
        given = await reception.find(queue, Sought(channel="reception"), limit=1)
        return reception_now(
            hall,
            help_calls=await open_help_calls(pool, centre_id=centre_id),
            last=given[0] if given else None,
            tickets=await reception.slips_to_look_after(queue, limit=SLIPS_SHOWN),
            orders=await self._orders(devices),
            chosen=chosen_printer(request, devices),
        )

    async def number(self, request: web.Request, ticket_id: UUID) -> NumberNow:
        """Return one number as it stands. Raises UnknownTicket."""
        queue = self.queue
        ticket = await queue.ticket(ticket_id)
        place = await place_behind(queue, ticket.token)
        devices = await self.devices()
        return number_now(
            place,
            services=self.services,
            printing=(await self._orders(devices)).get(ticket_id),
            chosen=chosen_printer(request, devices),
            at=queue.clock.now(),
        )

    async def found(self, form: FindForm) -> tuple[Found, ...]:
        """Return today's numbers that may be meant; nothing is found by what was not understood."""
        if form.is_empty or form.wrong:
            return ()
        queue, centre = self.queue, self.queue.centre
        day, at = queue.today()
        clock = clock_from(form.time)
        sought = Sought(
            label=label_from(form.label) if form.label else None,
            arrived_at=None
            if clock is None
            else moment_of(day, clock, centre.zone, centre.cut_over),
            within_s=NEAR_MINUTES * 60,
            services=self.choices.like(form.service) if form.service else None,
            priority=form.priority,
            channel=form.channel,
        )
        tickets = await reception.find(queue, sought, limit=FOUND_SHOWN)
        orders = await self._orders(await self.devices())
        services = self.services
        return tuple(
            found(ticket, services=services, printing=orders.get(ticket.id), at=at)
            for ticket in tickets
        )

    async def books(self) -> tuple[BookLine, ...]:
        """Return the emergency books, the latest first."""
        batches = await emergency.batches(self.queue, limit=BOOKS_SHOWN)
        return tuple(self._book_line(batch) for batch in batches)

    async def keyed_in(self, day: date) -> tuple[KeyedIn, ...]:
        """Return the numbers of the book keyed in for a day, those keyed in last first."""
        tickets = await emergency.keyed_in(self.queue, day=day, limit=KEYED_IN_SHOWN)
        services = self.services
        return tuple(keyed_in(ticket, services) for ticket in tickets)

    async def chosen(self, request: web.Request) -> Chosen:
        """Return where this phone's slips come out now."""
        return chosen_printer(request, await self.devices())

    async def devices(self) -> tuple[DeviceRow, ...]:
        """Return the centre's machines."""
        at = self.queue.clock.now()
        states = await list_devices(self.queue.pool, centre_id=self.queue.centre.id, at=at)
        return device_rows(states, at=at)

    @property
    def services(self) -> dict[str, Service]:
        return {service.code: service for service in self.configuration().services}

    @property
    def choices(self) -> ServiceChoices:
        return service_choices(self.configuration().services)

    def _book_line(self, batch: Batch) -> BookLine:
        return BookLine(
            number=batch.number,
            code=batch_code(self.queue.centre, batch),
            first=label_words(label_of(EMERGENCY_SERIES, batch.first)),
            last=label_words(label_of(EMERGENCY_SERIES, batch.last)),
            for_day=batch.for_day,
            printed_at=batch.printed_at,
            used=batch.used,
            count=batch.last - batch.first + 1,
        )

    async def _orders(self, devices: Sequence[DeviceRow]) -> dict[UUID, Printing]:
        commands = await open_commands(self.queue.pool, centre_id=self.queue.centre.id)
        return orders_by_ticket(commands, devices)
