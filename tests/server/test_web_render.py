"""Templates: contexts, words in both languages, numbers and moments as the reader writes them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from jinja2 import TemplateSyntaxError, UndefinedError

from core_services.look.font import font_file
from queue_server.web.render import LOCALE, Pages
from queue_server.web.static import Assets
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class Facts:
    template: ClassVar[str] = "_facts.html"

    name: str = "منى <b>السيد</b>"
    n: int = 3
    at: datetime = datetime(2026, 11, 22, 7, 14, tzinfo=UTC)


def pages(folder: Path, source: str, *, cache_dir: Path | None = None) -> Pages:
    (folder / "_facts.html").write_text(source, encoding="utf-8")
    return Pages(
        assets=Assets.load([], font_file()),
        centre_name=lambda: Words("المركز", "The centre"),
        zone=lambda: ZoneInfo("Africa/Cairo"),
        templates=folder,
        locale=LOCALE,
        cache_dir=cache_dir,
    )


@pytest.mark.parametrize(
    ("source", "arabic", "english"),
    [
        ("{{ n(page.n) }}", "٣", "3"),
        ('{{ ngettext("{n} minute", "{n} minutes", page.n) }}', "٣ دقائق", "3 minutes"),
        ('{{ ngettext("{n} minute", "{n} minutes", 2) }}', "دقيقتين", "2 minutes"),
        ("{{ time(page.at) }}", "٩:١٤ ص", "9:14 am"),
        ("{{ date(page.at) }}", "الأحد ٢٢/١١/٢٠٢٦", "Sunday 22/11/2026"),
        ("{{ date_words(page.at) }}", "الأحد ٢٢ نوفمبر", "Sunday 22 November"),
        ("{{ iso(page.at) }}", "2026-11-22T07:14:00+00:00", "2026-11-22T07:14:00+00:00"),
        ("{{ clock(192) }}", "٠٣:١٢", "03:12"),
        ("{{ wait(1200, 1800) }}", "من ٢٠ إلى ٣٠ دقيقة", "20 to 30 minutes"),
        ("{{ money(22500) }}", "٢٢٥٫٠٠ ج", "EGP 225.00"),
        ("{{ number(1250) }}", "١٬٢٥٠", "1,250"),
        ('{{ digits("ك 104") }}', "ك ١٠٤", "ك 104"),
        ('{{ _("Sign in") }}', "دخول", "Sign in"),
        ("{{ language }}", "ar", "en"),
    ],
)
def test_a_template_speaks_both_languages(
    tmp_path: Path, source: str, arabic: str, english: str
) -> None:
    made = pages(tmp_path, source)
    assert made.fragment("ar", Facts()) == arabic
    assert made.fragment("en", Facts()) == english


def test_what_people_wrote_is_escaped_also_inside_a_sentence(tmp_path: Path) -> None:
    made = pages(tmp_path, '{{ page.name }}|{{ _("Hello {name}", name=page.name) }}')
    assert "<b>" not in made.fragment("ar", Facts())
    assert made.fragment("en", Facts()).count("&lt;b&gt;") == 2


def test_a_name_that_the_context_lacks_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        pages(tmp_path, "{{ page.nmae }}").fragment("ar", Facts())


def test_a_template_that_cannot_be_read_is_found_at_start(tmp_path: Path) -> None:
    with pytest.raises(TemplateSyntaxError):
        pages(tmp_path, "{% if %}")


def test_a_file_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        pages(tmp_path, "{{ static('nothing.css') }}").fragment("ar", Facts())


def test_a_changed_template_is_not_taken_from_the_cache(tmp_path: Path) -> None:
    templates, cache = tmp_path / "templates", tmp_path / "cache"
    templates.mkdir()
    for source, said in (
        ("{{ n(page.n) }}", "٣"),
        ("{{ page.n }}!", "3!"),
        ("{{ page.n }}!", "3!"),
    ):
        made = pages(templates, source, cache_dir=cache)
        assert made.fragment("ar", Facts()) == said
    assert len(list(cache.glob("*/*"))) == 1


@pytest.mark.parametrize("start", ["first", "second"])
def test_both_languages_run_the_same_compiled_template(tmp_path: Path, start: str) -> None:
    cache, templates = tmp_path / "cache", tmp_path / "templates"
    templates.mkdir()
    made = pages(templates, "{{ n(page.n) }}", cache_dir=cache)
    if start == "second":  # read from the disk
        made = pages(templates, "{{ n(page.n) }}", cache_dir=cache)
    codes = {
        id(environment.get_template("_facts.html").root_render_func.__code__)
        for environment in made._environments.values()
    }
    assert len(codes) == 1
    assert [made.fragment(each, Facts()) for each in ("ar", "en")] == ["٣", "3"]
