"""The policy's versions as the history tells them: what each changed, since when it held; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from queue_server.policy.body import PolicyBody
from queue_server.policy.model import Touch, Version, VersionState
from queue_server.tickets.model import Service
from queue_server.web.admin.differences import DifferenceRow, difference_rows
from queue_server.web.admin.view import Said, touched_words
from queue_server.web.rules.hours_text import day_words, moment_words
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version that was published, and what it changed of the one before it."""

    version: int
    state: VersionState
    published: Words
    holds: Words | None
    """From when it holds; None where it held from its publication."""
    note: str | None
    rows: tuple[DifferenceRow, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """The version to come, then all that were published, the latest first."""

    template: ClassVar[str] = "policy_history.html"

    versions: tuple[VersionRow, ...]
    said: Said | None = None


def version_rows(
    versions: Sequence[Version],
    *,
    first: PolicyBody,
    names: Mapping[UUID, Words],
    services: Mapping[str, Service],
    profiles: Mapping[str, Words],
    zone: ZoneInfo,
) -> tuple[VersionRow, ...]:
    """Return the rows in the order of `versions`, each compared to what held before it.

    `first` is what the first version is compared to.
    """
    befores = _befores(versions, first)
    return tuple(
        VersionRow(
            version=version.version,
            state=version.state,
            published=touched_words(
                Touch(version.published_by, version.published_at or version.changed_at),
                names,
                zone,
            ),
            holds=_holds_words(version, zone),
            note=version.note,
            rows=difference_rows(
                befores[version.version], version.body, services=services, profiles=profiles
            ),
        )
        for version in versions
    )


def _befores(versions: Sequence[Version], first: PolicyBody) -> dict[int, PolicyBody]:
    """Return what held before each: a version with a day may come after one of a higher number."""
    befores: dict[int, PolicyBody] = {}
    present = first
    for version in sorted(versions, key=_in_force):
        befores[version.version] = present
        if version.holds_since is not None:
            present = version.body
    return befores


def _in_force(version: Version) -> tuple[bool, datetime, int]:
    """Orders versions as they held; one that never did stands where it was published."""
    moment = version.holds_since or version.published_at or version.changed_at
    return version.state == "scheduled", moment, version.version


def _holds_words(version: Version, zone: ZoneInfo) -> Words | None:
    if version.holds_from is None:
        return None
    day = day_words(version.holds_from)
    if version.state == "scheduled":
        return Words(f"يسري من افتتاح يوم {day.ar}.", f"Holds from the opening of {day.en}.")
    if version.holds_since is None:
        return Words(
            f"كان مقررًا ليوم {day.ar}، ولم يُعمل به.", f"Was meant for {day.en}, and never held."
        )
    since = moment_words(version.holds_since, zone)
    return Words(f"معمول به من {since.ar}.", f"In force from {since.en}.")
