"""What a booking is asked for with, and how a slot with room is found for it; pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from queue_server.appointments.model import FreeSlot, Slot, SlotPlan
from queue_server.appointments.slots import is_within_horizon, plans_for, slots_of
from queue_server.tickets.model import Language
from queue_server.tickets.opening import Hours, is_open_at


@dataclass(frozen=True, slots=True)
class Wish:
    """A booking that somebody asks for."""

    starts_at: datetime
    service: str | None = None
    files: tuple[str, ...] = ()
    """The list of a drop-off; empty for a visit."""
    language: Language = "ar"
    phone: str | None = field(default=None, repr=False)
    """E.164."""

    @property
    def is_drop_off(self) -> bool:
        return bool(self.files)


@dataclass(frozen=True, slots=True)
class Taken:
    """So many live bookings of a plan from one moment to another."""

    plan_id: UUID
    starts_at: datetime
    ends_at: datetime
    n: int


@dataclass(frozen=True, slots=True)
class Diary:
    """Everything that says what can be booked: plans, hours, closed days, and bookings."""

    zone: ZoneInfo
    cut_over: time
    plans: tuple[SlotPlan, ...]
    closed: frozenset[date]
    taken: tuple[Taken, ...]
    """Of the days asked about."""
    services: frozenset[str]
    """Those that are open."""
    hours: Hours | None = None
    """Those of the policy; None: none are set."""

    def slots(
        self, plans: Sequence[SlotPlan], day: date, *, today: date, at: datetime
    ) -> tuple[FreeSlot, ...]:
        """Return the slots of those plans that begin later than `at`, by their time; full ones too.

        Bookings count where they overlap a slot, so that a plan whose hours were changed is never
        booked twice over.
        """
        if day in self.closed:
            return ()
        found = [
            FreeSlot(slot, max(0, slot.bookable - self._taken_in(slot)))
            for plan in plans
            if is_within_horizon(plan.terms, day, today)
            for slot in slots_of(plan, day, self.zone, self.cut_over)
            if slot.starts_at > at and is_open_at(self.hours, slot.starts_at, self.zone)
        ]
        return tuple(sorted(found, key=lambda each: (each.slot.starts_at, each.slot.plan_id)))

    def offers(
        self, service: str | None, day: date, *, is_drop_off: bool, today: date, at: datetime
    ) -> tuple[FreeSlot, ...]:
        """Return one slot for each beginning that serves the wish, the one with most room.

        A service that is closed or unknown has none.
        """
        if service is not None and service not in self.services:
            return ()
        plans = plans_for(self.plans, service, is_drop_off=is_drop_off)
        best: dict[datetime, FreeSlot] = {}
        for each in self.slots(plans, day, today=today, at=at):
            known = best.get(each.slot.starts_at)
            if known is None or each.free > known.free:
                best[each.slot.starts_at] = each
        return tuple(best.values())

    def _taken_in(self, slot: Slot) -> int:
        return sum(
            each.n
            for each in self.taken
            if each.plan_id == slot.plan_id
            and each.starts_at < slot.ends_at
            and each.ends_at > slot.starts_at
        )


def services_to_book(
    plans: Collection[SlotPlan], codes: Sequence[str]
) -> tuple[tuple[str, ...], bool]:
    """Return the services of `codes` that have a plan, and whether drop-offs have one."""
    own = {plan.terms.service for plan in plans if plan.terms.kind == "visit"}
    services = tuple(code for code in codes if None in own or code in own)
    return services, any(plan.terms.kind == "drop_off" for plan in plans)
