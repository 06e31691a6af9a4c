"""What the kiosk says of outages, in both languages."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core_services.l10n import Language, Messages
from core_services.link.hall_frames import Down
from kiosk.cli import LOCALE
from kiosk.phrases import back_words, down_words, hall_down_words
from kiosk.state import Flow
from tests.support.kiosk import hall, services

NOW = datetime(2026, 11, 22, 9, 14, tzinfo=ZoneInfo("Africa/Cairo"))
DOWN = Down(reason="ministry_system", since=NOW)
MESSAGES = Messages.load(LOCALE)


def flow(*codes: str, payment: bool = False, language: Language = "ar") -> Flow:
    """Return a kiosk at home that was told these services are down, and is cut off since."""
    cards = tuple(
        card.model_copy(update={"down": DOWN if card.code in codes else None})
        for card in services()
    )
    return replace(
        Flow(),
        language=language,
        connected=False,
        hall=hall(payment_down=DOWN if payment else None),
        services=cards,
    )


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_reason_has_words_and_one_of_tomorrow_reads_as_another(language: Language) -> None:
    said = {
        reason: down_words(DOWN.model_copy(update={"reason": reason}), language, MESSAGES)
        for reason in ("ministry_system", "network", "power", "printer", "no_officer", "other")
    }
    assert len(set(said.values())) == 6
    later = down_words(DOWN.model_copy(update={"reason": "flood"}), language, MESSAGES)
    assert later == said["other"]


def test_the_expected_time_is_told_only_while_it_lies_ahead() -> None:
    def told(ahead: timedelta) -> str | None:
        return back_words(DOWN.model_copy(update={"expected": NOW + ahead}), NOW, "ar", MESSAGES)

    assert back_words(DOWN, NOW, "ar", MESSAGES) is None
    assert told(timedelta(minutes=-1)) is None
    assert told(timedelta(hours=1)) == "العودة المتوقعة: ١٠:١٤ ص"
    assert told(timedelta(days=1)) == "العودة المتوقعة: الاثنين ٢٣ نوفمبر ٩:١٤ ص"


def test_a_home_page_where_all_works_says_nothing() -> None:
    assert hall_down_words(flow(), MESSAGES) == ()


def test_a_whole_group_is_named_by_its_own_name() -> None:
    building = [card.code for card in services() if card.group_en == "Building licences"]
    (line,) = hall_down_words(flow(*building), MESSAGES)
    assert line == "متوقف الآن: تراخيص البناء. باقي الخدمات تعمل."


def test_many_are_told_by_their_count_and_all_never_as_some() -> None:
    (line,) = hall_down_words(flow("101", "202", "303"), MESSAGES)
    assert line.startswith("عدد الخدمات المتوقفة الآن: ٣.")
    everything = [card.code for card in services()]
    (line,) = hall_down_words(flow(*everything), MESSAGES)
    assert line == "كل الخدمات متوقفة الآن. يمكنك أن تأخذ رقمًا وتنتظر."


def test_electronic_payment_has_a_line_of_its_own() -> None:
    lines = hall_down_words(flow("101", payment=True, language="en"), MESSAGES)
    assert lines == (
        "Down now: New building licence. The other services work.",
        "Electronic payment is down. Ask at reception.",
    )
