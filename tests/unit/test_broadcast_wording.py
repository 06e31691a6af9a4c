"""What may be said to the hall: texts that fit, times that make sense, phrases in two languages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from queue_server.broadcasts.model import GLASSES, KINDS, LINE_LENGTH, TEXT_LENGTH
from queue_server.broadcasts.phrases import PHRASES
from queue_server.broadcasts.wording import BadWording, compose

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_ready_phrase_has_both_languages_and_its_usual_time() -> None:
    wording = compose("prayer", at=NOW, phrase="prayer-now")
    assert wording.text_ar == PHRASES["prayer-now"].ar
    assert wording.text_en == PHRASES["prayer-now"].en
    assert (wording.starts_at, wording.ends_at) == (NOW, NOW + timedelta(minutes=20))
    assert compose("closing", at=NOW, phrase="closing-soon").ends_at is None


def test_an_emergency_stands_on_every_glass_at_once_until_it_is_ended() -> None:
    wording = compose("emergency", at=NOW, phrase="leave-hall", glasses=["board"])
    assert wording.glasses == GLASSES
    assert (wording.starts_at, wording.ends_at, wording.calls_go_on) == (None, None, False)
    assert compose("emergency", at=NOW, phrase="leave-hall", calls_go_on=True).calls_go_on


def test_glasses_stand_in_one_order_and_spaces_are_drawn_together() -> None:
    wording = compose("notice", at=NOW, text_ar=" برجاء \n الهدوء ", glasses=["desk", "board"])
    assert (wording.text_ar, wording.glasses) == ("برجاء الهدوء", ("board", "desk"))


def test_no_mark_turns_the_letters_of_a_message_round() -> None:
    wording = compose("notice", at=NOW, text_ar="شباك\u202e ١٢\u2067\x07٣", text_en="Win\u202ddow")
    assert (wording.text_ar, wording.text_en) == ("شباك ١٢ ٣", "Window")


@pytest.mark.parametrize(
    ("fault", "typed"),
    [
        ("lacks-text", {"text_ar": "  "}),
        ("lacks-text", {"text_ar": "\u200f \u202e\u200b"}),
        ("too-long", {"text_ar": "م" * (LINE_LENGTH + 1)}),
        ("too-long", {"text_ar": "م", "text_en": "m" * (LINE_LENGTH + 1)}),
        ("unknown-phrase", {"phrase": "leave-hall"}),
        ("unknown-phrase", {"phrase": "advertisement"}),
        ("lacks-glass", {"text_ar": "م", "glasses": []}),
        ("ends-before", {"text_ar": "م", "ends_at": NOW}),
        ("ends-before", {"text_ar": "م", "starts_at": NOW + HOUR, "ends_at": NOW + HOUR}),
        ("too-far", {"text_ar": "م", "starts_at": NOW + timedelta(days=15)}),
    ],
)
def test_what_cannot_stand_is_refused_by_its_reason(fault: str, typed: dict[str, Any]) -> None:
    with pytest.raises(BadWording) as bad:
        compose("notice", at=NOW, **typed)
    assert bad.value.fault == fault


def test_a_beginning_that_has_passed_is_now() -> None:
    assert compose("notice", at=NOW, text_ar="م", starts_at=NOW - HOUR).starts_at == NOW


def test_every_phrase_fits_its_glass_and_is_of_a_known_kind() -> None:
    for phrase in PHRASES.values():
        assert phrase.kind in KINDS
        most = TEXT_LENGTH if phrase.kind == "emergency" else LINE_LENGTH
        assert 0 < len(phrase.ar) <= most
        assert 0 < len(phrase.en) <= most
        assert compose(phrase.kind, at=NOW, phrase=phrase.code).phrase == phrase.code


def test_what_turns_or_hides_words_has_no_place_on_a_glass() -> None:
    said = compose(
        "notice",
        at=NOW,
        text_ar="\u202eبرجاء\u200b \x07الهدوء.\u2066\n\u2069 شكرًا",
        text_en="\ufeffQuiet\u202e please",
    )
    assert said.text_ar == "برجاء الهدوء. شكرًا"
    assert said.text_en == "Quiet please"
    kept = "بنت\u200cها\u200d \u200fA1"
    assert compose("notice", at=NOW, text_ar=kept).text_ar == kept


@pytest.mark.parametrize("text", ["", " \n ", "\u202e\u200b", "\u200f", "…"])
def test_a_text_that_says_nothing_is_no_message(text: str) -> None:
    with pytest.raises(BadWording) as told:
        compose("emergency", at=NOW, text_ar=text)
    assert told.value.fault == "lacks-text"
