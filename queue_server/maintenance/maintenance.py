"""What may be done for the care of equipment: the register, the swap, orders; each act once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, Never
from uuid import UUID

from core_services.calendar import business_day
from core_services.database.pool import Connection
from core_services.l10n import one_line
from queue_server.faults.model import WORDS_LENGTH
from queue_server.faults.store import mend_in
from queue_server.maintenance import (
    store_equipment,
    store_events,
    store_meter,
    store_orders,
    store_swap,
)
from queue_server.maintenance.due import GRACE
from queue_server.maintenance.errors import Fault, UnknownEquipment
from queue_server.maintenance.labels import read_label
from queue_server.maintenance.model import (
    Equipment,
    EquipmentKind,
    MaintenanceEvent,
    Order,
    OrderAct,
    Place,
    Step,
    Swap,
)
from queue_server.maintenance.planning import tidy_steps
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import CannotMaintain
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer, run_command

SHOWN_DONE: Final = timedelta(days=14)
"""So long an order that is over stands on the page."""
EVENTS_SHOWN: Final = 60
MODEL_LENGTH: Final = 80
SERIAL_LENGTH: Final = 60
ROOM_LENGTH: Final = 80
TITLE_LENGTH: Final = 160
DONE_LENGTH: Final = 500
PARTS_LENGTH: Final = 300
MOST_MINUTES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Maintenance:
    """The care of one centre's equipment over its database."""

    queue: Queue

    @property
    def today(self) -> date:
        """The business day."""
        return self.queue.today()[0]

    async def all(self) -> tuple[Equipment, ...]:
        """Return every piece, by its label."""
        return await store_equipment.read_all(self.queue.pool, self.queue.centre.id)

    async def find(self, label: str) -> Equipment:
        """Return the piece with that label, scanned or typed. Raises UnknownEquipment."""
        return await store_equipment.read_one(
            self.queue.pool, self.queue.centre.id, self._label(label)
        )

    async def add(
        self,
        equipment_id: UUID,
        *,
        kind: EquipmentKind,
        model: str,
        label: str = "",
        serial: str = "",
        place: Place,
        actor: Actor,
        claim: Claim | None = None,
    ) -> Equipment:
        """Enter a piece; an empty label has one made. Sent twice it is entered once.

        Raises CannotMaintain, UnknownMachine, UnknownWindow, KeyReused.
        """
        model = self._text(model, MODEL_LENGTH) or _refuse("lacks-model")
        wanted = None if not one_line(label) else read_label(label) or _refuse("bad-label")
        place = _checked(place)

        async def work(connection: Connection, at: datetime) -> Answer:
            made = await store_equipment.add(
                connection,
                self.queue.centre.id,
                equipment_id=equipment_id,
                label=wanted,
                kind=kind,
                model=model,
                serial=self._text(serial, SERIAL_LENGTH) or None,
                place=place,
                actor=actor,
                at=at,
            )
            await self._count(connection, equipment_id)
            return {"label": made}

        return await self.find((await self._run(work, claim))["label"])

    async def change(
        self,
        label: str,
        *,
        to_label: str,
        model: str,
        serial: str,
        actor: Actor,
        claim: Claim | None = None,
    ) -> Equipment:
        """Give a piece another label (as when a sticker is worn off), model or serial.

        Raises UnknownEquipment, CannotMaintain, KeyReused.
        """
        model = self._text(model, MODEL_LENGTH) or _refuse("lacks-model")
        wanted = read_label(to_label) or _refuse("bad-label")

        async def work(connection: Connection, at: datetime) -> Answer:
            centre_id = self.queue.centre.id
            piece = await store_equipment.read_one(connection, centre_id, self._label(label))
            await store_equipment.change(
                connection,
                centre_id,
                piece,
                label=wanted,
                model=model,
                serial=self._text(serial, SERIAL_LENGTH) or None,
                actor=actor,
                at=at,
            )
            return {"label": wanted}

        return await self.find((await self._run(work, claim))["label"])

    async def move(
        self, label: str, place: Place, *, actor: Actor, claim: Claim | None = None
    ) -> Equipment:
        """Put a piece somewhere else. What is scrapped stays so; its open orders are cancelled.

        Raises UnknownEquipment, CannotMaintain, UnknownMachine, UnknownWindow, KeyReused.
        """
        place = _checked(place)

        async def work(connection: Connection, at: datetime) -> Answer:
            centre_id = self.queue.centre.id
            piece = await store_equipment.read_one(connection, centre_id, self._label(label))
            if piece.place == place:
                raise CannotMaintain(state="stands-so", label=piece.label)
            if piece.place.kind == "scrapped":
                raise CannotMaintain(state="scrapped", label=piece.label)
            await self._count(connection, piece.id)
            await store_equipment.put(connection, centre_id, piece, place, actor=actor, at=at)
            await self._count(connection, piece.id)
            if place.kind == "scrapped":
                for order in await store_orders.read_many(
                    connection, centre_id, equipment_id=piece.id
                ):
                    await store_orders.act(
                        connection, centre_id, order, "cancel", actor=actor, at=at
                    )
            return {"label": piece.label}

        return await self.find((await self._run(work, claim))["label"])

    async def swap(
        self,
        swap_id: UUID,
        *,
        broken: str,
        spare: str,
        to: Literal["repair", "shelf"] = "repair",
        note: str = "",
        mends: Sequence[UUID] = (),
        actor: Actor,
        claim: Claim | None = None,
    ) -> Swap:
        """Put a spare in the place of a broken piece; a press that comes twice is one swap.

        The faults `mends` are mended with it, or neither is done. Raises UnknownEquipment,
        CannotMaintain, UnknownFault, KeyReused.
        """
        broken_label, spare_label = self._label(broken), self._label(spare)
        centre = self.queue.centre

        async def work(connection: Connection, at: datetime) -> Answer:
            done = await store_swap.swap(
                connection,
                centre.id,
                swap_id=swap_id,
                broken_label=broken_label,
                spare_label=spare_label,
                to=to,
                note=self._text(note, TITLE_LENGTH),
                zone=centre.zone,
                cut_over=centre.cut_over,
                actor=actor,
                at=at,
            )
            if done["is_new"]:
                words = f"استُبدلت {broken_label} بالاحتياطية {spare_label}"
                for fault_id in mends:
                    await mend_in(connection, centre.id, fault_id, at=at, words=words, actor=actor)
            return dict(done)

        done = await self._run(work, claim)
        return Swap(
            await self.find(broken_label),
            await self.find(spare_label),
            UUID(done["order"]),
            bool(done["is_new"]),
        )

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
        title = self._text(title, TITLE_LENGTH) or _refuse("lacks-title")

        async def work(connection: Connection, at: datetime) -> Answer:
            centre_id = self.queue.centre.id
            piece = await store_equipment.read_one(connection, centre_id, self._label(label))
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

        return await self.order(UUID((await self._run(work, claim))["order"]))

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
            _refuse("bad-minutes")
        said = self._text(done_text, DONE_LENGTH)
        ticked = None if steps_done is None else set(steps_done)

        async def work(connection: Connection, at: datetime) -> Answer:
            centre_id = self.queue.centre.id
            order = await store_orders.read_one(connection, centre_id, order_id)
            steps = order.steps
            if ticked is not None:
                steps = tuple(
                    replace(step, is_done=place in ticked) for place, step in enumerate(steps)
                )
            is_told = bool(said) or any(step.is_done for step in steps)
            if what == "finish" and order.state == "in_work" and not is_told:
                raise CannotMaintain(state="lacks-done")
            await store_orders.act(
                connection,
                centre_id,
                order,
                what,
                done_text=said,
                parts=self._text(parts, PARTS_LENGTH),
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

        await self._run(work, claim)
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
        )

    async def orders_of_fault(self, fault_id: UUID) -> tuple[Order, ...]:
        """Return the orders that were opened for a reported fault, the first first."""
        return await store_orders.read_of_fault(self.queue.pool, self.queue.centre.id, fault_id)

    async def overdue(self) -> int:
        """Return how many open orders are overdue."""
        return await store_orders.count_overdue(
            self.queue.pool, self.queue.centre.id, before=self.today - GRACE
        )

    async def history(self, subject_ids: Sequence[UUID]) -> tuple[MaintenanceEvent, ...]:
        """Return what was done to these, the latest first."""
        return await store_events.read_events(
            self.queue.pool, self.queue.centre.id, list(subject_ids), limit=EVENTS_SHOWN
        )

    def day_of(self, at: datetime) -> date:
        """Return the business day of a moment."""
        return business_day(at, self.queue.centre.zone, self.queue.centre.cut_over)

    async def _count(self, connection: Connection, equipment_id: UUID) -> None:
        """Bring a piece's counts up to date where it stands: counting begins, or ends, there."""
        centre = self.queue.centre
        await store_meter.count_piece(
            connection, centre.id, equipment_id, zone=centre.zone, cut_over=centre.cut_over
        )

    async def _run(
        self, work: Callable[[Connection, datetime], Awaitable[Answer]], claim: Claim | None
    ) -> Mapping[str, Any]:
        at = self.queue.clock.now()

        async def command(connection: Connection) -> Answer:
            return await work(connection, at)

        queue = self.queue
        return await run_command(queue.pool, queue.centre.id, claim=claim, at=at, work=command)

    @staticmethod
    def _label(text: str) -> str:
        """Return the label that was meant. Raises UnknownEquipment for what can be none."""
        label = read_label(text)
        if label is None:
            raise UnknownEquipment(one_line(text[:40]))
        return label

    @staticmethod
    def _text(text: str, longest: int) -> str:
        return one_line(text)[:longest].strip()


def _checked(place: Place) -> Place:
    """Return a place that names the spot which its kind asks for and no other."""
    room = None if place.room is None else one_line(place.room)[:ROOM_LENGTH].strip() or None
    place = replace(place, room=room)
    named = {"machine": place.device, "window": place.window, "room": place.room}
    wanted = named.pop(place.kind, "nothing")
    if wanted is None or any(each is not None for each in named.values()):
        _refuse("bad-place")
    return place


def _refuse(fault: Fault) -> Never:
    raise CannotMaintain(state=fault)
