"""What may be done about service states: read them, mark down or up, tell the screens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core_services.calendar import day_bounds
from core_services.catalogue.model import Catalogue
from queue_server.service_states import store
from queue_server.service_states.downtime import Downtime, downtimes
from queue_server.service_states.errors import UnknownServiceGroup
from queue_server.service_states.model import Outage, Reason, StateEvent, States, Subject
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.opening import spans_within
from queue_server.tickets.store_reading import read_services


@dataclass(slots=True)
class ServiceStates:
    """The states of a centre's services over its database.

    Pages and programs read the database; `shown` is what this process has told its screens, looked
    at again every second, so that every process tells what any of them was told.
    """

    queue: Queue
    catalogue: Catalogue
    on_change: Callable[[States], None]
    shown: States | None = None

    async def now(self) -> States:
        """Return what is down now."""
        outages = await store.read_outages(self.queue.pool, self.queue.centre.id)
        return States({each.subject: each for each in outages}, self.group_of)

    @property
    def group_of(self) -> dict[str, str]:
        """The group of every service of the catalogue."""
        return {code: each.group.code for code, each in self.catalogue.services.items()}

    async def look(self) -> None:
        """Read the states and tell the screens when they are not as shown."""
        states = await self.now()
        if states != self.shown:
            self.shown = states
            self.on_change(states)

    async def mark_down(
        self,
        subject: Subject,
        reason: Reason,
        *,
        expected: datetime | None = None,
        actor: Actor,
        claim: Claim | None = None,
    ) -> bool:
        """Say that a subject is down; False when it was said just so already.

        Raises UnknownService, UnknownServiceGroup, KeyReused.
        """
        return await self._change(subject, reason, expected, actor, claim)

    async def mark_up(self, subject: Subject, *, actor: Actor, claim: Claim | None = None) -> bool:
        """Say that a subject works again; False when it did already. Raises as `mark_down`."""
        return await self._change(subject, None, None, actor, claim)

    async def outage(self, subject: Subject) -> Outage | None:
        """Return why a subject is down; a service may be down with its group."""
        states = await self.now()
        if subject.kind == "service":
            return states.of(subject.code)
        return states.outages.get(subject)

    async def history(self, day: date) -> tuple[StateEvent, ...]:
        """Return what was said on a business day, in its order."""
        start, end = self._bounds(day)
        until = min(end - timedelta(microseconds=1), self.queue.clock.now())
        return await store.read_state_events(
            self.queue.pool, self.queue.centre.id, since=start, until=until
        )

    async def downtimes(self, first: date, last: date) -> tuple[Downtime, ...]:
        """Return how long each service was down on each business day of a range, in its hours."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        hours, zone = self.queue.hours(), self.queue.centre.zone
        spans = {day: spans_within(hours, *self._bounds(day), zone) for day in days}
        until = self.queue.clock.now()
        events = await store.read_state_events(
            self.queue.pool, self.queue.centre.id, since=None, until=until
        )
        services = await read_services(self.queue.pool, self.queue.centre.id)
        return downtimes(
            events,
            days=spans,
            services=[service.code for service in services],
            group_of=self.group_of,
            until=until,
        )

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        centre = self.queue.centre
        return day_bounds(day, centre.zone, centre.cut_over)

    async def _change(
        self,
        subject: Subject,
        reason: Reason | None,
        expected: datetime | None,
        actor: Actor,
        claim: Claim | None,
    ) -> bool:
        if subject.kind == "group" and subject.code not in self._groups():
            raise UnknownServiceGroup(subject.code)
        is_new = await store.change_state(
            self.queue.pool,
            self.queue.centre.id,
            subject=subject,
            reason=reason,
            expected=expected,
            actor=actor,
            at=self.queue.clock.now(),
            claim=claim,
        )
        await self.look()
        return is_new

    def _groups(self) -> set[str]:
        return {group.code for group in self.catalogue.groups}
