"""The SQL of the day's situations that were made: picture, page and text of each."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from core_services.database.pool import Pool, Record
from core_services.l10n import Language

MOST_A_DAY: Final = 50


@dataclass(frozen=True, slots=True)
class DailyReport:
    """One that was made; its files are read apart."""

    day: date
    nth: int
    """0: by itself at its time."""
    made_at: datetime
    made_by: UUID | None
    """None: by itself."""
    text_ar: str
    text_en: str
    has_english: bool = True
    """Picture and page are there in English too."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One of them, drawn in one language."""

    picture: bytes
    """PNG."""
    paper: bytes
    """PDF."""


async def insert_report(
    pool: Pool,
    centre_id: int,
    *,
    report: DailyReport,
    arabic: Drawn,
    english: Drawn,
) -> DailyReport | None:
    """Keep one that somebody asked for in the next place, and one that made itself in the first.

    None: another process has taken that place meanwhile, or the day is full.
    """
    nth: int | None = await pool.fetchval(
        """
        INSERT INTO daily_report (centre_id, business_day, nth, made_at, made_by, picture, paper,
               text_ar, text_en, picture_en, paper_en)
        SELECT $1, $2, next.nth, $3, $4, $5, $6, $7, $8, $9, $10
          FROM (SELECT CASE WHEN $4::uuid IS NULL THEN 0 ELSE coalesce(max(nth), 0) + 1 END AS nth
                  FROM daily_report WHERE centre_id = $1 AND business_day = $2) next
         WHERE next.nth <= $11
        ON CONFLICT ON CONSTRAINT daily_report_pk DO NOTHING RETURNING nth
        """,
        centre_id,
        report.day,
        report.made_at,
        report.made_by,
        arabic.picture,
        arabic.paper,
        report.text_ar,
        report.text_en,
        english.picture,
        english.paper,
        MOST_A_DAY,
    )
    return None if nth is None else replace(report, nth=nth)


async def read_reports(pool: Pool, centre_id: int, *, day: date) -> tuple[DailyReport, ...]:
    """Return those of a day, the latest first."""
    rows = await pool.fetch(
        "SELECT business_day, nth, made_at, made_by, text_ar, text_en,"
        " picture_en IS NOT NULL AS has_english FROM daily_report"
        " WHERE centre_id = $1 AND business_day = $2 ORDER BY made_at DESC, nth DESC",
        centre_id,
        day,
    )
    return tuple(_report(row) for row in rows)


async def read_days(pool: Pool, centre_id: int, *, limit: int) -> tuple[tuple[date, int], ...]:
    """Return the last days that have any, each with how many, the latest first."""
    rows = await pool.fetch(
        "SELECT business_day, count(*) AS n FROM daily_report WHERE centre_id = $1"
        " GROUP BY business_day ORDER BY business_day DESC LIMIT $2",
        centre_id,
        limit,
    )
    return tuple((row["business_day"], row["n"]) for row in rows)


async def read_drawn(
    pool: Pool, centre_id: int, *, day: date, nth: int, language: Language
) -> Drawn | None:
    """Return one as it was drawn in a language; None: there is none."""
    row = await pool.fetchrow(
        """
        SELECT CASE $4 WHEN 'en' THEN picture_en ELSE picture END AS picture,
               CASE $4 WHEN 'en' THEN paper_en ELSE paper END AS paper
          FROM daily_report WHERE centre_id = $1 AND business_day = $2 AND nth = $3
        """,
        centre_id,
        day,
        nth,
        language,
    )
    return None if row is None or row["picture"] is None else Drawn(row["picture"], row["paper"])


async def has_own(pool: Pool, centre_id: int, *, day: date) -> bool:
    """Say whether the one that is made by itself was made for a day."""
    found: bool = await pool.fetchval(
        "SELECT EXISTS (SELECT 1 FROM daily_report"
        " WHERE centre_id = $1 AND business_day = $2 AND nth = 0)",
        centre_id,
        day,
    )
    return found


def _report(row: Record) -> DailyReport:
    return DailyReport(
        day=row["business_day"],
        nth=row["nth"],
        made_at=row["made_at"],
        made_by=None if row["made_by"] is None else UUID(int=row["made_by"].int),
        text_ar=row["text_ar"],
        text_en=row["text_en"],
        has_english=row["has_english"],
    )
