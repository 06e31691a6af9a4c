"""Maintenance orders: opened by hand or for a reported fault, begun, done, cancelled; each once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from core_services.database.pool import Connection
from queue_server.faults.model import WORDS_LENGTH
from queue_server.faults.store import mend_in
from queue_server.maintenance import store_equipment, store_orders
from queue_server.maintenance.care import Care, meant, refuse
from queue_server.maintenance.due import GRACE
from queue_server.maintenance.model import Equipment, Order, OrderAct, Step
from queue_server.maintenance.texts import (
    DONE_LENGTH,
    PARTS_LENGTH,
    TITLE_LENGTH,
    line_of,
    tidy_steps,
)
from queue_server.tickets.errors import CannotMaintain
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer

SHOWN_DONE: Final = timedelta(days=14)
"""So long an order that is over stands on the page."""
MOST_MINUTES: Final = 10_000


class Orders(Care):
    """What may be done with maintenance orders, each act once."""

    __slots__ = ()

    async def open_order(
        self,
        order_id: UUID,
        label: str,
        *,
        title: str,
        steps: Sequence[Step] = (),
        stops_work: bool = False,
        due_on: date | None = None,
        fault_id: UUID | None = None,
        actor: Actor,
        claim: Claim | None = None,
    ) -> Order:
        """Open an order by hand, or from a fault that was reported; sent twice it is one.

        Raises UnknownEquipment, CannotMaintain, KeyReused.
        """
        title = line_of(title, TITLE_LENGTH) or refuse("lacks-title")

        async def work(connection: Connection, at: datetime) -> Answer:
            centre_id = self.queue.centre.id
            piece = await store_equipment.read_one(connection, centre_id, meant(label))
            if piece.place.kind == "scrapped":
                raise CannotMaintain(state="scrapped", label=piece.label)
            is_new = await store_orders.open_order(
                connection,
                centre_id,
                order_id=order_id,
                equipment_id=piece.id,
                origin="hand" if fault_id is None else "fault",
                title_ar=title,
                title_en="",
                steps=tidy_steps(steps),
                stops_work=stops_work,
                due_on=due_on,
                fault_id=fault_id,
                actor=actor,
                at=at,
            )
            if not is_new and not await store_orders.is_known(connection, centre_id, order_id):
                raise CannotMaintain(state="has-order", label=piece.label)
            return {"order": str(order_id)}

        return await self.order(UUID((await self.run(work, claim))["order"]))

    async def act(
        self,
        order_id: UUID,
        what: OrderAct,
        *,
        done_text: str = "",
        parts: str = "",
        minutes: int | None = None,
        steps_done: Sequence[int] | None = None,
        mends: bool = False,
        actor: Actor,
        claim: Claim | None = None,
    ) -> Order:
        """Start, finish or cancel an order; `steps_done` are places in its list of steps.

        Finishing wants what was done, in words or in steps; with `mends` the fault for which the
        order was opened is mended with it, or neither is done. Raises UnknownOrder, CannotMaintain,
        KeyReused.
        """
        if minutes is not None and not 0 <= minutes <= MOST_MINUTES:
            refuse("bad-minutes")
        said = line_of(done_text, DONE_LENGTH)
        ticked = None if steps_done is None else set(steps_done)

        async def work(connection: Connection, at: datetime) -> Answer:
            centre_id = self.queue.centre.id
            order = await store_orders.read_one(connection, centre_id, order_id)
            steps = order.steps
            if ticked is not None:
                steps = tuple(
                    replace(step, is_done=place in ticked) for place, step in enumerate(steps)
                )
            if what != "start":
                await self.count(connection, order.equipment_id)
            is_told = bool(said) or any(step.is_done for step in steps)
            if what == "finish" and order.state == "in_work" and not is_told:
                raise CannotMaintain(state="lacks-done")
            await store_orders.act(
                connection,
                centre_id,
                order,
                what,
                done_text=said,
                parts=line_of(parts, PARTS_LENGTH),
                minutes=minutes,
                steps=None if ticked is None else steps,
                actor=actor,
                at=at,
            )
            if mends and what == "finish" and order.fault_id is not None:
                words = said or "، ".join(step.ar for step in steps if step.is_done)
                await mend_in(
                    connection,
                    centre_id,
                    order.fault_id,
                    at=at,
                    words=words[:WORDS_LENGTH],
                    actor=actor,
                )
            return {}

        await self.run(work, claim)
        return await self.order(order_id)

    async def order(self, order_id: UUID) -> Order:
        """Return an order. Raises UnknownOrder."""
        return await store_orders.read_one(self.queue.pool, self.queue.centre.id, order_id)

    async def orders(self, *, of: Equipment | None = None) -> tuple[Order, ...]:
        """Return what is open and what was done of late; of one piece all that ever was."""
        ended_since = self.queue.clock.now() - SHOWN_DONE
        if of is not None:
            ended_since -= timedelta(days=36_500)
        return await store_orders.read_many(
            self.queue.pool,
            self.queue.centre.id,
            ended_since=ended_since,
            equipment_id=None if of is None else of.id,
            limit=500 if of is None else None,
        )

    async def orders_of_fault(self, fault_id: UUID) -> tuple[Order, ...]:
        """Return the orders that were opened for a reported fault, the first first."""
        return await store_orders.read_of_fault(self.queue.pool, self.queue.centre.id, fault_id)

    async def overdue(self) -> int:
        """Return how many open orders are overdue."""
        return await store_orders.count_overdue(
            self.queue.pool, self.queue.centre.id, before=self.today - GRACE
        )
