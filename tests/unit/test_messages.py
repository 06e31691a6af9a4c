"""Every text of every program has its Arabic."""

from pathlib import Path

import pytest

from core_services.l10n import PLURAL_FORMS, Messages
from core_services.translations import missing_messages, program_messages

ROOT = Path(__file__).parents[2]
PROGRAMS = [
    ROOT / name
    for name in (
        "kiosk",
        "displays",
        "queue_server/web",
        "core_services/doctor",
        "queue_server/doctor",
    )
    if (ROOT / name / "locale" / "ar.po").exists()
]
HEADER = f'msgid ""\nmsgstr ""\n"Plural-Forms: {PLURAL_FORMS}\\n"\n\n'


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_of_a_program_has_its_arabic_and_nothing_is_left_over(program: Path) -> None:
    found = missing_messages(program)
    assert not found, found


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_catalogue_can_be_loaded(program: Path) -> None:
    Messages.load(program / "locale")


MISLEADING = {
    "مدير المركز": "the head of the centre; the administrator is «مدير النظام»",
    "بعد اليوم": "after today; not yet today is «اليوم حتى الآن»",
}


@pytest.mark.parametrize("words", MISLEADING, ids=MISLEADING.get)
def test_no_text_has_words_that_mean_something_else(words: str) -> None:
    sources = [
        path
        for program in PROGRAMS
        for path in program.rglob("*")
        if path.suffix in (".po", ".py", ".html", ".js")
    ]
    assert [path.name for path in sources if words in path.read_text(encoding="utf-8")] == []


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "locale").mkdir()
    (tmp_path / "page.html").write_text(
        '{% trans n=2 %}{{ n }} day{% pluralize %}{{ n }} days{% endtrans %}{{ _("Sign out") }}'
    )
    (tmp_path / "live.js").write_text('const word = _("Paused");')
    (tmp_path / "words.py").write_text(
        'LATE = N_("Late")\n'
        "def say(messages, language, late):\n"
        '    one = messages.gettext(language, "Hello {name}")\n'
        '    two = messages.gettext("ar", "Second call" if late else "Last call")\n'
        '    return messages.ngettext(language, "{n} hour", "{n} hours", 3), _(one), two\n'
    )
    return tmp_path


def write(program: Path, entries: str) -> None:
    (program / "locale" / "ar.po").write_text(HEADER + entries, encoding="utf-8")


def test_texts_are_found_in_python_templates_and_scripts(program: Path) -> None:
    assert sorted(program_messages(program)) == [
        "%(n)s day",
        "Hello {name}",
        "Last call",
        "Late",
        "Paused",
        "Second call",
        "Sign out",
        "{n} hour",
    ]


def test_missing_doubtful_and_left_over_texts_are_named(program: Path) -> None:
    write(
        program,
        'msgid "Sign out"\nmsgstr "خروج"\n\n'
        '#, fuzzy\nmsgid "Paused"\nmsgstr "متوقف"\n\n'
        'msgid "Late"\nmsgstr ""\n\n'
        'msgid "Gone"\nmsgstr "ذهب"\n\n'
        'msgid "Hello {name}"\nmsgstr "أهلًا {nmae}"\n',
    )
    found = missing_messages(program)
    assert found
    assert found.missing == ("%(n)s day", "Last call", "Late", "Second call", "{n} hour")
    assert found.fuzzy == ("Paused",)
    assert found.unused == ("Gone",)
    assert found.placeholders == ("Hello {name}",)


def test_forms_for_one_and_two_may_leave_their_number_out(program: Path) -> None:
    forms = ["لا ساعات", "ساعة", "ساعتان", "{n} ساعات", "{n} ساعة", "{n} ساعة"]
    write(
        program,
        'msgid "{n} hour"\nmsgid_plural "{n} hours"\n'
        + "".join(f'msgstr[{index}] "{form}"\n' for index, form in enumerate(forms)),
    )
    assert missing_messages(program).placeholders == ()
