"""The supervisor's pages of faults: the list, and one with its history and its diagnosis; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Literal
from uuid import UUID

from queue_server.faults.faults import latest_report
from queue_server.faults.lifecycle import allowed_acts
from queue_server.faults.model import WORDS_LENGTH, FaultAct, FaultEventKind, Step
from queue_server.tickets.window_alarms import AlarmEnd
from queue_server.web.faults.view import FaultRow
from queue_server.web.words import Words

Said = Literal["done", "lacks-words", "too-long", "is-open", "changed"]
SAID: Final[tuple[Said, ...]] = ("done", "lacks-words", "too-long", "is-open", "changed")


@dataclass(frozen=True, slots=True)
class FaultsNow:
    """What changes on the list."""

    template: ClassVar[str] = "_supervisor_faults.html"

    open: tuple[FaultRow, ...]
    ended: tuple[FaultRow, ...]


@dataclass(frozen=True, slots=True)
class FaultsPage:
    """The whole list."""

    template: ClassVar[str] = "supervisor_faults.html"

    now: FaultsNow


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the history."""

    at: datetime
    event: FaultEventKind
    by: Words | None
    took: Words | None
    """Who takes the fault, where that is somebody else."""
    stops_work: bool
    words: str | None
    window: int | None
    """The window that it is about, or at which its writer sat."""
    left_why: AlarmEnd | None
    """Why that window has nothing of it any more."""


@dataclass(frozen=True, slots=True)
class FaultNow:
    """What changes on the page of one fault."""

    template: ClassVar[str] = "_supervisor_fault.html"

    row: FaultRow
    steps: tuple[StepRow, ...]
    known: Mapping[str, Any] | None
    """The diagnosis of the last report."""
    known_at: datetime | None
    screen: str | None

    def moment(self, text: str) -> datetime:
        """Read a moment of the diagnosis."""
        return datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class OneFaultPage:
    """The whole page of one fault."""

    template: ClassVar[str] = "supervisor_fault.html"

    now: FaultNow
    takers: tuple[tuple[UUID, Words], ...]
    """Who may take it up."""
    taker: UUID | None
    """Whoever has it, or else whoever looks."""
    once: str
    """The name of a press: the same one works once."""
    said: Said | None = None
    act: FaultAct | None = None
    words: str = ""
    """What was typed for an act that was not done."""
    words_length: int = WORDS_LENGTH

    @property
    def is_refusal(self) -> bool:
        return self.said != "done"

    @property
    def wrong(self) -> bool:
        """Say whether what was written is what is wrong."""
        return self.said in ("lacks-words", "too-long") and self.act is not None

    def may(self, act: FaultAct) -> bool:
        """Say whether the fault's state allows an act."""
        return act in allowed_acts(self.now.row.fault.state)

    def typed(self, act: FaultAct) -> str:
        """Return what was typed for an act that was not done."""
        return self.words if act == self.act else ""


def fault_now(row: FaultRow, steps: Sequence[Step], names: Mapping[UUID, Words]) -> FaultNow:
    """Make the view of one fault."""
    report = latest_report(steps)
    return FaultNow(
        row=row,
        steps=tuple(_step(each, names) for each in steps),
        known=None if report is None else report.diagnosis or None,
        known_at=None if report is None else report.at,
        screen=None if report is None else report.screen,
    )


def _step(step: Step, names: Mapping[UUID, Words]) -> StepRow:
    taker = step.detail.get("by")
    return StepRow(
        at=step.at,
        event=step.event,
        by=names.get(step.by),
        took=None if taker is None or taker == str(step.by) else names.get(UUID(taker)),
        stops_work=bool(step.detail.get("stops_work")),
        words=step.words,
        window=step.detail.get("window") or step.from_window,
        left_why=step.detail.get("alarm"),
    )
