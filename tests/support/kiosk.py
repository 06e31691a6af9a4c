"""Values for the kiosk's tests: a hall, services and tickets of a real centre's size."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from core_services.l10n import digits
from core_services.link.citizen_frames import Issue, IssuedTicket
from core_services.link.greeting_frames import CentreNames, OfflineSeries
from core_services.link.hall_frames import Hall, Opening, ServiceCard
from core_services.link.vocabulary import Language, Priority, WaitRange

EPOCH = UUID("00000000-0000-4000-8000-0000000000e1")

KAFR_SAQR = CentreNames(
    code="KFS",
    name_ar="المركز التكنولوجي لخدمة المواطنين",
    name_en="Technology Centre for Citizen Service",
    unit_ar="الوحدة المحلية لمركز ومدينة كفر صقر",
    unit_en="Local Unit of Kafr Saqr",
    governorate_ar="محافظة الشرقية",
    governorate_en="Sharqia Governorate",
    short_ar="كفر صقر",
    short_en="Kafr Saqr",
)

GROUPS = (
    ("تراخيص البناء", "Building licences"),
    ("المحال العامة", "Public shops"),
    ("التصالح", "Settlement of violations"),
    ("المتغيرات المكانية", "Spatial changes"),
    ("الإشغالات والإعلانات", "Occupancies and signs"),
    ("المرافق", "Utilities"),
    ("الإيرادات", "Revenue"),
    ("شكاوى وطلبات", "Complaints and requests"),
    ("الزراعة والري", "Agriculture and irrigation"),
)

SERVICE_NAMES = (
    ("رخصة بناء جديدة", "New building licence"),
    ("تعلية مبنى قائم", "Adding floors to a building"),
    ("ترميم وتدعيم", "Repair and strengthening"),
    ("هدم منشأة", "Demolition"),
    ("شهادة صلاحية موقع", "Site validity certificate"),
    ("بيان صلاحية من الناحية التخطيطية", "Planning validity statement"),
    ("تجديد رخصة بناء", "Renewal of a building licence"),
    ("صورة من رخصة", "Copy of a licence"),
    ("توصيل مرافق لمبنى مرخص", "Utilities for a licensed building"),
    ("تعديل رخصة أثناء التنفيذ", "Change of a licence during works"),
)


USUAL_PAPERS = (
    ["أصل البطاقة وصورتها", "عقد الملكية وصورته", "رسم هندسي معتمد"],
    ["ID card and a copy", "Deed and a copy", "Approved drawing"],
)
MANY_PAPERS = (
    [
        "أصل البطاقة وصورتها",
        "سند ملكية مسجل أو عقد مشهر أو حكم نهائي بصحة التوقيع على العقد",
        "الرسومات المعمارية والإنشائية معتمدة من مهندس نقابي",
        "تقرير استشاري عن قدرة المبنى وأساساته على تحمل الأدوار الجديدة",
        "شهادة إشراف على التنفيذ من مهندس مقيد بالنقابة",
        "شهادة صلاحية الأعمال للترخيص سارية المدة",
        "مقايسة بقيمة الأعمال",
        "وثيقة تأمين على أعمال البناء من شركة معتمدة",
        "صورة رخصة المبنى القائم",
    ],
    [
        "ID card and a copy of it",
        "Registered deed, notarised contract or a final court ruling on the contract",
        "Architectural and structural drawings approved by a syndicate engineer",
        "A consultant's report that building and foundations can bear the new floors",
        "Certificate of supervision by a registered engineer",
        "A valid certificate that the works may be licensed",
        "Calculation of the value of the works",
        "Insurance policy for the works from an approved company",
        "Copy of the licence of the existing building",
    ],
)
"""The longest list of the catalogue: adding floors."""


OWN_SERIES = OfflineSeries(letter="K", display_letter="ك", first=101, last=1000)
"""What a server gives to the first disk of the first kiosk."""


def openings(first: datetime, days: int = 8, *, hours: float = 7) -> list[Opening]:
    """Return an opening of so many hours on each of so many days, from a moment on."""
    begins = [first + timedelta(days=day) for day in range(days)]
    return [Opening(opens_at=at, closes_at=at + timedelta(hours=hours)) for at in begins]


def services() -> list[ServiceCard]:
    """Return 69 services in nine groups; the first group has two pages, one service is closed.

    Service 109 asks for many papers; 110 is free, its papers are not documented, and its fee has a
    note.
    """
    sizes = (10, 9, 6, 8, 8, 8, 7, 7, 6)
    cards = []
    for group, size in enumerate(sizes):
        group_ar, group_en = GROUPS[group]
        for index in range(size):
            name_ar, name_en = SERVICE_NAMES[index]
            papers_ar, papers_en = MANY_PAPERS if (group, index) == (0, 8) else USUAL_PAPERS
            is_free = (group, index) == (0, 9)
            cards.append(
                ServiceCard(
                    code=f"{group + 1}{index + 1:02}",
                    name_ar=name_ar,
                    name_en=name_en,
                    papers_ar=papers_ar,
                    papers_en=papers_en,
                    fee_piastres=0 if is_free else None if index % 2 == 0 else 22_500,
                    group_ar=group_ar,
                    group_en=group_en,
                    open=(group, index) != (0, 3),
                    papers_documented=not is_free,
                    fee_note_ar="تأمين يُرد بعد رد الشيء لأصله" if is_free else "",
                    fee_note_en="A deposit, returned after reinstatement" if is_free else "",
                )
            )
    return cards


def hall(revision: int = 1, **changes: object) -> Hall:
    """Return a hall with twelve people waiting and eight windows of nine."""
    values: dict[str, object] = {
        "epoch": EPOCH,
        "revision": revision,
        "waiting": 12,
        "wait": WaitRange(low_s=1200, likely_s=1500, high_s=1800),
        "windows_open": 8,
        "windows_total": 9,
        "services": services(),
        "requests_at_most": 3,
        "notice_ar": "الأسبق حضورًا أولًا. شباك ١ لكبار السن (٦٥ فأكثر) وذوي الإعاقة أولًا. "
        "وفي باقي الشبابيك لا يتقدّم عليك من حضر بعدك بأكثر من ١٥ دقيقة.",
        "notice_en": "First come, first served. Window 1 serves people aged 65 and over and people "
        "with disabilities first. At the other windows nobody who came more than 15 minutes after "
        "you goes before you.",
    }
    return Hall.model_validate({**values, **changes})


def ticket(
    number: int = 142,
    *,
    id: UUID | None = None,
    service: str | None = None,
    priority: Priority = "none",
    language: Language = "ar",
    status_url: str | None = None,
    requests: int = 1,
) -> IssuedTicket:
    """Return an issued ticket as the server sends it."""
    card = next((each for each in services() if each.code == service), None)
    return IssuedTicket(
        id=id or uuid4(),
        label=str(number),
        display_label=digits(str(number), "ar"),
        number=number,
        series="main",
        queue="unified",
        service=service,
        service_ar=card.name_ar if card else None,
        service_en=card.name_en if card else None,
        papers_ar=card.papers_ar if card else [],
        papers_en=card.papers_en if card else [],
        priority=priority,
        position=13,
        wait=WaitRange(low_s=1200, likely_s=1500, high_s=1800),
        issued_at=datetime(2026, 11, 22, 7, 14, tzinfo=UTC),
        business_day=date(2026, 11, 22),
        language=language,
        status_url=status_url,
        requests=requests,
    )


def ticket_for(command: Issue, number: int) -> IssuedTicket:
    """Return the ticket that a command asked for."""
    return ticket(
        number,
        service=command.service,
        priority=command.priority,
        language=command.language,
        requests=command.requests,
    )
