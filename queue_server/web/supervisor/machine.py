"""One machine as whoever cares for it sees it: how it stands, what it was told to do; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from core_services.devices.errands import ERRANDS_OF, WORDS_LENGTH, Errand
from core_services.devices.model import DeviceCommand, ErrandKind, OutOfService
from core_services.ids import new_id
from core_services.l10n import one_line
from queue_server.errands import Fault
from queue_server.maintenance.model import Equipment
from queue_server.web.faults.view import FaultRow
from queue_server.web.supervisor.devices import DeviceRow
from queue_server.web.supervisor.work import Target, targets_of
from queue_server.web.words import Words

ERRANDS_SHOWN = 12
FAULTS_SHOWN = 6

Said = Literal["ordered", "ordered-before", "no-such", Fault]


@dataclass(frozen=True, slots=True)
class ErrandRow:
    """An errand."""

    errand: Errand
    by: Words | None
    state: str
    """`waiting` for its machine, `told`, or its outcome."""

    @property
    def what(self) -> str:
        """Return what was ordered, as its words are chosen."""
        kind = self.errand.kind
        if kind in ("duty", "notice") and not self.errand.payload:
            return f"{kind}-end"
        return kind

    @property
    def text(self) -> Words | None:
        """Return the words that were to stand on the glass."""
        payload = self.errand.payload
        return Words(payload["text_ar"], payload["text_en"]) if payload else None


@dataclass(frozen=True, slots=True)
class MachineNow:
    """What changes on the page."""

    template: ClassVar[str] = "_supervisor_machine.html"

    device: DeviceRow
    out_of_service: OutOfService | None
    out_by: Words | None
    errands: tuple[ErrandRow, ...]
    undelivered: int
    """Slips and work ordered from it that it has not answered yet."""
    picture_at: datetime | None
    at: datetime
    faults: tuple[FaultRow, ...] = ()
    """What was reported of it: the open ones, then the latest."""

    @property
    def age_s(self) -> int | None:
        """Return how many seconds ago it was heard; None: never."""
        seen = self.device.seen_at
        return None if seen is None else max(0, int((self.at - seen).total_seconds()))

    @property
    def printers(self) -> tuple[Target, ...]:
        """Return the printers of a workstation, for trial papers."""
        if self.device.kind != "workstation":
            return ()
        return tuple(each for each in targets_of([self.device]) if each.does != "message")


@dataclass(frozen=True, slots=True)
class MachinePage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_machine.html"

    now: MachineNow
    said: str
    pieces: tuple[Equipment, ...] = ()
    """The equipment in it."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """What was typed for an errand that was not given."""
    words_length: int = WORDS_LENGTH

    def words(self, do: str, name: str, before: str = "") -> str:
        """Return what stands in a field of words."""
        return self.typed.get(name, "") if self.typed.get("do") == do else before

    def is_wrong(self, do: str, name: str) -> bool:
        """Say whether what was typed in a field is why the errand was not given."""
        text = one_line(self.words(do, name))
        if self.said == "too-long":
            return len(text) > WORDS_LENGTH
        return self.said == "lacks-text" and self.typed.get("do") == do and name == "text_ar"

    @property
    def is_refusal(self) -> bool:
        return self.said not in ("ordered", "ordered-before")

    def may(self, kind: ErrandKind) -> bool:
        """Say whether a machine of this kind can do that."""
        return kind in ERRANDS_OF[self.now.device.kind]

    def once(self) -> UUID:
        """Return the id of an errand about to be given: a form sent twice gives one."""
        return new_id(self.now.at)


def machine_now(
    device: DeviceRow,
    *,
    errands: Iterable[Errand],
    commands: Iterable[DeviceCommand],
    names: Mapping[UUID, Words],
    picture_at: datetime | None,
    at: datetime,
    faults: tuple[FaultRow, ...] = (),
) -> MachineNow:
    """Make the view; `commands` are those that no machine has answered."""
    out = device.out_of_service
    return MachineNow(
        device=device,
        out_of_service=out,
        out_by=None if out is None or out.by is None else names.get(out.by),
        errands=tuple(
            ErrandRow(
                each,
                None if each.ordered_by is None else names.get(each.ordered_by),
                _state(each),
            )
            for each in errands
        ),
        undelivered=sum(
            each.device_id == device.id and each.kind in ("reprint", "work") for each in commands
        ),
        picture_at=picture_at,
        at=at,
        faults=faults,
    )


def _state(errand: Errand) -> str:
    if errand.outcome is not None:
        return errand.outcome
    return "waiting" if errand.delivered_at is None else "told"
