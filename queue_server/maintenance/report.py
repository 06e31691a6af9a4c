"""Availability and maintenance work as a sheet, from which page and files are made; pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core_services.l10n import Language, digits
from core_services.sheets.model import Cell, Column, Definition, Kind, Row, Sheet
from queue_server.maintenance.downtime import REASONS, Reason, Standstill, SubjectKind

TITLE: Final[Mapping[Language, str]] = {
    "ar": "توافر الأجهزة وأعمال الصيانة",
    "en": "Availability and maintenance work",
}
_NOTE: Final[Mapping[Language, str]] = {
    "ar": "الأوقات بالساعات والدقائق من ساعات عمل المركز، بلا كسور الدقيقة. كل دقيقة تُحسب مرة "
    "واحدة على أشد أسبابها.",
    "en": "Times in hours and minutes of the centre's hours; parts of a minute are left out. Each "
    "minute counts once, under the gravest reason.",
}
KIND_TEXTS: Final[Mapping[SubjectKind, Mapping[Language, str]]] = {
    "kiosk": {"ar": "جهاز أرقام", "en": "Number kiosk"},
    "display": {"ar": "شاشة صالة", "en": "Hall screen"},
    "workstation": {"ar": "محطة عمل", "en": "Workstation"},
    "window": {"ar": "شباك", "en": "Window"},
    "elsewhere": {"ar": "معدات أخرى", "en": "Other equipment"},
}
REASON_TEXTS: Final[Mapping[Reason, Mapping[Language, str]]] = {
    "fault": {"ar": "عطل مُبلَّغ", "en": "Reported fault"},
    "out_of_service": {"ar": "خارج الخدمة", "en": "Out of service"},
    "maintenance": {"ar": "صيانة", "en": "Maintenance"},
    "away": {"ar": "غير متصل", "en": "Not heard"},
    "screen": {"ar": "شاشة مظلمة", "en": "Dark screen"},
    "printer": {"ar": "طابعة وورق", "en": "Printer and paper"},
}


@dataclass(frozen=True, slots=True)
class _Figure:
    """A column: how it is called, and what it is of one line or of several together."""

    key: str
    ar: str
    en: str
    kind: Kind
    of: Callable[[Sequence[Standstill]], Cell]


def _of_reason(reason: Reason) -> _Figure:
    def of(lines: Sequence[Standstill]) -> Cell:
        return sum(each.down_s.get(reason, 0) for each in lines)

    texts = REASON_TEXTS[reason]
    return _Figure(f"{reason}_s", texts["ar"], texts["en"], "hours", of)


def available(lines: Iterable[Standstill]) -> float | None:
    """Return the share of their hours, taken together, in which these could work."""
    known = [each for each in lines if each.open_s]
    hours = sum(each.open_s for each in known)
    return None if not hours else max(0.0, 1 - sum(each.total_s for each in known) / hours)


def _closed(lines: Sequence[Standstill]) -> Cell:
    windows = [each.closed_for_fault_s for each in lines if each.kind == "window"]
    return sum(windows) if windows else None


FIGURES: Final[tuple[_Figure, ...]] = (
    _Figure("open_s", "ساعات العمل", "Hours", "hours", lambda them: sum(x.open_s for x in them)),
    _Figure("available", "التوافر", "Available", "share", available),
    _Figure("down_s", "التوقف", "Downtime", "hours", lambda them: sum(x.total_s for x in them)),
    *(_of_reason(reason) for reason in REASONS),
    _Figure("closed_for_fault_s", "شباك مغلق لعطل", "Closed for fault", "hours", _closed),
    _Figure(
        "orders_done",
        "أوامر صيانة نُفّذت",
        "Orders done",
        "int",
        lambda them: sum(x.orders_done for x in them),
    ),
    _Figure(
        "work_minutes",
        "دقائق الصيانة",
        "Minutes of work",
        "int",
        lambda them: sum(x.work_minutes for x in them),
    ),
)

_DEFINITIONS: Final[Mapping[Language, tuple[tuple[str, str], ...]]] = {
    "ar": (
        (
            "ساعات العمل",
            "ساعات فتح المركز المنشورة في المدة، من أول اتصال للجهاز حتى إلغاء مفتاحه، "
            "وللشباك من إنشاء المركز، وحتى الآن في اليوم الجاري.",
        ),
        ("التوافر", "الباقي من ساعات العمل بعد التوقف، مقسومًا على ساعات العمل."),
        (
            "التوقف",
            "ما لم يستطع فيه الجهاز أو الشباك العمل من ساعات العمل. كل دقيقة تُحسب مرة "
            "واحدة، على أشد الأسباب القائمة فيها بترتيب الأعمدة.",
        ),
        ("عطل مُبلَّغ", "من بلاغ بعطل يوقف العمل حتى إصلاحه. ما تبيّن أنه ليس عطلًا لا يُحسب."),
        ("خارج الخدمة", "جهاز أرقام أوقفه المشرف عن الخدمة حتى أعاده."),
        ("صيانة", "أمر صيانة يوقف العمل، من بدئه حتى انتهائه أو نقل المعدّة من مكانها."),
        (
            "غير متصل",
            "لم يسمع الخادم الجهاز أكثر من عشر ثوانٍ، ومنه وقت توقف الخادم نفسه. جهاز "
            "الأرقام قد يعطي أرقامًا وهو غير متصل.",
        ),
        ("شاشة مظلمة", "لا يعرض المتصفح الصفحة على جهاز الأرقام أو شاشة الصالة."),
        ("طابعة وورق", "طابعة جهاز الأرقام بلا ورق أو مفتوحة أو معطلة أو بكرتها مقلوبة."),
        (
            "شباك مغلق لعطل",
            "لم يكن الشباك مفتوحًا في ساعات العمل بينما يوقفه عطل مُبلَّغ أو صيانة.",
        ),
        ("دقائق الصيانة", "ما كتبه الفنيون من دقائق العمل في أوامر انتهت في المدة."),
    ),
    "en": (
        (
            "Hours",
            "The centre's published hours in the period, from a machine's first word until "
            "it is revoked, a window's since the centre was made; of today until now.",
        ),
        ("Available", "What is left of the hours after the downtime, divided by the hours."),
        (
            "Downtime",
            "Of the hours, when it could not work. Each minute counts once, under the "
            "gravest reason that stood, in the order of the columns.",
        ),
        (
            "Reported fault",
            "From the report of a fault that stops work until it is mended. What turned "
            "out to be none does not count.",
        ),
        ("Out of service", "A kiosk that the supervisor put out of service, until it was back."),
        (
            "Maintenance",
            "A maintenance order that stops work, from its beginning to its end, or until "
            "the piece was taken away.",
        ),
        (
            "Not heard",
            "The server did not hear the machine for more than ten seconds; also while the "
            "server itself was off. A kiosk may give numbers meanwhile.",
        ),
        ("Dark screen", "No browser shows the page of a kiosk or the board of a hall screen."),
        (
            "Printer and paper",
            "A kiosk's printer without paper, open, not working, or with its roll the "
            "wrong way round.",
        ),
        (
            "Closed for fault",
            "A window was not open within the hours while a reported fault or maintenance "
            "stopped it.",
        ),
        ("Minutes of work", "What technicians wrote down in orders that ended in the period."),
    ),
}


def availability_sheet(
    lines: Sequence[Standstill], language: Language, *, period: str, most_days: int | None = None
) -> Sheet:
    """Return the report: a row for each machine and window, and the whole below them.

    `most_days`: more were asked for; it is of the last ones.
    """
    shortened = () if most_days is None else (_shortened(most_days, language),)
    columns = (
        Column("kind", {"ar": "النوع", "en": "Kind"}[language]),
        Column("name", {"ar": "الاسم", "en": "Name"}[language]),
        *(
            Column(each.key, each.ar if language == "ar" else each.en, each.kind)
            for each in FIGURES
        ),
    )
    ordered = sorted(lines, key=_place)
    return Sheet(
        title=f"{TITLE[language]}، {period}" if language == "ar" else f"{TITLE['en']}, {period}",
        language=language,
        columns=columns,
        rows=tuple(_row(each, language) for each in ordered),
        total=(None, *(each.of(ordered) for each in FIGURES)) if ordered else (),
        notes=(*shortened, _NOTE[language]),
        definitions=tuple(Definition(*each) for each in _DEFINITIONS[language]),
    )


def _shortened(days: int, language: Language) -> str:
    if language == "ar":
        return f"التقرير لآخر {digits(str(days), 'ar')} يوم من المدة المطلوبة، وهو أقصى ما يحسبه."
    return f"The report is of the last {days} days of those asked for: more it does not reckon."


def _row(line: Standstill, language: Language) -> Row:
    name = digits(line.name, language) if line.kind == "window" else line.name
    nothing = line.kind == "elsewhere"
    return (
        KIND_TEXTS[line.kind][language],
        name or None,
        *(
            None if nothing and each.key not in ("orders_done", "work_minutes") else each.of([line])
            for each in FIGURES
        ),
    )


def _place(line: Standstill) -> tuple[int, int, str]:
    """Kiosks, screens and workstations by name, then windows by number, then the rest."""
    number = int(line.name) if line.kind == "window" else 0
    return (list(KIND_TEXTS).index(line.kind), number, line.name)
