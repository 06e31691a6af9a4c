"""Charts: the pictures that are committed, and what holds for any figures at all."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import core_services.look
from core_services.l10n import Language
from core_services.sheets.model import Column, Sheet
from queue_server.charts.bars import interval_chart
from queue_server.charts.columns import column_chart, histogram
from queue_server.charts.frame import Look, width_of
from queue_server.charts.heat import heat_map, level
from queue_server.charts.lines import Mark, line_chart
from queue_server.charts.scales import Scale, hour_ticks, second_ticks, ticks
from queue_server.charts.spark import sparkline
from tests.support.chart_scenes import OPENING, PICTURES, SCENES, broken, hall_sheet, line

SVG = "{http://www.w3.org/2000/svg}"
LANGUAGES: tuple[Language, ...] = ("ar", "en")
CAIRO = ZoneInfo("Africa/Cairo")
FIGURES = st.lists(st.none() | st.integers(0, 10**12), max_size=40)


def drawn(svg: str) -> Element:
    return fromstring(svg)


def numbers(sheet_figures: Sequence[int | None], language: Language = "en") -> Sheet:
    """Return a sheet of moments and figures, its words the same in both languages."""
    return Sheet(
        title="x",
        language=language,
        columns=(
            Column("at", "x", "time"),
            Column("name", "x"),
            Column("low", "x", "int"),
            Column("high", "x", "int"),
            Column("n", "x", "int"),
        ),
        rows=tuple(
            (OPENING + timedelta(minutes=5 * nth), f"{nth}", nth, nth + 1, figure)
            for nth, figure in enumerate(sheet_figures)
        ),
    )


def all_kinds(figures: Sequence[int | None], language: Language = "en") -> list[str]:
    """Draw the same figures as every kind of chart."""
    sheet, look = numbers(figures, language), Look(language, "x")
    order = tuple(f"{nth}" for nth in range(len(figures)))
    return [
        line_chart(sheet, look, x="at", series=("n",), unit="x", mark=Mark(7, "x")),
        column_chart(sheet, look, x="name", series=("n", "low")),
        column_chart(sheet, look, x="name", series=("n", "low"), is_stacked=True),
        histogram(sheet, look, low="low", high="high", people="n", unit="x", mark=Mark(3, "x")),
        interval_chart(sheet, look, name="name", low="low", likely="low", high="n", unit="x"),
        heat_map(
            sheet, look, rows="name", columns="low", value="n", row_order=order[:7],
            column_order=tuple(range(min(12, len(figures)))),
        ),
        sparkline(sheet, look, value="n"),
    ]  # fmt: skip


def places(root: Element) -> list[tuple[float, float]]:
    """Return every corner and point that is drawn, texts by where they are anchored."""
    found: list[tuple[float, float]] = []
    for each in root.iter():
        at = {name: float(each.get(name, "0")) for name in ("x", "y", "width", "height")}
        match each.tag.removeprefix(SVG):
            case "rect" if each.get("class", "").startswith(("plot__ground", "plot__dot")):
                pass
            case "rect":
                found += [(at["x"], at["y"])]
                found += [(at["x"] + at["width"], at["y"] + at["height"])]
            case "text":
                found.append((at["x"], at["y"]))
            case "line":
                found.append((float(each.get("x1", "")), float(each.get("y1", ""))))
                found.append((float(each.get("x2", "")), float(each.get("y2", ""))))
            case "circle":
                found.append((float(each.get("cx", "")), float(each.get("cy", ""))))
            case "polyline":
                for pair in each.get("points", "").split():
                    x, y = pair.split(",")
                    found.append((float(x), float(y)))
    return found


def size(root: Element) -> tuple[float, float]:
    _, _, width, height = (float(each) for each in root.get("viewBox", "").split())
    return width, height


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", list(SCENES))
def test_a_chart_is_the_committed_picture(name: str, language: Language) -> None:
    committed = (PICTURES / f"{name}-{language}.svg").read_text(encoding="utf-8")
    assert broken(SCENES[name](language)) == committed


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", list(SCENES))
def test_a_chart_is_an_image_with_a_title_in_its_language_and_ids_of_its_own(
    name: str, language: Language
) -> None:
    root = drawn(SCENES[name](language))
    assert root.get("role") == "img"
    assert root.get("lang") == language
    assert root.get("direction") == "ltr"
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    for named in root.get("aria-labelledby", "").split():
        [found] = [each for each in root if each.get("id") == named]
        assert found.text
    for each in root.iter():
        for value in each.attrib.values():
            assert "style" not in each.attrib
            for used in re.findall(r"url\(#([^)]+)\)", value):
                assert used in ids


@pytest.mark.parametrize("name", list(SCENES))
def test_every_class_of_a_chart_has_a_rule_on_pages_and_in_pictures(name: str) -> None:
    css = (Path(core_services.look.__path__[0]) / "plot.css").read_text(encoding="utf-8")
    alone = line("ar", is_standalone=True)
    for each in drawn(SCENES[name]("ar")).iter():
        for kind in each.get("class", "").split():
            if kind != "plot__dot":
                assert f".{kind} {{" in css or f".{kind}," in css, kind
                assert f".{kind}{{" in alone or f".{kind}," in alone, kind


def test_a_picture_that_stands_alone_needs_nothing_from_outside() -> None:
    root = drawn(line("ar", is_standalone=True))
    style = root.find(f"{SVG}style")
    assert style is not None
    assert style.text is not None
    assert "var(" not in style.text
    assert "@" not in style.text
    assert "#0b4f4c" in style.text
    assert (root.get("width"), root.get("height")) == ("560", "280")


@settings(max_examples=60)
@given(FIGURES)
def test_everything_drawn_lies_within_the_picture_whatever_the_figures(
    figures: list[int | None],
) -> None:
    for language in LANGUAGES:
        for svg in all_kinds(figures, language):
            root = drawn(svg)
            width, height = size(root)
            for x, y in places(root):
                assert 0 <= x <= width
                assert 0 <= y <= height
            assert "nan" not in svg.lower()
            assert "inf" not in svg.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_time_at_the_end_of_a_day_is_written_within_the_picture(language: Language) -> None:
    columns = (Column("at", "x", "time"), Column("n", "x", "int"))
    opening = OPENING.replace(minute=0)
    hours = tuple((opening + timedelta(hours=hour), hour) for hour in range(7))
    svg = line_chart(
        Sheet("x", language, columns, hours), Look(language, "x"), x="at", series=("n",)
    )
    root = drawn(svg)
    width, _ = size(root)
    names = [
        (float(each.get("x", "")), width_of((each.text or "").strip("\u2067\u2069")) / 2)
        for each in root.iter(f"{SVG}text")
        if each.get("text-anchor") == "middle" and ":" in (each.text or "")
    ]
    assert len(names) == 7
    assert all(half <= middle <= width - half for middle, half in names), (names, width)


@settings(max_examples=40)
@given(FIGURES)
def test_arabic_is_the_mirror_of_english_with_texts_unturned(figures: list[int | None]) -> None:
    for arabic, english in zip(all_kinds(figures, "ar"), all_kinds(figures, "en"), strict=True):
        width, _ = size(drawn(english))
        pairs = zip(shapes(drawn(arabic)), shapes(drawn(english)), strict=True)
        for as_drawn, other in pairs:
            mirrored = sorted((width - x, y) for x, y in other)
            for here, there in zip(sorted(as_drawn), mirrored, strict=True):
                assert here == pytest.approx(there, abs=0.03)


def shapes(root: Element) -> list[list[tuple[float, float]]]:
    """Return the points of every shape in the order of drawing, without texts."""
    found = []
    for each in root:
        if each.tag.removeprefix(SVG) in ("rect", "line", "circle", "polyline"):
            around = Element(root.tag, root.attrib)
            around.append(each)
            points = places(around)
            if each.tag == f"{SVG}rect" and points:
                # Both pairs of corners: mirrored, the one pair becomes the other.
                (left, top), (right, bottom) = points
                points = [(left, top), (right, top), (left, bottom), (right, bottom)]
            found.append(points)
    return found


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(1, 1e9))
def test_a_scale_never_puts_more_below_less(one: float, other: float, highest: float) -> None:
    scale = Scale(0, highest, 250, 14)
    low, high = sorted((one, other))
    assert scale(low) >= scale(high)
    assert 14 <= scale(one) <= 250


@given(st.floats(0.001, 1e12), st.integers(2, 9))
def test_ticks_are_round_few_and_hold_the_highest(highest: float, most: int) -> None:
    for marks in (ticks(highest, most=most), second_ticks(highest, most=most)):
        assert marks[0] == 0
        assert marks[-1] >= highest * (1 - 1e-9)
        assert len(marks) <= most + 1
        steps = [after - before for before, after in pairwise(marks)]
        assert steps == pytest.approx([steps[0]] * len(steps))
    assert all(mark % 60 == 0 for mark in second_ticks(highest, most=most))


@given(st.integers(0, 10**6))
def test_ticks_of_people_are_whole(people: int) -> None:
    assert all(mark == int(mark) for mark in ticks(people, is_whole=True))


def test_hours_are_those_of_the_wall_clock_at_the_edges_too() -> None:
    first = datetime(2026, 11, 22, 8, 30, tzinfo=CAIRO)
    told = hour_ticks(first, first + timedelta(hours=3, minutes=30), most=8)
    assert [each.strftime("%H:%M") for each in told] == [
        "08:30", "09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00",
    ]  # fmt: skip
    told = hour_ticks(first, first + timedelta(hours=6), most=4)
    assert [each.strftime("%H:%M") for each in told] == ["10:00", "12:00", "14:00"]


def test_a_line_is_broken_where_nothing_is_known() -> None:
    root = drawn(line("en"))
    lines = [each.get("class") for each in root.iter(f"{SVG}polyline")]
    assert lines == ["plot__line--1", "plot__line--1", "plot__line--2"]


def test_a_day_of_one_moment_is_a_point_and_one_of_none_an_empty_frame() -> None:
    one = hall_sheet("ar").rows[:1]
    sheet = Sheet("x", "ar", hall_sheet("ar").columns, one)
    root = drawn(line_chart(sheet, Look("ar", "x"), x="at", series=("in_hall",)))
    assert len(list(root.iter(f"{SVG}circle"))) == 2
    empty = Sheet("x", "ar", sheet.columns, ())
    root = drawn(line_chart(empty, Look("ar", "x"), x="at", series=("in_hall",)))
    assert list(root.iter(f"{SVG}circle")) == []


def test_a_target_beyond_the_last_column_is_named_but_not_drawn_among_them() -> None:
    sheet = numbers([3, 4])
    root = drawn(
        histogram(sheet, Look("en", "x"), low="low", high="high", people="n", mark=Mark(9, "far"))
    )
    assert [each.text for each in root.iter(f"{SVG}text")].count("far") == 1
    assert not [each for each in root.iter() if each.get("class") == "plot__mark"]


def test_the_darkest_field_is_the_most_and_nothing_is_white() -> None:
    assert [level(each, 100.0) for each in (None, 0, 1, 20, 21, 99, 100)] == [
        "none", "0", "1", "1", "2", "5", "5",
    ]  # fmt: skip


def test_words_cannot_break_out_of_a_picture() -> None:
    evil = Sheet('<script>"&', "ar", (Column("n", "</text><x>", "int"),), ((1,),))
    svg = sparkline(evil, Look("ar", "x", 'it\'s "<b>"'), value="n")
    assert drawn(svg)[0].text == '<script>"&'
    assert "<script" not in svg
