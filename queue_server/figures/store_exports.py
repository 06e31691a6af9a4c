"""The SQL of long exports: who asked for which file, how far it is, and whether it lies ready."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from core_services.database.pool import Pool, Record
from core_services.l10n import Language

ExportState = Literal["working", "ready", "failed", "gone"]
ExportFormat = Literal["csv", "xlsx"]


@dataclass(frozen=True, slots=True)
class Export:
    """One file that was asked for."""

    id: UUID
    format: ExportFormat
    language: Language
    first: date
    last: date
    asked_by: UUID
    asked_at: datetime
    process_id: UUID
    state: ExportState
    done_days: int
    rows: int
    size_bytes: int | None
    changed_at: datetime

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


async def insert_export(pool: Pool, centre_id: int, export: Export) -> None:
    """Keep that a file was asked for."""
    await pool.execute(
        """
        INSERT INTO export_job (centre_id, id, kind, format, language, first_day, last_day,
               asked_by, asked_at, process_id, changed_at)
        VALUES ($1, $2, 'tickets', $3, $4, $5, $6, $7, $8, $9, $8)
        """,
        centre_id,
        export.id,
        export.format,
        export.language,
        export.first,
        export.last,
        export.asked_by,
        export.asked_at,
        export.process_id,
    )


async def note_progress(
    pool: Pool, centre_id: int, *, export_id: UUID, done_days: int, rows: int, at: datetime
) -> None:
    """Keep how far a file is; it tells others too that its maker lives."""
    await pool.execute(
        "UPDATE export_job SET done_days = $3, rows = $4, changed_at = $5"
        " WHERE centre_id = $1 AND id = $2 AND state = 'working'",
        centre_id,
        export_id,
        done_days,
        rows,
        at,
    )


async def end_export(
    pool: Pool,
    centre_id: int,
    *,
    export_id: UUID,
    state: ExportState,
    size_bytes: int | None,
    at: datetime,
) -> None:
    """Keep what became of a file that was being made."""
    await pool.execute(
        "UPDATE export_job SET state = $3, size_bytes = $4, changed_at = $5"
        " WHERE centre_id = $1 AND id = $2 AND state = 'working'",
        centre_id,
        export_id,
        state,
        size_bytes,
        at,
    )


async def read_exports(
    pool: Pool, centre_id: int, *, asked_by: UUID, limit: int
) -> tuple[Export, ...]:
    """Return what somebody asked for, the latest first."""
    rows = await pool.fetch(
        "SELECT * FROM export_job WHERE centre_id = $1 AND asked_by = $2"
        " ORDER BY asked_at DESC, id LIMIT $3",
        centre_id,
        asked_by,
        limit,
    )
    return tuple(_export(row) for row in rows)


async def read_export(pool: Pool, centre_id: int, export_id: UUID) -> Export | None:
    """Return one file that was asked for."""
    row = await pool.fetchrow(
        "SELECT * FROM export_job WHERE centre_id = $1 AND id = $2", centre_id, export_id
    )
    return None if row is None else _export(row)


async def fail_silent(pool: Pool, centre_id: int, *, silent_since: datetime, at: datetime) -> int:
    """Give up files of which nothing was heard since a moment: their maker has died."""
    told = await pool.execute(
        "UPDATE export_job SET state = 'failed', changed_at = $3"
        " WHERE centre_id = $1 AND state = 'working' AND changed_at < $2",
        centre_id,
        silent_since,
        at,
    )
    return int(told.rpartition(" ")[2])


async def end_old(pool: Pool, centre_id: int, *, before: datetime, at: datetime) -> None:
    """Mark files whose time is over as gone."""
    await pool.execute(
        "UPDATE export_job SET state = 'gone', changed_at = $3"
        " WHERE centre_id = $1 AND state = 'ready' AND changed_at < $2",
        centre_id,
        before,
        at,
    )


async def living(pool: Pool, centre_id: int, export_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return those of some files that are being made or lie ready."""
    rows = await pool.fetch(
        "SELECT id FROM export_job WHERE centre_id = $1 AND id = ANY ($2)"
        " AND state IN ('working', 'ready')",
        centre_id,
        list(export_ids),
    )
    return frozenset(UUID(int=row["id"].int) for row in rows)


async def forget_exports(pool: Pool, centre_id: int, *, before: datetime) -> None:
    """Delete what is known of exports that ended long ago."""
    await pool.execute(
        "DELETE FROM export_job WHERE centre_id = $1 AND state IN ('failed', 'gone')"
        " AND changed_at < $2",
        centre_id,
        before,
    )


async def count_numbers(pool: Pool, centre_id: int, *, first: date, last: date) -> int:
    """Return how many rows an export of a range has."""
    count: int = await pool.fetchval(
        "SELECT count(*) FROM ticket WHERE centre_id = $1 AND business_day BETWEEN $2 AND $3",
        centre_id,
        first,
        last,
    )
    return count


def _export(row: Record) -> Export:
    return Export(
        id=UUID(int=row["id"].int),
        format=row["format"],
        language=row["language"],
        first=row["first_day"],
        last=row["last_day"],
        asked_by=UUID(int=row["asked_by"].int),
        asked_at=row["asked_at"],
        process_id=UUID(int=row["process_id"].int),
        state=row["state"],
        done_days=row["done_days"],
        rows=row["rows"],
        size_bytes=row["size_bytes"],
        changed_at=row["changed_at"],
    )
