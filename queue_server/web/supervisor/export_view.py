"""The long files that somebody asked for, as the page of reports lists them; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from queue_server.figures.store_exports import Export, ExportFormat, ExportState


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One file and how far it is."""

    id: UUID
    format: ExportFormat
    first: date
    last: date
    asked_at: datetime
    state: ExportState
    done: int
    """Days that are written."""
    days: int
    rows: int
    kilobytes: int | None


@dataclass(frozen=True, slots=True)
class ExportsPart:
    """The list, which renews itself while a file is being made."""

    template: ClassVar[str] = "_supervisor_exports.html"

    exports: tuple[ExportRow, ...]


def export_rows(exports: Iterable[Export]) -> tuple[ExportRow, ...]:
    """Return the list."""
    return tuple(
        ExportRow(
            id=each.id,
            format=each.format,
            first=each.first,
            last=each.last,
            asked_at=each.asked_at,
            state=each.state,
            done=each.done_days,
            days=each.days,
            rows=each.rows,
            kilobytes=None if each.size_bytes is None else -(-each.size_bytes // 1024),
        )
        for each in exports
    )
