"""The published sentence says what the centre's own policy does, in good Arabic and English."""

import pytest

from queue_server.tickets.fairness import fairness_sentence


def test_kafr_saqrs_sentence_is_the_one_on_its_wall() -> None:
    sentence = fairness_sentence(900, [1])
    assert sentence.ar == (
        "الأسبق حضورًا أولًا. شباك ١ لكبار السن (٦٥ فأكثر) وذوي الإعاقة أولًا. "
        "وفي باقي الشبابيك لا يتقدّم عليك من حضر بعدك بأكثر من ١٥ دقيقة."
    )
    assert sentence.en == (
        "First come, first served. Window 1 serves people aged 65 and over and people with "
        "disabilities first. At the other windows nobody who came more than 15 minutes after you "
        "goes before you."
    )


def test_on_the_hall_screen_the_sentence_comes_line_by_line() -> None:
    sentence = fairness_sentence(900, [1, 2, 3])
    assert len(sentence.lines) == 3
    assert " ".join(ar for ar, _ in sentence.lines) == sentence.ar
    assert " ".join(en for _, en in sentence.lines) == sentence.en
    assert max(len(text) for line in sentence.lines for text in line) <= 100


def test_without_credits_and_special_windows_the_first_to_come_is_the_first_served() -> None:
    sentence = fairness_sentence(0, [])
    assert (sentence.ar, sentence.en) == ("الأسبق حضورًا أولًا.", "First come, first served.")


@pytest.mark.parametrize(
    ("seconds", "arabic", "english"),
    [
        (60, "بأكثر من دقيقة.", "more than 1 minute after"),
        (120, "بأكثر من دقيقتين.", "more than 2 minutes after"),
        (300, "بأكثر من ٥ دقائق.", "more than 5 minutes after"),
        (600, "بأكثر من ١٠ دقائق.", "more than 10 minutes after"),
        (660, "بأكثر من ١١ دقيقة.", "more than 11 minutes after"),
        (1, "بأكثر من دقيقة.", "more than 1 minute after"),
        (6000, "بأكثر من ١٠٠ دقيقة.", "more than 100 minutes after"),
        (6180, "بأكثر من ١٠٣ دقائق.", "more than 103 minutes after"),
    ],
)
def test_minutes_are_counted_as_people_count_them(seconds: int, arabic: str, english: str) -> None:
    sentence = fairness_sentence(seconds, [])
    assert sentence.ar.endswith(f"لا يتقدّم عليك من حضر بعدك {arabic}")
    assert english in sentence.en


@pytest.mark.parametrize(
    ("windows", "arabic", "english"),
    [
        ([2, 1], "شباكا ١ و٢ لكبار السن", "Windows 1 and 2 serve people"),
        ([1, 2, 9], "شبابيك ١ و٢ و٩ لكبار السن", "Windows 1, 2 and 9 serve people"),
        (list(range(1, 13)), "شبابيك ١ و٢ و٣", "Windows 1, 2, 3"),
    ],
)
def test_windows_are_named_in_their_order_and_number(
    windows: list[int], arabic: str, english: str
) -> None:
    sentence = fairness_sentence(900, windows)
    assert arabic in sentence.ar
    assert english in sentence.en


def test_the_arabic_sentence_holds_no_western_digit() -> None:
    assert not [each for each in fairness_sentence(900, [1, 12]).ar if each in "0123456789"]
