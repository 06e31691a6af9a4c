"""Which backups stay when a new one is made; pure. And the names under which they lie."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

SUFFIX: Final = ".shubbak"
_NAME: Final = re.compile(r"shubbak-([A-Z0-9-]{2,40})-(\d{8}T\d{6}Z)\.shubbak")
_STAMP: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Keep:
    """How many are kept: the newest of so many days, and the newest of so many weeks (ISO, UTC)."""

    daily: int = 14
    weekly: int = 8


def stamp_of(at: datetime) -> str:
    """Return a moment as it stands in names."""
    return at.astimezone(UTC).strftime(_STAMP)


def name_of(centres: Iterable[str], at: datetime, *, is_training: bool = False) -> str:
    """Return the name of the backup of a moment."""
    codes = [*centres, *(("TRAINING",) if is_training else ())]
    return f"shubbak-{'-'.join(codes) or 'EMPTY'}-{stamp_of(at)}{SUFFIX}"


def moment_in(name: str) -> datetime | None:
    """Return the moment of the backup with that name; None where it is no backup's."""
    match = _NAME.fullmatch(name)
    return None if match is None else datetime.strptime(match[2], _STAMP).replace(tzinfo=UTC)


def centres_in(name: str) -> str | None:
    """Return whose backup that is, a training centre's apart: in one folder they never push each
    other out. None where it is no backup's name."""
    match = _NAME.fullmatch(name)
    return None if match is None else match[1]


def outlived(names: Iterable[str], keep: Keep) -> list[str]:
    """Return which of these are no longer kept, the oldest first; strange names are left alone."""
    dated = sorted(
        ((at, name) for name in names if (at := moment_in(name)) is not None), reverse=True
    )
    days: dict[object, str] = {}
    weeks: dict[object, str] = {}
    for at, name in dated:
        days.setdefault(at.date(), name)
        weeks.setdefault(at.isocalendar()[:2], name)
    kept = {*list(days.values())[: keep.daily], *list(weeks.values())[: keep.weekly]}
    return [name for _, name in reversed(dated) if name not in kept]
