"""What the virtual panels' page says, in Arabic and in English."""

from collections.abc import Mapping

from drivers.virtual.page import Choice, Language, Row

ROWS = (
    Row(
        "الكهرباء",
        "Power",
        (
            Choice("power", "on", "موصولة", "On"),
            Choice("power", "off", "مفصولة", "Off"),
            Choice("power", "cycle", "فصل ثم توصيل", "Off and on"),
        ),
    ),
    Row(
        "الكابل",
        "Cable",
        (
            Choice("plug", "in", "موصول", "Plugged in"),
            Choice("plug", "out", "منزوع", "Pulled out"),
        ),
    ),
    Row(
        "الاستقبال",
        "Input",
        (
            Choice("deaf", "false", "سليم", "Working"),
            Choice("deaf", "true", "لا يستجيب", "Shows nothing"),
        ),
    ),
    Row(
        "الردود",
        "Answers",
        (
            Choice("answers", "true", "سليمة", "Sound"),
            Choice("answers", "garbled", "مشوّشة", "Garbled"),
            Choice("answers", "refused", "رافضة", "Refusing"),
        ),
    ),
    Row(
        "السرعة",
        "Speed",
        (
            Choice("bytes_per_s", "0", "كاملة", "Full"),
            Choice("bytes_per_s", "100", "بطيئة", "Slow"),
        ),
    ),
    Row(
        "لوحة معطلة",
        "Dead panel",
        (
            Choice("dead", "0", "لا يوجد", "None"),
            Choice("dead", "1", "لوحة ١", "Panel 1"),
            Choice("dead", "3", "لوحة ٣", "Panel 3"),
        ),
    ),
)

WORDS: Mapping[Language, Mapping[str, str]] = {
    "ar": {
        "title": "لوحات شبابيك افتراضية",
        "protocol": "طريقة المخاطبة",
        "problems": "عدد الرسائل غير المفهومة",
        "panels": "ما يراه المواطن",
        "panel": "لوحة",
        "dark": "مطفأة",
    },
    "en": {
        "title": "Virtual window panels",
        "protocol": "Protocol",
        "problems": "Messages not understood",
        "panels": "What a citizen sees",
        "panel": "Panel",
        "dark": "Dark",
    },
}
