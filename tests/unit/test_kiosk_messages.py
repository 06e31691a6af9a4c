"""The kiosk speaks Arabic everywhere."""

from pathlib import Path

import pytest

from core_services.l10n import Messages
from core_services.translations import missing_messages

KIOSK = Path(__file__).parents[2] / "kiosk"


def test_every_text_of_the_kiosk_has_its_arabic() -> None:
    problems = missing_messages(KIOSK)
    assert not problems, problems


@pytest.mark.parametrize(
    ("english", "arabic"),
    [
        ("Take your number", "خُذ رقمك"),
        ("How many requests do you have?", "كم طلب معك؟"),
        ("I need help", "أحتاج مساعدة"),
        ("I have kept the number", "حفظت الرقم"),
        ("Fee: set after inspection", "الرسم: يُحدَّد بعد الفحص"),
        ("Fee: free of charge", "الرسم: مجانًا"),
        ("Do you need more time?", "هل تحتاج وقتًا أطول؟"),
        (
            "The slip was not printed. Your number is {number}; tell it to reception, and they "
            "print it for you.",
            "لم تُطبع الورقة. رقمك {number}، قُل الرقم لموظف الاستقبال ليطبعه لك.",
        ),
        (
            "No more numbers are given today. Whoever holds a number will be served.",
            "توقّف حجز الأرقام اليوم، ومن معه رقم ستُقضى خدمته.",
        ),
    ],
)
def test_the_exact_lines_of_the_hall_are_kept(english: str, arabic: str) -> None:
    assert Messages.load(KIOSK / "locale").gettext("ar", english) == arabic
