"""Stored values as Python's: from a record, or from the jsonb of a row that was answered before."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

Value = TypeVar("Value")


def as_uuid(value: Any) -> UUID:
    """Return an id; asyncpg's own class becomes Python's."""
    return UUID(value) if isinstance(value, str) else UUID(int=value.int)


def as_day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else cast(date, value)


def as_moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else cast(datetime, value)


def if_any(read: Callable[[Any], Value], value: Any) -> Value | None:
    """Return a value that may be NULL."""
    return None if value is None else read(value)
