"""What the virtual printer's page says, in Arabic and in English."""

from collections.abc import Mapping

from drivers.virtual.page import Choice, Language, Row

ROWS = (
    Row(
        "الورق",
        "Paper",
        (
            Choice("paper", "ok", "موجود", "Loaded"),
            Choice("paper", "near_end", "قارب على النفاد", "Near its end"),
            Choice("paper", "out", "نفد", "Out"),
        ),
    ),
    Row(
        "الغطاء",
        "Cover",
        (
            Choice("cover", "closed", "مغلق", "Closed"),
            Choice("cover", "open", "مفتوح", "Open"),
        ),
    ),
    Row(
        "السكين",
        "Cutter",
        (
            Choice("cutter", "ok", "سليمة", "Working"),
            Choice("cutter", "stuck", "عالقة", "Stuck"),
        ),
    ),
    Row(
        "الطابعة",
        "Printer",
        (
            Choice("online", "true", "متصلة", "Online"),
            Choice("online", "false", "موقوفة", "Offline"),
        ),
    ),
    Row(
        "الردود",
        "Answers",
        (
            Choice("replies", "true", "ترد", "Given"),
            Choice("replies", "false", "لا ترد", "None"),
        ),
    ),
    Row(
        "السرعة",
        "Speed",
        (
            Choice("bytes_per_s", "0", "كاملة", "Full"),
            Choice("bytes_per_s", "4000", "بطيئة", "Slow"),
            Choice("bytes_per_s", "400", "بطيئة جدًا", "Very slow"),
        ),
    ),
    Row(
        "الكهرباء",
        "Power",
        (
            Choice("power", "on", "موصولة", "On"),
            Choice("power", "off", "مفصولة", "Off"),
            Choice("power", "cycle", "فصل ثم توصيل", "Off and on"),
        ),
    ),
)

WORDS: Mapping[Language, Mapping[str, str]] = {
    "ar": {
        "title": "طابعة افتراضية",
        "profile": "الطراز",
        "alone": "لا يتصل بها أحد",
        "kept": "بايت في الذاكرة لم تُطبع بعد",
        "slips": "الورق المطبوع",
        "none": "لم تُطبع ورقة بعد.",
        "slip": "ورقة رقم",
    },
    "en": {
        "title": "Virtual printer",
        "profile": "Profile",
        "alone": "Nobody is connected",
        "kept": "bytes kept and not printed yet",
        "slips": "Printed paper",
        "none": "Nothing has been printed yet.",
        "slip": "Slip number",
    },
}
