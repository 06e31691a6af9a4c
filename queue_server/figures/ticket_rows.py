"""The numbers of a day as rows of a file: what became of each, without anybody's name; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from core_services.l10n import Language
from core_services.sheets.model import Column, Kind, Row, Sheet
from queue_server.figures.facts import Life, Outcome
from queue_server.figures.report import seconds

_COLUMNS: Final[tuple[tuple[str, Kind, str, str], ...]] = (
    ("day", "date", "يوم العمل", "Business day"),
    ("label", "text", "الرقم", "Number"),
    ("queue", "text", "الطابور", "Queue"),
    ("service", "text", "الخدمة", "Service"),
    ("priority", "text", "الأولوية", "Priority"),
    ("channel", "text", "من أين صدر", "Issued at"),
    ("requests", "int", "طلبات", "Requests"),
    ("issued_at", "moment", "صدر", "Issued"),
    ("called_at", "moment", "نودي عليه", "Called"),
    ("started_at", "moment", "بدأت الخدمة", "Started"),
    ("ended_at", "moment", "انتهى", "Ended"),
    ("window", "int", "الشباك", "Window"),
    ("calls", "int", "نداءات", "Calls"),
    ("outcome", "text", "ما صار إليه", "What became of it"),
    ("wait_s", "seconds", "الانتظار", "Wait"),
    ("walk_s", "seconds", "الوصول", "Walk"),
    ("service_s", "seconds", "الخدمة (مدة)", "Service time"),
    ("total_s", "seconds", "الزيارة كلها", "The whole visit"),
    ("measured", "int", "انتظار مقيس (١ نعم)", "Wait is measured (1: yes)"),
)

OUTCOMES: Final[Mapping[Outcome, tuple[str, str]]] = {
    "served": ("تمت خدمته", "served"),
    "no_show": ("لم يحضر عند النداء", "did not come when called"),
    "left": ("انصرف قبل النداء", "left before a call"),
    "cancelled": ("أُلغي بعد النداء", "cancelled after a call"),
    "lapsed": ("انتهى اليوم قبل خدمته", "the day ended first"),
    "carried_over": ("حُفظ ليوم آخر", "kept for another day"),
    "void": ("لم تخرج ورقته", "no paper came out"),
    "open": ("لم ينته", "not ended"),
}
_CHANNELS: Final[Mapping[str, tuple[str, str]]] = {
    "kiosk": ("جهاز الأرقام", "kiosk"),
    "api": ("برنامج", "program"),
    "desk": ("الشباك", "desk"),
    "phone": ("الهاتف", "phone"),
    "reception": ("الاستقبال", "reception"),
    "emergency": ("دفتر الطوارئ", "emergency book"),
    "appointment": ("موعد", "appointment"),
    "carried": ("من يوم سابق", "an earlier day"),
    "adopted": ("ورقة جهاز انقطع", "slip of a machine that was cut off"),
    "kiosk_offline": ("جهاز انقطع اتصاله", "machine that was cut off"),
    "restored": ("قبل الرجوع لنسخة احتياطية", "before the return to a backup"),
}


@dataclass(frozen=True, slots=True)
class RowNames:
    """How codes are called in the file's language."""

    language: Language
    zone: tzinfo
    queues: Mapping[str, str]
    services: Mapping[str, str]
    priorities: Mapping[str, str]

    def of(self, both: tuple[str, str]) -> str:
        return both[self.language == "en"]


def columns(language: Language) -> tuple[Column, ...]:
    """Return the file's columns."""
    return tuple(
        Column(key, ar if language == "ar" else en, kind) for key, kind, ar, en in _COLUMNS
    )


def sheet_of(day: date, lives: Iterable[Life], names: RowNames, *, title: str) -> Sheet:
    """Return a day's numbers in the order of their issue. Raises SheetError beyond 100,000."""
    return Sheet(
        title=title,
        language=names.language,
        columns=columns(names.language),
        rows=tuple(_row(day, life, names) for life in lives),
    )


def _row(day: date, life: Life, names: RowNames) -> Row:
    first = life.stays[0] if life.stays else None
    last = life.stays[-1] if life.stays else None
    started_at = next((s.started_at for s in reversed(life.stays) if s.started_at), None)
    walks = [stay.walk_us for stay in life.stays if stay.walk_us is not None]
    services = [stay.service_us for stay in life.stays if stay.service_us is not None]
    return (
        day,
        life.label,
        names.queues.get(life.queue, life.queue),
        None if life.service is None else names.services.get(life.service, life.service),
        names.priorities.get(life.priority, life.priority),
        names.of(_CHANNELS.get(life.channel, (life.channel, life.channel))),
        life.requests,
        _local(life.issued_at, names.zone),
        _local(None if first is None else first.called_at, names.zone),
        _local(started_at, names.zone),
        _local(life.ended_at, names.zone),
        None if last is None else last.window,
        len(life.stays),
        names.of(OUTCOMES[life.outcome]),
        seconds(life.wait_us),
        seconds(walks[-1]) if walks else None,
        seconds(services[-1]) if services else None,
        seconds(life.total_us),
        int(life.wait_us is not None),
    )


def _local(moment: datetime | None, zone: tzinfo) -> datetime | None:
    return None if moment is None else moment.astimezone(zone)
