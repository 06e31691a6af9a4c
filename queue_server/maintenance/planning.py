"""Plans: made and ended, looked after once a minute by whichever process is first."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from core_services.database.pool import Connection
from core_services.ids import new_id
from queue_server.maintenance import store_equipment, store_meter, store_orders, store_plans
from queue_server.maintenance.care import Care, meant, refuse
from queue_server.maintenance.due import Due, due, is_soon
from queue_server.maintenance.errors import UnknownMaintenancePlan
from queue_server.maintenance.model import Equipment, EquipmentKind, NewPlan, Plan
from queue_server.maintenance.store_events import SYSTEM
from queue_server.maintenance.store_plans import Round
from queue_server.maintenance.texts import PLAN_TITLE_LENGTH, line_of, tidy_steps
from queue_server.tickets.errors import CannotMaintain
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer

LOOK_EVERY_S: Final = 60.0
LONGEST_EVERY: Final = 1000
LARGEST_COUNT: Final = 10_000_000
MOST_LIMITS: Final = 2


@dataclass(frozen=True, slots=True)
class Coming:
    """A round of a plan at one piece, and when it is due."""

    plan: Plan
    equipment: Equipment
    due: Due


class Plans(Care):
    """The plans of one centre over its database. Every server process may look."""

    __slots__ = ()

    async def all(self) -> tuple[Plan, ...]:
        """Return every plan, those that hold first."""
        return await store_plans.read_plans(self.queue.pool, self.queue.centre.id)

    async def make(
        self, plan_id: UUID, plan: NewPlan, *, actor: Actor, claim: Claim | None = None
    ) -> Plan:
        """Make a plan of a kind or of one piece; sent twice it is made once.

        Raises UnknownEquipment, CannotMaintain, KeyReused.
        """
        checked = _checked(plan)

        async def work(connection: Connection, at: datetime) -> Answer:
            centre_id, equipment_id = self.queue.centre.id, None
            if checked.label is not None:
                piece = await store_equipment.read_one(connection, centre_id, checked.label)
                if piece.place.kind == "scrapped":
                    raise CannotMaintain(state="scrapped", label=piece.label)
                equipment_id = piece.id
                _require_counted(piece.kind, checked)
            await store_plans.make(
                connection,
                centre_id,
                checked,
                plan_id=plan_id,
                equipment_id=equipment_id,
                actor=actor,
                at=at,
            )
            return {"plan": str(plan_id)}

        made = await self.run(work, claim)
        return await self.find(UUID(made["plan"]))

    async def find(self, plan_id: UUID) -> Plan:
        """Return a plan. Raises UnknownMaintenancePlan."""
        for plan in await self.all():
            if plan.id == plan_id:
                return plan
        raise UnknownMaintenancePlan(str(plan_id))

    async def end(self, plan_id: UUID, *, actor: Actor, claim: Claim | None = None) -> Plan:
        """End a plan; what it has opened stays. Raises UnknownMaintenancePlan, KeyReused."""
        await self.find(plan_id)

        async def work(connection: Connection, at: datetime) -> Answer:
            await store_plans.end(connection, self.queue.centre.id, plan_id, actor=actor, at=at)
            return {}

        await self.run(work, claim)
        return await self.find(plan_id)

    async def look(self) -> int:
        """Count what was printed, and open the orders that are due; return how many.

        Of several processes one opens each. Raises DatabaseError.
        """
        centre = self.queue.centre
        await store_meter.count(
            self.queue.pool, centre.id, zone=centre.zone, cut_over=centre.cut_over
        )
        if not any(each.due.is_due for each in await self.coming()):
            return 0

        async def work(connection: Connection, at: datetime) -> Answer:
            opened = 0
            for each in self._judged(await self._rounds(connection)):
                if each.due.is_due:
                    opened += await self._open(connection, each, at)
            return {"opened": opened}

        return int((await self.run(work, None))["opened"])

    async def coming(self) -> tuple[Coming, ...]:
        """Return every round of every plan that holds, at each piece in use; none is under way."""
        return self._judged(await self._rounds(None))

    async def soon(self) -> tuple[Coming, ...]:
        """Return what is to be due soon, the first first: within a week by the calendar, or after a
        tenth of a counter's measure."""
        day = self.today
        found = [each for each in await self.coming() if is_soon(each.plan, each.due, day)]
        return tuple(sorted(found, key=lambda each: (each.due.on or day, each.equipment.label)))

    async def _rounds(self, connection: Connection | None) -> tuple[Round, ...]:
        centre = self.queue.centre
        return await store_plans.read_rounds(
            connection or self.queue.pool, centre.id, zone=centre.zone, cut_over=centre.cut_over
        )

    def _judged(self, rounds: tuple[Round, ...]) -> tuple[Coming, ...]:
        day = self.today
        return tuple(
            Coming(each.plan, each.equipment, due(each.plan, each.standing, day))
            for each in rounds
            if not each.standing.is_under_way
        )

    async def _open(self, connection: Connection, round_: Coming, at: datetime) -> bool:
        plan = round_.plan
        return await store_orders.open_order(
            connection,
            self.queue.centre.id,
            order_id=new_id(at),
            equipment_id=round_.equipment.id,
            origin="plan",
            title_ar=plan.title_ar,
            title_en=plan.title_en,
            steps=plan.steps,
            stops_work=plan.stops_work,
            due_on=round_.due.due_on(self.today),
            plan_id=plan.id,
            actor=SYSTEM,
            at=at,
        )


def _checked(plan: NewPlan) -> NewPlan:
    """Return a plan that can be made. Raises CannotMaintain, UnknownEquipment."""
    title_ar = line_of(plan.title_ar, PLAN_TITLE_LENGTH)
    if not title_ar:
        refuse("lacks-title")
    has_date = plan.every is not None and plan.unit is not None
    if not (has_date or plan.limits) or (plan.kind is None) == (plan.label is None):
        refuse("lacks-measure")
    if plan.every is not None and not 1 <= plan.every <= LONGEST_EVERY:
        refuse("lacks-measure")
    if len({each.counter for each in plan.limits}) < len(plan.limits):
        refuse("lacks-measure")
    if len(plan.limits) > MOST_LIMITS or not all(
        1 <= each.count <= LARGEST_COUNT for each in plan.limits
    ):
        refuse("lacks-measure")
    _require_counted(plan.kind, plan)
    return replace(
        plan,
        title_ar=title_ar,
        title_en=line_of(plan.title_en, PLAN_TITLE_LENGTH),
        label=None if plan.label is None else meant(plan.label),
        every=plan.every if has_date else None,
        unit=plan.unit if has_date else None,
        steps=tidy_steps(plan.steps),
    )


def _require_counted(kind: EquipmentKind | None, plan: NewPlan) -> None:
    """Refuse counters of what nobody counts: their plan would never be due."""
    if plan.limits and kind not in (None, "printer"):
        refuse("not-counted")
