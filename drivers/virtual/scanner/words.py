"""What the virtual scanner's page says, in Arabic and in English."""

from collections.abc import Mapping

from drivers.virtual.page import Choice, Language, Row

ROWS = (
    Row(
        "امسح",
        "Scan",
        (
            Choice("pick", "biscuits", "علبة بسكويت", "A packet of biscuits"),
            Choice("pick", "menu", "قائمة طعام", "A menu"),
            Choice("pick", "card", "ظهر بطاقة", "The back of an ID card"),
            Choice("pick", "licence", "رخصة", "A licence"),
        ),
    ),
    Row(
        "يرسل",
        "Sends",
        (
            Choice("sends", "code", "الكود", "The code"),
            Choice("sends", "garbage", "رموزًا تالفة", "Garbage"),
            Choice("sends", "endless", "سيلًا بلا نهاية", "Garbage without end"),
        ),
    ),
    Row(
        "النهاية",
        "Its end",
        (
            Choice("suffix", "true", "تُرسَل", "Sent"),
            Choice("suffix", "false", "ناقصة", "Missing"),
        ),
    ),
    Row(
        "العدد",
        "How often",
        (
            Choice("doubled", "false", "مرة", "Once"),
            Choice("doubled", "true", "مرتين", "Twice"),
        ),
    ),
    Row(
        "النوع",
        "Its kind",
        (
            Choice("identifier", "false", "لا يُذكر", "Not told"),
            Choice("identifier", "true", "يُذكر (AIM)", "Told (AIM)"),
        ),
    ),
    Row(
        "السرعة",
        "Speed",
        (
            Choice("per_s", "0", "كاملة", "Full"),
            Choice("per_s", "40", "بطيئة", "Slow"),
            Choice("per_s", "5", "بطيئة جدًا", "Very slow"),
        ),
    ),
    Row(
        "الكابل",
        "Cable",
        (
            Choice("plug", "in", "موصول", "In"),
            Choice("plug", "out", "مفصول", "Out"),
            Choice("plug", "cycle", "فصل ثم توصيل", "Out and in"),
        ),
    ),
)

WORDS: Mapping[Language, Mapping[str, str]] = {
    "ar": {
        "title": "قارئ أكواد افتراضي",
        "faults": "أشياء وأعطال",
        "at": "عنوانه",
        "hold": "ضع كودًا أمامه",
        "text": "نص الكود",
        "hint": "الصق هنا رابط الورقة أو كود الموعد",
        "kind": "نوع الكود",
        "scan": "امسح",
        "recent": "ما مُسح من قبل",
        "sent": "أكواد أُرسلت",
        "missed": "أكواد لم يسمعها أحد",
        "waiting": "ينتظر أمرًا بالقراءة",
    },
    "en": {
        "title": "Virtual scanner",
        "faults": "Things and faults",
        "at": "At",
        "hold": "Hold a code before it",
        "text": "The code's text",
        "hint": "Paste a slip's link or an appointment's code",
        "kind": "Kind of code",
        "scan": "Scan",
        "recent": "Scanned before",
        "sent": "Codes sent",
        "missed": "Codes that nobody heard",
        "waiting": "Waits for the order to look",
    },
}
