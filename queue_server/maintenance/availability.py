"""How much of the centre's hours each machine and window could work, day by day added up."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from core_services.calendar import day_bounds
from queue_server.maintenance import store_downtime as store
from queue_server.maintenance.downtime import (
    Span,
    Standstill,
    closed_for_fault,
    length_s,
    spent,
    within,
)
from queue_server.maintenance.store_downtime import Told
from queue_server.tickets.acts import Queue
from queue_server.tickets.opening import spans_within


@dataclass(frozen=True, slots=True)
class Availability:
    """The downtime of one centre, worked out from what is recorded, whenever it is asked for."""

    queue: Queue

    async def of(self, first: date, last: date) -> tuple[Standstill, ...]:
        """Return every machine that was there, every window, and what was done elsewhere.

        Both days are in it; of today what has passed. Raises DatabaseError.
        """
        queue, centre = self.queue, self.queue.centre
        pool, centre_id = queue.pool, centre.id
        hours = await self._hours(first, last)
        start = day_bounds(first, centre.zone, centre.cut_over)[0]
        day_end, now = day_bounds(last, centre.zone, centre.cut_over)[1], queue.clock.now()
        end = min(day_end, now)
        if end <= start:
            return ()
        hours = within(hours, [(start, end)])
        begun = await store.read_begun(pool, centre_id) or start
        of_centre = within(hours, [(begun, end)])
        machines = await store.read_machines(pool, centre_id, start=start, end=end)
        of_machines: defaultdict[UUID, Told] = defaultdict(Told)
        of_machines.update(
            await store.read_of_machines(pool, centre_id, machines, start=start, end=end)
        )
        of_windows = await store.read_window_spans(pool, centre_id, start=start, end=end)
        elsewhere = Told()

        for device_id, window, stop in await store.read_stops(
            pool, centre_id, start=start, end=end
        ):
            if device_id is not None:
                of_machines[device_id].stops.append(stop)
            if window is not None:  # a window with its workstation stands still with it
                of_windows.setdefault(window, Told()).stops.append(stop)
        done_before = min(day_end, now + timedelta(microseconds=1))  # what is done now is done
        for device_id, window, orders, minutes in await store.read_work(
            pool, centre_id, start=start, end=done_before
        ):
            told = elsewhere
            if device_id is not None:
                told = of_machines[device_id]
            elif window is not None:
                told = of_windows.setdefault(window, Told())
            told.orders_done, told.work_minutes = orders, minutes
        found = [
            _of_machine(machine, of_machines.pop(machine.id, Told()), hours) for machine in machines
        ]
        found += [_of_window(number, told, of_centre) for number, told in of_windows.items()]
        rest = [elsewhere, *of_machines.values()]  # machines that are there no more
        if any(each.orders_done for each in rest):
            found.append(
                Standstill(
                    "elsewhere",
                    "",
                    orders_done=sum(each.orders_done for each in rest),
                    work_minutes=sum(each.work_minutes for each in rest),
                )
            )
        return tuple(found)

    async def _hours(self, first: date, last: date) -> list[Span]:
        """Return the centre's hours of those days, each by the rules of its own."""
        centre = self.queue.centre
        spans: list[Span] = []
        for ahead in range((last - first).days + 1):
            day = first + timedelta(days=ahead)
            bounds: tuple[datetime, datetime] = day_bounds(day, centre.zone, centre.cut_over)
            spans += spans_within(await self.queue.hours_on(day), *bounds, centre.zone)
        return spans


def _of_machine(machine: store.Watched, told: Told, hours: list[Span]) -> Standstill:
    own = within(hours, [(machine.since, machine.until)])
    return Standstill(
        machine.kind,
        machine.name,
        open_s=length_s(own),
        down_s=spent(told.stops, own),
        orders_done=told.orders_done,
        work_minutes=told.work_minutes,
    )


def _of_window(number: int, told: Told, hours: list[Span]) -> Standstill:
    return Standstill(
        "window",
        str(number),
        open_s=length_s(hours),
        down_s=spent(told.stops, hours),
        closed_for_fault_s=closed_for_fault(told.stops, told.open_spans, hours),
        orders_done=told.orders_done,
        work_minutes=told.work_minutes,
    )
