"""What the virtual document scanner's page says, in Arabic and in English."""

from collections.abc import Mapping

from drivers.virtual.page import Choice, Language, Row

ROWS = (
    Row(
        "الملقّم",
        "Feeder",
        (
            Choice("pages", "0", "فارغ", "Empty"),
            Choice("pages", "1", "ورقة واحدة", "1 sheet"),
            Choice("pages", "3", "٣ ورقات", "3 sheets"),
            Choice("pages", "10", "١٠ ورقات", "10 sheets"),
        ),
    ),
    Row(
        "الانحشار",
        "Paper jam",
        (
            Choice("jam", "0", "لا يوجد", "None"),
            Choice("jam", "2", "عند الورقة ٢", "At sheet 2"),
        ),
    ),
    Row(
        "ورقة بيضاء",
        "Blank",
        (
            Choice("blank", "0", "لا توجد", "None"),
            Choice("blank", "2", "الورقة ٢", "Sheet 2"),
        ),
    ),
    Row(
        "الاتصال",
        "Link",
        (
            Choice("cut", "0", "سليم", "Working"),
            Choice("cut", "2", "ينقطع في الصفحة ٢", "Breaks in page 2"),
        ),
    ),
    Row(
        "الانشغال",
        "Busy",
        (
            Choice("busy", "0", "متاح", "Free"),
            Choice("busy", "3", "مشغول لثلاثة طلبات", "For 3 requests"),
        ),
    ),
    Row(
        "الكهرباء",
        "Power",
        (
            Choice("power", "on", "موصولة", "On"),
            Choice("power", "off", "مفصولة", "Off"),
        ),
    ),
)

JOB_STATES: Mapping[str, Mapping[Language, str]] = {
    "Processing": {"ar": "جارٍ المسح", "en": "Scanning"},
    "Completed": {"ar": "اكتمل", "en": "Completed"},
    "Canceled": {"ar": "أُلغي", "en": "Cancelled"},
    "Aborted": {"ar": "توقف بعطل", "en": "Stopped by a fault"},
}

WORDS: Mapping[Language, Mapping[str, str]] = {
    "ar": {
        "title": "ماسح مستندات افتراضي",
        "address": "العنوان",
        "connected": "يجري مسح الآن",
        "alone": "لا يجري مسح الآن",
        "scanned": "عدد الصفحات الممسوحة منذ التشغيل",
        "jobs": "أعمال المسح",
        "none": "لم يُطلب مسح بعد.",
        "source": "المصدر",
        "platen": "الزجاج",
        "feeder": "الملقّم",
        "resolution": "نقطة في البوصة",
        "pages": "الصفحات",
        "state": "الحالة",
    },
    "en": {
        "title": "Virtual document scanner",
        "address": "Address",
        "connected": "A scan is going on",
        "alone": "No scan is going on",
        "scanned": "Pages scanned since it was started",
        "jobs": "Scans",
        "none": "Nothing has been scanned yet.",
        "source": "Source",
        "platen": "Glass",
        "feeder": "Feeder",
        "resolution": "dots an inch",
        "pages": "Pages",
        "state": "State",
    },
}
