"""A day's alarms as a sheet, for files: in words for readers, in codes for programs; pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import ClassVar, Final

from core_services.l10n import Language, format_date, format_time
from core_services.sheets.model import Column, Kind, Row, Sheet
from queue_server.web.supervisor.alarms_page import AlarmsPage, EpisodeRow
from queue_server.web.words import Words

_TITLE: Final = Words("التنبيهات", "Alarms")
_DAY: Final = Words("اليوم", "Day")
_AS_AT: Final = Words("حتى الساعة", "As at")
_COLUMNS: Final[tuple[tuple[str, Words, Kind], ...]] = (
    ("what", Words("التنبيه", "Alarm"), "text"),
    ("grave", Words("جسيم", "Grave"), "flag"),
    ("level", Words("الدرجة", "Level"), "int"),
    ("raised_at", Words("بدأ", "Began"), "time"),
    ("worse_at", Words("تفاقم", "Grew worse"), "time"),
    ("acknowledged_at", Words("رُئي", "Seen"), "time"),
    ("acknowledged_by", Words("رآه", "Seen by"), "text"),
    ("cleared_at", Words("انتهى", "Ended"), "time"),
    ("seconds", Words("المدة", "Lasted"), "seconds"),
    ("kind", Words("رمز النوع", "Code of its kind"), "text"),
    ("subject", Words("رمز الموضع", "Code of its subject"), "text"),
)
_LEFT_OUT: Final = Words(
    "تنبيهات اليوم الأقدم ليست في الملف.", "Older alarms of this day are not in the file."
)


@dataclass(frozen=True, slots=True)
class AlarmTitle:
    """What an alarm was and what it was about."""

    template: ClassVar[str] = "_alarm_title.html"

    row: EpisodeRow


def alarms_sheet(
    page: AlarmsPage, language: Language, zone: tzinfo, words: Callable[[EpisodeRow], str]
) -> Sheet:
    """Return the alarms that the page shows, in the order in which they rose.

    `words` says what one was and what it was about.
    """

    def local(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.astimezone(zone)

    def cells(row: EpisodeRow) -> Row:
        episode = row.episode
        return (
            words(row),
            episode.is_grave,
            episode.level,
            local(episode.raised_at),
            local(episode.worse_at),
            local(episode.acknowledged_at),
            None if row.by is None else row.by.say(language),
            local(episode.cleared_at),
            row.seconds,
            episode.kind,
            episode.subject,
        )

    about = [(_DAY.say(language), format_date(page.day, language))]
    if page.is_today:
        about.append((_AS_AT.say(language), format_time(page.at.astimezone(zone), language)))
    rows = sorted((*page.opened, *page.over), key=lambda each: each.episode.raised_at)
    return Sheet(
        title=_TITLE.say(language),
        language=language,
        columns=tuple(Column(key, title.say(language), kind) for key, title, kind in _COLUMNS),
        rows=tuple(cells(row) for row in rows),
        about=tuple(about),
        notes=(_LEFT_OUT.say(language),) if page.has_more else (),
    )
