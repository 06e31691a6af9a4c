"""The technician's forms as they stand on a page: new, or come back with what is to be mended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final

from core_services.ids import new_id
from queue_server.maintenance.labels import LONGEST as LABEL_LENGTH
from queue_server.maintenance.texts import (
    DONE_LENGTH,
    MODEL_LENGTH,
    MOST_STEPS,
    PARTS_LENGTH,
    PLAN_TITLE_LENGTH,
    ROOM_LENGTH,
    SERIAL_LENGTH,
    STEP_LENGTH,
    TITLE_LENGTH,
)

LONGEST: Final[Mapping[str, int]] = {
    "label": LABEL_LENGTH,
    "model": MODEL_LENGTH,
    "serial": SERIAL_LENGTH,
    "room": ROOM_LENGTH,
    "title": TITLE_LENGTH,
    "note": TITLE_LENGTH,
    "title_ar": PLAN_TITLE_LENGTH,
    "title_en": PLAN_TITLE_LENGTH,
    "steps": MOST_STEPS * (2 * STEP_LENGTH + len(" | \n")),
    "done_text": DONE_LENGTH,
    "parts": PARTS_LENGTH,
}
"""How many letters each field takes, in browsers and here."""


@dataclass(frozen=True, slots=True)
class Said:
    """What became of an act, or what is wrong with a field."""

    what: str
    label: str = ""
    """The piece that it is about, if any."""
    limit: int = 0
    """The most letters, lines or the largest number, where that is what is wrong."""

    DONE: ClassVar[frozenset[str]] = frozenset(
        {"added", "changed", "moved", "opened", "started", "finished", "cancelled", "swapped"}
        | {"swapped-before", "plan-made", "plan-ended"}
    )

    @property
    def is_refusal(self) -> bool:
        return self.what not in self.DONE


@dataclass(frozen=True, slots=True)
class Form:
    """A form on a page, with what was typed where it came back."""

    name: str
    once: str
    """The id of what it is about to make: sent twice it makes one."""
    fields: Mapping[str, str] = field(default_factory=dict)
    mistakes: Mapping[str, Said] = field(default_factory=dict)
    """By the field that is wrong; an empty name: the act as a whole."""
    came_back: bool = False

    def id(self, name: str) -> str:
        """Return the id of a field: a page holds several forms."""
        return f"{self.name}-{name}"

    def value(self, name: str, before: str = "") -> str:
        """Return what stands in a field: what was typed, or else what there was before."""
        return self.fields.get(name, "") if self.came_back else before

    def is_ticked(self, name: str, before: bool = False) -> bool:
        """Say whether a box is ticked."""
        return name in self.fields if self.came_back else before

    def wrong(self, name: str) -> Said | None:
        """Return what is wrong with a field."""
        return self.mistakes.get(name)

    def longest(self, name: str) -> int:
        """Return how many letters a field takes."""
        return LONGEST[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormsPage:
    """A page with forms, one of which may have come back."""

    at: datetime
    said: Said | None = None
    """What became of the act that led here."""
    sent: Form | None = None
    """The form that was not obeyed."""

    def form(self, name: str) -> Form:
        """Return a form of this page by its name."""
        if self.sent is not None and self.sent.name == name:
            return self.sent
        return Form(name, str(new_id(self.at)))
