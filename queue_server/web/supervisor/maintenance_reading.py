"""Reads what the technician's forms say, and gathers what is to be mended, each at its field."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from core_services.l10n import one_line, western
from queue_server.maintenance.errors import UnknownEquipment
from queue_server.maintenance.model import (
    COUNTERS,
    KINDS,
    EquipmentKind,
    Limit,
    NewPlan,
    Place,
    PlanUnit,
    Step,
)
from queue_server.maintenance.planning import LARGEST_COUNT, LONGEST_EVERY, MOST_LIMITS
from queue_server.maintenance.texts import MOST_STEPS, STEP_LENGTH
from queue_server.tickets.errors import CannotMaintain, UnknownMachine, UnknownWindow
from queue_server.web.supervisor.maintenance_form import LONGEST, Form, Said
from queue_server.web.supervisor.pages import as_uuid

Fields = Mapping[str, str]
NOWHERE: Final = Place("machine")
"""No place is chosen: refused by name."""
REFUSALS: Final = (CannotMaintain, UnknownEquipment, UnknownMachine, UnknownWindow)
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "bad-label": ("label",),
    "label-taken": ("label",),
    "serial-taken": ("serial",),
    "lacks-model": ("model",),
    "bad-place": ("place",),
    "place-taken": ("place",),
    "unknown-machine": ("place",),
    "unknown-window": ("place",),
    "lacks-title": ("title", "title_ar"),
    "lacks-measure": ("every",),
    "not-counted": ("of",),
    "scrapped": ("of",),
    "unknown-label": ("of", "label"),
    "lacks-done": ("done_text",),
}
"""By why something was refused the fields that may be to blame; the first that the form has is."""


class Came:
    """A form that came; whatever is wrong with it is gathered while it is read."""

    def __init__(self, name: str, fields: Fields) -> None:
        self.name = name
        self.fields = fields
        self.mistakes: dict[str, Said] = {}
        """In the order in which the fields are read: that of the page."""
        self.status = 422
        """Of the answer that shows the form again."""

    @property
    def once(self) -> UUID | None:
        """Return the id of what it makes; None: it is no form of ours."""
        return as_uuid(self.fields.get("once", ""))

    def words(self, name: str, *, needed: str = "") -> str:
        """Return what was typed, on one line; `needed` says what is wrong where that is nothing."""
        text = one_line(self.fields.get(name, ""))
        if len(text) > LONGEST[name]:
            self.wrong(name, "too-long", LONGEST[name])
        elif needed and not text:
            self.wrong(name, needed)
        return text

    def number(self, name: str, *, least: int = 1, most: int) -> int | None:
        """Return a number; None where nothing was typed, or what is told as wrong."""
        text = self.fields.get(name, "").strip()
        number = number_in(text)
        if number is not None and least <= number <= most:
            return number
        if text:
            self.wrong(name, "bad-minutes" if least == 0 else "bad-number", most)
        return None

    def day(self, name: str) -> date | None:
        """Return a day as a browser's calendar sends it."""
        text = self.fields.get(name, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.wrong(name, "bad-day")
            return None

    def touched(self, name: str, words: str) -> str | None:
        """Return what was typed; None where it is what the field held when it was shown."""
        return None if self.fields.get(name) == self.fields.get(f"was_{name}") else words

    def is_ticked(self, name: str) -> bool:
        return self.fields.get(name) == "yes"

    def steps(self) -> tuple[Step, ...]:
        """Return a step for each line that holds one; an English one follows after a bar."""
        lines = (line.partition("|") for line in self.fields.get("steps", "").splitlines())
        steps = tuple(
            Step(words, one_line(en))
            for ar, _, en in lines
            if (words := one_line(ar)) or en.strip()
        )
        if len(steps) > MOST_STEPS:
            self.wrong("steps", "too-many-steps", MOST_STEPS)
        elif any(max(len(step.ar), len(step.en)) > STEP_LENGTH for step in steps):
            self.wrong("steps", "long-step", STEP_LENGTH)
        elif not all(step.ar for step in steps):
            self.wrong("steps", "lacks-arabic")
        return steps

    def kind(self) -> EquipmentKind | None:
        """Return the kind that was chosen."""
        found = next((kind for kind in KINDS if kind == self.fields.get("kind")), None)
        if found is None:
            self.wrong("kind", "lacks-kind")
        return found

    def place(self) -> Place:
        """Return the place that was chosen: `machine:K1`, `window:5`, `room`, `shelf` …"""
        what, _, spot = self.fields.get("place", "").partition(":")
        match what:
            case "machine":
                return Place("machine", device=spot or None)
            case "window":
                return Place("window", window=number_in(spot))
            case "room":
                return Place("room", room=self.words("room", needed="bad-place"))
            case "shelf" | "repair" | "scrapped":
                return Place(what)
        return NOWHERE

    def plan(self) -> NewPlan:
        """Return the plan that it describes, checked by whoever makes it."""
        title_ar, title_en = self.words("title_ar", needed="lacks-title"), self.words("title_en")
        every = self.number("every", most=LONGEST_EVERY)
        units: dict[str, PlanUnit] = {"day": "day", "month": "month"}
        of = self.fields.get("of", "")
        kind = next((each for each in KINDS if each == of), None)
        counts = {each: self.number(f"every_{each}", most=LARGEST_COUNT) for each in COUNTERS}
        limits = tuple(Limit(count, each) for each, count in counts.items() if count is not None)
        for limit in limits[MOST_LIMITS:]:
            self.wrong(f"every_{limit.counter}", "too-many-counters")
        return NewPlan(
            title_ar=title_ar,
            title_en=title_en,
            kind=kind,
            label=(of or None) if kind is None else None,
            every=every,
            unit=units.get(self.fields.get("unit", "")),
            limits=limits,
            stops_work=self.is_ticked("stops_work"),
            steps=self.steps(),
        )

    def wrong(self, name: str, what: str, limit: int = 0) -> None:
        """Note what is wrong with a field; what was noted first stays."""
        self.mistakes.setdefault(name, Said(what, limit=limit))

    def refuse(self, refusal: Exception) -> None:
        """Note why it was not obeyed, at the field to blame if it is one field's fault."""
        said = why(refusal)
        found = [each for each in _FIELDS.get(said.what, ()) if each in self.fields]
        self.mistakes[found[0] if found else ""] = said
        self.status = 409

    def form(self) -> Form:
        """Return it as it is shown again."""
        once = self.fields.get("once", "")
        return Form(self.name, once, self.fields, self.mistakes, came_back=True)


def why(refusal: Exception) -> Said:
    """Return what the page is to say of a refusal, and which label it is about."""
    match refusal:
        case CannotMaintain():
            return Said(refusal.state, refusal.label or "")
        case UnknownEquipment():
            return Said("unknown-label", refusal.label)
        case UnknownMachine():
            return Said("unknown-machine", refusal.name)
    return Said("unknown-window")


def number_in(text: str) -> int | None:
    """Return a whole number of at most eight digits, Eastern or Western."""
    digits = western(text.strip())
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 8 else None
