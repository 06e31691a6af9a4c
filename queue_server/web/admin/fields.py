"""What a field of the policy is to an administrator: its place in the body, its words, its kind.

A path names a field's place in the body; in a list of rows it is the column's name alone.
"""

from dataclasses import dataclass
from typing import Final, Literal

from queue_server.web.words import Words

Kind = Literal["number", "time", "date", "text", "flag", "service"]

MINUTES: Final = Words("دقيقة", "minutes")
SECONDS: Final = Words("ثانية", "seconds")
NONE: Final = Words("", "")


@dataclass(frozen=True, slots=True)
class Field:
    """One value."""

    path: str
    label: Words
    kind: Kind = "number"
    unit: Words = NONE
    hint: Words = NONE
    suggested: str = ""
    """What a new centre begins with, as it is typed."""
    language: Literal["ar", "en", ""] = ""
    """The language of a text that is asked for in both."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of rows, one more than are there can always be added."""

    path: str
    label: Words
    columns: tuple[Field, ...]
    blank: int = 2
    hint: Words = NONE


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together, and who changed it last is told of it as a whole."""

    name: str
    title: Words
    help: Words
    fields: tuple[Field, ...] = ()
    rows: tuple[Rows, ...] = ()
