"""Does what a supervisor has this display do for its own care: restart, a notice, a picture."""

import asyncio
import base64
from collections.abc import Callable
from typing import Final

import structlog
from pydantic import ValidationError

from core_services.clock import Clock
from core_services.link.errand_frames import DeviceNotice, Errand, PictureTaken
from core_services.link.frame import Frame
from core_services.link.glass_picture import NoPicture, TakePicture
from core_services.link.message_frames import BoardMessage
from core_services.link.restarts import RestartOrdered, Restarts
from core_services.link.work_frames import Outcome, OutcomeState
from displays.memory import Memory

logger = structlog.get_logger()

_NOTICE: Final = "device_notice"
CALL_ENDS_S: Final = 30.0
"""So long a call that is being announced keeps the program from ending."""
_LOOK_S: Final = 0.2


class Errands:
    """The errands of one display; `hear` returns at once, `run` does what takes time."""

    def __init__(
        self,
        *,
        memory: Memory,
        clock: Clock,
        is_announcing: Callable[[], bool],
        show: Callable[[BoardMessage | None, float], None],
        send: Callable[[Frame], None],
        take_picture: TakePicture | None,
    ) -> None:
        """`show` stands a line on the glass until a moment of the monotonic clock."""
        self._memory = memory
        self._clock = clock
        self._is_announcing = is_announcing
        self._show_line = show
        self._send = send
        self._take_picture = take_picture
        self._restarts = Restarts(memory)
        self._to_end = asyncio.Event()
        self._pictures: asyncio.Queue[str] = asyncio.Queue()

    def begin(self) -> None:
        """Show what stood when the display last ran."""
        kept = self._memory.recall(_NOTICE)
        try:
            notice = None if kept is None else DeviceNotice.model_validate(kept)
        except ValidationError:
            notice = None
        if notice is not None:
            self._show(notice)

    def hear(self, errand: Errand) -> None:
        """Begin an errand; where the disk refuses, it is left alone and comes again."""
        try:
            self._begin(errand)
        except OSError as error:
            logger.error("errand_not_kept", job=errand.job, detail=error.strerror)

    async def run(self) -> None:
        """Take pictures, and end the program once that is ordered. Raises RestartOrdered."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._show_glass())
            tasks.create_task(self._end())

    def _begin(self, errand: Errand) -> None:
        match errand.do:
            case "restart":
                if self._restarts.hear(errand.job) == "ended":
                    self._say(errand.job, "done")
                else:
                    self._to_end.set()
            case "notice":
                notice = errand.notice
                told = None if notice is None else notice.model_dump(mode="json")
                self._memory.remember(_NOTICE, told)
                self._show(notice)
                self._say(errand.job, "done")
            case "picture":
                self._pictures.put_nowait(errand.job)
            case _:
                self._say(errand.job, "failed", "unknown_kind")

    def _show(self, notice: DeviceNotice | None) -> None:
        if notice is None:
            self._show_line(None, float("-inf"))
            return
        left_s = (notice.until - self._clock.now()).total_seconds()
        line = BoardMessage(text_ar=notice.text_ar, text_en=notice.text_en)
        self._show_line(line, self._clock.monotonic() + left_s)

    async def _show_glass(self) -> None:
        while True:
            job = await self._pictures.get()
            if self._take_picture is None:
                self._say(job, "failed", "no_devtools")
                continue
            try:
                taken = await self._take_picture()
            except NoPicture as none:
                self._say(job, "failed", none.why)
            else:
                self._send(PictureTaken(job=job, webp=base64.b64encode(taken.webp).decode()))

    async def _end(self) -> None:
        await self._to_end.wait()
        logger.warning("restart_ordered")
        give_up_at = self._clock.monotonic() + CALL_ENDS_S
        while self._is_announcing() and self._clock.monotonic() < give_up_at:
            await self._clock.sleep(_LOOK_S)
        raise RestartOrdered

    def _say(self, job: str, state: OutcomeState, reason: str | None = None) -> None:
        self._send(Outcome(job=job, state=state, reason=reason))
