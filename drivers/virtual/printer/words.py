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
        "الاستقبال",
        "Intake",
        (
            Choice("reads", "true", "تستقبل", "Takes bytes"),
            Choice("reads", "false", "لا تستقبل", "Takes none"),
        ),
    ),
    Row(
        "إشعار الإتمام",
        "Echo",
        (
            Choice("echo", "right", "صحيح", "Right"),
            Choice("echo", "absent", "لا يصل", "None"),
            Choice("echo", "wrong", "خاطئ", "Wrong"),
            Choice("echo", "split", "مجزأ", "In pieces"),
        ),
    ),
    Row(
        "تأخر الإشعار",
        "Echo delay",
        (
            Choice("echo_delay_ms", "0", "بلا تأخر", "None"),
            Choice("echo_delay_ms", "5000", "٥ ثوانٍ", "5 s"),
            Choice("echo_delay_ms", "30000", "٣٠ ثانية", "30 s"),
        ),
    ),
    Row(
        "رسائل قبل كل رد",
        "Noise",
        (
            Choice("noise", "none", "لا شيء", "Nothing"),
            Choice("noise", "xon", "XOFF وXON", "XOFF and XON"),
            Choice("noise", "asb", "حالة الطابعة", "Its status"),
        ),
    ),
    Row(
        "انقطاع الوصلة",
        "Cut link",
        (
            Choice("cut_after_bytes", "-1", "لا تنقطع", "Never"),
            Choice("cut_after_bytes", "0", "عند أول بايت", "At next byte"),
            Choice("cut_after_bytes", "2000", "بعد ٢٠٠٠ بايت", "After 2000"),
        ),
    ),
    Row(
        "الاتصال الجديد",
        "New links",
        (
            Choice("connections", "accepted", "تقبله", "Accepted"),
            Choice("connections", "refused", "ترفضه", "Refused"),
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
