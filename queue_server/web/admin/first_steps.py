"""A new centre's first machines as its administrator sees them: come or not, printing or not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from core_services.devices.errands import Errand
from core_services.devices.model import DeviceKind
from core_services.ids import new_id
from queue_server.tls.line import Line
from queue_server.web.admin.devices import Mistake, ShownCode
from queue_server.web.supervisor.devices import DeviceRow

Step = Literal["kiosk", "display", "printer", "slip"]
STEPS: tuple[Step, ...] = ("kiosk", "display", "printer", "slip")
FIRST_NAMES: Mapping[DeviceKind, str] = {"kiosk": "K1", "display": "D1"}


@dataclass(frozen=True, slots=True)
class Machine:
    """A kiosk or a hall screen, and what became of its last sample slip."""

    device: DeviceRow
    trial: Errand | None = None

    @property
    def trial_state(self) -> str | None:
        """`waiting` for its machine, `told`, or the outcome; None: none was ordered."""
        if self.trial is None:
            return None
        return self.trial.outcome or ("waiting" if self.trial.delivered_at is None else "told")


@dataclass(frozen=True, slots=True)
class FirstStepsNow:
    """What changes on the page."""

    template: ClassVar[str] = "_admin_first_steps.html"

    machines: tuple[Machine, ...]
    at: datetime

    def of_kind(self, kind: DeviceKind) -> tuple[Machine, ...]:
        return tuple(each for each in self.machines if each.device.kind == kind)

    @property
    def done(self) -> frozenset[Step]:
        """The steps that need nothing more."""
        kiosks = self.of_kind("kiosk")
        is_done: dict[Step, bool] = {
            "kiosk": any(each.device.is_up for each in kiosks),
            "display": any(each.device.is_up for each in self.of_kind("display")),
            "printer": any(each.device.is_up and each.device.printer == "ready" for each in kiosks),
            "slip": any(each.trial_state == "done" for each in kiosks),
        }
        return frozenset(step for step, is_so in is_done.items() if is_so)

    @property
    def steps(self) -> tuple[tuple[Step, bool], ...]:
        return tuple((step, step in self.done) for step in STEPS)

    def once(self) -> UUID:
        """Return the id of an errand about to be given: a form sent twice gives one."""
        return new_id(self.at)


@dataclass(frozen=True, slots=True)
class FirstStepsPage:
    """The whole page."""

    template: ClassVar[str] = "admin_first_steps.html"

    now: FirstStepsNow
    line: Line
    keys: str
    """The folder whose copy belongs into a safe place."""
    shown: ShownCode | None = None
    mistake: Mistake | None = None
    kind: str = ""
    """Of the form with the mistake, or of the code that is shown."""
    name: str = ""
    is_new: bool = False
    """The set-up has led here."""
    minutes: int = 10

    def first_name(self, kind: DeviceKind) -> str:
        """Return the name that a form begins with: the first that no machine has."""
        if self.mistake is not None and self.kind == kind:
            return self.name
        letter, taken = FIRST_NAMES[kind][0], {each.device.name for each in self.now.machines}
        return next(name for nth in range(1, 1000) if (name := f"{letter}{nth}") not in taken)


def first_steps_now(
    rows: Iterable[DeviceRow], errands: Mapping[UUID, Iterable[Errand]], *, at: datetime
) -> FirstStepsNow:
    """Make the view of kiosks and hall screens; `errands` are those of each, the latest first."""
    return FirstStepsNow(
        machines=tuple(
            Machine(
                row, next((each for each in errands.get(row.id, ()) if each.kind == "trial"), None)
            )
            for row in rows
            if row.kind in FIRST_NAMES
        ),
        at=at,
    )
