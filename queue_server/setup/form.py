"""The fields of a step: what is asked for, and what is wrong with what was typed; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from queue_server.web.words import Words

Kind = Literal["text", "latin", "number", "choice", "username", "password"]
NONE: Final = Words("", "")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked for."""

    name: str
    label: Words
    hint: Words = NONE
    kind: Kind = "text"
    first: str = ""
    """What stands there before anybody has typed."""
    language: Literal["ar", "en", ""] = ""
    choices: tuple[tuple[str, Words], ...] = ()
    at_most: int = 200
    """Letters."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A step as it was typed: what may stand in a description, and what is to be mended."""

    values: Mapping[str, object] = field(default_factory=dict)
    wrong: Mapping[str, Words] = field(default_factory=dict)
    """By the field's name, in the order of the page."""

    @property
    def is_right(self) -> bool:
        return not self.wrong
