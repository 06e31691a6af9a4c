"""The slip as dots: sizes, margins, the QR, one picture for one ticket."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from fontTools.ttLib import TTFont
from PIL import Image, ImageOps

from core_services.catalogue.load import load_catalogue
from core_services.catalogue.model import CatalogueService
from core_services.link.citizen_frames import IssuedTicket
from core_services.link.greeting_frames import CentreNames
from core_services.paper.fonts import WEIGHTS, static_fonts
from core_services.paper.qr import qr_code
from core_services.paper.slip import (
    DOTS_PER_MM,
    WIDTHS_DOTS,
    PaperError,
    SlipPress,
    slip_facts,
    slip_parts,
)
from core_services.paper.words import SLIP_WORDS
from tests.support.slips import KAFR_SAQR, TICKET

STATUS_URL = "https://q.sharqia.gov.eg/t/k2m4qxa7b3c4d5e6"
LONG_SERVICE_AR = "شهادة بيانات عقار من منظومة المتغيرات المكانية لملف التصالح على مخالفات البناء"
LONG_SERVICE_EN = "Property data certificate from the spatial-change system for reconciliation"
LONG_UNITS = KAFR_SAQR.model_copy(
    update={
        "unit_ar": "الوحدة المحلية القروية بالإخيوة الشرقية مركز ومدينة الحسينية",
        "unit_en": "Village Local Unit of Al-Ikhiwa Al-Sharqiyya, Husseiniya Centre and City",
    }
)


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> SlipPress:
    return SlipPress(tmp_path_factory.mktemp("paper"))


def printed(
    press: SlipPress,
    width_dots: int = 576,
    *,
    centre: CentreNames = KAFR_SAQR,
    reprint: bool = False,
    **changes: Any,
) -> Image.Image:
    ticket = IssuedTicket(**(TICKET | changes))
    facts = slip_facts(ticket, centre, "Africa/Cairo", reprint=reprint)
    return press.render(facts, width_dots)


def inked_rows(slip: Image.Image) -> list[bool]:
    rows = slip.convert("L").resize((1, slip.height), Image.Resampling.BOX).tobytes()
    return [row < 255 for row in rows]


def bands(slip: Image.Image) -> Iterator[int]:
    """Yield the height of each run of rows that bear ink."""
    for inked, rows in groupby(inked_rows(slip)):
        if inked:
            yield len(list(rows))


def on_paper(slip: Image.Image) -> Image.Image:
    """Add the strip that no head reaches."""
    return ImageOps.expand(slip.convert("L"), border=2 * DOTS_PER_MM, fill=255)


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("width_dots", WIDTHS_DOTS)
def test_a_slip_is_exactly_as_wide_as_its_head_and_only_black_or_white(
    press: SlipPress, width_dots: int, language: str
) -> None:
    slip = printed(press, width_dots, language=language)
    assert slip.mode == "1"
    assert slip.width == width_dots


@pytest.mark.parametrize(
    ("label", "display_label"), [("142", "١٤٢"), ("105", "١٠٥"), ("1024", "١٠٢٤")]
)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_number_is_twenty_millimetres_tall_on_80_mm_paper(
    press: SlipPress, label: str, display_label: str, language: str
) -> None:
    slip = printed(press, label=label, display_label=display_label, language=language)
    assert max(bands(slip)) >= 20 * DOTS_PER_MM


def test_the_number_is_the_largest_that_fits_on_58_mm_paper(press: SlipPress) -> None:
    assert max(bands(printed(press, 384))) >= 17 * DOTS_PER_MM


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("width_dots", [384, 576])
def test_long_names_and_labels_stay_inside_the_margins(
    press: SlipPress, width_dots: int, language: str
) -> None:
    slip = printed(
        press,
        width_dots,
        centre=LONG_UNITS,
        language=language,
        label="K1105",
        display_label="ك ١١٠٥",
        service_ar=LONG_SERVICE_AR,
        service_en=LONG_SERVICE_EN,
        papers_ar=["شهادة الصلاحية من المجمعة العشرية للتأمين على أعمال البناء"] * 5,
        papers_en=["Certificate of eligibility from the insurance pool for building work"] * 5,
        priority="disability",
        reprint=True,
        status_url=STATUS_URL,
    )
    ink = ImageOps.invert(slip.convert("L")).getbbox()
    assert ink is not None
    assert ink[0] >= 4
    assert ink[2] <= width_dots - 4


def longest_services() -> list[CatalogueService]:
    services = load_catalogue().services.values()
    by_name = max(services, key=lambda service: len(service.name_ar) + len(service.name_en))
    by_papers = max(services, key=lambda service: len("".join(service.papers_ar)))
    return [by_name, by_papers]


@pytest.mark.parametrize("service", longest_services(), ids=lambda service: service.code)
@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("width_dots", WIDTHS_DOTS)
def test_the_longest_services_of_the_catalogue_fit(
    press: SlipPress, width_dots: int, language: str, service: CatalogueService
) -> None:
    slip = printed(
        press,
        width_dots,
        language=language,
        service_ar=service.name_ar,
        service_en=service.name_en,
        papers_ar=list(service.papers_ar),
        papers_en=list(service.papers_en),
    )
    ink = ImageOps.invert(slip.convert("L")).getbbox()
    assert ink is not None
    assert 4 <= ink[0] < ink[2] <= width_dots - 4


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("width_dots", WIDTHS_DOTS)
def test_the_qr_is_read_and_leads_to_the_ticket(
    press: SlipPress, width_dots: int, language: str
) -> None:
    slip = printed(press, width_dots, language=language, status_url=STATUS_URL)
    (found,) = zxingcpp.read_barcodes(on_paper(slip))
    assert found.text.casefold() == STATUS_URL
    corner = found.position.top_left.x
    if width_dots >= 512:
        assert (corner < width_dots / 2) == (language == "ar")


def test_no_public_address_no_qr(press: SlipPress) -> None:
    assert zxingcpp.read_barcodes(on_paper(printed(press))) == []


def test_the_qr_bears_the_noise_of_cheap_paper(press: SlipPress) -> None:
    slip = printed(press, status_url=STATUS_URL)
    for row in range(5, slip.height, 97):  # a dead row now and then
        slip.paste(1, (0, row, slip.width, row + 1))
    (found,) = zxingcpp.read_barcodes(on_paper(slip))
    assert found.text.casefold() == STATUS_URL


@pytest.mark.parametrize("width_dots", [384, 576])
def test_an_ordinary_slip_keeps_below_45_kilobytes_of_inked_rows(
    press: SlipPress, width_dots: int
) -> None:
    slip = printed(press, width_dots)
    assert sum(inked_rows(slip)) * width_dots // 8 < 45_000


def test_one_ticket_has_one_picture(press: SlipPress, tmp_path: Path) -> None:
    facts: dict[str, Any] = {"status_url": STATUS_URL, "priority": "age65"}
    first = printed(press, **facts)
    assert printed(press, **facts).tobytes() == first.tobytes()
    assert printed(SlipPress(tmp_path), **facts).tobytes() == first.tobytes()


def test_a_second_print_differs_at_its_head_only(press: SlipPress) -> None:
    once, again = printed(press), printed(press, reprint=True)
    assert again.height - once.height > 4 * DOTS_PER_MM
    below_head = once.height * 3 // 4
    foot_once, foot_again = (
        slip.crop((0, slip.height - below_head, slip.width, slip.height)) for slip in (once, again)
    )
    assert foot_once.tobytes() == foot_again.tobytes()


def test_markup_in_a_name_is_only_text(press: SlipPress) -> None:
    plain = printed(press, service_ar="طلب تصالح")
    hostile = printed(press, service_ar='#panic("x") $1$ *')
    assert abs(hostile.height - plain.height) < 5 * DOTS_PER_MM
    assert hostile.tobytes() != plain.tobytes()


def test_a_template_that_fails_is_a_paper_error(press: SlipPress) -> None:
    with pytest.raises(PaperError, match=r"slip\.typ"):
        printed(press, label="", display_label="")


def test_fonts_are_made_once(tmp_path: Path) -> None:
    folder = static_fonts(tmp_path)
    made = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(made) == len(WEIGHTS)
    assert static_fonts(tmp_path) == folder
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == made


def test_a_font_that_a_power_cut_left_empty_or_damaged_is_made_again(tmp_path: Path) -> None:
    paths = sorted(static_fonts(tmp_path).iterdir())
    whole = [path.read_bytes() for path in paths]
    empty, short, zeros = paths
    empty.write_bytes(b"")
    short.write_bytes(whole[1][:100_000])
    zeros.write_bytes(whole[2][:8192] + bytes(4096) + whole[2][12_288:])
    static_fonts(tmp_path)
    assert sorted(tmp_path.glob("*/*")) == paths
    for path in paths:
        with TTFont(path, checkChecksums=2) as font:
            assert ord("ش") in font.getBestCmap()


def test_the_paper_font_has_every_letter_of_the_catalogue_and_the_slip(tmp_path: Path) -> None:
    texts = [
        text
        for service in load_catalogue().services.values()
        for text in (
            service.name_ar,
            service.name_en,
            *service.papers_ar,
            *service.papers_en,
            service.note_ar or "",
            service.note_en or "",
            service.fee_note_ar or "",
            service.fee_note_en or "",
        )
    ]
    texts += [str(words) for words in SLIP_WORDS.values()]
    for path in static_fonts(tmp_path).iterdir():
        letters = set(TTFont(path).getBestCmap())
        assert {letter for text in texts for letter in text if ord(letter) not in letters} == set()


@pytest.mark.parametrize(
    "url",
    [
        STATUS_URL,
        "http://127.0.0.1:8080/t/abcdefghijklmnop",
        "https://example.gov.eg/Queue/t/abcdefghijklmnop",
        "https://example.gov.eg/?Ticket=aB3",
    ],
)
@pytest.mark.parametrize("width_dots", WIDTHS_DOTS)
def test_any_link_is_read_and_only_what_minds_no_case_is_in_capitals(
    url: str, width_dots: int
) -> None:
    code = qr_code(url, width_dots)
    (found,) = zxingcpp.read_barcodes(on_paper(code))
    assert found.text.casefold() == url.casefold()
    path = url.split("/", 3)[3].rpartition("t/")[0]
    assert path in found.text
    assert found.ec_level == "M"


def test_modules_are_whole_dots_and_large_enough_for_a_cheap_phone() -> None:
    for url in (STATUS_URL, STATUS_URL + "a" * 60):
        for width_dots in WIDTHS_DOTS:
            code = qr_code(url, width_dots)
            finder = next(x for x in range(code.width) if code.getpixel((x, 0)))
            assert finder % 7 == 0  # a finder pattern is seven modules wide
            assert finder // 7 >= 4


OWN: dict[str, Any] = {
    "label": "K105",
    "display_label": "ك-١٠٥",
    "number": 105,
    "series": "K",
    "position": 0,
    "wait": None,
    "status_url": None,
    "cut_off": True,
}
"""A number of a kiosk that was cut off."""


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("width_dots", WIDTHS_DOTS)
def test_a_number_given_while_cut_off_says_so_keeps_its_size_and_bears_no_code(
    press: SlipPress, width_dots: int, language: str
) -> None:
    own = printed(press, width_dots, language=language, **OWN)
    plain = printed(press, width_dots, language=language, **(OWN | {"cut_off": False}))
    assert own.size != plain.size, "two lines more"
    assert zxingcpp.read_barcodes(on_paper(own)) == []
    ink = ImageOps.invert(own.convert("L")).getbbox()
    assert ink is not None
    assert 4 <= ink[0] < ink[2] <= width_dots - 4
    assert max(bands(own)) >= (8 if width_dots == 384 else 12) * DOTS_PER_MM
    if language == "ar" and width_dots <= 576:
        assert sum(inked_rows(own)) * width_dots // 8 < 45_000


def test_the_slip_of_a_cut_off_kiosk_tells_no_place_and_no_wait() -> None:
    ticket = IssuedTicket(**(TICKET | OWN))
    facts = slip_facts(ticket, KAFR_SAQR, "Africa/Cairo")
    turn = next(part for part in slip_parts(facts, 576, None) if part["name"] == "turn")
    assert (turn["figures"], turn["number"]) == ([], "ك-١٠٥")
    assert turn["other_digits"] == "\u2068K105\u2069"
    assert turn["cut_off"] == ["صدر والشبكة مقطوعة", "رقمك صحيح، ودورك محفوظ من وقت حضورك"]
