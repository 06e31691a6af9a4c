"""What supervisors have one machine do for its own care: ordered, delivered, heard of.

An errand is a row, so that it reaches its machine through whichever process holds the socket; it is
sent until the machine answers, and doing it twice is no different from doing it once. Being out of
service, and a notice, are states: the latest one alone is told.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Never
from uuid import UUID

import structlog

from core_services.devices import store_errands
from core_services.devices.errands import (
    ERRAND_KINDS,
    ERRANDS_OF,
    FOR_NOW,
    LARGEST_PICTURE_BYTES,
    LONGEST_NOTICE,
    STALE_AFTER,
    WORDS_LENGTH,
    Errand,
    Picture,
)
from core_services.devices.model import Device, DeviceCommand, ErrandKind
from core_services.l10n import one_line
from core_services.link import errand_frames as frames
from core_services.link.answer_frames import Refused, Settled
from core_services.link.errand_frames import PictureTaken
from core_services.link.work_frames import Outcome
from queue_server import store_errands as commands
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import CannotBeTold
from queue_server.tickets.model import Actor, Claim

logger = structlog.get_logger()

PICTURES_KEPT: Final = timedelta(days=1)
_LAST_WORDS: Final = frozenset({"done", "failed", "unknown"})
_UNKNOWN_ERRAND: Final = {
    "type": "urn:shubbak:problem:unknown-order",
    "title": "No such errand was given to this machine",
    "status": 404,
}

Fault = Literal["not-its-errand", "lacks-text", "too-long", "bad-end"]
"""Why something cannot be told, as `CannotBeTold` says it."""


class Errands:
    """Gives errands, tells machines of them and hears what became of them."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def order(
        self,
        errand_id: UUID,
        device: Device,
        kind: ErrandKind,
        *,
        actor: Actor,
        claim: Claim | None = None,
    ) -> UUID | None:
        """Order a trial slip, a restart or a picture, in the place of an open one of its kind.

        Return the errand's id; None when it was ordered before. Raises CannotBeTold, KeyReused.
        """
        _require(device, kind)
        if kind not in FOR_NOW:
            _refuse("not-its-errand")
        return await self._give(errand_id, device, kind, {}, actor, claim)

    async def show_notice(
        self,
        errand_id: UUID,
        device: Device,
        *,
        text_ar: str,
        text_en: str = "",
        until: datetime,
        actor: Actor,
        claim: Claim | None = None,
    ) -> UUID | None:
        """Show a line on one machine's glass until then, in the place of an earlier one.

        None when that was ordered before. Raises CannotBeTold, KeyReused.
        """
        _require(device, "notice")
        text_ar, text_en = _words(text_ar, text_en)
        at = self._queue.clock.now()
        if not at < until <= at + LONGEST_NOTICE:
            _refuse("bad-end")
        payload = {"text_ar": text_ar, "text_en": text_en, "until": until.isoformat()}
        return await self._give(errand_id, device, "notice", payload, actor, claim)

    async def end_notice(
        self, errand_id: UUID, device: Device, *, actor: Actor, claim: Claim | None = None
    ) -> UUID | None:
        """Take the line off a machine's glass; None when that was ordered before."""
        _require(device, "notice")
        return await self._give(errand_id, device, "notice", {}, actor, claim)

    async def put_out_of_service(
        self,
        errand_id: UUID,
        device: Device,
        *,
        text_ar: str,
        text_en: str = "",
        actor: Actor,
        claim: Claim | None = None,
    ) -> UUID | None:
        """Have a kiosk give no numbers and show these words; None when it stands so already.

        Raises CannotBeTold, KeyReused.
        """
        _require(device, "duty")
        return await self._set_duty(errand_id, device, _words(text_ar, text_en), actor, claim)

    async def put_into_service(
        self, errand_id: UUID, device: Device, *, actor: Actor, claim: Claim | None = None
    ) -> UUID | None:
        """Have a kiosk give numbers again; None when it does. Raises CannotBeTold, KeyReused."""
        _require(device, "duty")
        return await self._set_duty(errand_id, device, None, actor, claim)

    async def of_device(self, device_id: UUID, *, limit: int) -> tuple[Errand, ...]:
        """Return a machine's errands, the latest first."""
        queue = self._queue
        return await store_errands.list_errands(
            queue.pool, centre_id=queue.centre.id, device_id=device_id, limit=limit
        )

    async def find(self, errand_id: UUID) -> Errand | None:
        """Return an errand of this centre."""
        queue = self._queue
        return await store_errands.fetch_errand(
            queue.pool, centre_id=queue.centre.id, errand_id=errand_id
        )

    async def picture(self, device_id: UUID) -> Picture | None:
        """Return the last picture of a machine's glass."""
        queue = self._queue
        return await store_errands.fetch_picture(
            queue.pool, centre_id=queue.centre.id, device_id=device_id
        )

    async def picture_taken_at(self, device_id: UUID) -> datetime | None:
        """Return when that was taken; None: there is none."""
        queue = self._queue
        return await store_errands.picture_taken_at(
            queue.pool, centre_id=queue.centre.id, device_id=device_id
        )

    async def forget_pictures(self) -> None:
        """Forget what glasses looked like a day ago."""
        queue = self._queue
        before = queue.clock.now() - PICTURES_KEPT
        await store_errands.forget_pictures(queue.pool, centre_id=queue.centre.id, before=before)

    async def give_up_late(self) -> None:
        """Withdraw what was for a moment that is over: no machine is told of it any more.

        A machine that never comes back would have it waiting for ever. Raises DatabaseError.
        """
        queue, at = self._queue, self._queue.clock.now()
        await store_errands.give_up(
            queue.pool,
            centre_id=queue.centre.id,
            kinds=FOR_NOW,
            before=at - STALE_AFTER,
            at=at,
        )

    def is_errand(self, command: DeviceCommand) -> bool:
        """Say whether a command is one of these."""
        return command.kind in ERRAND_KINDS

    def is_doubtful(self, command: DeviceCommand) -> bool:
        """Say whether it may be done, and must not be done twice: a slip, a restart.

        A machine with a new disk is told of the states again, and asked for its picture again.
        """
        return command.is_doubtful and command.kind in ("trial", "restart")

    async def duty_of(self, device: Device) -> frames.OutOfService | None:
        """Return what a kiosk that connects is told: its words while it is out of service."""
        now = (await store_errands.fetch_anew(self._queue.pool, device)).out_of_service
        return (
            None if now is None else frames.OutOfService(text_ar=now.text_ar, text_en=now.text_en)
        )

    async def gives_numbers(self, device: Device) -> bool:
        """Say whether a kiosk is in service."""
        return not await store_errands.is_out_of_service(self._queue.pool, device)

    async def frame_of(self, device: Device, command: DeviceCommand) -> frames.Errand | None:
        """Return what the machine is told; None for what is too late to be done."""
        at, job, kind = self._queue.clock.now(), str(command.id), command.kind
        if kind == "duty":
            return frames.Errand(job=job, do=kind, out_of_service=await self.duty_of(device))
        if kind == "notice":
            notice = None
            if command.payload:
                notice = frames.DeviceNotice.model_validate(command.payload)
                if notice.until <= at:
                    return None
            return frames.Errand(job=job, do=kind, notice=notice)
        if at - command.created_at > STALE_AFTER:
            return None
        return frames.Errand(job=job, do=kind)

    async def outcome(self, device: Device, frame: Outcome) -> Settled | None:
        """Note what a machine says of its own errand; None where it is none."""
        if (errand_id := _uuid(frame.job)) is None:
            return None
        pool, at = self._queue.pool, self._queue.clock.now()
        if frame.state not in _LAST_WORDS:
            is_one = await store_errands.has_errand(pool, device, errand_id=errand_id)
        else:
            is_one = await store_errands.settle_errand(
                pool, device, errand_id=errand_id, outcome=frame.state, reason=frame.reason, at=at
            )
        if not is_one:
            return None
        logger.info("errand_told", device=device.name, job=frame.job, state=frame.state)
        return Settled(about=frame.job, state=frame.state)

    async def keep_picture(self, device: Device, frame: PictureTaken) -> Settled | Refused:
        """Keep the picture that a machine was asked for; any other is refused."""
        errand_id, content = _uuid(frame.job), _webp(frame)
        if errand_id is None or content is None:
            return Refused(key=frame.job, problem=dict(_UNKNOWN_ERRAND))
        pool, at = self._queue.pool, self._queue.clock.now()
        is_kept = await store_errands.keep_picture(
            pool, device, errand_id=errand_id, content=content, at=at
        )
        if is_kept or await store_errands.has_errand(pool, device, errand_id=errand_id):
            return Settled(about=frame.job, state="done")
        return Refused(key=frame.job, problem=dict(_UNKNOWN_ERRAND))

    async def _give(
        self,
        errand_id: UUID,
        device: Device,
        kind: ErrandKind,
        payload: Mapping[str, Any],
        actor: Actor,
        claim: Claim | None,
    ) -> UUID | None:
        queue = self._queue
        given = await commands.give(
            queue.pool,
            queue.centre.id,
            errand_id=errand_id,
            device_id=device.id,
            kind=kind,
            payload=payload,
            actor=actor,
            at=queue.clock.now(),
            claim=claim,
        )
        if given is not None:
            logger.info("errand_ordered", device=device.name, kind=kind, job=str(given))
        return given

    async def _set_duty(
        self,
        errand_id: UUID,
        device: Device,
        words: tuple[str, str] | None,
        actor: Actor,
        claim: Claim | None,
    ) -> UUID | None:
        queue = self._queue
        return await commands.set_out_of_service(
            queue.pool,
            queue.centre.id,
            errand_id=errand_id,
            device_id=device.id,
            words=words,
            actor=actor,
            at=queue.clock.now(),
            claim=claim,
        )


def _require(device: Device, kind: ErrandKind) -> None:
    if kind not in ERRANDS_OF[device.kind]:
        _refuse("not-its-errand")


def _refuse(why: Fault) -> Never:
    raise CannotBeTold(state=why)


def _words(text_ar: str, text_en: str) -> tuple[str, str]:
    """Return words for a glass, each on one line. Raises CannotBeTold."""
    text_ar, text_en = one_line(text_ar), one_line(text_en)
    if not any(letter.isalnum() for letter in text_ar):
        _refuse("lacks-text")
    if max(len(text_ar), len(text_en)) > WORDS_LENGTH:
        _refuse("too-long")
    return text_ar, text_en


def _webp(frame: PictureTaken) -> bytes | None:
    """Return the picture in a frame; None for what is none, or too large."""
    try:
        content = frame.content
    except ValueError:
        return None
    is_webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return content if is_webp and len(content) <= LARGEST_PICTURE_BYTES else None


def _uuid(job: str) -> UUID | None:
    try:
        return UUID(job)
    except ValueError:
        return None
