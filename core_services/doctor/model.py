"""What an examination finds: a verdict, what was seen, what to do next, and what may be mended."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Role = Literal["server", "kiosk", "display", "workstation"]
Verdict = Literal["ok", "warning", "broken", "skipped"]

SEVERITY: Final[Mapping[Verdict, int]] = {"skipped": 0, "ok": 1, "warning": 2, "broken": 3}

Mend = Callable[[], Awaitable[None]]
"""Mends what was found, once more without harm, and touches no data. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence for people with its values; it gets its language only when it is told."""

    text: str
    """English, the key of its Arabic."""
    values: Mapping[str, "str | Words"] = field(default_factory=dict)


def N_(text: str, /, **values: object) -> Words:  # noqa: N802  (gettext's own name)
    """Return a sentence whose Arabic a catalogue holds; values other than words become text."""
    return Words(
        text,
        {name: value if isinstance(value, Words) else str(value) for name, value in values.items()},
    )


def quoted(text: object) -> Words:
    """Return what has no Arabic of its own: names, and sentences of other programs."""
    return Words("{it}", {"it": str(text)})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    verdict: Verdict
    seen: Words
    remedy: Words | None = None
    """What a person does next; None where nothing is to be done."""
    commands: tuple[str, ...] = ()
    """The same as commands and paths that can be copied."""
    mend: Mend | None = None
    """What `--fix` may do; None where only a person should."""


@dataclass(frozen=True, slots=True)
class Check:
    """A look at one part of a set-up; `name` stays the same for programs that read the report."""

    name: str
    title: Words
    look: Callable[[], Awaitable[Sequence[Finding]]]


def well(seen: Words) -> Finding:
    """Say that a thing is as it should be."""
    return Finding("ok", seen)


def warning(seen: Words, remedy: Words, *commands: str, mend: Mend | None = None) -> Finding:
    """Say that the centre works, and that somebody should look at this."""
    return Finding("warning", seen, remedy, commands, mend)


def broken(seen: Words, remedy: Words, *commands: str, mend: Mend | None = None) -> Finding:
    """Say that something does not work, or will not hold."""
    return Finding("broken", seen, remedy, commands, mend)


def skipped(why: Words) -> Finding:
    """Say that a thing could not be looked at here, and why."""
    return Finding("skipped", why)
