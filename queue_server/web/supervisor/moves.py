"""Suggested moves as the supervisor's pages say them; pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from queue_server.planning.model import MoveKind, Suggestion
from queue_server.web.words import Words

LONGEST_MIN: Final = 600
"""More is said as this: nobody reckons with hours to the minute."""
PEOPLE_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A move with its promise: in minutes, a stop's in people."""

    kind: MoveKind
    window: int | None
    until: datetime | None
    """Until when a window would be open; of a stop, when numbers would end."""
    profile: str | None
    profile_name: Words | None
    before: int
    after: int
    low: int
    high: int
    people: int
    is_endless: bool
    """Without the move it takes longer than anybody reckons with."""
    free: tuple[tuple[UUID, Words], ...] = ()
    """Whom to send: staff who may have a window and sit at none."""

    @property
    def key(self) -> str:
        return f"move-{self.kind}-{self.window or 0}"


def move_lines(
    suggestions: Sequence[Suggestion],
    *,
    profiles: Mapping[str, Words],
    free: Sequence[tuple[UUID, Words]] = (),
) -> tuple[MoveLine, ...]:
    """Make the lines, in the order of the suggestions."""
    return tuple(_line(each, profiles, tuple(free[:PEOPLE_SHOWN])) for each in suggestions)


def _line(
    said: Suggestion, profiles: Mapping[str, Words], free: tuple[tuple[UUID, Words], ...]
) -> MoveLine:
    move = said.move
    unit = 1.0 if move.kind == "stop" else 60.0
    until = move.at if move.kind == "stop" else move.until
    code = move.profile
    return MoveLine(
        kind=move.kind,
        window=move.window,
        until=None if until is None else datetime.fromtimestamp(until, UTC),
        profile=code,
        profile_name=None if code is None else profiles.get(code, Words(code, code)),
        before=_rounded(said.before.likely_s / unit),
        after=_rounded(said.after.likely_s / unit),
        low=_rounded(math.floor(said.after.low_s / unit)),
        high=_rounded(math.ceil(min(said.after.high_s / unit, LONGEST_MIN))),
        people=said.people,
        is_endless=said.before.likely_s / unit > LONGEST_MIN,
        free=free if move.kind == "open" else (),
    )


def _rounded(value: float) -> int:
    return round(min(value, LONGEST_MIN))
