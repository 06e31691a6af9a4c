"""What workstations do by order: pages, receipts, messages; each once, in doubt for a person.

An order is a row with its command, so that it reaches its machine through whichever process holds
the socket. The phone and the text of a message are sealed until they are sent.
"""

import json
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from core_services.devices import store_work
from core_services.devices.model import Device, DeviceCommand
from core_services.devices.store_presence import find_command, settle_command
from core_services.devices.work import Document, NewWork, WorkKind, WorkOrder, WorkState
from core_services.ids import new_id
from core_services.link.answer_frames import Refused, Settled
from core_services.link.work_frames import Cancel, Outcome, Work, WorkDocument, WorkMessage
from core_services.people.sealing import About, CannotOpen, PersonKeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor

logger = structlog.get_logger()

KEPT: Final = timedelta(days=7)
"""As long as a machine keeps its words; what it prints is forgotten with the order."""
LATE_AFTER: Final = timedelta(seconds=60)
"""An order of which nothing was heard for so long, or that a printer holds, wants somebody."""
_FIELD: Final = "work message"

_UNKNOWN_ORDER: Final = {
    "type": "urn:shubbak:problem:unknown-order",
    "title": "No such order was given to this machine",
    "status": 404,
}


class WorkOrders:
    """Gives orders, tells machines of them and hears what became of them."""

    def __init__(self, queue: Queue, keys: PersonKeys) -> None:
        self._queue = queue
        self._keys = keys

    async def order_paper(
        self,
        order_id: UUID,
        device_id: UUID,
        kind: WorkKind,
        *,
        title_ar: str,
        title_en: str,
        document: Document,
        marked: Document,
        attached: str | None,
        actor: Actor,
    ) -> bool:
        """Order a page or a receipt; False when an order of that id is given already.

        `marked` is the same paper with the mark of a second print.
        """
        work = NewWork(
            order_id,
            device_id,
            kind,
            title_ar,
            title_en,
            attached=attached,
            document=document,
            marked=marked,
            ordered_by=actor.id,
        )
        return await self._insert(work)

    async def order_message(
        self,
        order_id: UUID,
        device_id: UUID,
        *,
        title_ar: str,
        title_en: str,
        to: str,
        text: str,
        attached: str | None,
        actor: Actor,
    ) -> bool:
        """Order a text message to a phone in E.164; False when that order is given already."""
        work = NewWork(
            order_id,
            device_id,
            "message",
            title_ar,
            title_en,
            attached=attached,
            sealed=self._seal(order_id, WorkMessage(to=to, text=text)),
            ordered_by=actor.id,
        )
        return await self._insert(work)

    async def repeat(
        self, order_id: UUID, device_id: UUID, *, attached: str | None, actor: Actor
    ) -> bool:
        """Order a paper again, marked if a first print may exist, or a message; close the doubt.

        False when the order is not known, is still at work or was settled meanwhile.
        """
        queue = self._queue
        known = await self.find(order_id)
        if known is None:
            return False
        at = queue.clock.now()
        repeat_id = new_id(at)
        sealed = None
        if known.sealed is not None:
            message = self._open(known)
            if message is None:
                return False
            sealed = self._seal(repeat_id, message)
        work = NewWork(
            repeat_id,
            device_id,
            known.kind,
            known.title_ar,
            known.title_en,
            attached=attached,
            sealed=sealed,
            ordered_by=actor.id,
        )
        return await store_work.repeat_order(
            queue.pool, centre_id=queue.centre.id, order_id=order_id, work=work, at=at
        )

    async def note_done(self, order_id: UUID, *, actor: Actor) -> bool:
        """Note that a person saw the paper, or knows that the message came; False: settled."""
        return await self._settle(order_id, "done", actor)

    async def close(self, order_id: UUID, *, actor: Actor) -> bool:
        """Note that nobody needs it any more; False when it is settled or no such order."""
        return await self._settle(order_id, "closed", actor)

    async def find(self, order_id: UUID) -> WorkOrder | None:
        """Return an order of this centre."""
        queue = self._queue
        return await store_work.fetch_order(
            queue.pool, centre_id=queue.centre.id, order_id=order_id
        )

    async def document(self, device: Device, order_id: UUID) -> Document | None:
        """Return what a machine is to print for an open order of its own."""
        return await store_work.fetch_document(self._queue.pool, device, order_id=order_id)

    async def in_doubt(self, *, limit: int) -> tuple[WorkOrder, ...]:
        """Return what wants a person, the oldest first."""
        queue = self._queue
        late = queue.clock.now() - LATE_AFTER
        return await store_work.orders_in_doubt(
            queue.pool, centre_id=queue.centre.id, late=late, limit=limit
        )

    async def latest(self, *, limit: int) -> tuple[WorkOrder, ...]:
        """Return the orders of the last seven days, the latest first."""
        queue = self._queue
        since = queue.clock.now() - KEPT
        return await store_work.list_orders(
            queue.pool, centre_id=queue.centre.id, since=since, limit=limit
        )

    async def forget(self) -> None:
        """Forget orders of which nothing changed for seven days, with what they print."""
        queue = self._queue
        before = queue.clock.now() - KEPT
        await store_work.forget_orders(queue.pool, centre_id=queue.centre.id, before=before)

    async def frame_of(self, command: DeviceCommand) -> Work | Cancel | None:
        """Return what the machine is told; None for an order that cannot be carried out now."""
        if "cancel" in command.payload:
            return Cancel(key=str(command.id), job=str(command.payload["cancel"]))
        order = await self.find(command.id)
        if order is None or order.state not in ("ordered", "held"):
            return None
        document, message = None, None
        if order.kind == "message":
            message = self._open(order)
        elif order.document_sha256 is not None and order.document_bytes and order.media_type:
            document = WorkDocument(
                sha256=order.document_sha256.hex(),
                bytes=order.document_bytes,
                media_type=order.media_type,
            )
        if document is None and message is None:
            return None
        return Work(
            job=str(order.id),
            kind=order.kind,
            title_ar=order.title_ar,
            title_en=order.title_en,
            on=order.attached,
            document=document,
            message=message,
        )

    async def outcome(self, device: Device, frame: Outcome) -> Settled | Refused:
        """Note what a machine says of its own order; said again it changes nothing."""
        state = None
        if (order_id := _uuid(frame.job)) is not None:
            state = await store_work.note_outcome(
                self._queue.pool,
                device,
                order_id=order_id,
                state=frame.state,
                confirmed_by=frame.confirmed_by,
                reason=frame.reason,
                at=self._queue.clock.now(),
            )
        if state is None and order_id is not None:
            return await self._taken_back(device, order_id, frame)
        if state is None:
            return Refused(key=frame.job, problem=dict(_UNKNOWN_ORDER))
        logger.info("work_outcome", device=device.name, job=frame.job, state=state)
        return Settled(about=frame.job, state=state)

    async def doubt(self, device: Device, command: DeviceCommand) -> None:
        """Nobody knows whether it was done: a person looks after it."""
        await store_work.note_outcome(
            self._queue.pool,
            device,
            order_id=command.id,
            state="unknown",
            confirmed_by=None,
            reason="journal_lost",
            at=self._queue.clock.now(),
        )

    async def _taken_back(self, device: Device, key: UUID, frame: Outcome) -> Settled | Refused:
        """Note what became of a request to take an order back."""
        queue = self._queue
        pool, at = queue.pool, queue.clock.now()
        command = await find_command(pool, device, command_id=key)
        if command is None or "cancel" not in command.payload:
            return Refused(key=frame.job, problem=dict(_UNKNOWN_ORDER))
        await settle_command(pool, device, command_id=key, outcome=frame.state, at=at)
        if frame.state != "done":
            order_id = UUID(str(command.payload["cancel"]))
            await store_work.note_too_late(pool, device, order_id=order_id, at=at)
        return Settled(about=frame.job, state=frame.state)

    async def _insert(self, work: NewWork) -> bool:
        queue = self._queue
        return await store_work.insert_order(
            queue.pool, centre_id=queue.centre.id, work=work, at=queue.clock.now()
        )

    async def _settle(self, order_id: UUID, to: WorkState, actor: Actor) -> bool:
        queue = self._queue
        return await store_work.settle_order(
            queue.pool,
            centre_id=queue.centre.id,
            order_id=order_id,
            to=to,
            by=actor.id,
            at=queue.clock.now(),
        )

    def _seal(self, order_id: UUID, message: WorkMessage) -> bytes:
        return self._keys.seal(message.model_dump_json(), self._about(order_id))

    def _open(self, order: WorkOrder) -> WorkMessage | None:
        if order.sealed is None:
            return None
        try:
            return WorkMessage(**json.loads(self._keys.open(order.sealed, self._about(order.id))))
        except CannotOpen:
            logger.error("message_cannot_be_opened", job=str(order.id))
            return None

    def _about(self, order_id: UUID) -> About:
        return About(self._queue.centre.id, order_id, _FIELD)


def _uuid(job: str) -> UUID | None:
    try:
        return UUID(job)
    except ValueError:
        return None
