"""What stands on the glass, in words and digits of each language."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from core_services.l10n import Language, Messages
from core_services.link.greeting_frames import CentreNames
from core_services.link.vocabulary import WaitRange
from displays.audience import Sounding
from displays.board import Call, Glass
from displays.cli import LOCALE
from displays.face import CallFace, Face, FacePainter
from tests.support.hall_server import KAFR_SAQR, PRAYER

NOW = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)
PAINTER = FacePainter(Messages.load(LOCALE), "v1")
WORDS = (
    "Hall screen",
    "Number",
    "Window",
    "Window {number}",
    "Wait: {wait}",
    "Second call",
    "Last call",
    "Welcome",
    "Your number and window appear here when you are called.",
    "Numbers called before",
    "This screen is paused. Follow the voice calls.",
    "Emergency",
    "Training",
    "Training – nobody is called by this screen.",
)
FAULTS = (
    "The server's certificate is not the centre's: pair this screen again.",
    "The server's certificate has ended: renew it on the server.",
    "The server's certificate is not for the address set up here.",
    "The clock of this screen, or of the server, is wrong.",
    "The server does not speak TLS at the address set up here.",
)
"""What stands on it while its line to the server is not believed."""


def face(
    language: Language,
    *,
    current: Call | None = None,
    previous: tuple[Call, ...] = (),
    centre: CentreNames | None = KAFR_SAQR,
    wait: WaitRange | None = None,
    news: bool = False,
) -> Face:
    glass = Glass(current, previous, centre, wait, PRAYER if news else None, None, stale=False)
    return PAINTER.face(glass, language, now=NOW, sounding=Sounding())


def call_face(language: Language, label: str, display_label: str, recall: int = 0) -> CallFace:
    current = Call(7, label, display_label, 12, recall)
    painted = face(language, current=current).current
    assert painted is not None
    return painted


@pytest.mark.parametrize(
    ("language", "label", "display_label", "shown", "window", "letters"),
    [
        ("ar", "142", "١٤٢", "١٤٢", "١٢", False),
        ("en", "142", "١٤٢", "142", "12", False),
        ("ar", "1042", "١٠٤٢", "١٠٤٢", "١٢", False),
        ("ar", "A-101", "أ-١٠١", "أ-١٠١", "١٢", True),
        ("en", "A-101", "أ-١٠١", "A-101", "12", True),
        ("ar", "142", "142", "١٤٢", "١٢", False),
    ],
)
def test_a_number_is_eastern_in_arabic_and_western_in_english(
    language: Language, label: str, display_label: str, shown: str, window: str, letters: bool
) -> None:
    painted = call_face(language, label, display_label)
    assert (painted.label, painted.window, painted.letters) == (shown, window, letters)


@pytest.mark.parametrize(
    ("recall", "arabic", "english"),
    [
        (0, None, None),
        (1, "نداء ثانٍ", "Second call"),
        (2, "النداء الأخير", "Last call"),
        (3, "النداء الأخير", "Last call"),
    ],
)
def test_a_recall_says_which_call_it_is(
    recall: int, arabic: str | None, english: str | None
) -> None:
    assert call_face("ar", "142", "١٤٢", recall).again == arabic
    assert call_face("en", "142", "١٤٢", recall).again == english


def test_the_wait_is_a_range_in_words() -> None:
    wait = WaitRange(low_s=1200, likely_s=1500, high_s=1800)
    assert face("ar", wait=wait).wait == "الانتظار من ٢٠ إلى ٣٠ دقيقة"
    assert face("en", wait=wait).wait == "Wait: 20 to 30 minutes"
    assert face("ar").wait is None


def test_a_name_without_its_place_is_given_it() -> None:
    centre = KAFR_SAQR.model_copy(update={"name_ar": "المركز التكنولوجي لخدمة المواطنين"})
    assert face("ar", centre=centre).centre == "المركز التكنولوجي لخدمة المواطنين · كفر صقر"
    assert face("ar").centre == "المركز التكنولوجي بكفر صقر"
    assert face("en", centre=None).centre == ""


def test_news_in_the_readers_language_and_digits() -> None:
    assert face("ar", news=True).news == "صلاة الظهر: ٦ شبابيك تعمل، ودورك محفوظ."
    assert face("en", news=True).news == PRAYER.text_en
    assert face("ar").news is None


def test_the_machines_own_time_serves_until_the_server_has_said_its() -> None:
    assert face("ar").time == "٩:١٤ ص"
    assert face("en").time == "9:14 am"


def test_every_word_of_the_board_has_its_arabic() -> None:
    with (LOCALE / "ar.po").open("rb") as file:
        known = {message.id: message.string for message in read_po(file) if message.id}
    doctor = Path(LOCALE).parent / "doctor.py"
    found = {
        text
        for _, text, _, _ in extract_from_file("python", doctor, keywords={"N_": None})
        if isinstance(text, str)
    }
    assert set(known) == {*WORDS, *FAULTS, *found}
    assert all(known.values())
    assert (
        known["This screen is paused. Follow the voice calls."]
        == "الشاشة متوقفة مؤقتًا، تابع النداء الصوتي."
    )


def test_every_word_that_the_page_asks_for_is_in_the_catalogue() -> None:
    template = (Path(LOCALE).parent / "templates" / "board.html").read_text(encoding="utf-8")
    asked = {part.partition('")')[0] for part in template.split('_("')[1:]}
    assert asked <= set(WORDS)
