"""The kinds of equipment as pages, labels and files name them."""

from collections.abc import Mapping
from typing import Final

from queue_server.maintenance.model import EquipmentKind
from queue_server.web.words import Words

KIND_WORDS: Final[Mapping[EquipmentKind, Words]] = {
    "printer": Words("طابعة", "Printer"),
    "scanner": Words("قارئ أكواد", "Scanner"),
    "screen": Words("شاشة", "Screen"),
    "kiosk_case": Words("هيكل جهاز أرقام", "Kiosk case"),
    "ups": Words("مصدر طاقة احتياطي", "UPS"),
    "card_terminal": Words("ماكينة دفع بالبطاقة", "Card terminal"),
    "computer": Words("كمبيوتر", "Computer"),
}
