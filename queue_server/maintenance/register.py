"""The register: what there is and where, each piece under its label, and the swap for a spare."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from core_services.database.pool import Connection
from core_services.l10n import one_line
from queue_server.faults.store import mend_in
from queue_server.maintenance import store_equipment, store_orders, store_plans, store_swap
from queue_server.maintenance.care import Care, meant, refuse
from queue_server.maintenance.labels import read_label
from queue_server.maintenance.model import Equipment, EquipmentKind, Place, Swap
from queue_server.maintenance.texts import (
    MODEL_LENGTH,
    ROOM_LENGTH,
    SERIAL_LENGTH,
    TITLE_LENGTH,
    line_of,
)
from queue_server.tickets.errors import CannotMaintain
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer


class Register(Care):
    """What may be done with pieces of equipment, each act once."""

    __slots__ = ()

    async def all(self) -> tuple[Equipment, ...]:
        """Return every piece, by its label."""
        return await store_equipment.read_all(self.queue.pool, self.queue.centre.id)

    async def find(self, label: str) -> Equipment:
        """Return the piece with that label, scanned or typed. Raises UnknownEquipment."""
        return await store_equipment.read_one(self.queue.pool, self.queue.centre.id, meant(label))

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
        model = line_of(model, MODEL_LENGTH) or refuse("lacks-model")
        wanted = None if not one_line(label) else read_label(label) or refuse("bad-label")
        place = _checked(place)

        async def work(connection: Connection, at: datetime) -> Answer:
            await store_equipment.add(
                connection,
                self.queue.centre.id,
                equipment_id=equipment_id,
                label=wanted,
                kind=kind,
                model=model,
                serial=line_of(serial, SERIAL_LENGTH) or None,
                place=place,
                actor=actor,
                at=at,
            )
            await self.count(connection, equipment_id)
            return {"equipment": str(equipment_id)}

        return await self._of(await self.run(work, claim), "equipment")

    async def change(
        self,
        label: str,
        *,
        to_label: str | None = None,
        model: str | None = None,
        serial: str | None = None,
        actor: Actor,
        claim: Claim | None = None,
    ) -> Equipment:
        """Give a piece another label (as when a sticker is worn off), model or serial.

        What is None stays, also as somebody else has written it meanwhile. Raises UnknownEquipment,
        CannotMaintain, KeyReused.
        """
        if model is not None:
            model = line_of(model, MODEL_LENGTH) or refuse("lacks-model")
        wanted = None if to_label is None else read_label(to_label) or refuse("bad-label")

        async def work(connection: Connection, at: datetime) -> Answer:
            centre_id = self.queue.centre.id
            piece = await store_equipment.read_one(connection, centre_id, meant(label))
            await store_equipment.change(
                connection,
                centre_id,
                piece,
                label=wanted or piece.label,
                model=model or piece.model,
                serial=piece.serial if serial is None else line_of(serial, SERIAL_LENGTH) or None,
                actor=actor,
                at=at,
            )
            return {"equipment": str(piece.id)}

        return await self._of(await self.run(work, claim), "equipment")

    async def move(
        self, label: str, place: Place, *, actor: Actor, claim: Claim | None = None
    ) -> Equipment:
        """Put a piece somewhere else.

        What is scrapped stays so: its open orders are cancelled, and plans for it alone end.

        Raises UnknownEquipment, CannotMaintain, UnknownMachine, UnknownWindow, KeyReused.
        """
        place = _checked(place)

        async def work(connection: Connection, at: datetime) -> Answer:
            centre_id = self.queue.centre.id
            piece = await store_equipment.read_one(connection, centre_id, meant(label))
            if piece.place == place and not piece.is_stranded:
                raise CannotMaintain(state="stands-so", label=piece.label)
            if piece.place.kind == "scrapped":
                raise CannotMaintain(state="scrapped", label=piece.label)
            await self.count(connection, piece.id)
            await store_equipment.put(connection, centre_id, piece, place, actor=actor, at=at)
            await self.count(connection, piece.id)
            if place.kind == "scrapped":
                for order in await store_orders.read_many(
                    connection, centre_id, equipment_id=piece.id
                ):
                    await store_orders.act(
                        connection, centre_id, order, "cancel", actor=actor, at=at
                    )
                await store_plans.end_of_piece(connection, centre_id, piece.id, actor=actor, at=at)
            return {"equipment": str(piece.id)}

        return await self._of(await self.run(work, claim), "equipment")

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
        broken_label, spare_label = meant(broken), meant(spare)
        centre = self.queue.centre

        async def work(connection: Connection, at: datetime) -> Answer:
            done = await store_swap.swap(
                connection,
                centre.id,
                swap_id=swap_id,
                broken_label=broken_label,
                spare_label=spare_label,
                to=to,
                note=line_of(note, TITLE_LENGTH),
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

        done = await self.run(work, claim)
        return Swap(
            await self._of(done, "broken"),
            await self._of(done, "spare"),
            UUID(done["order"]),
            bool(done["is_new"]),
        )

    async def _of(self, answer: Mapping[str, Any], name: str) -> Equipment:
        """Return a piece that a command's answer names, whatever its label is by now."""
        centre_id = self.queue.centre.id
        return await store_equipment.read_by_id(self.queue.pool, centre_id, UUID(answer[name]))


def _checked(place: Place) -> Place:
    """Return a place that names the spot which its kind asks for and no other."""
    room = None if place.room is None else line_of(place.room, ROOM_LENGTH) or None
    place = replace(place, room=room)
    named = {"machine": place.device, "window": place.window, "room": place.room}
    wanted = named.pop(place.kind, "nothing")
    if wanted is None or any(each is not None for each in named.values()):
        refuse("bad-place")
    return place
