"""The screens' font: what it can write, how heavy and how small it is."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from core_services.look.font import font_file, web_font

ARABIC = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"
MARKS = "ًٌٍَُِّْٰـ"
SIGNS = "٠١٢٣٤٥٦٧٨٩٪٫٬،؛؟«»…–—·×"
FOREIGN = "پچڤگ"


@pytest.fixture(scope="module")
def opened(font: Path) -> Iterator[TTFont]:
    with TTFont(font) as opened:
        yield opened


def test_every_letter_digit_and_sign_of_the_screens_is_there(opened: TTFont) -> None:
    known = opened.getBestCmap()
    latin = "".join(map(chr, range(0x20, 0x7F)))
    missing = [sign for sign in ARABIC + MARKS + SIGNS + FOREIGN + latin if ord(sign) not in known]
    assert missing == []


def test_numbers_can_be_as_heavy_as_the_board_needs(opened: TTFont) -> None:
    [weight] = opened["fvar"].axes
    assert (weight.axisTag, weight.minValue, weight.maxValue) == ("wght", 400, 900)


def test_digits_are_equally_wide_so_that_clocks_stand_still(opened: TTFont) -> None:
    names, widths = opened.getBestCmap(), opened["hmtx"]
    for digits in ("٠١٢٣٤٥٦٧٨٩", "0123456789"):
        assert len({widths[names[ord(digit)]][0] for digit in digits}) == 1


def test_letters_still_join(opened: TTFont) -> None:
    features = {record.FeatureTag for record in opened["GSUB"].table.FeatureList.FeatureRecord}
    assert {"init", "medi", "fina", "rlig"} <= features


def test_a_citizens_phone_loads_it_quickly(font: Path) -> None:
    assert font.stat().st_size < 50_000


def test_it_is_made_once_even_when_programs_start_together(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as programs:
        paths = set(programs.map(web_font, [tmp_path, tmp_path]))
    [path] = paths
    assert list(tmp_path.iterdir()) == [path]
    made = path.stat().st_mtime_ns
    assert web_font(tmp_path).stat().st_mtime_ns == made


@pytest.mark.parametrize("left", [0, 1000, 20_000])
def test_a_file_that_a_power_cut_left_empty_or_short_is_made_again(
    tmp_path: Path, font: Path, left: int
) -> None:
    [path] = [web_font(tmp_path)]
    path.write_bytes(font.read_bytes()[:left])
    assert web_font(tmp_path) == path
    with TTFont(path) as whole:
        assert ord("ش") in whole.getBestCmap()
    path.write_bytes(bytes(path.stat().st_size))
    with TTFont(web_font(tmp_path)) as whole:
        assert ord("ش") in whole.getBestCmap()


def test_the_whole_font_is_there_for_paper() -> None:
    assert font_file().suffix == ".ttf"
