"""Catalogues of user text: what is read, what is refused, what falls back."""

from pathlib import Path

import pytest

from core_services.l10n import PLURAL_FORMS, L10nError, Messages

HEADER = f"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {PLURAL_FORMS}\\n"
"""
BODY = """
msgid "Take a number"
msgstr "خُذ رقمك"

#, fuzzy
msgid "Help"
msgstr "شيء آخر"

msgid "Not yet"
msgstr ""

msgid "%(n)s person"
msgid_plural "%(n)s people"
msgstr[0] "لا أحد"
msgstr[1] "شخص واحد"
msgstr[2] "شخصان"
msgstr[3] "%(n)s أشخاص"
msgstr[4] "%(n)s شخصًا"
msgstr[5] "%(n)s شخص"
"""


def catalogue(folder: Path, text: str) -> Path:
    (folder / "ar.po").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def messages(tmp_path: Path) -> Messages:
    return Messages.load(catalogue(tmp_path, HEADER + BODY))


def test_arabic_comes_from_the_catalogue_and_english_is_the_msgid(messages: Messages) -> None:
    assert messages.gettext("ar", "Take a number") == "خُذ رقمك"
    assert messages.gettext("en", "Take a number") == "Take a number"


@pytest.mark.parametrize("msgid", ["Help", "Not yet", "Never heard of"])
def test_fuzzy_empty_and_unknown_texts_fall_back_to_english(messages: Messages, msgid: str) -> None:
    assert messages.gettext("ar", msgid) == msgid


@pytest.mark.parametrize(
    ("n", "arabic"),
    [
        (0, "لا أحد"),
        (1, "شخص واحد"),
        (2, "شخصان"),
        (3, "%(n)s أشخاص"),
        (10, "%(n)s أشخاص"),
        (11, "%(n)s شخصًا"),
        (99, "%(n)s شخصًا"),
        (100, "%(n)s شخص"),
        (101, "%(n)s شخص"),
        (102, "%(n)s شخص"),
        (103, "%(n)s أشخاص"),
    ],
)
def test_counted_things_take_the_form_of_their_number(
    messages: Messages, n: int, arabic: str
) -> None:
    assert messages.ngettext("ar", "%(n)s person", "%(n)s people", n) == arabic


def test_counted_things_fall_back_to_english(messages: Messages) -> None:
    assert messages.ngettext("ar", "%(n)s day", "%(n)s days", 1) == "%(n)s day"
    assert messages.ngettext("en", "%(n)s person", "%(n)s people", 11) == "%(n)s people"


def test_the_plural_rule_that_tools_write_for_arabic_is_refused(tmp_path: Path) -> None:
    swapped = PLURAL_FORMS.replace("n%100>=11 ? 4 : 5", "n%100>=0 && n%100<=2 ? 4 : 5")
    with pytest.raises(L10nError, match="Plural-Forms"):
        Messages.load(catalogue(tmp_path, HEADER.replace(PLURAL_FORMS, swapped) + BODY))


def test_a_catalogue_that_is_not_there_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(L10nError, match=r"ar\.po"):
        Messages.load(tmp_path / "nowhere")
    with pytest.raises(L10nError, match=r"ar\.po"):
        Messages.load(catalogue(tmp_path, HEADER + "not a catalogue"))
