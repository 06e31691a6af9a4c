"""What the pages of the set-up show; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from queue_server.setup import step_administrator, step_centre, step_windows
from queue_server.setup.draft import STEPS, Draft, Step
from queue_server.setup.form import Field
from queue_server.setup.offer import Offer, OfferedGroup
from queue_server.setup.steps import CHOSEN, TITLES, done_steps, first_typed, read_step
from queue_server.web.rules.hours_text import WEEKDAYS
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class CodePage:
    """The page before the code is proved."""

    template: ClassVar[str] = "setup_code.html"

    is_wrong: bool = False
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """A step in the line of steps."""

    step: Step
    title: Words
    state: Literal["done", "here", "open"]


@dataclass(frozen=True, slots=True)
class StartPage:
    """The choice between a new centre and one of a backup."""

    template: ClassVar[str] = "setup_start.html"

    csrf: str
    next: Step
    """The first step that is not done."""
    is_begun: bool
    is_unfinished: bool = False
    """A restore was broken off: another one must be carried through first."""
    trail: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step with what was typed in it."""

    template: ClassVar[str] = "setup_step.html"

    csrf: str
    step: Step
    title: Words
    trail: tuple[Stage, ...]
    fields: tuple[Field, ...]
    typed: Mapping[str, str]
    wrong: Mapping[str, Words] = field(default_factory=dict)
    groups: tuple[OfferedGroup, ...] = ()
    days: tuple[tuple[str, Words], ...] = ()
    summary: tuple[tuple[Words, Words], ...] = ()
    """What is about to be made: a name and what it is."""
    missing: tuple[Stage, ...] = ()
    """Steps that the last one still waits for."""
    failure: Words | None = None
    """Why the act was not done, where no field of this step is to be mended."""

    @property
    def back(self) -> Step | None:
        """The step before."""
        nth = STEPS.index(self.step)
        return STEPS[nth - 1] if nth else None

    @property
    def is_last(self) -> bool:
        return self.step == STEPS[-1]

    @property
    def nth(self) -> int:
        return STEPS.index(self.step) + 1

    @property
    def of(self) -> int:
        return len(STEPS)

    def is_chosen(self, code: str) -> bool:
        return self.typed.get(f"{CHOSEN}{code}") == "yes"


_FIELDS: Mapping[Step, tuple[Field, ...]] = {
    "centre": step_centre.FIELDS,
    "windows": step_windows.FIELDS,
    "administrator": step_administrator.FIELDS,
}


def trail_of(draft: Draft, offer: Offer, *, here: Step | None = None) -> tuple[Stage, ...]:
    """Return the line of steps."""
    done = done_steps(draft, offer)
    return tuple(
        Stage(each, TITLES[each], "here" if each == here else "done" if each in done else "open")
        for each in STEPS
    )


def next_step(draft: Draft, offer: Offer) -> Step:
    """Return the first step that is not done."""
    done = done_steps(draft, offer)
    return next((each for each in STEPS if each not in done), STEPS[-1])


def start_page(draft: Draft, offer: Offer, *, csrf: str, is_unfinished: bool = False) -> StartPage:
    """Return the choice."""
    return StartPage(
        csrf=csrf,
        next=next_step(draft, offer),
        is_begun=bool(draft.typed),
        is_unfinished=is_unfinished,
        trail=trail_of(draft, offer),
    )


def step_page(
    step: Step,
    draft: Draft,
    offer: Offer,
    *,
    csrf: str,
    wrong: Mapping[str, Words] | None = None,
    failure: Words | None = None,
) -> StepPage:
    """Return a step as it was typed, or as it begins."""
    trail = trail_of(draft, offer, here=step)
    is_last = step == STEPS[-1]
    return StepPage(
        csrf=csrf,
        step=step,
        title=TITLES[step],
        trail=trail,
        fields=_FIELDS.get(step, ()),
        typed=draft.typed[step] if step in draft.typed else first_typed(step, offer),
        wrong=wrong or {},
        groups=offer.groups if step == "services" else (),
        days=tuple(WEEKDAYS.items()) if step == "hours" else (),
        summary=_summary(draft, offer) if is_last else (),
        missing=tuple(each for each in trail if each.state == "open") if is_last else (),
        failure=failure,
    )


def _summary(draft: Draft, offer: Offer) -> tuple[tuple[Words, Words], ...]:
    """Say in a line each what the steps before have decided."""
    lines: list[tuple[Words, Words]] = []
    for step in sorted(done_steps(draft, offer), key=STEPS.index):
        values = read_step(step, draft.typed[step], offer).values
        said = _said(step, draft.typed[step], values)
        lines.append((TITLES[step], said))
    return tuple(lines)


def _said(step: Step, typed: Mapping[str, str], values: Mapping[str, object]) -> Words:
    match step:
        case "centre":
            code = str(values["code"])
            return Words(f"{typed['name_ar']} ({code})", f"{typed['name_en']} ({code})")
        case "hours":
            week = values.get("hours")
            if not isinstance(week, dict):
                return Words("في أي ساعة", "at any hour")
            return Words(
                "، ".join(WEEKDAYS[day].ar for day in week),
                ", ".join(WEEKDAYS[day].en for day in week),
            )
        case "windows":
            windows = values["windows"]
            count = (
                sum(len(each["numbers"]) for each in windows) if isinstance(windows, list) else 0
            )
        case _:
            services = values.get("services")
            count = len(services) if isinstance(services, dict) else 0
    return Words(str(count), str(count))
