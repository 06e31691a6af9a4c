"""Does what a supervisor has this kiosk do for its own care, and remembers what lasts.

Out of service and a notice are remembered on the disk, and told to the flow again at each start. A
picture is taken only of a page on which nothing of a citizen's stands, by the flow and by the glass
itself. The program ends, when that is ordered, on the first page and with no slip under way.
"""

import asyncio
import base64
import re
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from core_services.clock import Clock
from core_services.link.errand_frames import DeviceNotice, Errand, OutOfService, PictureTaken
from core_services.link.frame import Frame
from core_services.link.glass_picture import NoPicture, TakePicture
from core_services.link.restarts import RestartOrdered, Restarts
from core_services.link.work_frames import Outcome, OutcomeState
from core_services.paper.trial import TrialFacts
from drivers.printers.model import JobState
from kiosk.offline import Outbox
from kiosk.place import Place
from kiosk.printing import Printing
from kiosk.state import Flow, step_name
from kiosk.steps import DutyChanged, Event, Home, NoticeChanged

logger = structlog.get_logger()

_Kept = TypeVar("_Kept", bound=BaseModel)

PUBLIC_STEPS: Final = frozenset(
    {"home", "groups", "services", "card", "notice", "roll", "out", "emergency"}
)
"""Pages on which nothing of a citizen's can stand."""
GLASS_LAGS_S: Final = 2.0
"""So long after a page of a citizen's the browser may still show it."""
SLIP_ENDS_S: Final = 30.0
"""So long a slip under way keeps the program from ending; its journal goes on with it anyway."""
_LOOK_S: Final = 0.2
_DUTY: Final = "out_of_service"
_NOTICE: Final = "device_notice"
_TOLD: Final[dict[JobState, OutcomeState]] = {
    "done": "done", "held": "held", "unknown": "unknown", "failed": "failed"
}  # fmt: skip


class Errands:
    """The errands of one kiosk; `hear` returns at once, `run` does what takes time."""

    def __init__(
        self,
        name: str,
        *,
        outbox: Outbox,
        clock: Clock,
        printing: Callable[[], Printing | None],
        flow: Callable[[], Flow],
        place: Callable[[], Place],
        tell: Callable[[Event], None],
        send: Callable[[Frame], None],
        take_picture: TakePicture | None,
    ) -> None:
        self._name = name
        self._outbox = outbox
        self._clock = clock
        self._printing = printing
        self._flow = flow
        self._place = place
        self._tell = tell
        self._send = send
        self._take_picture = take_picture
        self._restarts = Restarts(outbox)
        self._to_end = asyncio.Event()
        self._pictures: asyncio.Queue[str] = asyncio.Queue()
        self._trials: set[str] = set()
        self._private_at = float("-inf")
        """When something of a citizen's stood on the glass last."""

    def begin(self) -> None:
        """Tell the flow what stood when the kiosk last ran."""
        duty = _remembered(OutOfService, self._outbox.recall(_DUTY))
        if duty is not None:
            self._tell(DutyChanged(duty))
        notice = _remembered(DeviceNotice, self._outbox.recall(_NOTICE))
        if notice is not None:
            self._show(notice)

    def glass_changed(self) -> None:
        """Note whose page stands on the glass now."""
        if step_name(self._flow()) not in PUBLIC_STEPS:
            self._private_at = self._clock.monotonic()

    def set_duty(self, words: OutOfService | None) -> None:
        """Go out of service, or back; on the disk before it is on the glass."""
        told = None if words is None else words.model_dump()
        if told != self._outbox.recall(_DUTY):
            self._outbox.remember(_DUTY, told)
            logger.warning("duty_changed", out_of_service=words is not None)
        if words != self._flow().out_of_service:
            self._tell(DutyChanged(words))

    def hear(self, errand: Errand) -> None:
        """Begin an errand; where the disk refuses, it is left alone and comes again."""
        try:
            self._begin(errand)
        except (OSError, sqlite3.Error) as error:
            logger.error("errand_not_kept", job=errand.job, detail=str(error))

    def job_changed(self, job: str, state: JobState, confirmed_by: str | None) -> bool:
        """Tell what became of a trial slip; False for any other job."""
        if job not in self._trials:
            return False
        if (word := _TOLD.get(state)) is not None:
            by = confirmed_by if word == "done" else None
            self._send(Outcome(job=job, state=word, confirmed_by=by))
        return True

    async def run(self) -> None:
        """Take pictures, and end the program once that is ordered. Raises RestartOrdered."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._show_glass())
            tasks.create_task(self._end())

    def _begin(self, errand: Errand) -> None:
        match errand.do:
            case "trial":
                self._print_trial(errand.job)
            case "restart":
                if self._restarts.hear(errand.job) == "ended":
                    self._say(errand.job, "done")
                else:
                    self._to_end.set()
            case "duty":
                self.set_duty(errand.out_of_service)
                self._say(errand.job, "done")
            case "notice":
                notice = errand.notice
                told = None if notice is None else notice.model_dump(mode="json")
                self._outbox.remember(_NOTICE, told)
                self._show(notice)
                self._say(errand.job, "done")
            case "picture":
                self._pictures.put_nowait(errand.job)
            case _:
                self._say(errand.job, "failed", "unknown_kind")

    def _print_trial(self, job: str) -> None:
        printing = self._printing()
        if printing is None:
            self._say(job, "failed", "no_device")
            return
        state = printing.state(job)
        self._trials.add(job)
        if state is not None:
            self.job_changed(job, state, None)
        elif not printing.status.ready:
            self._say(job, "failed", _word(printing.status.reason or "not_ready"))
        else:
            place = self._place()
            printing.order_trial(
                job,
                TrialFacts(
                    centre_ar=place.centre.name_ar,
                    centre_en=place.centre.name_en,
                    machine=self._name,
                    printer=printing.profile_name,
                    at=self._outbox.time.best().astimezone(place.zone),
                ),
            )

    def _show(self, notice: DeviceNotice | None) -> None:
        left_s = 0.0 if notice is None else self._seconds_until(notice.until)
        until = self._clock.monotonic() + left_s
        self._tell(NoticeChanged(notice if left_s > 0 else None, until))

    def _seconds_until(self, moment: datetime) -> float:
        return (moment - self._outbox.time.best()).total_seconds()

    async def _show_glass(self) -> None:
        while True:
            job = await self._pictures.get()
            if self._take_picture is None:
                self._say(job, "failed", "no_devtools")
            elif self._is_private():
                self._say(job, "failed", "citizen_there")
            else:
                await self._picture(job, self._take_picture)

    async def _picture(self, job: str, take: TakePicture) -> None:
        try:
            taken = await take()
        except NoPicture as none:
            self._say(job, "failed", none.why)
            return
        if self._is_private() or not PUBLIC_STEPS.issuperset(taken.steps):
            self._say(job, "failed", "citizen_there")
            return
        self._send(PictureTaken(job=job, webp=base64.b64encode(taken.webp).decode()))

    def _is_private(self) -> bool:
        if step_name(self._flow()) not in PUBLIC_STEPS:
            return True
        return self._clock.monotonic() < self._private_at + GLASS_LAGS_S

    async def _end(self) -> None:
        await self._to_end.wait()
        logger.warning("restart_ordered")
        while not isinstance(self._flow().step, Home):
            await self._clock.sleep(_LOOK_S)
        give_up_at = self._clock.monotonic() + SLIP_ENDS_S
        while self._prints() and self._clock.monotonic() < give_up_at:
            await self._clock.sleep(_LOOK_S)
        raise RestartOrdered

    def _prints(self) -> bool:
        """Say whether a slip is on its way to the paper."""
        printing = self._printing()
        if printing is None:
            return False
        counts = printing.counts(self._place().day_began(self._clock.now()))
        return any(counts.get(state) for state in ("sending", "sent"))

    def _say(self, job: str, state: OutcomeState, reason: str | None = None) -> None:
        self._send(Outcome(job=job, state=state, reason=reason))


def _remembered(kind: type[_Kept], value: object) -> _Kept | None:
    """Return what was remembered as one of those; None when that cannot be read."""
    try:
        return None if value is None else kind.model_validate(value)
    except ValidationError:
        return None


def _word(reason: str) -> str:
    """Return a driver's reason as a frame carries it."""
    return re.sub(r"[^a-z0-9_.-]", "_", reason.lower())[:60]
