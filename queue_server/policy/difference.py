"""What differs between two bodies of a policy, field by field; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from queue_server.policy.body import GROUPS, PolicyBody


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: `path` is its place, with the row's number where it stands in a list.

    A row that is new or gone has None at the other side.
    """

    path: tuple[str | int, ...]
    before: Any
    after: Any

    @property
    def group(self) -> str:
        return str(self.path[0])


def differences(before: PolicyBody, after: PolicyBody) -> tuple[Difference, ...]:
    """Return what `after` changes, in the order of the fields."""
    return tuple(_between((), before.model_dump(), after.model_dump()))


def changed_groups(before: PolicyBody, after: PolicyBody) -> tuple[str, ...]:
    """Return the names of the groups that `after` changes."""
    return tuple(name for name in GROUPS if getattr(before, name) != getattr(after, name))


def _between(path: tuple[str | int, ...], before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        was, now = before or {}, after or {}
        for name in dict.fromkeys([*was, *now]):
            yield from _between((*path, name), was.get(name), now.get(name))
    elif _is_rows(before) or _is_rows(after):
        yield from _rows(path, before or (), after or ())
    else:
        yield Difference(path, before, after)


def _is_rows(value: Any) -> bool:
    return isinstance(value, tuple) and any(isinstance(each, Mapping) for each in value)


def _rows(
    path: tuple[str | int, ...], before: Sequence[Any], after: Sequence[Any]
) -> Iterator[Difference]:
    """Rows are the same whatever their place: only those that came and went are told of."""
    for index, row in enumerate(before):
        if row not in after:
            yield Difference((*path, index), row, None)
    for index, row in enumerate(after):
        if row not in before:
            yield Difference((*path, index), None, row)
